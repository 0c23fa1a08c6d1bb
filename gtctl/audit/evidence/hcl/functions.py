"""Terraform's functions, as far as policies and names need them. What is not here is Unknown, never wrong.

Each takes evaluated arguments and returns a value. It may raise anything for arguments it does not take: Terraform
would refuse the code then.
"""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from gtctl.audit.evidence.hcl.values import (
    Spread,
    SymbolKey,
    TerraformSet,
    call_symbol,
    derived,
    first_unknown,
    has_unknown,
    joined,
    plain,
    reason_of,
    text_of,
    unknown_in,
    value_of_key,
)
from gtctl.audit.model import MISSING, Unknown, may_equal

_MOST = 10_000
"""No list is made longer, no text repeated more often."""


def call(name: str, arguments: list[Any]) -> Any:
    """The result of a function; Unknown where an argument is, where it fails, and where it is not known here."""
    name = name.removeprefix("core::")
    try:
        if name in _STRUCTURAL:
            return _STRUCTURAL[name](*arguments)
        if (unknown := first_unknown(arguments)) is not None:
            return derived(unknown.reason, call_symbol(name, [plain(argument) for argument in arguments]))
        if name in _PLAIN:
            return _PLAIN[name](*arguments)
    except (ArithmeticError, LookupError, TypeError, ValueError, AttributeError, re.error):
        return Unknown(f"{name}() cannot be computed")
    return derived(f"{name}() is not evaluated", call_symbol(name, arguments))


# Functions that make sense of partly unknown arguments.


def _jsonencode(value: Any) -> Any:
    value = plain(value)
    if (unknown := first_unknown(value)) is not None:
        return Unknown(unknown.reason, derived("", call_symbol("jsonencode", [value])).parts, False, value)
    text = json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    return re.sub(r"[<>&\u2028\u2029]", lambda match: f"\\u{ord(match[0]):04x}", text)


def _jsondecode(value: Any) -> Any:
    if not isinstance(value, Unknown):
        return json.loads(value)
    if value.json is not MISSING:
        return value.json
    unknown = derived(value.reason, call_symbol("jsondecode", [value]))
    return replace(unknown, options=tuple(_jsondecode(option) for option in value.options))


def _merge(*maps: Any) -> Any:
    merged: dict[str, Any] = {}
    for each in maps:
        if isinstance(each, (Unknown, Spread)):
            return derived(each.reason, call_symbol("merge", [plain(item) for item in maps]))
        merged.update(each or {})
    return merged


def _concat(*lists: Any) -> Any:
    for each in lists:
        if isinstance(each, (Unknown, Spread)):
            return derived(each.reason, call_symbol("concat", [plain(item) for item in lists]))
    return [item for each in lists for item in each]


def _flatten(value: Any) -> Any:
    if isinstance(value, (Unknown, Spread)):
        return derived(value.reason, call_symbol("flatten", [plain(value)]))
    return [inner for item in value for inner in (_flatten(item) if isinstance(item, list) else [item])]


def _to_set(value: Any) -> Any:
    if isinstance(value, (Unknown, Spread)):
        return value
    kept: list[Any] = []
    for item in value:
        if isinstance(item, (Unknown, list, dict)) or not any(item == other for other in _known(kept)):
            kept.append(item)
    known = _known(kept)
    return TerraformSet(sorted(known) + [item for item in kept if not isinstance(item, (str, int, float))])


def _known(items: list[Any]) -> list[Any]:
    return [item for item in items if isinstance(item, (str, int, float))]


def _same(value: Any) -> Any:
    return value


def _keys(value: Any) -> Any:
    if isinstance(value, (Unknown, Spread)):
        return derived(value.reason, call_symbol("keys", [plain(value)]))
    return [value_of_key(key) for key in sorted(value)]


def _values(value: Any) -> Any:
    if isinstance(value, (Unknown, Spread)):
        return derived(value.reason, call_symbol("values", [plain(value)]))
    return [value[key] for key in sorted(value)]


def _lookup(value: Any, key: Any, *default: Any) -> Any:
    if isinstance(value, dict) and isinstance(key, str) and not any(isinstance(each, SymbolKey) for each in value):
        return value[key] if key in value or not default else default[0]
    unknown = unknown_in([value, key], "lookup() cannot be computed")
    return derived(unknown.reason, call_symbol("lookup", [plain(value), plain(key)]))


def _element(value: Any, index: Any) -> Any:
    if isinstance(value, list) and isinstance(index, int):
        return value[index % len(value)]
    unknown = unknown_in([value, index], "element() cannot be computed")
    return derived(unknown.reason, call_symbol("element", [plain(value), index]))


def _one(value: Any) -> Any:
    if isinstance(value, (Unknown, Spread)):
        return derived(value.reason, call_symbol("one", [plain(value)]))
    if len(value) > 1:
        raise ValueError("more than one")
    return value[0] if value else None


