"""A copy of the Terraform code, and Terraform with its provider to run on it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from gtctl.infra import provider_source
from gtctl.infra.toolchain import find_terraform

ROOT = Path(__file__).parent.parent.parent
MODULES = sorted(path.name for path in (ROOT / "modules").iterdir() if path.is_dir())
"""The names of the modules."""
ROOTS = sorted(
    str(folder.relative_to(ROOT))
    for folder in [ROOT / "terraform", ROOT / "terraform" / "bootstrap", *ROOT.glob("modules/*/examples/*")]
    if folder.is_dir()
)
"""Every folder in which somebody may run terraform, relative to the repository."""

RunTerraform = Callable[..., str]


def copy_code(folder: Path) -> None:
    """Copy terraform/ and modules/ into ``folder``, without what Terraform left behind."""
    for name in ("terraform", "modules"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns(".terraform*", "terraform.tfstate*"))


@pytest.fixture(scope="session")
def code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of terraform/ and modules/, so that nothing of Terraform's lands among the sources."""
    copy = tmp_path_factory.mktemp("code")
    copy_code(copy)
    return copy


@pytest.fixture(scope="session")
def terraform(code: Path, tmp_path_factory: pytest.TempPathFactory) -> RunTerraform:
    """Run Terraform in a folder of the copy, after init: ``terraform("modules/kms", "validate")`` gives its output.

    The real provider comes from where gtctl finds it.
    """
    scratch = tmp_path_factory.mktemp("terraform")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GTCTL_HOME", str(scratch))
        found = find_terraform()
        source = provider_source.choose(found)
        environment = dict(os.environ) | provider_source.environment(source, found, scratch)
    if source.kind == "registry":
        cache = scratch / "plugins"
        cache.mkdir()
        environment |= {"TF_PLUGIN_CACHE_DIR": str(cache), "TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE": "true"}
    # The mocked provider asks nobody; should it ever, it must not find an account.
    environment |= {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "TF_IN_AUTOMATION": "1"}

    def run(folder: str, *arguments: str) -> str:
        for command in (("init", "-backend=false", "-input=false", "-no-color"), (*arguments, "-no-color")):
            if command[0] == "init" and (code / folder / ".terraform").exists():
                continue
            done = subprocess.run(
                [str(found.path), *command],
                cwd=code / folder,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, f"terraform {' '.join(command)} in {folder}:\n{done.stdout}{done.stderr}"
        return done.stdout

    return run
