"""The aws CLI, a client that nobody here wrote, works on the sandbox as on AWS."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gtctl.sandbox.simulated_workers import annotate

pytestmark = pytest.mark.e2e
AWS = Path(sys.executable).parent / "aws"


def aws(*arguments: str, region: str, check: bool = True) -> Any:
    """Run one aws command with the test's environment; gives its JSON answer, or its error text."""
    command = [str(AWS), *arguments, "--region", region, "--output", "json"]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"AWS_PAGER": ""}, check=False)
    if not check:
        return done.stderr
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) if done.stdout.strip() else None


def test_the_aws_cli_creates_a_workteam_and_a_labeling_job(account: Any, sandbox: Any, tmp_path: Path) -> None:
    region = account.region
    member = {"UserPool": account.pool, "UserGroup": account.group, "ClientId": account.pool_client}
    team = aws(
        "sagemaker", "create-workteam", "--workteam-name", "radiology", "--description", "Radiologists",
        "--member-definitions", json.dumps([{"CognitoMemberDefinition": member}]), region=region,
    )  # fmt: skip
    assert team["WorkteamArn"].endswith(":workteam/private-crowd/radiology")

    request = account.request("cli-job")
    request["HumanTaskConfig"]["WorkteamArn"] = team["WorkteamArn"]
    file = tmp_path / "job.json"
    file.write_text(json.dumps(request))
    created = aws("sagemaker", "create-labeling-job", "--cli-input-json", f"file://{file}", region=region)
    assert created["LabelingJobArn"].endswith(":labeling-job/cli-job")

    annotate(sandbox, "cli-job", region, workers=2, seed=1)
    account.wait("cli-job")
    job = aws("sagemaker", "describe-labeling-job", "--labeling-job-name", "cli-job", region=region)
    assert job["LabelingJobStatus"] == "Completed"
    assert job["LabelCounters"]["HumanLabeled"] == 2
    target = tmp_path / "output.manifest"
    aws("s3", "cp", job["LabelingJobOutput"]["OutputDatasetS3Uri"], str(target), "--quiet", region=region)
    assert [set(json.loads(line)) for line in target.read_text().splitlines()] == [
        {"source-ref", "slice", "boxes", "boxes-metadata"}
    ] * 2


def test_the_aws_cli_shows_the_services_errors(account: Any) -> None:
    error = aws(
        "sagemaker", "describe-labeling-job", "--labeling-job-name", "nobody", region=account.region, check=False
    )
    assert "(ResourceNotFound)" in error
