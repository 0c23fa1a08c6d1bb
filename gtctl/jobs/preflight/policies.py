"""Whether policies let a role do something: yes, no, or it hangs on what nobody can tell before the job runs.

Evaluation: IAM User Guide, "Policy evaluation logic"; for keys: KMS Developer Guide, "Determining access to AWS KMS
keys". Identity policies, a permissions boundary and the resource's own policy are read; so are service control
policies where IAM simulates (``SimulatePrincipalPolicy``). Grants of keys are not.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from fnmatch import fnmatchcase
from typing import Any

from gtctl.audit.conditions import Request, met
from gtctl.audit.iam import Condition, Statement, statements
from gtctl.audit.model import Undecided

_NUMERIC = {
    "numericequals": operator.eq,
    "numericnotequals": operator.ne,
    "numericlessthan": operator.lt,
    "numericlessthanequals": operator.le,
    "numericgreaterthan": operator.gt,
    "numericgreaterthanequals": operator.ge,
}


class Answer(Enum):
    ALLOWED = "allowed"
    DENIED = "denied"
    """By a Deny; nothing else can allow it."""
    NOT_ALLOWED = "not allowed"
    """By no Allow."""
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Decision:
    """``why`` ends a sentence; ``statement`` is the one that decides, where one does."""

    answer: Answer
    why: str
    statement: Statement | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """Whether ``principal`` (a role's ARN, or a service) may do ``action`` on ``resource``.

    context: what is known of the call, as condition key in lower case -> value; other keys may have any value.
    """

    action: str
    resource: str
    principal: str
    context: Request

    @property
    def account(self) -> str:
        return self.principal.split(":")[4] if self.principal.startswith("arn:") else ""


def document(policy: Any) -> list[Statement]:
    """The statements of a policy (JSON text or structure); none where there is no policy. Raises Undecided."""
    found = statements(policy) if policy is not None else []
    for statement in found:
        if not isinstance(statement, Statement):
            raise Undecided("a statement of the policy cannot be read")
    return found


def by_identity(
    documents: Sequence[Sequence[Statement]], boundary: Sequence[Statement] | None, of: Question
) -> Decision:
    """What a role's own policies say, within its permissions boundary (None: it has none)."""
    own = _said([each for statements_ in documents for each in statements_], of, resource_policy=False)
    if boundary is None or own.answer in (Answer.DENIED, Answer.NOT_ALLOWED):
        return own
    limit = _said(boundary, of, resource_policy=False)
    if limit.answer is Answer.ALLOWED:
        return own
    return Decision(limit.answer, f"its permissions boundary: {limit.why}", limit.statement)


def by_resource(policy: Sequence[Statement], of: Question) -> Decision:
    """What the policy of a bucket, a key or a role says."""
    return _said(policy, of, resource_policy=True)


def of_key(identity: Decision, policy: Sequence[Statement], of: Question) -> Decision:
    """Of what a role's policies and a key's say. A key's policy alone can allow; a role's can where that lets it."""
    if not _is_deny(identity) and not any(_delegates(statement, of) for statement in policy):
        identity = Decision(Answer.NOT_ALLOWED, "the key's policy names neither the role nor the account")
    return together(identity, by_resource(policy, of))


def together(identity: Decision, resource: Decision) -> Decision:
    """Of what a role's policies and a resource's say. Within an account either may allow, and either may deny."""
    both = (identity, resource)
    for matters in (
        lambda each: each.answer is Answer.DENIED,
        _is_deny,  # one that may hold
        lambda each: each.answer is Answer.ALLOWED,
        lambda each: each.answer is Answer.OPEN,
    ):
        if found := next((each for each in both if matters(each)), None):
            return found
    return identity


def _is_deny(decision: Decision) -> bool:
    """Whether it is a Deny, or one that may hold."""
    if decision.answer is Answer.OPEN:
        return decision.statement is None or not decision.statement.allows
    return decision.answer is Answer.DENIED


def _delegates(statement: Statement, of: Question) -> bool:
    return (
        statement.allows
        and statement.covers(of.action)
        and any(kind == "AWS" and _is_account(value, of.account) for kind, value in statement.principals)
    )


def _said(document_: Sequence[Statement], of: Question, *, resource_policy: bool) -> Decision:
    open_: Decision | None = None
    allowed: Decision | None = None
    for statement in document_:
        try:
            applies = _applies(statement, of, resource_policy)
        except Undecided as reason:
            open_ = open_ or Decision(Answer.OPEN, str(reason))
            continue
        name = f"statement {statement.sid}" if statement.sid else "a statement without Sid"
        if applies is True and not statement.allows:
            return Decision(Answer.DENIED, f"{name} denies it", statement)
        if applies is True:
            allowed = allowed or Decision(Answer.ALLOWED, f"{name} allows it", statement)
        elif isinstance(applies, str):
            found = Decision(Answer.OPEN, f"{name} hangs on {applies}", statement)
            # A Deny that may hold matters more than an Allow that may.
            if open_ is None or not statement.allows:
                open_ = found
    if open_ and (allowed is None or (open_.statement is not None and not open_.statement.allows)):
        return open_
    return allowed or open_ or Decision(Answer.NOT_ALLOWED, "no statement allows it")


def _applies(statement: Statement, of: Question, resource_policy: bool) -> bool | str:
    """Whether the statement takes hold; the condition key that it hangs on, where that is not known."""
    if not statement.covers(of.action) or not _on(statement, of.resource):
        return False
    if resource_policy and not _names(statement, of):
        return False
    open_ = ""
    for condition in statement.conditions:
        if condition.key not in of.context or _has_variable(condition):
            open_ = open_ or condition.key
        elif not _met(condition, of.context):
            return False
    return open_ or True


def _met(condition: Condition, context: Request) -> bool:
    """As the audit's, and numbers compared as such."""
    compare = _NUMERIC.get(condition.operator.removesuffix("ifexists"))
    value = context[condition.key]
    if compare is None or not isinstance(value, str):
        return met([condition], context)
    return any(compare(float(value), float(wanted)) for wanted in condition.values)


def _on(statement: Statement, resource: str) -> bool:
    if statement.not_resources:
        return not any(_fits(resource, pattern) for pattern in statement.not_resources)
    # The trust policy of a role names no resource: it is about the role.
    return not statement.resources or any(_fits(resource, pattern) for pattern in statement.resources)


def _fits(resource: str, pattern: Any) -> bool:
    if "${" in str(pattern):
        raise Undecided("a policy variable in a resource is not resolved")
    return fnmatchcase(resource, str(pattern).replace("[", "[[]"))


def _names(statement: Statement, of: Question) -> bool:
    if statement.not_principals:
        return not any(_is(kind, value, of, statement) for kind, value in statement.not_principals)
    return any(_is(kind, value, of, statement) for kind, value in statement.principals)


def _is(kind: str, value: Any, of: Question, statement: Statement) -> bool:
    if kind == "Service":
        return bool(value == of.principal)
    if kind not in ("AWS", "*"):
        return False
    # An account as principal gives a role nothing by itself, but a Deny of it takes in all of the account.
    denied = statement.effect == "Deny" and of.account != "" and _is_account(value, of.account)
    return denied or value in ("*", of.principal)


def _is_account(value: Any, account: str) -> bool:
    return value == account or str(value).endswith(f":iam::{account}:root")


def _has_variable(condition: Condition) -> bool:
    return any("${" in str(value) for value in condition.values)