def _length(value: Any) -> Any:
    if isinstance(value, (Unknown, Spread)):
        return derived(value.reason, call_symbol("length", [plain(value)]), nullable=False)
    return len(value)


def _contains(collection: Any, wanted: Any) -> Any:
    if isinstance(collection, (Unknown, Spread)):
        return derived(collection.reason, call_symbol("contains", [plain(collection), plain(wanted)]))
    answers = [may_equal(plain(item), plain(wanted)) for item in collection]
    if True in answers:
        return True
    if None not in answers:
        return False
    reason = reason_of([collection, wanted], "the value is not known")
    return derived(reason, call_symbol("contains", [plain(collection), plain(wanted)]))


def _coalesce(*values: Any) -> Any:
    for value in values:
        if isinstance(value, Unknown) and value.nullable:
            return derived(value.reason, call_symbol("coalesce", [plain(item) for item in values]))
        if isinstance(value, Unknown) or value not in (None, ""):
            return value
    raise ValueError("nothing to choose")


def _compact(values: Any) -> Any:
    if isinstance(values, (Unknown, Spread)):
        return derived(values.reason, call_symbol("compact", [plain(values)]))
    return [value for value in values if isinstance(value, Unknown) or value not in (None, "")]


def _join(separator: Any, *lists: Any) -> Any:
    items: list[Any] = []
    for each in lists:
        if isinstance(each, (Unknown, Spread)):
            return derived(each.reason, call_symbol("join", [separator, *[plain(item) for item in lists]]))
        for item in each:
            items += [separator, item] if items else [item]
    return joined(items)


def _format(pattern: Any, *arguments: Any) -> Any:
    if isinstance(pattern, Unknown):
        return derived(pattern.reason, call_symbol("format", [pattern, *map(plain, arguments)]))
    pieces = re.split(r"%(%|[svd]|[-+# 0]*\d*(?:\.\d+)?[a-zA-Z])", pattern)
    rest = iter(arguments)
    found: list[Any] = []
    for at, piece in enumerate(pieces):
        if at % 2 == 0:
            found.append(piece)
        elif piece == "%":
            found.append("%")
        else:
            value = next(rest, Unknown("format() has too few arguments"))
            if piece in ("s", "v", "d", "t") or isinstance(value, Unknown):
                # A width only changes how much space there is; what is unknown has none yet.
                found.append(
                    value if piece in ("s", "v", "d", "t") else derived(reason_of(value, "the value is not known"), "")
                )
            elif piece == "q":
                found.append(json.dumps(text_of(value)))
            else:
                found.append(f"%{piece}" % value)
    return joined(found)


def _zipmap(keys: Any, values: Any) -> Any:
    if isinstance(keys, list) and isinstance(values, list) and not has_unknown(keys):
        return dict(zip(keys, values, strict=True))
    return derived(
        reason_of([keys, values], "the value is not known"), call_symbol("zipmap", [plain(keys), plain(values)])
    )


def _to_text(value: Any) -> Any:
    if isinstance(value, Unknown) or value is None:
        return value
    return joined([value])


def _distinct(values: Any) -> Any:
    if has_unknown(values):
        return values
    return [item for at, item in enumerate(values) if item not in values[:at]]


def _union(*sets: Any) -> Any:
    together = _concat(*sets)
    return together if isinstance(together, Unknown) else _to_set(together)


def _cased(name: str, change: Callable[[str], str]) -> Callable[[Any], Any]:
    def function(value: Any) -> Any:
        if isinstance(value, Unknown):
            # The known pieces stay known: only the holes are something else now.
            return (
                joined(
                    [
                        change(p)
                        if isinstance(p, str)
                        else derived(value.reason, f"{name}({p.name})" if p.name else "", nullable=False)
                        for p in value.parts
                    ]
                )
                if len(value.parts) > 1
                else derived(value.reason, call_symbol(name, [value]), nullable=value.nullable)
            )
        return change(value)

    return function


_STRUCTURAL: dict[str, Callable[..., Any]] = {
    "jsonencode": _jsonencode,
    "jsondecode": _jsondecode,
    "merge": _merge,
    "concat": _concat,
    "flatten": _flatten,
    "toset": _to_set,
    "tolist": lambda value: list(value) if isinstance(value, list) else value,
    "tomap": _same,
    "nonsensitive": _same,
    "sensitive": _same,
    "ephemeralasnull": _same,
    "tostring": _to_text,
    "keys": _keys,
    "values": _values,
    "lookup": _lookup,
    "element": _element,
    "one": _one,
    "length": _length,
    "contains": _contains,
    "coalesce": _coalesce,
    "compact": _compact,
    "join": _join,
    "format": _format,
    "zipmap": _zipmap,
    "distinct": _distinct,
    "setunion": _union,
    "lower": _cased("lower", str.lower),
    "upper": _cased("upper", str.upper),
}


# Functions of known arguments.


def _number(value: Any) -> Any:
    number = float(value)
    return int(number) if number.is_integer() else number


