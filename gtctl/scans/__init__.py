"""Scans in, images out: DICOM to de-identified 8-bit PNG, with a ledger that ties each image to its source."""
