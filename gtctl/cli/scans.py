"""``gtctl scans``: DICOM scans to images that Ground Truth can show."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gtctl.cli.progress import progress
from gtctl.cli.scans_reidentify import reidentify
from gtctl.errors import BadInput, Refused

if TYPE_CHECKING:
    from gtctl.scans.deidentify.key_file import KeyFile
    from gtctl.scans.summary import Summary

_LISTED = 20


@click.group("scans", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Turn DICOM scans into de-identified 8-bit PNG.

    \b
    Example:
      gtctl scans prepare dicom/ images/ --window lung
    """


command.add_command(reidentify)


@command.command()
@click.argument("source", metavar="SRC")
@click.argument("destination", metavar="DEST")
@click.option(
    "--window",
    default="file",
    show_default=True,
    metavar="NAME",
    help="file: the window in the file, or the full range where it has none; full-range; "
    "percentile:LOW/HIGH such as percentile:1/99; CENTER/WIDTH such as 40/400; or a CT preset: abdomen, bone, brain, "
    "liver, lung, mediastinum, soft-tissue, spine, stroke, subdural, temporal-bone, vascular.",
)
@click.option(
    "--pixel-policy",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="YAML: what happens to images that may have text or a face in their pixels. Default: they are refused.",
)
@click.option(
    "--faces",
    type=click.Choice(["refuse", "crop", "accept"]),
    help="What happens to heads and photographs, and to CT, MR and PET that do not say what they show. "
    "Goes before the policy; default: refuse.",
)
@click.option("--ocr", is_flag=True, help="Look for text in every image, and refuse what has some (extra: ocr).")
@click.option("--with-dicom", is_flag=True, help="Write de-identified DICOM objects, too: below DEST/dicom/.")
@click.option(
    "--key-file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Keep, encrypted and apart from DEST, whose images they are (for gtctl scans reidentify); later runs with it "
    "give the same pseudonyms. The passphrase is asked for, or taken from GTCTL_KEY_PASSPHRASE.",
)
@click.option("--key-file-kms-key", metavar="ARN", help="Lock a new key file with this KMS key, not a passphrase.")
@click.option("--kms-key-arn", metavar="ARN", help="The key that encrypts whatever is put in S3 (required for s3://).")
@click.option("--ledger", metavar="PLACE", help="A path or s3://bucket/key. Default: DEST/ledger.jsonl.")
@click.option("--jobs", type=click.IntRange(0), metavar="N", help="Worker processes. Default: one for each core.")
@click.option("--scheduler", metavar="ADDRESS", help="Let the workers of a Dask cluster do it: tcp://host:8786.")
@click.option(
    "--time-limit",
    type=click.FloatRange(min=0, min_open=True),
    default=300,
    show_default=True,
    metavar="SECONDS",
    help="For one file; what takes longer is quarantined.",
)
@click.option("--dry-run", is_flag=True, help="Do everything but write: the summary says what would happen.")
@click.option("--strict", is_flag=True, help="End with exit code 1 if a file was quarantined.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON (schema_version 2).")
def prepare(
    source: str,
    destination: str,
    window: str,
    pixel_policy: Path | None,
    faces: str | None,
    ocr: bool,
    with_dicom: bool,
    key_file: Path | None,
    key_file_kms_key: str | None,
    kms_key_arn: str | None,
    ledger: str | None,
    jobs: int | None,
    scheduler: str | None,
    time_limit: float,
    dry_run: bool,
    strict: bool,
    as_json: bool,
) -> None:
    """Turn the DICOM files of SRC into de-identified PNG images in DEST, with a ledger.

    SRC is a file, a folder with everything below it, a DICOMDIR (the files it names), a zip archive, or
    s3://bucket/prefix. DEST is a folder or s3://bucket/prefix.

    Patient attributes stay behind: the images hold pixels only, their names say nothing, and DEST/ledger.jsonl ties
    them to their source by hash. Images with text burned in, or by which a face can be recognised, are refused
    unless a pixel policy says otherwise.

    A file that gives no image is quarantined and never stops the run: counted by reason, and listed by position
    (in sorted order) and hash in quarantine.jsonl beside the ledger, never by its name. Killed or run again, it goes
    on where it was and does nothing twice.

    \b
    Examples:
      gtctl scans prepare dicom/ images/
      gtctl scans prepare dicom/ images/ --window -600/1500 --dry-run
      gtctl scans prepare export.zip images/ --faces crop --strict
      gtctl scans prepare /media/cdrom/DICOMDIR images/
      gtctl scans prepare s3://pacs-export/ct/ s3://scans-bucket/study-1/ --kms-key-arn arn:aws:kms:...
    """
    import msgspec

    from gtctl.scans import sources
    from gtctl.scans.pixels import policy
    from gtctl.scans.pixels.ocr import require as require_ocr
    from gtctl.scans.prepare import How, usable_cores
    from gtctl.scans.prepare import prepare as prepare_scans
    from gtctl.scans.process import Settings
    from gtctl.scans.windows import choose

    chosen = policy.load(pixel_policy)
    if faces:
        chosen = msgspec.structs.replace(chosen, faces=faces, unknown_body_part=faces)
    if ocr:
        require_ocr()
        chosen = msgspec.structs.replace(chosen, find_text=True)
    settings = Settings(choice=choose(window), policy=chosen, with_dicom=with_dicom)
    if scheduler and not re.fullmatch(r"(tcp|tls|ws|wss)://[^/]+", scheduler):
        raise click.UsageError("--scheduler is no address: write it as tcp://host:8786 or tls://host:8786")
    if key_file_kms_key and not key_file:
        raise click.UsageError("--key-file-kms-key belongs to --key-file")
    how = How(
        ledger=ledger,
        kms_key_arn=kms_key_arn,
        jobs=usable_cores() if jobs is None else jobs,
        scheduler=scheduler,
        time_limit=time_limit,
        dry_run=dry_run,
    )
    # Before the bar: it may ask for a passphrase.
    opened = _open_key_file(key_file, destination, key_file_kms_key, dry_run) if key_file else None
    with progress("preparing", lambda: sum(1 for _ in sources.items(source, destination))) as advance:
        summary = prepare_scans(source, destination, settings, how, advance, opened)

    if as_json:
        click.echo(json.dumps(summary.as_json(), indent=2))
    else:
        _print_summary(summary)
    if strict and summary.quarantined:
        raise Refused(f"{len(summary.quarantined)} of {summary.files} files were quarantined (--strict)")
    if not summary.images:
        why = next((reason.explanation for reason in summary.quarantined_by_reason), "SRC must hold DICOM images")
        raise BadInput(f"no image came out of {summary.files} files: {why}")


