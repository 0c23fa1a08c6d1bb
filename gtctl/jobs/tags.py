"""Tags of labeling jobs by which gtctl knows its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gtctl.jobs.render import DIGEST_TAG

MANIFEST_TAG = "gtctl:launch-manifest"
"""SHA-256 of the manifest's content when the job was launched."""
GATE_TAG = "gtctl:launch-gate"
WAIVERS_TAG = "gtctl:launch-waivers"
RECORD_TAG = "gtctl:launch-record"
"""SHA-256 of the launch record, which is its name, too."""
CAMPAIGN_TAG = "gtctl:campaign"
PART_TAG = "gtctl:campaign-part"
LAUNCH_TAGS = (DIGEST_TAG, MANIFEST_TAG, GATE_TAG, WAIVERS_TAG, RECORD_TAG, CAMPAIGN_TAG, PART_TAG)
"""Tags that a launch sets; all others are the spec's."""

MAX_TAGS = 50
MAX_TAG_CHARACTERS = 256


def tags_of(described: Mapping[str, Any]) -> dict[str, str]:
    """The tags of a request, or of an answer of DescribeLabelingJob, by key."""
    return {tag["Key"]: tag["Value"] for tag in described.get("Tags", ())}


def own_tags(request: Mapping[str, Any]) -> list[dict[str, str]]:
    """The tags of ``request`` that no launch has set."""
    return [tag for tag in request.get("Tags", ()) if tag["Key"] not in LAUNCH_TAGS]
