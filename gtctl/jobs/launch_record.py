"""What an auditor finds with a job: tags on the job, and in S3 a record of what was launched and what was checked.

The record is written before the job is created, and the job's tag holds the record's SHA-256: so every job that exists
has its record, and a record that was changed no longer fits the tag.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

from gtctl import __version__
from gtctl.jobs.dataset import Dataset
from gtctl.jobs.gate import Passage
from gtctl.jobs.render import DIGEST_TAG, Rendered, config_prefix, launch_digest, uploads
from gtctl.jobs.tags import (
    CAMPAIGN_TAG,
    GATE_TAG,
    MANIFEST_TAG,
    MAX_TAG_CHARACTERS,
    PART_TAG,
    RECORD_TAG,
    WAIVERS_TAG,
)

_FOLDER = "launch-records"


@dataclass(frozen=True, slots=True)
class PartOf:
    """Where a job stands in its campaign: ``part`` of ``parts``, counted from 1."""

    campaign: str
    part: int
    parts: int


@dataclass(frozen=True, slots=True)
class Record:
    """The bytes of a launch record, and where they go."""

    uri: str
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def make_record(
    rendered: Rendered, dataset: Dataset, passage: Passage, part: PartOf | None, accept_unknown: bool
) -> Record:
    """The record of a launch that happens now."""
    document = {
        "schema_version": 1,
        "job": rendered.request["LabelingJobName"],
        "campaign": {"name": part.campaign, "part": part.part, "of": part.parts} if part else None,
        # Two launches in one second are two records: the tag tells whose job it became.
        "launch": secrets.token_hex(8),
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "gtctl": __version__,
        "digest": launch_digest(rendered),
        "request": rendered.request,
        "files": {file.uri: hashlib.sha256(file.content).hexdigest() for file in uploads(rendered)},
        "manifest": {
            "uri": dataset.uri,
            "sha256": dataset.sha256,
            "objects": dataset.objects,
            "buckets": sorted(dataset.buckets),
        },
        "accepted_unknown": accept_unknown,
        "gate": passage.as_json(),
    }
    content = (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()
    name = hashlib.sha256(content).hexdigest()
    return Record(f"{config_prefix(rendered.request)}{_FOLDER}/{name}.json", content)


def launch_tags(
    rendered: Rendered, dataset: Dataset, passage: Passage, part: PartOf | None, record: Record
) -> list[dict[str, str]]:
    """The tags that a launch sets. Their values are cut to what a tag takes; the record has everything."""
    waived = " ".join(sorted({item.finding.rule_id for item in passage.waived}))
    found = {
        DIGEST_TAG: launch_digest(rendered),
        MANIFEST_TAG: dataset.sha256,
        GATE_TAG: passage.counts.replace(", ", " "),
        RECORD_TAG: record.sha256,
    }
    if waived:
        found[WAIVERS_TAG] = waived[:MAX_TAG_CHARACTERS]
    if part:
        found |= {CAMPAIGN_TAG: part.campaign, PART_TAG: f"{part.part}/{part.parts}"}
    return [{"Key": key, "Value": value} for key, value in found.items()]
