"""``gtctl labels``: labels brought home, and boxes taken along."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gtctl.cli import labels_stats
from gtctl.errors import BadInput
from gtctl.labels import formats

if TYPE_CHECKING:
    from gtctl.labels.dataset import Counts
    from gtctl.labels.export import Division


class _Export(click.Command):
    """Tells of every format in its help."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Formats"):
            formatter.write_dl([(name, formats.summary(name)) for name in formats.names()])


@click.group("labels", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Bring labels back in formats that training code and other labeling tools read.

    \b
    Example:
      gtctl labels export --format coco output.manifest labels.coco.json
    """


command.add_command(labels_stats.command)


@command.command(cls=_Export)
@click.option("--format", "format_", type=click.Choice(formats.names()), required=True, help="The format of OUTPUT.")
@click.argument("places", metavar="[MANIFEST]... OUTPUT", nargs=-1, required=True)
@click.option("--job", "jobs", metavar="NAME", multiple=True, help="The labels of this job, in place of MANIFEST.")
@click.option("--attribute", metavar="NAME", help="The label attribute, where the manifest has several.")
@click.option("--accept", metavar="CLASS", multiple=True, help="Only images that verification jobs gave this class.")
@click.option("--ignore-verification", is_flag=True, help="All images, whatever verification jobs said.")
@click.option("--human-only", is_flag=True, help="Only images that people labeled; none that a model did.")
@click.option(
    "--repeated",
    type=click.Choice(["refuse", "first", "last"]),
    default="refuse",
    show_default=True,
    help="Which labels hold of an image that has several.",
)
@click.option("--min-confidence", type=click.FloatRange(0, 1), help="Leave out boxes below, or without a confidence.")
@click.option("--clip", is_flag=True, help="Cut boxes at the edge of their image.")
@click.option("--split", metavar="NAME=SHARE,...", help="Divide the images, for instance train=0.8,val=0.2.")
@click.option(
    "--by",
    type=click.Choice(["patient", "image"]),
    default="patient",
    show_default=True,
    help="What stays together in one split.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Another seed, another division.")
@click.option(
    "--ledger",
    "ledgers",
    metavar="PLACE",
    multiple=True,
    help="Ledger of gtctl scans prepare: who the patients are.",
)
@click.option(
    "--dicom-objects",
    metavar="PLACE",
    multiple=True,
    help="For dicom-sr: where each ledger's objects lie; the folder dicom/ beside it unless given.",
)
@click.option("--codes", type=click.Path(dir_okay=False, path_type=Path), help="For dicom-sr: codes of labels (YAML).")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON (schema_version 1).")
def export(
    format_: str,
    places: tuple[str, ...],
    jobs: tuple[str, ...],
    split: str | None,
    by: str,
    seed: int,
    ledgers: tuple[str, ...],
    dicom_objects: tuple[str, ...],
    codes: Path | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Write the labels of output manifests (paths or s3://bucket/key) to OUTPUT, a new file or folder.

    Several manifests are taken for one dataset, as after a campaign of several jobs: classes are the same if their
    names are. Images that failed, were not labeled, or were not accepted are left out, and counted. docs/labels.md
    tells what each format holds, and what the counts mean.

    With --split each format of one file becomes a folder with a file for each split; no patient is in two of them.

    \b
    Examples:
      gtctl labels export --format coco output.manifest labels.coco.json
      gtctl labels export --format coco s3://labels/jobs/chest-ct/manifests/output/output.manifest labels.coco.json
      gtctl labels export --format yolo --job chest-ct-1 --job chest-ct-2 --clip dataset/
      gtctl labels export --format coco output.manifest coco/ --split train=0.8,val=0.2 --ledger scans/ledger.jsonl
      gtctl labels export --format csv output.manifest good.csv --attribute adjusted-boxes --accept good
      gtctl labels export --format dicom-sr output.manifest reports/ --ledger scans/ledger.jsonl
    """
    from dataclasses import asdict

    from gtctl.labels.dataset import Options
    from gtctl.labels.export import export as export_labels

    *manifests, output = places
    if bool(manifests) == bool(jobs):
        raise click.UsageError("give either MANIFESTs or --job NAME, and then the OUTPUT")
    if output.startswith("s3://"):
        raise BadInput("OUTPUT is a path on this machine: labels are written here first")
    division = _division(split, by, seed, ledgers)
    if jobs:
        from gtctl.labels import of_jobs

        manifests, attribute = of_jobs.outputs(jobs)
        options["attribute"] = options["attribute"] or attribute
    counts, images = export_labels(
        manifests, Path(output), format_, Options(**options), division, ledgers, dicom_objects, codes
    )
    if as_json:
        divided = {"splits": images} if division else {}
        click.echo(json.dumps({"schema_version": 1, "format": format_, **asdict(counts), **divided}, indent=2))
        return
    for line in _told(counts):
        click.echo(line)
    if division:
        click.echo(f"        divided into {', '.join(f'{name}: {number} images' for name, number in images.items())}")
    for line in _warnings(counts, options["clip"]):
        click.echo(line, err=True)


def _division(split: str | None, by: str, seed: int, ledgers: tuple[str, ...]) -> Division | None:
    from gtctl.labels import splits
    from gtctl.labels.export import Division

    if split is None:
        return None
    shares = splits.parse(split)
    if by == "image":
        return Division(shares, seed, splits.group_of_image)
    if not ledgers:
        raise click.UsageError("a split by patient needs --ledger, which knows them; or give --by image")
    return Division(shares, seed, splits.patients(ledgers))


def _told(counts: Counts) -> list[str]:
    """The counts, those that are always of interest and those that are not 0."""
    left_out = [
        (counts.failed, "labeling failed", True),
        (counts.unlabeled, "not labeled", True),
        (counts.rejected, "verified with a class that is not accepted", False),
        (counts.unverified, "not verified", False),
        (counts.machine, "not labeled by people", False),
        (counts.repeated, "another row of the same image holds", False),
    ]
    return [
        f"{counts.read:>7} rows read",
        f"{counts.exported:>7} images exported, with {counts.boxes} boxes",
        f"{counts.empty:>11} of them empty: labeled, without a box",
        *[f"{number:>7} left out: {reason}" for number, reason, always in left_out if number or always],
    ]


def _warnings(counts: Counts, clip: bool) -> list[str]:
    beyond = "cut at the edge" if clip else "exported as they are; --clip cuts them"
    told = [
        (counts.boxes_beyond, f"boxes reach beyond their image: {beyond}"),
        (counts.boxes_outside, "of these left out: nothing of them is in the image"),
        (counts.boxes_below_confidence, "boxes left out: their confidence is below --min-confidence, or missing"),
        (counts.emptied, "images have no box any more, as all were left out"),
        (counts.boxes_without_area, "boxes have no area"),
        (counts.unnamed_classes, "classes have no name in the manifest: named by their number"),
    ]
    return [f"{number} {reason}" for number, reason in told if number]


@command.command()
@click.argument("coco", type=click.Path(dir_okay=False, path_type=Path))
@click.argument("output")
@click.option("--attribute", metavar="NAME", default="boxes", show_default=True, help="The label attribute's name.")
@click.option("--images", metavar="S3_URI", help="Where the images lie: s3://bucket/prefix/, before each file_name.")
@click.option("--kms-key-arn", metavar="ARN", help="The key that encrypts an OUTPUT in S3 (required for that).")
def prelabel(coco: Path, output: str, attribute: str, images: str | None, kms_key_arn: str | None) -> None:
    """Write the boxes of a COCO file as the input manifest OUTPUT of an adjustment or verification job.

    Workers then see these boxes and correct them. An image's URI is its source_ref, as gtctl labels export writes it;
    files of other tools need --images. The job's labels have to be the COCO file's categories, in the printed order.

    \b
    Examples:
      gtctl labels prelabel labels.coco.json prelabeled.manifest
      gtctl labels prelabel model.coco.json prelabeled.manifest --images s3://scans-bucket/ct/
    """
    from gtctl.labels.prelabel import prelabel as write

    written = write(coco, output, attribute, images, kms_key_arn)
    click.echo(f"{written.images} images with {written.boxes} boxes in {output}, label attribute {attribute}")
    click.echo(f"labels: {', '.join(written.labels)}")
    if written.outlines:
        click.echo(f"of {written.outlines} outlines and crowds only the box was kept", err=True)
