"""gtctl check, as people and hooks call it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from gtctl.audit import settings
from gtctl.cli import run

PUBLIC = "arn:aws:sagemaker:us-east-1:394669845002:workteam/public-crowd/default"
PRIVATE = "arn:aws:sagemaker:us-east-1:111122223333:workteam/private-crowd/radiology"


def flow(workteam: str, name: str = "review", comment: str = "") -> str:
    return f"""\
resource "aws_sagemaker_flow_definition" "{name}" {{
  flow_definition_name = "{name}"
  human_loop_config {{
    {comment}
    workteam_arn = {workteam}
  }}
}}
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder: the top of a repository."""
    folder = tmp_path / "repository"
    (folder / ".git").mkdir(parents=True)
    monkeypatch.chdir(folder)
    return folder


def check(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    """Exit code and JSON report of a check of GT101."""
    code = run(["check", "--format", "json", "--select", "GT101", *arguments])
    report: dict[str, Any] = json.loads(capsys.readouterr().out)
    return code, report


def rule_ids(report: dict[str, Any]) -> list[str]:
    return [finding["rule_id"] for finding in report["findings"]]


def test_a_violation_is_reported_with_its_place_and_exit_code_1(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "main.tf").write_text(flow(f'"{PUBLIC}"'))
    code, report = check(capsys)
    [finding] = report["findings"]
    assert code == 1
    assert list(finding) == [
        "rule_id",
        "verdict",
        "severity",
        "resource",
        "source",
        "file",
        "line",
        "observed",
        "expected",
        "message",
        "remediation",
        "controls",
        "waiver",
        "also",
    ]
    assert (finding["rule_id"], finding["verdict"], finding["severity"]) == ("GT101", "FAIL", "critical")
    assert (finding["file"], finding["line"], finding["observed"]) == ("main.tf", 5, PUBLIC)
    assert finding["resource"] == "aws_sagemaker_flow_definition.review"
    assert report["schema_version"] == 1


def test_code_that_is_fine_gives_exit_code_0_and_no_finding(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "main.tf").write_text(flow(f'"{PRIVATE}"'))
    code, report = check(capsys)
    assert (code, report["findings"], report["summary"]["passed"]) == (0, [], 1)


def test_what_is_unknown_fails_only_a_strict_check(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "main.tf").write_text('variable "team" {}\n' + flow("var.team"))
    code, report = check(capsys)
    assert (code, [finding["verdict"] for finding in report["findings"]]) == (0, ["UNKNOWN"])
    assert check(capsys, "--strict")[0] == 1


def test_a_file_of_a_module_is_judged_with_its_callers_values_and_reported_alone(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "stack").mkdir()
    (here / "flow").mkdir()
    (here / "stack" / "main.tf").write_text(
        f'module "flow" {{\n  source = "../flow"\n  team = "{PUBLIC}"\n}}\n' + flow(f'"{PUBLIC}"', "other")
    )
    (here / "flow" / "main.tf").write_text('variable "team" {}\n' + flow("var.team"))
    code, report = check(capsys, "flow/main.tf")
    [finding] = report["findings"]
    assert (code, finding["file"], finding["verdict"]) == (1, "flow/main.tf", "FAIL")
    assert finding["resource"] == "module.flow.aws_sagemaker_flow_definition.review"


TERRAFORM_IN_JSON = json.dumps(
    {"resource": {"aws_sagemaker_flow_definition": {"review": {"human_loop_config": {"workteam_arn": PUBLIC}}}}}
)
JOB = json.dumps({"LabelingJobName": "ct", "HumanTaskConfig": {"WorkteamArn": PUBLIC}})
LAUNCH = f'client.create_labeling_job(HumanTaskConfig={{"WorkteamArn": "{PUBLIC}"}})\n'
SPOKEN = {
    "main.tf.json": TERRAFORM_IN_JSON.encode(),
    "main.tofu": flow(f'"{PUBLIC}"').encode(),
    "main.tofu.json": TERRAFORM_IN_JSON.encode(),
    "main.tf": b"\xef\xbb\xbf" + flow(f'"{PUBLIC}"').encode(),
    "jobs.jsonl": b"{}\n" + JOB.encode(),
    "jobs.ndjson": JOB.encode(),
    "job.json": JOB.encode("utf-16"),
    "job.yml": JOB.encode("utf-8-sig"),
    "job.yaml": JOB.encode("utf-16-le"),
    "launch.py": LAUNCH.encode("utf-8-sig"),
    "launch.ps1": f"aws sagemaker create-labeling-job --human-task-config WorkteamArn={PUBLIC}".encode("utf-16"),
    "launch": b"#!/usr/bin/env python3\n" + LAUNCH.encode(),
    ".github/workflows/label.yml": JOB.encode(),
}


@pytest.mark.parametrize("name", SPOKEN)
def test_a_violation_is_found_in_whatever_file_it_stands(
    here: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    (here / name).parent.mkdir(parents=True, exist_ok=True)
    (here / name).write_bytes(SPOKEN[name])
    for paths in ((), (name,)):
        code, report = check(capsys, *paths)
        assert (code, rule_ids(report), report["findings"][0]["file"]) == (1, ["GT101"], name)


def test_what_is_no_file_is_not_waited_for(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("pipe", "pipe.json"):
        os.mkfifo(here / name)
    assert check(capsys)[0] == 0


def test_a_broken_file_is_a_finding_and_the_rest_is_still_checked(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "broken.tf").write_text('resource "aws_s3_bucket" "x" {\n  bucket = \n}\n')
    (here / "main.tf").write_text(flow(f'"{PUBLIC}"'))
    (here / "job.json").write_text('{"HumanTaskConfig": ')
    code, report = check(capsys)
    assert code == 1
    assert sorted(rule_ids(report)) == ["GT001", "GT001", "GT101"]


@pytest.mark.parametrize("cached", [True, False])
@pytest.mark.parametrize(
    ("reader", "file"),
    [("code.read", "launch.py"), ("job.read", "job.json"), ("hcl._read", "main.tf"), ("hcl.code.Code", "main.tf")],
)
def test_a_file_that_a_reader_trips_over_is_a_finding_and_the_rest_is_still_checked(
    here: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    reader: str,
    file: str,
    cached: bool,
) -> None:
    def trip(*_: object, **__: object) -> object:
        raise AttributeError("patient Doe^John")

    (here / "main.tf").write_text(flow(f'"{PUBLIC}"'))
    (here / "job.json").write_text(json.dumps({"HumanTaskConfig": {"WorkteamArn": PUBLIC}}))
    (here / "launch.py").write_text(
        f'boto3.client("sagemaker").create_labeling_job(HumanTaskConfig={{"A": "{PUBLIC}"}})'
    )
    options = [] if cached else ["--no-cache"]
    with monkeypatch.context() as patch:
        patch.setattr(f"gtctl.audit.evidence.{reader}", trip)
        code, report = check(capsys, *options)
    assert code == 1
    [tripped] = [each for each in report["findings"] if each["rule_id"] == "GT001"]
    assert (tripped["file"], tripped["verdict"]) == (file, "FAIL")
    assert "AttributeError" in tripped["observed"] and "Doe" not in json.dumps(report)
    assert rule_ids(report).count("GT101") == 2
    assert rule_ids(check(capsys, *options)[1]) == ["GT101"] * 3


def test_files_about_something_else_are_not_read_as_jobs(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "package.json").write_text("{ not even json")
    (here / "values.yaml").write_text("a: [1")
    assert check(capsys) == (0, check(capsys)[1])
    assert check(capsys)[1]["summary"]["files"] == 0


def test_a_path_or_rule_that_is_not_there_is_bad_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "nowhere"]) == 2
    assert run(["check", "--select", "GT999"]) == 2
    assert "nowhere" in capsys.readouterr().err


def test_the_text_report_says_what_was_seen_what_was_expected_and_what_to_do(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "main.tf").write_text(flow(f'"{PUBLIC}"'))
    assert run(["check", "--select", "GT101"]) == 1
    text = capsys.readouterr().out
    for part in ("main.tf", "GT101", "critical", f"observed: {PUBLIC}", "expected: ", "fix: ", "1 failed"):
        assert part in text
    assert "\x1b" not in text


def test_a_report_can_be_written_to_a_file(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "--format", "json", "--output", "out/report.json"]) == 0
    assert json.loads((here / "out" / "report.json").read_text())["findings"] == []
    assert capsys.readouterr().out == ""


# Waivers


def test_a_comment_with_a_reason_waives_its_rule_on_the_resource_it_stands_in(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "inside.tf").write_text(flow(f'"{PUBLIC}"', "inside", "# gtctl:waive=GT101 images of cats"))
    (here / "above.tf").write_text("# gtctl:waive=GT101 images of dogs\n# more\n" + flow(f'"{PUBLIC}"', "above"))
    (here / "other.tf").write_text(flow(f'"{PUBLIC}"', "other"))
    code, report = check(capsys)
    assert code == 1
    waived = {finding["file"]: finding["waiver"] and finding["waiver"]["reason"] for finding in report["findings"]}
    assert waived == {"inside.tf": "images of cats", "above.tf": "images of dogs", "other.tf": None}


@pytest.mark.parametrize(
    ("comment", "team", "rule"),
    [("# gtctl:waive=GT101", PUBLIC, "GT004"), ("# gtctl:waive=GT101 images of cats", PRIVATE, "GT003")],
)
def test_a_comment_without_a_reason_or_without_a_finding_is_a_finding(
    here: Path, capsys: pytest.CaptureFixture[str], comment: str, team: str, rule: str
) -> None:
    (here / "main.tf").write_text(flow(f'"{team}"', comment=comment))
    code, report = check(capsys)
    assert code == 1
    assert rule in rule_ids(report)


def waiver(resource: str, expires: str) -> str:
    return f"""\
