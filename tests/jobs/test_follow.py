"""Describing, listing, stopping and watching jobs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import ANY, Stubber

from gtctl import aws
from gtctl.errors import BadInput, EnvironmentFailed
from gtctl.jobs import follow
from tests.jobs.samples import ACCOUNT, WORKTEAM, request

ARN = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:labeling-job/chest-ct"
CREATED = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture
def sagemaker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    client = boto3.client("sagemaker", aws_access_key_id="a", aws_secret_access_key="b", region_name="us-east-1")
    monkeypatch.setattr(aws, "client", lambda service, region=None: client)
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def description(status: str, labeled: int = 0, failed: int = 0, unlabeled: int = 0, **more: Any) -> dict[str, Any]:
    counters = {"TotalLabeled": labeled, "HumanLabeled": labeled, "MachineLabeled": 0}
    counters |= {"FailedNonRetryableError": failed, "Unlabeled": unlabeled}
    return {
        **{key: value for key, value in request().items() if key != "LabelAttributeName"},
        "LabelingJobArn": ARN,
        "LabelingJobStatus": status,
        "LabelCounters": counters,
        "CreationTime": CREATED,
        "LastModifiedTime": CREATED,
        "JobReferenceCode": "x",
        **more,
    }


def described(sagemaker: Stubber, *descriptions: dict[str, Any]) -> None:
    for answer in descriptions:
        sagemaker.add_response("describe_labeling_job", answer, {"LabelingJobName": "chest-ct"})


def test_a_job_is_described_with_its_counters_and_output(sagemaker: Stubber) -> None:
    output = {"OutputDatasetS3Uri": "s3://clinic-labels/jobs/chest-ct/manifests/output/output.manifest"}
    described(sagemaker, description("Completed", 20, LabelingJobOutput=output))
    job = follow.describe("chest-ct")
    assert job.as_json() == {
        "schema_version": 1,
        "name": "chest-ct",
        "arn": ARN,
        "status": "Completed",
        "labeled": 20,
        "failed": 0,
        "unlabeled": 0,
        "failure_reason": None,
        "output_manifest": output["OutputDatasetS3Uri"],
        "created": "2026-11-24T09:00:00+00:00",
        "modified": "2026-11-24T09:00:00+00:00",
    }


@pytest.mark.parametrize(
    ("code", "message"),
    [("ResourceNotFound", "no"), ("ValidationException", "Requested resource not found.")],
)
def test_a_job_that_does_not_exist_is_bad_input(sagemaker: Stubber, code: str, message: str) -> None:
    sagemaker.add_client_error("describe_labeling_job", code, message)
    sagemaker.add_response(
        "list_labeling_jobs", {"LabelingJobSummaryList": []}, {"NameContains": ANY, "MaxResults": 100}
    )
    with pytest.raises(BadInput, match="there is no labeling job chest-ct in us-east-1"):
        follow.describe("chest-ct")


@pytest.mark.parametrize("code", ["AccessDeniedException", "ValidationException"])
def test_another_refusal_of_the_service_is_not_taken_for_a_missing_job(sagemaker: Stubber, code: str) -> None:
    sagemaker.add_client_error("describe_labeling_job", code, "not allowed")
    with pytest.raises(ClientError):
        follow.describe("chest-ct")


def test_a_name_that_no_job_can_have_is_not_asked_for(sagemaker: Stubber) -> None:
    with pytest.raises(BadInput, match=r"'chest_ct.yaml' cannot be a labeling job's name"):
        follow.describe("chest_ct.yaml")


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        (description("InProgress", 3, 2, 1), None),
        (description("Completed", 20), None),
        (description("Completed", 19, 1), "chest-ct ended as Completed (19 labeled, 1 failed, 0 unlabeled)"),
        (description("Completed", 19, 0, 1), "chest-ct ended as Completed (19 labeled, 0 failed, 1 unlabeled)"),
        (description("Stopped", 5, 0, 15), "chest-ct ended as Stopped (5 labeled, 0 failed, 15 unlabeled)"),
        (
            description("Failed", FailureReason="ClientError:\n no manifest"),
            "chest-ct ended as Failed: ClientError: no manifest (0 labeled, 0 failed, 0 unlabeled)",
        ),
    ],
)
def test_the_trouble_of_an_ended_job_gives_reason_and_counters(
    sagemaker: Stubber, answer: dict[str, Any], trouble: str | None
) -> None:
    described(sagemaker, answer)
    assert follow.describe("chest-ct").trouble == trouble


def summary(name: str) -> dict[str, Any]:
    counters = {"TotalLabeled": 1, "HumanLabeled": 1, "MachineLabeled": 0}
    return {
        "LabelingJobName": name,
        "LabelingJobArn": ARN.replace("chest-ct", name),
        "CreationTime": CREATED,
        "LastModifiedTime": CREATED,
        "LabelingJobStatus": "Completed",
        "LabelCounters": counters,
        "WorkteamArn": WORKTEAM,
    }


def test_every_page_of_the_list_is_read(sagemaker: Stubber) -> None:
    asked = {"SortBy": "CreationTime", "SortOrder": "Descending", "MaxResults": 100, "StatusEquals": "Completed"}
    sagemaker.add_response("list_labeling_jobs", {"LabelingJobSummaryList": [summary("one")], "NextToken": "t"}, asked)
    sagemaker.add_response(
        "list_labeling_jobs", {"LabelingJobSummaryList": [summary("two")]}, asked | {"NextToken": "t"}
    )
    assert [job.name for job in follow.list_jobs("Completed")] == ["one", "two"]


def test_a_running_job_is_stopped(sagemaker: Stubber) -> None:
    described(sagemaker, description("InProgress"))
    sagemaker.add_response("stop_labeling_job", {}, {"LabelingJobName": "chest-ct"})
    described(sagemaker, description("Stopping"))
    assert follow.stop("chest-ct").status == "Stopping"


@pytest.mark.parametrize("status", ["Completed", "Failed", "Stopped", "Stopping"])
def test_a_job_that_has_ended_or_is_stopping_is_left_alone(sagemaker: Stubber, status: str) -> None:
    described(sagemaker, description(status))
    assert follow.stop("chest-ct").status == status


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def time(self) -> float:
        return self.now


def test_watching_goes_on_until_the_job_has_ended(sagemaker: Stubber) -> None:
    described(sagemaker, description("Initializing"), description("InProgress", 1), description("Completed", 2))
    clock = Clock()
    seen = [job.status for job in follow.watch("chest-ct", interval=7, sleep=clock.sleep, clock=clock.time)]
    assert seen == ["Initializing", "InProgress", "Completed"]
    assert clock.slept == [7, 7]


def test_watching_gives_up_after_the_timeout_and_says_that_the_job_goes_on(sagemaker: Stubber) -> None:
    described(sagemaker, *[description("InProgress", 1, 0, 9)] * 3)
    clock = Clock()
    with pytest.raises(
        EnvironmentFailed, match=r"still InProgress after 15 s \(1 labeled, 0 failed, 9 unlabeled\); it goes"
    ):
        list(follow.watch("chest-ct", interval=10, timeout=15, sleep=clock.sleep, clock=clock.time))
    assert clock.slept == [10, 5]


def test_a_job_that_ends_in_the_last_moment_has_ended(sagemaker: Stubber) -> None:
    described(sagemaker, description("InProgress"), description("Completed", 1))
    clock = Clock()
    jobs = list(follow.watch("chest-ct", interval=10, timeout=10, sleep=clock.sleep, clock=clock.time))
    assert jobs[-1].is_final


def test_watching_outlasts_throttling_and_an_answer_that_fails(sagemaker: Stubber) -> None:
    described(sagemaker, description("InProgress", 1, 0, 1))
    sagemaker.add_client_error("describe_labeling_job", "ThrottlingException", "Rate exceeded", 400)
    sagemaker.add_client_error("describe_labeling_job", "InternalFailure", "", 500)
    described(sagemaker, description("Completed", 2))
    waited: list[float] = []
    statuses = [job.status for job in follow.watch("chest-ct", sleep=waited.append)]
    assert (statuses, len(waited)) == (["InProgress", "Completed"], 3)


@pytest.mark.parametrize(
    ("code", "times", "said"),
    [
        ("ExpiredTokenException", 1, "the AWS credentials have ended: renew them"),
        ("AccessDeniedException", 1, "AWS refused DescribeLabelingJob: AccessDeniedException"),
        ("ThrottlingException", follow.LOOKS_IN_VAIN, "AWS refused DescribeLabelingJob: ThrottlingException"),
    ],
)
def test_where_aws_answers_no_longer_watching_ends_and_says_that_the_job_goes_on(
    sagemaker: Stubber, code: str, times: int, said: str
) -> None:
    described(sagemaker, description("InProgress", 1, 0, 1))
    for _ in range(times):
        sagemaker.add_client_error("describe_labeling_job", code, "no", 400)
    with pytest.raises(EnvironmentFailed) as error:
        list(follow.watch("chest-ct", sleep=lambda _: None))
    assert str(error.value).startswith(said)
    assert str(error.value).endswith("chest-ct goes on, follow it with: gtctl job watch chest-ct")
