"""``aws_iam_policy_document``: what its ``json`` says, with unknown parts kept unknown."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from gtctl.audit.iam import structure
from gtctl.audit.model import MISSING, Hole, Unknown, first_unknown

_LISTS = {
    "actions": "Action",
    "not_actions": "NotAction",
    "resources": "Resource",
    "not_resources": "NotResource",
}


def policy_document(attributes: Mapping[str, Any]) -> Any:
    """The JSON text of the document; Unknown with its structure where a part is unknown."""
    statements: list[Any] = []
    for source in _listed(attributes.get("source_policy_documents")):
        statements += _statements_of(source)
    own = attributes.get("statement") or []
    statements += [_statement(block) for block in _listed(own)]
    for override in _listed(attributes.get("override_policy_documents")):
        for entry in _statements_of(override):
            _override(statements, entry)
    document = {"Version": attributes.get("version") or "2012-10-17", "Statement": statements}
    if (unknown := first_unknown(document)) is not None:
        return Unknown(unknown.reason, (Hole(),), nullable=False, json=document)
    return json.dumps(document)


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def _statements_of(source: Any) -> list[Any]:
    document = structure(source)
    if isinstance(document, Mapping):
        return _listed(document.get("Statement"))
    return [document if isinstance(document, Unknown) else Unknown("a policy document it is made of cannot be read")]


def _override(statements: list[Any], entry: Any) -> None:
    """A statement replaces those of the same Sid; one without Sid is added."""
    sid = entry.get("Sid") if isinstance(entry, Mapping) else None
    places = [at for at, other in enumerate(statements) if isinstance(other, Mapping) and _same(other.get("Sid"), sid)]
    for at in places[:1]:
        statements[at] = entry
    if not places:
        statements.append(entry)


def _same(left: Any, right: Any) -> bool:
    return isinstance(left, str) and isinstance(right, str) and left == right and left != ""


def _statement(block: Any) -> Any:
    if isinstance(block, Unknown):
        return block if block.maybe is MISSING else replace(block, maybe=_statement(block.maybe))
    if not isinstance(block, Mapping):
        return Unknown("a statement cannot be read")
    effect = block.get("effect")
    found: dict[str, Any] = {"Effect": "Allow" if effect is None else effect}
    if block.get("sid") is not None:
        found["Sid"] = block["sid"]
    for name, member in _LISTS.items():
        if block.get(name) is not None:
            found[member] = block[name]
    for name, member in (("principals", "Principal"), ("not_principals", "NotPrincipal")):
        if blocks := _listed(block.get(name)):
            found[member] = _principals(blocks)
    if conditions := _listed(block.get("condition")):
        found["Condition"] = _conditions(conditions)
    return found


def _principals(blocks: list[Any]) -> Any:
    found: dict[str, list[Any]] = {}
    for block in blocks:
        if not isinstance(block, Mapping) or isinstance(block.get("type"), Unknown):
            return block if isinstance(block, Unknown) else Unknown("the type of a principal is not known")
        found.setdefault(str(block.get("type")), []).extend(_listed(block.get("identifiers")))
    # "*" of type "*" is everybody.
    return "*" if first_unknown(found) is None and found.get("*") == ["*"] else found


def _conditions(blocks: list[Any]) -> Any:
    found: dict[str, dict[str, list[Any]]] = {}
    for block in blocks:
        if not isinstance(block, Mapping):
            return block if isinstance(block, Unknown) else Unknown("a condition cannot be read")
        names = list(_texts(block.get("test"), block.get("variable")))
        if len(names) < 2:
            return Unknown("the operator or the key of a condition is not known")
        values = block.get("values")
        found.setdefault(names[0], {}).setdefault(names[1], []).extend(_listed(values))
    return found


def _texts(*values: Any) -> Iterator[str]:
    for value in values:
        if isinstance(value, str):
            yield value
