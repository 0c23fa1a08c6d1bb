"""The service's rules for the input manifest of an image job, and what may not stand in it, without asking S3.

Most blocks of a manifest are sound: that is established for all of their lines at once, and only the lines of other
blocks are looked at one by one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Hashable, Iterator
from functools import lru_cache
from operator import attrgetter
from typing import Any, BinaryIO

import msgspec

from gtctl.audit import identifiers
from gtctl.ground_truth import (
    IMAGE_SUFFIXES,
    MAX_DATASET_OBJECTS,
    MAX_MANIFEST_ATTRIBUTE_CHARACTERS,
    MAX_MANIFEST_LINE_CHARACTERS,
)
from gtctl.manifests.lines import SOURCE_REF, blocks, split
from gtctl.manifests.repeats import Repeats
from gtctl.manifests.rules import Problem, Rule

_raw_decoder = msgspec.json.Decoder(dict[str, msgspec.Raw])
_decoder = msgspec.json.Decoder(dict[str, Any])
_S3_URI = re.compile("s3://[^/@]+/")
_UPPER_AND_LOWER = (*IMAGE_SUFFIXES, *(suffix.upper() for suffix in IMAGE_SUFFIXES))
# Ground Truth's own record of a label that an earlier job gave: its dates are those of the work.
_METADATA = "-metadata"

Broken = tuple[Rule, str]


def problems(manifest: BinaryIO) -> Iterator[Problem]:
    """Every broken rule by line (from 1), repeated images last; a manifest without any is one that the service reads.

    Memory does not grow with the manifest, nor with the length of a line.
    """
    number = 0
    with Repeats() as repeats:
        for block in blocks(manifest):
            lines = split(block)
            images: list[Hashable] | None = _sound_images(lines)
            if images is None:
                images = []
                for line_number, line in enumerate(lines, start=number + 1):
                    image, broken = _check(line)
                    yield from (Problem(line_number, *each) for each in broken)
                    images.append(image or (line_number,))
            repeats.add(images)
            if number <= MAX_DATASET_OBJECTS < number + len(lines):
                message = f"more than {MAX_DATASET_OBJECTS:,} objects: a job takes no more; gtctl manifest split it"
                yield Problem(MAX_DATASET_OBJECTS + 1, Rule.TOO_MANY, message)
            number += len(lines)
        if not number:
            yield Problem(1, Rule.EMPTY, "the manifest is empty: it needs one line per image")
        for line_number, before, _ in repeats.found():
            message = f"the same image as in line {before}: it would be labeled twice; remove one of them"
            yield Problem(line_number, Rule.DUPLICATE, message)


def _sound_images(lines: list[bytes]) -> list[Hashable] | None:
    """The URIs of the lines, if it takes no closer look to tell that all of them keep every rule; else None."""
    block = b"\n".join(lines)
    try:
        if not block.isascii():
            block.decode()
        images, *columns = _columns(lines[0], block)
        # A value that is an array or an object has no hash.
        values: set[Any] = set().union(*map(set, columns))
        if [image for image in images if not image.endswith(_UPPER_AND_LOWER)]:
            return None
        prefix = _common_beginning(min(images), max(images))
        bucket = _S3_URI.match(prefix)
        if not bucket and not all(map(_S3_URI.match, images)):
            return None
    except (msgspec.DecodeError, ValueError, RecursionError, AttributeError, TypeError):
        return None
    if (
        len(images) != len(lines)
        or max(map(len, lines)) > MAX_MANIFEST_ATTRIBUTE_CHARACTERS
        # No object goes over the end of a line.
        or block.count(b"}\n{") != len(lines) - 1
        # No name stands twice: with nothing escaped, and nothing before a colon, each name counts here.
        or block.count(b'":') != _count_of_values(images, columns, values)
        or any(each in block for each in (b"\\", b" :", b"\t", b"\r"))
    ):
        return None
    at = _where_keys_differ(prefix)
    keys = [image[at:] for image in images]
    text = "\n".join([prefix[bucket.end() :] if bucket else "", *keys, *[each for each in values if type(each) is str]])
    return None if identifiers.kinds(text) or identifiers.has_date(text) else images


def _count_of_values(images: list[Any], columns: list[list[Any]], values: set[Any]) -> int:
    missing = sum(column.count(msgspec.UNSET) for column in columns) if msgspec.UNSET in values else 0
    return len(images) * (1 + len(columns)) - missing


def _columns(line: bytes, block: bytes) -> list[list[Any]]:
    """The images of a block, and then the values of each other attribute; UNSET where a line has none.

    Most blocks have no attribute but those of their first line. Raises TypeError where a name breaks a rule, and
    msgspec's errors.
    """
    try:
        decode, getters = _reader_of(tuple(_decoder.decode(line)))
        rows = decode(block)
    except msgspec.ValidationError:
        names: dict[str, None] = dict.fromkeys(name for row in _decoder.decode_lines(block) for name in row)
        decode, getters = _reader_of(tuple(names))
        rows = decode(block)
    return [list(map(getter, rows)) for getter in getters]


@lru_cache(maxsize=64)
def _reader_of(names: tuple[str, ...]) -> tuple[Callable[[bytes], list[Any]], list[Callable[[Any], Any]]]:
    """A decoder of lines with these attributes and no others, and what gets each of them: the image first."""
    if any(name.startswith("$") or _names_a_person(name) for name in names):
        raise TypeError
    fields = {f"field_{at}": name for at, name in enumerate(dict.fromkeys((SOURCE_REF, *names)))}
    typed = [(field, str if name == SOURCE_REF else Any, msgspec.UNSET) for field, name in fields.items()]
    line = msgspec.defstruct("Line", typed, rename=fields, forbid_unknown_fields=True, gc=False)
    return msgspec.json.Decoder(line).decode_lines, [attrgetter(field) for field in fields]


def _common_beginning(one: str, other: str) -> str:
    """Of the first and the last of many texts it is that of all of them."""
    for at, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return one[:at]
    return min(one, other, key=len)


def _where_keys_differ(prefix: str) -> int:
    """From where on to look at URIs that begin alike: what identifies may begin in the name of the last folder."""
    last = prefix.rfind("/")
    return max(prefix.rfind("/", 0, max(last - 2, 0)), 0)


def _check(line: bytes) -> tuple[str | None, list[Broken]]:
    """The line's image, if it names one, and every rule that it breaks."""
    if len(line) > MAX_MANIFEST_LINE_CHARACTERS and len(line.decode(errors="replace")) > MAX_MANIFEST_LINE_CHARACTERS:
        message = f"longer than {MAX_MANIFEST_LINE_CHARACTERS:,} characters: carry less along in it"
        return None, [(Rule.LINE_LENGTH, message)]
    if not line.strip():
        return None, [(Rule.EMPTY_LINE, "empty line: remove it")]
    if line.startswith(b"\xef\xbb\xbf"):
        message = "begins with a byte order mark: save the file as UTF-8 without one"
        return None, [(Rule.BYTE_ORDER_MARK, message)]
    try:
        line.decode()
        return _check_attributes(line)
    except UnicodeDecodeError:
        return None, [(Rule.ENCODING, "not UTF-8: save the file as UTF-8")]
    except msgspec.DecodeError as error:
        return None, [(Rule.JSON, f"not one JSON object ({error}): write one object per line")]
    except RecursionError:
        return None, [(Rule.JSON, "nested too deep: carry less along in it")]


