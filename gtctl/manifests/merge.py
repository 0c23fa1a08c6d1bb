"""Several manifests to one, with each image once."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice

import msgspec

from gtctl.errors import BadInput, Refused
from gtctl.manifests.collecting import Collected
from gtctl.manifests.lines import SOURCE_REF, rows
from gtctl.manifests.places import open_input, open_output

_LINES_AT_ONCE = 2000
_encoder = msgspec.json.Encoder(order="sorted")


@dataclass(frozen=True, slots=True)
class Merged:
    """``repeated``: lines that were left out, as their image was there; ``conflicts``: those that said otherwise."""

    lines: int
    repeated: int
    conflicts: int


def merge(
    manifests: Sequence[str],
    output: str,
    kms_key_arn: str | None,
    keep_first: bool = False,
    on_conflict: Callable[[str, str], None] = lambda place, before: None,
) -> Merged:
    """Write the lines of all manifests to ``output``, in order; of lines with one image the first.

    ``on_conflict`` gets the places (MANIFEST:LINE) of a line and of the one before it with the same image, where their
    attributes differ. Raises Refused, and writes nothing, if there is such a line, unless ``keep_first``; and BadInput
    for a line that names no image.
    """
    with open_output(output, kms_key_arn) as target, Collected() as collected:
        ends = []
        for manifest in manifests:
            with open_input(manifest) as stream:
                found = rows(stream, manifest)
                while batch := list(islice(found, _LINES_AT_ONCE)):
                    images = [row[SOURCE_REF] for _, _, row in batch]
                    lines = b"".join([line + b"\n" for _, line, _ in batch])
                    collected.add(images, lines, [_encoder.encode(row) for _, _, row in batch])
            ends.append(collected.count)
        if not collected.count:
            raise BadInput("the manifests are empty: there is nothing to merge")
        conflicts = 0

        def place(line: int) -> str:
            at = bisect_left(ends, line)
            return f"{manifests[at]}:{line - (ends[at - 1] if at else 0)}"

        for line, before, same in collected.repeats():
            collected.leave_out(line)
            if not same:
                conflicts += 1
                on_conflict(place(line), place(before))
        if conflicts and not keep_first:
            raise Refused(
                f"{conflicts} lines name an image that was there with other attributes: correct them, or take the "
                "first of each with --keep-first"
            )
        lines_written = collected.write(target)
    return Merged(lines_written, collected.count - lines_written, conflicts)
