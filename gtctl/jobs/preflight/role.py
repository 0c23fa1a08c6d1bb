"""The job's role: its trust, its policies and its boundary, and what it may do by them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gtctl.audit.conditions import Request
from gtctl.audit.evidence.live import iam
from gtctl.audit.evidence.live.reading import NotRead, Reader
from gtctl.audit.iam import Statement
from gtctl.audit.model import Resource, Undecided
from gtctl.jobs.preflight.policies import Answer, Decision, Question, by_identity, document

# IAM's words for what policies say.
_SIMULATED = {"allowed": Answer.ALLOWED, "explicitDeny": Answer.DENIED, "implicitDeny": Answer.NOT_ALLOWED}


@dataclass(slots=True)
class Role:
    """exists: False where there is no such role. unread: why its policies could not be read, "" where they were.

    trust: the statements of who may assume it. policies, boundary: what it may do, and may do at most.
    """

    arn: str
    reader: Reader
    exists: bool = True
    unread: str = ""
    trust: Sequence[Statement] = ()
    policies: list[Sequence[Statement]] = field(default_factory=list)
    boundary: Sequence[Statement] | None = None
    not_simulated: str = ""
    """Why IAM does not simulate the role's policies; "" as long as it may."""

    def may(self, of: Question) -> Decision:
        """What its own policies say. Raises Undecided where they could neither be simulated nor read."""
        if not self.not_simulated:
            try:
                return self._simulated(of)
            except NotRead as reason:
                self.not_simulated = str(reason)
        if self.unread:
            raise Undecided(f"{self.unread}; and {self.not_simulated}")
        return by_identity(self.policies, self.boundary, of)

    def _simulated(self, of: Question) -> Decision:
        answer = self.reader.call(
            "iam:SimulatePrincipalPolicy",
            self.reader.home,
            on=self.arn,
            PolicySourceArn=self.arn,
            ActionNames=[of.action],
            ResourceArns=[of.resource],
            ContextEntries=_entries(of.context),
        )
        result = answer["EvaluationResults"][0]
        missing = result.get("MissingContextValues", [])
        decided = _SIMULATED[result["EvalDecision"]]
        if missing and decided is not Answer.DENIED:
            return Decision(Answer.OPEN, f"a policy of the role hangs on {missing[0]}")
        organization = result.get("OrganizationsDecisionDetail", {}).get("AllowedByOrganizations", True)
        boundary = result.get("PermissionsBoundaryDecisionDetail", {}).get("AllowedByPermissionsBoundary", True)
        where = "" if organization else " (the organization's policies)"
        where = where or ("" if boundary else " (its permissions boundary)")
        return Decision(decided, f"IAM's simulation says {result['EvalDecision']}{where}")


def read_role(reader: Reader, arn: str) -> tuple[Role, list[Resource]]:
    """The role, and in the audit's shape its resources."""
    role, name = Role(arn, reader), arn.rpartition("/")[2]
    try:
        answer = reader.call("iam:GetRole", reader.home, on=arn, absent="NoSuchEntity", RoleName=name)
        if not answer or answer["Role"]["Arn"] != arn:
            role.exists = False
            return role, []
        detail: dict[str, Any] = dict(answer["Role"])
        role.trust = document(detail.get("AssumeRolePolicyDocument"))
        inline = [
            policy
            for page in reader.pages("iam:ListRolePolicies", reader.home, on=arn, RoleName=name)
            for policy in page["PolicyNames"]
        ]
        detail["RolePolicyList"] = [
            reader.call("iam:GetRolePolicy", reader.home, on=arn, RoleName=name, PolicyName=policy) for policy in inline
        ]
        detail["AttachedManagedPolicies"] = [
            policy
            for page in reader.pages("iam:ListAttachedRolePolicies", reader.home, on=arn, RoleName=name)
            for policy in page["AttachedPolicies"]
        ]
        managed = [_managed(reader, each["PolicyArn"]) for each in detail["AttachedManagedPolicies"]]
        bound = detail.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
        boundary = _managed(reader, bound) if bound else None
    except NotRead as reason:
        role.unread = str(reason)
        known = {"id": name, "name": name, "arn": arn}
        types = ("aws_iam_role", "aws_iam_role_policy", "aws_iam_role_policy_attachment")
        return role, [reader.unread(type_, name, known, reason, arn) for type_ in types]
    role.policies = [document(each["PolicyDocument"]) for each in detail["RolePolicyList"]]
    role.policies += [document(_text(each)) for each in managed]
    role.boundary = document(_text(boundary)) if boundary else None
    # The boundary is a resource, too: whoever looks at a policy wants to know what it is for.
    ours = [each for each in (*managed, boundary) if each and ":iam::aws:" not in each["Arn"]]
    return role, [*iam.holder(reader, "role", detail), *(iam.policy_of(reader, each) for each in ours)]


def _managed(reader: Reader, arn: str) -> dict[str, Any]:
    """A managed policy, as GetAccountAuthorizationDetails gives it."""
    policy = reader.call("iam:GetPolicy", reader.home, on=arn, PolicyArn=arn)["Policy"]
    version = reader.call(
        "iam:GetPolicyVersion", reader.home, on=arn, PolicyArn=arn, VersionId=policy["DefaultVersionId"]
    )
    return dict(policy) | {"PolicyVersionList": [version["PolicyVersion"]]}


def _text(policy: Mapping[str, Any]) -> Any:
    return policy["PolicyVersionList"][0].get("Document")


def _entries(context: Request) -> list[dict[str, Any]]:
    return [
        {"ContextKeyName": key, "ContextKeyValues": [value], "ContextKeyType": "string"}
        for key, value in context.items()
        if isinstance(value, str)
    ]
