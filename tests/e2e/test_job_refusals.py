"""Jobs launched to the sandbox: what is refused leaves nothing behind, what is launched is one job."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from gtctl.cli import run
from gtctl.ground_truth import CORS_RULE, public_workteam_arn
from gtctl.jobs.render import DIGEST_TAG, launch_digest, render
from gtctl.jobs.spec import load
from gtctl.sandbox.simulated_workers import annotate
from tests.account import Account
from tests.jobs.launching import WAIVED, launch, spec_for, waivers

pytestmark = pytest.mark.e2e


def jobs(ready: Account) -> list[str]:
    summaries = ready.client("sagemaker").list_labeling_jobs()["LabelingJobSummaryList"]
    return [summary["LabelingJobName"] for summary in summaries]


def uploads(ready: Account, name: str) -> list[str]:
    listed = ready.client("s3").list_objects_v2(Bucket=ready.bucket, Prefix=f"jobs/gtctl-config/{name}/")
    return [entry["Key"] for entry in listed.get("Contents", [])]


@pytest.mark.parametrize("reason", ["public", "vendor", "foreign", "no-key", "alias"])
def test_a_refused_launch_leaves_no_job_and_no_file(
    ready: Account, tmp_path: Path, capsys: pytest.CaptureFixture[str], reason: str
) -> None:
    reasons: dict[str, dict[str, Any]] = {
        "public": {"workers__workteam_arn": public_workteam_arn(ready.region)},
        "vendor": {"workers__workteam_arn": ready.workteam_arn.replace("private-crowd", "vendor-crowd")},
        "foreign": {"workers__workteam_arn": ready.workteam_arn.replace("123456789012", "210987654321")},
        "no-key": {"output__kms_key_arn": None},
        "alias": {"output__kms_key_arn": "alias/labels"},
    }
    name = f"refused-{reason}"
    assert run(["job", "launch", str(spec_for(ready, tmp_path, name, **reasons[reason]))]) == 1
    assert "refused: " in capsys.readouterr().err
    assert name not in jobs(ready)
    assert uploads(ready, name) == []


def test_a_launched_job_runs_to_its_labels(
    ready: Account, settings: list[str], sandbox: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = spec_for(ready, tmp_path, "whole", classification="phi")
    assert run(["job", "launch", str(spec), *settings]) == 0
    assert capsys.readouterr().out.startswith("launched whole: arn:aws:sagemaker:")
    annotate(sandbox, "whole", ready.region, workers=2, seed=1)
    assert run(["job", "watch", "whole", "--region", ready.region, "--interval", "0.1", "--timeout", "30"]) == 0
    assert "whole: Completed (2 labeled, 0 failed, 0 unlabeled)" in capsys.readouterr().out
    assert run(["job", "status", "whole", "--region", ready.region, "--json"]) == 0
    status = json.loads(capsys.readouterr().out)
    assert (status["labeled"], status["failed"], status["unlabeled"]) == (2, 0, 0)
    prefix = f"s3://{ready.bucket}/"
    manifest = ready.read(status["output_manifest"].removeprefix(prefix))
    assert all("findings-metadata" in json.loads(line) for line in manifest.splitlines())


def test_the_files_of_a_job_are_encrypted_with_the_output_key(
    ready: Account, settings: list[str], tmp_path: Path
) -> None:
    assert run(["job", "launch", str(spec_for(ready, tmp_path, "encrypted")), *settings]) == 0
    keys = uploads(ready, "encrypted")
    names = sorted(key.rpartition("/")[2] for key in keys if "/launch-records/" not in key)
    assert (names, len(keys)) == (["label-categories.json", "template.liquid"], 3)
    for key in keys:
        head = ready.client("s3").head_object(Bucket=ready.bucket, Key=key)
        assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", ready.key_arn)


def test_a_job_launched_again_is_left_alone_whichever_way_it_is_given(
    ready: Account, settings: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = spec_for(ready, tmp_path, "again")
    assert run(["job", "launch", str(spec), *settings]) == 0
    assert run(["job", "render", str(spec), "--output", str(tmp_path / "rendered")]) == 0
    capsys.readouterr()
    for source in ([str(spec)], ["--request", str(tmp_path / "rendered" / "job.json")]):
        assert run(["job", "launch", *source, *settings]) == 0
        assert capsys.readouterr().out.startswith("already launched again: arn:aws:sagemaker:")
    assert jobs(ready).count("again") == 1


def test_another_job_under_a_name_in_use_is_refused_whatever_its_case(
    ready: Account, settings: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["job", "launch", str(spec_for(ready, tmp_path, "taken")), *settings]) == 0
    before = uploads(ready, "taken")
    for changes in ({"labels": ["other"]}, {"name": "TAKEN"}):
        assert run(["job", "launch", str(spec_for(ready, tmp_path, "taken", **changes)), *settings]) == 1
        assert "give this one another name" in capsys.readouterr().err
    assert uploads(ready, "taken") == before
    assert [name.lower() for name in jobs(ready)].count("taken") == 1


def test_five_launchers_at_once_make_one_job(ready: Account, tmp_path: Path) -> None:
    job = render(load(spec_for(ready, tmp_path, "race")))
    with ThreadPoolExecutor(5) as pool:
        launched = list(pool.map(launch, [job] * 5))
    assert jobs(ready).count("race") == 1
    assert len({done.arn for done in launched}) == 1
    assert sum(not done.already_there for done in launched) == 1


def test_a_launched_job_carries_what_was_checked_and_its_record_tells_it_whole(
    ready: Account, settings: list[str], tmp_path: Path
) -> None:
    spec = spec_for(ready, tmp_path, "tagged", classification="legal", tags={"project": "ct"})
    assert run(["job", "launch", str(spec), *settings]) == 0
    described = ready.client("sagemaker").describe_labeling_job(LabelingJobName="tagged")
    tags = {tag["Key"]: tag["Value"] for tag in described["Tags"]}
    manifest = hashlib.sha256(ready.read("tagged.manifest")).hexdigest()
    assert tags["gtctl:classification"] == "legal"
    assert tags["project"] == "ct"
    assert tags[DIGEST_TAG] == launch_digest(render(load(spec)))
    assert tags["gtctl:launch-manifest"] == manifest
    assert tags["gtctl:launch-gate"].endswith(f"0 failed 0 unknown {len(WAIVED)} waived")
    assert tags["gtctl:launch-waivers"] == " ".join(WAIVED)

    content = ready.read(f"jobs/gtctl-config/tagged/launch-records/{tags['gtctl:launch-record']}.json")
    assert hashlib.sha256(content).hexdigest() == tags["gtctl:launch-record"]
    record = json.loads(content)
    assert (record["job"], record["digest"]) == ("tagged", tags[DIGEST_TAG])
    assert (record["manifest"]["sha256"], record["manifest"]["objects"]) == (manifest, 2)
    assert record["accepted_unknown"] is False
    items = {item["id"]: item for item in record["gate"]["items"]}
    assert items["PF203"]["verdict"] == "PASS"
    assert items["GT105"]["waiver"] == {"owner": "the tests", "reason": "bare", "expires": "2099-12-31"}


def test_the_gate_lets_failures_pass_by_a_waiver_only(
    ready: Account, settings: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = spec_for(ready, tmp_path, "gated")
    ready.client("s3").delete_bucket_cors(Bucket=ready.bucket)
    arguments = ["job", "launch", str(spec), "--config"]
    assert run([*arguments, settings[1], "--accept-unknown"]) == 1
    error = capsys.readouterr().err.strip()
    assert error.startswith(f"gtctl: refused: PF203 s3://{ready.bucket}: no CORS rule")
    assert "\n" not in error
    assert "gated" not in jobs(ready)
    assert uploads(ready, "gated") == []
    assert run([*arguments, str(waivers(tmp_path, *WAIVED, "PF203"))]) == 0
    assert "gated" in jobs(ready)


def test_what_is_unknown_is_accepted_by_who_launches(
    ready: Account, settings: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = spec_for(ready, tmp_path, "unknown")
    rule = CORS_RULE | {"AllowedOrigins": ["https://portal.example"]}
    ready.client("s3").put_bucket_cors(Bucket=ready.bucket, CORSConfiguration={"CORSRules": [rule]})
    assert run(["job", "launch", str(spec), *settings]) == 1
    assert "refused, as it is unknown: PF203" in capsys.readouterr().err
    assert run(["job", "check", str(spec), *settings]) == 1
    assert run(["job", "check", str(spec), *settings, "--accept-unknown"]) == 0
    assert run(["job", "launch", str(spec), *settings, "--accept-unknown"]) == 0
    described = ready.client("sagemaker").describe_labeling_job(LabelingJobName="unknown")
    tags = {tag["Key"]: tag["Value"] for tag in described["Tags"]}
    record = ready.read(f"jobs/gtctl-config/unknown/launch-records/{tags['gtctl:launch-record']}.json")
    assert json.loads(record)["accepted_unknown"] is True


def test_a_job_whose_images_are_missing_ends_badly_with_its_counters(
    ready: Account, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = json.dumps({"source-ref": f"s3://{ready.bucket}/images/absent.png"})
    manifest = ready.put("missing.manifest", f"{line}\n".encode())
    launch(render(load(spec_for(ready, tmp_path, "absent", input__manifest=manifest))))
    watch = ["job", "watch", "absent", "--region", ready.region, "--interval", "0.1", "--timeout", "30"]
    assert run(watch) == 1
    assert "absent ended as " in capsys.readouterr().err.splitlines()[-1]


def test_jobs_are_listed_over_pages_and_stopped(
    ready: Account, settings: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["job", "launch", str(spec_for(ready, tmp_path, "running")), *settings]) == 0
    ready.wait("running", "InProgress")
    region = ["--region", ready.region]
    capsys.readouterr()
    assert run(["job", "list", *region, "--status", "InProgress", "--json"]) == 0
    assert "running" in [job["name"] for job in json.loads(capsys.readouterr().out)["jobs"]]
    assert run(["job", "stop", "running", *region]) == 0
    ready.wait("running", "Stopped")
    assert run(["job", "watch", "running", *region, "--interval", "0.1"]) == 1
    assert "running ended as Stopped (0 labeled, 0 failed, 2 unlabeled)" in capsys.readouterr().err


def test_a_job_that_is_not_there_is_bad_input(ready: Account, capsys: pytest.CaptureFixture[str]) -> None:
    for action in ("status", "watch", "stop"):
        assert run(["job", action, "nobody", "--region", ready.region]) == 2
        assert f"there is no labeling job nobody in {ready.region}" in capsys.readouterr().err
