"""The bucket for remote state, made by real Terraform on the sandbox, and a root whose state is kept in it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest

from gtctl.errors import EnvironmentFailed
from gtctl.infra import provider_source
from gtctl.infra.toolchain import find_terraform

ROOT = Path(__file__).parent.parent.parent
PREFIX = "remote-state-test"
Run = Callable[..., "subprocess.CompletedProcess[str]"]

VARIABLES = f"""
region                  = "us-east-1"
name_prefix             = "{PREFIX}"
s3_use_path_style       = true
noncurrent_version_days = null
"""

# As the driver writes it, beside a root that needs no provider.
STACK = """
terraform {
  backend "s3" {}
}
resource "terraform_data" "this" {
  input = "kept"
}
"""


@pytest.fixture(scope="module")
def terraform(_sandbox_process: Any, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run Terraform in a folder, against the sandbox."""
    scratch = tmp_path_factory.mktemp("terraform")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GTCTL_HOME", str(scratch))
        try:
            found = find_terraform()
            environment = os.environ | provider_source.environment(provider_source.choose(found), found, scratch)
        except EnvironmentFailed as error:
            pytest.skip(str(error))
    environment |= _sandbox_process.environment()

    def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(found.path), *arguments, "-no-color"],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def succeeded(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def made(terraform: Run, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The outputs of the applied bootstrap."""
    folder = tmp_path_factory.mktemp("code") / "bootstrap"
    shutil.copytree(
        ROOT / "terraform" / "bootstrap", folder, ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*")
    )
    succeeded(terraform(folder, "init"))
    (folder / "terraform.tfvars").write_text(VARIABLES)
    succeeded(terraform(folder, "apply", "-auto-approve"))
    assert "No changes." in succeeded(terraform(folder, "plan"))
    outputs = json.loads(succeeded(terraform(folder, "output", "-json")))
    return {name: entry["value"] for name, entry in outputs.items()}


@pytest.fixture
def stack(made: dict[str, Any], terraform: Run, tmp_path: Path) -> Path:
    """A root that was initialized with the settings that the bootstrap gives."""
    settings = tmp_path / "aws.tfbackend"
    settings.write_text(made["backend_hcl"]["aws"])
    folder = tmp_path / "stack"
    folder.mkdir()
    (folder / "main.tf").write_text(STACK)
    succeeded(terraform(folder, "init", f"-backend-config={settings}", "-backend-config=use_path_style=true"))
    return folder


def test_state_is_kept_in_the_bucket_and_encrypted_with_its_key(
    made: dict[str, Any], stack: Path, terraform: Run, sandbox: Any
) -> None:
    succeeded(terraform(stack, "apply", "-auto-approve"))
    assert not (stack / "terraform.tfstate").exists()
    found = boto3.client("s3").head_object(Bucket=made["bucket_name"], Key=f"{PREFIX}/aws/terraform.tfstate")
    assert (found["ServerSideEncryption"], found["SSEKMSKeyId"]) == ("aws:kms", made["kms_key_arn"])
    assert found["VersionId"] != "null"


def test_a_state_that_somebody_else_has_locked_is_left_alone(
    made: dict[str, Any], stack: Path, terraform: Run, sandbox: Any
) -> None:
    s3, lock = boto3.client("s3"), {"Bucket": made["bucket_name"], "Key": f"{PREFIX}/aws/terraform.tfstate.tflock"}
    s3.put_object(**lock, Body=json.dumps({"ID": "held", "Who": "somebody else"}).encode())
    refused = terraform(stack, "apply", "-auto-approve")
    assert refused.returncode == 1
    assert "Error acquiring the state lock" in refused.stderr
    assert "somebody else" in refused.stderr
    s3.delete_object(**lock)
    succeeded(terraform(stack, "apply", "-auto-approve"))
    assert s3.list_objects_v2(Bucket=made["bucket_name"], Prefix=lock["Key"])["KeyCount"] == 0


def test_a_state_with_another_encryption_is_refused(made: dict[str, Any], sandbox: Any) -> None:
    s3 = boto3.client("s3")
    with pytest.raises(s3.exceptions.ClientError, match="403"):
        s3.put_object(Bucket=made["bucket_name"], Key="x", Body=b"x", ServerSideEncryption="AES256")
