"""Who labels: workforces, workteams, vendors' teams that the account is subscribed to, and flow definitions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gtctl.audit.evidence import requests
from gtctl.audit.evidence.live.reading import NotRead, Reader
from gtctl.audit.model import Resource

_WORKFORCE, _TEAM, _VENDOR, _FLOW = (
    "aws_sagemaker_workforce",
    "aws_sagemaker_workteam",
    "gtctl_subscribed_workteam",
    "aws_sagemaker_flow_definition",
)


def collect(reader: Reader, region: str) -> list[Resource]:
    """Everything of Ground Truth in a Region but its labeling jobs."""
    found = workteams(reader, region)
    vendors, unread = reader.listed("sagemaker:ListSubscribedWorkteams", region, "SubscribedWorkteams", _VENDOR)
    found += [*(_vendor(reader, region, vendor) for vendor in vendors), *unread]
    flows, unread = reader.listed("sagemaker:ListFlowDefinitions", region, "FlowDefinitionSummaries", _FLOW)
    return [*found, *reader.map(lambda flow: _flow(reader, region, flow), flows), *unread]


def workteams(reader: Reader, region: str) -> list[Resource]:
    """The workforce of a Region and its teams."""
    workforces, found = reader.listed("sagemaker:ListWorkforces", region, "Workforces", _WORKFORCE)
    found += [_workforce(reader, region, workforce) for workforce in workforces]
    teams, unread = reader.listed("sagemaker:ListWorkteams", region, "Workteams", _TEAM)
    return [*found, *(_team(reader, region, team) for team in teams), *unread]


def worker_groups(resources: Iterable[Resource]) -> set[tuple[str, str]]:
    """The user pool and the group of each member definition of the workteams among ``resources``."""
    members = [
        member
        for team in resources
        if team.type == _TEAM
        for member in team.all("member_definition.cognito_member_definition")
    ]
    blocks = [block for member in members if isinstance(member, list) for block in member]
    return {(block["user_pool"], block["user_group"]) for block in blocks}


def _workforce(reader: Reader, region: str, workforce: Mapping[str, Any]) -> Resource:
    attributes = requests.attributes(workforce, "CreateWorkforce")
    attributes |= {"id": workforce["WorkforceName"], "arn": workforce["WorkforceArn"]}
    attributes["subdomain"] = attributes.pop("sub_domain", None)
    for block, inner in (("source_ip_config", "cidrs"), ("workforce_vpc_config", "vpc_id")):
        # The service says "nothing" with an empty structure.
        if not (attributes.get(block) or [{}])[0].get(inner):
            attributes.pop(block, None)
    return reader.resource(_WORKFORCE, workforce["WorkforceName"], attributes, workforce["WorkforceArn"], region)


def _team(reader: Reader, region: str, team: Mapping[str, Any]) -> Resource:
    attributes = requests.attributes(team, "CreateWorkteam")
    attributes |= {"id": team["WorkteamName"], "arn": team["WorkteamArn"]}
    attributes["workforce_name"] = str(team.get("WorkforceArn", "")).rpartition("/")[2] or None
    attributes["subdomain"] = attributes.pop("sub_domain", None)
    return reader.resource(_TEAM, team["WorkteamName"], attributes, team["WorkteamArn"], region)


def _vendor(reader: Reader, region: str, vendor: Mapping[str, Any]) -> Resource:
    arn = vendor["WorkteamArn"]
    return reader.resource(_VENDOR, arn.rpartition("/")[2], requests.attributes(vendor), arn, region)


def _flow(reader: Reader, region: str, summary: Mapping[str, Any]) -> Resource:
    name, arn = summary["FlowDefinitionName"], summary["FlowDefinitionArn"]
    known = {"flow_definition_name": name, "id": name, "arn": arn}
    try:
        answer = reader.call("sagemaker:DescribeFlowDefinition", region, on=arn, FlowDefinitionName=name)
    except NotRead as reason:
        return reader.unread(_FLOW, name, known, reason, arn, region)
    return reader.resource(_FLOW, name, requests.attributes(_told(answer), "CreateFlowDefinition") | known, arn, region)


def _told(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}
