"""Whether the job can read its manifest and images, and a browser can show them."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from typing import Any

from gtctl.audit.model import Resource
from gtctl.aws import parse_s3_uri
from gtctl.ground_truth import CORS_RULE
from gtctl.jobs.preflight.model import Check, Outcome, check, failed, passed, unknown
from gtctl.jobs.preflight.scene import Scene
from gtctl.manifests import objects
from gtctl.manifests.rules import Problem, Rule

_SHOWN = 3
# Rule -> what to do, and the command; {uri} is an image, {manifest} the manifest.
_FIXES = {
    Rule.MISSING: ("put the image there, or take its line out", "aws s3 ls {uri}"),
    Rule.ARCHIVED: (
        "restore the image from its archive",
        "aws s3api restore-object --bucket {bucket} --key {key} --restore-request Days=30",
    ),
    Rule.ENCRYPTION: (
        "copy the image onto itself under your key",
        "aws s3 cp {uri} {uri} --sse aws:kms --sse-kms-key-id KEY_ARN",
    ),
    Rule.BIT_DEPTH: ("prepare it with a window", "gtctl scans prepare DICOM_FOLDER s3://{bucket}/PREFIX/"),
    Rule.ORIENTATION: ("turn the pixels and remove the Exif entry", "gtctl manifest validate {manifest} --s3"),
}
_LOOK = (
    "make an image of it that a browser shows, or take its line out",
    "gtctl manifest validate {manifest} --s3",
)


@check("PF201", "The manifest keeps the service's rules and identifies nobody", lambda scene: scene.manifest)
def manifest_is_sound(scene: Scene) -> Iterator[Outcome]:
    broken = scene.dataset.broken if scene.dataset else {}
    for rule, (number, line, message) in broken.items():
        # More objects than a job takes become a campaign.
        if rule in (Rule.TOO_MANY, Rule.EMPTY):
            continue
        more = f", and {number - 1} more lines" if number > 1 else ""
        yield failed(
            f"{scene.manifest}#{rule}",
            f"line {line}{more}: {message.partition(': ')[0]}",
            message.partition(": ")[2] or "correct these lines",
            f"gtctl manifest validate {scene.manifest}",
        )
    if not broken:
        yield passed(scene.manifest)


@check("PF202", "Every bucket exists and lies in the job's Region", lambda scene: "the job's buckets")
def buckets_lie_in_the_region(scene: Scene) -> Iterator[Outcome]:
    for bucket in scene.buckets:
        subject = f"s3://{bucket}"
        if bucket not in scene.bucket_regions:
            yield unknown(subject, f"where it lies is not known: {scene.unread.get(bucket, 'it was not asked')}")
            continue
        region = scene.bucket_regions[bucket]
        if region is None:
            yield failed(
                subject, "there is no such bucket", "correct its name", f"aws s3api head-bucket --bucket {bucket}"
            )
        elif region != scene.region:
            yield failed(
                subject,
                f"it lies in {region}, the job in {scene.region}: a job reads and writes in its own Region only",
                f"copy what the job needs to a bucket in {scene.region}, or launch with a workteam in {region}",
                f"aws s3 sync s3://{bucket}/PREFIX s3://BUCKET_IN_{scene.region.upper().replace('-', '_')}/PREFIX",
            )
        else:
            yield passed(subject, region)


@check("PF203", "Every bucket with images lets the worker's page read them (CORS)", lambda scene: "buckets with images")
def cors_is_set(scene: Scene) -> Iterator[Outcome]:
    settings = scene.graph.of_type("aws_s3_bucket_cors_configuration")
    for bucket in scene.image_buckets:
        if scene.bucket_regions.get(bucket, "") is None:
            continue
        found = next((each for each in settings if each.peek("bucket") == bucket), None)
        rules = found.blocks("cors_rule") if found else []
        reading = [each["allowed_origins"] for each in rules if "GET" in each["allowed_methods"]]
        if any("*" in origins for origins in reading):
            yield passed(f"s3://{bucket}")
        elif reading:
            yield unknown(
                f"s3://{bucket}",
                "its CORS rules name some origins only: that the worker's page works so is documented nowhere",
                "add the documented rule beside the others",
                _put_cors(bucket, found),
            )
        else:
            yield failed(
                f"s3://{bucket}",
                "no CORS rule lets a page GET from it: every task with its images would fail",
                "add the documented rule",
                _put_cors(bucket, found),
            )


def _put_cors(bucket: str, found: Resource | None) -> str:
    """The command that adds the rule; it names the rules that are there, which would be gone otherwise."""
    names = ("AllowedHeaders", "AllowedMethods", "AllowedOrigins", "ExposeHeaders", "MaxAgeSeconds")
    ours = ("allowed_headers", "allowed_methods", "allowed_origins", "expose_headers", "max_age_seconds")
    rules: list[dict[str, Any]] = [
        {name: each[key] for name, key in zip(names, ours, strict=True) if each.get(key)}
        for each in (found.blocks("cors_rule") if found else ())
    ]
    document = json.dumps({"CORSRules": [*rules, CORS_RULE]})
    return f"aws s3api put-bucket-cors --bucket {bucket} --cors-configuration {shlex.quote(document)}"


@check("PF204", "The images exist and can be shown", lambda scene: "images")
def images_can_be_shown(scene: Scene) -> Iterator[Outcome]:
    if not scene.dataset:
        return
    by_rule: dict[tuple[Rule, bool], list[Problem]] = {}
    for problem in objects.check(scene.dataset.sample, scene.region):
        if problem.rule not in (Rule.BUCKET, Rule.REGION, Rule.CORS):  # those have checks of their own
            by_rule.setdefault((problem.rule, problem.unknown), []).append(problem)
    looked = len(scene.dataset.sample)
    for (rule, is_unknown), found in by_rule.items():
        uri = dict(scene.dataset.sample)[found[0].line]
        lines = ", ".join(str(problem.line) for problem in found[:_SHOWN])
        observed = f"{len(found)} of {looked} images that were looked at (line {lines}): {found[0].message}"
        fix, command = _FIXES.get(rule, _LOOK)
        place = parse_s3_uri(uri)
        command = command.format(uri=uri, bucket=place.bucket, key=place.key, manifest=scene.manifest)
        subject = f"{scene.manifest}#{rule}"
        yield unknown(subject, observed) if is_unknown else failed(subject, observed, fix, command)
    if not by_rule:
        yield passed(scene.manifest, _looked(looked, scene.dataset.objects))


def _looked(looked: int, objects_: int) -> str:
    return (
        f"all {looked} images were looked at"
        if looked == objects_
        else f"{looked} of {objects_:,} images were looked at"
    )


CHECKS: tuple[Check, ...] = (manifest_is_sound, buckets_lie_in_the_region, cors_is_set, images_can_be_shown)
