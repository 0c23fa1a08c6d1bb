"""What is wrong with a job spec, in the words of its author: field, reason, and the field that was meant."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence

from pydantic_core import ErrorDetails


def explained(details: ErrorDetails, fields: Mapping[str, Sequence[str]]) -> str:
    """One error of pydantic as ``field: what is wrong``. ``fields``: the names known below each field that has some."""
    context = details.get("ctx", {})
    given = details["input"]
    messages: dict[str, Callable[[], str]] = {
        "missing": lambda: "is missing",
        "extra_forbidden": lambda: f"is not a field here; {_suggestion(details['loc'], fields)}",
        "value_error": lambda: str(context["error"]),
        "literal_error": lambda: f"must be one of {context['expected'].replace(chr(39), '')}",
        "string_type": lambda: "must be text",
        "dict_type": lambda: "must be a mapping (key: value)",
        "model_type": lambda: "must be a mapping (key: value)",
        "tuple_type": lambda: "must be a list",
        "string_too_short": lambda: "must not be empty",
        "string_too_long": lambda: f"must have at most {context['max_length']} characters, it has {len(given)}",
        "too_short": lambda: f"must have at least {context['min_length']} entry",
        "too_long": lambda: f"must have at most {context['max_length']} entries",
    }
    message = messages.get(details["type"], lambda: details["msg"])()
    place = _dotted(details["loc"])
    return f"{place}: {message}" if place else message


def _dotted(location: tuple[int | str, ...]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).removeprefix(".")


def _suggestion(location: tuple[int | str, ...], fields: Mapping[str, Sequence[str]]) -> str:
    names = [part for part in location if isinstance(part, str)]
    known = fields[names[-2] if len(names) > 1 else ""]
    close = difflib.get_close_matches(names[-1], known, n=1)
    return f"did you mean {close[0]}?" if close else f"known here: {', '.join(known)}"
