"""The wheel works outside the checkout: policies, templates and Terraform modules travel in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which nothing but the built wheel is unpacked."""
    dist, target = tmp_path_factory.mktemp("dist"), tmp_path_factory.mktemp("installed")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(dist), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    [wheel] = dist.glob("*.whl")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(target), str(wheel)]
    subprocess.run(pip, check=True, capture_output=True)
    return target


def _run(installed: Path, cwd: Path, *code: str, exit_code: int = 0) -> str:
    environment = os.environ | {"PYTHONPATH": str(installed)}
    done = subprocess.run(
        [sys.executable, *code], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == exit_code, done.stderr
    return done.stdout


def _files(root: Path, source: str) -> set[Path]:
    made_by_tools = {".terraform", "__pycache__"}
    return {
        p.relative_to(root)
        for p in (root / source).rglob("*")
        if p.is_file() and not made_by_tools.intersection(p.parts)
    }


def test_terraform_modules_and_policies_travel_in_the_wheel(installed: Path, tmp_path: Path) -> None:
    root = _run(installed, tmp_path, "-c", "from gtctl.assets import asset_root; print(asset_root())").strip()
    assert Path(root) == installed / "gtctl" / "_assets"
    for source in ("terraform", "modules", "policies"):
        assert _files(Path(root), source) == _files(ROOT, source)


def test_the_command_line_runs_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    assert "Commands:" in _run(installed, tmp_path, "-m", "gtctl", "--help")


def test_the_html_report_is_written_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('resource "aws_kms_key" "k" {\n  enable_key_rotation = true\n}\n')
    written = _run(installed, tmp_path, "-m", "gtctl", "check", "--select", "GT210", "--format", "html")
    assert written.startswith("<!doctype html>") and "</html>" in written


def test_a_job_can_be_rendered_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    assert '"$schema"' in _run(installed, tmp_path, "-m", "gtctl", "job", "schema")
    example = installed / "gtctl" / "jobs" / "examples" / "chest-ct.yaml"
    stack = tmp_path / "stack.json"
    stack.write_text(
        """{"workteam_arn": "arn:aws:sagemaker:us-east-1:123456789012:workteam/private-crowd/ct",
        "scans_bucket": "scans", "labels_bucket": "labels",
        "labels_kms_key_arn": "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-0000-0000-000000000000",
        "execution_role_arn": "arn:aws:iam::123456789012:role/labeling"}"""
    )
    _run(
        installed, tmp_path, "-m", "gtctl", "job", "render", str(example), "--stack", str(stack), "--output", "rendered"
    )
    assert {p.name for p in (tmp_path / "rendered").iterdir()} == {
        "job.json",
        "label-categories.json",
        "template.liquid",
    }


@pytest.fixture
def stack(tmp_path: Path) -> Path:
    """A folder with code and a job that show images to the public."""
    team = "arn:aws:sagemaker:us-east-1:394669845002:workteam/public-crowd/default"
    folder = tmp_path / "stack"
    folder.mkdir()
    (folder / "main.tf").write_text(
        f'resource "aws_sagemaker_flow_definition" "a" {{\n'
        f'  human_loop_config {{\n    workteam_arn = "{team}"\n  }}\n}}\n'
    )
    (folder / "job.json").write_text(json.dumps({"HumanTaskConfig": {"WorkteamArn": team}}))
    return folder


def test_the_check_runs_from_the_wheel(installed: Path, stack: Path) -> None:
    said = _run(installed, stack, "-m", "gtctl", "check", "--format", "json", "--select", "GT101", exit_code=1)
    assert [finding["file"] for finding in json.loads(said)["findings"]] == ["job.json", "main.tf"]
    assert "GT101" in _run(installed, stack, "-m", "gtctl", "rules", "list")


@pytest.mark.e2e
def test_checkov_takes_the_rules_from_the_wheel(installed: Path, stack: Path) -> None:
    adapter = installed / "gtctl" / "_assets" / "policies" / "checkov"
    done = subprocess.run(
        [
            str(ROOT / ".venv-checkov" / "bin" / "checkov"),
            *("-d", ".", "--external-checks-dir", str(adapter), "--check", "CKV_GT_101"),
            *("--framework", "terraform", "json", "--skip-download", "--output", "json"),
        ],
        cwd=stack,
        env={name: value for name, value in os.environ.items() if not name.startswith("PYTHON")},
        capture_output=True,
        text=True,
        check=False,
    )
    reports = json.loads(done.stdout)
    failed = [record["file_path"] for report in reports for record in report["results"]["failed_checks"]]
    assert sorted(failed) == ["/job.json", "/main.tf"], done.stderr
