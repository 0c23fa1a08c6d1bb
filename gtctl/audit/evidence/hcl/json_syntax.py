"""Terraform's JSON syntax (``*.tf.json``) as the same tree as the native one.

https://developer.hashicorp.com/terraform/language/syntax/json: strings are templates; whether an object is a block or
a value only the provider's schema tells. Here it is a block, except for attributes that are known to be maps.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from gtctl.audit.evidence.hcl.syntax import Body, HclError, Node, parse_template

_LABELS = {"resource": 2, "data": 2, "variable": 1, "output": 1, "module": 1, "locals": 0}
_MAPS = {"tags", "tags_all", "default", "triggers", "for_each", "variables", "environment_variables"}


def parse_json(text: str) -> Body:
    """The body of a file. Raises HclError."""
    try:
        document = json.loads(text)
    except ValueError as error:
        raise HclError(getattr(error, "lineno", 1), getattr(error, "msg", str(error))) from None
    except RecursionError:
        raise HclError(1, "is nested too deeply") from None
    if not isinstance(document, dict):
        raise HclError(1, "the file must hold one object")
    blocks = []
    for type_, content in document.items():
        if type_ in _LABELS:
            for labels, body in _labeled(content, _LABELS[type_], []):
                blocks.append((type_, labels, _body(body, values=type_ in ("locals", "module", "variable")), 1, 1))
    return {}, blocks


def _labeled(content: Any, labels: int, found: list[str]) -> Iterator[tuple[list[str], dict[str, Any]]]:
    if isinstance(content, list):
        for item in content:
            yield from _labeled(item, labels, found)
    elif isinstance(content, dict) and labels:
        for name, inner in content.items():
            yield from _labeled(inner, labels - 1, [*found, name])
    elif isinstance(content, dict):
        yield found, content


def _body(content: dict[str, Any], *, values: bool) -> Body:
    attributes: dict[str, tuple[Node, int]] = {}
    blocks: list[tuple[str, list[str], Any, int, int]] = []
    for name, value in content.items():
        inner = value if isinstance(value, list) else [value]
        if name == "dynamic" and isinstance(value, dict):
            for wanted, entries in value.items():
                listed = entries if isinstance(entries, list) else [entries]
                blocks += [
                    ("dynamic", [wanted], _body(entry, values=False), 1, 1)
                    for entry in listed
                    if isinstance(entry, dict)
                ]
        elif not values and name not in _MAPS and inner and all(isinstance(item, dict) for item in inner):
            blocks += [(name, [], _body(item, values=False), 1, 1) for item in inner]
        elif name != "//":
            attributes[name] = (_value(value), 1)
    return attributes, blocks


def _value(value: Any) -> Node:
    if isinstance(value, str):
        return parse_template(value)
    if isinstance(value, list):
        return ("list", [_value(item) for item in value])
    if isinstance(value, dict):
        return ("obj", [(parse_template(key), _value(item)) for key, item in value.items()])
    return ("lit", value)
