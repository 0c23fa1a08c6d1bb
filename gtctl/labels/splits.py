"""Images divided into training, validation and test sets, with no patient in two of them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from gtctl.errors import BadInput

WHOLE = ""
"""The name of the one split where nothing was asked to be divided."""

Shares = dict[str, float]
"""Names of the splits, with their shares of the images, which add up to 1."""

_TOLERANCE = 1e-6


def parse(text: str) -> Shares:
    """``train=0.8,val=0.2`` to shares. Raises BadInput for odd names, and unless the shares add up to 1."""
    shares: Shares = {}
    for part in text.split(","):
        name, _, share = part.partition("=")
        name = name.strip()
        if not (name.isascii() and name.replace("-", "").replace("_", "").isalnum()) or name in shares:
            raise BadInput(f"--split: {name!r} is no name, or stands twice: write it like train=0.8,val=0.2")
        try:
            shares[name] = float(share)
        except ValueError as error:
            raise BadInput(f"--split: {name} has no share: write it like train=0.8,val=0.2") from error
    if not all(0 < share < 1 for share in shares.values()) or abs(sum(shares.values()) - 1) > _TOLERANCE:
        raise BadInput("--split: the shares are above 0 and add up to 1, like train=0.8,val=0.2")
    return shares


def group_of_image(image: str) -> str:
    """Each image on its own."""
    return image


def patients(ledgers: Sequence[str]) -> Callable[[str], str]:
    """Who an image (a path or URI, of which the last part counts) is of, by the ledgers of gtctl scans prepare.

    The function raises BadInput for an image that is in none; this does where patients of different ledgers cannot be
    told apart. Memory grows with the ledgers' images, some 200 bytes each.
    """
    from gtctl.scans import ledger

    known: dict[str, str] = {}
    same: dict[str, str] = {}
    secrets = set()
    for place in ledgers:
        for entry in ledger.entries(place):
            known[entry.image] = same.setdefault(entry.patient, entry.patient)
            secrets.add(entry.pseudonyms)
            if len(secrets) > 1:
                raise BadInput(
                    f"{place}: the scans were prepared with different secrets, so one patient may have two pseudonyms: "
                    "prepare all of them with one key file"
                )

    def patient(image: str) -> str:
        name = image.rpartition("/")[2]
        if name not in known:
            raise BadInput(f"the image {name} is in no ledger: its patient is not known; give its ledger, too")
        return known[name]

    return patient


def assign(groups: Iterable[str], shares: Shares, seed: int) -> dict[str, str]:
    """The split of each group (a patient, or an image), from the group of every image.

    In an order that depends on the seed only, each group goes where most images are missing. Raises BadInput where
    there are fewer groups than splits: one would stay empty.
    """
    sizes = Counter(groups)
    if len(sizes) < len(shares):
        raise BadInput(f"--split: {len(sizes)} to divide into {len(shares)} splits: one would stay empty")
    order = sorted(sizes)
    random.Random(seed).shuffle(order)  # noqa: S311 # a division that can be repeated, no secret
    images = sizes.total()
    missing = {name: share * images for name, share in shares.items()}
    empty = list(shares)
    found = {}
    for left, group in zip(range(len(order), 0, -1), order, strict=True):
        # The last ones go to splits that have none.
        among = empty if left <= len(empty) else list(shares)
        chosen = max(among, key=missing.__getitem__)
        if chosen in empty:
            empty.remove(chosen)
        missing[chosen] -= sizes[group]
        found[group] = chosen
    return found
