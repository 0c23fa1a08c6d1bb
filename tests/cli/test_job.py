"""``gtctl job`` as a user meets it: output, exit codes, one line when something is wrong."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gtctl.cli import run
from gtctl.errors import EnvironmentFailed
from gtctl.ground_truth import public_workteam_arn
from gtctl.jobs import follow, sequence
from gtctl.jobs.job import Job
from gtctl.jobs.launch import LaunchedJob
from gtctl.jobs.sequence import Launched
from tests.jobs.samples import EXAMPLE, STACK, rendered, write_spec

PUBLIC = public_workteam_arn("us-east-1")
ARN = "arn:aws:sagemaker:us-east-1:123456789012:labeling-job/chest-ct"


@pytest.fixture
def stack(tmp_path: Path) -> Path:
    path = tmp_path / "stack.json"
    path.write_text(json.dumps(STACK))
    return path


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: Any, **__: Any) -> Any:
        raise AssertionError("nothing may be asked here")

    monkeypatch.setattr(socket, "socket", forbidden)
    monkeypatch.setattr("gtctl.aws.client", forbidden)


def job(status: str, labeled: int = 0, failed: int = 0, unlabeled: int = 0, reason: str | None = None) -> Job:
    day = "2026-11-24T09:00:00+00:00"
    return Job("chest-ct", ARN, status, labeled, failed, unlabeled, reason, None, day, day)


def watched(monkeypatch: pytest.MonkeyPatch, *jobs: Job | BaseException) -> dict[str, Any]:
    """Let the watched job go through ``jobs``; gives what was asked for."""
    asked: dict[str, Any] = {}

    def watch(name: str, **options: Any) -> Iterator[Job]:
        asked.update(options, name=name)
        for item in jobs:
            if isinstance(item, BaseException):
                raise item
            yield item

    monkeypatch.setattr(follow, "watch", watch)
    return asked


def one_line(captured: Any) -> str:
    lines: list[str] = captured.err.strip().splitlines()
    assert len(lines) == 1, captured.err
    return lines[0]


@pytest.mark.usefixtures("no_network")
def test_render_writes_the_request_and_its_files_the_same_each_time(
    tmp_path: Path, stack: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    contents = []
    for folder in (tmp_path / "one", tmp_path / "two"):
        assert run(["job", "render", str(EXAMPLE), "--stack", str(stack), "--output", str(folder)]) == 0
        contents.append({path.name: path.read_bytes() for path in folder.iterdir()})
    assert contents[0] == contents[1]
    assert contents[0].keys() == {"job.json", "label-categories.json", "template.liquid"}
    assert json.loads(contents[0]["job.json"])["LabelingJobName"] == "chest-ct"
    assert str(tmp_path / "one" / "job.json") in capsys.readouterr().out.splitlines()


@pytest.mark.usefixtures("no_network")
def test_a_job_that_could_not_be_launched_is_not_written(tmp_path: Path) -> None:
    spec = write_spec(tmp_path, workers__workteam_arn=PUBLIC)
    assert run(["job", "render", str(spec), "--output", str(tmp_path / "out")]) == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("no_network")
def test_check_says_what_was_checked(stack: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["job", "check", str(EXAMPLE), "--stack", str(stack), "--offline"]) == 0
    out = capsys.readouterr().out
    for what in ("spec", "service model", "documented rules", "public or vendor workteam"):
        assert what in out
    assert "rules hold" in out
    assert "nothing is in the way, as far as that can be told offline" in out


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize("action", ["check", "launch"])
@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        ({"workers__workteam_arn": PUBLIC}, 1, "refused: workers.workteam_arn: "),
        ({"workers__workteam_arn": PUBLIC.replace("public", "vendor")}, 1, "refused: workers.workteam_arn: "),
        ({"output__kms_key_arn": None}, 1, "refused: output.kms_key_arn: is missing"),
        ({"output__kms_key_arn": "alias/labels"}, 1, "refused: output.kms_key_arn: "),
        ({"name": "chest_ct"}, 2, "name: must match the pattern"),
        ({"output__label_attribute": "boxes-ref"}, 2, "output.label_attribute: "),
        ({"workers__per_object": 12}, 2, "workers.per_object: must be a whole number between 1 and 9"),
        ({"role_arn": "${stack.role}"}, 2, "role_arn: ${stack.role} is not an output of the stack"),
        ({"labels": ["a", "a"]}, 2, 'labels: "a" stands there 2 times'),
    ],
)
def test_a_bad_spec_is_one_line_and_an_exit_code_before_anybody_is_asked(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    action: str,
    changes: dict[str, Any],
    code: int,
    message: str,
) -> None:
    spec = write_spec(tmp_path, **changes)
    assert run(["job", action, str(spec)]) == code
    captured = capsys.readouterr()
    assert one_line(captured).startswith(f"gtctl: {spec}: {message}")
    assert captured.out == ""


@pytest.mark.usefixtures("no_network")
def test_a_request_by_hand_goes_through_the_same_refusals(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    request = rendered().request
    request["HumanTaskConfig"]["PublicWorkforceTaskPrice"] = {"AmountInUsd": {"Cents": 4}}
    request["LabelCategoryConfigS3Uri"] = "s3://clinic-labels/own/labels.json"
    request["HumanTaskConfig"]["UiConfig"]["UiTemplateS3Uri"] = "s3://clinic-labels/own/page.liquid"
    path = tmp_path / "job.json"
    path.write_text(json.dumps(request))
    for action in ("check", "launch"):
        assert run(["job", action, "--request", str(path)]) == 1
        message = f"gtctl: {path}: refused: HumanTaskConfig.PublicWorkforceTaskPrice: "
        assert one_line(capsys.readouterr()).startswith(message)


@pytest.mark.parametrize("arguments", [[], ["SPEC", "--request", "SPEC"], ["--request", "SPEC", "--stack", "SPEC"]])
def test_a_job_is_given_in_one_way(tmp_path: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    spec = str(write_spec(tmp_path))
    assert run(["job", "check", *(spec if argument == "SPEC" else argument for argument in arguments)]) == 2
    assert "--request FILE" in capsys.readouterr().err


def test_warnings_go_to_stderr(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = write_spec(tmp_path, labels=[f"l{n}" for n in range(11)])
    assert run(["job", "check", str(spec), "--offline"]) == 0
    assert one_line(capsys.readouterr()).startswith(f"warning: {spec}: labels: there are 11")


@pytest.mark.parametrize(("already_there", "said"), [(False, "launched"), (True, "already launched")])
def test_launch_prints_name_and_arn(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    already_there: bool,
    said: str,
) -> None:
    job = LaunchedJob("chest-ct", ARN, "us-east-1", already_there)
    monkeypatch.setattr(sequence, "run", lambda *_: iter([Launched("chest-ct", "us-east-1", [job])]))
    assert run(["job", "launch", str(write_spec(tmp_path))]) == 0
    assert capsys.readouterr().out == f"{said} chest-ct: {ARN}\n"


def test_launch_and_wait_follows_the_job_in_its_own_region(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def launched(_steps: Any, _options: Any, follow: Callable[[str, str], None]) -> Iterator[Launched]:
        yield Launched("chest-ct", "eu-west-1", [LaunchedJob("chest-ct", ARN, "eu-west-1", already_there=False)])
        follow("chest-ct", "eu-west-1")

    monkeypatch.setattr(sequence, "run", launched)
    asked = watched(monkeypatch, job("InProgress", 1, 0, 1), job("Completed", 2))
    arguments = ["job", "launch", str(write_spec(tmp_path)), "--wait", "--interval", "2", "--timeout", "9"]
    assert run(arguments) == 0
    assert asked == {"name": "chest-ct", "region": "eu-west-1", "interval": 2, "timeout": 9}
    captured = capsys.readouterr()
    assert captured.out.splitlines()[-1] == "chest-ct: Completed (2 labeled, 0 failed, 0 unlabeled)"


def test_watch_prints_a_line_for_every_change_and_ends_well(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    going = job("InProgress", 1, 0, 1)
    watched(monkeypatch, job("Initializing"), going, going, job("Completed", 2))
    assert run(["job", "watch", "chest-ct"]) == 0
    captured = capsys.readouterr()
    first, second = captured.err.splitlines()
    assert first == "chest-ct: Initializing (0 labeled, 0 failed, 0 unlabeled)  0.00 USD so far"
    assert second.startswith("chest-ct: InProgress (1 labeled, 0 failed, 1 unlabeled)  ")
    assert second.endswith(" left, 0.08 USD so far")
    assert captured.out == "chest-ct: Completed (2 labeled, 0 failed, 0 unlabeled)\n"


def test_on_a_terminal_watch_draws_a_bar_on_stderr(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    watched(monkeypatch, job("Initializing"), job("InProgress", 1, 0, 1), job("Completed", 2))
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    assert run(["job", "watch", "chest-ct"]) == 0
    captured = capsys.readouterr()
    assert "\x1b[" in captured.err
    assert "2/2" in captured.err
    assert captured.out == "chest-ct: Completed (2 labeled, 0 failed, 0 unlabeled)\n"


@pytest.mark.parametrize(
    ("last", "message"),
    [
        (job("Failed", reason="ClientError: no manifest"), "ended as Failed: ClientError: no manifest (0 labeled"),
        (job("Stopped", 1, 0, 1), "ended as Stopped (1 labeled, 0 failed, 1 unlabeled)"),
        (job("Completed", 1, 1), "ended as Completed (1 labeled, 1 failed, 0 unlabeled)"),
        (job("Completed", 1, 0, 1), "ended as Completed (1 labeled, 0 failed, 1 unlabeled)"),
    ],
)
def test_watch_ends_badly_with_the_job(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], last: Job, message: str
) -> None:
    watched(monkeypatch, last)
    assert run(["job", "watch", "chest-ct"]) == 1
    assert message in one_line(capsys.readouterr())


def test_ctrl_c_leaves_the_job_alone_and_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    watched(monkeypatch, job("InProgress", 1, 0, 1), KeyboardInterrupt())
    assert run(["job", "watch", "chest-ct"]) == 130
    assert capsys.readouterr().err.splitlines()[-1] == "stopped watching; the job goes on: gtctl job watch chest-ct"


def test_a_timeout_is_the_environments_failure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    watched(monkeypatch, EnvironmentFailed("chest-ct is still InProgress after 5 s"))
    assert run(["job", "watch", "chest-ct", "--timeout", "5"]) == 3
    assert "still InProgress" in one_line(capsys.readouterr())


def test_status_is_for_people_or_for_scripts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    described = job("Failed", 1, 1, reason="broken")
    monkeypatch.setattr(follow, "describe", lambda name, region: described)
    assert run(["job", "status", "chest-ct"]) == 0
    text = capsys.readouterr().out
    assert "1 labeled, 1 failed, 0 unlabeled" in text
    assert "broken" in text
    assert run(["job", "status", "chest-ct", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == described.as_json()


def test_list_is_for_people_or_for_scripts(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    asked = []

    def list_jobs(status: str | None, region: str | None) -> Iterator[Job]:
        asked.append((status, region))
        yield job("Completed", 2)

    monkeypatch.setattr(follow, "list_jobs", list_jobs)
    assert run(["job", "list", "--status", "Completed", "--region", "eu-west-1"]) == 0
    assert capsys.readouterr().out.split()[:3] == ["2026-11-24T09:00:00", "Completed", "chest-ct"]
    assert run(["job", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"schema_version": 1, "jobs": [job("Completed", 2).as_json()]}
    assert asked == [("Completed", "eu-west-1"), (None, None)]


def test_a_status_that_does_not_exist_is_bad_usage() -> None:
    assert run(["job", "list", "--status", "Running"]) == 2


def test_stop_says_what_became_of_the_job(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(follow, "stop", lambda name, region: job("Stopping", 1, 0, 1))
    assert run(["job", "stop", "chest-ct"]) == 0
    assert capsys.readouterr().out == "chest-ct: Stopping (1 labeled, 0 failed, 1 unlabeled)\n"


def test_schema_prints_the_published_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["job", "schema"]) == 0
    published = EXAMPLE.parent.parent / "job-spec.schema.json"
    assert capsys.readouterr().out == published.read_text()


@pytest.mark.parametrize("action", ["render", "check", "launch", "status", "list", "stop", "watch", "schema"])
def test_every_command_explains_itself_with_an_example(action: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["job", action, "--help"]) == 0
    assert f"gtctl job {action}" in capsys.readouterr().out
