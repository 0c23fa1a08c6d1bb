"""Launching: refused before any call, encrypted uploads, one job however often it is launched."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import ANY, Stubber

from gtctl import aws
from gtctl.errors import BadInput, Refused
from gtctl.ground_truth import public_workteam_arn
from gtctl.jobs.dataset import Dataset
from gtctl.jobs.gate import Passage
from gtctl.jobs.launch import Launch, LaunchedJob, start
from gtctl.jobs.render import DIGEST_TAG, Rendered, launch_digest
from gtctl.jobs.tags import MANIFEST_TAG
from tests.jobs.samples import ACCOUNT, KEY, rendered, request

MANIFEST = Dataset(
    "s3://clinic-scans/input.manifest", "ab" * 32, 2, {"clinic-scans": "s3://clinic-scans/1.png"}, (), {}
)
ARN = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:labeling-job/chest-ct"


class Stubs:
    """Stubbed clients that fail a test at any call it did not announce."""

    def __init__(self, stack: ExitStack) -> None:
        keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": "us-east-1"}
        self.clients: dict[str, Any] = {name: boto3.client(name, **keys) for name in ("sagemaker", "s3")}  # type: ignore[call-overload]
        self.sagemaker, self.s3 = (stack.enter_context(Stubber(self.clients[name])) for name in ("sagemaker", "s3"))
        self.regions: list[str | None] = []

    def client(self, service: str, region: str | None = None, **_: Any) -> Any:
        self.regions.append(region)
        return self.clients[service]

    def no_such_job(self) -> None:
        self.sagemaker.add_client_error("describe_labeling_job", "ResourceNotFound", "Requested resource not found.")

    def existing_job(self, tags: list[dict[str, str]], status: str = "InProgress") -> None:
        now = datetime(2026, 11, 24, tzinfo=UTC)
        counters = {"TotalLabeled": 0, "HumanLabeled": 0, "MachineLabeled": 0}
        description = {key: value for key, value in request(Tags=tags).items() if key != "LabelAttributeName"}
        description |= {"LabelingJobArn": ARN, "LabelingJobStatus": status, "LabelCounters": counters}
        description |= {"CreationTime": now, "LastModifiedTime": now, "JobReferenceCode": "x"}
        self.sagemaker.add_response("describe_labeling_job", description, {"LabelingJobName": "chest-ct"})

    def upload(self, job: Rendered, name: str, content: bytes | None) -> None:
        folder = job.request["LabelCategoryConfigS3Uri"].removeprefix("s3://clinic-labels/").rpartition("/")[0]
        expected = {
            "Bucket": "clinic-labels",
            "Key": f"{folder}/{name}",
            "Body": content,
            "ContentType": ANY,
            "ServerSideEncryption": "aws:kms",
            "SSEKMSKeyId": KEY,
        }
        self.s3.add_response("put_object", {}, expected)

    def record(self) -> None:
        """The record of the launch is put before the job is created."""
        expected = {
            "Bucket": "clinic-labels",
            "Key": ANY,
            "Body": ANY,
            "ContentType": ANY,
            "ServerSideEncryption": "aws:kms",
            "SSEKMSKeyId": KEY,
        }
        self.s3.add_response("put_object", {}, expected)

    def uploads(self, job: Rendered) -> None:
        self.upload(job, "label-categories.json", job.label_categories)
        self.upload(job, "template.liquid", job.worker_template)
        self.record()

    def created(self, job: Rendered) -> None:
        self.sagemaker.add_response("create_labeling_job", {"LabelingJobArn": ARN}, job.request | {"Tags": ANY})

    def done(self) -> None:
        self.sagemaker.assert_no_pending_responses()
        self.s3.assert_no_pending_responses()


@pytest.fixture
def stubs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubs]:
    with ExitStack() as stack:
        made = Stubs(stack)
        monkeypatch.setattr(aws, "client", made.client)
        yield made
        made.done()


def tags(job: Rendered, manifest: str = MANIFEST.sha256) -> list[dict[str, str]]:
    """The tags by which a launch knows its own job."""
    return [{"Key": DIGEST_TAG, "Value": launch_digest(job)}, {"Key": MANIFEST_TAG, "Value": manifest}]


def launch(job: Rendered, passage: Passage | None = None, **options: Any) -> LaunchedJob:
    return start(Launch(job, MANIFEST), passage or Passage([]), **options)


def test_a_job_is_created_after_its_files_are_uploaded_encrypted(stubs: Stubs) -> None:
    job = rendered()
    stubs.no_such_job()
    stubs.uploads(job)
    stubs.created(job)
    assert launch(job) == LaunchedJob("chest-ct", ARN, "us-east-1", already_there=False)
    assert set(stubs.regions) == {"us-east-1"}


def test_a_request_written_by_hand_needs_no_files(stubs: Stubs) -> None:
    job = Rendered(request(Tags=None), None, None)
    stubs.no_such_job()
    stubs.record()
    stubs.created(job)
    assert not launch(job).already_there


def test_the_same_job_launched_again_is_left_alone(stubs: Stubs) -> None:
    job = rendered()
    stubs.existing_job(tags(job))
    assert launch(job) == LaunchedJob("chest-ct", ARN, "us-east-1", already_there=True)


def test_another_job_of_the_same_name_is_refused_before_its_files_are_touched(stubs: Stubs) -> None:
    stubs.existing_job(tags(rendered(workers__per_object=5)))
    with pytest.raises(
        Refused, match=r"a job chest-ct exists already \(InProgress\) and was launched from another spec"
    ):
        launch(rendered())


def test_a_job_of_a_manifest_that_has_changed_since_is_refused(stubs: Stubs) -> None:
    job = rendered()
    stubs.existing_job(tags(job, "cd" * 32))
    with pytest.raises(Refused, match="was launched when the manifest had another content"):
        launch(job)


def test_a_job_that_somebody_else_created_is_refused(stubs: Stubs) -> None:
    stubs.existing_job([], status="Completed")
    with pytest.raises(Refused, match=r"\(Completed\) and was not launched by gtctl: give this one another name"):
        launch(rendered())


def test_two_launchers_at_once_make_one_job(stubs: Stubs) -> None:
    job = rendered()
    stubs.no_such_job()
    stubs.uploads(job)
    stubs.sagemaker.add_client_error("create_labeling_job", "ResourceInUse", "in use")
    stubs.existing_job(tags(job))
    assert launch(job).already_there


def test_two_launchers_of_different_jobs_with_one_name_make_one_job(stubs: Stubs) -> None:
    job = rendered()
    stubs.no_such_job()
    stubs.uploads(job)
    stubs.sagemaker.add_client_error("create_labeling_job", "ResourceInUse", "in use")
    stubs.existing_job(tags(rendered(labels=["other"])))
    with pytest.raises(Refused, match="another name"):
        launch(job)


def test_a_name_in_use_that_cannot_be_described_is_refused(stubs: Stubs) -> None:
    job = rendered()
    stubs.no_such_job()
    stubs.uploads(job)
    stubs.sagemaker.add_client_error("create_labeling_job", "ResourceInUse", "in use")
    stubs.no_such_job()
    with pytest.raises(Refused, match="chest-ct is in use"):
        launch(job)


def test_another_error_of_the_service_is_not_hidden(stubs: Stubs) -> None:
    job = rendered()
    stubs.no_such_job()
    stubs.uploads(job)
    stubs.sagemaker.add_client_error("create_labeling_job", "ResourceLimitExceeded", "too many")
    with pytest.raises(ClientError, match="ResourceLimitExceeded"):
        launch(job)


def test_a_failed_upload_launches_nothing(stubs: Stubs) -> None:
    stubs.no_such_job()
    stubs.s3.add_client_error("put_object", "AccessDenied", "no")
    with pytest.raises(ClientError, match="AccessDenied"):
        launch(rendered())


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a client nor a socket may be made."""

    def forbidden(*_: Any, **__: Any) -> Any:
        raise AssertionError("a refused job must not get as far as this")

    monkeypatch.setattr(boto3, "Session", forbidden)
    monkeypatch.setattr(boto3, "client", forbidden)
    monkeypatch.setattr(aws, "client", forbidden)
    monkeypatch.setattr(socket, "socket", forbidden)


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize(
    "changes",
    [
        {"HumanTaskConfig__WorkteamArn": public_workteam_arn("us-east-1")},
        {"HumanTaskConfig__WorkteamArn": f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:workteam/vendor-crowd/listing"},
        {"HumanTaskConfig__WorkteamArn": f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:workteam/radiology"},
        {"HumanTaskConfig__PublicWorkforceTaskPrice": {"AmountInUsd": {"Cents": 4}}},
        {"OutputConfig__KmsKeyId": None},
        {"OutputConfig__KmsKeyId": "alias/labels"},
    ],
)
def test_a_refused_job_makes_no_client_and_no_call(changes: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        launch(Rendered(request(**changes), None, None))


@pytest.mark.usefixtures("no_network")
def test_a_wrong_job_makes_no_client_and_no_call() -> None:
    with pytest.raises(BadInput, match="LabelAttributeName"):
        launch(rendered(output__label_attribute="source"))
