from __future__ import annotations

import io
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import Dataset, dcmread

from gtctl.scans import dicom
from gtctl.scans.deidentify import Pseudonyms, deidentified, encoded
from gtctl.scans.deidentify.dates import shifted_date, shifted_datetime, shifted_time
from tests.scans.deidentify.planted import slice_of
from tests.scans.dicom_files import item

SHIFT = timedelta(days=-40, seconds=3_661)
MOMENTS = st.datetimes(datetime(1950, 1, 1), datetime(2040, 1, 1))
SHIFTS = st.integers(30, 3679).flatmap(
    lambda days: st.builds(lambda seconds: timedelta(days=-days, seconds=seconds), st.integers(1, 86_399))
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("20240301101010", "20240121111111"),
        ("20240301235959.5", "20240122010100.5"),
        ("202403012359", "202401220100"),
        ("2024030112", "2024012113"),
        ("20240301", "20240121"),
        ("20240301101010.123456-0500", "20240121111111.123456"),
    ],
)
def test_moments_are_moved_in_the_precision_they_have(value: str, expected: str) -> None:
    assert shifted_datetime(value, SHIFT) == expected


@pytest.mark.parametrize(
    "value",
    ["", "2024", "202403", "20240230", "20241301", "2024030", "2024-03-01", "DOE^JOHN", "20240301-20240302", "00000101",
     "2024030124", "20240301236060", "2024030112.5", "20240301101010.1234567", "٢٠٢٤٠٣٠١"],
)  # fmt: skip
def test_what_is_no_whole_date_is_none(value: str) -> None:
    assert shifted_datetime(value, SHIFT) is None
    assert shifted_date(value, SHIFT) is None


@pytest.mark.parametrize("value", ["", "24", "1", "123", "1260", "101060", "10.5", "10:10:10", "101010.", "DOE"])
def test_what_is_no_time_is_none(value: str) -> None:
    assert shifted_time(value, SHIFT) is None


def test_a_date_before_the_calendar_is_none() -> None:
    assert shifted_date("00010102", SHIFT) is None


def test_a_day_is_carried_over_with_the_time_that_belongs_to_it() -> None:
    assert shifted_date("20240301", SHIFT, "101010") == "20240121"
    assert shifted_date("20240301", SHIFT, "233000") == "20240122"
    assert shifted_date("20240301", SHIFT, "no time") == "20240121"
    assert shifted_time("233000", SHIFT) == "003101"


@given(MOMENTS, MOMENTS, SHIFTS)
def test_intervals_are_kept_whether_in_one_attribute_or_two(one: datetime, other: datetime, shift: timedelta) -> None:
    def both(moment: datetime) -> tuple[datetime, datetime]:
        date, time = f"{moment:%Y%m%d}", f"{moment:%H%M%S.%f}"
        joined = shifted_datetime(date + time, shift)
        moved = f"{shifted_date(date, shift, time)}{shifted_time(time, shift)}"
        assert joined
        return tuple(datetime.strptime(each, "%Y%m%d%H%M%S.%f") for each in (joined, moved))  # type: ignore[return-value]

    moved_one, moved_other = both(one), both(other)

    assert moved_one[0] == moved_one[1] == one + shift
    assert moved_one[0] - moved_other[1] == one - other


@given(st.lists(MOMENTS, min_size=2, max_size=9), SHIFTS)
def test_the_order_of_dates_is_kept_with_times_and_without(moments: list[datetime], shift: timedelta) -> None:
    moments.sort()
    dates = [f"{moment:%Y%m%d}" for moment in moments]

    alone = [str(shifted_date(date, shift)) for date in dates]
    timed = [str(shifted_date(d, shift, f"{m:%H%M%S}")) for d, m in zip(dates, moments, strict=True)]

    assert alone == sorted(alone)
    assert timed == sorted(timed)


def _result(source: Dataset, **_: Any) -> Dataset:
    with dicom.quiet():
        made = deidentified(source, Pseudonyms(bytes(32)), cleaned_pixels=False, face="not-expected")
        return dcmread(io.BytesIO(encoded(made)))


def test_all_dates_of_a_patient_move_together_at_any_depth() -> None:
    source = slice_of()
    source.StudyDate, source.StudyTime = "20240301", "120000"
    source.SeriesDate, source.SeriesTime = "20240301", "121500"
    source.AcquisitionDateTime = "20240301121600"
    source.PerFrameFunctionalGroupsSequence = [
        item(FrameContentSequence=[item(FrameAcquisitionDateTime="20240301121700", FrameReferenceDateTime="2024")])
    ]

    result = _result(source)

    def moment(text: str) -> datetime:
        return datetime.strptime(text, "%Y%m%d%H%M%S")

    frame = result.PerFrameFunctionalGroupsSequence[0].FrameContentSequence[0]
    study = moment(result.StudyDate + result.StudyTime)
    assert moment(result.SeriesDate + result.SeriesTime) - study == timedelta(minutes=15)
    assert moment(result.AcquisitionDateTime) - study == timedelta(minutes=16)
    assert moment(frame.FrameAcquisitionDateTime) - study == timedelta(minutes=17)
    assert frame.FrameReferenceDateTime == "19000101000000"
    assert study < datetime(2024, 2, 1)


def test_dates_that_are_none_go_or_are_emptied_where_the_object_needs_them() -> None:
    source = slice_of()
    source.StudyDate, source.InstanceCreationDate, source.ContentTime = "JAN 2024", "202401", "noon"

    with dicom.quiet():
        result = _result(source)

    assert result.StudyDate == ""
    assert "InstanceCreationDate" not in result
    assert result.ContentTime == "000000"
