"""Launches while AWS throttles, fails, breaks connections and lets credentials end, and while processes are killed:
exactly one job, no half file, a clear last line."""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from gtctl import aws
from gtctl.cli import run
from gtctl.jobs.render import DIGEST_TAG, launch_digest, render
from gtctl.jobs.spec import load
from gtctl.jobs.tags import RECORD_TAG, tags_of
from tests.account import Account
from tests.faults import ANSWER_LOST, DROPPED, INTERNAL_ERROR, SLOW_DOWN, Fault, Plan, Request, faulty, randomly
from tests.jobs.launching import launch, spec_for, waivers

pytestmark = pytest.mark.e2e

FULL = os.environ.get("GTCTL_FULL_PROOFS") == "1"
POINTS = 100 if FULL else 12
"""So many launches are killed at random times (benchmarks/README.md)."""


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many attempts as ever, without the waits between them."""
    make, sleep = aws.client, time.sleep

    def client(service: str, region: str | None = None, **options: Any) -> Any:
        retries = {"mode": "standard", "total_max_attempts": 8}
        return make(service, region, **({"retries": retries} | options))

    monkeypatch.setattr(aws, "client", client)
    monkeypatch.setattr(time, "sleep", lambda seconds: sleep(min(seconds, 0.005)))


@contextmanager
def through(sandbox: Any, plan: Plan, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every call goes by a proxy that follows ``plan``."""
    with faulty(sandbox.endpoint, plan) as endpoint, monkeypatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", endpoint)
        yield


def launched_jobs(account: Account, name: str) -> list[dict[str, Any]]:
    sagemaker = account.client("sagemaker")
    found = sagemaker.list_labeling_jobs(NameContains=name, MaxResults=100)["LabelingJobSummaryList"]
    names = [job["LabelingJobName"] for job in found if job["LabelingJobName"].lower() == name]
    return [sagemaker.describe_labeling_job(LabelingJobName=each) for each in names]


def assert_one_whole_job(account: Account, name: str, spec: Path) -> None:
    """One job of the name, that of ``spec``; its files and the record that its tag names lie there, whole."""
    [job] = launched_jobs(account, name)
    rendered = render(load(spec))
    tags = tags_of(job)
    assert tags[DIGEST_TAG] == launch_digest(rendered)
    prefix = f"jobs/gtctl-config/{name}/"
    listed = account.client("s3").list_objects_v2(Bucket=account.bucket, Prefix=prefix)["Contents"]
    contents = {each["Key"]: account.read(each["Key"]) for each in listed}
    records = {key: content for key, content in contents.items() if "/launch-records/" in key}
    assert all(key.endswith(f"{hashlib.sha256(content).hexdigest()}.json") for key, content in records.items())
    assert f"{prefix}launch-records/{tags[RECORD_TAG]}.json" in records
    files = [rendered.label_categories, rendered.worker_template]
    assert sorted(files, key=repr) == sorted((contents[key] for key in contents.keys() - records.keys()), key=repr)


