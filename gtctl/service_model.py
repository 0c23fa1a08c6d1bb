"""SageMaker requests checked against the service's own model, as it is bundled with botocore.

botocore checks types, required members, lengths and ranges before it sends a request, but neither enums
nor patterns; and since the patterns lost their ``^`` and ``$`` in the model, only a full match means
what the service means. Here all of it is checked, offline: no client, no credentials, no Region.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Literal

import regex

Kind = Literal["required", "unknown", "type", "length", "range", "pattern", "enum", "union"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One way in which a request breaks the service model."""

    path: str
    """Where, as a user writes it: ``HumanTaskConfig.WorkteamArn``, ``Tags[0].Key``, ``Environment["A"]``."""
    message: str
    """What is wrong, for people; never contains the value."""
    constraint: str
    """The broken constraint in the service's words: ``Member must satisfy regular expression pattern: ...``."""
    kind: Kind
    """What sort of constraint it is. The service answers "type" with a SerializationException."""
    at: str
    """Where, in the service's spelling: ``humanTaskConfig.workteamArn``, ``tags.1.member.key``."""
    value: str | None
    """The value as the service prints it; None for members that the model marks as sensitive."""


def problems(operation: str, parameters: Mapping[str, Any]) -> list[Problem]:
    """Everything in ``parameters`` that breaks the model of the SageMaker ``operation``; empty when it is valid.

    ``parameters`` is the request as boto3 takes it or as it lies in the request's JSON body: a null member is an
    absent one, timestamps may be numbers. Raises KeyError for an operation that SageMaker does not have.
    """
    model = _model()
    shape = model["operations"][operation].get("input", {}).get("shape")
    if shape is None:
        return [_unknown(name, _lower_first(name)) for name in parameters]
    return list(_walk(shape, parameters, "", ""))


def service_message(found: Sequence[Problem]) -> str:
    """``found`` as the text of the service's ValidationException: "1 validation error detected: Value ..."."""
    details = []
    for problem in found:
        if problem.kind == "required":
            value = "Value null"
        else:
            value = "Value" if problem.value is None else f"Value '{problem.value}'"
        details.append(f"{value} at '{problem.at}' failed to satisfy constraint: {problem.constraint}")
    noun = "error" if len(found) == 1 else "errors"
    return f"{len(found)} validation {noun} detected: {'; '.join(details)}"


@cache
def _model() -> dict[str, Any]:
    from botocore.loaders import Loader

    # Without the default search paths: a model that somebody keeps in ~/.aws/models must not change a verdict.
    loader = Loader(extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)
    model: dict[str, Any] = loader.load_service_model("sagemaker", "service-2")
    return model


def _walk(shape_name: str, value: Any, path: str, at: str) -> Iterator[Problem]:
    shape = _model()["shapes"][shape_name]
    kind = shape["type"]
    if not _has_type(kind, value):
        expected = _TYPE_WORDS[kind]
        yield Problem(
            path or "(request)",
            f"must be {expected}, not {_type_word(value)}",
            f"Member must be {expected}",
            "type",
            at,
            _printed(shape, value),
        )
    elif kind == "structure":
        yield from _walk_structure(shape, value, path, at)
    elif kind == "list":
        yield from _bound_problems(shape, len(value), "items", value, path, at)
        for index, item in enumerate(value):
            yield from _walk(shape["member"]["shape"], item, f"{path}[{index}]", f"{at}.{index + 1}.member")
    elif kind == "map":
        yield from _bound_problems(shape, len(value), "entries", value, path, at)
        for key, item in value.items():
            yield from _walk(shape["key"]["shape"], key, f'{path}["{key}"]', f"{at}.{key}.key")
            yield from _walk(shape["value"]["shape"], item, f'{path}["{key}"]', f"{at}.{key}.member")
    elif kind == "string":
        yield from _bound_problems(shape, len(value), "characters", value, path, at)
        yield from _text_problems(shape_name, shape, value, path, at)
    elif kind in _NUMBERS:
        yield from _bound_problems(shape, value, "", value, path, at)


def _walk_structure(shape: Mapping[str, Any], value: Mapping[str, Any], path: str, at: str) -> Iterator[Problem]:
    members = shape["members"]
    given = {name: item for name, item in value.items() if item is not None}
    prefix, at_prefix = (f"{path}.", f"{at}.") if path else ("", "")
    for name in shape.get("required", ()):
        if name not in given:
            yield Problem(
                prefix + name,
                "is missing",
                "Member must not be null",
                "required",
                at_prefix + _lower_first(name),
                None,
            )
    if shape.get("union") and len(given) != 1:
        yield Problem(
            path,
            f"must have exactly one of {', '.join(members)}",
            f"Member must have exactly one of: [{', '.join(members)}]",
            "union",
            at,
            _printed(shape, value),
        )
    for name, item in given.items():
        if name in members:
            yield from _walk(members[name]["shape"], item, prefix + name, at_prefix + _lower_first(name))
        else:
            yield _unknown(prefix + name, at_prefix + _lower_first(name))


