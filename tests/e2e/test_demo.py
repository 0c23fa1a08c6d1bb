"""`gtctl demo` as a user runs it: real Terraform, real HTTP, real files."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pycocotools.coco import COCO

from tests.e2e.conftest import Gtctl, run_gtctl

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def demo(gtctl: Gtctl, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of a finished demo, and what it printed."""
    folder = tmp_path_factory.mktemp("demo")
    done = gtctl("demo", "--output", str(folder))
    assert done.returncode == 0, done.stdout + done.stderr + (folder / "demo.log").read_text()
    return folder, done.stdout


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_it_prints_each_step_with_its_duration_and_where_the_results_lie(demo: tuple[Path, str]) -> None:
    folder, printed = demo
    assert "refused, before any call was made" in printed
    assert "SIMULATED" in printed
    assert str(folder / "contact-sheet.png") in printed
    total = next(line for line in printed.splitlines() if line.endswith("in all"))
    assert float(total.split()[0]) < 180


def test_every_image_is_tied_to_its_source_by_hash(demo: tuple[Path, str]) -> None:
    folder, _ = demo
    ledger = _lines(folder / "ledger.jsonl")
    sources = {hashlib.sha256(p.read_bytes()).hexdigest() for p in (folder / "dicom").rglob("*") if p.is_file()}
    assert len(ledger) >= 20
    for entry in ledger:
        image = (folder / "scans" / entry["image"]).read_bytes()
        assert hashlib.sha256(image).hexdigest() == entry["image_sha256"]
        assert entry["source_sha256"] in sources
    assert {entry["image"] for entry in ledger} == {p.name for p in (folder / "scans").iterdir()}


def test_every_image_in_the_manifest_lies_in_the_bucket_encrypted_with_the_customers_key(
    demo: tuple[Path, str], client: Any
) -> None:
    folder, _ = demo
    stack = json.loads((folder / "stack.json").read_bytes())
    manifest = _lines(folder / "input.manifest")
    assert len(manifest) == len(_lines(folder / "ledger.jsonl"))
    s3 = client("s3")
    for line in manifest:
        bucket, _, key = line["source-ref"].removeprefix("s3://").partition("/")
        head = s3.head_object(Bucket=bucket, Key=key)
        assert (bucket, head["SSEKMSKeyId"]) == (stack["scans_bucket"], stack["scans_kms_key_arn"])


def test_the_job_went_to_the_private_team_with_the_labels_key(demo: tuple[Path, str], client: Any) -> None:
    folder, _ = demo
    stack = json.loads((folder / "stack.json").read_bytes())
    request = json.loads((folder / "job.json").read_bytes())
    job = client("sagemaker").describe_labeling_job(LabelingJobName=request["LabelingJobName"])
    assert job["LabelingJobStatus"] == "Completed"
    assert job["HumanTaskConfig"]["WorkteamArn"] == stack["workteam_arn"]
    assert job["OutputConfig"]["KmsKeyId"] == stack["labels_kms_key_arn"]
    assert ":workteam/private-crowd/" in stack["workteam_arn"]


def test_the_labels_are_valid_coco_with_every_box_of_the_output_manifest(demo: tuple[Path, str]) -> None:
    folder, _ = demo
    coco = COCO(str(folder / "labels.coco.json"))
    output = _lines(folder / "output.manifest")
    boxes = [box for line in output for box in line["structures"]["annotations"]]
    assert len(boxes) > len(output) / 2
    assert len(coco.getImgIds()) == len(output)
    assert sorted(a["bbox"] for a in coco.loadAnns(coco.getAnnIds())) == sorted(
        [box["left"], box["top"], box["width"], box["height"]] for box in boxes
    )


def test_the_contact_sheet_is_a_picture_with_colour(demo: tuple[Path, str]) -> None:
    with Image.open(demo[0] / "contact-sheet.png") as sheet:
        assert min(sheet.size) > 400
        colours = sheet.convert("RGB").getcolors(maxcolors=1 << 24)
    assert any(max(rgb) - min(rgb) > 60 for _, rgb in colours or [] if isinstance(rgb, tuple))


def test_no_patient_attribute_stands_in_any_result(demo: tuple[Path, str]) -> None:
    import pydicom

    folder, printed = demo
    dicom = folder / "dicom"
    names: set[bytes] = set()
    for path in dicom.rglob("*"):
        if path.is_file():
            dataset = pydicom.dcmread(path, force=True, stop_before_pixels=True)
            for keyword in ("PatientName", "PatientID", "StudyInstanceUID", "SOPInstanceUID", "AccessionNumber"):
                names.add(str(dataset.get(keyword, "")).encode())
    names = {name for name in names if len(name) > 3}
    assert names
    results = [p for p in folder.rglob("*") if p.is_file() and dicom not in p.parents]
    for path in results:
        content = path.read_bytes()
        assert not [name for name in names if name in content], path
        assert not [name for name in names if name in path.name.encode()], path
    assert not [name for name in names if name in printed.encode()]


def test_run_again_it_works_again(gtctl: Gtctl, demo: tuple[Path, str], tmp_path: Path) -> None:
    done = gtctl("demo", "--output", str(tmp_path), "--destroy")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "labels.coco.json").exists()
    assert gtctl("sandbox", "status").returncode == 3


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_stops_the_sandbox_that_it_started(tmp_path: Path, signal_number: int) -> None:
    home, folder = tmp_path / "home", tmp_path / "demo"
    environment = os.environ | {"GTCTL_HOME": str(home)}
    started = subprocess.Popen(
        [sys.executable, "-m", "gtctl", "demo", "--output", str(folder)],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    deadline = time.monotonic() + 90
    while "infra apply" not in ((folder / "demo.log").read_text() if (folder / "demo.log").exists() else ""):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    time.sleep(3)
    started.send_signal(signal_number)
    _, error = started.communicate(timeout=120)
    assert started.returncode == 130
    assert error.strip().endswith("gtctl: interrupted")
    assert run_gtctl(home, "sandbox", "status").returncode == 3
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert str(home) not in listed