@pytest.mark.usefixtures("hasty")
def test_with_three_calls_of_ten_failing_there_is_one_job_at_the_end(
    ready: Account, sandbox: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shares = {SLOW_DOWN: 0.15, INTERNAL_ERROR: 0.09, DROPPED: 0.03, ANSWER_LOST: 0.03}
    settings = str(waivers(tmp_path))
    for seed in (1, 2):
        spec = spec_for(ready, tmp_path, f"bad-day-{seed}")
        with through(sandbox, randomly(seed, shares), monkeypatch):
            for _ in range(4):
                code = run(["job", "launch", str(spec), "--config", settings])
                said = capsys.readouterr()
                if code == 0:
                    break
                assert_clear_end(code, said.err)
        assert code == 0, said.err
        assert f"launched bad-day-{seed}: arn:" in said.out
        assert_one_whole_job(ready, f"bad-day-{seed}", spec)


def assert_clear_end(code: int, error: str) -> None:
    """Three kinds of end: AWS failed; or so much was unknown that the gate stayed closed."""
    assert code in (1, 3), error
    last = error.strip().splitlines()[-1]
    assert last.startswith("gtctl: ")
    assert "Traceback" not in error
    assert "X-Amz-" not in error


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("fault", [ANSWER_LOST, DROPPED, INTERNAL_ERROR], ids=["answer-lost", "dropped", "500"])
def test_the_call_that_creates_the_job_may_break_and_is_repeated(
    ready: Account, sandbox: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    spec = spec_for(ready, tmp_path, "broken")
    plan = first_times("CreateLabelingJob", 2, fault)
    with through(sandbox, plan, monkeypatch):
        # What the gate sees is proven elsewhere: this is about what comes after.
        done = launch(render(load(spec)))
    assert not done.already_there, "it is this launch that has made the job"
    assert_one_whole_job(ready, "broken", spec)


def first_times(operation: str, times: int, fault: Fault) -> Plan:
    count = iter(range(1_000_000))
    return lambda request: fault if request.operation == operation and next(count) < times else None


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("last", [2, 30, "CreateLabelingJob"])
def test_credentials_that_end_on_the_way_end_the_launch_with_one_line_and_it_can_be_run_again(
    ready: Account,
    sandbox: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    last: int | str,
) -> None:
    spec, settings = spec_for(ready, tmp_path, "expired"), str(waivers(tmp_path))
    with through(sandbox, ends_after(last), monkeypatch):
        assert run(["job", "launch", str(spec), "--config", settings]) == 3
    error = capsys.readouterr().err.strip()
    assert error.count("\n") == 0
    assert error.startswith("gtctl: ")
    assert "Expired" in error or "the AWS credentials ended" in error
    assert launched_jobs(ready, "expired") == []
    assert run(["job", "launch", str(spec), "--config", settings]) == 0
    assert_one_whole_job(ready, "expired", spec)


def ends_after(last: int | str) -> Plan:
    """The credentials are good for so many calls, or up to an operation."""
    lock, seen = threading.Lock(), [0]

    def plan(request: Request) -> Fault | None:
        with lock:
            seen[0] += 1
            if (isinstance(last, int) and seen[0] > last) or request.operation == last:
                seen[0] = 1_000_000
            over = seen[0] >= 1_000_000 or (isinstance(last, int) and seen[0] > last)
        code = "ExpiredTokenException" if request.operation else "ExpiredToken"
        return Fault(400, code) if over else None

    return plan


@pytest.mark.timeout(1800 if FULL else 300)
def test_launches_that_are_killed_at_any_time_and_run_again_make_one_job_each(ready: Account, tmp_path: Path) -> None:
    spec, settings = spec_for(ready, tmp_path, "killed"), waivers(tmp_path)
    seed = random.SystemRandom().randrange(1000) if FULL else 7
    done = subprocess.run(
        [sys.executable, "-m", "tests.e2e.forked_launches", str(spec), str(settings), str(POINTS), str(seed)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 0, done.stderr
    runs = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(runs) == POINTS
    assert sum(not each["ended"] for each in runs) > POINTS / 3
    for number, each in enumerate(runs):
        assert each["code"] == 0, each
        assert each["said"][0].removeprefix("already ").startswith(f"launched {each['name']}: arn:"), each
        assert_one_whole_job(ready, each["name"], tmp_path / f"killed-{number}.yaml")
    assert not list(tmp_path.rglob("*.partial*"))


def test_a_watcher_outlasts_what_passes_and_leaves_the_job_alone_when_it_cannot_go_on(
    ready: Account, sandbox: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    launch(render(load(spec_for(ready, tmp_path, "watched"))))
    ready.wait("watched", "InProgress")
    with through(sandbox, ends_after(3), monkeypatch):
        assert run(["job", "watch", "watched", "--region", ready.region, "--interval", "0.1"]) == 3
    lines = capsys.readouterr().err.strip().splitlines()
    assert lines[-1] == (
        "gtctl: the AWS credentials have ended: renew them; watched goes on, follow it with: gtctl job watch watched"
    )
    assert launched_jobs(ready, "watched")[0]["LabelingJobStatus"] == "InProgress"
