"""Campaigns and chains from the command line, and what holds jobs up."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gtctl.cli import run
from gtctl.jobs.diagnosis import LOG_GROUP, diagnose
from gtctl.jobs.gate import Passage
from gtctl.jobs.launch import start
from gtctl.jobs.partition import launches
from gtctl.jobs.render import render
from gtctl.jobs.spec import load
from gtctl.jobs.tags import tags_of
from gtctl.sandbox.simulated_workers import annotate
from tests.account import Account
from tests.jobs.launching import add_member, launch, spec_for

pytestmark = pytest.mark.e2e


def test_more_images_than_a_job_takes_are_a_campaign_which_is_followed_and_stopped_as_one(
    ready: Account, sandbox: Any, settings: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = str(spec_for(ready, tmp_path, "many", images=5))
    region = ["--region", ready.region]
    sagemaker = ready.client("sagemaker")
    assert run(["job", "launch", spec, *settings, "--max-objects", "2"]) == 0
    assert [line.split(":")[0] for line in capsys.readouterr().out.splitlines()] == [
        "launched many-001",
        "launched many-002",
        "launched many-003",
    ]
    lines = []
    for number in (1, 2, 3):
        job = sagemaker.describe_labeling_job(LabelingJobName=f"many-00{number}")
        tags = tags_of(job)
        assert (tags["gtctl:campaign"], tags["gtctl:campaign-part"]) == ("many", f"{number}/3")
        manifest = job["InputConfig"]["DataSource"]["S3DataSource"]["ManifestS3Uri"].partition(f"{ready.bucket}/")[2]
        head = ready.client("s3").head_object(Bucket=ready.bucket, Key=manifest)
        assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", ready.key_arn)
        lines += ready.read(manifest).splitlines()
    assert lines == ready.read("many.manifest").splitlines(), "each image is in one part, in its order"

    assert run(["job", "launch", spec, *settings, "--max-objects", "2"]) == 0
    assert capsys.readouterr().out.count("already launched many-00") == 3
    annotate(sandbox, "many-001", ready.region, workers=2, seed=1)
    ready.wait("many-001", "Completed")
    assert run(["job", "status", "many", *region]) == 0
    said = capsys.readouterr().out
    assert "status    InProgress" in said
    assert "labeled, 0 failed, " in said
    assert said.count("job       many-00") == 3
    assert run(["job", "list", "--campaign", "many", "--status", "Completed", *region, "--json"]) == 0
    assert [each["name"] for each in json.loads(capsys.readouterr().out)["jobs"]] == ["many-001"]
    assert run(["job", "stop", "many", *region]) == 0
    ready.wait("many-003", "Stopped")
    ready.wait("many-002", "Stopped")
    assert run(["job", "watch", "many", *region, "--interval", "0.1"]) == 1
    assert "many ended as Stopped (" in capsys.readouterr().err.splitlines()[-1]


def test_a_campaign_that_was_cut_off_is_made_whole(
    ready: Account, settings: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = spec_for(ready, tmp_path, "half", images=4)
    with launches(render(load(spec)), 2) as (_, jobs):
        start(jobs[0], Passage([]))
    assert run(["job", "status", "half", "--region", ready.region]) == 0
    assert "1 of its jobs are not launched yet: launch it again" in capsys.readouterr().out
    assert run(["job", "launch", str(spec), *settings, "--max-objects", "2"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in out] == ["already launched half-001", "launched half-002"]
    # Cut in another way it would be another campaign.
    assert run(["job", "launch", str(spec), *settings, "--max-objects", "1"]) == 1
    assert "half-001 exists already" in capsys.readouterr().err


def test_a_name_that_is_too_long_for_a_campaign_is_bad_input(
    ready: Account, settings: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = spec_for(ready, tmp_path, "n" * 61, images=3)
    assert run(["job", "launch", str(spec), *settings, "--max-objects", "2"]) == 2
    assert "too long for a campaign of 2 jobs" in capsys.readouterr().err


def test_of_a_chain_each_job_is_launched_when_the_one_before_has_completed(
    ready: Account, sandbox: Any, settings: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    verify = {
        "name": "chained-verified",
        "task": {
            "type": "verification",
            "title": "Verify",
            "description": "Judge the boxes.",
            "instructions": {"short": "Good or bad?", "full": "Judge every box."},
        },
        "labels": ["good", "bad"],
        "output": {"label_attribute": "verdict"},
    }
    spec = str(spec_for(ready, tmp_path, "chained", then=[verify]))
    launching = ["job", "launch", spec, *settings]
    assert run(launching) == 0
    out = capsys.readouterr().out
    assert "launched chained: arn:" in out
    assert "chained-verified follows when chained has completed" in out
    assert run(launching) == 0
    assert "chained-verified:" not in capsys.readouterr().out
    annotate(sandbox, "chained", ready.region, workers=2, seed=1)
    ready.wait("chained", "Completed")
    assert run(launching) == 0
    out = capsys.readouterr().out
    assert "already launched chained: arn:" in out
    assert "launched chained-verified: arn:" in out
    annotate(sandbox, "chained-verified", ready.region, workers=2, seed=1)
    ready.wait("chained-verified", "Completed")
    assert run([*launching, "--wait", "--interval", "0.1"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "chained-verified: Completed (2 labeled, 0 failed, 0 unlabeled)"


def test_a_chain_whose_job_was_stopped_goes_no_further(
    ready: Account, settings: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    again = {
        "name": "cut-adjusted",
        "task": {
            "type": "adjustment",
            "title": "Adjust",
            "description": "Correct the boxes.",
            "instructions": {"short": "Correct.", "full": "Correct every box."},
        },
        "output": {"label_attribute": "adjusted"},
    }
    spec = str(spec_for(ready, tmp_path, "cut", then=[again]))
    assert run(["job", "launch", spec, *settings]) == 0
    assert run(["job", "stop", "cut", "--region", ready.region]) == 0
    ready.wait("cut", "Stopped")
    assert run(["job", "launch", spec, *settings]) == 1
    assert "cut ended as Stopped" in capsys.readouterr().err


def log(account: Account, job: str, *messages: str) -> None:
    logs = account.client("logs")
    groups = [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]]
    if LOG_GROUP not in groups:
        logs.create_log_group(logGroupName=LOG_GROUP)
    logs.create_log_stream(logGroupName=LOG_GROUP, logStreamName=job)
    now = int(datetime.now(UTC).timestamp() * 1000)
    events = [{"timestamp": now, "message": message} for message in messages]
    logs.put_log_events(logGroupName=LOG_GROUP, logStreamName=job, logEvents=events)


def test_a_job_that_stands_still_says_why_and_shows_no_address_and_no_worker(
    ready: Account, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    launch(render(load(spec_for(ready, tmp_path, "stuck"))))
    ready.wait("stuck", "InProgress")
    address = "https://b.s3.amazonaws.com/1.png?X-Amz-Signature=abcdef&X-Amz-Credential=AKIA"
    log(
        ready,
        "stuck",
        f"KMS: AccessDeniedException for {address}",
        "kms key not authorized for worker jane.doe@hospital.example",
        f"failed to load {address}",
    )
    ready.client("s3").delete_bucket_cors(Bucket=ready.bucket)
    cognito = ready.client("cognito-idp")
    for user in cognito.list_users_in_group(UserPoolId=ready.pool, GroupName=ready.group)["Users"]:
        cognito.admin_remove_user_from_group(UserPoolId=ready.pool, GroupName=ready.group, Username=user["Username"])
    watching = ["--region", ready.region, "--interval", "0.1", "--timeout", "0.5", "--stall", "0.2"]
    assert run(["job", "watch", "stuck", *watching]) == 3
    error = capsys.readouterr().err
    assert "stuck: what may hold it up:" in error
    for cause in (
        "nobody is in its groups",
        f"PF203 s3://{ready.bucket}: no CORS rule",
        "the log says 2 times: a key refuses the job's role (KMS)",
        "aws cognito-idp admin-create-user",
    ):
        assert cause in error
    for secret in ("X-Amz", "AKIA", "jane", "hospital.example"):
        assert secret not in error
    add_member(ready, "newcomer@hospital.example", confirmed=False)
    assert run(["job", "status", "stuck", "--region", ready.region, "--why", "--json"]) == 0
    causes = json.loads(capsys.readouterr().out)["causes"]
    assert any("none of its 1 members has signed in yet" in cause["what"] for cause in causes)
    assert causes[0]["certain"]


@pytest.mark.parametrize(
    ("age", "said"),
    [
        (timedelta(hours=3), "its first tasks expired after 2 h: 2 objects have no label"),
        (timedelta(days=31), "jobs fail after 30 days"),
    ],
)
def test_tasks_that_have_expired_are_told(ready: Account, tmp_path: Path, age: timedelta, said: str) -> None:
    launch(render(load(spec_for(ready, tmp_path, "late", workers__availability="2h"))))
    ready.wait("late", "InProgress")
    causes = diagnose("late", ready.region, now=datetime.now(UTC) + age)
    assert any(said in cause.what for cause in causes), causes


def test_objects_that_failed_are_told_and_a_job_that_only_waits_for_its_workers_too(
    ready: Account, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = spec_for(ready, tmp_path, "partly")
    ready.client("s3").delete_object(Bucket=ready.bucket, Key="images/partly/1.png")
    launch(render(load(spec)))
    ready.wait_until("partly", lambda job: job["LabelCounters"]["FailedNonRetryableError"] == 1)
    assert "1 objects failed" in diagnose("partly", ready.region)[0].what
    launch(render(load(spec_for(ready, tmp_path, "waiting"))))
    ready.wait("waiting", "InProgress")
    assert run(["job", "status", "waiting", "--region", ready.region, "--why"]) == 0
    assert "waiting: nothing is to be seen that holds it up; it waits for its workers" in capsys.readouterr().out
