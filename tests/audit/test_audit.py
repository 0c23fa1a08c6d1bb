"""Audits of files: everything that is wrong, not proven or not looked at is in the report, masked."""

from __future__ import annotations

import datetime
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from gtctl.audit.audit import Wanted, audit
from gtctl.audit.check import Options
from gtctl.audit.model import Finding, Resource, Severity, Verdict
from gtctl.audit.outcome import Coverage
from gtctl.audit.report import Report
from gtctl.audit.settings import Settings, load
from gtctl.errors import BadInput

PUBLIC = "arn:aws:sagemaker:us-east-1:394669845002:workteam/public-crowd/default"
CODE = f"""\
variable "team" {{}}

resource "aws_sagemaker_flow_definition" "public" {{
  human_loop_config {{
    workteam_arn = "{PUBLIC}"
  }}
}}

resource "aws_sagemaker_flow_definition" "open" {{
  human_loop_config {{
    workteam_arn = var.team
  }}
}}

resource "aws_kms_key" "this" {{
  enable_key_rotation = true
  tags                = {{ patient = "DOE^JANE" }}
}}
"""
CHECKOV = """#!/bin/sh
cat <<END
{"check_type": "terraform", "summary": {"checkov_version": "9.9"}, "results": {"failed_checks": [
  {"check_id": "CKV_AWS_252", "check_name": "Ensure rotation", "check_result": {"evaluated_keys": ["x"]},
   "resource": "aws_kms_key.this", "file_abs_path": "FOLDER/main.tf", "file_line_range": [15, 18]}]}}
END
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "repository"
    (folder / ".git").mkdir(parents=True)
    monkeypatch.chdir(folder)
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    (folder / "main.tf").write_text(CODE)
    return folder


def audited(settings: Settings | None = None, select: Sequence[str] = ("GT101", "GT210"), **options: Any) -> Report:
    wanted: dict[str, Any] = {"paths": ["."], "checkov": False, "options": Options(select)} | options
    return audit(Wanted(**wanted), settings or Settings())


def by_rule(report: Report, rule_id: str) -> list[Finding]:
    return [each for each in report.findings if each.rule_id == rule_id]


def test_the_report_has_findings_coverage_and_scope(here: Path) -> None:
    report = audited()
    assert [each.verdict for each in by_rule(report, "GT101")] == [Verdict.FAIL, Verdict.UNKNOWN]
    assert (report.violated, report.passed, report.files) == (True, 1, 1)
    assert report.audit
    hipaa = next(each for each in report.audit.frameworks if each.key == "HIPAA")
    assert hipaa.count(Coverage.VIOLATED) and hipaa.count(Coverage.NOT_COVERED)
    assert any(each.passed == 1 for each in hipaa.requirements)
    scope = report.audit.scope
    assert (scope.paths, scope.sources, scope.accounts) == (["."], {"hcl": 3}, [])
    assert scope.started.tzinfo is datetime.UTC and scope.versions.keys() == {"gtctl", "python"}


def test_every_gap_is_a_finding_that_is_unknown_and_fails_a_strict_audit(here: Path) -> None:
    (here / "main.tf").write_text('resource "aws_kms_key" "this" {\n  enable_key_rotation = true\n}\n')
    report = audited()
    [gap] = by_rule(report, "GT005")
    assert gap.verdict is Verdict.UNKNOWN and "--no-checkov" in gap.observed
    assert report.audit and [each.why for each in report.audit.scope.gaps] == ["left out (--no-checkov)"]
    assert not report.violated
    assert audited(options=Options(("GT210",), strict=True)).violated


def test_a_gap_can_be_waived_as_anything_else(here: Path) -> None:
    (here / "gtctl.toml").write_text(
        '[[waiver]]\nrule = "GT005"\nresource = "checkov*"\nowner = "ciso@hospital.example"\nreason = "not used here"\n'
        "expires = 2999-01-01\n"
    )
    [gap] = by_rule(audited(load()), "GT005")
    assert gap.waiver == {"owner": "ciso@hospital.example", "reason": "not used here", "expires": "2999-01-01"}


def test_checkovs_checks_are_findings_and_counted(here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "checkov"
    program.write_text(CHECKOV.replace("FOLDER", str(here)))
    program.chmod(0o755)
    monkeypatch.setenv("GTCTL_CHECKOV", str(program))
    report = audited(checkov=True)
    [finding] = by_rule(report, "CKV_AWS_252")
    assert (finding.file, finding.line, finding.verdict) == ("main.tf", 15, Verdict.FAIL)
    assert report.rules["CKV_AWS_252"].title == "Ensure rotation"
    assert report.audit and report.audit.scope.versions["checkov"] == "9.9"
    assert report.audit.scope.sources["checkov"] == 1
    (here / "gtctl.toml").write_text(
        '[[waiver]]\nrule = "CKV_AWS_252"\nresource = "aws_kms_key.*"\nowner = "me"\nreason = "not ours"\n'
        "expires = 2999-01-01\n"
    )
    assert by_rule(audited(load(), checkov=True), "CKV_AWS_252")[0].waiver


def test_the_report_is_masked_and_what_it_rests_on_is_kept(here: Path) -> None:
    (here / "main.tf").write_text(CODE.replace('"this"', '"MRN1234567"'))

    class Kept:
        def __init__(self) -> None:
            self.resources: list[Resource] = []
            self.passes: list[Finding] = []

        def resource(self, resource: Resource) -> None:
            self.resources.append(resource)

        def passed(self, finding: Finding) -> None:
            self.passes.append(finding)

    kept = Kept()
    report = audit(Wanted(paths=["."], checkov=False, options=Options(with_passed=True)), Settings(), keep=kept)
    assert "aws_kms_key.[masked:MRN]" in {each.resource for each in report.findings}
    assert "MRN1234567" not in str(report.findings)
    assert {"aws_sagemaker_flow_definition.open", "aws_kms_key.MRN1234567"} <= {each.address for each in kept.resources}
    assert len(kept.passes) == report.passed


def test_only_what_is_grave_enough_fails() -> None:
    assert audited(fail_on=Severity.CRITICAL).violated
    assert not audited(Settings(severity={"GT101": "medium"}), fail_on=Severity.HIGH).violated


def test_an_earlier_report_tells_what_is_new(here: Path, tmp_path: Path) -> None:
    from gtctl.audit.report import writer

    before = tmp_path / "before.json"
    before.write_text(writer("json")(audited()))
    (here / "main.tf").write_text(CODE.replace('"public" {', '"renamed" {'))
    report = audited(baseline=before)
    assert report.audit and report.audit.comparison
    found = report.audit.comparison
    assert [each.resource.rpartition(".")[2] for each in found.new] == ["renamed"]
    assert [each["resource"].rpartition(".")[2] for each in found.fixed] == ["public"]
    assert {each.rule_id for each in found.unchanged} == {"GT005", "GT101"}
    assert found.baseline == str(before) and found.baseline_finished


def test_the_commit_is_that_of_the_checkout_of_the_paths(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert audited().audit.scope.commit == ""  # type: ignore[union-attr]
    (here / ".git").rmdir()
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.com"]
    for command in (["init", "-q"], ["add", "main.tf"], ["commit", "-q", "-m", "x"]):
        subprocess.run([*git, *command], check=True)
    head = subprocess.run(["git", "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    assert audited().audit.scope.commit == head  # type: ignore[union-attr]
    (here / "new.tf").write_text("")
    assert audited().audit.scope.commit == f"{head}+changes"  # type: ignore[union-attr]


def test_a_time_can_be_given_to_get_the_same_report_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    first, second = audited(), audited()
    assert first == second and first.audit and first.audit.scope.started.year == 2023
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "soon")
    with pytest.raises(BadInput, match="SOURCE_DATE_EPOCH=soon"):
        audited()


def test_no_paths_and_no_regions_look_at_nothing() -> None:
    report = audited(paths=[])
    assert (report.findings, report.passed, report.files) == ([], 0, 0)
