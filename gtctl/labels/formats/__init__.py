"""The formats that labels are exported to: one module each, found by its name.

A new format is one new module here, with what ``Format`` says. Its name on the command line is the module's, with "-"
for "_".
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, cast

if TYPE_CHECKING:
    from gtctl.labels.classes import Classes
    from gtctl.labels.dataset import Image

Add: TypeAlias = "Callable[[Image], None]"
"""Takes the images one by one."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a format may know of the images before they come.

    ``classes`` are complete when all images came: boxes may have classes that no manifest names. ``splits`` are the
    values of ``Image.split``, ("",) where nothing is divided. ``ledgers`` are places of ledgers of gtctl scans prepare,
    ``attribute`` is the name of the label attribute. ``folder`` is the beginning of all images' file names, with "/" at
    its end, or "". ``dicom_objects`` are where the DICOM objects of each ledger lie, ``codes`` is a file with codes of
    labels; both are for dicom-sr.
    """

    classes: Classes
    splits: tuple[str, ...]
    ledgers: tuple[str, ...]
    attribute: str
    folder: str
    dicom_objects: tuple[str, ...] = ()
    codes: Path | None = None


class Format(Protocol):
    """A module of this package. Its docstring's first line is the help of the command line."""

    __doc__: str | None
    SUFFIX: str | None
    """How the name of a file ends: the format is one file, or one for each split. None: it is a folder."""

    def write(self, target: Any, contents: Contents, /) -> AbstractContextManager[Add]:
        """Write to ``target``: a binary stream, or an empty folder (Path). What has to come last is written when the
        block ends. Raises BadInput for an image that the format cannot hold.
        """


def names() -> list[str]:
    """The formats by name."""
    return sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(__path__))


def summary(name: str) -> str:
    """What a format is, in a line."""
    return (load(name).__doc__ or "").partition("\n")[0]


def load(name: str) -> Format:
    """The format of this name, which is one of ``names``."""
    return cast("Format", importlib.import_module(f"{__name__}.{name.replace('-', '_')}"))
