"""What a job may never do, whatever else is right about it: be seen by strangers, or leave its labels unprotected.

Pure functions on a CreateLabelingJob request in boto3's spelling. They fail closed: a request in which
something cannot be proven is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gtctl.ground_truth import WorkteamKind, workteam_kind
from gtctl.jobs.findings import Finding, member, quoted

CLASSIFICATION_TAG = "gtctl:classification"

REFUSED = (
    "public or vendor workteam, or one that its ARN does not prove private",
    "workteam of another account than the role's",
    "price for the public workforce",
    "output without its own key, named by its full ARN",
    "declaration that sensitive images are free of personal information",
)
"""What refusals() looks for, in words, for people who want to know what was checked."""

_OWN_WORKTEAM = re.compile(
    r"arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]+:(?P<account>[0-9]{12}):workteam/private-crowd/[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}"
)
_ROLE_ACCOUNT = re.compile(r"arn:aws[a-z\-]*:iam::(?P<account>[0-9]{12}):role/.+")
# A key id is a UUID; that of a multi-Region key is mrk- and 32 hexadecimal digits ("Key identifiers (KeyId)").
_KEY_ARN = re.compile(
    r"arn:aws[a-z\-]*:kms:[a-z0-9\-]+:[0-9]{12}:key/"
    r"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|mrk-[0-9a-f]{32})"
)
_WHY_NOT_PRIVATE = {
    WorkteamKind.PUBLIC: "is the public (Mechanical Turk) workforce: anybody could see the images",
    WorkteamKind.VENDOR: "is a vendor's workteam: strangers would see the images",
}


def refusals(request: Mapping[str, Any]) -> list[Finding]:
    """Every reason to refuse ``request``; empty when there is none. Never raises, whatever ``request`` holds."""
    return [*_workteam(request), *_public_price(request), *_output_key(request), *_false_declaration(request)]


def _workteam(request: Mapping[str, Any]) -> list[Finding]:
    path = "HumanTaskConfig.WorkteamArn"
    arn = member(request, path)
    if not isinstance(arn, str):
        return [Finding(path, "names no workteam; name a private one")]
    kind = workteam_kind(arn)
    if reason := _WHY_NOT_PRIVATE.get(kind):
        return [Finding(path, f"{quoted(arn)} {reason}; name a private workteam")]
    match = _OWN_WORKTEAM.fullmatch(arn)
    if kind is not WorkteamKind.PRIVATE or not match:
        return [Finding(path, f"{quoted(arn)} does not prove a private workteam (.../workteam/private-crowd/NAME)")]
    role = member(request, "RoleArn")
    role_match = _ROLE_ACCOUNT.fullmatch(role) if isinstance(role, str) else None
    if role_match and role_match["account"] != match["account"]:
        return [
            Finding(path, f"is a workteam of account {match['account']}, but the role's is {role_match['account']}")
        ]
    return []


def _public_price(request: Mapping[str, Any]) -> list[Finding]:
    human = member(request, "HumanTaskConfig")
    if isinstance(human, Mapping) and "PublicWorkforceTaskPrice" in human:
        path = "HumanTaskConfig.PublicWorkforceTaskPrice"
        return [Finding(path, "is a price for the public workforce; private workers have none: remove it")]
    return []


def _output_key(request: Mapping[str, Any]) -> list[Finding]:
    path = "OutputConfig.KmsKeyId"
    key = member(request, path)
    if not isinstance(key, str) or not key:
        return [Finding(path, "is missing: without it the labels are not encrypted with your key; give its full ARN")]
    if not _KEY_ARN.fullmatch(key):
        # IAM's condition key sagemaker:OutputKmsKeyArn compares ARNs: an alias or a bare id slips past it.
        return [
            Finding(path, f"{quoted(key)} is not a full key ARN (arn:aws:kms:REGION:ACCOUNT:key/ID), nor an alias's")
        ]
    return []


def _false_declaration(request: Mapping[str, Any]) -> list[Finding]:
    path = "InputConfig.DataAttributes.ContentClassifiers"
    declared = member(request, path)
    if not declared or "FreeOfPersonallyIdentifiableInformation" not in str(declared):
        return []
    tags = member(request, "Tags")
    classifications = [
        tag.get("Value")
        for tag in (tags if isinstance(tags, list) else [])
        if isinstance(tag, Mapping) and tag.get("Key") == CLASSIFICATION_TAG
    ]
    if classifications == ["public"]:
        return []
    return [Finding(path, "declares sensitive images free of personal information; remove it")]
