"""Checkov as another program: found, run without anybody's settings, and never missing in silence."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gtctl.audit import check
from gtctl.audit.checkov import run
from gtctl.audit.checkov.run import Outcome
from gtctl.audit.settings import Settings

CHECKOV = Path(sys.prefix).parent / ".venv-checkov" / "bin" / "checkov"
CODE = 'resource "aws_kms_key" "this" {}\n'
PLAN = '{"planned_values": {}, "resource_changes": []}'


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "code"
    folder.mkdir()
    monkeypatch.chdir(folder)
    (folder / "main.tf").write_text(CODE)
    return folder


def outcome(settings: Settings | None = None) -> Outcome:
    files = check.read(["."], settings or Settings())
    with run.started(["."], files, settings or Settings()) as running:
        return running.outcome()


def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> Path:
    """Something that is taken for checkov."""
    file = tmp_path / "checkov"
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("GTCTL_CHECKOV", str(file))
    return file


@pytest.mark.skipif(not CHECKOV.exists() and not os.environ.get("CI"), reason="checkov's environment is not there")
def test_checkov_itself_is_run_and_obeys_nobody_else(here: Path) -> None:
    (here / ".checkov.yaml").write_text("skip-check: [CKV_AWS_7]\nexternal-checks-dir: [evil]\n")
    (here / "evil").mkdir()
    (here / "evil" / "__init__.py").write_text("import pathlib; pathlib.Path(__file__).with_name('ran').touch()\n")
    (here / "left_out").mkdir()
    (here / "left_out" / "main.tf").write_text('resource "aws_kms_key" "left_out" {}\n')
    (here / "broken.tf").write_text('resource "aws_s3_bucket" "x" {\n  bucket = \n}\n')
    found = outcome(Settings(exclude=["left_out"]))
    said = {(record.check, record.resource): record for record in found.records}
    rotation = said["CKV_AWS_7", "aws_kms_key.this"]
    assert (rotation.result, rotation.source, rotation.line, rotation.keys) == (
        "FAILED",
        "hcl",
        1,
        ["enable_key_rotation"],
    )
    assert rotation.file == str((here / "main.tf").resolve())
    assert not [resource for _, resource in said if "left_out" in resource]
    assert not (here / "evil" / "ran").exists()
    assert found.version and [gap.what for gap in found.gaps] == [f"{run.WHAT} of {here / 'broken.tf'}"]


def test_without_checkov_the_gap_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("GTCTL_CHECKOV", raising=False)
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "elsewhere" / ".venv"))
    monkeypatch.setenv("PATH", str(tmp_path))
    [gap] = outcome().gaps
    assert "not installed" in gap.why and "pip install checkov" in gap.why and "GTCTL_CHECKOV" in gap.why
    monkeypatch.setenv("GTCTL_CHECKOV", str(tmp_path / "nothing"))
    [gap] = outcome().gaps
    assert "is no program" in gap.why


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo 'Traceback' >&2; echo 'MemoryError: too much' >&2; exit 2", "exit code 2 .*: MemoryError: too much"),
        ("echo '{'", "exit code 0"),
        ('echo \'{"check_type": "terraform"}\'', "KeyError"),
        ("echo '[1]'", "no result"),
        ("true", "no result"),
        ("kill -9 $$", "exit code -9"),
    ],
)
def test_a_checkov_that_crashes_is_a_gap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, said: str
) -> None:
    import re

    program(tmp_path, monkeypatch, script)
    [gap] = outcome().gaps
    assert gap.what == f"{run.WHAT} of Terraform code"
    assert re.search(said, gap.why)


def test_code_and_plans_are_looked_at_side_by_side(here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "plan.json").write_text(PLAN)
    program(tmp_path, monkeypatch, f'echo "$@" >> {tmp_path}/called; echo "{{\\"checkov_version\\": \\"9.9\\"}}"')
    assert outcome().version == "9.9"
    called = "".join(sorted((tmp_path / "called").read_text().splitlines()))
    assert f"--directory={here} --framework terraform " in called
    assert f"--file={here / 'plan.json'} --framework terraform_plan " in called
    assert called.count("--skip-download") == 2


def test_it_gets_no_secret_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BC_API_KEY", "secret")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    program(tmp_path, monkeypatch, f'env > {tmp_path}/env; echo "{{\\"checkov_version\\": \\"9.9\\"}}"')
    outcome()
    assert "secret" not in (tmp_path / "env").read_text()


def test_it_is_stopped_when_it_takes_too_long_or_nobody_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, monkeypatch, f"echo $$ > {tmp_path}/pid; exec sleep 60")
    monkeypatch.setattr(run, "_SECONDS", 0.3)
    [gap] = outcome().gaps
    assert "did not end" in gap.why
    deadline = time.monotonic() + 10
    while not (tmp_path / "pid").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    if (tmp_path / "pid").exists():
        alive = subprocess.run(["kill", "-0", (tmp_path / "pid").read_text().strip()], check=False, capture_output=True)
        assert alive.returncode


def test_where_there_is_no_terraform_it_is_not_asked(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "main.tf").unlink()
    monkeypatch.setenv("GTCTL_CHECKOV", "/nonexistent")
    assert outcome() == Outcome()
