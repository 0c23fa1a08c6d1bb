"""`make audit` on the applied sandbox: nothing fails, every format is valid, the bundle verifies."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest

from gtctl.audit.bundle.verifying import verify
from tests.e2e.conftest import Gtctl

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

ROOT = Path(__file__).parent.parent.parent
# Checkov takes 20 s for it; that it is run, and merged, is tested where it is run.
ARGUMENTS = ("sandbox", "sandbox", "--target", "sandbox", "--env", "sandbox", "--", "--no-checkov")


def make_audit(home: Path, out: Path) -> subprocess.CompletedProcess[str]:
    """What ``make audit`` runs, into a folder of its own."""
    program = out.parent / "gtctl"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m gtctl "$@"\n')
    program.chmod(0o755)
    return subprocess.run(
        ["bash", str(ROOT / "scripts" / "audit"), *ARGUMENTS],
        env=os.environ | {"GTCTL_HOME": str(home), "GTCTL": str(program), "AUDIT_DIR": str(out)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def out(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the reports of the audited stack are."""
    folder = tmp_path_factory.mktemp("audit") / "out"
    folder.mkdir()
    done = make_audit(home, folder)
    assert done.returncode == 0, done.stdout + done.stderr
    (folder / "stdout").write_text(done.stdout)
    return folder


@pytest.fixture(scope="module")
def report(out: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((out / "report.json").read_text())
    return document


def test_nothing_of_the_applied_stack_fails(report: dict[str, Any]) -> None:
    assert report["summary"]["failed"] == 0 and report["summary"]["passed"] > 300
    scope = report["audit"]["scope"]
    assert set(scope["sources"]) == {"hcl", "plan", "live"} and scope["accounts"] == ["123456789012"]
    assert [gap["why"] for gap in scope["gaps"]] == ["left out (--no-checkov)"]


def test_nothing_of_the_account_is_unknown(report: dict[str, Any]) -> None:
    unknown = [each for each in report["findings"] if each["verdict"] == "UNKNOWN" and not each["waiver"]]
    assert [each["rule_id"] for each in unknown if each["source"] in ("live", "plan")] == []


def test_code_and_account_agree(report: dict[str, Any]) -> None:
    assert report["audit"]["drift"] == []


def test_what_the_sandbox_leaves_out_is_waived_and_nothing_else_is(report: dict[str, Any]) -> None:
    waived = {each["rule_id"] for each in report["findings"] if each["waiver"] and each["source"] == "live"}
    assert waived == {"GT114", "GT310", "GT312"}
    assert not [each for each in report["findings"] if each["rule_id"] in ("GT002", "GT003", "GT004")]


def test_the_outcome_fits_on_a_screen(out: Path) -> None:
    lines = (out / "stdout").read_text().splitlines()
    assert lines[0].startswith("gtctl audit passed: 0 failed") and len(lines) < 30


def test_the_plan_with_its_secrets_is_gone(home: Path, out: Path) -> None:
    assert not list((home / "audit").iterdir())
    assert not [file for file in out.rglob("*") if "plan" in file.name]


def test_every_format_is_valid(out: Path, report: dict[str, Any]) -> None:
    from trestle.oscal.assessment_results import AssessmentResults

    schemas = {
        "report.json": ROOT / "gtctl" / "audit" / "report" / "report.schema.json",
        "report.sarif": ROOT / "tests" / "audit" / "report" / "sarif-2.1.0.schema.json",
    }
    for name, schema in schemas.items():
        jsonschema.Draft202012Validator(json.loads(schema.read_bytes())).validate(json.loads((out / name).read_text()))
    assert AssessmentResults.oscal_read(out / "report.oscal.json") is not None
    number = len(report["findings"])
    assert len(json.loads((out / "report.ocsf.json").read_text())) == number
    with (out / "report.csv").open(newline="") as stream:
        assert len(list(csv.DictReader(stream))) == number
    suites = ElementTree.parse(out / "report.junit.xml").getroot()  # noqa: S314
    assert (suites.get("failures"), suites.get("tests")) == ("0", str(number))
    for name in ("report.html", "report.md", "report.txt"):
        assert "123456789012" in (out / name).read_text()


def test_the_bundle_holds_the_evidence_and_verifies(out: Path, report: dict[str, Any]) -> None:
    found = verify(out / "evidence.zip")
    evidence = {name for name in found.manifest.files if name.startswith("evidence/")}
    assert evidence == {f"evidence/{source}.jsonl" for source in report["audit"]["scope"]["sources"]}
    with zipfile.ZipFile(out / "evidence.zip") as archive:
        live = [json.loads(line) for line in archive.read("evidence/live.jsonl").splitlines()]
    assert len(live) == report["audit"]["scope"]["sources"]["live"]
    assert {"aws_s3_bucket", "aws_kms_key", "aws_sagemaker_workteam"} <= {each["type"] for each in live}


def test_tampering_with_the_bundle_is_named(out: Path, tmp_path: Path, gtctl: Gtctl) -> None:
    with zipfile.ZipFile(out / "evidence.zip") as archive, zipfile.ZipFile(tmp_path / "t.zip", "w") as changed:
        for name in archive.namelist():
            content = archive.read(name)
            changed.writestr(name, content.replace(b"aws:kms", b"AES256") if name == "evidence/live.jsonl" else content)
    done = gtctl("audit", "verify", str(tmp_path / "t.zip"))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1 and "evidence/live.jsonl was changed" in done.stderr


def test_the_next_audit_is_compared_and_chained(
    home: Path, out: Path, client: Any, gtctl: Gtctl, tmp_path: Path
) -> None:
    client("kms").disable_key_rotation(KeyId=json.loads(gtctl("infra", "output", "--json", "scans_kms_key_arn").stdout))
    config = str(ROOT / "terraform" / "environments" / "sandbox.toml")
    options = ["--baseline", str(out / "report.json"), "--previous", str(out / "evidence.zip")]
    files = ["--bundle", str(tmp_path / "next.zip"), "--report-dir", str(tmp_path)]
    done = gtctl("audit", "--live", "--config", config, *options, *files)
    assert done.returncode == 1, done.stderr
    comparison = json.loads((tmp_path / "report.json").read_text())["audit"]["comparison"]
    assert [(each["rule_id"], each["source"]) for each in comparison["new"]] == [("GT210", "live")]
    # Nobody looked at the files again, so nothing in them is known to be fixed.
    assert comparison["fixed"] == []
    assert verify(tmp_path / "next.zip", previous=out / "evidence.zip").chained
