"""Policies that give or limit rights: those of roles, users and groups, and service control policies."""

from __future__ import annotations

import re
from contextlib import suppress
from functools import lru_cache
from typing import Any

from gtctl.audit.conditions import is_particular
from gtctl.audit.graph import Graph
from gtctl.audit.iam import Condition, Statement, statements
from gtctl.audit.model import Hole, Resource, Undecided, Unknown, Unread, all_of, any_of
from gtctl.audit.rule import Result, Verdict

IDENTITY = ("aws_iam_policy", "aws_iam_role_policy", "aws_iam_user_policy", "aws_iam_group_policy")
"""Policies that roles, users and groups have."""

RIGHTS = (*IDENTITY, "aws_organizations_policy")
"""Those, and what bounds a whole account."""

ATTACHMENTS = (
    "aws_iam_role",
    "aws_iam_role_policy_attachment",
    "aws_iam_role_policy_attachments_exclusive",
    "aws_iam_user_policy_attachment",
    "aws_iam_group_policy_attachment",
    "aws_iam_policy_attachment",
    "aws_ssoadmin_managed_policy_attachment",
)
"""What gives a managed policy to somebody."""

_MANAGED = re.compile(r"arn:[^:]*:iam::aws:policy/(?:.*/)?(?P<name>[^/]+)", re.DOTALL)
_POSITIVE = ("stringequals", "stringlike", "arnequals", "arnlike", "stringequalsignorecase")


def document(resource: Resource) -> list[Statement]:
    """The statements of a resource of RIGHTS; none of an organization's policy that is no control policy."""
    if resource.type != "aws_organizations_policy":
        return statements(resource.peek("policy"))
    if resource.get("type") not in (None, "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"):
        return []
    return statements(resource.peek("content"))


def where_it_grants(result: Result | None, policy: Resource, graph: Graph) -> Result | None:
    """``result``, unless it is a failure of what surely is a permissions boundary only: that grants nothing."""
    if result is None or result.verdict is not Verdict.FAIL:
        return result
    return None if policy.address in _only_boundaries(graph) else result


@lru_cache(maxsize=1)
def _only_boundaries(graph: Graph) -> frozenset[str]:
    """The addresses of the policies that are a permissions boundary and attached to nobody."""
    holders = graph.of_type("aws_iam_role", "aws_iam_user")
    if any(isinstance(each.attributes, Unread) for each in (*holders, *graph.of_type(*ATTACHMENTS))):
        return frozenset()  # what could not be read may attach it
    bound = _policies([holder.peek("permissions_boundary") for holder in holders], graph)
    return bound - _policies([arn for holder in graph.of_type(*ATTACHMENTS) for arn in attached(holder)], graph)


def _policies(arns: list[Any], graph: Graph) -> frozenset[str]:
    by_arn = {
        policy.get("arn"): policy for policy in graph.of_type("aws_iam_policy") if isinstance(policy.peek("arn"), str)
    }
    found = set()
    for arn in arns:
        with suppress(Undecided):
            target = graph.target(arn) if _refers(arn) else by_arn.get(arn)
            if target:
                found.add(target.address)
    return frozenset(found)


def attached(resource: Resource) -> list[Any]:
    """The ARNs of the managed policies that a resource of ATTACHMENTS gives; elements may be Unknown."""
    found: list[Any] = []
    for path in ("policy_arn", "policy_arns", "managed_policy_arn", "managed_policy_arns"):
        for value in resource.all(path):
            found += value if isinstance(value, list) else [value]
    return found


def aws_managed_name(value: Any, graph: Graph) -> str:
    """The name of the AWS-managed policy with this ARN; "" for a policy of our own. Undecided where that is open."""
    text = "".join("\ue000" if isinstance(part, Hole) else part for part in _parts(value))
    if not _refers(value):
        match = _MANAGED.fullmatch(text)
        if match and "\ue000" in match["name"]:
            value.undecided()
        return match["name"] if match else ""
    target = graph.target(value)
    if target and target.type == "aws_iam_policy":
        return ""
    if target and target.type == "data.aws_iam_policy":
        named = target.get("name") or target.get("arn")
        return str(named).rpartition("/")[2]
    return str(value.undecided())


def narrows(statement: Statement, key: str) -> bool:
    """Whether a condition of the statement demands that ``key`` be there, with a particular value."""
    return any_of(statement.condition(key), _demands)


def is_any(resource: Any, pattern: re.Pattern[str]) -> bool:
    """Whether a statement's resource is one of those that ``pattern`` says; holes in its text stand for names."""
    if isinstance(resource, Unknown) and is_particular(resource) and _refers(resource):
        return False
    return (
        pattern.fullmatch("".join("\ue000" if isinstance(part, Hole) else part for part in _parts(resource)))
        is not None
    )


def _demands(condition: Condition) -> bool:
    return condition.operator.removeprefix("foranyvalue:") in _POSITIVE and all_of(condition.values, is_particular)


def _refers(value: Any) -> bool:
    return isinstance(value, Unknown) and not any(isinstance(part, str) for part in value.parts)


def _parts(value: Any) -> tuple[str | Hole, ...]:
    return value.parts if isinstance(value, Unknown) else (str(value),)