def _open_key_file(path: Path, destination: str, kms_key_arn: str | None, dry_run: bool) -> KeyFile | None:
    from gtctl.manifests.places import is_s3
    from gtctl.scans.deidentify import key_file

    if dry_run:
        return key_file.open_existing(path) if path.exists() else None
    images = None if is_s3(destination) else Path(destination)
    return key_file.open_or_make(path, destination=images, kms_key_arn=kms_key_arn)


def _print_summary(summary: Summary) -> None:
    for each in summary.quarantined[:_LISTED]:
        where = f" [{each.where}]" if each.where and os.environ.get("GTCTL_DEBUG") else ""
        click.echo(f"quarantined {each}{where}", err=True)
    if len(summary.quarantined) > _LISTED:
        click.echo(f"quarantined {len(summary.quarantined) - _LISTED} more: --json lists every one", err=True)
    if summary.other_pseudonyms:
        click.echo(
            f"{summary.other_pseudonyms} images of earlier runs have pseudonyms that cannot be compared with those of "
            "this run: only with --key-file they stay the same",
            err=True,
        )
    if summary.dry_run:
        click.echo("Nothing was written (--dry-run). This is what would be:")
    objects = f", {summary.objects_prepared} DICOM objects" if summary.objects_prepared else ""
    click.echo(f"{summary.files:>7} files read ({_megabytes(summary.bytes_in)})")
    click.echo(f"{summary.prepared:>7} files prepared: {summary.images_prepared} images{objects}")
    click.echo(f"{summary.already_there:>7} files already there: {summary.images_already_there} images")
    click.echo(f"{summary.duplicates:>7} files with the same content as an earlier one")
    click.echo(f"{len(summary.quarantined):>7} files quarantined")
    for reason, count in summary.quarantined_by_reason.items():
        click.echo(f"{count:>11} {reason.value}: {reason.explanation}")
    click.echo(
        f"{_megabytes(summary.bytes_out)} written in {summary.seconds:.1f} s, {summary.images_per_second:.1f} images/s"
    )


def _megabytes(count: int) -> str:
    return f"{count / 1e6:.1f} MB"
