"""Several Regions in one graph: what is in one says nothing about another."""

from __future__ import annotations

from typing import Any

from gtctl.audit import engine, registry
from gtctl.audit.model import Verdict
from gtctl.audit.settings import Settings
from tests.audit.live.answers import answers, evidence, merged

OTHER = "us-east-1"
BOTH = {"regions": ["eu-west-1", OTHER]}


def in_other(*names: str) -> dict[str, Any]:
    """The good account's answers to these calls, for the other Region."""
    told = answers()
    text = {key: value for key, value in told.items() if key.split(" ")[0] in names}
    return {f"{key.replace('eu-west-1', OTHER)} @{OTHER}": _moved(value) for key, value in text.items()}


def _moved(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _moved(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_moved(item) for item in value]
    return value.replace("eu-west-1", OTHER) if isinstance(value, str) else value


def verdicts(changes: dict[str, Any], rule: str) -> dict[str, Verdict]:
    """What a rule says of each resource, by the end of its address."""
    found = engine.judge([evidence(merged(answers(), BOTH | changes))], registry.rules(), Settings())
    return {finding.resource: finding.verdict for finding in found if finding.rule_id == rule}


LABELING = in_other("sagemaker:ListWorkforces", "sagemaker:ListWorkteams")
EVENTS = in_other("events:ListRules", "events:ListTargetsByRule")
TEAM, WORKFORCE = "aws_sagemaker_workteam.radiology", "aws_sagemaker_workforce.hospital"


def test_an_alert_in_one_region_does_not_watch_another() -> None:
    assert verdicts(LABELING, "GT415") == {
        f'{WORKFORCE}["eu-west-1"]': Verdict.PASS,
        f'{WORKFORCE}["{OTHER}"]': Verdict.FAIL,
    }


def test_a_rule_of_the_same_name_in_another_region_lends_it_no_target() -> None:
    without_target = {name: value for name, value in EVENTS.items() if "ListRules" in name}
    assert verdicts(LABELING | without_target, "GT415")[f'{WORKFORCE}["{OTHER}"]'] is Verdict.FAIL
    assert verdicts(LABELING | EVENTS, "GT415")[f'{WORKFORCE}["{OTHER}"]'] is Verdict.PASS


def test_groups_of_the_same_name_in_two_regions_are_two_groups() -> None:
    assert verdicts(LABELING, "GT107") == {
        f'{TEAM}["eu-west-1"]': Verdict.PASS,
        f'{TEAM}["{OTHER}"]': Verdict.PASS,
    }


def test_a_trail_of_one_region_records_no_bucket_of_another() -> None:
    trail = answers()["cloudtrail:DescribeTrails"]["trailList"][0] | {"IsMultiRegionTrail": False}
    buckets = [
        {"Name": "hospital-scans", "BucketRegion": OTHER},
        {"Name": "hospital-labels", "BucketRegion": "eu-west-1"},
    ]
    changes = {"cloudtrail:DescribeTrails": {"trailList": [trail]}, "s3:ListBuckets": {"Buckets": buckets}}
    found = verdicts(changes, "GT401")
    assert found["aws_s3_bucket.hospital-scans"] is Verdict.FAIL
    assert found["aws_s3_bucket.hospital-labels"] is Verdict.PASS


def test_a_trail_that_is_seen_from_two_regions_is_one() -> None:
    seen = {f"cloudtrail:DescribeTrails @{OTHER}": answers()["cloudtrail:DescribeTrails"]}
    found = [each for each in evidence(merged(answers(), BOTH | seen)).resources if each.type == "aws_cloudtrail"]
    assert [trail.address for trail in found] == ['aws_cloudtrail.labeling["eu-west-1"]']
