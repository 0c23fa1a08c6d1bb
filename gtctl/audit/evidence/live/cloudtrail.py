"""Trails, with what they record and whether they are on. One of all Regions is seen from each, and kept once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gtctl.audit.evidence.live.reading import NotRead, Reader
from gtctl.audit.model import Resource, Unknown

_TRAIL = "aws_cloudtrail"
_OPERATORS = {
    "Equals": "equals",
    "NotEquals": "not_equals",
    "StartsWith": "starts_with",
    "NotStartsWith": "not_starts_with",
    "EndsWith": "ends_with",
    "NotEndsWith": "not_ends_with",
}


def collect(reader: Reader, regions: Sequence[str]) -> list[Resource]:
    """The trails that record ``regions``, those of the organization included."""
    found: list[Resource] = []
    trails: dict[str, tuple[str, Mapping[str, Any]]] = {}
    for region in regions:
        try:
            answer = reader.call("cloudtrail:DescribeTrails", region, includeShadowTrails=True)
        except NotRead as reason:
            found.append(reader.stand_in(_TRAIL, str(reason), region))
            continue
        for trail in answer.get("trailList", ()):
            trails.setdefault(trail["TrailARN"], (region, trail))
    return [*found, *reader.map(lambda each: _trail(reader, *each), trails.values())]


def _trail(reader: Reader, region: str, trail: Mapping[str, Any]) -> Resource:
    arn = trail["TrailARN"]
    attributes = {
        "id": arn,
        "arn": arn,
        "name": trail["Name"],
        "s3_bucket_name": trail.get("S3BucketName"),
        "s3_key_prefix": trail.get("S3KeyPrefix"),
        "kms_key_id": trail.get("KmsKeyId"),
        "is_multi_region_trail": trail.get("IsMultiRegionTrail", False),
        "include_global_service_events": trail.get("IncludeGlobalServiceEvents", False),
        "is_organization_trail": trail.get("IsOrganizationTrail", False),
        "enable_log_file_validation": trail.get("LogFileValidationEnabled", False),
        "cloud_watch_logs_group_arn": trail.get("CloudWatchLogsLogGroupArn"),
        "cloud_watch_logs_role_arn": trail.get("CloudWatchLogsRoleArn"),
        "sns_topic_name": trail.get("SnsTopicARN"),
        "enable_logging": _is_on(reader, region, arn),
        **_selectors(reader, region, arn),
    }
    return reader.resource(_TRAIL, trail["Name"], attributes, arn, trail.get("HomeRegion", region))


def _is_on(reader: Reader, region: str, arn: str) -> Any:
    try:
        return reader.call("cloudtrail:GetTrailStatus", region, on=arn, Name=arn).get("IsLogging", False)
    except NotRead as reason:
        return Unknown(str(reason), nullable=False)


def _selectors(reader: Reader, region: str, arn: str) -> dict[str, Any]:
    try:
        answer = reader.call("cloudtrail:GetEventSelectors", region, on=arn, TrailName=arn)
    except NotRead as reason:
        return {name: Unknown(str(reason)) for name in ("event_selector", "advanced_event_selector")}
    return {
        "event_selector": [_selector(selector) for selector in answer.get("EventSelectors", ())],
        "advanced_event_selector": [_advanced(selector) for selector in answer.get("AdvancedEventSelectors", ())],
    }


def _selector(selector: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "read_write_type": selector.get("ReadWriteType", "All"),
        "include_management_events": selector.get("IncludeManagementEvents", True),
        "exclude_management_event_sources": selector.get("ExcludeManagementEventSources", []),
        "data_resource": [
            {"type": each.get("Type"), "values": each.get("Values", [])} for each in selector.get("DataResources", ())
        ],
    }


def _advanced(selector: Mapping[str, Any]) -> dict[str, Any]:
    fields = [
        {
            "field": field.get("Field"),
            **{ours: field[theirs] for theirs, ours in _OPERATORS.items() if field.get(theirs)},
        }
        for field in selector.get("FieldSelectors", ())
    ]
    return {"name": selector.get("Name"), "field_selector": fields}
