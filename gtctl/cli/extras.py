"""Which optional extra brings a module that is not installed."""

from __future__ import annotations

_EXTRA_OF = {
    "PIL": "dicom",
    "distributed": "scale",
    "highdicom": "dicom-sr",
    "isal": "dicom",
    "krippendorff": "stats",
    "numpy": "dicom",
    "pydicom": "dicom",
    "scipy": "stats",
    "cryptography": "sign",
    "flask": "sandbox",
    "liquid": "sandbox",
    "moto": "sandbox",
    "werkzeug": "sandbox",
}


def missing_extra(error: ModuleNotFoundError) -> str:
    """One line that says how to install what an import did not find."""
    module = (error.name or "").partition(".")[0]
    if extra := _EXTRA_OF.get(module):
        return f"this command needs the package {module}: pip install 'gtctl[{extra}]'"
    return f"the Python package {module or 'needed'} is not installed"
