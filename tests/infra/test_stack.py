from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3
import pytest

from gtctl.errors import BadInput, EnvironmentFailed
from gtctl.files import state_dir
from gtctl.infra.driver import Driver
from gtctl.infra.stack import opened
from gtctl.infra.targets import NoStack
from gtctl.sandbox import process


def say(line: str) -> None:
    assert line.startswith("Initializing "), f"unexpectedly said: {line}"


def state_of(name: str) -> dict[str, Any]:
    file = state_dir() / "infra" / name / "terraform" / "terraform.tfstate"
    content: dict[str, Any] = json.loads(file.read_text())
    return content


def test_a_stack_lives_from_plan_to_destroy_on_the_sandbox(own_sandbox: Any, root: Path) -> None:
    with opened("sandbox", "sandbox", say=say, source_root=root) as stack:
        assert stack.plan()
        stack.apply()
        assert not stack.plan()
        outputs = stack.outputs()
    assert outputs["size"] == (1, False)
    assert outputs["token"] == ("hush-hush", True)
    with opened("sandbox", "sandbox", say=say, source_root=root, start_sandbox=False) as stack:
        stack.destroy()
    assert state_of("sandbox-sandbox")["resources"] == []


def test_a_stack_of_an_earlier_sandbox_is_built_anew(own_sandbox: Any, root: Path) -> None:
    said: list[str] = []
    with opened("sandbox", "sandbox", say=say, source_root=root) as stack:
        stack.apply()
    record = state_dir() / "infra" / "sandbox-sandbox" / "sandbox-instance"
    record.write_text("an earlier one")
    with opened("sandbox", "sandbox", say=said.append, source_root=root) as stack:
        assert stack.plan()
        with pytest.raises(EnvironmentFailed, match="nothing is applied here yet: run gtctl infra apply"):
            stack.outputs()
    assert len(said) == 1
    assert "set the state of the old one aside" in said[0]


def test_destroying_does_not_start_a_sandbox(root: Path) -> None:
    with (
        pytest.raises(NoStack),
        opened("sandbox", "sandbox", say=say, source_root=root, start_sandbox=False),
    ):
        raise AssertionError("opened")


def test_nothing_of_terraforms_lands_among_the_sources(root: Path) -> None:
    before = sorted(root.rglob("*"))
    for folder, _, _ in os.walk(root):
        Path(folder).chmod(0o555)
    try:
        with opened("aws", "aws", say=say, source_root=root) as stack:
            stack.apply()
        assert sorted(root.rglob("*")) == before
    finally:
        for folder, _, _ in os.walk(root):
            Path(folder).chmod(0o755)
    assert state_of("aws-aws")["outputs"]["size"]["value"] == 2


def test_each_environment_has_its_own_state_and_variables(root: Path) -> None:
    for env in ("aws", "big"):
        with opened("aws", env, say=say, source_root=root) as stack:
            stack.apply()
    assert (state_of("aws-aws")["outputs"]["size"]["value"], state_of("aws-big")["outputs"]["size"]["value"]) == (2, 3)


