"""The whole flow in one command, on scans that come with pydicom."""
