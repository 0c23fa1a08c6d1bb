"""gtctl audit, as people and pipelines call it."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from gtctl.cli import run

PUBLIC = "arn:aws:sagemaker:us-east-1:394669845002:workteam/public-crowd/default"
FLOW = f"""\
resource "aws_sagemaker_flow_definition" "x" {{
  human_loop_config {{
    workteam_arn = "{PUBLIC}"
  }}
}}
"""
Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "repository"
    (folder / ".git").mkdir(parents=True)
    monkeypatch.chdir(folder)
    (folder / "main.tf").write_text(FLOW)
    return folder


def audit(*arguments: str) -> int:
    return run(["audit", "--no-checkov", "--select", "GT101", *arguments])


def test_the_text_report_goes_to_the_terminal_and_the_exit_code_says_that_it_failed(capsys: Captured) -> None:
    assert audit() == 1
    said = capsys.readouterr()
    assert f"observed: {PUBLIC}" in said.out and "gtctl audit FAILED: 1 failed, 1 unknown" in said.out
    assert (said.err, "\x1b" in said.out) == ("", False)


def test_every_format_can_be_printed_or_written(here: Path, capsys: Captured) -> None:
    assert audit("--format", "json") == 1
    document = json.loads(capsys.readouterr().out)
    assert document["audit"]["scope"]["paths"] == ["."]
    assert audit("--format", "json", "--output", "out/report.json") == 1
    assert json.loads((here / "out" / "report.json").read_text())["summary"] == document["summary"]
    assert "out/report.json: the report as json" in capsys.readouterr().out


def test_reports_of_every_format_and_a_bundle_come_from_one_run_with_a_screen_of_summary(
    here: Path, capsys: Captured
) -> None:
    assert audit("--report-dir", "build", "--bundle", "build/evidence.zip") == 1
    said = capsys.readouterr().out
    assert len(said.splitlines()) < 24 and max(map(len, said.splitlines())) < 180
    assert "GT101" in said and "HIPAA" in said and "build/report.html" in said
    assert {file.name for file in (here / "build").iterdir()} == {
        *("report.html", "report.json", "report.txt", "report.md", "report.csv", "report.sarif", "report.junit.xml"),
        *("report.oscal.json", "report.ocsf.json", "evidence.zip"),
    }
    assert "\x1b" not in (here / "build" / "report.txt").read_text()
    assert run(["audit", "verify", "build/evidence.zip"]) == 0


def test_the_same_audit_gives_the_same_bundle_byte_for_byte(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    for name in ("a.zip", "b.zip"):
        assert audit("main.tf", "--bundle", f"../{name}", "--format", "csv") == 1
    assert (here.parent / "a.zip").read_bytes() == (here.parent / "b.zip").read_bytes()


def test_a_bundle_is_chained_to_the_one_before(here: Path, capsys: Captured) -> None:
    audit("--bundle", "1.zip")
    audit("--bundle", "2.zip", "--previous", "1.zip")
    assert run(["audit", "verify", "2.zip", "--previous", "1.zip"]) == 0
    assert "Follows 1.zip" in capsys.readouterr().out
    assert run(["audit", "verify", "1.zip", "--previous", "2.zip"]) == 1
    assert "does not follow 2.zip" in capsys.readouterr().err


def test_a_bundle_that_was_tampered_with_is_no_base_for_the_next(here: Path, capsys: Captured) -> None:
    audit("--bundle", "1.zip")
    with zipfile.ZipFile("1.zip", "a") as archive:
        archive.writestr("evidence/more.jsonl", "")
    assert audit("--bundle", "2.zip", "--previous", "1.zip") == 1
    assert "evidence/more.jsonl was added" in capsys.readouterr().err
    assert not (here / "2.zip").exists()


def test_severity_and_strictness_decide_the_exit_code(here: Path) -> None:
    (here / "gtctl.toml").write_text('severity = { GT101 = "medium" }\n')
    assert audit("--fail-on", "high") == 0
    assert audit("--fail-on", "medium") == 1
    # What checkov would have said is unknown, and that is grave.
    assert audit("--fail-on", "high", "--strict") == 1


def test_what_is_new_since_an_earlier_report_is_told(here: Path, capsys: Captured) -> None:
    audit("--format", "json", "--output", "../before.json")
    (here / "more.tf").write_text(FLOW.replace('"x"', '"y"'))
    capsys.readouterr()
    assert audit("--baseline", "../before.json") == 1
    assert "Since ../before.json: 1 new, 0 fixed, 2 unchanged" in capsys.readouterr().out


def test_the_policy_for_the_auditor_is_printed(capsys: Captured) -> None:
    assert run(["audit", "--print-policy"]) == 0
    policy = json.loads(capsys.readouterr().out)
    actions = {action for statement in policy["Statement"] for action in statement["Action"]}
    assert "sagemaker:DescribeLabelingJob" in actions
    assert not [action for action in actions if action.split(":")[1].startswith(("Create", "Update", "Put", "Delete"))]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "nowhere"),
        (["--region", "us-east-1"], "--region goes with --live"),
        (["--previous", "main.tf"], "--previous goes with --bundle"),
        (["--sign-key", "x"], "--sign-key goes with --bundle"),
        (["--bundle", "b.zip", "--sign-key", "main.tf"], "main.tf: is no private key"),
        (["--bundle", "b.zip", "--previous", "main.tf"], "main.tf: is no zip file"),
        (["--baseline", "main.tf"], "main.tf: is no JSON report"),
        (["--attestations", "main.tf"], "main.tf"),
        (["--fail-on", "never"], "never"),
    ],
)
def test_what_makes_no_sense_is_one_line_before_anything_is_done(
    here: Path, capsys: Captured, arguments: list[str], said: str
) -> None:
    assert audit("--report-dir", "out", *arguments) == 2
    assert said in capsys.readouterr().err
    assert not (here / "out" / "report.html").exists() and not (here / "b.zip").exists()


def test_a_disk_that_refuses_is_told_before_the_work_is_done(here: Path, capsys: Captured) -> None:
    (here / "file").write_text("")
    assert audit("--report-dir", "file/below") == 3
    assert "cannot write to file/below" in capsys.readouterr().err


def test_without_credentials_a_live_audit_ends_in_one_line(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    assert run(["audit", "--live"]) == 3
    error = capsys.readouterr().err
    assert error.startswith("gtctl: no AWS credentials") and error.count("\n") == 1


def test_a_folder_called_verify_can_be_audited(here: Path, capsys: Captured) -> None:
    (here / "verify").mkdir()
    (here / "verify" / "main.tf").write_text(FLOW)
    assert audit("./verify", "--format", "json") == 1
    assert "verify/main.tf" in {finding["file"] for finding in json.loads(capsys.readouterr().out)["findings"]}


def test_the_help_says_what_verify_proves(capsys: Captured) -> None:
    assert run(["audit", "--help"]) == 0
    assert "gtctl audit verify" in capsys.readouterr().out
    assert run(["audit", "verify", "--help"]) == 0
    assert "Usage: gtctl audit verify" in capsys.readouterr().out


def test_the_help_needs_none_of_what_is_heavy() -> None:
    heavy = ("boto3", "jinja2", "rich", "yaml", "cryptography")
    code = (
        f"import sys; from gtctl.cli import run; run(['audit', '-h']); print([m for m in {heavy} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
