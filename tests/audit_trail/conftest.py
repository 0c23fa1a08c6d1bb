"""Fixture: the module's event patterns as real Terraform plans them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from gtctl.errors import EnvironmentFailed
from gtctl.infra import provider_source
from gtctl.infra.toolchain import find_terraform

HERE = Path(__file__).parent
ROOT = HERE.parent.parent

Patterns = dict[str, dict[str, str]]
"""Form of the module in stack/main.tf -> rule -> event pattern (JSON)."""


@pytest.fixture(scope="session")
def patterns(_sandbox_process: Any, tmp_path_factory: pytest.TempPathFactory) -> Patterns:
    """The event patterns of each form of the module."""
    work = tmp_path_factory.mktemp("audit_trail")
    shutil.copytree(HERE / "stack", work / "stack")
    shutil.copytree(
        ROOT / "modules" / "audit_trail",
        work / "modules" / "audit_trail",
        ignore=shutil.ignore_patterns(".terraform*", "tests", "examples"),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GTCTL_HOME", str(work / "home"))
        try:
            terraform = find_terraform()
            environment = os.environ | provider_source.environment(provider_source.choose(terraform), terraform, work)
        except EnvironmentFailed as error:
            pytest.skip(str(error))
    environment |= _sandbox_process.environment()

    def run(*arguments: str) -> str:
        command = [str(terraform.path), *arguments]
        done = subprocess.run(command, cwd=work / "stack", env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run("init", "-input=false", "-no-color")
    run("plan", "-input=false", "-no-color", "-out=saved.tfplan")
    planned: Patterns = json.loads(run("show", "-json", "saved.tfplan"))["planned_values"]["outputs"]["event_patterns"][
        "value"
    ]
    return planned
