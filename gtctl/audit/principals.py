"""Whom a policy lets in: our own account, a named other one, or everybody."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from gtctl.audit.conditions import Probe, Request, denied, is_particular
from gtctl.audit.graph import Graph
from gtctl.audit.iam import Condition, Statement
from gtctl.audit.model import Hole, Resource, Undecided, Unknown, all_of, any_of, may_equal
from gtctl.audit.rule import Result, failed, passed, shown, unknown, worst

_HOLE = "\ue000"
_PRINCIPAL = re.compile(r"arn:[^:]*:(iam|sts)::(?P<account>[^:]*):.+", re.DOTALL)
_ARN = re.compile(r"arn:[^:]*:[^:]*:[^:]*:(?P<account>[^:]*):.+", re.DOTALL)
_CALLER = re.compile(r"(^|\.)data\.aws_caller_identity\b.*\.(account_id|arn|id)$")
# What the account's own Terraform code makes or looks up with its own credentials.
_OURS = {"aws_iam_role", "aws_iam_user", "data.aws_iam_role", "data.aws_iam_user", "data.aws_caller_identity"}

_POSITIVE = {"stringequals", "stringlike", "arnequals", "arnlike", "stringequalsignorecase"}
# Keys that tell whose request it is. An address (aws:SourceIp) tells nothing of the kind.
_ACCOUNTS = {"aws:principalaccount", "aws:sourceaccount", "aws:sourceowner", "kms:calleraccount"}
_ARNS = {"aws:principalarn", "aws:sourcearn"}
_CIRCLES = {
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:sourcevpc",
    "aws:sourcevpce",
}
_OUTSIDER: Request = {
    **dict.fromkeys(_ACCOUNTS | _CIRCLES | {"aws:principalarn"}, Probe.OTHER),
    "aws:principalisawsservice": "false",
    "aws:viaawsservice": "false",
}


def openness(document: Sequence[Statement], action: str, graph: Graph, path: str, *keys: str) -> Result:
    """Judge whom a resource's policy lets in: PASS for our own account and AWS services, FAIL for anybody else.

    action: one that a Deny of everybody else must take in. keys: ends of more condition keys, in lower case, that
    make a stranger known (``sts:externalid``): whoever names one of these has decided whom to let in.
    """
    strangers = worst(document, lambda statement: _judge(statement, graph, path, keys))
    if strangers is None or strangers.verdict == "PASS":
        return strangers or passed("nobody is let in", path)
    if any_of(document, lambda statement: not statement.allows and denied([statement], action, _OUTSIDER)):
        return passed("a Deny refuses everybody outside the account", path)
    return strangers


def own_account(value: Any, graph: Graph) -> bool:
    """Whether ``value`` is the number of an account of ours. Raises Undecided where that is not known.

    Ours are those of the settings, and the one that the caller's identity tells.
    """
    if isinstance(value, Unknown):
        if _CALLER.search(value.symbol):
            return True
        value.undecided()
    if str(value) in ("", "*"):
        return False
    seen = [caller.peek("account_id") for caller in graph.of_type("data.aws_caller_identity")]
    known = {account for account in seen if isinstance(account, str)} | set(graph.settings.own_accounts)
    if str(value) in known:
        return True
    if not known:
        Unknown(f"whether account {value} is ours is not known: name ours as own_accounts in gtctl.toml").undecided()
    return False


def account_of(arn: Any) -> Any:
    """The account in an ARN (from ``Resource.peek``): text, an Unknown, or None where it is no ARN."""
    return _account(_ARN, arn)


def in_the_jobs_account(arn: Any, job: Resource, graph: Graph) -> bool:
    """Whether ``arn`` is of the account that the job runs in, or of another of ours. Raises Undecided.

    A role can be passed within its account only, so that is the account of the job's role.
    """
    account = account_of(arn)
    role_account = None
    with suppress(Undecided):
        role_account = account_of(job.peek("role_arn"))
    if isinstance(role_account, Unknown) or role_account:
        same = may_equal(role_account, account)
        # What is in another account than the role may still be ours.
        if same or (same is False and str(account) not in graph.settings.own_accounts):
            return bool(same)
    return own_account(account, graph)


def _judge(statement: Statement, graph: Graph, path: str, keys: Sequence[str]) -> Result | None:
    if not statement.allows:
        return None
    name = f"statement {statement.sid}" if statement.sid else "a statement"
    if statement.not_principals:
        return failed(path, f"{name} lets everybody in but a few (NotPrincipal)", "principals by their ARNs")

    def judge(principal: tuple[str, Any]) -> Result:
        def ours() -> bool:
            return not _stranger(*principal, graph)

        def known() -> bool:
            return any_of(statement.conditions, lambda condition: _narrows(condition, graph, keys))

        if any_of([known, ours], lambda test: bool(test())):
            return passed("our own account, AWS services, or whom a condition names", path)
        who = _stranger(*principal, graph)
        return failed(path, f"{name} lets in {who}", "principals of the own account, or a condition that names them")

    return worst(statement.principals, judge) or unknown(f"{name} names no principal", path)


def _stranger(kind: str, value: Any, graph: Graph) -> str:
    """Who outside the account a principal is, for people; "" where it is one of ours."""
    if kind == "Service":
        return ""
    if kind not in ("AWS", "*"):
        return f"{shown(value)} ({kind})"
    if not isinstance(value, Unknown) and value == "*":
        return "everybody"
    if isinstance(value, Unknown) and (value.symbol or value.refers.endswith((".arn", ".unique_id"))):
        # A plain reference: to the caller, to what this code makes or looks up, else to nothing that tells an account.
        target = None if _CALLER.search(value.symbol) else graph.target(value)
        if target is None or target.type in _OURS or target.type.endswith("_service_account"):
            return ""
    account = value if shown(value).isdigit() else _account(_PRINCIPAL, value)
    if account is None:
        # The unique id of a deleted user or role, or an identity of another service.
        Unknown(f"{shown(value)} tells no account").undecided()
    return "" if own_account(account, graph) else f"account {shown(account)}"


def _narrows(condition: Condition, graph: Graph, keys: Sequence[str]) -> bool:
    if not condition.key:
        condition.values[0].undecided()
    if condition.operator.removeprefix("foranyvalue:") not in _POSITIVE:
        return False
    if condition.key in _ACCOUNTS:
        return all_of(condition.values, lambda value: own_account(value, graph))
    if condition.key in _ARNS:
        return all_of(condition.values, lambda value: _own_arn(value, graph))
    if condition.key in _CIRCLES or condition.key.endswith(tuple(keys)):
        return all_of(condition.values, is_particular)
    return False


def _own_arn(value: Any, graph: Graph) -> bool:
    if isinstance(value, Unknown) and value.symbol:
        return _CALLER.search(value.symbol) is not None or graph.target(value) is not None
    account = _account(_ARN, value)
    if account is None:
        # S3's ARNs tell no account: whoever names a bucket has named it.
        return not isinstance(value, Unknown) and str(value).startswith("arn:") and ":s3:::" in str(value)
    return own_account(account, graph)


def _account(pattern: re.Pattern[str], value: Any) -> Any:
    if not isinstance(value, Unknown):
        match = pattern.fullmatch(str(value))
        return match["account"] if match else None
    match = pattern.fullmatch("".join(_HOLE if isinstance(part, Hole) else part for part in value.parts))
    if not match:
        value.undecided()
    account = match["account"]
    if account != _HOLE:
        return value if _HOLE in account else account
    # Which of the holes it is: as many come before it as there are marks in the text before it.
    at = match.string[: match.start("account")].count(_HOLE)
    return Unknown(value.reason, ([part for part in value.parts if isinstance(part, Hole)][at],), nullable=False)
