"""``gtctl labels``: labels brought home."""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.group("labels", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Bring labels back in formats that training code reads.

    \b
    Example:
      gtctl labels export --format coco output.manifest labels.coco.json
    """


@command.command()
@click.option("--format", "format_", type=click.Choice(["coco"]), required=True, help="The format of OUTPUT.")
@click.argument("manifest")
@click.argument("output", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--attribute", metavar="NAME", help="The label attribute, where the manifest has several.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON (schema_version 1).")
def export(format_: str, manifest: str, output: Path, attribute: str | None, as_json: bool) -> None:
    """Write the labels of the output manifest MANIFEST (a path or s3://bucket/key) to the file OUTPUT.

    COCO: an image's id is its line in the manifest, its file_name the object's key; a category's id is the class
    id plus 1; an annotation's score is the confidence of the consolidation. Images that failed or were not labeled
    are left out, and counted.

    \b
    Examples:
      gtctl labels export --format coco output.manifest labels.coco.json
      gtctl labels export --format coco s3://labels/jobs/chest-ct/manifests/output/output.manifest labels.coco.json
    """
    from dataclasses import asdict

    from gtctl.labels.coco import export as export_coco

    counts = export_coco(manifest, output, attribute)
    if as_json:
        click.echo(json.dumps({"schema_version": 1, "format": format_, **asdict(counts)}, indent=2))
        return
    click.echo(f"{counts.read:>7} rows read")
    click.echo(f"{counts.exported:>7} images exported, with {counts.boxes} boxes")
    click.echo(f"{counts.empty:>11} of them empty: labeled, without a box")
    click.echo(f"{counts.failed:>7} left out: labeling failed")
    click.echo(f"{counts.unlabeled:>7} left out: not labeled")
    if counts.unnamed_classes:
        click.echo(f"{counts.unnamed_classes} classes have no name in the manifest: named by their number", err=True)