def _unknown(path: str, at: str) -> Problem:
    return Problem(path, "is not a member the service knows", "Member is unknown", "unknown", at, None)


def _bound_problems(
    shape: Mapping[str, Any], measured: float, unit: str, value: Any, path: str, at: str
) -> Iterator[Problem]:
    """The model's min and max, which bound a length in ``unit``, or without a unit the number itself."""
    low, high = shape.get("min"), shape.get("max")
    for bound, broken, words, service_words in (
        (low, low is not None and measured < low, "at least", "greater than or equal to"),
        (high, high is not None and measured > high, "at most", "less than or equal to"),
    ):
        if broken:
            yield Problem(
                path,
                f"must have {words} {bound} {unit}, it has {measured}" if unit else f"must be {words} {bound}",
                f"Member must have {'length' if unit else 'value'} {service_words} {bound}",
                "length" if unit else "range",
                at,
                _printed(shape, value),
            )


def _text_problems(shape_name: str, shape: Mapping[str, Any], value: str, path: str, at: str) -> Iterator[Problem]:
    if "enum" in shape and value not in shape["enum"]:
        choices = ", ".join(shape["enum"])
        yield Problem(
            path,
            f"must be one of {choices}",
            f"Member must satisfy enum value set: [{choices}]",
            "enum",
            at,
            _printed(shape, value),
        )
    if "pattern" not in shape:
        return
    if shape_name == "Cidr":
        # The model's pattern has lost the backslashes of its IPv6 half (\d became d, \s became s): as it
        # stands it refuses valid addresses and lets wrong ones through.
        valid, message = _is_cidr(value), "must be an IPv4 or IPv6 CIDR such as 203.0.113.0/24"
    else:
        valid = _compiled(shape["pattern"]).fullmatch(value) is not None
        message = f"must match the pattern {shape['pattern']}"
    if not valid:
        yield Problem(
            path,
            message,
            f"Member must satisfy regular expression pattern: {shape['pattern']}",
            "pattern",
            at,
            _printed(shape, value),
        )


@cache
def _compiled(pattern: str) -> regex.Pattern[str]:
    # Some patterns spell the characters beyond U+FFFF as Java's surrogate pairs.
    pattern = pattern.replace(r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010FFFF")
    # \w, \d and \s mean ASCII to the service; the flag would narrow \p{L} too, so only where that is absent.
    return regex.compile(pattern, flags=0 if r"\p{" in pattern else regex.ASCII)


def _is_cidr(value: str) -> bool:
    address, slash, prefix = value.partition("/")
    # ipaddress also takes an address alone, or a netmask behind the slash: neither is a CIDR to the service.
    if not slash or not prefix.isascii() or not prefix.isdigit():
        return False
    try:
        ipaddress.ip_interface(f"{address}/{prefix}")
    except ValueError:
        return False
    return True


_NUMBERS = frozenset({"integer", "long", "float", "double"})
_TYPE_WORDS = {
    "structure": "an object",
    "map": "an object",
    "list": "a list",
    "string": "a string",
    "boolean": "true or false",
    "integer": "an integer",
    "long": "an integer",
    "float": "a number",
    "double": "a number",
    "timestamp": "a timestamp",
}


def _has_type(kind: str, value: Any) -> bool:
    match kind:
        case "structure" | "map":
            return isinstance(value, Mapping)
        case "list":
            return isinstance(value, Sequence) and not isinstance(value, (str, bytes))
        case "string":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "integer" | "long":
            return isinstance(value, int) and not isinstance(value, bool)
        case "float" | "double":
            return isinstance(value, (int, float)) and not isinstance(value, bool)
        case _:
            return _is_timestamp(value)


def _is_timestamp(value: Any) -> bool:
    if isinstance(value, str):
        from botocore.utils import parse_timestamp

        try:
            parse_timestamp(value)
        except (ValueError, OverflowError):
            return False
        return True
    return isinstance(value, (int, float, datetime)) and not isinstance(value, bool)


def _type_word(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, (int, float)):
        return "a number"
    if isinstance(value, str):
        return "a string"
    return "an object" if isinstance(value, Mapping) else "a list" if isinstance(value, Sequence) else "something else"


def _printed(shape: Mapping[str, Any], value: Any) -> str | None:
    return None if shape.get("sensitive") else _java(value)


def _java(value: Any) -> str:
    """``value`` as the service prints it: [a, b], {key=value}, true."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}={_java(item)}" for key, item in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return "[" + ", ".join(_java(item) for item in value) + "]"
    return str(value)


def _lower_first(name: str) -> str:
    return name[:1].lower() + name[1:]
