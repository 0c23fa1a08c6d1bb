"""Which grey values of a scan are shown: the window (centre and width) between black and white."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import isfinite

from gtctl.errors import BadInput

PRESETS: dict[str, tuple[float, float]] = {
    "abdomen": (50, 400),
    "bone": (400, 1800),
    "brain": (40, 80),
    "liver": (30, 150),
    "lung": (-600, 1500),
    "mediastinum": (50, 350),
    "soft-tissue": (40, 400),
    "spine": (50, 250),
    "stroke": (40, 40),
    "subdural": (75, 215),
    "temporal-bone": (600, 2800),
    "vascular": (200, 600),
}
"""Name -> (centre, width) in Hounsfield units, as in Radiopaedia, "Windowing (CT)", typical window values
(where it gives a span of values, one within it)."""

FROM_FILE = "file"
FULL_RANGE = "full-range"

PERCENTILE = "percentile"

_PERCENTILES = re.compile(rf"{PERCENTILE}:(?P<low>\d{{1,3}}(\.\d{{1,6}})?)/(?P<high>\d{{1,3}}(\.\d{{1,6}})?)", re.ASCII)
_CENTER_AND_WIDTH = re.compile(r"(?P<center>[+-]?\d+(\.\d+)?)/(?P<width>\d+(\.\d+)?)")


@dataclass(frozen=True, slots=True)
class Window:
    """A window over modality values (Hounsfield units for CT), and the curve between its ends.

    ``function`` is a value of VOI LUT Function (PS3.3 C.11.2.1.3). ``origin`` says where the window comes
    from: "file", "preset:NAME", "given", "full-range" or "percentile:LOW/HIGH".
    """

    center: float
    width: float
    origin: str
    function: str = "LINEAR"

    @property
    def is_usable(self) -> bool:
        """Whether the standard gives this window a meaning (PS3.3 C.11.2.1.2 and C.11.2.1.3)."""
        narrowest = {"LINEAR": self.width >= 1, "LINEAR_EXACT": self.width > 0, "SIGMOID": self.width > 0}
        return isfinite(self.center) and isfinite(self.width) and narrowest.get(self.function, False)


@dataclass(frozen=True, slots=True)
class Choice:
    """What the user asked for: the window of the file, a range of the image's own values, or ``fixed``.

    ``percentiles`` are the ends of that range in percent of the pixels; None is the full range.

    ``name`` is the same for the same request, so it can be part of an image's identity.
    """

    name: str
    fixed: Window | None = None
    needs_hounsfield_units: bool = False
    percentiles: tuple[float, float] | None = None


def choose(name: str) -> Choice:
    """``file``, ``full-range``, ``percentile:LOW/HIGH``, the name of a preset, or ``CENTER/WIDTH`` such as ``40/400``.

    Raises BadInput for anything else.
    """
    if name in (FROM_FILE, FULL_RANGE):
        return Choice(name)
    if name in PRESETS:
        origin = f"preset:{name}"
        return Choice(origin, Window(*PRESETS[name], origin=origin), needs_hounsfield_units=True)
    if match := _CENTER_AND_WIDTH.fullmatch(name):
        window = Window(float(match["center"]), float(match["width"]), origin="given")
        if window.is_usable:
            return Choice(f"given:{window.center}/{window.width}", window)
    if match := _PERCENTILES.fullmatch(name):
        low, high = float(match["low"]), float(match["high"])
        if low < high <= 100:
            return Choice(f"{PERCENTILE}:{low:g}/{high:g}", percentiles=(low, high))
    known = ", ".join((FROM_FILE, FULL_RANGE, *PRESETS))
    raise BadInput(
        f"{name!r} is no window: use {known}, percentile:LOW/HIGH such as percentile:1/99, "
        "or CENTER/WIDTH such as 40/400 with a width of 1 or more"
    )
