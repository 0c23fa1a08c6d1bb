"""Campaigns: a dataset that is more than a job takes becomes several jobs, NAME-001, NAME-002, ... with one tag.

The parts of the manifest are named by their content and lie, encrypted, beside the other files of the job.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from gtctl.errors import BadInput
from gtctl.ground_truth import MAX_DATASET_OBJECTS
from gtctl.jobs import dataset
from gtctl.jobs.launch import Launch, job_region
from gtctl.jobs.launch_record import PartOf
from gtctl.jobs.render import Rendered, config_prefix, with_digest
from gtctl.manifests.split import How, split

MAX_NAME = 63


@contextmanager
def launches(rendered: Rendered, max_objects: int | None = None) -> Iterator[tuple[dataset.Dataset, list[Launch]]]:
    """The whole dataset of ``rendered``, and the jobs that it takes: one, or the parts of a campaign.

    ``max_objects``: the most objects of a job, if fewer than the service takes. Reads the manifest from S3. Raises
    BadInput where there is none, and for a name that is too long for a campaign; and botocore's errors.
    """
    request = rendered.request
    uri = request["InputConfig"]["DataSource"]["S3DataSource"]["ManifestS3Uri"]
    most = min(max_objects or MAX_DATASET_OBJECTS, MAX_DATASET_OBJECTS)
    with ExitStack() as stack:
        stream = stack.enter_context(dataset.fetched(uri, job_region(rendered)))
        whole = dataset.read(stream, uri)
        if whole.objects <= most:
            yield whole, [Launch(rendered, whole)]
            return
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        yield whole, _parts(rendered, stream, folder, most, stack)


def _parts(rendered: Rendered, stream: BinaryIO, folder: Path, most: int, stack: ExitStack) -> list[Launch]:
    name = rendered.request["LabelingJobName"]
    manifest = folder / "manifest"
    stream.seek(0)
    with manifest.open("wb") as target:
        while chunk := stream.read(1 << 20):
            target.write(chunk)
    parts = split(str(manifest), str(folder / "parts"), None, How(objects=most))
    if len(f"{name}-000") > MAX_NAME:
        raise BadInput(f"name: {name} is too long for a campaign of {len(parts)} jobs: shorten it by 4 characters")
    found = []
    for number, part in enumerate(parts, start=1):
        opened = stack.enter_context((folder / "parts" / part.name).open("rb"))
        sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
        uri = f"{config_prefix(rendered.request)}manifests/{number:03d}-{sha256[:16]}.manifest"
        opened.seek(0)
        described = dataset.read(opened, uri, sample=1, validate=False)
        opened.seek(0)
        changes: dict[str, Any] = {
            "LabelingJobName": f"{name}-{number:03d}",
            "InputConfig": rendered.request["InputConfig"] | {"DataSource": {"S3DataSource": {"ManifestS3Uri": uri}}},
        }
        own = with_digest(replace(rendered, request=rendered.request | changes))
        found.append(Launch(own, described, PartOf(name, number, len(parts)), opened))
    return found
