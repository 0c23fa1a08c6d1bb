from __future__ import annotations

import importlib.util
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from gtctl import aws
from gtctl.cli import run
from gtctl.errors import EnvironmentFailed
from gtctl.infra import provider_source, toolchain
from tests.account import Account

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _complete_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """A machine with Terraform and a mirror; a test takes away what it is about."""
    found = toolchain.Terraform(tmp_path / "terraform", "terraform", (1, 11, 4))
    source = provider_source.ProviderSource("mirror", tmp_path / "mirror", (((5, 100, 0), tmp_path),))
    monkeypatch.setattr(toolchain, "find_terraform", lambda: found)
    monkeypatch.setattr(provider_source, "choose", lambda terraform: source)
    monkeypatch.delenv("TF_CLI_CONFIG_FILE", raising=False)


def findings(capsys: Captured, *arguments: str, exit_code: int = 0) -> dict[str, dict[str, Any]]:
    assert run(["doctor", "--json", *arguments]) == exit_code
    report = json.loads(capsys.readouterr().out)
    assert report["schema_version"] == 1
    assert report["ready"] is (exit_code == 0)
    return {finding["name"]: finding for finding in report["findings"]}


def test_a_complete_machine_is_ready(capsys: Captured, tmp_path: Any) -> None:
    found = findings(capsys)
    assert {name for name, finding in found.items() if finding["needed"]} == {
        "python",
        "terraform",
        "provider",
        "extra dicom",
        "extra sandbox",
    }
    assert all(finding["mark"] == "ok" for finding in found.values() if finding["needed"])
    assert found["provider"]["text"] == f"hashicorp/aws from mirror {tmp_path / 'mirror'} (version 5.100.0)"
    assert found["sandbox"]["text"] == "not running (commands that need it start it)"


def test_each_finding_is_one_line_with_its_mark(capsys: Captured) -> None:
    assert run(["doctor"]) == 0
    *lines, last = capsys.readouterr().out.splitlines()
    assert all(line.split()[0] in {"ok", "missing", "unknown"} for line in lines)
    assert last == "Ready for the flow on the sandbox."


def test_missing_terraform_is_told_with_what_to_install(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    def fail() -> None:
        raise EnvironmentFailed("install it")

    monkeypatch.setattr(toolchain, "find_terraform", fail)
    found = findings(capsys, exit_code=3)
    assert (found["terraform"]["mark"], found["terraform"]["text"]) == ("missing", "install it")
    assert found["provider"]["mark"] == "unknown"
    assert run(["doctor"]) == 3
    assert capsys.readouterr().out.splitlines()[-1] == "Something the flow on the sandbox needs (*) is missing."


def test_a_provider_from_the_registry_is_not_known_to_be_there(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setattr(provider_source, "choose", lambda terraform: provider_source.ProviderSource("registry"))
    assert findings(capsys)["provider"]["mark"] == "unknown"


def test_a_wrong_mirror_setting_is_missing(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    def fail(terraform: toolchain.Terraform) -> None:
        raise EnvironmentFailed("holds none")

    monkeypatch.setattr(provider_source, "choose", fail)
    assert findings(capsys, exit_code=3)["provider"]["text"] == "holds none"


def test_a_terraform_configuration_that_does_not_exist_is_pointed_out(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", "/nonexistent/rc")
    assert findings(capsys)["terraform config"]["text"].startswith("TF_CLI_CONFIG_FILE=/nonexistent/rc does not exist")


def test_a_missing_extra_is_told_with_how_to_install_it(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    original = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "pydicom" else original(name))
    found = findings(capsys, exit_code=3)
    assert found["extra dicom"]["text"] == "no pydicom: pip install 'gtctl[dicom]'"
    assert found["extra sandbox"]["mark"] == "ok"


def test_without_region_and_credentials_the_local_flow_is_still_ready(capsys: Captured) -> None:
    found = findings(capsys)
    assert (found["aws region"]["mark"], found["aws credentials"]["mark"]) == ("missing", "missing")
    assert "aws account" not in found


@pytest.mark.usefixtures("sandbox")
def test_credentials_are_reported_as_present_and_not_shown(capsys: Captured) -> None:
    assert run(["doctor"]) == 0
    printed = capsys.readouterr().out
    assert "AKIA" not in printed
    assert "present; AWS_ENDPOINT_URL is http://127.0.0.1" in printed


@pytest.mark.usefixtures("sandbox")
def test_an_account_without_a_sign_of_use_is_told_about_the_end_of_new_customers(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-north-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-north-1")
    found = findings(capsys, "--live")
    assert found["aws account"]["text"] == "account 123456789012"
    assert (found["labeling jobs"]["mark"], found["workforce"]["mark"]) == ("missing", "missing")
    assert found["ground truth"]["mark"] == "unknown"
    assert found["ground truth"]["text"].startswith(
        "no sign of use in this Region. Ground Truth takes no new customers"
    )
    assert "2026-09-30" in found["ground truth"]["text"]


def test_an_account_with_a_workforce_may_go_on(
    account: Account, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", account.region)
    found = findings(capsys, "--live")
    assert (found["workforce"]["mark"], found["ground truth"]["mark"]) == ("ok", "ok")


@pytest.mark.usefixtures("sandbox")
def test_what_may_not_be_asked_is_unknown_and_the_permission_is_named(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Denied:
        def __getattr__(self, name: str) -> Any:
            def refuse(**_: Any) -> None:
                raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, name)

            return refuse

    monkeypatch.setattr(aws, "client", lambda service, **_: Denied())
    found = findings(capsys, "--live")
    for name, permission in (
        ("aws account", "sts:GetCallerIdentity"),
        ("labeling jobs", "sagemaker:ListLabelingJobs"),
        ("workforce", "sagemaker:ListWorkforces"),
    ):
        assert found[name]["mark"] == "unknown"
        assert found[name]["text"] == f"not allowed to ask: needs the permission {permission}"
    assert found["ground truth"]["text"].startswith("cannot tell whether it was used in this Region.")
