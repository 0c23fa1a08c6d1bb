"""``gtctl scans reidentify``: images back to whose they are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from gtctl.scans.deidentify.reidentify import Identity


@click.command()
@click.argument("key_file", metavar="KEYFILE", type=click.Path(dir_okay=False, path_type=Path))
@click.argument("images", metavar="[IMAGE]...", nargs=-1)
@click.option(
    "--ledger",
    required=True,
    metavar="PLACE",
    help="The ledger of the run that made the images: a path or s3://bucket/key.",
)
@click.option(
    "--labels",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A COCO file: every image in it is looked up.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per image (schema_version 1).")
def reidentify(key_file: Path, images: tuple[str, ...], ledger: str, labels: Path | None, as_json: bool) -> int:
    """Say whose the IMAGEs are: the original patient and UIDs, for whoever has KEYFILE and the key that opens it.

    KEYFILE is what gtctl scans prepare --key-file wrote. A file locked by KMS needs kms:Decrypt on its key; one
    locked by a passphrase takes it from GTCTL_KEY_PASSPHRASE, or asks. An IMAGE may be a name, a path or an s3:// URI.

    What is printed names patients: mind where it goes. Exit code 1 if an image is not in the ledger or key file.

    \b
    Examples:
      gtctl scans reidentify keys/ct.key --ledger scans/ledger.jsonl 0f3c...9a.png
      gtctl scans reidentify keys/ct.key --ledger scans/ledger.jsonl --labels labels.coco.json --json > found.jsonl
    """
    from gtctl.scans.deidentify.key_file import open_existing
    from gtctl.scans.deidentify.reidentify import identities, images_of_labels

    asked = [*images, *(images_of_labels(labels) if labels else ())]
    if not asked:
        raise click.UsageError("name an IMAGE, or a COCO file with --labels")
    unknown = 0
    for found in identities(open_existing(key_file), ledger, asked):
        unknown += found.record is None
        click.echo(json.dumps(_as_json(found)) if as_json else _as_text(found))
    if unknown:
        click.echo(f"gtctl: {unknown} of {len(asked)} images are not in the ledger and the key file", err=True)
    return 1 if unknown else 0


def _as_json(found: Identity) -> dict[str, object]:
    import msgspec

    known = {"known": found.record is not None, "image": found.image, "frame": found.frame}
    record: dict[str, object] = msgspec.to_builtins(found.record) if found.record else {}
    return {"schema_version": 1, **known, **record}


def _as_text(found: Identity) -> str:
    if found.record is None:
        return f"{found.image}\n  not known"
    record = found.record
    rows = {
        "patient": record.patient_id,
        "issuer": record.patient_id_issuer,
        "study": record.study_uid,
        "series": record.series_uid,
        "instance": record.sop_instance_uid,
        "frame": found.frame,
        "source": record.source,
        "pseudonym": record.patient,
    }
    lines = (f"  {name:<10}{_printable(value)}" for name, value in rows.items() if value is not None)
    return "\n".join([found.image, *lines])


def _printable(value: object) -> str:
    """Text from a scan may hold what moves a terminal's cursor."""
    return "".join(letter if letter.isprintable() else "?" for letter in str(value))