[[waiver]]
rule = "GT101"
resource = "{resource}"
owner = "Dr. Lee"
reason = "published images"
expires = {expires}
"""


def test_a_waiver_of_the_settings_covers_what_its_pattern_fits_until_its_day(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "main.tf").write_text(flow(f'"{PUBLIC}"'))
    (here / "gtctl.toml").write_text(waiver("aws_sagemaker_flow_definition.*", "2999-01-01"))
    code, report = check(capsys)
    assert code == 0
    assert report["findings"][0]["waiver"] == {
        "owner": "Dr. Lee",
        "reason": "published images",
        "expires": "2999-01-01",
    }
    (here / "gtctl.toml").write_text(waiver("aws_sagemaker_flow_definition.*", "2020-01-01"))
    code, report = check(capsys)
    assert code == 1
    assert sorted(rule_ids(report)) == ["GT002", "GT101"]


def test_a_waiver_that_fits_nothing_is_a_finding_when_a_whole_folder_is_checked(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "main.tf").write_text(flow(f'"{PRIVATE}"'))
    (here / "gtctl.toml").write_text(waiver("*.gone", "2999-01-01"))
    assert rule_ids(check(capsys)[1]) == ["GT003"]
    assert rule_ids(check(capsys, "main.tf")[1]) == []


# Settings


def test_settings_change_severities_and_leave_paths_out(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "examples").mkdir()
    (here / "examples" / "main.tf").write_text(flow(f'"{PUBLIC}"'))
    (here / "main.tf").write_text(flow(f'"{PUBLIC}"'))
    (here / "pyproject.toml").write_text('[tool.gtctl]\nexclude = ["examples"]\nseverity = { GT101 = "low" }\n')
    _, report = check(capsys)
    assert [(finding["file"], finding["severity"]) for finding in report["findings"]] == [("main.tf", "low")]
    assert check(capsys, "--severity", "medium")[0] == 0


def test_settings_are_those_of_the_code_wherever_it_is_checked_from(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    low, none = 'severity = { GT101 = "low" }\n', ""
    for folder, text in (("", low), ("stack", none), ("stack/inner", none)):
        (here / folder).mkdir(exist_ok=True)
        (here / folder / "main.tf").write_text(flow(f'"{PUBLIC}"'))
        if text:
            (here / folder / "gtctl.toml").write_text(text)

    def severities(*paths: str) -> set[str]:
        return {finding["severity"] for finding in check(capsys, *paths)[1]["findings"]}

    assert severities("stack/inner/main.tf", "stack/main.tf") == severities("stack") == {"low"}
    monkeypatch.chdir(here.parent)
    assert severities("repository/stack") == {"low"}
    monkeypatch.chdir(here / "stack")
    assert severities() == severities("inner") == severities("../main.tf", "inner/main.tf") == {"low"}
    # Of two, the nearer one; for what lies in several folders, that of all of them.
    (here / "stack" / "gtctl.toml").write_text('severity = { GT101 = "medium" }\n')
    assert severities() == severities("inner") == {"medium"}
    assert severities("../main.tf", "inner/main.tf") == {"low"}


def test_excluded_paths_are_relative_to_the_settings(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "stack" / "vendor").mkdir(parents=True)
    (here / "stack" / "vendor" / "main.tf").write_text(flow(f'"{PUBLIC}"'))
    (here / "gtctl.toml").write_text('exclude = ["stack/vendor"]\n')
    for folder, path in (
        (here, "."),
        (here, "stack/vendor/main.tf"),
        (here / "stack", "."),
        (here.parent, "repository"),
    ):
        monkeypatch.chdir(folder)
        assert check(capsys, path)[1]["summary"]["files"] == 0


def test_violations_on_data_declared_public_are_low(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    job = {
        "LabelingJobName": "cats",
        "InputConfig": {"DataSource": {"S3DataSource": {"ManifestS3Uri": "s3://cats/input.manifest"}}},
        "HumanTaskConfig": {"WorkteamArn": PUBLIC},
    }
    (here / "job.json").write_text(json.dumps(job))
    (here / "gtctl.toml").write_text('[classification]\n"*" = "phi"\n"cats" = "public"\n')
    assert [finding["severity"] for finding in check(capsys)[1]["findings"]] == ["low"]
    (here / "gtctl.toml").write_text('[classification]\n"cats" = "phi"\n')
    assert [finding["severity"] for finding in check(capsys)[1]["findings"]] == ["critical"]


NONSENSE = [
    'wrong = "x"',
    'exclude = "x"',
    'severity = { GT101 = "huge" }',
    'classification = { scans = "secret" }',
    "own_accounts = [111122223333]",
    "[[waiver]]\nrule = 'GT101'",
    waiver(" ", "2999-01-01"),
]
SENSE = [
    "",
    'exclude = ["examples"]\nown_accounts = ["111122223333"]\nallowed_workteams = ["*/private-crowd/*"]',
    '[classification]\n"s3://scans/ct/*" = "phi"\n[severity]\nGT101 = "low"',
    waiver("*", "2999-01-01"),
]


@pytest.mark.parametrize("text", [*NONSENSE, "not toml", waiver("*", '"2999-01-01"')])
def test_settings_that_make_no_sense_are_bad_usage(here: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    (here / "gtctl.toml").write_text(text)
    assert run(["check"]) == 2
    assert "gtctl.toml" in capsys.readouterr().err


@pytest.mark.parametrize(("text", "good"), [(text, False) for text in NONSENSE] + [(text, True) for text in SENSE])
def test_the_published_schema_says_what_the_settings_take(here: Path, text: str, good: bool) -> None:
    schema = json.loads(Path(settings.__file__).with_name("settings.schema.json").read_text())
    document = json.loads(json.dumps(tomllib.loads(text), default=str))
    assert jsonschema.Draft202012Validator(schema).is_valid(document) is good
    (here / "gtctl.toml").write_text(text)
    if good:
        settings.load(here / "gtctl.toml")


# Speed


def test_a_check_imports_nothing_heavy(here: Path) -> None:
    (here / "main.tf").write_text(flow(f'"{PRIVATE}"'))
    script = (
        "import sys; from gtctl.cli import run; run(['check']); "
        "print(sorted({m.partition('.')[0] for m in sys.modules} & "
        "{'boto3','botocore','moto','pydicom','numpy','PIL','rich','jinja2','pydantic','yaml','regex','msgspec'}))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