def test_variables_files_of_the_caller_win_the_last_most(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("ten.tfvars").write_text("size = 10\n")
    Path("eleven.tfvars").write_text("size = 11\n")
    files = [Path("ten.tfvars"), Path("eleven.tfvars")]
    with opened("aws", "aws", say=say, source_root=root, var_files=files) as stack:
        stack.apply()
        assert stack.outputs()["size"].value == 11


def test_changed_code_takes_effect_and_removed_code_disappears(root: Path) -> None:
    extra = root / "terraform" / "extra.tf"
    extra.write_text('resource "terraform_data" "extra" {}\n')
    with opened("aws", "aws", say=say, source_root=root) as stack:
        stack.apply()
    assert len(state_of("aws-aws")["resources"]) == 2
    extra.unlink()
    with opened("aws", "aws", say=say, source_root=root) as stack:
        assert stack.plan()
        stack.apply()
    assert len(state_of("aws-aws")["resources"]) == 1


def test_a_saved_plan_is_applied_as_shown_and_then_removed(root: Path) -> None:
    with opened("aws", "aws", say=say, source_root=root) as stack:
        assert stack.plan()
        saved = stack.saved_plan
        assert saved.exists()
        stack.apply()
        assert stack.outputs()["size"].value == 2
    assert not saved.exists()
    with opened("aws", "aws", say=say, source_root=root) as stack:
        assert stack.plan(destroy=True)
        stack.apply()
    assert state_of("aws-aws")["resources"] == []


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The Terraform commands that ran."""
    ran: list[str] = []
    original = Driver.cmd

    def record(self: Driver, cmd: str, *args: str, **options: Any) -> Any:
        ran.append(cmd)
        return original(self, cmd, *args, **options)

    monkeypatch.setattr(Driver, "cmd", record)
    return ran


def test_init_runs_only_when_something_changed(root: Path, commands: list[str]) -> None:
    def open_once(**options: Any) -> bool:
        commands.clear()
        with opened("aws", "aws", say=say, source_root=root, **options):
            return commands == ["init"]

    assert open_once()
    assert not open_once()
    (root / "terraform" / "environments" / "aws.tfvars").write_text("size = 4\n")
    assert not open_once()
    inner = root / "modules" / "inner" / "main.tf"
    inner.write_text(inner.read_text() + "# changed\n")
    assert open_once()
    assert open_once(upgrade=True)
    shutil.rmtree(state_dir() / "infra" / "aws-aws" / "terraform" / ".terraform")
    assert open_once()


def test_init_runs_again_when_a_provider_package_has_gone(root: Path, commands: list[str]) -> None:
    with opened("aws", "aws", say=say, source_root=root):
        pass
    package = (
        state_dir() / "infra/aws-aws/terraform/.terraform/providers/registry.terraform.io/hashicorp/aws/6.0.0/linux"
    )
    package.parent.mkdir(parents=True)
    package.symlink_to("/nonexistent/package")
    commands.clear()
    with opened("aws", "aws", say=say, source_root=root):
        pass
    assert commands == ["init"]


def test_a_failed_init_is_tried_again_and_terraforms_message_is_said(
    root: Path, commands: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    said: list[str] = []
    main = root / "terraform" / "main.tf"
    code = main.read_text()
    main.write_text(code + 'module "gone" {\n  source = "../modules/gone"\n}\n')
    for _ in range(2):
        with (
            pytest.raises(EnvironmentFailed, match=r"terraform init failed \(exit code 1\)"),
            opened("aws", "aws", say=said.append, source_root=root),
        ):
            pass
    assert commands == ["init", "init"]
    assert "modules/gone" in said[-1]
    assert capfd.readouterr() == ("", "")


def test_terraforms_own_message_comes_before_our_line(root: Path, capfd: pytest.CaptureFixture[str]) -> None:
    check = 'resource "terraform_data" "no" {\n  lifecycle {\n    precondition {\n      condition = var.size > 9\n'
    (root / "terraform" / "no.tf").write_text(check + '      error_message = "too small a size"\n    }\n  }\n}\n')
    with (
        opened("aws", "aws", say=say, source_root=root) as stack,
        pytest.raises(EnvironmentFailed, match=r"terraform plan failed \(exit code 1\), for the reason above"),
    ):
        stack.apply()
    assert "too small a size" in capfd.readouterr().err


def test_with_a_log_the_terminal_stays_quiet_until_terraform_fails(
    root: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    log, said = tmp_path / "logs" / "terraform.log", list[str]()
    with opened("aws", "aws", say=said.append, source_root=root, log=log) as stack:
        stack.apply()
        assert "Apply complete" in log.read_text()
        assert capfd.readouterr() == ("", "")
        assert len(said) == 1 and said.pop().startswith("Initializing ")
        stack.var_files[0].write_text('size = "none"\n')
        with pytest.raises(EnvironmentFailed):
            stack.apply()
    assert "a number is required" in " ".join(" ".join(said).split())
    assert len(said) <= 25


def test_when_terraform_fails_on_the_sandbox_the_end_of_the_sandboxs_log_is_said(own_sandbox: Any, root: Path) -> None:
    process.log_file().write_text("iam CreatePolicy failed\n")
    said: list[str] = []
    with opened("sandbox", "sandbox", say=said.append, source_root=root) as stack:
        stack.var_files[0].write_text('size = "none"\n')
        with pytest.raises(EnvironmentFailed):
            stack.apply()
    assert said[-1] == "sandbox: iam CreatePolicy failed"


def test_two_gtctl_do_not_work_on_one_stack_at_once(root: Path) -> None:
    with opened("aws", "aws", say=say, source_root=root):
        with (
            pytest.raises(EnvironmentFailed, match="another gtctl works on the stack"),
            opened("aws", "aws", say=say, source_root=root),
        ):
            pass
        with opened("aws", "big", say=say, source_root=root):
            pass


def test_others_may_not_read_the_state(root: Path) -> None:
    with opened("aws", "aws", say=say, source_root=root) as stack:
        assert stack.folder.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("env", ["prod", "../environments/aws", "", "a/b", "-x", "aws.tfvars"])
def test_an_unknown_environment_is_refused_with_the_known_ones(root: Path, env: str) -> None:
    with (
        pytest.raises(BadInput, match=r"no such environment .*\(there are: aws, big, sandbox\)"),
        opened("aws", env, say=say, source_root=root),
    ):
        pass
    assert not (state_dir() / "infra").exists()


@pytest.mark.parametrize("option", [{"var_files": [Path("gone")]}, {"backend_config": Path("gone")}])
def test_files_that_do_not_exist_are_refused(root: Path, option: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match="gone: no such file"), opened("aws", "aws", say=say, source_root=root, **option):
        pass


def test_a_disk_that_refuses_is_one_line(root: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("GTCTL_HOME", str(tmp_path / "file"))
    with pytest.raises(EnvironmentFailed, match="cannot use "), opened("aws", "aws", say=say, source_root=root):
        pass


@pytest.fixture
def backend(sandbox: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings of an S3 backend that keeps its state in the sandbox; the environment points nowhere."""
    bucket = f"state-{tmp_path.name.replace('_', '-')}"[:60].rstrip("-")
    boto3.client("s3").create_bucket(Bucket=bucket)
    for name in sandbox.environment():
        monkeypatch.delenv(name)
    file = tmp_path / "remote.tfbackend"
    file.write_text(
        f'bucket = "{bucket}"\nkey = "stack.tfstate"\nregion = "us-east-1"\nuse_lockfile = true\n'
        f'endpoints = {{ s3 = "{sandbox.endpoint}" }}\nuse_path_style = true\n'
        'access_key = "AKIAIOSFODNN7EXAMPLE"\nsecret_key = "x"\n'
        "skip_credentials_validation = true\nskip_requesting_account_id = true\nskip_metadata_api_check = true\n"
    )
    return file


def test_a_remote_backend_holds_the_state_and_is_remembered(root: Path, backend: Path) -> None:
    with opened("aws", "aws", say=say, source_root=root, backend_config=backend) as stack:
        stack.apply()
    assert not (stack.folder / "terraform" / "terraform.tfstate").exists()
    # Forgotten the second time: it must not plan to build everything again.
    with opened("aws", "aws", say=say, source_root=root) as stack:
        assert not stack.plan()
        stack.destroy()


def test_a_local_state_goes_to_the_remote_backend_with_what_it_built(root: Path, backend: Path) -> None:
    said: list[str] = []
    with opened("aws", "aws", say=say, source_root=root) as stack:
        stack.apply()
    with opened("aws", "aws", say=said.append, source_root=root, backend_config=backend) as stack:
        assert not stack.plan()
    assert "is in the backend now" in said[-1]
    assert stack.local_state is None


def test_a_local_state_stays_where_the_backend_holds_another_stack(root: Path, backend: Path) -> None:
    with opened("aws", "big", say=say, source_root=root, backend_config=backend) as stack:
        stack.apply()
    said: list[str] = []
    with opened("aws", "aws", say=say, source_root=root) as stack:
        stack.apply()
    with (
        pytest.raises(EnvironmentFailed, match="the backend may hold the state of another stack"),
        opened("aws", "aws", say=said.append, source_root=root, backend_config=backend),
    ):
        pass
    with opened("aws", "aws", say=say, source_root=root) as stack:
        assert not stack.plan()


def test_the_sandboxs_state_stays_local(root: Path, tmp_path: Path) -> None:
    with (
        pytest.raises(BadInput, match="--backend-config goes with --target aws"),
        opened("sandbox", "sandbox", say=say, source_root=root, backend_config=tmp_path / "x"),
    ):
        pass


def test_an_interrupted_apply_leaves_no_lock_and_can_be_run_again(root: Path) -> None:
    provisioner = 'provisioner "local-exec" {\n    command = "echo begun; sleep 5"\n  }\n'
    (root / "terraform" / "slow.tf").write_text(f'resource "terraform_data" "slow" {{\n  {provisioner}}}\n')
    code = (
        "import sys; from pathlib import Path; import gtctl.infra.stack as stack; from gtctl.cli import run; "
        f"stack.asset_root = lambda: Path({str(root)!r}); sys.exit(run(['infra', 'apply', '--target', 'aws', '--yes']))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout
    while "begun" not in (line := process.stdout.readline()) or "Executing" in line:
        assert line, process.stderr and process.stderr.read()
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Gracefully shutting down" in out
    assert "gtctl: interrupted" in err
    work = state_dir() / "infra" / "aws-aws" / "terraform"
    assert not (work / ".terraform.tfstate.lock.info").exists()
    (root / "terraform" / "slow.tf").unlink()
    with opened("aws", "aws", say=say, source_root=root) as stack:
        stack.apply()
        assert not stack.plan()
