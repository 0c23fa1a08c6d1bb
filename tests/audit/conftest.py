"""Terraform, for tests that compare a reader with the real thing."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from gtctl.errors import EnvironmentFailed
from gtctl.infra import provider_source
from gtctl.infra.toolchain import find_terraform

Plan = Callable[[Path], bytes]


@pytest.fixture(scope="session")
def terraform_plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """Plan the code in a folder, and give what ``terraform show -json`` says about the plan."""
    scratch = tmp_path_factory.mktemp("terraform")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GTCTL_HOME", str(scratch))
        try:
            terraform = find_terraform()
            settings = provider_source.environment(provider_source.choose(terraform), terraform, scratch)
        except EnvironmentFailed as error:
            pytest.skip(str(error))

    def plan(folder: Path) -> bytes:
        def run(*arguments: str) -> bytes:
            environment = os.environ | settings | {"TF_IN_AUTOMATION": "1"}
            done = subprocess.run(
                [terraform.path, f"-chdir={folder}", *arguments], env=environment, capture_output=True, check=False
            )
            assert done.returncode == 0, done.stderr.decode()
            return done.stdout

        run("init", "-input=false", "-no-color", "-backend=false")
        run("plan", "-input=false", "-no-color", "-out=plan.bin")
        return run("show", "-json", "plan.bin")

    return plan
