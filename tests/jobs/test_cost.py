"""What a job costs: the arithmetic of tiers, and what is said about where the numbers come from."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gtctl.errors import BadInput
from gtctl.jobs.cost import Load, count_objects, estimate, fee, load_prices, own_prices

PRICES = load_prices()
COUNT = st.integers(0, 3_000_000)


@pytest.mark.parametrize(
    ("objects", "already", "expected"),
    [
        (0, 0, 0),
        (1, 0, 0.08),
        (50_000, 0, 4_000),
        (50_001, 0, 4_000.04),
        (1_000_000, 0, 4_000 + 950_000 * 0.04),
        (1_000_001, 0, 4_000 + 950_000 * 0.04 + 0.02),
        (10, 49_995, 5 * 0.08 + 5 * 0.04),
        (10, 2_000_000, 0.2),
    ],
)
def test_every_object_is_paid_for_at_the_price_of_its_tier(objects: int, already: int, expected: float) -> None:
    assert fee(objects, PRICES, already) == pytest.approx(expected)


@given(COUNT, COUNT, COUNT)
def test_a_fee_in_two_parts_is_the_fee_of_the_whole(first: int, second: int, already: int) -> None:
    parts = fee(first, PRICES, already) + fee(second, PRICES, already + first)
    assert parts == pytest.approx(fee(first + second, PRICES, already), abs=1e-6)


def test_workers_multiply_the_time_and_not_the_fee() -> None:
    (one,), (five,) = (estimate([Load("a", "bounding-box", n)], 1_000, PRICES).jobs for n in (1, 5))
    assert (one.fee, five.fee) == (80, 80)
    assert (one.answers, five.answers) == (1_000, 5_000)
    assert five.hours == pytest.approx(5 * one.hours)


def test_steps_of_a_chain_and_retries_are_paid_for_and_count_for_the_tiers() -> None:
    jobs = [Load("boxes", "bounding-box", 2), Load("verdicts", "verification", 3), Load("fixes", "adjustment", 1)]
    made = estimate(jobs, 20_000, PRICES, retried=0.1)
    assert [job.objects for job in made.jobs] == [22_000, 22_000, 22_000]
    assert made.fee == pytest.approx(50_000 * 0.08 + 16_000 * 0.04)
    assert made.total == made.fee, "without a wage people's time costs nothing here"


def test_a_wage_is_part_of_the_total(tmp_path: Path) -> None:
    path = tmp_path / "prices.toml"
    path.write_text(own_prices().replace("wage_per_hour = 0.0", "wage_per_hour = 90"))
    made = estimate([Load("a", "bounding-box", 2)], 60, load_prices(path))
    assert made.total == pytest.approx(60 * 0.08 + 2 * 90)


def test_every_number_says_where_it_comes_from_and_whether_that_is_known() -> None:
    notes = estimate([Load("a", "bounding-box", 2)], 10, PRICES).notes
    assert notes[0].startswith("known: 0.08 USD per object up to 50,000 objects a month: ")
    assert not any("0.04" in note for note in notes), "a tier that is not reached is not told"
    assert any(note.startswith("unverified: the fee does not grow with the number of workers") for note in notes)
    more = estimate([Load("a", "bounding-box", 2)], 10, PRICES, already=50_000).notes
    assert more[0].startswith("unverified: 0.04 USD")


def test_the_table_and_the_json_say_the_same() -> None:
    made = estimate([Load("chest-ct", "bounding-box", 2)], 1_234, PRICES)
    text, document = made.as_text(), made.as_json()
    assert "1,234" in text
    assert "2,468" in text
    assert "98.72" in text
    assert document["schema_version"] == 1
    assert (document["fee"], document["total"], document["currency"]) == (98.72, 98.72, "USD")
    assert document["jobs"][0]["objects"] == 1_234


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("up_to = 50_000", "up_to = 5_000_000", "must rise in up_to"),
        ("up_to = 50_000\n", "", "must rise in up_to"),
        ("price = 0.02", "up_to = 7_000_000\nprice = 0.02", "must rise in up_to"),
        ("price = 0.08", "price = -1", "Expected `float` >= 0"),
        ("price = 0.08", "prise = 0.08", "prise"),
        ("currency", "currency = ", "is not TOML"),
        (", adjustment = 40", "", "lacks adjustment"),
        ('certainty = "known"', 'certainty = "sure"', "certainty"),
    ],
)
def test_a_price_table_that_makes_no_sense_is_one_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "prices.toml"
    path.write_text(own_prices().replace(old, new, 1))
    with pytest.raises(BadInput) as refused:
        load_prices(path)
    assert str(refused.value).startswith(f"{path}: ")
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


def test_objects_are_counted_in_the_manifest(tmp_path: Path) -> None:
    path = tmp_path / "input.manifest"
    path.write_text('{"source-ref": "s3://b/1.png"}\n\n{"source-ref": "s3://b/2.png"}\n')
    assert count_objects(str(path)) == 2
