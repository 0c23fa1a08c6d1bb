"""A copy of the Terraform code, and Terraform with its provider to run on it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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


@contextmanager
def _provider(folder: Path, log: Path) -> Iterator[str]:
    """The provider that init has put into ``folder``, running; gives the value of TF_REATTACH_PROVIDERS.

    Otherwise Terraform starts it twice for each run of a test, which takes two thirds of the time
    (https://developer.hashicorp.com/terraform/plugin/debugging#starting-a-provider-in-debug-mode).
    """
    [binary] = folder.glob(".terraform/providers/*/hashicorp/aws/*/*/terraform-provider-aws*")
    with log.open("wb") as stream:
        started = subprocess.Popen([binary, "-debug"], stdin=subprocess.DEVNULL, stdout=stream, stderr=stream)
    try:
        deadline = time.monotonic() + 60
        while not (told := re.search(r"TF_REATTACH_PROVIDERS='(.*)'", log.read_text())):
            assert started.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        yield told[1]
    finally:
        started.terminate()
        started.wait()


@pytest.fixture(scope="session")
def terraform(code: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunTerraform]:
    """Run Terraform in a folder of the copy, after init: ``terraform("modules/kms", "validate")`` gives its output.

    The real provider comes from where gtctl finds it. It is started once; nothing here configures it.
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

    run("modules/kms", "version")
    with _provider(code / "modules" / "kms", scratch / "provider.log") as reattach:
        environment["TF_REATTACH_PROVIDERS"] = reattach
        yield run
