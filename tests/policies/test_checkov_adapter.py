"""policies/checkov: checkov says what gtctl check says, about the fixtures of every rule, in one run of checkov."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from gtctl.audit import registry
from gtctl.audit.check import Options, check
from gtctl.audit.model import Verdict
from gtctl.audit.settings import Settings
from tests.policies.fixtures import fixtures
from tests.policies.test_plans import Planned, plan_of_all  # noqa: F401

ROOT = Path(__file__).parent.parent.parent
CHECKOV = ROOT / ".venv-checkov" / "bin" / "checkov"
PUBLIC = "arn:aws:sagemaker:us-east-1:394669845002:workteam/public-crowd/default"
PRIVATE = "arn:aws:sagemaker:us-east-1:111122223333:workteam/private-crowd/radiology"
FRAMEWORKS = ("terraform", "terraform_plan", "json", "yaml")
GRAVEST_FIRST = [Verdict.FAIL, Verdict.UNKNOWN, Verdict.PASS]


class Judged(NamedTuple):
    """resource is "" for documents: checkov judges each as a whole."""

    rule: str
    file: str
    resource: str


def flow(name: str, workteam: str, comment: str = "") -> str:
    return f"""\
resource "aws_sagemaker_flow_definition" "{name}" {{
  {comment}
  human_loop_config {{
    workteam_arn = {workteam}
  }}
}}
"""


ELSEWHERE = {
    # Instances and modules: checkov and gtctl expand them each in its own way.
    "instances/main.tf": flow("two", f'"{PUBLIC}"', "count = 2")
    + flow("keyed", "each.value", f'for_each = {{ a = "{PUBLIC}", b = "{PUBLIC.replace("public", "private")}" }}')
    + 'variable "teams" {}\n'
    + flow("open", f'"{PUBLIC}"', "for_each = var.teams"),
    "modules/main.tf": f'module "a" {{\n  source = "./review"\n  team = "{PUBLIC}"\n}}\n'
    f'module "b" {{\n  source = "./review"\n  team = "{PRIVATE}"\n}}\n',
    "modules/review/main.tf": 'variable "team" {}\n' + flow("review", "var.team"),
    "waived/main.tf": flow("pilot", f'"{PUBLIC}"', "# gtctl:waive=GT101 pilot with public images"),
    "skipped/main.tf": flow("pilot", f'"{PUBLIC}"', "# checkov:skip=CKV_GT_101:pilot with public images"),
    # Documents, to checkov.
    **{
        f"{name.replace('.', '-')}/{name}": json.dumps(
            {"resource": {"aws_sagemaker_flow_definition": {"a": {"human_loop_config": {"workteam_arn": PUBLIC}}}}}
        )
        for name in ("main.tf.json", "main.tofu.json")
    },
    "list.json": json.dumps(["no", {"request": 1}]),
}


def run_checkov(
    folder: Path, *arguments: str, adapter: Path = ROOT / "policies" / "checkov", **environment: str
) -> tuple[list[dict[str, Any]], str]:
    """The reports of checkov with our rules only, and what it printed on stderr."""
    done = subprocess.run(
        [
            str(CHECKOV),
            *("-d", ".", "--external-checks-dir", str(adapter), "--check", "CKV_GT*"),
            *("--skip-download", "--output", "json", *arguments),
        ],
        cwd=folder,
        # Nothing of gtctl can be imported there but through the adapter.
        env={name: value for name, value in os.environ.items() if not name.startswith("PYTHON")} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    reports = json.loads(done.stdout)
    reports = reports if isinstance(reports, list) else [reports]
    return [report for report in reports if "results" in report], done.stderr


class Both(NamedTuple):
    """What each says, by resource without the keys of its instances; and what checkov skipped."""

    gtctl: dict[Judged, Verdict]
    checkov: dict[Judged, Verdict]
    skipped: dict[Judged, str]


@pytest.fixture(scope="module")
def both(plan_of_all: Planned, tmp_path_factory: pytest.TempPathFactory) -> Both:  # noqa: F811
    folder = tmp_path_factory.mktemp("checkov")
    for fixture in fixtures("hcl", "job"):
        if not readable(fixture.file):
            continue
        place = folder / fixture.name.replace(".", "-")
        place.mkdir()
        shutil.copy(fixture.file, place)
    (folder / "plan.json").write_bytes(plan_of_all.content)
    for name, text in ELSEWHERE.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        report = check(["."], Options(with_passed=True), Settings())
    ours: dict[Judged, Verdict] = {}
    for finding in report.findings:
        if finding.rule_id in {entry.rule.id for entry in registry.rules()} and not finding.waiver:
            is_document = finding.source == "job" or finding.file.endswith((".tf.json", ".tofu.json"))
            resource = "" if is_document else without_keys(finding.resource)
            # Of one document checkov shows the gravest verdict: where that is UNKNOWN, none.
            if resource == "" or finding.verdict is not Verdict.UNKNOWN:
                note(ours, Judged(finding.rule_id, finding.file, resource), finding.verdict)
    theirs: dict[Judged, Verdict] = {}
    skipped: dict[Judged, str] = {}
    # By default checkov starts processes for every folder; it takes several times as long.
    reports, _ = run_checkov(folder, "--framework", *FRAMEWORKS, CHECKOV_PARALLELIZATION_TYPE="none")
    for each in reports:
        for kind, verdict in (("failed_checks", Verdict.FAIL), ("passed_checks", Verdict.PASS)):
            for record in each["results"][kind]:
                note(theirs, judged(record, each["check_type"]), verdict)
        for record in each["results"]["skipped_checks"]:
            skipped[judged(record, each["check_type"])] = record["check_result"]["suppress_comment"]
    return Both(ours, theirs, skipped)


def readable(file: Path) -> bool:
    """Whether checkov hands a file to its rules at all: YAML with tags (!Sub) it leaves out."""
    try:
        return file.suffix not in (".yaml", ".yml") or bool(list(yaml.safe_load_all(file.read_bytes())))
    except yaml.YAMLError:
        return False


def judged(record: dict[str, Any], framework: str) -> Judged:
    resource = "" if framework in ("json", "yaml") else without_keys(record["resource"])
    return Judged(record["check_id"].replace("CKV_GT_", "GT"), record["file_path"].lstrip("/"), resource)


def without_keys(address: str) -> str:
    return re.sub(r"\[[^\]]*\]", "", address)


def note(verdicts: dict[Judged, Verdict], key: Judged, verdict: Verdict) -> None:
    verdicts[key] = min(verdicts.get(key, verdict), verdict, key=GRAVEST_FIRST.index)


@pytest.mark.e2e
def test_checkov_reports_every_verdict_of_gtctl_and_no_other(both: Both) -> None:
    decided = {key: verdict for key, verdict in both.gtctl.items() if verdict is not Verdict.UNKNOWN}
    skipped = {key for key in decided if key.file == "skipped/main.tf" and key.rule == "GT101"}
    assert {key: both.checkov.get(key) for key in decided if key not in skipped} == {
        key: verdict for key, verdict in decided.items() if key not in skipped
    }
    assert sorted(both.checkov.keys() - decided.keys()) == []


@pytest.mark.e2e
@pytest.mark.parametrize("entry", registry.rules(), ids=lambda entry: entry.rule.id)
def test_each_rule_fails_and_passes_in_checkov_for_each_source(entry: registry.Registered, both: Both) -> None:
    def source(file: str) -> str:
        return "plan" if file == "plan.json" else "hcl" if file.endswith(".tf") else "job"

    seen = {(source(key.file), verdict) for key, verdict in both.checkov.items() if key.rule == entry.rule.id}
    for claimed in {"hcl", "job"} & set(entry.rule.sources):
        assert {(claimed, Verdict.FAIL), (claimed, Verdict.PASS)} <= seen


@pytest.mark.e2e
def test_plans_are_judged_too(both: Both) -> None:
    planned = [verdict for key, verdict in both.checkov.items() if key.file == "plan.json"]
    assert planned.count(Verdict.FAIL) > 50 and planned.count(Verdict.PASS) > 50


@pytest.mark.e2e
def test_what_is_waived_is_skipped_with_its_reason_and_checkov_s_own_comments_work(both: Both) -> None:
    address = "aws_sagemaker_flow_definition.pilot"
    for folder in ("waived", "skipped"):
        assert both.skipped[Judged("GT101", f"{folder}/main.tf", address)] == "pilot with public images"


@pytest.mark.e2e
def test_settings_that_cannot_be_read_fail_every_check_instead_of_none(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(flow("fine", f'"{PRIVATE}"'))
    (tmp_path / "gtctl.toml").write_text('typo = "x"\n')
    [report], stderr = run_checkov(tmp_path, "--framework", "terraform")
    assert "CKV_GT_101" in {record["check_id"] for record in report["results"]["failed_checks"]}
    assert not report["results"]["passed_checks"]
    assert "typo is not a setting" in stderr


@pytest.mark.e2e
def test_rules_that_cannot_be_loaded_fail_every_resource(tmp_path: Path) -> None:
    alone = shutil.copytree(ROOT / "policies" / "checkov", tmp_path / "alone", ignore=shutil.ignore_patterns("__py*"))
    (tmp_path / "stack").mkdir()
    (tmp_path / "stack" / "main.tf").write_text(flow("fine", f'"{PRIVATE}"'))
    [report], _ = run_checkov(tmp_path / "stack", "--framework", "terraform", adapter=alone)
    assert [record["check_id"] for record in report["results"]["failed_checks"]] == ["CKV_GT_000"]
