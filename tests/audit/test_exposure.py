"""Who could see the images of a job: told from the job, its team, the team's people, its workforce and the settings."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from gtctl.audit.exposure import exposure
from gtctl.audit.graph import Graph
from gtctl.audit.model import Location, Resource, Unknown, Unread, Verdict
from gtctl.audit.outcome import Exposure
from gtctl.audit.settings import Settings
from tests.audit.live.answers import answers, evidence

ACCOUNT, REGION = "111122223333", "eu-west-1"
TEAM = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:workteam/private-crowd/radiology"
PUBLIC = f"arn:aws:sagemaker:{REGION}:394669845002:workteam/public-crowd/default"
VENDOR = f"arn:aws:sagemaker:{REGION}:999988887777:workteam/vendor-crowd/cheap"
PHI = {"hospital-scans": "phi"}


def live(type_: str, attributes: Any, name: str = "x") -> Resource:
    return Resource(type_, f'{type_}.{name}["{REGION}"]', attributes, "live", Location(f"aws://{name}"))


CALLER = live("data.aws_caller_identity", {"account_id": ACCOUNT})
WORKFORCE = live(
    "aws_sagemaker_workforce",
    {"region": REGION, "workforce_name": "hospital", "source_ip_config": [{"cidrs": ["192.0.2.0/24", "10.0.0.0/8"]}]},
)


def team(*groups: str, **more: Any) -> Resource:
    members = [{"cognito_member_definition": [{"user_pool": "pool", "user_group": group}]} for group in groups]
    known = {"region": REGION, "arn": TEAM, "workteam_name": "radiology", "workforce_name": "hospital"}
    return live("aws_sagemaker_workteam", known | {"member_definition": members} | more)


def group(name: str, confirmed: Any, users: Any) -> Resource:
    known = {"user_pool_id": "pool", "name": name, "confirmed_count": confirmed, "user_count": users}
    return live("aws_cognito_user_group", known, name)


def job(workteam: Any = TEAM, **more: Any) -> Resource:
    attributes = {
        "region": REGION,
        "labeling_job_name": "chest-ct",
        "labeling_job_arn": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:labeling-job/chest-ct",
        "labeling_job_status": "InProgress",
        "creation_time": datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC),
        "last_modified_time": datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC),
        "label_counters": [{"human_labeled": 7}],
        "role_arn": f"arn:aws:iam::{ACCOUNT}:role/labeling",
        "input_config": [{"data_source": [{"s3_data_source": [{"manifest_s3_uri": "s3://hospital-scans/a.jsonl"}]}]}],
        "output_config": [{"s3_output_path": "s3://hospital-labels/out/", "kms_key_id": "alias/labels"}],
        "human_task_config": [{"workteam_arn": workteam}],
    }
    return live("aws_sagemaker_labeling_job", attributes | more)


def exposed(
    resource: Resource, *others: Resource, classes: dict[str, str] | None = None, account: str = ACCOUNT
) -> Exposure:
    settings = Settings(classification=classes or {})
    graph = Graph([CALLER, *others], settings, complete=True)
    return exposure(resource, graph, settings, account, REGION if account else "")


def test_a_job_of_a_private_team_is_told_with_its_people_and_networks() -> None:
    found = exposed(job(), team("chest"), group("chest", 12, 14), WORKFORCE, classes=PHI)
    assert (found.verdict, found.workforce, found.viewers) == (Verdict.PASS, "private", 12)
    assert found.viewers_reason == "2 more are invited"
    assert found.network == "192.0.2.0/24, 10.0.0.0/8; images from any address while their link is valid"
    assert (found.classification, found.objects, found.output_key) == ("phi", 7, "alias/labels")
    assert (found.input_location, found.output_location) == ("s3://hospital-scans/a.jsonl", "s3://hospital-labels/out/")
    assert found.first and found.last and (found.first.day, found.last.day) == (1, 2)


@pytest.mark.parametrize(("arn", "workforce"), [(PUBLIC, "public"), (VENDOR, "vendor")])
@pytest.mark.parametrize(
    ("classes", "class_", "verdict"),
    [
        ({}, "unclassified", Verdict.FAIL),
        (PHI, "phi", Verdict.FAIL),
        ({"hospital-scans": "public"}, "public", Verdict.PASS),
        ({"hospital-scans": "public", "hospital-labels": "legal"}, "legal", Verdict.FAIL),
        ({"hospital-*": "public", "hospital-scans/a*": "financial"}, "financial", Verdict.FAIL),
    ],
)
def test_strangers_see_what_is_sensitive_or_not_classified(
    arn: str, workforce: str, classes: dict[str, str], class_: str, verdict: Verdict
) -> None:
    found = exposed(job(arn), classes=classes)
    assert (found.verdict, found.workforce, found.classification) == (verdict, workforce, class_)
    assert found.viewers is None and found.viewers_reason
    assert found.network == "any network"


def test_a_tag_makes_images_sensitive_and_never_public() -> None:
    """Whoever launches a job writes its tags."""
    said = [exposed(job(PUBLIC, tags={"gtctl:classification": tag})) for tag in ("public", "legal", "nonsense")]
    assert [each.classification for each in said] == ["unclassified", "legal", "unclassified"]
    assert {each.verdict for each in said} == {Verdict.FAIL}


def test_a_team_that_is_gone_is_private_by_the_accounts_own_arn() -> None:
    found = exposed(job(labeling_job_status="Completed"), WORKFORCE)
    assert (found.verdict, found.workforce, found.viewers) == (Verdict.PASS, "private", None)
    assert found.viewers_reason == "the team is no longer there"
    assert found.network == "192.0.2.0/24, 10.0.0.0/8 (as it is today)"


def test_a_private_team_of_another_account_is_not_taken_for_ours() -> None:
    found = exposed(job(TEAM.replace(ACCOUNT, "999988887777")), WORKFORCE)
    assert (found.verdict, found.workforce) == (Verdict.UNKNOWN, "unknown")
    assert "another account (999988887777)" in found.reason


@pytest.mark.parametrize(
    "workteam", [None, Unknown("it needs sagemaker:DescribeLabelingJob"), "arn:aws:sagemaker:eu-west-1:1:workteam/x"]
)
def test_a_team_that_is_not_known_is_not_excluded_to_be_a_strangers(workteam: Any) -> None:
    found = exposed(job(workteam))
    assert (found.verdict, found.workforce) == (Verdict.UNKNOWN, "unknown")
    assert exposed(job(workteam), classes={"hospital-scans": "public"}).verdict is Verdict.PASS


def test_people_who_could_not_be_counted_are_told_with_the_reason() -> None:
    denied = Unknown("it needs cognito-idp:ListUsersInGroup", nullable=False)
    cases = {
        "it needs cognito-idp:ListUsersInGroup": [team("chest"), group("chest", denied, denied)],
        "a group of the team was not found": [team("chest")],
        "the organization's identity provider knows who is in its groups": [
            team(member_definition=[{"oidc_member_definition": [{"groups": ["chest"]}]}])
        ],
        "it needs cognito-idp:ListGroups": [
            team("chest"),
            live("aws_cognito_user_group", Unread("it needs cognito-idp:ListGroups", {"user_pool_id": "pool"})),
        ],
    }
    for why, others in cases.items():
        found = exposed(job(), *others)
        assert (found.verdict, found.viewers) == (Verdict.PASS, None)
        assert why in found.viewers_reason


def test_people_of_several_groups_are_counted_at_most() -> None:
    found = exposed(job(), team("chest", "neuro"), group("chest", 3, 3), group("neuro", 4, 4))
    assert (found.viewers, found.viewers_reason) == (7, "at most: one person may be in several of its groups")


def test_the_portal_and_the_images_are_as_open_as_the_account_says() -> None:
    bound = {"worker_access_configuration": [{"s3_presign": [{"iam_policy_constraints": [{"source_ip": "Enabled"}]}]}]}
    vpc = live("aws_sagemaker_workforce", {"region": REGION, "workforce_vpc_config": [{"vpc_id": "vpc-1"}]})
    unread = live("aws_sagemaker_workforce", Unread("it needs sagemaker:ListWorkforces", {"region": REGION}))
    elsewhere = live("aws_sagemaker_workforce", {"region": "us-east-1", "workforce_name": "other"})
    networks = [exposed(job(), team("chest", **bound), each).network for each in (vpc, unread, elsewhere)]
    images = "images only from the worker's own address"
    assert networks == [
        f"any network and the VPC vpc-1; {images}",
        f"not known: it needs sagemaker:ListWorkforces; {images}",
        f"not known: its workforce is not there; {images}",
    ]


def test_a_flow_definition_is_one_more_job_without_an_input() -> None:
    flow = live(
        "aws_sagemaker_flow_definition",
        {
            "flow_definition_name": "review",
            "arn": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:flow-definition/review",
            "flow_definition_status": "Active",
            "role_arn": f"arn:aws:iam::{ACCOUNT}:role/labeling",
            "human_loop_config": [{"workteam_arn": PUBLIC}],
            "output_config": [{"s3_output_path": "s3://hospital-labels/review/"}],
        },
    )
    found = exposed(flow, classes={"hospital-labels": "phi"})
    assert (found.job, found.status, found.verdict) == ("flow definition review", "Active", Verdict.FAIL)
    assert (found.input_location, found.output_key, found.objects) == ("comes with each human loop", "", None)


def test_jobs_that_could_not_be_listed_are_one_that_is_not_proven() -> None:
    unread = live("aws_sagemaker_labeling_job", Unread("it needs sagemaker:ListLabelingJobs"), "*")
    found = exposed(unread)
    assert (found.verdict, found.status, found.workforce) == (Verdict.UNKNOWN, "not known", "unknown")
    assert "sagemaker:ListLabelingJobs" in found.reason


def test_a_document_is_told_with_the_account_of_its_role_and_the_region_of_its_team() -> None:
    written = Resource(
        "aws_sagemaker_labeling_job",
        "aws_sagemaker_labeling_job.chest-ct",
        {"labeling_job_name": "chest-ct", "human_task_config": [{"workteam_arn": TEAM}]}
        | {"role_arn": f"arn:aws:iam::{ACCOUNT}:role/labeling"},
        "job",
        Location("jobs/chest.yaml"),
    )
    found = exposure(written, Graph([written]), Settings(), "", "")
    assert (found.account, found.region, found.status) == (ACCOUNT, REGION, "described in jobs/chest.yaml")
    assert (found.verdict, found.workforce) == (Verdict.PASS, "private")
    assert found.viewers_reason == "the team is not in what was looked at"


def test_the_job_of_a_whole_account_is_told_in_full() -> None:
    everything = evidence(answers()).resources
    [only] = [each for each in everything if each.type == "aws_sagemaker_labeling_job"]
    settings = Settings(classification=PHI)
    found = exposure(only, Graph(everything, settings, complete=True), settings, ACCOUNT, REGION)
    assert (found.verdict, found.workforce, found.classification) == (Verdict.PASS, "private", "phi")
    assert found.viewers is not None
    assert "images only from the worker's own address (as it is today)" in found.network
