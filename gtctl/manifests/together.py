"""Which patient, study or series an image is of, by the ledgers: in an index on disk, as ledgers may be large."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager

from gtctl.errors import BadInput
from gtctl.manifests.lines import SOURCE_REF, Row
from gtctl.manifests.sources import ledger_columns

KINDS = ("patient", "study", "series")


@contextmanager
def groups_of_ledgers(ledgers: Sequence[str], kind: str) -> Iterator[Callable[[Row], str | None]]:
    """A function from a line to the pseudonym of its patient, study or series; None for an image in no ledger.

    Raises BadInput where the pseudonyms of the ledgers cannot be compared, as they were made with several secrets: one
    patient may then have two.
    """
    if kind not in KINDS:
        raise BadInput(f"a ledger does not know {kind!r}: it knows {', '.join(KINDS)}")
    secrets: set[str] = set()
    # Of this name, SQLite keeps a database in a temporary file of its own.
    with closing(sqlite3.connect("")) as index:
        index.execute("CREATE TABLE images (name TEXT PRIMARY KEY, belongs_to TEXT) WITHOUT ROWID")
        for ledger in ledgers:
            for images, groups, made_with in ledger_columns(ledger, ["image", kind, "pseudonyms"]):
                secrets.update(made_with)
                if len(secrets) > 1:
                    raise BadInput(
                        f"{ledger}: its pseudonyms were made with several secrets, so one {kind} may have two: prepare "
                        "the scans with a --key-file, which keeps the secret"
                    )
                pairs = zip(images, groups, strict=True)
                index.executemany("INSERT OR REPLACE INTO images VALUES (?, ?)", pairs)

        def group_of(row: Row) -> str | None:
            name = row[SOURCE_REF].rpartition("/")[2]
            found = index.execute("SELECT belongs_to FROM images WHERE name = ?", (name,)).fetchone()
            return found[0] if found else None

        yield group_of
