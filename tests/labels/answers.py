"""Worker responses as a job leaves them beside its output manifest, made for a test."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.labels.rows import labeled, write

WORKERS = ("kim.minji", "dr.weber", "a.okafor")
SIZE = {"width": 200, "height": 100}


def box(label: str, left: float, top: float, width: float = 20, height: float = 20) -> dict[str, Any]:
    """A box as a worker's page submits it."""
    return {"label": label, "left": left, "top": top, "width": width, "height": height}


def answer(worker: str, boxes: list[dict[str, Any]] | None, seconds: float = 12.5, at: int = 0) -> dict[str, Any]:
    """A worker's answer, of which each identity is ``worker``."""
    return {
        "acceptanceTime": "2026-05-04T10:00:00.000Z",
        "submissionTime": f"2026-05-04T10:{at:02}:30.000Z",
        "timeSpentInSeconds": seconds,
        "workerId": f"id-{worker}",
        "answerContent": {"boundingBox": {"boundingBoxes": boxes, "inputImageProperties": SIZE}},
        "workerMetadata": {
            "identityData": {
                "identityProviderType": "Cognito",
                "issuer": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Abc",
                "sub": f"sub-{worker}",
            }
        },
    }


def row(name: str, *boxes: tuple[float, ...], **metadata: Any) -> dict[str, Any]:
    """A labeled row whose image has the size that the answers tell."""
    made = labeled(name, *boxes, class_map={"0": "nodule", "1": "결절"}, **metadata)
    made["boxes"]["image_size"] = [{**SIZE, "depth": 1}]
    return made


def job(folder: Path, rows: list[dict[str, Any]], answers: dict[int, list[dict[str, Any]]]) -> str:
    """The output tree of a job; gives its manifest. ``answers`` are those to each row, from 0."""
    manifest = folder / "manifests" / "output" / "output.manifest"
    manifest.parent.mkdir(parents=True)
    for number, given in answers.items():
        put(folder, number, given)
    return write(manifest, *rows)


def put(folder: Path, number: int, given: Any, iteration: int = 1) -> Path:
    """A file of answers."""
    place = folder / f"annotations/worker-response/iteration-{iteration}/{number}/2026-05-04_10:00:00.json"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(given if isinstance(given, str) else json.dumps({"answers": given}), encoding="utf-8")
    return place
