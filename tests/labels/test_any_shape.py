"""Rows of any shape: each format is written whole, or there is one line of complaint and nothing on the disk."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gtctl.errors import BadInput
from gtctl.labels import formats
from gtctl.labels.dataset import Options
from gtctl.labels.export import export
from tests.labels.rows import failed, labeled, verified

# Formats that need more than a manifest have tests of their own.
NAMES = [name for name in formats.names() if name != "dicom-sr"]
Row = dict[str, Any]

_texts = st.text(st.characters(codec="utf-8"), max_size=8) | st.sampled_from(
    ["=1", "../x", "a\x01", "s3://b/k", "\ufffe"]
)
_scalars = st.none() | st.booleans() | st.integers(-3, 5) | st.sampled_from([1e308, -1e308, 0.5, 2**64]) | _texts
_values = st.recursive(_scalars, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_texts, inner, max_size=2))


@st.composite
def mutated(draw: st.DrawFn) -> Row:
    """A row of a job in which some values, somewhere, are others."""
    row: Row = json.loads(json.dumps(draw(st.sampled_from(ROWS))))
    for _ in range(draw(st.integers(0, 3))):
        place: Any = row
        while True:
            steps = list(place) if isinstance(place, dict) else list(range(len(place)))
            if not steps:
                break
            step = draw(st.sampled_from(steps))
            if isinstance(place[step], dict | list) and draw(st.booleans()):
                place = place[step]
                continue
            place[step] = draw(_values)
            break
    return row


ROWS = [
    labeled("ct/a.png", (0, 1, 2, 3, 4), (3, 1.5, 2, 3, 4)),
    labeled("b.png"),
    failed("c.png"),
    labeled("ct/d.png", (0, -1, 2, 3, 4)) | verified("good"),
]


@settings(max_examples=120, deadline=None)
@given(st.lists(mutated(), min_size=1, max_size=3), st.sampled_from(NAMES), st.booleans(), st.booleans())
def test_rows_of_any_shape_are_written_or_refused(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Row], format_name: str, clip: bool, ignore: bool
) -> None:
    folder: Path = tmp_path_factory.mktemp("labels")
    (folder / "m").write_text("".join(json.dumps(row) + "\n" for row in [*rows, ROWS[0]]))
    options = Options(clip=clip, ignore_verification=ignore, repeated="last", attribute="boxes")
    try:
        export([str(folder / "m")], folder / "out", format_name, options)
        assert (folder / "out").exists()
    except BadInput as error:
        assert "\n" not in str(error)
        assert [path.name for path in folder.iterdir()] == ["m"]
    shutil.rmtree(folder)
