"""De-identification by DICOM PS3.15 Annex E: pseudonyms, and DICOM objects that tell nothing of whose they are.

Start with ``profile`` (what is done to which attribute). docs/deidentification.md explains it.
"""

from gtctl.scans.deidentify.anonymous_object import deidentified, encoded
from gtctl.scans.deidentify.pseudonyms import Pseudonyms

__all__ = ["Pseudonyms", "deidentified", "encoded"]
