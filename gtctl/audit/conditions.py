"""Whether a policy's conditions hold for a request, as far as the request is told.

A rule describes the request that a policy must refuse (a put under another key, a launch that names no workteam) and
asks which statements take hold of it. Semantics: IAM User Guide, "IAM JSON policy elements: Condition operators".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from fnmatch import fnmatchcase
from typing import Any

from gtctl.audit.iam import Condition, Statement
from gtctl.audit.model import Unknown, all_of, any_of, may_equal


class Probe(Enum):
    """Values of a request that are no particular text."""

    ABSENT = "the request has no such key"
    OTHER = "a value that no policy names"


# Attributes by which resources are referred to; none of them is ever a wildcard.
_NAMES = (".account_id", ".arn", ".bucket", ".id", ".key_id", ".name", ".unique_id")

Request = Mapping[str, str | Probe]
"""Condition key, in lower case -> its value."""


def takes_hold(statement: Statement, action: str, request: Request) -> bool:
    """Whether ``statement`` surely applies to every such request, whoever makes it on whichever object.

    A condition on a key that ``request`` does not tell narrows the statement, so it does not surely apply.
    """
    # What surely does not hold decides, even beside something unknown.
    tests: list[Callable[[], bool]] = [
        lambda: _everybody(statement),
        lambda: statement.covers(action),
        lambda: met(statement.conditions, request),
        lambda: any_of(statement.resources, _whole),
    ]
    return all_of(tests, lambda test: bool(test()))


def denied(document: Sequence[Statement], action: str, request: Request) -> bool:
    """Whether a Deny of ``document`` surely applies to every such request."""
    return any_of(document, lambda statement: statement.effect == "Deny" and takes_hold(statement, action, request))


def met(conditions: Sequence[Condition], request: Request) -> bool:
    """Whether all ``conditions`` hold; one on a key that ``request`` does not tell does not."""
    return all_of(conditions, lambda condition: _holds(condition, request))


def _holds(condition: Condition, request: Request) -> bool:
    if not condition.key:
        condition.values[0].undecided()
    if condition.key not in request:
        return False
    value = request[condition.key]
    quantifier, _, operator = condition.operator.rpartition(":")
    base = operator.removesuffix("ifexists")
    if base == "null":
        return any_of(condition.values, lambda wanted: _text(wanted) == "true") == (value is Probe.ABSENT)
    negated = "not" in base
    if value is Probe.ABSENT:
        return negated or base != operator or quantifier == "forallvalues"
    return any_of(condition.values, lambda pattern: _matches(base, pattern, value)) != negated


def _matches(operator: str, pattern: Any, value: str | Probe) -> bool:
    wildcards = "like" in operator or operator.startswith("arn")
    if value is Probe.OTHER:
        return wildcards and not is_particular(pattern)
    if isinstance(pattern, Unknown):
        equal = None if wildcards and not _has_text(pattern) else may_equal(pattern, value)
        if equal is None:
            pattern.undecided()
        return bool(equal)
    if wildcards:
        return fnmatchcase(str(value), _text(pattern).replace("[", "[[]"))
    if operator == "bool" or operator.endswith("ignorecase"):
        return _text(pattern).lower() == str(value).lower()
    return _text(pattern) == value


def is_particular(pattern: Any) -> bool:
    """Whether a value of a policy names something: it is neither empty nor a bare wildcard. Raises Undecided."""
    if not isinstance(pattern, Unknown):
        return _text(pattern).strip("*") != ""
    reference = pattern.symbol or pattern.refers
    if not _has_text(pattern) and ("var." in reference or not reference.endswith(_NAMES)):
        pattern.undecided()
    return True


def _has_text(pattern: Unknown) -> bool:
    return any(isinstance(part, str) and part.strip("*") for part in pattern.parts)


def _text(value: Any) -> str:
    if isinstance(value, Unknown):
        value.undecided()
    # JSON's true and false, as people write them in conditions.
    return str(value).lower() if isinstance(value, bool) else str(value)


def _everybody(statement: Statement) -> bool:
    return any_of(statement.principals, lambda principal: principal[0] in ("AWS", "*") and principal[1] == "*")


def _whole(resource: Any) -> bool:
    """Whether a resource of a bucket's policy takes in all of the bucket's objects."""
    if not isinstance(resource, Unknown):
        return resource == "*" or (isinstance(resource, str) and resource.count("/") == 1 and resource.endswith("/*"))
    if resource.symbol.endswith(".arn"):
        return False  # a bucket's ARN, without its objects
    if not isinstance(resource.parts[-1], str):
        resource.undecided()
    text = "".join(part for part in resource.parts if isinstance(part, str))
    return text.endswith("/*") and text.count("/") == 1
