"""What a bucket or key policy says of a request, conditions included: as far as the policies of labeling stacks go.

moto takes a Deny that has conditions for a Deny of everything. Sources: IAM User Guide, "IAM JSON policy elements:
Condition operators" and "Policy evaluation logic".
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Any

from gtctl.sandbox.process import ACCOUNT

Context = Mapping[str, str]
"""Condition keys in lower case and their values; a key that the request does not have is absent."""

_HEADERS = (
    "x-amz-acl",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-customer-algorithm",
)


def context_of(headers: Mapping[str, str]) -> Context:
    """The condition keys of a request of the sandbox's account, with the headers that S3 makes keys of.

    The sandbox's plain HTTP stands for the service's TLS. No request comes through a VPC endpoint.
    """
    context = {
        "aws:securetransport": "true",
        "aws:principalaccount": ACCOUNT,
        "aws:principalarn": f"arn:aws:iam::{ACCOUNT}:root",
        "aws:principalisawsservice": "false",
        "aws:sourceip": "127.0.0.1",
        "s3:tlsversion": "1.3",
    }
    lower = {name.lower(): value for name, value in headers.items()}
    return context | {f"s3:{name}": lower[name] for name in _HEADERS if name in lower}


def decision(policy: Mapping[str, Any], action: str, resource: str, context: Context) -> str | None:
    """ "Deny", "Allow", or None where no statement speaks of the request."""
    effects = {
        str(statement.get("Effect"))
        for statement in many(policy.get("Statement"))
        if _names_caller(statement.get("Principal"))
        and any(fnmatchcase(action.lower(), pattern.lower()) for pattern in many(statement.get("Action")))
        and any(fnmatchcase(resource, pattern) for pattern in many(statement.get("Resource")))
        and _conditions_hold(statement.get("Condition", {}), context)
    }
    return "Deny" if "Deny" in effects else "Allow" if "Allow" in effects else None


def many(value: Any) -> list[Any]:
    """IAM writes a list of one as the one."""
    return value if isinstance(value, list) else [] if value is None else [value]


def _names_caller(principal: Any) -> bool:
    if isinstance(principal, dict):
        names = many(principal.get("AWS"))
        return any(name in ("*", ACCOUNT) or f":{ACCOUNT}:" in name for name in names)
    return bool(principal == "*")


def _conditions_hold(conditions: Mapping[str, Mapping[str, Any]], context: Context) -> bool:
    return all(
        _holds(name, context.get(key.lower()), [str(value) for value in many(values)])
        for name, keys in conditions.items()
        for key, values in keys.items()
    )


def _holds(name: str, given: str | None, values: list[str]) -> bool:
    if name == "Null":
        return (given is None) == (values == ["true"])
    if_exists = name.endswith("IfExists")
    name = name.removesuffix("IfExists")
    negated = "Not" in name
    if given is None:
        return if_exists or negated
    matches = _MATCHERS.get(name.replace("Not", ""))
    # An operator that is not known here never makes a statement apply.
    return matches is not None and any(matches(given, value) for value in values) != negated


def _equal(given: str, value: str) -> bool:
    return given == value


def _equal_ignoring_case(given: str, value: str) -> bool:
    return given.lower() == value.lower()


def _numeric(compare: Callable[[float, float], bool]) -> Callable[[str, str], bool]:
    def matches(given: str, value: str) -> bool:
        try:
            return compare(float(given), float(value))
        except ValueError:
            return False

    return matches


_MATCHERS: dict[str, Callable[[str, str], bool]] = {
    "ArnEquals": fnmatchcase,
    "ArnLike": fnmatchcase,
    "Bool": _equal_ignoring_case,
    "NumericEquals": _numeric(operator.eq),
    "NumericGreaterThan": _numeric(operator.gt),
    "NumericGreaterThanEquals": _numeric(operator.ge),
    "NumericLessThan": _numeric(operator.lt),
    "NumericLessThanEquals": _numeric(operator.le),
    "StringEquals": _equal,
    "StringEqualsIgnoreCase": _equal_ignoring_case,
    "StringLike": fnmatchcase,
}
