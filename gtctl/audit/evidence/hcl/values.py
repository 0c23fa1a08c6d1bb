"""Values of Terraform's language that are not plain Python, and how partly unknown ones are put together."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from gtctl.audit.model import MISSING, Hole, Unknown

_LONGEST_SYMBOL = 400


class TerraformSet(list[Any]):
    """A set: for_each gives its elements as keys."""


class SymbolKey(str):
    """The key of a map that is not known: what names it stands in the place of its text."""

    unknown: Unknown

    @staticmethod
    def of(key: Unknown) -> SymbolKey | None:
        """None where nothing identifies the key."""
        symbol = symbol_of(key)
        if not symbol:
            return None
        made = SymbolKey(symbol)
        made.unknown = key
        return made


def value_of_key(key: Any) -> Any:
    """What an expression sees of a map's key."""
    return key.unknown if isinstance(key, SymbolKey) else key


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """A list or map whose elements are not known, seen through one that stands for all of them.

    key: what each.key would be (0 where a count is unknown); value: that element; symbol: names the collection.
    """

    key: Any
    value: Any
    symbol: str
    reason: str


def derived(reason: str, symbol: str, *, nullable: bool = True) -> Unknown:
    """An unknown result; ``symbol`` is how it was computed, "" where that does not identify it."""
    return Unknown(reason, (Hole(symbol if len(symbol) <= _LONGEST_SYMBOL else ""),), nullable)


def symbol_of(value: Any) -> str:
    """Text that is equal for equal values; "" where none identifies it."""
    if isinstance(value, Unknown):
        if any(isinstance(part, Hole) and not part.name for part in value.parts):
            return ""
        return value.symbol or value.text
    if isinstance(value, Spread):
        return value.symbol
    if isinstance(value, (str, int, float, bool)) or value is None:
        return json.dumps(value)
    if isinstance(value, list):
        inner = [symbol_of(item) for item in value[:20]]
        return f"[{', '.join(inner)}]" if all(inner) and len(value) <= 20 else ""
    if isinstance(value, dict):
        pairs = [
            (f"({key})" if isinstance(key, SymbolKey) else key, symbol_of(item))
            for key, item in list(value.items())[:20]
        ]
        text = ", ".join(f"{key}={item}" for key, item in pairs)
        return f"{{{text}}}" if all(item for _, item in pairs) and len(value) <= 20 else ""
    return getattr(value, "address", "")


def call_symbol(name: str, arguments: Sequence[Any]) -> str:
    """How ``name(arguments)`` was computed; "" where that does not identify the result."""
    symbols = [symbol_of(argument) for argument in arguments]
    return f"{name}({', '.join(symbols)})" if all(symbols) else ""


def first_unknown(value: Any) -> Unknown | None:
    """The first unknown thing in ``value``, at any depth."""
    if isinstance(value, Unknown):
        return value
    if isinstance(value, Spread):
        return derived(value.reason, value.symbol)
    if isinstance(value, (list, dict)):
        for item in [*map(value_of_key, value), *value.values()] if isinstance(value, dict) else value:
            if (found := first_unknown(item)) is not None:
                return found
    elif hasattr(value, "address"):
        return derived(f"{value.address} is known after apply", value.address, nullable=False)
    return None


def has_unknown(value: Any) -> bool:
    return first_unknown(value) is not None


def unknown_in(value: Any, otherwise: str) -> Unknown:
    """The first unknown thing in ``value``; an Unknown with the reason ``otherwise`` where there is none."""
    found = first_unknown(value)
    return Unknown(otherwise) if found is None else found


def reason_of(value: Any, otherwise: str) -> str:
    return unknown_in(value, otherwise).reason


def plain(value: Any) -> Any:
    """``value`` as rules may see it: references and spreads become Unknown, sets become lists."""
    if isinstance(value, Unknown) and (value.options or value.maybe is not MISSING):
        maybe = value.maybe if value.maybe is MISSING else plain(value.maybe)
        return replace(value, options=tuple(plain(option) for option in value.options), maybe=maybe)
    if isinstance(value, (str, int, float, bool, Unknown)) or value is None:
        return value
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        for key in value:
            if isinstance(key, SymbolKey):
                # Any member may be the one that it names.
                return derived(key.unknown.reason, symbol_of(value), nullable=False)
        return {key: plain(item) for key, item in value.items()}
    return first_unknown(value)


def text_of(value: Any) -> str | None:
    """A known primitive as a template writes it; None for what is no primitive."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(int(value)) if float(value).is_integer() else repr(value)
    return None


def joined(pieces: Sequence[Any]) -> Any:
    """Text put together from known and unknown pieces: a string, or an Unknown that keeps what is known."""
    parts: list[str | Hole] = []
    reason = ""
    for piece in pieces:
        if isinstance(piece, Unknown):
            reason = reason or piece.reason
            added: Sequence[str | Hole] = piece.parts
        else:
            text = text_of(piece)
            if text is None:
                unknown = unknown_in(piece, "the value is no text")
                reason = reason or unknown.reason
                added = unknown.parts
            else:
                added = (text,)
        for part in added:
            if isinstance(part, str) and parts and isinstance(parts[-1], str):
                parts[-1] += part
            elif part != "":
                parts.append(part)
    if not reason:
        return "".join(str(part) for part in parts)
    return Unknown(reason, tuple(parts), nullable=False)


class Invalid(Unknown):
    """What Terraform would refuse to evaluate: a key that a known map lacks. try() goes on after it."""
