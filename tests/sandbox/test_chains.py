"""Jobs about the labels of earlier jobs: boxes, then their verification, then their adjustment, as one spec."""

from __future__ import annotations

import html
import json
import re
import urllib.request
from pathlib import Path
from typing import Any

import pytest
import yaml
from botocore.exceptions import ClientError

from gtctl.aws import parse_s3_uri
from gtctl.jobs.render import render, uploads
from gtctl.jobs.spec import JobSpec, load
from gtctl.labels.output_manifest import Labeled, read
from gtctl.sandbox.simulated_workers import annotate, ensure_members
from tests.account import Account, png

INSTRUCTIONS = {"builtin": "chest-ct", "language": "ko"}


def chain(account: Account, images: int) -> JobSpec:
    uris = [account.put(f"images/chain/{n}.png", png(320 + n, 240)) for n in range(images)]
    manifest = "".join(json.dumps({"source-ref": uri, "slice": n}) + "\n" for n, uri in enumerate(uris))
    return JobSpec.model_validate(
        {
            "name": "boxes",
            "task": {"title": "흉부 CT", "description": "Draw", "instructions": INSTRUCTIONS},
            "labels": ["nodule", 'a "quoted" <label>\'s'],
            "workers": {"workteam_arn": account.workteam_arn, "per_object": 2, "time_limit": "10m"},
            "input": {"manifest": account.put("chain.manifest", manifest.encode())},
            "output": {
                "path": f"s3://{account.bucket}/out",
                "kms_key_arn": account.key_arn,
                "label_attribute": "findings",
            },
            "role_arn": account.role_arn,
            "then": [
                {
                    "name": "boxes-verified",
                    "task": {
                        "type": "verification",
                        "title": "Verify",
                        "description": "Judge the boxes",
                        "instructions": INSTRUCTIONS,
                    },
                    "labels": ["good", "bad"],
                    "workers": {"per_object": 3},
                    "output": {"label_attribute": "verdict"},
                },
                {
                    "name": "boxes-adjusted",
                    "task": {
                        "type": "adjustment",
                        "title": "Adjust",
                        "description": "Correct the boxes",
                        "instructions": INSTRUCTIONS,
                    },
                    "workers": {"per_object": 1},
                    "output": {"label_attribute": "findings-adjusted"},
                },
            ],
        }
    )


def create(spec: JobSpec, account: Account) -> None:
    """Create the job as it is rendered, its files in their places."""
    job = render(spec)
    for file in uploads(job):
        account.put(parse_s3_uri(file.uri).key, file.content)
    account.client("sagemaker").create_labeling_job(**job.request)


def run_job(spec: JobSpec, account: Account, sandbox: Any) -> list[dict[str, Any]]:
    """Launch and work on one job; the lines of its output manifest."""
    create(spec, account)
    annotate(
        sandbox, spec.name, account.region, workers=spec.workers.per_object, seed=9
    )  # with both verdicts and both statuses
    job = account.wait(spec.name)
    assert job["LabelingJobStatus"] == "Completed", job.get("FailureReason")
    key = f"out/{spec.name}/manifests/output/output.manifest"
    assert job["LabelingJobOutput"]["OutputDatasetS3Uri"] == f"s3://{account.bucket}/{key}"
    return [json.loads(line) for line in account.read(key).splitlines()]


def test_a_chain_appends_verdicts_and_adjusted_boxes_to_the_lines_of_the_first_job(
    account: Account, sandbox: Any
) -> None:
    boxes, verification, adjustment = chain(account, images=8).steps()
    first = run_job(boxes, account, sandbox)
    verified = run_job(verification, account, sandbox)
    adjusted = run_job(adjustment, account, sandbox)

    verdicts = []
    for before, line in zip(first, verified, strict=True):
        assert {key: line[key] for key in before} == before, "the labels of the first job are still there"
        metadata = line["verdict-metadata"]
        verdicts.append(metadata["class-name"])
        assert line["verdict"] == str(["good", "bad"].index(metadata["class-name"]))
        assert metadata["type"] == "groundtruth/label-verification"
        assert metadata["job-name"] == "labeling-job/boxes-verified"
        assert 0 < metadata["confidence"] <= 1
        if metadata["class-name"] == "bad":
            assert metadata["worker-feedback"][0] == {"comment": "Simulated: a box does not fit."}
    assert set(verdicts) == {"good", "bad"}

    statuses = []
    for before, line in zip(verified, adjusted, strict=True):
        assert {key: line[key] for key in before} == before
        metadata = line["findings-adjusted-metadata"]
        statuses.append(metadata["adjustment-status"])
        assert metadata["type"] == "groundtruth/object-detection"
        same = line["findings"]["annotations"] == line["findings-adjusted"]["annotations"]
        assert same == (metadata["adjustment-status"] == "unadjusted")
    assert set(statuses) == {"adjusted", "unadjusted"}

    manifest = f"s3://{account.bucket}/out/boxes-adjusted/manifests/output/output.manifest"
    rows = [row for row in read(manifest, "findings-adjusted") if isinstance(row, Labeled)]
    assert [row.adjusted for row in rows] == [status == "adjusted" for status in statuses]
    assert {verdict.class_name for row in rows for verdict in row.verifications} <= {"good", "bad"}


