"""The forms of the workforce module that the stack's environments do not have, applied together in three Regions.

An adopted workforce keeps its pool and client; one with an identity provider of one's own has its groups; a portal in a
VPC closes the public one by the VPC's own range.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gtctl.infra.stack import Output, opened
from gtctl.sandbox import process
from gtctl.sandbox.process import Running
from tests.account import Account, client
from tests.terraform.conftest import ROOT, copy_code

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

# Where no other test has a workforce: there can be only one in a Region.
OIDC_REGION, VPC_REGION = "eu-west-3", "sa-east-1"
ISSUER = "https://login.example.org"
CODE = """
variable "region" { type = string }
variable "adopted" { type = any }
variable "vpc" { type = any }

provider "aws" {
  region = var.adopted.region
}

provider "aws" {
  alias  = "oidc"
  region = "eu-west-3"
}

provider "aws" {
  alias  = "vpc"
  region = var.region
}

module "adopted" {
  source             = "../modules/workforce"
  name_prefix        = "adopted"
  workteams          = { readers = { description = "Radiologists" } }
  existing_workforce = var.adopted.workforce
}

module "oidc" {
  source             = "../modules/workforce"
  providers          = { aws = aws.oidc }
  name_prefix        = "own-provider"
  workteams          = { readers = { description = "Radiologists", groups = ["labeling-readers"] } }
  source_ip_cidrs    = ["203.0.113.0/24"]
  oidc_client_secret = "known to nobody"

  oidc = {
    client_id              = "ground-truth"
    issuer                 = "https://login.example.org/"
    authorization_endpoint = "https://login.example.org/authorize"
    token_endpoint         = "https://login.example.org/token"
    user_info_endpoint     = "https://login.example.org/userinfo"
    logout_endpoint        = "https://login.example.org/logout"
    jwks_uri               = "https://login.example.org/jwks.json"
  }
}

module "vpc" {
  source      = "../modules/workforce"
  providers   = { aws = aws.vpc }
  name_prefix = "inside"
  workteams   = { readers = { description = "Radiologists" } }
  vpc         = var.vpc
}

output "adopted" { value = module.adopted }
output "oidc" { value = module.oidc }
output "vpc" { value = module.vpc }
"""


def test_each_form_is_applied_as_it_says(sandbox: Running, account: Account, tmp_path: Path) -> None:
    process.state_file().parent.mkdir(parents=True, exist_ok=True)
    process.state_file().write_bytes(msgspec.json.encode(sandbox))
    _make_good(account)
    copy_code(tmp_path)
    for file in [*(tmp_path / "terraform").glob("*.tf"), *(tmp_path / "terraform" / "environments").iterdir()]:
        file.unlink()
    (tmp_path / "terraform" / "main.tf").write_text(CODE)
    (tmp_path / "terraform" / "versions.tf").write_text((ROOT / "modules/workforce/versions.tf").read_text())
    workforce = {"name": account.workforce, "user_pool_id": account.pool, "client_id": account.pool_client}
    vpc = _vpc()
    variables = {"region": VPC_REGION, "adopted": {"region": account.region, "workforce": workforce}, "vpc": vpc}
    (tmp_path / "terraform" / "environments" / "forms.tfvars").write_text("")
    (tmp_path / "forms.tfvars.json").write_text(json.dumps(variables))
    before = _workforce(account.region, account.workforce)

    with opened(
        "sandbox", "forms", say=print, source_root=tmp_path, var_files=[tmp_path / "forms.tfvars.json"]
    ) as stack:
        stack.apply()
        outputs = stack.outputs()

    assert _workforce(account.region, account.workforce) == before
    [member] = _members(account.region, outputs["adopted"])
    group = member["CognitoMemberDefinition"]
    assert (group["UserPool"], group["ClientId"]) == (account.pool, account.pool_client)

    found = _workforce(OIDC_REGION, "own-provider")
    assert found["OidcConfig"]["Issuer"] == f"{ISSUER}/" and "CognitoConfig" not in found
    assert found["SourceIpConfig"]["Cidrs"] == ["203.0.113.0/24"]
    assert _members(OIDC_REGION, outputs["oidc"]) == [{"OidcMemberDefinition": {"Groups": ["labeling-readers"]}}]

    found = _workforce(VPC_REGION, "inside")
    assert found["WorkforceVpcConfig"]["VpcId"] == vpc["vpc_id"]
    assert found["SourceIpConfig"]["Cidrs"] == ["10.7.0.0/16"]


def _make_good(account: Account) -> None:
    """Give the pool of the workforce that is adopted what the module demands of it."""
    cognito = account.client("cognito-idp")
    cognito.update_user_pool(UserPoolId=account.pool, AdminCreateUserConfig={"AllowAdminCreateUserOnly": True})
    cognito.set_user_pool_mfa_config(
        UserPoolId=account.pool, MfaConfiguration="ON", SoftwareTokenMfaConfiguration={"Enabled": True}
    )


def _vpc() -> dict[str, Any]:
    ec2 = client("ec2", VPC_REGION)
    vpc = ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.7.1.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName="portal", Description="Portal", VpcId=vpc)["GroupId"]
    return {"vpc_id": vpc, "subnet_ids": [subnet], "security_group_ids": [group]}


def _workforce(region: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = client("sagemaker", region).describe_workforce(WorkforceName=name)["Workforce"]
    return found


def _members(region: str, output: Output) -> list[dict[str, Any]]:
    """Whom the one workteam of an applied form consists of."""
    [name] = output.value["workteam_names"].values()
    team = client("sagemaker", region).describe_workteam(WorkteamName=name)["Workteam"]
    found: list[dict[str, Any]] = team["MemberDefinitions"]
    return found
