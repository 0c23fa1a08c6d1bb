"""Workteams: the account's own private ones, and the vendor team the account is subscribed to.

Source: SageMaker API reference (CreateWorkteam and its siblings, ListSubscribedWorkteams).
"""

from __future__ import annotations

import time

from botocore.exceptions import ClientError

from gtctl.ground_truth import WorkteamKind, public_workteam_arn, workteam_kind
from gtctl.sandbox.ground_truth import listing, tags, workforces
from gtctl.sandbox.ground_truth.cloud import client
from gtctl.sandbox.ground_truth.errors import in_use, invalid, limit_exceeded
from gtctl.sandbox.ground_truth.state import Json, RegionState

MAX_WORKTEAMS = 25
_OPTIONAL = ("NotificationConfiguration", "WorkerAccessConfiguration")


def create(region: RegionState, request: Json) -> Json:
    """CreateWorkteam."""
    new_tags = tags.from_request(request)
    with region.lock:
        if region.workforce is None:
            raise invalid(f"No workforce found for account {region.account}. Create a workforce first.")
        if "WorkforceName" in request:
            workforces.get(region, request["WorkforceName"])
        _check_members(region, request["MemberDefinitions"])
        name = request["WorkteamName"]
        if name.lower() in (taken.lower() for taken in region.workteams):
            raise in_use(f"A work team with the name {name} already exists.")
        if len(region.workteams) >= MAX_WORKTEAMS:
            raise limit_exceeded(f"The account-level limit of {MAX_WORKTEAMS} work teams has been reached.")
        now = time.time()
        arn = region.arn("workteam/private-crowd", name)
        region.workteams[name] = {
            "WorkteamName": name,
            "WorkteamArn": arn,
            "WorkforceArn": region.workforce["WorkforceArn"],
            "SubDomain": region.workforce["SubDomain"],
            "MemberDefinitions": request["MemberDefinitions"],
            "Description": request["Description"],
            "CreateDate": now,
            "LastUpdatedDate": now,
            **{key: request[key] for key in _OPTIONAL if key in request},
        }
        region.tags[arn] = new_tags
        return {"WorkteamArn": arn}


def describe(region: RegionState, request: Json) -> Json:
    """DescribeWorkteam."""
    return {"Workteam": get(region, request["WorkteamName"])}


def list_(region: RegionState, request: Json) -> Json:
    """ListWorkteams."""
    found = [t for t in region.workteams.values() if listing.name_contains(t["WorkteamName"], request)]
    keys = {"Name": lambda t: t["WorkteamName"], "CreateDate": lambda t: t["CreateDate"]}
    chosen, token = listing.page(found, request, keys, "CreateDate")
    return {"Workteams": chosen, **token}


def update(region: RegionState, request: Json) -> Json:
    """UpdateWorkteam."""
    with region.lock:
        team = get(region, request["WorkteamName"])
        if "MemberDefinitions" in request:
            _check_members(region, request["MemberDefinitions"])
        for key in ("MemberDefinitions", "Description", *_OPTIONAL):
            if key in request:
                team[key] = request[key]
        team["LastUpdatedDate"] = time.time()
        return {"Workteam": team}


def delete(region: RegionState, request: Json) -> Json:
    """DeleteWorkteam."""
    with region.lock:
        team = get(region, request["WorkteamName"])
        del region.workteams[team["WorkteamName"]]
        region.tags.pop(team["WorkteamArn"], None)
        return {"Success": True}


def get(region: RegionState, name: str) -> Json:
    """The workteam of that name. Raises ValidationException where there is none."""
    try:
        return region.workteams[name]
    except KeyError:
        raise invalid(f"The work team {region.arn('workteam/private-crowd', name)} does not exist.") from None


def subscribed(region: RegionState) -> Json:
    """The vendor team every sandbox account is subscribed to, so that refusing it can be tested."""
    return {
        "WorkteamArn": f"arn:aws:sagemaker:{region.name}:111122223333:workteam/vendor-crowd/sandbox-vendor",
        "MarketplaceTitle": "Sandbox vendor workforce",
        "SellerName": "Sandbox Vendor Inc.",
        "MarketplaceDescription": "A vendor team that exists so that tests can see it refused.",
        "ListingId": "sandbox-vendor-listing",
    }


def list_subscribed(region: RegionState, request: Json) -> Json:
    """ListSubscribedWorkteams."""
    team = subscribed(region)
    found = [team] if listing.name_contains(team["WorkteamArn"].rpartition("/")[2], request) else []
    chosen, token = listing.page(found, request, {"Name": lambda t: t["WorkteamArn"]}, "Name")
    return {"SubscribedWorkteams": chosen, **token}


def describe_subscribed(region: RegionState, request: Json) -> Json:
    """DescribeSubscribedWorkteam."""
    team = subscribed(region)
    if request["WorkteamArn"] != team["WorkteamArn"]:
        raise invalid(f"The work team {request['WorkteamArn']} is not subscribed to.")
    return {"SubscribedWorkteam": team}


def check_usable(region: RegionState, arn: str) -> None:
    """Raise ValidationException unless a labeling job in this Region may name this workteam."""
    kind = workteam_kind(arn)
    known = {
        WorkteamKind.PRIVATE: [team["WorkteamArn"] for team in region.workteams.values()],
        WorkteamKind.PUBLIC: [public_workteam_arn(region.name)],
        WorkteamKind.VENDOR: [subscribed(region)["WorkteamArn"]],
    }.get(kind, [])
    if arn not in known:
        raise invalid(f"The work team {arn} does not exist.")


def _check_members(region: RegionState, members: list[Json]) -> None:
    """Every group must exist, in the pool and client of the workforce."""
    workforce = region.workforce or {}
    cognito_config = workforce.get("CognitoConfig")
    for member in members:
        if ("CognitoMemberDefinition" in member) == ("OidcMemberDefinition" in member):
            raise invalid("A member definition has exactly one of CognitoMemberDefinition and OidcMemberDefinition.")
        if ("CognitoMemberDefinition" in member) != (cognito_config is not None):
            raise invalid("The member definition does not match the identity provider of the workforce.")
        if cognito_config is None:
            continue
        group = member["CognitoMemberDefinition"]
        if (group["UserPool"], group["ClientId"]) != (cognito_config["UserPool"], cognito_config["ClientId"]):
            raise invalid("The user pool and client of the member definition must be those of the workforce.")
        try:
            client("cognito-idp", region.name).get_group(GroupName=group["UserGroup"], UserPoolId=group["UserPool"])
        except ClientError as error:
            raise invalid(
                f"The Cognito user group {group['UserGroup']} does not exist in user pool {group['UserPool']}."
            ) from error


OPERATIONS = {
    "CreateWorkteam": create,
    "DescribeWorkteam": describe,
    "ListWorkteams": list_,
    "UpdateWorkteam": update,
    "DeleteWorkteam": delete,
    "ListSubscribedWorkteams": list_subscribed,
    "DescribeSubscribedWorkteam": describe_subscribed,
}
