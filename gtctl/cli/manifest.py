"""``gtctl manifest``: input manifests of labeling jobs."""

from __future__ import annotations

import json
from pathlib import Path

import click

from gtctl.errors import Refused

_LISTED = 100


@click.group("manifest", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Build and validate input manifests.

    \b
    Example:
      gtctl manifest build s3://scans-bucket/study-1/ study-1.manifest
      gtctl manifest validate study-1.manifest
    """


@command.command()
@click.argument("places", metavar="[S3_URI] OUTPUT", nargs=-1, required=True)
@click.option(
    "--ledger", type=click.Path(dir_okay=False, path_type=Path), help="Ledger of gtctl scans prepare, with --images."
)
@click.option("--images", metavar="S3_URI", help="Where the ledger's images were uploaded: s3://bucket/prefix/.")
@click.option("--kms-key-arn", metavar="ARN", help="The key that encrypts an OUTPUT in S3 (required for that).")
def build(places: tuple[str, ...], ledger: Path | None, images: str | None, kms_key_arn: str | None) -> None:
    """Write the manifest OUTPUT (a path or s3://bucket/key): every image below S3_URI, or those of a ledger.

    S3_URI is a folder: s3://bucket/study-1 does not take in s3://bucket/study-10. The order is that of the
    keys, or of the ledger. Objects below S3_URI that no job can show are counted, by
    reason, on stderr.

    \b
    Examples:
      gtctl manifest build s3://scans-bucket/study-1/ study-1.manifest
      gtctl manifest build --ledger images/ledger.jsonl --images s3://scans-bucket/study-1/ study-1.manifest
      gtctl manifest build s3://scans-bucket/study-1/ s3://scans-bucket/study-1.manifest --kms-key-arn arn:aws:kms:...
    """
    from collections import Counter

    from gtctl.aws import parse_s3_uri
    from gtctl.manifests.build import build as build_manifest
    from gtctl.manifests.build import ledger_images, listed_images

    left_out: Counter[str] = Counter()
    *prefix, output = places
    if len(prefix) == 1 and not ledger and not images:
        found = listed_images(parse_s3_uri(prefix[0]), left_out)
    elif not prefix and ledger and images:
        found = ledger_images(ledger, parse_s3_uri(images))
    else:
        raise click.UsageError("give either an S3_URI, or --ledger FILE with --images S3_URI; then the OUTPUT")
    try:
        lines = build_manifest(found, output, kms_key_arn)
    finally:
        for reason, number in left_out.most_common():
            click.echo(f"left out {number} objects: {reason}", err=True)
    click.echo(f"{lines} images in {output}")


@command.command()
@click.argument("manifest")
@click.option("--json", "as_json", is_flag=True, help="Print the problems as JSON (schema_version 1).")
def validate(manifest: str, as_json: bool) -> None:
    """Check MANIFEST (a path or s3://bucket/key) against the service's rules, without looking at the images.

    Problems are printed as MANIFEST:LINE: what is wrong and what to do; exit code 1 if there are any.

    \b
    Example:
      gtctl manifest validate study-1.manifest
    """
    from gtctl.manifests.places import open_input
    from gtctl.manifests.validate import problems

    number = 0
    listed = []
    with open_input(manifest) as stream:
        for number, problem in enumerate(problems(stream), start=1):
            if as_json:
                listed.append({"line": problem.line, "message": problem.message})
            elif number <= _LISTED:
                click.echo(f"{manifest}:{problem}")
    if as_json:
        click.echo(json.dumps({"schema_version": 1, "problems": listed}, indent=2))
    if number:
        more = "" if as_json or number <= _LISTED else f", the first {_LISTED} are shown"
        raise Refused(f"{manifest}: {number} problem{'s' * (number > 1)}{more}")
    if not as_json:
        click.echo(f"{manifest}: no problem found")