def _check_attributes(line: bytes) -> tuple[str | None, list[Broken]]:
    attributes = _raw_decoder.decode(line)
    values = _values(line)
    broken: list[Broken] = []
    if _repeats_names(line):
        broken.append((Rule.REPEATED_NAME, "an attribute's name stands there twice: readers disagree on which holds"))
    for position, (name, raw) in enumerate(attributes.items(), start=1):
        broken += _attribute(position, name, raw, values.get(name))
    uri = values.get(SOURCE_REF)
    broken += _source(uri, SOURCE_REF in attributes)
    return (uri if isinstance(uri, str) else None), broken


def _values(line: bytes) -> dict[str, Any]:
    try:
        return _decoder.decode(line)
    except msgspec.ValidationError:
        # A number that no machine holds is a number still.
        values: dict[str, Any] = json.loads(line, parse_int=str, parse_float=str, parse_constant=str)
        return values


def _repeats_names(line: bytes) -> bool:
    seen = False

    def note(pairs: list[tuple[str, Any]]) -> None:
        nonlocal seen
        seen = seen or len({name for name, _ in pairs}) < len(pairs)

    json.loads(line, object_pairs_hook=note, parse_int=str, parse_float=str, parse_constant=str)
    return seen


def _attribute(position: int, name: str, raw: msgspec.Raw, value: Any) -> Iterator[Broken]:
    if name.startswith("$"):
        yield Rule.ATTRIBUTE_NAME, f"the name of attribute {position} begins with $: rename it"
    if len(bytes(raw)) > MAX_MANIFEST_ATTRIBUTE_CHARACTERS < len(bytes(raw).decode()):
        message = f"attribute {position} is longer than {MAX_MANIFEST_ATTRIBUTE_CHARACTERS:,} characters: shorten it"
        yield Rule.ATTRIBUTE_LENGTH, message
    if name == SOURCE_REF:
        return
    what_to_do = "leave it out, or put a pseudonym there"
    for kind in dict.fromkeys(identifiers.in_attributes({name: value})):
        yield Rule.IDENTIFIER, f"attribute {position} looks like a person's {kind}: {what_to_do}"
    named = identifiers.is_date_name(name) and value not in (None, "")
    if named or (not name.endswith(_METADATA) and any(map(identifiers.has_date, identifiers.texts(value)))):
        yield Rule.DATE, f"attribute {position} looks like a date: {what_to_do}"


def _source(uri: Any, given: bool) -> Iterator[Broken]:
    if not given:
        yield Rule.SOURCE, f'no "{SOURCE_REF}": an image is named by its S3 URI there'
        return
    match = _S3_URI.match(uri) if isinstance(uri, str) else None
    if not match:
        yield Rule.SOURCE, f'"{SOURCE_REF}" is no S3 URI: write it as s3://bucket/key'
        return
    if not uri.lower().endswith(IMAGE_SUFFIXES):
        message = f'"{SOURCE_REF}" does not end in {", ".join(IMAGE_SUFFIXES)}: a bounding-box job shows nothing else'
        yield Rule.SUFFIX, message
    # What stands in the bucket's name is not the image's affair.
    key = uri[match.end() :]
    for kind in identifiers.kinds(key):
        yield Rule.IDENTIFIER, f"the object's key looks like it holds a person's {kind}: give the object a random name"
    if identifiers.has_date(key):
        yield Rule.DATE, "the object's key looks like it holds a date: give the object a random name"


def _names_a_person(name: str) -> bool:
    return identifiers.kind_of_name(name) is not None or identifiers.is_date_name(name)
