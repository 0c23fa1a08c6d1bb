"""Whether a KMS key is the customer's own, as far as its name tells."""

from __future__ import annotations

import re
from typing import Any

from gtctl.audit.graph import Graph
from gtctl.audit.model import Hole, Resource, Unknown
from gtctl.audit.rule import Result, failed, passed, shown, unknown

_EXPECTED = "a customer managed key, by its ARN"
# "alias/aws/" is reserved for AWS managed keys (KMS Developer Guide, "Aliases").
_AWS_MANAGED = re.compile(r"(^|:)alias/aws/")
_KEY = re.compile(
    r"(arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:)?(key/)?(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})"
)
_ALIAS = re.compile(r"(arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:)?alias/.+")
_OWN = ("aws_kms_key", "aws_kms_replica_key", "aws_kms_external_key", "aws_kms_replica_external_key", "aws_kms_alias")
_FOUND = ("data.aws_kms_key", "data.aws_kms_alias")
_TYPES = (*_FOUND, *_OWN)


def customer_key(holder: Resource, path: str, graph: Graph) -> Result:
    """Judge the key that ``holder`` names at ``path``: PASS for one of our own, FAIL for none or an AWS managed one.

    A key given by id or ARN counts as our own: the AWS managed ones go by their aliases.
    """
    value = holder.peek(path)
    if value is None or (isinstance(value, str) and not value):
        return failed(path, None, _EXPECTED)
    if _AWS_MANAGED.search(_literal(value)):
        return failed(path, value, _EXPECTED)
    target = graph.target(value, *(() if isinstance(value, Unknown) else _TYPES))
    if target is None:
        if _looks_like_a_key(value):
            return passed(shown(value), path)
        return unknown(f"{shown(value)} proves no key", path, _EXPECTED)
    if target.type in _OWN:
        return passed(target.address, path)
    if target.type in _FOUND:
        named = target.peek("key_id" if target.type == "data.aws_kms_key" else "name")
        if _AWS_MANAGED.search(_literal(named)):
            return failed(path, f"{target.address}, which is {shown(named)}", _EXPECTED)
        if named is None or isinstance(named, Unknown):
            return unknown(f"which key {target.address} finds is not known", path, _EXPECTED)
        return passed(f"{target.address}, which is {shown(named)}", path)
    return unknown(f"{target.address} is no key", path, _EXPECTED)


def _literal(value: Any) -> str:
    if isinstance(value, Unknown):
        return "".join("?" if isinstance(part, Hole) else part for part in value.parts)
    return str(value)


def _looks_like_a_key(value: Any) -> bool:
    if not isinstance(value, Unknown):
        return bool(_KEY.fullmatch(str(value)) or _ALIAS.fullmatch(str(value)))
    # Partition, Region and account may be open; what stands behind ":key/" is an id whatever it is.
    text = _literal(value)
    return bool(re.fullmatch(r"arn:[^:]+:kms:[^:]+:[^:]+:(key/.+|alias/[^?]+)", text))
