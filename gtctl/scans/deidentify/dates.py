"""Dates and times moved by one interval per patient: order and distances stay, the calendar goes.

A date with its time of day (Study Date with Study Time) is moved as one moment, so a day is carried over where it
must be. A date alone is taken for its midnight. Precision is kept; what is no whole date is None: the attribute goes.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

_DATE = re.compile(r"[0-9]{8}")
_TIME = re.compile(r"(?P<hms>[0-9]{2}(?:[0-9]{2}){0,2})(?P<fraction>\.[0-9]{1,6})?")
_DATETIME = re.compile(
    r"(?P<date>[0-9]{8})(?P<time>[0-9]{2}(?:[0-9]{2}){0,2}(?:\.[0-9]{1,6})?)?(?P<zone>[+-][0-9]{4})?"
)
_SOME_DAY = "20000101"


def shifted_date(date: str, shift: timedelta, time: str | None = None) -> str | None:
    """A DA value moved; ``time`` is the TM value that belongs to it."""
    moment = _moment(date, time or "") or _moment(date, "")
    moved = _moved(moment, shift)
    return _date(moved) if moved else None


def shifted_time(time: str, shift: timedelta, date: str | None = None) -> str | None:
    """A TM value moved, around the clock; ``date`` does not matter to the time of day."""
    moved = _moved(_moment(_SOME_DAY, time), shift) if time else None
    return _time(moved, time) if moved else None


def shifted_datetime(value: str, shift: timedelta) -> str | None:
    """A DT value moved, as local time: the offset from UTC is left out, as it tells the place."""
    match = _DATETIME.fullmatch(value)
    if not match:
        return None
    time = match["time"] or ""
    moved = _moved(_moment(match["date"], time), shift)
    return _date(moved) + _time(moved, time) if moved else None


def _moment(date: str, time: str) -> datetime | None:
    match = _TIME.fullmatch(time)
    if not _DATE.fullmatch(date) or (time and not match):
        return None
    hms, fraction = (match["hms"], match["fraction"] or "") if match else ("", "")
    if fraction and len(hms) != 6:
        return None
    hour, minute, second = (int(f"{hms:0<6}"[at : at + 2]) for at in (0, 2, 4))
    microsecond = int(f"{fraction[1:]:0<6}")
    try:
        return datetime(int(date[:4]), int(date[4:6]), int(date[6:]), hour, minute, second, microsecond)
    except ValueError:
        return None


def _moved(moment: datetime | None, shift: timedelta) -> datetime | None:
    try:
        return moment and moment + shift
    except OverflowError:
        return None


def _date(moment: datetime) -> str:
    # strftime leaves out leading zeros of years on some platforms.
    return f"{moment.year:04}{moment:%m%d}"


def _time(moment: datetime, like: str) -> str:
    """The time of day, as precise as ``like`` was."""
    return f"{moment:%H%M%S}.{moment.microsecond:06}"[: len(like)]
