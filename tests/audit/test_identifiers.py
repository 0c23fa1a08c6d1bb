"""Identifiers and dates are found in one text as in many joined, and not in names that are random."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gtctl.audit import identifiers
from gtctl.audit.identifiers import has_date, kinds, spans

PIECES = [
    *(
        "MRN00482913",
        "078-05-1120",
        "DOE^JANE",
        "acc-no-20261104",
        "accession7654321",
        "patient_id-4829",
        "dob1961-04-12",
    ),
    *("jane@example.org", "born 12.04.1961", "medical record no 12345", "acc12345678ab", "pat", "mrn", "é", "%5E", "/"),
]


@given(st.lists(st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=4).map("".join), max_size=5))
def test_texts_joined_by_line_breaks_hold_what_each_of_them_holds(texts: list[str]) -> None:
    assert set(kinds("\n".join(texts))) == {kind for text in texts for kind in kinds(text)}
    assert has_date("\n".join(texts)) == any(map(has_date, texts))


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=4).map("".join))
def test_a_hint_passes_over_nothing_that_a_pattern_finds(text: str) -> None:
    found = {kind for kind, pattern in identifiers._PATTERNS.items() if re.search(pattern, text)}
    assert {kind for _, _, kind in spans(text)} == found


@pytest.mark.parametrize("form", ["{:032x}.png", "{:x}", "images/{:032X}/1.png"])
def test_random_names_hold_no_identifier_and_no_date(form: str) -> None:
    names = random.Random(1)
    text = "\n".join(form.format(names.getrandbits(128)) for _ in range(100_000))
    assert kinds(text) == []
    assert not has_date(text)


@pytest.mark.parametrize(
    "text",
    [
        *("ct/2026-11-24/a.png", "20261124.png", "scan_20261124_083000", "24.11.2026", "1-2-1999", "11_24_2026"),
        *("20261124T083000", "20261124083000", "2026-11-24T08:30", "2026-11-24T08:30:15", "2026%2D11%2D24"),
        "1.2.840.113619.2.55.20261124.12",
    ],
)
def test_a_date_is_one_in_every_usual_form(text: str) -> None:
    assert has_date(text)


@pytest.mark.parametrize(
    "text",
    [
        *("20261324", "2026-1124", "120261124", "a20261124", "20261124a", "2026", "2026/11", "v1.2.2001", "3.1.2.2001"),
        *("1.2.2001.4", "20261124-12ab-34cd-56ef-1234567890ab", "18991231", "2.25.20261124123"),
    ],
)
def test_what_only_resembles_a_date_is_none(text: str) -> None:
    assert not has_date(text)
