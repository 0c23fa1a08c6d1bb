"""Where the images of a new manifest come from: S3, a ledger, or a list. Each image is a row, its URI first."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import repeat
from operator import attrgetter
from pathlib import Path
from types import GenericAlias
from typing import TYPE_CHECKING, Any, BinaryIO, get_type_hints

import msgspec

from gtctl import aws
from gtctl.audit import identifiers
from gtctl.errors import BadInput
from gtctl.ground_truth import IMAGE_SUFFIXES, MAX_IMAGE_BYTES
from gtctl.manifests.lines import SOURCE_REF, Row, blocks
from gtctl.manifests.places import open_input
from gtctl.scans import ledger

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

Constants = Mapping[str, str]

FROM_LEDGER = {
    "patient-pseudonym": "patient",
    **{name: name for name in ("study", "series", "instance", "frame", "frames", "modality", "width", "height")},
    "pseudonyms": "pseudonyms",
    "image-sha256": "image_sha256",
    "window": "window.origin",
    **{name: f"geometry.{name}" for name in ("position", "orientation", "spacing")},
    "frame-of-reference": "geometry.frame_of_reference",
    "slice-thickness": "geometry.slice_thickness",
}
"""What a line may carry along from the ledger: its attribute's name, and where it stands in an entry."""

_OFTEN_THE_SAME = ("patient", "study", "series", "pseudonyms", "modality")
_NOT_SHOWN = f"not {', '.join(IMAGE_SUFFIXES[:-1])} or {IMAGE_SUFFIXES[-1]}"
_decoder = msgspec.json.Decoder(Row)


def check_names(names: Iterable[str]) -> None:
    """Raise BadInput for a name that no attribute may have, or that says that a person is identified."""
    for name in names:
        if not name or name.startswith("$") or name == SOURCE_REF:
            raise BadInput(
                f"{name!r} is no name for an attribute: it may not be empty, begin with $, or be {SOURCE_REF}"
            )
        if kind := identifiers.kind_of_name(name) or ("date" if identifiers.is_date_name(name) else None):
            raise BadInput(f"an attribute {name!r} would hold a person's {kind}: carry a pseudonym, under another name")


def listed_images(folder: aws.S3Location, left_out: Counter[str]) -> Iterator[str]:
    """The URIs of the images below a folder, in the order of S3's listing, which is that of the keys' bytes.

    Objects that no labeling job can show are counted in ``left_out`` by reason. Raises botocore's errors.
    """
    s3: S3Client = aws.client("s3")
    prefix = folder.key if not folder.key or folder.key.endswith("/") else f"{folder.key}/"
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=folder.bucket, Prefix=prefix):
        for item in page.get("Contents", []):
            if not item["Key"].lower().endswith(IMAGE_SUFFIXES):
                left_out[_NOT_SHOWN] += 1
            elif not item["Size"]:
                left_out["empty"] += 1
            elif item["Size"] > MAX_IMAGE_BYTES:
                left_out[f"larger than {MAX_IMAGE_BYTES // 1_000_000} MB"] += 1
            else:
                yield f"s3://{folder.bucket}/{item['Key']}"


def ledger_rows(
    place: Path | str, images: aws.S3Location, carry: Collection[str] = (), constants: Constants | None = None
) -> Iterator[Row]:
    """A row for each entry of a ledger (a path or s3://), whose images lie below ``images``, in the ledger's order.

    ``carry`` are names of ``FROM_LEDGER``. Raises BadInput for another.
    """
    unknown = [name for name in carry if name not in FROM_LEDGER]
    if unknown:
        raise BadInput(f"a ledger has no {', '.join(unknown)} to carry: it has {', '.join(FROM_LEDGER)}")
    below = str(images.join("x")).removesuffix("x")
    names = [SOURCE_REF, *carry, *(constants or {})]
    rest = [repeat(value) for value in (constants or {}).values()]
    for files, *columns in ledger_columns(place, ["image", *(FROM_LEDGER[name] for name in carry)]):
        for values in zip([below + file for file in files], *columns, *rest):  # noqa: B905 - rest has no end
            yield dict(zip(names, values))  # noqa: B905


