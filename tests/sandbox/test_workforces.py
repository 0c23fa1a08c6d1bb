from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.account import client

Pool = Callable[..., tuple[str, str, str, str]]


def _error(call: Callable[..., Any], **request: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**request)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_there_is_one_workforce_per_account_and_region(account: Any) -> None:
    config = {"UserPool": account.pool, "ClientId": account.pool_client}

    code, message = _error(account.client("sagemaker").create_workforce, WorkforceName="another", CognitoConfig=config)

    assert code == "ValidationException"
    assert message.startswith("Cannot create more than one workforce for account 123456789012.")


def test_the_workforce_has_a_portal_in_its_region(account: Any) -> None:
    workforce = account.client("sagemaker").describe_workforce(WorkforceName=account.workforce)["Workforce"]

    assert workforce["SubDomain"].endswith(f".labeling.{account.region}.sagemaker.aws")
    assert workforce["Status"] == "Active"
    assert workforce["CognitoConfig"] == {"UserPool": account.pool, "ClientId": account.pool_client}


def test_a_pool_without_a_domain_is_refused(pool: Pool) -> None:
    region, user_pool, client_id, _ = pool(domain=False)

    code, message = _error(
        client("sagemaker", region).create_workforce,
        WorkforceName="w",
        CognitoConfig={"UserPool": user_pool, "ClientId": client_id},
    )

    assert (code, "has no domain" in message) == ("ValidationException", True)


def test_a_pool_or_client_that_does_not_exist_is_refused(pool: Pool) -> None:
    region, user_pool, _, _ = pool()

    for config in (
        {"UserPool": user_pool, "ClientId": "nobody"},
        {"UserPool": f"{region}_nowhere", "ClientId": "nobody"},
    ):
        code, _ = _error(client("sagemaker", region).create_workforce, WorkforceName="w", CognitoConfig=config)
        assert code == "ValidationException"


def test_the_ip_ranges_can_be_changed_but_not_to_nonsense(account: Any) -> None:
    sagemaker = account.client("sagemaker")
    sagemaker.update_workforce(WorkforceName=account.workforce, SourceIpConfig={"Cidrs": ["10.0.0.0/16"]})

    found = sagemaker.describe_workforce(WorkforceName=account.workforce)["Workforce"]
    assert found["SourceIpConfig"] == {"Cidrs": ["10.0.0.0/16"]}
    code, _ = _error(
        sagemaker.update_workforce, WorkforceName=account.workforce, SourceIpConfig={"Cidrs": ["10.0.0.0/99"]}
    )
    assert code == "ValidationException"


def test_the_portal_can_be_put_into_a_vpc_and_taken_out_again(account: Any) -> None:
    sagemaker = account.client("sagemaker")
    vpc = {"VpcId": "vpc-1", "Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}

    inside = sagemaker.update_workforce(WorkforceName=account.workforce, WorkforceVpcConfig=vpc)["Workforce"]
    outside = sagemaker.update_workforce(WorkforceName=account.workforce, WorkforceVpcConfig={})["Workforce"]

    assert inside["WorkforceVpcConfig"].pop("VpcEndpointId").startswith("vpce-")
    assert inside["WorkforceVpcConfig"] == vpc
    assert "WorkforceVpcConfig" not in outside


def test_an_oidc_secret_goes_in_and_never_comes_out(pool: Pool) -> None:
    region, *_ = pool()
    endpoints = ("Issuer", "AuthorizationEndpoint", "TokenEndpoint", "UserInfoEndpoint", "LogoutEndpoint", "JwksUri")
    config = dict.fromkeys(endpoints, "https://idp.example.org/x")
    sagemaker = client("sagemaker", region)
    sagemaker.create_workforce(
        WorkforceName="oidc", OidcConfig={"ClientId": "c", "ClientSecret": "very-secret", **config}
    )

    assert "very-secret" not in str(sagemaker.describe_workforce(WorkforceName="oidc"))
    sagemaker.delete_workforce(WorkforceName="oidc")


def test_a_workforce_with_teams_cannot_be_deleted(account: Any) -> None:
    sagemaker = account.client("sagemaker")

    assert _error(sagemaker.delete_workforce, WorkforceName=account.workforce)[0] == "ValidationException"

    sagemaker.delete_workteam(WorkteamName=account.workteam)
    sagemaker.delete_workforce(WorkforceName=account.workforce)
    assert sagemaker.list_workforces()["Workforces"] == []
    assert _error(sagemaker.describe_workforce, WorkforceName=account.workforce)[1].startswith("No workforce")


def test_tags_of_a_workforce_cannot_be_listed(account: Any) -> None:
    sagemaker = account.client("sagemaker")
    arn = sagemaker.describe_workforce(WorkforceName=account.workforce)["Workforce"]["WorkforceArn"]

    assert _error(sagemaker.list_tags, ResourceArn=arn) == (
        "ValidationException",
        "Invalid resource type: workforce",
    )
