"""Fixtures: a small Terraform root that needs no provider, a fake Terraform, and the shared sandbox found by name."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gtctl.errors import EnvironmentFailed
from gtctl.infra import provider_source
from gtctl.infra.toolchain import Terraform, find_terraform

MAIN = """
variable "size" {
  type = number
}
module "inner" {
  source = "../modules/inner"
  size   = var.size
}
output "size" {
  value = module.inner.size
}
output "token" {
  value     = "hush-hush"
  sensitive = true
}
"""
INNER = """
variable "size" {
  type = number
}
resource "terraform_data" "this" {
  input = var.size
}
output "size" {
  value = terraform_data.this.output
}
"""


@pytest.fixture(autouse=True)
def _no_settings_of_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("TF_", "TERRAFORM_", "XDG_", "GTCTL_T", "GTCTL_P"))]:
        monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))


@pytest.fixture(scope="session")
def terraform() -> Terraform:
    """The machine's Terraform."""
    try:
        return find_terraform()
    except EnvironmentFailed as error:
        pytest.skip(str(error))


@pytest.fixture
def mirror(terraform: Terraform) -> provider_source.ProviderSource:
    """A mirror on this machine with the real provider."""
    source = provider_source.choose(terraform)
    if source.kind != "mirror":
        pytest.skip("no filesystem mirror with hashicorp/aws on this machine")
    return source


@pytest.fixture
def root(tmp_path: Path, terraform: Terraform) -> Path:
    """A source root with the environments sandbox, aws and big, whose one resource needs no provider."""
    root = tmp_path / "source"
    environments = root / "terraform" / "environments"
    environments.mkdir(parents=True)
    (root / "modules" / "inner").mkdir(parents=True)
    (root / "terraform" / "main.tf").write_text(MAIN)
    (root / "modules" / "inner" / "main.tf").write_text(INNER)
    for name, size in (("sandbox", 1), ("aws", 2), ("big", 3)):
        (environments / f"{name}.tfvars").write_text(f"size = {size}\n")
    return root


@pytest.fixture
def own_sandbox(sandbox: Any, _own_state_dir: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The shared sandbox, recorded in this test's own state folder, with no variable pointing to it."""
    for name in sandbox.environment():
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    record = Path(os.environ["GTCTL_HOME"]) / "sandbox.json"
    record.parent.mkdir(parents=True, exist_ok=True)
    record.write_bytes(msgspec.json.encode(sandbox))
    return sandbox


@pytest.fixture
def executable(tmp_path: Path) -> Callable[[str, str], Path]:
    """Makes an executable shell script: name (below the folder bin), body."""

    def make(name: str, body: str) -> Path:
        path = tmp_path / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
        return path

    return make
