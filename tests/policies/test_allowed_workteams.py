"""Whom the settings allow: the one rule of the workforce that asks for more than the evidence."""

from __future__ import annotations

import pytest

from gtctl.audit import engine
from gtctl.audit.graph import Graph
from gtctl.audit.model import Hole, Location, Resource, Unknown, Verdict
from gtctl.audit.registry import rule
from gtctl.audit.settings import Settings

RADIOLOGY = "arn:aws:sagemaker:eu-west-1:111122223333:workteam/private-crowd/radiology"
IN_ANY_REGION = Unknown(
    "the Region is known after apply",
    ("arn:aws:sagemaker:", Hole("region"), ":111122223333:workteam/private-crowd/radiology"),
    nullable=False,
)
OF_ANY_NAME = Unknown(
    "var.team has no value",
    ("arn:aws:sagemaker:eu-west-1:111122223333:workteam/private-crowd/", Hole("var.team")),
    nullable=False,
)
MADE_HERE = Unknown("known after apply", (Hole("aws_sagemaker_workteam.readers.arn"),), nullable=False)


def _verdict(team: object, settings: Settings) -> Verdict:
    job = Resource(
        "aws_sagemaker_labeling_job",
        "aws_sagemaker_labeling_job.chest_ct",
        {"role_arn": "arn:aws:iam::111122223333:role/labeling", "human_task_config": [{"workteam_arn": team}]},
        "hcl",
        Location("main.tf"),
    )
    readers = Resource(
        "aws_sagemaker_workteam",
        "aws_sagemaker_workteam.readers",
        {"workteam_name": "radiology"},
        "hcl",
        Location("main.tf"),
    )
    entry = rule("GT104")
    assert entry
    result = engine.verdict(entry, job, Graph([job, readers], settings), strict=True)
    assert result
    return result.verdict


@pytest.mark.parametrize(
    ("team", "allowed", "expected"),
    [
        (RADIOLOGY, "arn:aws:sagemaker:*:111122223333:workteam/private-crowd/radiology", Verdict.PASS),
        (RADIOLOGY, "arn:aws:sagemaker:*:111122223333:workteam/private-crowd/cardiology", Verdict.FAIL),
        (IN_ANY_REGION, "arn:aws:sagemaker:*:111122223333:workteam/private-crowd/radiology", Verdict.PASS),
        (IN_ANY_REGION, "arn:aws:sagemaker:eu-west-1:111122223333:workteam/private-crowd/radiology", Verdict.UNKNOWN),
        (IN_ANY_REGION, "arn:aws:sagemaker:*:111122223333:workteam/private-crowd/cardiology", Verdict.FAIL),
        (OF_ANY_NAME, "arn:aws:sagemaker:*:111122223333:workteam/private-crowd/*", Verdict.PASS),
        (OF_ANY_NAME, "arn:aws:sagemaker:*:111122223333:workteam/private-crowd/radiology", Verdict.UNKNOWN),
        (MADE_HERE, "arn:aws:sagemaker:*:111122223333:workteam/private-crowd/radiology", Verdict.PASS),
        (MADE_HERE, "arn:aws:sagemaker:*:111122223333:workteam/private-crowd/cardiology", Verdict.FAIL),
    ],
)
def test_a_team_must_surely_fit_what_the_settings_allow(team: object, allowed: str, expected: Verdict) -> None:
    assert _verdict(team, Settings(allowed_workteams=[allowed])) is expected


def test_a_team_of_no_account_of_ours_fails_whatever_the_role_is() -> None:
    other = RADIOLOGY.replace("111122223333", "444455556666")
    assert _verdict(other, Settings(own_accounts=["111122223333"])) is Verdict.FAIL
