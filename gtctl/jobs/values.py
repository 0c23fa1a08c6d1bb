"""The scalars of a job spec: whole numbers, durations, text of one line, Markdown; each with its JSON Schema.

A spec's YAML is read as text (yaml_text.py), so numbers come as text too, or out of a reference.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, WithJsonSchema

_A_REFERENCE = {"type": "string", "pattern": r"^\$\{.+\}$", "description": "a reference"}
_UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_DURATION = re.compile(r"(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?", re.ASCII)


def whole(low: int, high: int) -> tuple[BeforeValidator, WithJsonSchema]:
    """A whole number from ``low`` to ``high``, given as a number or as text."""

    def read(value: Any) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", str(value)) or not low <= int(value) <= high:
            raise ValueError(f"must be a whole number between {low} and {high}")
        return int(value)

    schema = {"anyOf": [{"type": "integer", "minimum": low, "maximum": high}, _A_REFERENCE]}
    return BeforeValidator(read), WithJsonSchema(schema)


def duration(low: int, high: int) -> tuple[BeforeValidator, WithJsonSchema]:
    """A number of seconds from ``low`` to ``high``, given as such or as 30m, 8h, 10d, 1h30m."""

    def read(value: Any) -> int:
        text = str(value).strip()
        if re.fullmatch(r"[0-9]{1,9}", text):
            seconds = int(text)
        elif text and (match := _DURATION.fullmatch(text)):
            seconds = sum(int(number or 0) * unit for number, unit in zip(match.groups(), _UNITS.values(), strict=True))
        else:
            raise ValueError("must be a duration such as 30m, 8h, 10d, or a number of seconds")
        if not low <= seconds <= high:
            raise ValueError(f"must be between {_words(low)} and {_words(high)}")
        return seconds

    pattern = r"^([0-9]+|([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?)$"
    schema = {
        "anyOf": [
            {"type": "integer", "minimum": low, "maximum": high},
            {"type": "string", "minLength": 1, "pattern": pattern, "examples": ["30m", "8h", "10d"]},
            _A_REFERENCE,
        ]
    }
    return BeforeValidator(read), WithJsonSchema(schema)


def _words(seconds: int) -> str:
    for suffix, unit in _UNITS.items():
        if seconds % unit == 0:
            return f"{seconds // unit}{suffix}"
    return f"{seconds}s"


def one_line(text: str) -> str:
    """``text`` if it is one clean line. Raises ValueError."""
    # Not str.isprintable(): it refuses the zero-width joiners that Persian and Indic scripts are written with.
    if text != text.strip() or any(unicodedata.category(character) in {"Cc", "Zl", "Zp"} for character in text):
        raise ValueError("must be one line without control characters and without spaces around it")
    return text


class Markdown(BaseModel):
    """Text for the workers' page, as it stands in the spec or in a file beside it."""

    model_config = ConfigDict(frozen=True)

    text: str = ""
    file: str | None = None
    """Path of a UTF-8 file, relative to the spec's folder; ``text`` is then empty."""


def markdown(longest: int) -> tuple[BeforeValidator, WithJsonSchema]:
    """Markdown of up to ``longest`` characters, given as text or as ``{file: PATH}``."""

    def read(value: Any) -> Any:
        if isinstance(value, Markdown):
            return value
        if isinstance(value, dict) and value.keys() == {"file"} and isinstance(value["file"], str) and value["file"]:
            return Markdown(file=value["file"])
        if not isinstance(value, str):
            raise ValueError("must be text, or a file beside the spec: {file: PATH}")
        return Markdown(text=checked_markdown(value, longest))

    schema = {
        "anyOf": [
            {"type": "string", "minLength": 1, "maxLength": longest},
            {
                "type": "object",
                "additionalProperties": False,
                "required": ["file"],
                "properties": {"file": {"type": "string", "minLength": 1}},
            },
        ]
    }
    return BeforeValidator(read), WithJsonSchema(schema)


def checked_markdown(text: str, longest: int) -> str:
    """``text`` if it is not empty and not too long. Raises ValueError."""
    if not text.strip():
        raise ValueError("must not be empty")
    if len(text) > longest:
        raise ValueError(f"must have at most {longest} characters, it has {len(text)}")
    return text
