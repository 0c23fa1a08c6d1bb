"""Flow definitions: what is made is described, listed, tagged and gone again; what the service refuses is refused."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from gtctl.ground_truth import public_workteam_arn


def request(account: Any, name: str = "review", **loop: Any) -> dict[str, Any]:
    config = {
        "WorkteamArn": account.workteam_arn,
        "HumanTaskUiArn": f"arn:aws:sagemaker:{account.region}:123456789012:human-task-ui/review",
        "TaskTitle": "Review",
        "TaskDescription": "Compare the boxes with the image",
        "TaskCount": 2,
    }
    return {
        "FlowDefinitionName": name,
        "RoleArn": account.role_arn,
        "HumanLoopConfig": config | loop,
        "OutputConfig": {"S3OutputPath": f"s3://{account.bucket}/review/", "KmsKeyId": account.key_arn},
    }


def refusal(account: Any, asked: dict[str, Any]) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        account.client("sagemaker").create_flow_definition(**asked)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def test_a_flow_definition_is_described_listed_tagged_and_deleted(account: Any) -> None:
    sagemaker, asked = account.client("sagemaker"), request(account)
    arn = sagemaker.create_flow_definition(**asked, Tags=[{"Key": "team", "Value": "chest"}])["FlowDefinitionArn"]
    found = sagemaker.describe_flow_definition(FlowDefinitionName="review")
    assert {name: found[name] for name in asked} == asked
    assert (found["FlowDefinitionArn"], found["FlowDefinitionStatus"]) == (arn, "Active")
    assert [flow["FlowDefinitionArn"] for flow in sagemaker.list_flow_definitions()["FlowDefinitionSummaries"]] == [arn]
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "chest"}]
    sagemaker.delete_flow_definition(FlowDefinitionName="review")
    assert sagemaker.list_flow_definitions()["FlowDefinitionSummaries"] == []
    with pytest.raises(sagemaker.exceptions.ResourceNotFound):
        sagemaker.describe_flow_definition(FlowDefinitionName="review")


def test_flow_definitions_are_listed_page_by_page_and_by_time(account: Any) -> None:
    sagemaker = account.client("sagemaker")
    for number in range(3):
        sagemaker.create_flow_definition(**request(account, f"review-{number}"))
    pages = sagemaker.get_paginator("list_flow_definitions").paginate(PaginationConfig={"PageSize": 2})
    names = [[flow["FlowDefinitionName"] for flow in page["FlowDefinitionSummaries"]] for page in pages]
    assert names == [["review-0", "review-1"], ["review-2"]]
    tomorrow = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=1)
    assert sagemaker.list_flow_definitions(CreationTimeAfter=tomorrow)["FlowDefinitionSummaries"] == []
    for name in names[0] + names[1]:
        sagemaker.delete_flow_definition(FlowDefinitionName=name)


def test_what_the_service_refuses_is_refused(account: Any) -> None:
    account.client("sagemaker").create_flow_definition(**request(account, "taken"))
    assert refusal(account, request(account, "taken"))[0] == "ResourceInUse"
    gone = f"{account.workteam_arn}-gone"
    assert refusal(account, request(account, WorkteamArn=gone)) == (
        "ValidationException",
        f"The work team {gone} does not exist.",
    )
    assert "Could not assume role" in refusal(account, request(account) | {"RoleArn": f"{account.role_arn}-gone"})[1]
    # botocore does not check patterns: the service's model does.
    assert "flowDefinitionName" in refusal(account, request(account, "Not_A_Name"))[1]
    account.client("sagemaker").delete_flow_definition(FlowDefinitionName="taken")


def test_the_public_workforce_can_be_named_so_that_an_audit_can_find_it(account: Any) -> None:
    public = request(account, "public-review", WorkteamArn=public_workteam_arn(account.region))
    account.client("sagemaker").create_flow_definition(**public)
    account.client("sagemaker").delete_flow_definition(FlowDefinitionName="public-review")
