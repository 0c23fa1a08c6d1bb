"""``gtctl manifest``: input manifests of labeling jobs."""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

import click

from gtctl.cli.progress import progress
from gtctl.errors import BadInput, EnvironmentFailed, Refused

if TYPE_CHECKING:
    from gtctl.manifests.lines import Row
    from gtctl.manifests.rules import Problem

_LISTED = 100

_key = click.option("--kms-key-arn", metavar="ARN", help="The key that encrypts an OUTPUT in S3 (required for that).")


@click.group("manifest", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Build, validate, split, sample and merge input manifests.

    A manifest is a file of lines like {"source-ref": "s3://bucket/a.png"}, one for each image of a labeling job.
    MANIFEST and OUTPUT are paths or s3://bucket/key; an OUTPUT appears whole or not at all. Memory does not grow with
    the lines.

    \b
    Example:
      gtctl manifest build s3://scans-bucket/study-1/ study-1.manifest
      gtctl manifest validate study-1.manifest --s3
    """


@command.command()
@click.argument("places", metavar="[S3_URI] OUTPUT", nargs=-1, required=True)
@click.option("--ledger", metavar="PLACE", help="Ledger of gtctl scans prepare (a path or s3://), with --images.")
@click.option(
    "--list",
    "list_file",
    metavar="FILE",
    help="A list of images (- is stdin): lines of URIs, or a .csv or .jsonl with a column or member source-ref.",
)
@click.option(
    "--images",
    metavar="S3_URI",
    help="Where the ledger's images were put, or a list's paths begin: s3://bucket/prefix/.",
)
@click.option(
    "--carry",
    metavar="NAME",
    multiple=True,
    help="An attribute of the ledger, or a column of the list, that each line carries along. May be repeated.",
)
@click.option(
    "--attribute", "attributes", metavar="NAME=VALUE", multiple=True, help="An attribute that is the same in each line."
)
@click.option("--no-limit", is_flag=True, help="Take more images than a job does: for gtctl manifest split.")
@_key
def build(
    places: tuple[str, ...],
    ledger: str | None,
    list_file: str | None,
    images: str | None,
    carry: tuple[str, ...],
    attributes: tuple[str, ...],
    no_limit: bool,
    kms_key_arn: str | None,
) -> None:
    """Write the manifest OUTPUT: every image below S3_URI, or those of a ledger or list.

    S3_URI is a folder: s3://bucket/study-1 does not take in s3://bucket/study-10. The order is that of the keys, of
    the ledger, or of the list; an image that stands there twice is taken once. What no job can show is left out and
    counted, by reason, on stderr.

    A ledger has to carry: patient-pseudonym, study, series, instance, frame, frames, modality, width, height,
    pseudonyms, image-sha256, window, position, orientation, spacing, frame-of-reference, slice-thickness. Whatever
    looks like an identifier of a person, or a date, is refused in attributes; for the keys ask gtctl manifest validate.

    \b
    Examples:
      gtctl manifest build s3://scans-bucket/study-1/ study-1.manifest
      gtctl manifest build --ledger images/ledger.jsonl --images s3://scans-bucket/study-1/ study-1.manifest
      gtctl manifest build --ledger images/ledger.jsonl --images s3://scans-bucket/ct/ --no-limit \\
          --carry patient-pseudonym --carry frame --attribute site=north all.manifest
      ls images | gtctl manifest build --list - --images s3://scans-bucket/ct/ ct.manifest
      gtctl manifest build s3://scans-bucket/study-1/ s3://scans-bucket/study-1.manifest --kms-key-arn arn:aws:kms:...
    """
    from gtctl.aws import parse_s3_uri
    from gtctl.manifests.build import build as build_manifest
    from gtctl.manifests.lines import SOURCE_REF
    from gtctl.manifests.sources import check_names, ledger_rows, list_rows, listed_images

    constants = dict(_name_and_value(each) for each in attributes)
    check_names([*carry, *constants])
    if len({*carry, *constants}) < len(carry) + len(attributes):
        raise BadInput("an attribute is named twice: leave one of them out")
    left_out: Counter[str] = Counter()
    *prefix, output = places
    base = parse_s3_uri(images) if images else None

    @contextmanager
    def rows() -> Iterator[Iterator[Row]]:
        if len(prefix) == 1 and not (ledger or list_file or images or carry):
            yield ({SOURCE_REF: uri, **constants} for uri in listed_images(parse_s3_uri(prefix[0]), left_out))
        elif not prefix and ledger and base and not list_file:
            yield ledger_rows(ledger, base, carry, constants)
        elif not prefix and list_file and not ledger:
            with _opened(list_file) as stream:
                yield list_rows(stream, list_file, base, left_out, carry, constants)
        else:
            raise click.UsageError(
                "give an S3_URI, or --ledger PLACE with --images S3_URI, or --list FILE; then the OUTPUT. "
                "What S3 lists has nothing to --carry"
            )

    try:
        with rows() as found:
            built = build_manifest(found, output, kms_key_arn, keep="last" if ledger else "same", limited=not no_limit)
    finally:
        for reason, number in left_out.most_common():
            click.echo(f"left out {number} objects: {reason}", err=True)
    if built.repeated:
        click.echo(f"left out {built.repeated} images that were there twice", err=True)
    click.echo(f"{built.images} images in {output}")


@command.command()
@click.argument("manifests", metavar="MANIFEST...", nargs=-1, required=True)
@click.option("--s3", "in_s3", is_flag=True, help="Look at each image and bucket in S3, too.")
@click.option("--region", metavar="NAME", help="With --s3: where the job will run. Default: the environment's Region.")
@click.option("--accept", metavar="RULE", multiple=True, help="Do not report what breaks this rule. May be repeated.")
@click.option("--json", "as_json", is_flag=True, help="Print every problem as JSON (schema_version 1).")
def validate(
    manifests: tuple[str, ...], in_s3: bool, region: str | None, accept: tuple[str, ...], as_json: bool
) -> None:
    """Check each MANIFEST against the service's rules, and for identifiers of people.

    Problems are printed as MANIFEST:LINE: what is wrong and what to do [RULE]; exit code 1 if there are any. They never
    quote a line.

    With --s3 one ranged GET for each image tells whether it is there, a PNG or JPEG whatever its name says, of 8 bits,
    within the limits of size and pixels, and encrypted; and each bucket whether it lies in the job's Region and lets
    the worker's page read (CORS). It needs s3:GetObject, s3:ListBucket, s3:GetBucketCORS, and kms:Decrypt on the
    images' key. What is denied or does not answer is UNKNOWN, never fine: exit code 3 if nothing worse was found.

    \b
    Rules: empty, too-many, empty-line, line-length, byte-order-mark, encoding, json, repeated-name, attribute-name,
    attribute-length, source, suffix, duplicate, identifier, date; with --s3: bucket, region, cors, missing, archived,
    encryption, size, format, bit-depth, pixels, orientation.

    \b
    Examples:
      gtctl manifest validate study-1.manifest
      gtctl manifest validate parts/*.manifest --s3 --region eu-west-1
      gtctl manifest validate study-1.manifest --accept date --json
    """
    from gtctl.manifests.rules import Rule

    wrong = [each for each in accept if each not in list(Rule)]
    if wrong:
        raise BadInput(f"there is no rule {wrong[0]!r}: see gtctl manifest validate --help")
    counts: Counter[str] = Counter()
    unknown = 0
    with _listing(as_json) as listed:
        for manifest in manifests:
            for problem in _problems(manifest, in_s3, region):
                if problem.rule in accept:
                    continue
                unknown += problem.unknown
                counts[problem.rule] += not problem.unknown
                listed(manifest, problem)
    number = counts.total()
    summary = ", ".join(f"{count} {rule}" for rule, count in counts.most_common() if count)
    place = manifests[0] if len(manifests) == 1 else f"{len(manifests)} manifests"
    more = "" if as_json or number + unknown <= _LISTED else f"; the first {_LISTED} are shown, --json gives all"
    if number:
        also = f", and {unknown} UNKNOWN" if unknown else ""
        raise Refused(f"{place}: {number} problem{'s' * (number > 1)} ({summary}){also}{more}")
    if unknown:
        raise EnvironmentFailed(f"{place}: {unknown} UNKNOWN, as S3 did not tell{more}")
    if not as_json:
        click.echo(f"{place}: no problem found")


def _problems(manifest: str, in_s3: bool, region: str | None) -> Iterator[Problem]:
    from gtctl.manifests.lines import images
    from gtctl.manifests.places import open_input
    from gtctl.manifests.validate import problems

    with open_input(manifest) as stream:
        yield from problems(stream)
        if not in_s3:
            return
        from gtctl.manifests.objects import check

        def count() -> int:
            stream.seek(0)
            return sum(1 for _ in images(stream))

        with progress("looking at images", count) as advance:
            stream.seek(0)
            yield from check(images(stream), region, advance)


@contextmanager
def _listing(as_json: bool) -> Iterator[Callable[[str, Problem], None]]:
    """Prints problems: the first as text at once, or all of them as JSON at the end, if it comes."""
    shown = 0

    def as_text(manifest: str, problem: Problem) -> None:
        nonlocal shown
        shown += 1
        if shown <= _LISTED:
            click.echo(f"{manifest}:{problem} [{problem.rule}]")

    if not as_json:
        yield as_text
        return
    with tempfile.TemporaryFile("w+", encoding="utf-8") as kept:

        def aside(manifest: str, problem: Problem) -> None:
            nonlocal shown
            verdict = "UNKNOWN" if problem.unknown else "FAIL"
            each = {"manifest": manifest, "line": problem.line, "rule": problem.rule, "verdict": verdict}
            kept.write(",\n" * bool(shown) + "    " + json.dumps(each | {"message": problem.message}))
            shown += 1

        yield aside
        kept.seek(0)
        click.echo('{\n  "schema_version": 1,\n  "problems": [\n', nl=False)
        for line in kept:
            click.echo(line, nl=False)
        click.echo("\n  ]\n}")


@command.command()
@click.argument("manifest")
@click.argument("folder", metavar="OUTPUT")
@click.option(
    "--objects", type=click.IntRange(1, 100_000), default=100_000, show_default=True, help="The most images of a part."
)
@click.option(
    "--parts", type=click.IntRange(1), metavar="N", help="How many parts. Default: as few as hold all images."
)
@click.option(
    "--together",
    metavar="WHAT",
    help="What may not be in two parts: patient, study or series of a --ledger; or else an attribute of the lines.",
)
@click.option(
    "--ledger", "ledgers", metavar="PLACE", multiple=True, help="A ledger of these images. Keeps patients together."
)
@click.option("--evenly", metavar="NAME", help="An attribute whose values every part has its share of.")
@click.option("--json", "as_json", is_flag=True, help="Print the parts as JSON (schema_version 1).")
@_key
def split(
    manifest: str,
    folder: str,
    objects: int,
    parts: int | None,
    together: str | None,
    ledgers: tuple[str, ...],
    evenly: str | None,
    as_json: bool,
    kms_key_arn: str | None,
) -> None:
    """Split MANIFEST into one manifest for each job: OUTPUT/part-001.manifest and so on.

    OUTPUT is a new folder (a path, or s3://bucket/prefix): all parts appear in it, or none. Each line goes to one part,
    and keeps its order. Parts are of nearly the same size.

    With --ledger, no patient is in two parts. A patient with more images than --objects cannot stay together and is
    refused: keep studies --together then. So is an image that is in no ledger, and a ledger whose pseudonyms cannot be
    compared (its scans were prepared without a --key-file).

    \b
    Examples:
      gtctl manifest split all.manifest parts/
      gtctl manifest split all.manifest parts/ --objects 2000 --ledger images/ledger.jsonl
      gtctl manifest split all.manifest parts/ --parts 4 --evenly modality
      gtctl manifest split all.manifest parts/ --together patient-pseudonym --evenly site
    """
    from dataclasses import asdict

    from gtctl.manifests.split import How
    from gtctl.manifests.split import split as split_manifest

    done = split_manifest(manifest, folder, kms_key_arn, How(objects, parts, together, ledgers, evenly))
    if as_json:
        click.echo(json.dumps({"schema_version": 1, "parts": [asdict(part) for part in done]}, indent=2))
        return
    for part in done:
        groups = f", {part.groups} of {together or 'patient'}" if part.groups else ""
        click.echo(f"{folder.rstrip('/')}/{part.name}: {part.lines} images{groups}")


@command.command()
@click.argument("manifest")
@click.argument("output")
@click.option("--lines", type=click.IntRange(1), required=True, metavar="N", help="How many images to draw.")
@click.option("--seed", type=int, default=0, show_default=True, help="Another seed draws others.")
@_key
def sample(manifest: str, output: str, lines: int, seed: int, kms_key_arn: str | None) -> None:
    """Draw images of MANIFEST by chance and write them to OUTPUT, in their order.

    Each image has the same chance. The same seed draws the same ones, on every machine.

    \b
    Example:
      gtctl manifest sample all.manifest pilot.manifest --lines 200 --seed 7
    """
    from gtctl.manifests.sample import sample as sample_manifest

    count = sample_manifest(manifest, output, kms_key_arn, lines, seed)
    click.echo(f"{lines} of {count} images in {output}")


@command.command()
@click.argument("places", metavar="MANIFEST... OUTPUT", nargs=-1, required=True)
@click.option("--keep-first", is_flag=True, help="Of lines with one image and other attributes, take the first.")
@_key
def merge(places: tuple[str, ...], keep_first: bool, kms_key_arn: str | None) -> None:
    """Write the lines of each MANIFEST to OUTPUT, in order, with each image once.

    Lines that name the same image with other attributes are listed, and nothing is written (exit code 1), unless
    --keep-first says which holds.

    \b
    Example:
      gtctl manifest merge site-north.manifest site-south.manifest all.manifest
    """
    from gtctl.manifests.merge import merge as merge_manifests

    *manifests, output = places
    if not manifests:
        raise click.UsageError("give one MANIFEST or more, and then the OUTPUT")
    shown = 0

    def show(place: str, before: str) -> None:
        nonlocal shown
        shown += 1
        if shown <= _LISTED:
            click.echo(f"{place}: the same image as in {before}, with other attributes", err=keep_first)

    merged = merge_manifests(manifests, output, kms_key_arn, keep_first, show)
    if merged.repeated:
        click.echo(f"left out {merged.repeated} lines whose image was there", err=True)
    click.echo(f"{merged.lines} images in {output}")


def _name_and_value(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator:
        raise BadInput(f"--attribute {text!r} is no NAME=VALUE: write it so")
    return name, value


@contextmanager
def _opened(list_file: str) -> Iterator[BinaryIO]:
    if list_file == "-":
        yield sys.stdin.buffer
        return
    from gtctl.manifests.places import open_input

    with open_input(list_file) as stream:
        yield stream
