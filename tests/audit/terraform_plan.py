"""Plans by the real Terraform, for tests that compare a reader with it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from gtctl.errors import EnvironmentFailed
from gtctl.infra import provider_source
from gtctl.infra.toolchain import find_terraform


class Refused(Exception):
    """Terraform refuses the code. The text is what it says."""


def planned(folder: Path, scratch: Path) -> bytes:
    """Plan the code in ``folder``, and give what ``terraform show -json`` says about the plan. Raises Refused."""
    try:
        terraform = find_terraform()
        settings = provider_source.environment(provider_source.choose(terraform), terraform, scratch)
    except EnvironmentFailed as error:
        pytest.skip(str(error))

    def run(*arguments: str) -> bytes:
        done = subprocess.run(
            [terraform.path, f"-chdir={folder}", *arguments],
            env=os.environ | settings | {"TF_IN_AUTOMATION": "1"},
            capture_output=True,
            check=False,
        )
        if done.returncode:
            raise Refused(done.stderr.decode())
        return done.stdout

    run("init", "-input=false", "-no-color")
    run("plan", "-input=false", "-no-color", "-out=plan.bin")
    return run("show", "-json", "plan.bin")