def test_workers_see_an_example_image_from_beside_the_spec(account: Account, sandbox: Any, tmp_path: Path) -> None:
    document = chain(account, images=1).model_dump(mode="json", exclude_none=True)
    document |= {"name": "example", "then": []}
    document["task"]["instructions"] = {"short": "![an example](example.png)", "full": "Look."}
    (tmp_path / "example.png").write_bytes(png(40, 30))
    (tmp_path / "job.yaml").write_text(yaml.safe_dump(document))
    create(load(tmp_path / "job.yaml"), account)
    account.wait("example", "InProgress")
    ensure_members(account.workteam, account.region, 1)
    base = f"{sandbox.endpoint}/_gtctl/portal/{account.region}/example"
    with urllib.request.urlopen(f"{base}/workers") as answer:
        worker = json.load(answer)[0]
    with urllib.request.urlopen(f"{base}/tasks/0?worker={worker}") as answer:
        page = answer.read().decode()
    (source,) = re.findall(r'<img src="([^"]+)" alt="an example"', page)
    with urllib.request.urlopen(html.unescape(source)) as answer:
        assert answer.read() == png(40, 30)


def test_objects_without_earlier_labels_fail_one_by_one(account: Account, sandbox: Any) -> None:
    spec = chain(account, images=2)
    uris = [account.put(f"images/some/{n}.png", png()) for n in range(3)]
    labeled = {
        "findings": {
            "image_size": [{"width": 64, "height": 48, "depth": 1}],
            "annotations": [{"class_id": 0, "left": 1, "top": 2, "width": 3, "height": 4}],
        },
        "findings-metadata": {"class-map": {"0": "nodule"}, "objects": [{"confidence": 0}]},
    }
    unknown = labeled | {"findings-metadata": {"class-map": {"0": "removed"}}}
    lines = [{"source-ref": uris[0]} | labeled, {"source-ref": uris[1]}, {"source-ref": uris[2]} | unknown]
    manifest = account.put("some.manifest", "\n".join(json.dumps(line) for line in lines).encode())
    step = spec.steps()[2]
    step = step.model_copy(update={"input": step.input.model_copy(update={"manifest": manifest, "from_job": None})})
    out = run_job(step, account, sandbox)
    assert out[0]["findings-adjusted"]["annotations"]
    assert out[1]["findings-adjusted-metadata"]["failure-reason"] == "The object has no bounding boxes in findings."
    assert "removed" in out[2]["findings-adjusted-metadata"]["failure-reason"]
    assert all("findings-adjusted" not in line for line in out[1:])


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("<p></p>", "shows no labels of an earlier job"),
        ("{{ task.input.manifestLine.boxes }}", "must differ"),
    ],
)
def test_a_page_that_cannot_show_the_earlier_labels_fails_the_job(account: Account, template: str, reason: str) -> None:
    request = account.request("adjust-nothing")
    task = request["HumanTaskConfig"]
    task["PreHumanTaskLambdaArn"] = task["PreHumanTaskLambdaArn"].replace("PRE-", "PRE-Adjustment")
    config = task["AnnotationConsolidationConfig"]
    config["AnnotationConsolidationLambdaArn"] = config["AnnotationConsolidationLambdaArn"].replace(
        "ACS-", "ACS-Adjustment"
    )
    task["UiConfig"]["UiTemplateS3Uri"] = account.put("own.liquid", template.encode())
    account.client("sagemaker").create_labeling_job(**request)
    assert reason in account.wait("adjust-nothing")["FailureReason"]


def test_both_functions_must_belong_to_one_task(account: Account) -> None:
    request = account.request("mixed")
    task = request["HumanTaskConfig"]
    task["PreHumanTaskLambdaArn"] = task["PreHumanTaskLambdaArn"].replace("PRE-", "PRE-Verification")
    with pytest.raises(ClientError, match="different task types"):
        account.client("sagemaker").create_labeling_job(**request)
