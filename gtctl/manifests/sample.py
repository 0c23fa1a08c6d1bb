"""Some lines of a manifest by chance: the same ones for the same seed, in their order."""

from __future__ import annotations

import random

from gtctl.errors import BadInput
from gtctl.manifests.lines import rows
from gtctl.manifests.places import open_input, open_output


def sample(manifest: str, output: str, kms_key_arn: str | None, lines: int, seed: int) -> int:
    """Write ``lines`` lines of a manifest to ``output``, each with the same chance; gives how many there were.

    Memory does not grow with either. Raises BadInput for more lines than there are. Python keeps what random() gives
    for a seed the same in all versions (library reference, "random", notes on reproducibility).
    """
    with open_input(manifest) as stream, open_output(output, kms_key_arn) as target:
        count = sum(1 for _ in rows(stream, manifest))
        if lines > count:
            raise BadInput(f"{manifest} has {count:,} lines, fewer than {lines:,}: choose fewer --lines")
        stream.seek(0)
        chance = random.Random(seed).random  # noqa: S311 - nothing secret depends on it
        wanted = lines
        for number, line, _ in rows(stream, manifest):
            if chance() * (count - number + 1) < wanted:
                target.write(line + b"\n")
                wanted -= 1
    return count
