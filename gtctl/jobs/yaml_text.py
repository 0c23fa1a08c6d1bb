"""A YAML document as plain text values: every scalar stays exactly as it was written.

YAML would turn the account id 012345670123 into an octal number, the label ``no`` into False and the name
``2026-11-01`` into a date. Here nothing is guessed: the field that reads a scalar decides what it is.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from gtctl.errors import BadInput

_NULLS = frozenset({"", "~", "null"})


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping in the YAML file ``path``: dicts, lists and strings; a key without a value is left out.

    Raises BadInput for a file that cannot be read, is no single YAML mapping, names a key twice, or uses
    aliases (``*name``) or merge keys (``<<``).
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise BadInput(f"cannot read {path}: {reason}") from error
    try:
        # BaseLoader makes nothing but strings, lists and mappings, which is less than SafeLoader.
        root = yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.YAMLError as error:
        raise BadInput(f"{path}: {_syntax_error(error)}") from error
    if not isinstance(root, yaml.MappingNode):
        raise BadInput(f"{path}: must be a YAML mapping (key: value)")
    value: dict[str, Any] = _plain(root, path, set())
    return value


def _plain(node: yaml.Node, path: Path, seen: set[int]) -> Any:
    if id(node) in seen:
        raise BadInput(f"{_place(path, node)}: aliases (*name) are not supported, write the value out")
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        made: dict[str, Any] = {}
        keys: set[str] = set()
        for key_node, value_node in node.value:
            key = key_node.value
            if not isinstance(key_node, yaml.ScalarNode) or key == "<<":
                raise BadInput(f"{_place(path, key_node)}: keys must be plain text; merge keys (<<) are not supported")
            if key in keys:
                raise BadInput(f"{_place(path, key_node)}: the key {key!r} stands here twice")
            keys.add(key)
            value = _plain(value_node, path, seen)
            if value is not None:
                made[key] = value
        return made
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, path, seen) for item in node.value]
    written_plain = isinstance(node, yaml.ScalarNode) and node.style is None
    return None if written_plain and node.value in _NULLS else node.value


def _place(path: Path, node: yaml.Node) -> str:
    return f"{path}:{node.start_mark.line + 1}"


def _syntax_error(error: yaml.YAMLError) -> str:
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        return where + " ".join(filter(None, (error.context, error.problem)))
    return " ".join(str(error).split())
