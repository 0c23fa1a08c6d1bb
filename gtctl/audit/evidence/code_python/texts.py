"""Texts that a program puts together: what formatting, the methods of texts and JSON come to.

Whatever a text is made of may be Unknown: then so is the text, with what is known of it.
"""

from __future__ import annotations

import json
import re
import string
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gtctl.audit.evidence.code_python.effects import TEXT_METHODS
from gtctl.audit.evidence.code_python.values import DictValue, ListValue, settled
from gtctl.audit.evidence.code_text import joined, pieces_of
from gtctl.audit.model import Unknown


def format_percent(template: str, values: Any, item: Callable[[Any, Any], Any]) -> Any:
    """``template % values``. item: gives the element of a holder under a key."""
    given = list(values) if isinstance(values, ListValue) else [values]
    pieces: list[Any] = []
    at = 0
    for match in re.finditer(r"%(?:\((\w+)\))?([a-zA-Z%]|[^a-zA-Z%]+[a-zA-Z])", template):
        pieces.append(template[at : match.start()])
        at = match.end()
        if match[2] == "%":
            pieces.append("%")
            continue
        value = item(values, match[1]) if match[1] else given.pop(0) if given else Unknown("too few values")
        pieces += pieces_of(value) if match[2] in "sd" else [Unknown("a formatted value")]
    return joined([*pieces, template[at:]])


def format_braces(template: str, positional: Sequence[Any], named: Mapping[str, Any]) -> Any:
    """``template.format(*positional, **named)``."""
    pieces: list[Any] = []
    count = 0
    try:
        for literal, field, spec, conversion in string.Formatter().parse(template):
            pieces.append(literal)
            if field is None:
                continue
            field = field or str(count)
            count += 1
            value: Any = Unknown(f"{{{field}}} is not known")
            if field.isdigit() and int(field) < len(positional):
                value = positional[int(field)]
            elif field in named:
                value = named[field]
            pieces += [Unknown("a formatted value")] if spec or conversion else pieces_of(value)
    except ValueError:
        return Unknown("a format that cannot be read")
    return joined(pieces)


def method_of_text(text: str, name: str, positional: Sequence[Any], named: DictValue) -> Any:
    """What the method ``name`` of a text gives back."""
    if name == "format":
        return format_braces(text, positional, named) if not named.open else Unknown("a text that is formatted")
    if name == "join" and positional and isinstance(positional[0], list):
        pieces: list[Any] = []
        for at, each in enumerate(positional[0]):
            pieces += [text] if at else []
            pieces += pieces_of(each)
        return joined(pieces)
    if name in TEXT_METHODS and not named and all(isinstance(each, (str, int)) for each in positional):
        try:
            return getattr(text, name)(*positional)
        except (TypeError, ValueError):
            return Unknown("a text's method")
    return Unknown("a text's method")


def json_dumps(value: Any) -> Any:
    """``json.dumps(value)``."""
    if not isinstance(value, (dict, list)):
        return Unknown("JSON of something unknown")
    as_it_is = settled(value)
    try:
        return json.dumps(as_it_is)
    except (TypeError, ValueError):
        return Unknown("the JSON has parts that are not known", nullable=False, json=as_it_is)
