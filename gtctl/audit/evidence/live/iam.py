"""Roles, users, groups and the account's own policies, all from the one listing that IAM has for this."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from gtctl.audit.evidence.live.reading import NotRead, Reader
from gtctl.audit.model import Resource

_POLICY = "aws_iam_policy"
_HOLDERS = {"role": "RoleDetailList", "user": "UserDetailList", "group": "GroupDetailList"}
# What AWS makes for its own services, and nobody else can take or change.
_SERVICE_LINKED = "/aws-service-role/"


def collect(reader: Reader, _: Collection[str]) -> list[Resource]:
    """Who may do what in the account, in all Regions. Policies that AWS manages are only named where attached."""
    found: list[Resource] = []
    try:
        for page in reader.pages(
            "iam:GetAccountAuthorizationDetails", reader.home, Filter=["Role", "User", "Group", "LocalManagedPolicy"]
        ):
            for kind, key in _HOLDERS.items():
                for detail in page.get(key, ()):
                    if not detail.get("Path", "").startswith(_SERVICE_LINKED):
                        found += holder(reader, kind, detail)
            found += [policy_of(reader, policy) for policy in page.get("Policies", ())]
    except NotRead as reason:
        types = [f"aws_iam_{kind}{what}" for kind in _HOLDERS for what in ("", "_policy", "_policy_attachment")]
        found += [reader.stand_in(type_, str(reason)) for type_ in (*types, _POLICY)]
    return found


def holder(reader: Reader, kind: str, detail: Mapping[str, Any]) -> Iterator[Resource]:
    """A role, user or group, each of its inline policies and each of its attachments."""
    title = kind.capitalize()
    name, arn = detail[f"{title}Name"], detail["Arn"]
    attributes = {"id": name, "name": name, "arn": arn, "path": detail.get("Path")}
    if kind == "role":
        attributes["assume_role_policy"] = _text(detail.get("AssumeRolePolicyDocument"))
    if kind != "group":
        attributes["permissions_boundary"] = detail.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
    yield reader.resource(f"aws_iam_{kind}", name, attributes, arn)
    for policy in detail.get(f"{title}PolicyList", ()):
        inline = {kind: name, "name": policy["PolicyName"], "policy": _text(policy.get("PolicyDocument"))}
        yield reader.resource(f"aws_iam_{kind}_policy", f"{name}:{policy['PolicyName']}", inline, arn)
    for policy in detail.get("AttachedManagedPolicies", ()):
        attachment = {kind: name, "policy_arn": policy["PolicyArn"]}
        yield reader.resource(f"aws_iam_{kind}_policy_attachment", f"{name}:{policy['PolicyArn']}", attachment, arn)


def policy_of(reader: Reader, policy: Mapping[str, Any]) -> Resource:
    name, arn = policy["PolicyName"], policy["Arn"]
    default: Mapping[str, Any] = next(
        (each for each in policy.get("PolicyVersionList", ()) if each.get("IsDefaultVersion")), {}
    )
    attributes = {
        "id": arn,
        "arn": arn,
        "name": name,
        "path": policy.get("Path"),
        "policy": _text(default.get("Document")),
    }
    return reader.resource(_POLICY, name, attributes, arn)


def _text(document: Any) -> str | None:
    """A policy as text; boto3 has taken it apart."""
    return document if document is None or isinstance(document, str) else json.dumps(document)
