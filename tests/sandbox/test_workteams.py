from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError


def _error(call: Callable[..., Any], **request: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**request)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def _member(account: Any, **changes: str) -> list[dict[str, Any]]:
    group = {"UserPool": account.pool, "UserGroup": account.group, "ClientId": account.pool_client}
    return [{"CognitoMemberDefinition": group | changes}]


def test_a_private_workteam_has_the_private_crowd_arn(account: Any) -> None:
    assert account.workteam_arn == (
        f"arn:aws:sagemaker:{account.region}:123456789012:workteam/private-crowd/{account.workteam}"
    )


@pytest.mark.parametrize(
    "change", [{"UserGroup": "nobody"}, {"ClientId": "another"}, {"UserPool": "us-east-1_another"}]
)
def test_group_pool_and_client_must_be_those_of_the_workforce(account: Any, change: dict[str, str]) -> None:
    code, _ = _error(
        account.client("sagemaker").create_workteam,
        WorkteamName="bad",
        Description="d",
        MemberDefinitions=_member(account, **change),
    )
    assert code == "ValidationException"


def test_a_name_is_taken_once(account: Any) -> None:
    code, _ = _error(
        account.client("sagemaker").create_workteam,
        WorkteamName=account.workteam.upper(),
        Description="d",
        MemberDefinitions=_member(account),
    )
    assert code == "ResourceInUse"


def test_there_are_at_most_25_teams(account: Any) -> None:
    sagemaker = account.client("sagemaker")
    for number in range(24):
        sagemaker.create_workteam(WorkteamName=f"t{number}", Description="d", MemberDefinitions=_member(account))

    code, _ = _error(sagemaker.create_workteam, WorkteamName="t25", Description="d", MemberDefinitions=_member(account))

    assert code == "ResourceLimitExceeded"
    pages = list(sagemaker.get_paginator("list_workteams").paginate(SortBy="Name", SortOrder="Ascending"))
    names = [team["WorkteamName"] for page in pages for team in page["Workteams"]]
    assert (len(pages), len(names), names) == (3, 25, sorted(names))


def test_access_constraints_and_description_can_be_changed(account: Any) -> None:
    sagemaker = account.client("sagemaker")
    constraint = {"S3Presign": {"IamPolicyConstraints": {"SourceIp": "Enabled"}}}

    sagemaker.update_workteam(WorkteamName=account.workteam, Description="new", WorkerAccessConfiguration=constraint)

    team = sagemaker.describe_workteam(WorkteamName=account.workteam)["Workteam"]
    assert (team["Description"], team["WorkerAccessConfiguration"]) == ("new", constraint)


def test_a_deleted_team_is_gone(account: Any) -> None:
    sagemaker = account.client("sagemaker")
    assert sagemaker.delete_workteam(WorkteamName=account.workteam)["Success"] is True

    code, message = _error(sagemaker.describe_workteam, WorkteamName=account.workteam)
    # The Terraform provider recognises a deleted team by these words.
    assert (code, message.startswith("The work team ")) == ("ValidationException", True)


def test_the_vendor_team_can_be_described(account: Any) -> None:
    sagemaker = account.client("sagemaker")
    [listed] = sagemaker.list_subscribed_workteams(NameContains="vendor")["SubscribedWorkteams"]

    described = sagemaker.describe_subscribed_workteam(WorkteamArn=listed["WorkteamArn"])["SubscribedWorkteam"]

    assert described == listed
    assert sagemaker.list_subscribed_workteams(NameContains="nothing")["SubscribedWorkteams"] == []
