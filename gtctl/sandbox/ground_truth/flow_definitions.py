"""Flow definitions of Augmented AI: create, describe, list, delete. Nothing starts a human loop here.

Source: SageMaker API reference (CreateFlowDefinition and its siblings).
"""

from __future__ import annotations

import time

from gtctl.sandbox.ground_truth import listing, tags, workteams
from gtctl.sandbox.ground_truth.errors import in_use, not_found
from gtctl.sandbox.ground_truth.labeling_jobs import check_role
from gtctl.sandbox.ground_truth.state import Json, RegionState


def create(region: RegionState, request: Json) -> Json:
    """CreateFlowDefinition. It is active at once."""
    check_role(region, request["RoleArn"])
    new_tags = tags.from_request(request)
    with region.lock:
        if config := request.get("HumanLoopConfig"):
            workteams.check_usable(region, config["WorkteamArn"])
        name = request["FlowDefinitionName"]
        if name in region.flow_definitions:
            raise in_use(f"A flow definition with the name {name} already exists.")
        arn = region.arn("flow-definition", name)
        region.flow_definitions[name] = {
            **{key: value for key, value in request.items() if key != "Tags"},
            "FlowDefinitionArn": arn,
            "FlowDefinitionStatus": "Active",
            "CreationTime": time.time(),
        }
        region.tags[arn] = new_tags
        return {"FlowDefinitionArn": arn}


def describe(region: RegionState, request: Json) -> Json:
    """DescribeFlowDefinition."""
    return _get(region, request["FlowDefinitionName"])


def list_(region: RegionState, request: Json) -> Json:
    """ListFlowDefinitions."""
    found = [
        flow
        for flow in list(region.flow_definitions.values())
        if listing.within(flow["CreationTime"], request, "CreationTime")
    ]
    chosen, token = listing.page(found, request, {"CreationTime": lambda f: f["CreationTime"]}, "CreationTime")
    members = ("FlowDefinitionName", "FlowDefinitionArn", "FlowDefinitionStatus", "CreationTime")
    return {"FlowDefinitionSummaries": [{name: flow[name] for name in members} for flow in chosen], **token}


def delete(region: RegionState, request: Json) -> Json:
    """DeleteFlowDefinition."""
    with region.lock:
        flow = _get(region, request["FlowDefinitionName"])
        del region.flow_definitions[flow["FlowDefinitionName"]]
        region.tags.pop(flow["FlowDefinitionArn"], None)
        return {}


def _get(region: RegionState, name: str) -> Json:
    try:
        return region.flow_definitions[name]
    except KeyError:
        raise not_found("Requested resource not found.") from None


OPERATIONS = {
    "CreateFlowDefinition": create,
    "DescribeFlowDefinition": describe,
    "ListFlowDefinitions": list_,
    "DeleteFlowDefinition": delete,
}
