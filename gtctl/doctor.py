"""What this machine has and what is missing; with ``live``, also what the AWS account says.

The lifecycle of the service as told here: AWS General Reference, "Services in maintenance" (Ground Truth takes no new
customers; announced 2026-06-30) and "Services in sunset" (the Mechanical Turk workforce; ended 2026-09-30).
"""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from gtctl.assets import asset_root
from gtctl.errors import GtctlError

Mark = Literal["ok", "missing", "unknown"]

MINIMUM_PYTHON = (3, 11)
_EXTRAS = {
    "dicom": ("pydicom", "numpy", "PIL", "pylibjpeg"),
    "sandbox": ("moto", "flask", "liquid", "numpy", "PIL"),
}
_LIFECYCLE = (
    "Ground Truth takes no new customers since mid-2026, and the public workforce ended on 2026-09-30: "
    "an account that never used it will be refused"
)
_DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report. ``needed`` is True for what the flow on the sandbox cannot do without."""

    name: str
    mark: Mark
    text: str
    needed: bool = False


def examine(live: bool = False) -> Iterator[Finding]:
    """Look at one thing after the other. Without ``live`` AWS is asked nothing."""
    yield _python()
    yield from _terraform()
    for extra, modules in _EXTRAS.items():
        yield _extra(extra, modules)
    yield _checkov()
    yield _sandbox()
    yield _region()
    yield _credentials()
    if live:
        yield from _account()


def _python() -> Finding:
    if sys.version_info >= MINIMUM_PYTHON:
        return Finding("python", "ok", platform.python_version(), needed=True)
    return Finding("python", "missing", f"{platform.python_version()} is too old: use 3.11 or later", needed=True)


def _terraform() -> Iterator[Finding]:
    from gtctl.infra import provider_source
    from gtctl.infra.toolchain import find_terraform

    try:
        terraform = find_terraform()
    except GtctlError as error:
        yield Finding("terraform", "missing", str(error), needed=True)
        yield Finding("provider", "unknown", "needs Terraform to look for it", needed=True)
        return
    yield Finding("terraform", "ok", f"{terraform} ({terraform.path})", needed=True)
    if (named := os.environ.get("TF_CLI_CONFIG_FILE")) and not Path(named).is_file():
        yield Finding("terraform config", "missing", f"TF_CLI_CONFIG_FILE={named} does not exist; gtctl ignores it")
    try:
        source = provider_source.choose(terraform)
    except GtctlError as error:
        yield Finding("provider", "missing", str(error), needed=True)
        return
    if source.kind == "mirror":
        yield Finding("provider", "ok", f"hashicorp/aws from {source}", needed=True)
    else:
        yield Finding("provider", "unknown", f"hashicorp/aws from {source}, asked at the first plan", needed=True)


def _extra(name: str, modules: tuple[str, ...]) -> Finding:
    missing = [module for module in modules if importlib.util.find_spec(module) is None]
    if missing:
        text = f"no {', '.join(missing)}: pip install 'gtctl[{name}]'"
        return Finding(f"extra {name}", "missing", text, needed=True)
    return Finding(f"extra {name}", "ok", "installed", needed=True)


def _checkov() -> Finding:
    # It pins old versions of what gtctl needs, so it has an environment of its own.
    own = asset_root() / ".venv-checkov" / "bin" / "checkov"
    path = str(own) if os.access(own, os.X_OK) else shutil.which("checkov")
    if path:
        return Finding("checkov", "ok", path)
    return Finding("checkov", "missing", "not found: in a checkout run make setup, elsewhere pipx install checkov")


def _sandbox() -> Finding:
    if importlib.util.find_spec("msgspec") is None:
        return Finding("sandbox", "unknown", "gtctl is not completely installed: pip install gtctl")
    from gtctl.sandbox import process

    if running := process.find():
        return Finding("sandbox", "ok", f"running at {running.endpoint}")
    return Finding("sandbox", "ok", "not running (commands that need it start it)")


def _region() -> Finding:
    try:
        from gtctl import aws

        return Finding("aws region", "ok", str(aws.session().region_name))
    except Exception as error:
        return Finding("aws region", "missing", _one_line(error))


def _credentials() -> Finding:
    try:
        import boto3

        # Asking for them may call a helper program or the instance's metadata service, as every command would.
        present = boto3.Session().get_credentials() is not None
    except Exception as error:
        return Finding("aws credentials", "missing", _one_line(error))
    endpoint = os.environ.get("AWS_ENDPOINT_URL")
    if present:
        return Finding("aws credentials", "ok", "present" + (f"; AWS_ENDPOINT_URL is {endpoint}" if endpoint else ""))
    return Finding("aws credentials", "missing", "none (only needed for an AWS account)")


def _account() -> Iterator[Finding]:
    yield _asked(
        "aws account", "sts", "sts:GetCallerIdentity", lambda sts: f"account {sts.get_caller_identity()['Account']}"
    )
    jobs = _asked("labeling jobs", "sagemaker", "sagemaker:ListLabelingJobs", _past_jobs)
    workforces = _asked("workforce", "sagemaker", "sagemaker:ListWorkforces", _workforces)
    yield jobs
    yield workforces
    if "ok" in (jobs.mark, workforces.mark):
        yield Finding("ground truth", "ok", "this account has used it in this Region, so it may go on doing so")
    else:
        sign = "no sign of use" if "unknown" not in (jobs.mark, workforces.mark) else "cannot tell whether it was used"
        yield Finding("ground truth", "unknown", f"{sign} in this Region. {_LIFECYCLE}")


def _past_jobs(sagemaker: Any) -> str | None:
    found = sagemaker.list_labeling_jobs(MaxResults=1, SortBy="CreationTime", SortOrder="Descending")
    jobs = found["LabelingJobSummaryList"]
    return f"the latest was created on {jobs[0]['CreationTime']:%Y-%m-%d}" if jobs else None


def _workforces(sagemaker: Any) -> str | None:
    return "there is one" if sagemaker.list_workforces(MaxResults=1)["Workforces"] else None


def _asked(name: str, service: str, permission: str, ask: Callable[[Any], str | None]) -> Finding:
    """Ask the account; what it may not or cannot answer is unknown, and ``permission`` is named."""
    from gtctl import aws

    try:
        answer = ask(aws.client(service, retries={"mode": "standard", "total_max_attempts": 3}))
    except Exception as error:
        code = getattr(error, "response", {}).get("Error", {}).get("Code", "")
        if code in _DENIED:
            return Finding(name, "unknown", f"not allowed to ask: needs the permission {permission}")
        return Finding(name, "unknown", _one_line(error))
    return Finding(name, "ok", answer) if answer else Finding(name, "missing", "none in this Region")


def _one_line(error: Exception) -> str:
    if isinstance(error, GtctlError):
        return str(error)
    from gtctl.aws import explain

    return explain(error)
