"""Labels of jobs by their names, through the sandbox."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gtctl.cli import run
from gtctl.sandbox.simulated_workers import annotate
from tests.account import Account


def test_the_labels_of_a_campaign_s_jobs_are_exported_by_the_jobs_names(
    account: Account, sandbox: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_REGION", account.region)
    for name in ("part-1", "part-2"):
        account.client("sagemaker").create_labeling_job(**account.request(name, images=1))
    command = [
        "labels",
        "export",
        "--format",
        "coco",
        "--job",
        "part-1",
        "--job",
        "part-2",
        str(tmp_path / "coco.json"),
    ]
    assert run(command) == 2
    assert "part-1 is " in capsys.readouterr().err
    for name in ("part-1", "part-2"):
        annotate(sandbox, name, account.region, workers=2, seed=3)
        account.wait(name)
    assert run([*command, "--json"]) == 0
    counts = json.loads(capsys.readouterr().out)
    assert (counts["read"], counts["exported"]) == (2, 2)
    assert run(["labels", "export", "--format", "coco", "--job", "no-such-job", str(tmp_path / "x")]) == 2
    assert "there is no labeling job no-such-job" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [["out.json"], ["m.manifest", "out.json", "--job", "x"], ["m.manifest", "s3://bucket/out.json"]]
)
def test_either_manifests_or_jobs_and_a_local_output(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["labels", "export", "--format", "coco", *arguments]) == 2
