"""What goes wrong around a run: S3 that throttles and breaks off, kill -9 at any moment, a full disk."""

from __future__ import annotations

import os
import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gtctl.errors import EnvironmentFailed
from gtctl.scans import ledger
from gtctl.scans.pixels.policy import PixelPolicy
from gtctl.scans.prepare import prepare as prepare_here
from gtctl.scans.skipping import Reason
from gtctl.scans.sources import bucket
from tests.account import Account
from tests.faults import ACCESS_DENIED, DROPPED, INTERNAL_ERROR, SLOW_DOWN, Fault, Request, faulty, randomly
from tests.scans import runs
from tests.scans.dicom_files import content, dataset
from tests.scans.runs import files, run, write

DROPPED_HALF_WAY = Fault(after=500)


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    """A folder of scans that are unlike each other, and a text."""
    for number in range(16):
        write(tmp_path / f"in/{number:02}.dcm", number)
    (tmp_path / "in/x.txt").write_text("x")
    return tmp_path / "in"


@pytest.fixture
def pacs(account: Account, scans: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The same in S3."""
    monkeypatch.setenv("AWS_REGION", account.region)
    for path in scans.iterdir():
        account.put(f"pacs/{path.name}", path.read_bytes())
    return f"s3://{account.bucket}/pacs/"


def test_throttling_errors_and_broken_connections_change_nothing_in_the_result(
    pacs: str, scans: Path, tmp_path: Path, account: Account, sandbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    shares = {SLOW_DOWN: 0.02, INTERNAL_ERROR: 0.05, DROPPED: 0.05, DROPPED_HALF_WAY: 0.2}
    with faulty(sandbox.endpoint, randomly(1, shares)) as endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
        dest = f"s3://{account.bucket}/images"
        summary = run(pacs, dest, kms_key_arn=account.key_arn, jobs=2)
    assert summary == run(scans, tmp_path / "out")
    listed = account.client("s3").list_objects_v2(Bucket=account.bucket, Prefix="images/")["Contents"]
    assert {each["Key"].removeprefix("images/"): account.read(each["Key"]) for each in listed} == files(
        tmp_path / "out"
    )


def test_an_object_that_may_not_be_read_is_quarantined(
    pacs: str, tmp_path: Path, sandbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def plan(request: Request) -> Fault | None:
        return ACCESS_DENIED if request.path.endswith("/03.dcm") else None

    with faulty(sandbox.endpoint, plan) as endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
        summary = run(pacs, tmp_path / "out")
    assert [(each.position, each.reason) for each in summary.quarantined] == [
        (4, Reason.UNREADABLE),
        (17, Reason.NOT_DICOM),
    ]


@pytest.mark.parametrize("fault", [DROPPED_HALF_WAY, Fault(501, "NotImplemented")])
def test_an_outage_ends_the_run_with_what_was_done_kept_and_the_next_one_goes_on(
    pacs: str, scans: Path, tmp_path: Path, sandbox: Any, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    reads = 0

    def plan(request: Request) -> Fault | None:
        nonlocal reads
        reads += request.path.endswith(".dcm")
        return fault if reads > 9 else None

    monkeypatch.setattr(bucket, "_BREAKS", 2)
    with faulty(sandbox.endpoint, plan) as endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
        # A transfer that gains bytes is no outage: it gains none if it breaks before the first.
        with pytest.raises(EnvironmentFailed) as failed:
            run(pacs, tmp_path / "out")
    assert ".dcm" not in str(failed.value)
    assert "run again to go on" in str(failed.value)
    there = len(ledger.by_image(tmp_path / "out/ledger.jsonl"))
    assert there == 9
    monkeypatch.setenv("AWS_ENDPOINT_URL", sandbox.endpoint)
    summary = run(pacs, tmp_path / "out")
    assert (summary.prepared, summary.already_there) == (16 - there, there)
    run(scans, tmp_path / "whole")
    assert files(tmp_path / "out") == files(tmp_path / "whole")


def command(source: Path, destination: Path) -> list[str]:
    """A run in processes of its own, one of which may be killed."""
    code = (
        "import sys\n"
        "from tests.scans.runs import run\n"
        "print('started', flush=True)\n"
        "run(sys.argv[1], sys.argv[2], jobs=2)\n"
    )
    return [sys.executable, "-c", code, str(source), str(destination)]


def test_killed_at_random_moments_it_goes_on_until_all_is_done_and_nothing_twice(tmp_path: Path) -> None:
    moments = random.Random(6)
    for number in range(160):
        write(tmp_path / f"in/{number:03}.dcm", number)
    kills = 0
    made: dict[str, int] = {}
    while kills < 2:
        started = subprocess.Popen(command(tmp_path / "in", tmp_path / "out"), stdout=subprocess.PIPE)
        assert started.stdout
        started.stdout.readline()
        deadline = time.monotonic() + 60
        goal = _lines(tmp_path / "out") + moments.randrange(1, 50)
        while _lines(tmp_path / "out") < goal and started.poll() is None and time.monotonic() < deadline:
            time.sleep(moments.random() * 0.01)
        started.kill()
        assert started.wait() == -signal.SIGKILL
        kills += 1
        _check_what_is_there(tmp_path / "out", made)
    summary = run(tmp_path / "in", tmp_path / "out")
    assert (summary.files, summary.prepared + summary.already_there) == (160, 160)
    assert summary.already_there >= len(made) > 2
    _check_what_is_there(tmp_path / "out", made)
    run(tmp_path / "in", tmp_path / "whole")
    whole, out = files(tmp_path / "whole"), files(tmp_path / "out")
    assert sorted(out.pop("ledger.jsonl").splitlines()) == sorted(whole.pop("ledger.jsonl").splitlines())
    assert out == whole


def _lines(folder: Path) -> int:
    path = folder / "ledger.jsonl"
    return path.read_bytes().count(b"\n") if path.exists() else 0


def _check_what_is_there(folder: Path, made: dict[str, int]) -> None:
    """Every image is whole, what the ledger names is there, and what was there before was not written again."""
    for path in folder.glob("*.png"):
        assert path.read_bytes().endswith(b"IEND\xaeB`\x82")
    lines = [line for line in (folder / "ledger.jsonl").read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]
    for entry in ledger.read(lines, "ledger"):
        written = (folder / entry.image).stat().st_mtime_ns
        assert made.setdefault(entry.image, written) == written
    assert len(lines) == len(made)


@pytest.mark.skipif(sys.platform != "linux", reason="a file-size limit stands in for a full disk")
@pytest.mark.parametrize("hit", ["an image", "the ledger"])
def test_a_full_disk_ends_the_run_in_one_line_with_nothing_half_written(tmp_path: Path, hit: str) -> None:
    """No file may grow beyond a limit: the noise of the sixth image does, or else the ledger after some lines."""
    limit = 20_000
    for number in range(40):
        side = 200 if hit == "an image" and number == 5 else 16
        noise = np.random.default_rng(number).integers(-1000, 1000, (side, side), dtype=np.int16)
        (tmp_path / "in").mkdir(exist_ok=True)
        (tmp_path / f"in/{number:02}.dcm").write_bytes(content(dataset(noise, BodyPartExamined="CHEST")))

    def limited() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    prepare = [sys.executable, "-m", "gtctl", "scans", "prepare", "--jobs", "0"]
    failed = subprocess.run(
        [*prepare, str(tmp_path / "in"), str(tmp_path / "out")],
        preexec_fn=limited,
        capture_output=True,
        text=True,
        env=os.environ,
        check=False,
    )
    assert failed.returncode == 3
    assert failed.stderr.count("\n") == 1
    assert failed.stderr.startswith("gtctl: cannot write ")
    assert ("ledger.jsonl" in failed.stderr) == (hit == "the ledger")
    assert not list((tmp_path / "out").glob(".*"))
    for path in (tmp_path / "out").glob("*.png"):
        assert path.read_bytes().endswith(b"IEND\xaeB`\x82")
    there = _lines(tmp_path / "out")
    assert there == (5 if hit == "an image" else there) > 0
    settings = runs.settings(policy=PixelPolicy())
    summary = prepare_here(str(tmp_path / "in"), str(tmp_path / "out"), settings)
    assert (summary.prepared, summary.already_there) == (40 - there, there)
    assert len(ledger.by_image(tmp_path / "out/ledger.jsonl")) == len(list((tmp_path / "out").glob("*.png"))) == 40
