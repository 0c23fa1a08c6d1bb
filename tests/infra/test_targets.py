from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from gtctl.errors import BadInput
from gtctl.infra.targets import NoStack, aws_environment, sandbox_environment


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://127.0.0.1:5000",
        "http://localhost:4566/",
        "https://LOCALHOST.",
        "http://[::1]:80",
        "http://127.1.2.3",
        "http://0.0.0.0:1",
        "127.0.0.1:5000",
        "http://s3.localhost:9000",
    ],
)
@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"])
def test_an_endpoint_on_this_machine_is_not_an_account(
    monkeypatch: pytest.MonkeyPatch, name: str, endpoint: str
) -> None:
    monkeypatch.setenv(name, endpoint)
    with pytest.raises(BadInput, match=f"{name} points to this machine"):
        aws_environment("prod")


@pytest.mark.parametrize("endpoint", ["https://vpce-1.s3.us-east-1.vpce.amazonaws.com", "https://10.0.0.7", ""])
def test_other_endpoints_are_the_callers_business(monkeypatch: pytest.MonkeyPatch, endpoint: str) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", endpoint)
    assert aws_environment("prod") == dict(os.environ)


def test_the_sandboxs_environment_file_does_not_reach_an_account() -> None:
    with pytest.raises(BadInput, match="--env sandbox"):
        aws_environment("sandbox")


def test_nothing_of_the_callers_aws_settings_reaches_terraform_on_the_sandbox(
    own_sandbox: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3", "AWS_CONFIG_FILE", "TF_WORKSPACE"):
        monkeypatch.setenv(name, "real-account")
    monkeypatch.setenv("TF_VAR_name", "kept")
    environment = sandbox_environment(tmp_path, start=True, say=print)
    assert "real-account" not in environment.values()
    assert environment["AWS_ENDPOINT_URL"] == own_sandbox.endpoint
    assert environment["AWS_CONFIG_FILE"] == os.devnull
    assert environment["TF_VAR_name"] == "kept"


def test_the_state_of_an_earlier_sandbox_is_set_aside_and_this_is_said(own_sandbox: Any, tmp_path: Path) -> None:
    state = tmp_path / "terraform" / "terraform.tfstate"
    state.parent.mkdir()
    state.write_text("old")
    (tmp_path / "sandbox-instance").write_text("another")
    said: list[str] = []
    sandbox_environment(tmp_path, start=True, say=said.append)
    assert not state.exists()
    assert (tmp_path / "terraform.tfstate.gone").read_text() == "old"
    assert len(said) == 1 and str(tmp_path / "terraform.tfstate.gone") in said[0]


def test_the_state_of_this_sandbox_stays(own_sandbox: Any, tmp_path: Path) -> None:
    said: list[str] = []
    sandbox_environment(tmp_path, start=True, say=said.append)
    state = tmp_path / "terraform" / "terraform.tfstate"
    state.parent.mkdir()
    state.write_text("mine")
    sandbox_environment(tmp_path, start=False, say=said.append)
    assert state.read_text() == "mine"
    assert said == []


def test_without_a_sandbox_there_is_no_stack_and_none_is_started(tmp_path: Path) -> None:
    with pytest.raises(NoStack, match="no sandbox is running"):
        sandbox_environment(tmp_path, start=False, say=print)
    assert not (Path(os.environ["GTCTL_HOME"]) / "sandbox.json").exists()


def test_a_sandbox_that_never_had_the_stack_has_no_stack(own_sandbox: Any, tmp_path: Path) -> None:
    with pytest.raises(NoStack, match="no stack is applied to this sandbox"):
        sandbox_environment(tmp_path, start=False, say=print)


def test_a_sandbox_that_had_to_be_started_is_announced(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from gtctl.sandbox import process

    started = process.Running(id="1", pid=1, port=1, endpoint="http://127.0.0.1:1", started="now")
    monkeypatch.setattr(process, "up", lambda: (started, True))
    said: list[str] = []
    sandbox_environment(tmp_path, start=True, say=said.append)
    assert said == ["Started the sandbox: http://127.0.0.1:1 (stop it with gtctl sandbox down)"]
