"""From a spec to the request and its files."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gtctl import service_model
from gtctl.errors import BadInput
from gtctl.ground_truth import BUILT_IN_LAMBDA_ACCOUNTS
from gtctl.jobs import spec as job_spec
from gtctl.jobs.render import (
    DIGEST_TAG,
    SPEC_FIELDS,
    Rendered,
    label_category_file,
    launch_digest,
    render,
    request_file,
    with_digest,
)
from tests.jobs.samples import ACCOUNT, EXAMPLE, KEY, STACK, WORKTEAM, rendered, spec


def test_the_request_says_what_the_spec_says() -> None:
    job = render(job_spec.load(EXAMPLE, STACK))
    folder = job.request["LabelCategoryConfigS3Uri"].rpartition("/")[0]
    assert folder.startswith("s3://clinic-labels/jobs/gtctl-config/chest-ct/")
    tags = job.request.pop("Tags")
    assert job.request == {
        "LabelingJobName": "chest-ct",
        "LabelAttributeName": "findings",
        "InputConfig": {"DataSource": {"S3DataSource": {"ManifestS3Uri": "s3://clinic-scans/chest-ct/input.manifest"}}},
        "OutputConfig": {"S3OutputPath": "s3://clinic-labels/jobs", "KmsKeyId": KEY},
        "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/labeling",
        "LabelCategoryConfigS3Uri": f"{folder}/label-categories.json",
        "HumanTaskConfig": {
            "WorkteamArn": WORKTEAM,
            "UiConfig": {"UiTemplateS3Uri": f"{folder}/template.liquid"},
            "PreHumanTaskLambdaArn": "arn:aws:lambda:us-east-1:432418664414:function:PRE-BoundingBox",
            "TaskTitle": "Chest CT: nodules and effusions",
            "TaskDescription": "Draw a tight box around every nodule and every effusion.",
            "NumberOfHumanWorkersPerDataObject": 2,
            "TaskTimeLimitInSeconds": 1800,
            "TaskAvailabilityLifetimeInSeconds": 864000,
            "MaxConcurrentTaskCount": 200,
            "AnnotationConsolidationConfig": {
                "AnnotationConsolidationLambdaArn": "arn:aws:lambda:us-east-1:432418664414:function:ACS-BoundingBox"
            },
        },
    }
    assert {tag["Key"]: tag["Value"] for tag in tags} == {
        "project": "chest-ct",
        "gtctl:classification": "phi",
        "gtctl:launch-digest": launch_digest(render(job_spec.load(EXAMPLE, STACK))),
    }


def test_the_request_is_valid_for_the_service() -> None:
    assert service_model.problems("CreateLabelingJob", rendered().request) == []


def test_without_optional_fields_the_service_decides() -> None:
    human = rendered().request["HumanTaskConfig"]
    assert human.keys().isdisjoint({"TaskAvailabilityLifetimeInSeconds", "MaxConcurrentTaskCount", "TaskKeywords"})


def test_images_are_never_declared_free_of_personal_information() -> None:
    for classification in (None, "phi", "public"):
        assert "DataAttributes" not in rendered(classification=classification).request["InputConfig"]


def test_an_unclassified_job_says_so_in_its_tags() -> None:
    assert {"Key": "gtctl:classification", "Value": "unclassified"} in rendered().request["Tags"]


@pytest.mark.parametrize(("region", "account"), BUILT_IN_LAMBDA_ACCOUNTS.items())
def test_the_built_in_functions_are_those_of_the_workteams_region(region: str, account: str) -> None:
    human = rendered(workers__workteam_arn=WORKTEAM.replace("us-east-1", region)).request["HumanTaskConfig"]
    assert human["PreHumanTaskLambdaArn"] == f"arn:aws:lambda:{region}:{account}:function:PRE-BoundingBox"


def test_a_region_without_the_built_in_task_is_refused_with_those_that_have_it() -> None:
    with pytest.raises(BadInput, match=r"eu-north-1 has no built-in bounding-box task; it is in us-east-1, us-east-2,"):
        rendered(workers__workteam_arn=WORKTEAM.replace("us-east-1", "eu-north-1"))


def test_a_workteam_that_is_no_arn_is_refused() -> None:
    with pytest.raises(BadInput, match=r"workers.workteam_arn: 'radiology' is not the ARN of a workteam"):
        rendered(workers__workteam_arn="radiology")


def test_rendering_twice_gives_the_same_bytes() -> None:
    first, second = rendered(), rendered()
    assert first == second
    assert request_file(first.request) == request_file(second.request)


def test_the_label_category_file_is_the_documented_one() -> None:
    assert json.loads(label_category_file(["nodule", "결절"])) == {
        "document-version": "2018-11-28",
        "labels": [{"label": "nodule"}, {"label": "결절"}],
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"labels": ["nodule"]},
        {"task__instructions__short": "Other."},
        {"input__manifest": "s3://clinic-scans/other.manifest"},
        {"workers__per_object": 3},
        {"classification": "phi"},
        {"tags": {"a": "b"}},
    ],
)
def test_whatever_changes_the_job_changes_its_digest(changes: dict[str, Any]) -> None:
    assert launch_digest(rendered(**changes)) != launch_digest(rendered())


def test_a_file_edited_after_rendering_changes_the_digest() -> None:
    job = rendered()
    for edited in (Rendered(job.request, b"{}", job.worker_template), Rendered(job.request, job.label_categories, b"")):
        assert launch_digest(edited) != launch_digest(job)


def test_the_digest_does_not_depend_on_itself_or_on_the_order_of_keys() -> None:
    job = rendered()
    shuffled = {key: job.request[key] for key in sorted(job.request, reverse=True)}
    shuffled["Tags"] = [tag for tag in shuffled["Tags"] if tag["Key"] != DIGEST_TAG]
    again = with_digest(Rendered(shuffled, job.label_categories, job.worker_template))
    assert launch_digest(again) == launch_digest(job)
    assert again.request == job.request


def test_a_stale_digest_is_replaced() -> None:
    job = rendered()
    edited = Rendered(job.request | {"LabelAttributeName": "other"}, job.label_categories, job.worker_template)
    digests = [tag["Value"] for tag in with_digest(edited).request["Tags"] if tag["Key"] == DIGEST_TAG]
    assert digests == [launch_digest(edited)] != [launch_digest(job)]


def test_other_files_lie_in_another_place() -> None:
    assert rendered().request["LabelCategoryConfigS3Uri"] != rendered(labels=["x"]).request["LabelCategoryConfigS3Uri"]


def test_a_slash_behind_the_output_path_changes_no_file_name() -> None:
    uri = rendered(output__path="s3://clinic-labels/jobs/").request["LabelCategoryConfigS3Uri"]
    assert uri == rendered().request["LabelCategoryConfigS3Uri"]


def test_every_field_of_the_map_to_the_spec_exists_on_both_sides() -> None:
    job = spec(workers__availability="1d", workers__max_concurrent_tasks=5)
    request = render(job).request
    for member, field in SPEC_FIELDS.items():
        left: Any = request
        for name in member.split("."):
            left = left[name]
        right: Any = job
        for name in field.split("."):
            right = getattr(right, name)
        assert left == right, member
