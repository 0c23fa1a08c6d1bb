"""``gtctl scans``: DICOM scans to images that Ground Truth can show."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gtctl.errors import BadInput

if TYPE_CHECKING:
    from gtctl.scans.prepare import Summary
    from gtctl.scans.upload import Uploaded

_LISTED = 20


@click.group("scans", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Turn DICOM scans into de-identified 8-bit PNG.

    \b
    Example:
      gtctl scans prepare dicom/ images/ --window lung
    """


@command.command()
@click.argument("source", metavar="SRC", type=click.Path(path_type=Path))
@click.argument("destination", metavar="DEST", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--window",
    default="file",
    show_default=True,
    metavar="NAME",
    help="file: the window in the file, or the full range where it has none; full-range; CENTER/WIDTH such as "
    "40/400; or a CT preset: abdomen, bone, brain, liver, lung, mediastinum, spine, stroke, temporal-bone.",
)
@click.option("--ledger", type=click.Path(dir_okay=False, path_type=Path), help="Default: DEST/ledger.jsonl.")
@click.option("--upload", metavar="S3_URI", help="Upload every image of the ledger below s3://bucket/prefix.")
@click.option("--kms-key-arn", metavar="ARN", help="The key that encrypts the uploaded images (required for upload).")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON (schema_version 1).")
def prepare(
    source: Path,
    destination: Path,
    window: str,
    ledger: Path | None,
    upload: str | None,
    kms_key_arn: str | None,
    as_json: bool,
) -> None:
    """Turn SRC (a DICOM file, or a folder with everything below it) into PNG images in DEST.

    Patient attributes stay behind: the images hold pixels only, their names say nothing, and the ledger ties
    them to their source by hash. Text that is burned into the pixels stays in them: sort such scans out first.

    Files that give no image are listed with the reason and their position (in sorted order), never by name.
    Killed or run again, it goes on where it was and does nothing twice.

    \b
    Examples:
      gtctl scans prepare dicom/ images/
      gtctl scans prepare dicom/ images/ --window -600/1500
      gtctl scans prepare dicom/ images/ --upload s3://scans-bucket/study-1/ --kms-key-arn arn:aws:kms:...
    """
    from gtctl import aws
    from gtctl.manifests.places import require_key_arn
    from gtctl.scans.ledger import FILE_NAME
    from gtctl.scans.prepare import prepare as prepare_scans
    from gtctl.scans.prepare import source_files
    from gtctl.scans.upload import upload as upload_images

    if bool(upload) != bool(kms_key_arn):
        raise click.UsageError("--upload and --kms-key-arn belong together")
    target = None
    if upload and kms_key_arn:
        target = aws.parse_s3_uri(upload)
        require_key_arn(kms_key_arn)
    ledger = ledger or destination / FILE_NAME

    with _progress("preparing", lambda: sum(1 for _ in source_files(source, destination))) as advance:
        summary = prepare_scans(source, destination, window, ledger, advance)
    uploaded = None
    if target and kms_key_arn and ledger.exists():
        with _progress("uploading", lambda: _count_lines(ledger)) as advance:
            uploaded = upload_images(ledger, destination, target, kms_key_arn, advance)

    if as_json:
        click.echo(json.dumps(_summary_as_json(summary, uploaded), indent=2))
    else:
        _print_summary(summary, uploaded)
    if not summary.prepared + summary.already_there:
        raise BadInput(f"no image came out of {summary.files} files: SRC must hold DICOM images")


def _summary_as_json(summary: Summary, uploaded: Uploaded | None) -> dict[str, object]:
    return {
        "schema_version": 1,
        "files": summary.files,
        "prepared": summary.prepared,
        "already_there": summary.already_there,
        "skipped": len(summary.skipped),
        "skipped_by_reason": {reason.value: count for reason, count in summary.skipped_by_reason.items()},
        "skipped_files": [
            {"position": each.position, "source_sha256": each.source_sha256, "reason": each.reason.value}
            for each in summary.skipped
        ],
        "uploaded": uploaded and {"uploaded": uploaded.uploaded, "already_there": uploaded.already_there},
    }


def _print_summary(summary: Summary, uploaded: Uploaded | None) -> None:
    for each in summary.skipped[:_LISTED]:
        click.echo(f"skipped {each}", err=True)
    if len(summary.skipped) > _LISTED:
        click.echo(f"skipped {len(summary.skipped) - _LISTED} more: --json lists every one", err=True)
    click.echo(f"{summary.files:>7} files read")
    click.echo(f"{summary.prepared:>7} images prepared")
    click.echo(f"{summary.already_there:>7} images already there")
    click.echo(f"{len(summary.skipped):>7} files skipped")
    for reason, count in summary.skipped_by_reason.items():
        click.echo(f"{count:>11} {reason.value}: {reason.explanation}")
    if uploaded:
        click.echo(f"{uploaded.uploaded:>7} images uploaded")
        click.echo(f"{uploaded.already_there:>7} images already in S3")


def _count_lines(path: Path) -> int:
    with path.open("rb") as stream:
        return sum(1 for _ in stream)


@contextmanager
def _progress(what: str, count: Callable[[], int]) -> Iterator[Callable[[], None]]:
    """A progress bar on stderr, if that is a terminal; the caller calls what it gets once per item."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task(what, total=count())
        yield lambda: progress.advance(bar)