def _to_bool(value: Any) -> Any:
    return {True: True, False: False, "true": True, "false": False, None: None}[value]


def _replace(text: str, old: str, new: str) -> str:
    if len(old) > 1 and old.startswith("/") and old.endswith("/"):
        return re.sub(old[1:-1], re.sub(r"\$\{?(\w+)\}?", r"\\g<\1>", new), text)
    return text.replace(old, new)


def _regex(pattern: str, text: str) -> Any:
    match = re.search(pattern, text)
    if not match:
        raise ValueError("no match")
    return _groups(match)


def _groups(match: re.Match[str]) -> Any:
    return match.groupdict() or list(match.groups()) or match[0]


def _range(*numbers: Any) -> list[Any]:
    start, end, step = {1: (0, *numbers, 1), 2: (*numbers, 1), 3: numbers}[len(numbers)]
    if abs((end - start) / step) > _MOST:
        raise ValueError("too long")
    return list(range(start, end, step))


def _slice(values: list[Any], start: int, end: int) -> list[Any]:
    return values[start:end]


def _substr(text: str, offset: int, length: int) -> str:
    offset = offset if offset >= 0 else len(text) + offset
    return text[offset:] if length < 0 else text[offset : offset + length]


def _set_product(*sets: Any) -> list[Any]:
    import itertools

    if math.prod(len(each) for each in sets) > _MOST:
        raise ValueError("too long")
    return [list(item) for item in itertools.product(*sets)]


def _chunklist(values: list[Any], size: int) -> list[Any]:
    return [values[at : at + size] for at in range(0, len(values), size)]


def _title(text: str) -> str:
    return re.sub(r"(^|\s)(\w)", lambda match: match[1] + match[2].upper(), text)


def _formatlist(pattern: str, *arguments: Any) -> list[Any]:
    count = max((len(item) for item in arguments if isinstance(item, list)), default=1)
    return [
        _format(pattern, *[item[at] if isinstance(item, list) else item for item in arguments]) for at in range(count)
    ]


def _transpose(value: dict[str, list[str]]) -> dict[str, list[str]]:
    turned: dict[str, list[str]] = {}
    for key in sorted(value):
        for item in value[key]:
            turned.setdefault(item, []).append(key)
    return turned


def _max(*numbers: Any) -> Any:
    return max(numbers)


def _min(*numbers: Any) -> Any:
    return min(numbers)


def _digest(algorithm: str, text: str) -> str:
    import hashlib

    return hashlib.new(algorithm, text.encode(), usedforsecurity=False).hexdigest()


_PLAIN: dict[str, Callable[..., Any]] = {
    "abs": abs,
    "alltrue": lambda values: all(_to_bool(value) for value in values),
    "anytrue": lambda values: any(_to_bool(value) for value in values),
    "base64decode": lambda text: base64.b64decode(text).decode(),
    "base64encode": lambda text: base64.b64encode(text.encode()).decode(),
    "basename": lambda text: text.rstrip("/").rpartition("/")[2],
    "ceil": math.ceil,
    "chomp": lambda text: text.rstrip("\r\n"),
    "chunklist": _chunklist,
    "coalescelist": lambda *lists: next(each for each in lists if each),
    "dirname": lambda text: text.rpartition("/")[0] or ".",
    "endswith": lambda text, end: text.endswith(end),
    "floor": math.floor,
    "formatlist": _formatlist,
    "indent": lambda spaces, text: text.replace("\n", "\n" + " " * min(spaces, 100)),
    "index": lambda values, wanted: values.index(wanted),
    "max": _max,
    "md5": lambda text: _digest("md5", text),
    "min": _min,
    "parseint": lambda text, base: int(text, base),
    "range": _range,
    "regex": _regex,
    "regexall": lambda pattern, text: [_groups(match) for match in re.finditer(pattern, text)],
    "replace": _replace,
    "reverse": lambda values: list(reversed(values)),
    "setintersection": lambda first, *others: _to_set([x for x in first if all(x in other for other in others)]),
    "setproduct": _set_product,
    "setsubtract": lambda first, second: _to_set([item for item in first if item not in second]),
    "sha1": lambda text: _digest("sha1", text),
    "sha256": lambda text: _digest("sha256", text),
    "slice": _slice,
    "sort": sorted,
    "split": lambda separator, text: text.split(separator) if separator else list(text),
    "startswith": lambda text, start: text.startswith(start),
    "strcontains": lambda text, part: part in text,
    "strrev": lambda text: text[::-1],
    "substr": _substr,
    "sum": sum,
    "title": _title,
    "tobool": _to_bool,
    "tonumber": lambda value: None if value is None else _number(value),
    "transpose": _transpose,
    "trim": lambda text, characters: text.strip(characters),
    "trimprefix": lambda text, prefix: text.removeprefix(prefix),
    "trimspace": str.strip,
    "trimsuffix": lambda text, suffix: text.removesuffix(suffix),
}
