"""Workforces: at most one per account and Region, tied to one Cognito user pool or one OIDC provider.

Source: SageMaker API reference (CreateWorkforce, UpdateWorkforce, DeleteWorkforce) and the Developer Guide,
"Create and manage private workforces".
"""

from __future__ import annotations

import secrets
import time

from botocore.exceptions import ClientError

from gtctl.sandbox.ground_truth import listing
from gtctl.sandbox.ground_truth.cloud import client
from gtctl.sandbox.ground_truth.errors import invalid
from gtctl.sandbox.ground_truth.state import Json, RegionState

_UPDATABLE = ("SourceIpConfig", "WorkforceVpcConfig", "IpAddressType")


def create(region: RegionState, request: Json) -> Json:
    """CreateWorkforce."""
    if ("CognitoConfig" in request) == ("OidcConfig" in request):
        raise invalid("Exactly one of CognitoConfig and OidcConfig must be provided.")
    _refuse_repeated_cidrs(request)
    if "CognitoConfig" in request:
        _check_pool(region, request["CognitoConfig"])
    with region.lock:
        if region.workforce is not None:
            raise invalid(
                f"Cannot create more than one workforce for account {region.account}. If you are trying to update "
                "existing workforce, please use UpdateWorkforce API"
            )
        now = time.time()
        name = request["WorkforceName"]
        region.workforce = {
            "WorkforceName": name,
            "WorkforceArn": region.arn("workforce", name),
            "SubDomain": f"{secrets.token_hex(5)}.labeling.{region.name}.sagemaker.aws",
            "Status": "Active",
            "SourceIpConfig": request.get("SourceIpConfig", {"Cidrs": []}),
            "CreateDate": now,
            "LastUpdatedDate": now,
            "IpAddressType": request.get("IpAddressType", "ipv4"),
            **{key: request[key] for key in ("CognitoConfig",) if key in request},
            **_oidc(request),
            **_vpc(request),
        }
        return {"WorkforceArn": region.workforce["WorkforceArn"]}


def describe(region: RegionState, request: Json) -> Json:
    """DescribeWorkforce."""
    return {"Workforce": get(region, request["WorkforceName"])}


def list_(region: RegionState, request: Json) -> Json:
    """ListWorkforces."""
    found = [w for w in [region.workforce] if w and listing.name_contains(w["WorkforceName"], request)]
    keys = {"Name": lambda w: w["WorkforceName"], "CreateDate": lambda w: w["CreateDate"]}
    chosen, token = listing.page(found, request, keys, "CreateDate")
    return {"Workforces": chosen, **token}


def update(region: RegionState, request: Json) -> Json:
    """UpdateWorkforce: source IP ranges, VPC, address type; the OIDC configuration while there are no teams."""
    _refuse_repeated_cidrs(request)
    with region.lock:
        workforce = get(region, request["WorkforceName"])
        if "OidcConfig" in request:
            if "OidcConfig" not in workforce:
                raise invalid("A workforce that was created with Amazon Cognito cannot be changed to OIDC.")
            if region.workteams:
                raise invalid("The OIDC configuration cannot be changed while the workforce has work teams.")
            workforce.update(_oidc(request))
        for key in _UPDATABLE:
            if key in request and key != "WorkforceVpcConfig":
                workforce[key] = request[key]
        if "WorkforceVpcConfig" in request:
            workforce.pop("WorkforceVpcConfig", None)
            workforce.update(_vpc(request))
        workforce["LastUpdatedDate"] = time.time()
        return {"Workforce": workforce}


def delete(region: RegionState, request: Json) -> Json:
    """DeleteWorkforce: only without work teams."""
    with region.lock:
        get(region, request["WorkforceName"])
        if region.workteams:
            raise invalid("The workforce has work teams. Delete all work teams before you delete the workforce.")
        region.workforce = None
        return {}


def get(region: RegionState, name: str) -> Json:
    """The workforce of that name. Raises ValidationException where there is none."""
    if region.workforce is None or region.workforce["WorkforceName"] != name:
        raise invalid(f"No workforce found with name {name} for account {region.account}.")
    return region.workforce


def _check_pool(region: RegionState, config: Json) -> None:
    cognito = client("cognito-idp", region.name)
    try:
        pool = cognito.describe_user_pool(UserPoolId=config["UserPool"])["UserPool"]
        cognito.describe_user_pool_client(UserPoolId=config["UserPool"], ClientId=config["ClientId"])
    except ClientError as error:
        raise invalid(
            f"The Cognito user pool or client does not exist in {region.name}: {config['UserPool']}"
        ) from error
    if not pool.get("Domain") and not pool.get("CustomDomain"):
        raise invalid(f"The Cognito user pool {config['UserPool']} has no domain.")


def _oidc(request: Json) -> Json:
    if "OidcConfig" not in request:
        return {}
    # The secret goes in and never comes out.
    return {"OidcConfig": {k: v for k, v in request["OidcConfig"].items() if k != "ClientSecret"}}


def _vpc(request: Json) -> Json:
    """The VPC part of an answer; an empty configuration removes it."""
    config = request.get("WorkforceVpcConfig")
    if not config:
        return {}
    if not all(config.get(key) for key in ("VpcId", "SecurityGroupIds", "Subnets")):
        raise invalid("WorkforceVpcConfig needs VpcId, SecurityGroupIds and Subnets.")
    return {"WorkforceVpcConfig": {**config, "VpcEndpointId": f"vpce-{secrets.token_hex(9)[:17]}"}}


def _refuse_repeated_cidrs(request: Json) -> None:
    cidrs = request.get("SourceIpConfig", {}).get("Cidrs", [])
    if len(set(cidrs)) != len(cidrs):
        raise invalid("SourceIpConfig has the same CIDR more than once.")


OPERATIONS = {
    "CreateWorkforce": create,
    "DescribeWorkforce": describe,
    "ListWorkforces": list_,
    "UpdateWorkforce": update,
    "DeleteWorkforce": delete,
}
