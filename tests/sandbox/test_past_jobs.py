"""Jobs of the past: given at once, then listed and described like any other."""

from __future__ import annotations

import json
import time
import urllib.request
from typing import Any

import pytest

from gtctl.errors import BadInput
from gtctl.ground_truth import WorkteamKind, workteam_kind
from gtctl.sandbox.past_jobs import PastJob, history, post
from tests.account import client

NOW = 1_790_000_000.0


def test_a_past_job_is_described_as_it_was_left(sandbox: Any) -> None:
    [made] = history(1, 7, "eu-west-2", NOW)
    post(sandbox, "eu-west-2", [made])
    name = made.request["LabelingJobName"]
    found = client("sagemaker", "eu-west-2").describe_labeling_job(LabelingJobName=name)
    assert {key: found[key] for key in made.request} == made.request
    assert found["LabelingJobStatus"] == made.status
    assert found["CreationTime"].timestamp() == made.created
    assert found["LabelCounters"]["HumanLabeled"] == made.labeled


def test_five_thousand_jobs_are_there_in_seconds_and_hold_what_an_audit_looks_for(sandbox: Any) -> None:
    begin = time.process_time()
    jobs = list(history(5000, 0, "ap-south-1", NOW))
    post(sandbox, "ap-south-1", jobs)
    assert time.process_time() - begin < 10
    kinds = {workteam_kind(job.request["HumanTaskConfig"]["WorkteamArn"]) for job in jobs}
    assert kinds == {WorkteamKind.PRIVATE, WorkteamKind.PUBLIC, WorkteamKind.VENDOR}
    assert any("KmsKeyId" not in job.request["OutputConfig"] for job in jobs)
    pages = client("sagemaker", "ap-south-1").get_paginator("list_labeling_jobs")
    listed = [
        job["LabelingJobName"]
        for page in pages.paginate(PaginationConfig={"PageSize": 100}, NameContains="-0-")
        for job in page["LabelingJobSummaryList"]
    ]
    # The sandbox is shared: other tests have jobs of their own.
    assert {job.request["LabelingJobName"] for job in jobs} <= set(listed)
    assert len(set(listed)) == len(listed)


def test_the_same_seed_gives_the_same_jobs(sandbox: Any) -> None:
    assert list(history(20, 3, "us-east-1", NOW)) == list(history(20, 3, "us-east-1", NOW))
    assert list(history(20, 3, "us-east-1", NOW)) != list(history(20, 4, "us-east-1", NOW))


def test_jobs_that_are_none_change_nothing(sandbox: Any) -> None:
    [good] = history(1, 11, "ca-central-1", NOW)
    bad = PastJob(request=good.request | {"LabelAttributeName": ""}, created=NOW, modified=NOW)
    for jobs, why in (([good, good], "Two jobs have the same name"), ([good, bad], "labelAttributeName")):
        with pytest.raises(BadInput, match=why):
            post(sandbox, "ca-central-1", jobs)
    found = client("sagemaker", "ca-central-1").list_labeling_jobs(NameContains=good.request["LabelingJobName"])
    assert found["LabelingJobSummaryList"] == []
    with pytest.raises(BadInput, match="no built-in bounding-box task in eu-north-1"):
        next(history(1, 0, "eu-north-1", NOW))


def test_a_filter_may_give_its_time_as_text(sandbox: Any) -> None:
    """Some clients do: 2026-01-01T00:00:00Z."""
    post(sandbox, "eu-west-1", list(history(4, 21, "eu-west-1", NOW)))

    def listed(after: Any) -> int:
        headers = {
            "X-Amz-Target": "SageMaker.ListLabelingJobs",
            "Content-Type": "application/x-amz-json-1.1",
            "Authorization": "AWS4-HMAC-SHA256 Credential=x/20260101/eu-west-1/sagemaker/aws4_request",
        }
        body = json.dumps({"CreationTimeAfter": after, "NameContains": "-21-"}).encode()
        asked = urllib.request.Request(sandbox.endpoint, data=body, headers=headers)
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return len(json.load(answer)["LabelingJobSummaryList"])

    middle = "2025-03-22T00:00:00Z"
    assert listed(middle) == listed(1742601600) == 2
