"""``gtctl labels stats``: what labels and the answers behind them tell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal, cast

import click

from gtctl.errors import BadInput

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("stats")
@click.argument("manifests", metavar="[MANIFEST]...", nargs=-1)
@click.option("--job", "jobs", metavar="NAME", multiple=True, help="The labels of this job, in place of MANIFEST.")
@click.option(
    "--responses",
    metavar="PLACE",
    multiple=True,
    help="Folder or s3:// of a MANIFEST's worker responses (holds iteration-1/), where they do not lie beside it.",
)
@click.option("--attribute", metavar="NAME", help="The label attribute, where the manifest has several.")
@click.option(
    "--repeated",
    type=click.Choice(["refuse", "first", "last"]),
    default="refuse",
    show_default=True,
    help="Which labels hold of an image that has several.",
)
@click.option(
    "--iou",
    type=click.FloatRange(0, 1, min_open=True),
    default=0.5,
    show_default=True,
    help="Boxes of two workers that overlap so far are of one thing.",
)
@click.option(
    "--worker-key",
    type=_FILE,
    help="File of the secret that makes the workers' pseudonyms, made where there is none; else others in every run.",
)
@click.option(
    "--look-again", type=click.IntRange(0, 1000), default=24, show_default=True, help="So many images at most."
)
@click.option("--html", "page", type=_FILE, help="Write a page with charts and boxes, too.")
@click.option(
    "--images",
    metavar="PLACE",
    help="For --html: a folder that holds the images by their names, or s3://bucket/prefix, which is all that is read.",
)
@click.option("--json", "as_json", is_flag=True, help="Print all as JSON (schema_version 1).")
def command(
    manifests: tuple[str, ...],
    jobs: tuple[str, ...],
    responses: tuple[str, ...],
    attribute: str | None,
    repeated: str,
    iou: float,
    worker_key: Path | None,
    look_again: int,
    page: Path | None,
    images: str | None,
    as_json: bool,
) -> None:
    """Tell labels, workers, their agreement, and images to look at again, from output manifests (paths or s3://).

    Answers of workers are read from the job's output tree, as it lies in S3 or in a copy of it, beside the manifest:
    annotations/worker-response/. Workers have pseudonyms. Their names, ids and subs are never shown, and the page and
    the JSON hold none. What the numbers mean: docs/labels.md.

    With --html --images, thumbnails of the images are part of the page: keep it where the images may lie.

    \b
    Examples:
      gtctl labels stats --job chest-ct --html build/chest-ct.html
      gtctl labels stats copy/manifests/output/output.manifest --worker-key workers.key
      gtctl labels stats --job chest-ct-001 --job chest-ct-002 --html stats.html --images s3://scans-bucket/ct/
    """
    from gtctl.labels.dataset import Options
    from gtctl.labels.stats import compute
    from gtctl.labels.worker_responses import Pseudonyms, read_secret

    if bool(manifests) == bool(jobs):
        raise click.UsageError("give either MANIFESTs or --job NAME")
    if images and not page:
        raise click.UsageError("--images is for the page: give --html FILE, too")
    sources = list(manifests)
    if jobs:
        from gtctl.labels import of_jobs

        sources, found = of_jobs.outputs(jobs)
        attribute = attribute or found
    rule = cast("Literal['refuse', 'first', 'last']", repeated)
    stats = compute(
        sources,
        _places(sources, responses),
        Options(attribute=attribute, ignore_verification=True, repeated=rule),
        Pseudonyms(read_secret(worker_key)) if worker_key else None,
        iou,
        look_again,
    )
    if page:
        from gtctl.labels.stats_page import write

        write(stats, page, images)
    if as_json:
        click.echo(json.dumps(stats.as_json(), indent=2, ensure_ascii=False))
    else:
        from gtctl.labels.stats_text import text

        click.echo(text(stats), nl=False)
        if page:
            click.echo(f"\npage: {page}")


def _places(manifests: list[str], responses: tuple[str, ...]) -> list[str | None]:
    """Where the answers of each manifest lie; None where none were written, as after a model."""
    from gtctl.labels.worker_responses import beside
    from gtctl.manifests.places import is_s3

    if responses:
        if len(responses) != len(manifests):
            raise BadInput(f"{len(responses)} --responses for {len(manifests)} manifests: give one for each, in order")
        return list(responses)
    found = [beside(manifest) for manifest in manifests]
    return [place if place and (is_s3(place) or Path(place).is_dir()) else None for place in found]