def ledger_columns(place: Path | str, paths: Sequence[str]) -> Iterator[list[list[Any]]]:
    """What stands at each of ``paths`` ("image", "geometry.position") in the next entries of a ledger: a list for each.

    Nothing else of an entry is looked at, and a pseudonym that many have is checked once: that is several times as
    fast as to read the entries. Raises BadInput as ``ledger.entries`` does.
    """
    types = get_type_hints(ledger.Entry, include_extras=True)
    fields = dict.fromkeys(["schema_version", *(path.partition(".")[0] for path in paths)])
    checked_once = {each: GenericAlias(list, (types[each],)) for each in fields if each in _OFTEN_THE_SAME}
    typed = [(each, Any if each in checked_once else types[each]) for each in fields]
    decoder = msgspec.json.Decoder(msgspec.defstruct("Part", typed, gc=False))
    with open_input(str(place)) as stream:
        for block in blocks(stream):
            try:
                entries = decoder.decode_lines(block)
                for field, type_ in checked_once.items():
                    msgspec.convert(list(set(map(attrgetter(field), entries))), type_)
            except (msgspec.DecodeError, UnicodeDecodeError, TypeError) as error:
                for _ in ledger.entries(place):
                    pass  # the line that is damaged says so itself
                raise BadInput(f"{place}: not a ledger ({error})") from error
            yield [list(map(attrgetter(path), entries)) for path in paths]


def list_rows(
    stream: BinaryIO,
    name: str,
    base: aws.S3Location | None,
    left_out: Counter[str],
    carry: Collection[str] = (),
    constants: Constants | None = None,
) -> Iterator[Row]:
    """A row for each image of a list: lines of URIs; or, by the end of its name, .csv with a header line, or .jsonl.

    A URI that does not begin with s3:// is a path below ``base``. ``carry`` are columns, or members, that stand
    beside ``source-ref``. Images that no job can show are counted in ``left_out``. Raises BadInput, with the line's
    number, for a line that cannot be read.
    """
    suffix = Path(name).suffix.lower()
    if suffix == ".csv":
        found = _csv(stream, name, carry)
    elif suffix in (".jsonl", ".ndjson", ".manifest"):
        found = _json_lines(stream, name, carry)
    elif carry:
        raise BadInput(f"{name} is a list of URIs only: to carry attributes along, give a .csv or .jsonl file")
    else:
        found = _plain(stream, name)
    below = str(base.join("x")).removesuffix("x") if base else None
    rest = dict(constants or {})
    for number, row in found:
        uri = row[SOURCE_REF]
        if not uri.startswith("s3://"):
            if below is None or uri.startswith("/") or ".." in uri.split("/"):
                raise BadInput(
                    f"{name}:{number}: neither s3://bucket/key, nor a path below the S3_URI of --images: correct it"
                )
            row[SOURCE_REF] = uri = below + uri
        if not uri.lower().endswith(IMAGE_SUFFIXES):
            left_out[_NOT_SHOWN] += 1
            continue
        yield row | rest if rest else row


Numbered = Iterator[tuple[int, Row]]


def _plain(stream: BinaryIO, name: str) -> Numbered:
    for number, line in enumerate(_text(stream, name), start=1):
        if uri := line.strip("\r\n"):
            yield number, {SOURCE_REF: uri}


def _csv(stream: BinaryIO, name: str, carry: Collection[str]) -> Numbered:
    reader = csv.reader(_text(stream, name), strict=True)
    try:
        header = next(reader, [])
        missing = [column for column in (SOURCE_REF, *carry) if header.count(column) != 1]
        if missing:
            raise BadInput(f"{name}:1: the header needs the column {missing[0]!r}, once")
        columns = [(column, header.index(column)) for column in (SOURCE_REF, *carry)]
        for values in reader:
            if len(values) != len(header):
                if not values:
                    continue
                raise BadInput(f"{name}:{reader.line_num}: {len(values)} values for {len(header)} columns: correct it")
            yield reader.line_num, {column: values[at] for column, at in columns}
    except csv.Error as error:
        raise BadInput(f"{name}:{reader.line_num}: not CSV ({error}): correct it") from error


def _json_lines(stream: BinaryIO, name: str, carry: Collection[str]) -> Numbered:
    for number, line in enumerate(stream, start=1):
        try:
            members = _decoder.decode(line)
            row = {SOURCE_REF: members[SOURCE_REF]} | {each: members[each] for each in carry}
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise BadInput(f"{name}:{number}: not one JSON object: correct it") from error
        except KeyError as error:
            raise BadInput(
                f"{name}:{number}: it has no {error.args[0]!r}: correct it, or do not --carry that"
            ) from error
        if not isinstance(row[SOURCE_REF], str):
            raise BadInput(f"{name}:{number}: {SOURCE_REF} is no text: correct it")
        yield number, row


def _text(stream: BinaryIO, name: str) -> Iterator[str]:
    """Lines of UTF-8, with a byte order mark or without, as spreadsheets write it."""
    for number, line in enumerate(stream, start=1):
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise BadInput(f"{name}:{number}: not UTF-8: save the file as UTF-8") from error
