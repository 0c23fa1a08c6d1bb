"""Jobs launched to the sandbox: what is refused leaves nothing behind, what is launched is one job."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from gtctl.cli import run
from gtctl.ground_truth import public_workteam_arn
from gtctl.jobs.launch import launch
from gtctl.jobs.render import DIGEST_TAG, launch_digest, render
from gtctl.jobs.spec import load
from gtctl.sandbox.simulated_workers import annotate
from tests.account import Account, png
from tests.jobs.samples import write_spec

pytestmark = pytest.mark.e2e


def spec_for(account: Account, folder: Path, job: str, **changes: Any) -> Path:
    """A spec whose images, manifest, key, role and workteam exist in the sandbox."""
    uris = [account.put(f"images/{job}/{number}.png", png()) for number in range(2)]
    manifest = "".join(json.dumps({"source-ref": uri}) + "\n" for uri in uris)
    mine = {
        "name": job,
        "workers__workteam_arn": account.workteam_arn,
        "input__manifest": account.put(f"{job}.manifest", manifest.encode()),
        "output__path": f"s3://{account.bucket}/jobs",
        "output__kms_key_arn": account.key_arn,
        "role_arn": account.role_arn,
    }
    return write_spec(folder, **(mine | changes))


def jobs(account: Account) -> list[str]:
    summaries = account.client("sagemaker").list_labeling_jobs()["LabelingJobSummaryList"]
    return [summary["LabelingJobName"] for summary in summaries]


def uploads(account: Account, name: str) -> list[str]:
    listed = account.client("s3").list_objects_v2(Bucket=account.bucket, Prefix=f"jobs/gtctl-config/{name}/")
    return [entry["Key"] for entry in listed.get("Contents", [])]


@pytest.mark.parametrize("reason", ["public", "vendor", "foreign", "no-key", "alias"])
def test_a_refused_launch_leaves_no_job_and_no_file(
    account: Account, tmp_path: Path, capsys: pytest.CaptureFixture[str], reason: str
) -> None:
    reasons: dict[str, dict[str, Any]] = {
        "public": {"workers__workteam_arn": public_workteam_arn(account.region)},
        "vendor": {"workers__workteam_arn": account.workteam_arn.replace("private-crowd", "vendor-crowd")},
        "foreign": {"workers__workteam_arn": account.workteam_arn.replace("123456789012", "210987654321")},
        "no-key": {"output__kms_key_arn": None},
        "alias": {"output__kms_key_arn": "alias/labels"},
    }
    name = f"refused-{reason}"
    assert run(["job", "launch", str(spec_for(account, tmp_path, name, **reasons[reason]))]) == 1
    assert "refused: " in capsys.readouterr().err
    assert name not in jobs(account)
    assert uploads(account, name) == []


def test_a_launched_job_runs_to_its_labels(
    account: Account, sandbox: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = spec_for(account, tmp_path, "whole", classification="phi")
    assert run(["job", "launch", str(spec)]) == 0
    assert capsys.readouterr().out.startswith("launched whole: arn:aws:sagemaker:")
    annotate(sandbox, "whole", account.region, workers=2, seed=1)
    assert run(["job", "watch", "whole", "--region", account.region, "--interval", "0.1", "--timeout", "30"]) == 0
    assert "whole: Completed (2 labeled, 0 failed, 0 unlabeled)" in capsys.readouterr().out
    assert run(["job", "status", "whole", "--region", account.region, "--json"]) == 0
    status = json.loads(capsys.readouterr().out)
    assert (status["labeled"], status["failed"], status["unlabeled"]) == (2, 0, 0)
    prefix = f"s3://{account.bucket}/"
    manifest = account.read(status["output_manifest"].removeprefix(prefix))
    assert all("findings-metadata" in json.loads(line) for line in manifest.splitlines())


def test_the_files_of_a_job_are_encrypted_with_the_output_key(account: Account, tmp_path: Path) -> None:
    assert run(["job", "launch", str(spec_for(account, tmp_path, "encrypted"))]) == 0
    keys = uploads(account, "encrypted")
    assert sorted(key.rpartition("/")[2] for key in keys) == ["label-categories.json", "template.liquid"]
    for key in keys:
        head = account.client("s3").head_object(Bucket=account.bucket, Key=key)
        assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", account.key_arn)


def test_a_job_launched_again_is_left_alone_whichever_way_it_is_given(
    account: Account, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = spec_for(account, tmp_path, "again")
    assert run(["job", "launch", str(spec)]) == 0
    assert run(["job", "render", str(spec), "--output", str(tmp_path / "rendered")]) == 0
    capsys.readouterr()
    for source in ([str(spec)], ["--request", str(tmp_path / "rendered" / "job.json")]):
        assert run(["job", "launch", *source]) == 0
        assert capsys.readouterr().out.startswith("already launched again: arn:aws:sagemaker:")
    assert jobs(account).count("again") == 1


def test_another_job_under_a_name_in_use_is_refused_whatever_its_case(
    account: Account, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["job", "launch", str(spec_for(account, tmp_path, "taken"))]) == 0
    before = uploads(account, "taken")
    for changes in ({"labels": ["other"]}, {"name": "TAKEN"}):
        assert run(["job", "launch", str(spec_for(account, tmp_path, "taken", **changes))]) == 1
        assert "give this one another name" in capsys.readouterr().err
    assert uploads(account, "taken") == before
    assert [name.lower() for name in jobs(account)].count("taken") == 1


def test_five_launchers_at_once_make_one_job(account: Account, tmp_path: Path) -> None:
    job = render(load(spec_for(account, tmp_path, "race")))
    with ThreadPoolExecutor(5) as pool:
        launched = list(pool.map(launch, [job] * 5))
    assert jobs(account).count("race") == 1
    assert len({done.arn for done in launched}) == 1
    assert sum(not done.already_there for done in launched) == 1


def test_a_launched_job_carries_its_digest_and_classification(account: Account, tmp_path: Path) -> None:
    spec = spec_for(account, tmp_path, "tagged", classification="legal", tags={"project": "ct"})
    assert run(["job", "launch", str(spec)]) == 0
    described = account.client("sagemaker").describe_labeling_job(LabelingJobName="tagged")
    assert {tag["Key"]: tag["Value"] for tag in described["Tags"]} == {
        "gtctl:classification": "legal",
        DIGEST_TAG: launch_digest(render(load(spec))),
        "project": "ct",
    }


def test_a_job_whose_images_are_missing_ends_badly_with_its_counters(
    account: Account, sandbox: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = json.dumps({"source-ref": f"s3://{account.bucket}/images/absent.png"})
    manifest = account.put("missing.manifest", f"{line}\n".encode())
    spec = spec_for(account, tmp_path, "absent", input__manifest=manifest)
    assert run(["job", "launch", str(spec), "--wait", "--interval", "0.1", "--timeout", "30"]) == 1
    assert "absent ended as " in capsys.readouterr().err.splitlines()[-1]


def test_jobs_are_listed_over_pages_and_stopped(
    account: Account, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["job", "launch", str(spec_for(account, tmp_path, "running"))]) == 0
    account.wait("running", "InProgress")
    region = ["--region", account.region]
    capsys.readouterr()
    assert run(["job", "list", *region, "--status", "InProgress", "--json"]) == 0
    assert "running" in [job["name"] for job in json.loads(capsys.readouterr().out)["jobs"]]
    assert run(["job", "stop", "running", *region]) == 0
    account.wait("running", "Stopped")
    assert run(["job", "watch", "running", *region, "--interval", "0.1"]) == 1
    assert "running ended as Stopped (0 labeled, 0 failed, 2 unlabeled)" in capsys.readouterr().err


def test_a_job_that_is_not_there_is_bad_input(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    for action in ("status", "watch", "stop"):
        assert run(["job", action, "nobody", "--region", account.region]) == 2
        assert f"there is no labeling job nobody in {account.region}" in capsys.readouterr().err
