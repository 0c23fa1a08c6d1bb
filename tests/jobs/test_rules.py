"""Documented rules that the service model lacks."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gtctl.ground_truth import built_in_lambda_arn
from gtctl.jobs.render import label_category_file
from gtctl.jobs.rules import (
    label_file_errors,
    label_file_warnings,
    region_of,
    request_errors,
    request_warnings,
)
from tests.jobs.samples import KEY, WORKTEAM, rendered, request

ACS = "HumanTaskConfig__AnnotationConsolidationConfig__AnnotationConsolidationLambdaArn"


def errors(**changes: Any) -> list[str]:
    return [finding.path for finding in request_errors(request(**changes))]


def test_a_rendered_job_breaks_no_rule() -> None:
    job = rendered()
    assert job.label_categories is not None
    assert request_errors(job.request) == label_file_errors(job.label_categories) == []
    assert request_warnings(job.request) == label_file_warnings(job.label_categories) == []


@pytest.mark.parametrize("name", ["source", "source-ref", "findings-ref", "findings-metadata"])
def test_a_label_attribute_may_not_take_a_reserved_name(name: str) -> None:
    assert errors(LabelAttributeName=name) == ["LabelAttributeName"]


@pytest.mark.parametrize("name", ["reference", "metadata", "sources", "ref"])
def test_a_label_attribute_may_look_like_a_reserved_name(name: str) -> None:
    assert errors(LabelAttributeName=name) == []


@pytest.mark.parametrize(
    ("member", "path"),
    [
        ("InputConfig__DataSource__S3DataSource", "InputConfig.DataSource.S3DataSource"),
        ("LabelCategoryConfigS3Uri", "LabelCategoryConfigS3Uri"),
        ("HumanTaskConfig__UiConfig__UiTemplateS3Uri", "HumanTaskConfig.UiConfig.UiTemplateS3Uri"),
        ("HumanTaskConfig__PreHumanTaskLambdaArn", "HumanTaskConfig.PreHumanTaskLambdaArn"),
        (ACS, ACS.replace("__", ".")),
    ],
)
def test_a_bounding_box_job_needs_parts_that_the_model_calls_optional(member: str, path: str) -> None:
    assert errors(**{member: None}) == [path]


def test_a_human_task_ui_is_not_for_bounding_boxes() -> None:
    arn = "arn:aws:sagemaker:us-east-1:394669845002:human-task-ui/PointCloudObjectDetection"
    assert errors(HumanTaskConfig__UiConfig__HumanTaskUiArn=arn) == ["HumanTaskConfig.UiConfig.HumanTaskUiArn"]


@pytest.mark.parametrize(
    "arn",
    [
        built_in_lambda_arn("us-west-2", "PRE-BoundingBox"),
        built_in_lambda_arn("us-east-1", "PRE-SemanticSegmentation"),
        built_in_lambda_arn("us-east-1", "ACS-BoundingBox"),
        "arn:aws:lambda:us-east-1:326177286064:function:PRE-BoundingBox",
        "arn:aws:lambda:us-east-1:123456789012:function:mine",
        ["arn"],
    ],
)
def test_the_pre_function_must_be_a_bounding_box_function_of_the_region(arn: Any) -> None:
    assert errors(HumanTaskConfig__PreHumanTaskLambdaArn=arn) == ["HumanTaskConfig.PreHumanTaskLambdaArn"]


def test_verification_and_adjustment_are_bounding_box_tasks_too() -> None:
    for task in ("VerificationBoundingBox", "AdjustmentBoundingBox"):
        pre, acs = (built_in_lambda_arn("us-east-1", f"{side}-{task}") for side in ("PRE", "ACS"))
        assert errors(HumanTaskConfig__PreHumanTaskLambdaArn=pre, **{ACS: acs}) == []


def test_both_functions_belong_to_one_task() -> None:
    acs = built_in_lambda_arn("us-east-1", "ACS-VerificationBoundingBox")
    assert errors(**{ACS: acs}) == [ACS.replace("__", ".")]


@pytest.mark.parametrize(
    ("member", "longest"), [("TaskTimeLimitInSeconds", 28_800), ("TaskAvailabilityLifetimeInSeconds", 2_592_000)]
)
def test_time_limits_have_a_documented_maximum(member: str, longest: int) -> None:
    assert errors(**{f"HumanTaskConfig__{member}": longest}) == []
    assert errors(**{f"HumanTaskConfig__{member}": longest + 1}) == [f"HumanTaskConfig.{member}"]


@pytest.mark.parametrize(
    "uri", ["https://clinic-scans.s3.amazonaws.com/x", "s3:///x", "s3://UPPER/x", "clinic-scans/x"]
)
def test_data_is_named_by_s3_uris(uri: str) -> None:
    path = "InputConfig.DataSource.S3DataSource.ManifestS3Uri"
    assert errors(InputConfig__DataSource__S3DataSource__ManifestS3Uri=uri) == [path]


def test_the_template_has_one_of_the_documented_suffixes() -> None:
    for suffix, expected in (("liquid", []), ("html", []), ("txt", ["HumanTaskConfig.UiConfig.UiTemplateS3Uri"])):
        assert errors(HumanTaskConfig__UiConfig__UiTemplateS3Uri=f"s3://clinic-labels/t.{suffix}") == expected


def test_a_key_in_another_region_is_an_error() -> None:
    assert errors(OutputConfig__KmsKeyId=KEY.replace("us-east-1", "eu-west-1")) == ["OutputConfig.KmsKeyId"]


def test_a_topic_in_another_region_is_an_error() -> None:
    topic = "arn:aws:sns:eu-west-1:123456789012:labels"
    assert errors(OutputConfig__SnsTopicArn=topic) == ["OutputConfig.SnsTopicArn"]


def test_a_region_without_the_built_in_task_is_an_error_that_lists_those_with_it() -> None:
    team = WORKTEAM.replace("us-east-1", "sa-east-1")
    found = request_errors(request(HumanTaskConfig__WorkteamArn=team, OutputConfig__KmsKeyId=None))
    assert [finding.path for finding in found] == ["HumanTaskConfig.WorkteamArn"]
    assert "us-east-1, us-east-2, us-west-2" in found[0].message


def test_many_concurrent_tasks_and_keywords_are_warnings() -> None:
    job = request(HumanTaskConfig__MaxConcurrentTaskCount=1001, HumanTaskConfig__TaskKeywords=["ct"])
    assert request_errors(job) == []
    assert [finding.path for finding in request_warnings(job)] == [
        "HumanTaskConfig.MaxConcurrentTaskCount",
        "HumanTaskConfig.TaskKeywords",
    ]


@pytest.mark.parametrize(
    "labels",
    [[], [f"l{n}" for n in range(51)], ["nodule", "effusion", "nodule"], [""], ["x" * 257]],
)
def test_labels_are_one_to_fifty_unique_and_short(labels: list[str]) -> None:
    assert [finding.path for finding in label_file_errors(label_category_file(labels))] == ["labels"]


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"labels": [{"name": "x"}]}', b'{"labels": ["x"]}', b"\xff"])
def test_a_file_that_is_no_label_category_file_is_an_error(content: bytes) -> None:
    assert label_file_errors(content)


def test_another_document_version_is_an_error() -> None:
    content = json.dumps({"document-version": "2020-08-15", "labels": [{"label": "x"}]}).encode()
    assert [str(finding) for finding in label_file_errors(content)] == [
        "label categories: need document-version 2018-11-28"
    ]


@pytest.mark.parametrize(("count", "warnings"), [(10, 0), (11, 1), (50, 1)])
def test_more_labels_than_the_workers_page_is_made_for_are_a_warning(count: int, warnings: int) -> None:
    content = label_category_file([f"l{n}" for n in range(count)])
    assert label_file_errors(content) == []
    assert len(label_file_warnings(content)) == warnings


@given(st.lists(st.text(min_size=1, max_size=256), min_size=1, max_size=50, unique=True))
def test_any_fifty_unique_short_labels_are_fine(labels: list[str]) -> None:
    assert label_file_errors(label_category_file(labels)) == []


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(["HumanTaskConfig", "OutputConfig", "InputConfig", "LabelAttributeName"]), ANYTHING)
def test_a_request_with_anything_in_one_member_is_never_a_crash(member: str, value: object) -> None:
    job = request() | {member: value}
    assert isinstance(request_errors(job) + request_warnings(job), list)


@pytest.mark.parametrize(
    ("arn", "region"),
    [
        (WORKTEAM, "us-east-1"),
        (KEY, "us-east-1"),
        ("arn:aws:iam::123456789012:role/x", None),
        (None, None),
        ("x", None),
    ],
)
def test_the_region_of_an_arn_is_read_where_there_is_one(arn: object, region: str | None) -> None:
    assert region_of(arn) == region
