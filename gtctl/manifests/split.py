"""One manifest to several, one for each job: by number, by what has to stay together, and evenly by an attribute."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import msgspec

from gtctl.errors import BadInput
from gtctl.ground_truth import MAX_DATASET_OBJECTS
from gtctl.manifests.lines import SOURCE_REF, Row, rows
from gtctl.manifests.places import open_folder, open_input
from gtctl.manifests.together import groups_of_ledgers

MOST_PARTS = 500
MOST_STRATA = 10_000

GroupOf = Callable[[Row], str | None]
"""What a line has to stay together with; None where that is not known."""


@dataclass(frozen=True, slots=True)
class How:
    """How to split.

    objects: the most lines of a part. parts: how many (default: as few as hold them). together: "patient", "study"
    or "series" of the ledgers; without ledgers, an attribute. evenly: an attribute whose values every part has its
    share of.
    """

    objects: int = MAX_DATASET_OBJECTS
    parts: int | None = None
    together: str | None = None
    ledgers: Sequence[str] = ()
    evenly: str | None = None


@dataclass(slots=True)
class Part:
    """``groups``: how many patients, or whatever stays together; 0 if nothing has to."""

    name: str
    lines: int = 0
    groups: int = 0


@dataclass(slots=True)
class _Group:
    stratum: str
    lines: int = 0
    part: int = -1


@dataclass(slots=True)
class _Load:
    total: int = 0
    by_stratum: dict[str, int] = field(default_factory=dict)


def split(manifest: str, folder: str, kms_key_arn: str | None, how: How) -> list[Part]:
    """Write the parts of a manifest to a new folder (a path, or s3:// with a key): ``part-001.manifest`` and so on.

    Each line is in one part, in its order. All parts appear, or none. Memory does not grow with the lines, only with
    the number of what stays together. Raises BadInput for a line that names no image, or of which it is not known
    what it belongs to; and where what stays together is larger than a part.
    """
    with ExitStack() as stack:
        stream = stack.enter_context(open_input(manifest))
        group_of: GroupOf | None = None
        if how.ledgers:
            group_of = stack.enter_context(groups_of_ledgers(how.ledgers, how.together or "patient"))
        elif how.together:
            group_of = _attribute(how.together)
        found = rows(stream, manifest)
        parts, part_of = _plan_groups(manifest, found, group_of, how) if group_of else _plan_lines(manifest, found, how)
        stream.seek(0)
        open_file = stack.enter_context(open_folder(folder, kms_key_arn))
        files = [open_file(part.name) for part in parts]
        for number, line, row in rows(stream, manifest):
            at = part_of(number, row)
            files[at].write(line + b"\n")
            parts[at].lines += 1
    return parts


def _plan_lines(manifest: str, found: Iterator[tuple[int, bytes, Row]], how: How) -> tuple[list[Part], Any]:
    """Without groups: parts of the same size, one after the other; or each stratum is dealt out like cards."""
    count = 0
    strata: dict[str, int] = {}
    for number, _, row in found:
        count += 1
        if how.evenly:
            stratum = _stratum(manifest, number, row, how.evenly)
            strata[stratum] = strata.get(stratum, 0) + 1
            if len(strata) > MOST_STRATA:
                raise BadInput(f"{how.evenly!r} has more than {MOST_STRATA:,} values: split evenly by one with fewer")
    parts = _parts(_number_of_parts(manifest, count, how))
    if not how.evenly:
        return parts, lambda number, row: (number - 1) * len(parts) // count
    # Strata lie behind each other; a line's place in that order, counted round and round, is its part.
    place, next_places = 0, {}
    for stratum, size in strata.items():
        next_places[stratum] = place
        place += size

    def part_of(number: int, row: Row) -> int:
        stratum = _stratum(manifest, number, row, how.evenly)
        next_places[stratum] += 1
        return (next_places[stratum] - 1) % len(parts)

    return parts, part_of


def _plan_groups(
    manifest: str, found: Iterator[tuple[int, bytes, Row]], group_of: GroupOf, how: How
) -> tuple[list[Part], Any]:
    what = how.together or "patient"
    groups: dict[str, _Group] = {}
    count = 0

    def known_group(number: int, row: Row) -> str:
        group = group_of(row)
        if group is None:
            where = "in the ledger" if how.ledgers else f"in {what!r}"
            raise BadInput(
                f"{manifest}:{number}: its {what} is not {where}, so nothing proves that none is in two parts: "
                "give every --ledger of these images, or leave the line out"
            )
        return group

    for number, _, row in found:
        count += 1
        name = known_group(number, row)
        if name not in groups:
            groups[name] = _Group(_stratum(manifest, number, row, how.evenly) if how.evenly else "")
        groups[name].lines += 1
    largest = max((group.lines for group in groups.values()), default=0)
    if largest > how.objects:
        raise BadInput(
            f"{manifest}: one {what} has {largest:,} images, and a part takes {how.objects:,}: it cannot stay "
            "together; raise --objects, or keep smaller things --together, such as study"
        )
    number_of_parts = _number_of_parts(manifest, count, how)
    if number_of_parts > len(groups):
        raise BadInput(f"{manifest}: by {what} there is enough for {len(groups)} parts only: choose fewer --parts")
    while not _deal_out(groups, number_of_parts, how.objects):
        if how.parts:
            raise BadInput(f"{manifest}: {how.parts} parts of {how.objects:,} do not hold it by {what}: raise --parts")
        number_of_parts = _allowed(number_of_parts + 1)
    parts = _parts(number_of_parts)
    for each in groups.values():
        parts[each.part].groups += 1
    return parts, lambda number, row: groups[known_group(number, row)].part


def _deal_out(groups: dict[str, _Group], number_of_parts: int, objects: int) -> bool:
    """Give each group a part, the largest first: the one with the least of its stratum, and then the least of all."""
    loads = [_Load() for _ in range(number_of_parts)]
    for group in sorted(groups.values(), key=lambda group: -group.lines):
        fitting = [at for at, load in enumerate(loads) if load.total + group.lines <= objects]
        if not fitting:
            return False
        group.part = min(fitting, key=lambda at: (loads[at].by_stratum.get(group.stratum, 0), loads[at].total, at))
        load = loads[group.part]
        load.total += group.lines
        load.by_stratum[group.stratum] = load.by_stratum.get(group.stratum, 0) + group.lines
    return True


def _number_of_parts(manifest: str, count: int, how: How) -> int:
    if not count:
        raise BadInput(f"{manifest} is empty: there is nothing to split")
    fewest = -(-count // how.objects)
    if how.parts and not fewest <= how.parts <= count:
        raise BadInput(
            f"{manifest}: {count:,} lines do not make {how.parts} parts of 1 to {how.objects:,}: choose other --parts"
        )
    return _allowed(how.parts or fewest)


def _allowed(number_of_parts: int) -> int:
    if number_of_parts > MOST_PARTS:
        raise BadInput(f"more than {MOST_PARTS} parts: raise --objects")
    return number_of_parts


def _parts(number: int) -> list[Part]:
    return [Part(f"part-{at:03d}.manifest") for at in range(1, number + 1)]


def _attribute(name: str) -> GroupOf:
    def group_of(row: Row) -> str | None:
        return None if row.get(name) is None else _key(row[name])

    return group_of


def _stratum(manifest: str, number: int, row: Row, name: str | None) -> str:
    if name is None or name not in row or name == SOURCE_REF:
        raise BadInput(f"{manifest}:{number}: it has no attribute {name!r} to split evenly by: carry one along")
    return _key(row[name])


def _key(value: Any) -> str:
    return msgspec.json.encode(value, order="sorted").decode()
