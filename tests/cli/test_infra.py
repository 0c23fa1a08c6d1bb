from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from gtctl.cli import run
from tests.infra.conftest import _no_settings_of_the_machine, own_sandbox, root, terraform

__all__ = ["_no_settings_of_the_machine", "own_sandbox", "root", "terraform"]


@pytest.fixture(autouse=True)
def _small_root(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gtctl.infra.stack.asset_root", lambda: root)


Captured = pytest.CaptureFixture[str]
AWS = ["--target", "aws"]


@pytest.mark.usefixtures("own_sandbox")
def test_the_sandbox_is_the_target_unless_told_otherwise(capfd: Captured) -> None:
    assert run(["infra", "plan"]) == 0
    assert capfd.readouterr().out.splitlines()[-1] == "changes"
    assert run(["infra", "apply"]) == 0
    assert "Apply complete" in capfd.readouterr().out
    assert run(["infra", "plan"]) == 0
    assert capfd.readouterr().out.splitlines()[-1] == "no changes"
    assert run(["infra", "destroy"]) == 0
    assert "Destroy complete" in capfd.readouterr().out


def test_destroy_without_a_sandbox_has_nothing_to_do(capfd: Captured) -> None:
    assert run(["infra", "destroy"]) == 0
    assert capfd.readouterr().out == "nothing to destroy: the sandbox holds no such stack\n"


def test_output_without_a_sandbox_says_what_to_do(capfd: Captured) -> None:
    assert run(["infra", "output", "--json"]) == 3
    printed = capfd.readouterr()
    assert printed.out == ""
    assert printed.err == "gtctl: no sandbox is running, so no stack is applied to one: run gtctl infra apply\n"


def test_check_exits_with_one_when_there_are_changes(capfd: Captured) -> None:
    assert run(["infra", "plan", *AWS, "--check"]) == 1
    assert capfd.readouterr().out.splitlines()[-1] == "changes"
    assert run(["infra", "apply", *AWS, "--yes"]) == 0
    assert run(["infra", "plan", *AWS, "--check"]) == 0


def test_a_plan_can_be_kept_as_json_for_its_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    assert run(["infra", "plan", *AWS, "--json", str(file)]) == 0
    assert json.loads(file.read_text())["planned_values"]
    assert file.stat().st_mode & 0o777 == 0o600


def test_outputs_are_printed_with_sensitive_ones_masked(capfd: Captured) -> None:
    assert run(["infra", "apply", *AWS, "--yes"]) == 0
    capfd.readouterr()

    def printed(*arguments: str) -> str:
        assert run(["infra", "output", *AWS, *arguments]) == 0
        return capfd.readouterr().out

    assert printed() == "size   2\ntoken  (sensitive)\n"
    assert json.loads(printed("--json")) == {"size": 2, "token": "(sensitive)"}
    assert printed("size") == "2\n"
    assert json.loads(printed("--json", "size")) == 2
    assert printed("--json", "token") == '"hush-hush"\n'
    assert run(["infra", "output", *AWS, "token"]) == 2
    assert "hush-hush" not in "".join(capfd.readouterr())
    assert run(["infra", "output", *AWS, "nothing"]) == 2
    assert capfd.readouterr().err == "gtctl: the stack has no output nothing: it has size, token\n"


@pytest.mark.parametrize("command", ["apply", "destroy"])
def test_an_account_is_not_touched_when_nobody_can_be_asked(command: str, capfd: Captured) -> None:
    assert run(["infra", command, *AWS]) == 2
    assert "nobody to ask" in capfd.readouterr().err


def answer(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    def prompt(question: str) -> str:
        sys.stderr.write(question)
        return text

    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr("click.termui.visible_prompt_func", prompt)


def test_on_an_account_the_plan_is_shown_and_the_answer_counts(
    monkeypatch: pytest.MonkeyPatch, capfd: Captured
) -> None:
    answer(monkeypatch, "n")
    assert run(["infra", "apply", *AWS]) == 1
    printed = capfd.readouterr()
    assert "Plan: 1 to add" in printed.out
    assert "Apply this to your AWS account, environment aws?" in printed.err
    assert "not confirmed: nothing was changed" in printed.err
    answer(monkeypatch, "y")
    assert run(["infra", "apply", *AWS]) == 0
    assert "Apply complete! Resources: 1 added" in capfd.readouterr().out
    answer(monkeypatch, "n, if it were asked")
    assert run(["infra", "apply", *AWS]) == 0
    assert capfd.readouterr().out.splitlines()[-1] == "no changes"
    answer(monkeypatch, "y")
    assert run(["infra", "destroy", *AWS]) == 0
    assert "1 destroyed" in capfd.readouterr().out


def test_the_sandboxs_endpoint_and_environment_do_not_pass_for_an_account(
    monkeypatch: pytest.MonkeyPatch, capfd: Captured
) -> None:
    assert run(["infra", "plan", *AWS, "--env", "sandbox"]) == 2
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:5000")
    assert run(["infra", "plan", *AWS]) == 2
    assert "AWS_ENDPOINT_URL points to this machine" in capfd.readouterr().err


def test_an_environment_and_a_variables_file_can_be_named(tmp_path: Path, capfd: Captured) -> None:
    (tmp_path / "more.tfvars").write_text("size = 99\n")
    named = [*AWS, "--env", "big"]
    assert run(["infra", "apply", *named, "--yes", "--var-file", str(tmp_path / "more.tfvars")]) == 0
    capfd.readouterr()
    assert run(["infra", "output", *named, "size"]) == 0
    assert capfd.readouterr().out == "99\n"


def test_terraforms_output_can_go_to_a_file(tmp_path: Path, capfd: Captured) -> None:
    assert run(["infra", "apply", *AWS, "--yes", "--log", str(tmp_path / "log")]) == 0
    assert capfd.readouterr().out == ""
    assert "Apply complete" in (tmp_path / "log").read_text()


def test_a_state_that_lies_on_this_machine_only_is_pointed_out_for_an_account(capfd: Captured) -> None:
    assert run(["infra", "apply", *AWS, "--yes"]) == 0
    assert re.search(
        r"The state of this stack lies only in \S+aws-aws/terraform/terraform\.tfstate: keep it", capfd.readouterr().err
    )
