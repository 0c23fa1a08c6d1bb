from __future__ import annotations

import pickle
import re
import time
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import Dataset
from pydicom.dataelem import RawDataElement
from pydicom.tag import Tag

from gtctl.scans.deidentify import Pseudonyms
from tests.scans.deidentify.planted import slice_of
from tests.scans.dicom_files import item

SECRET = bytes(range(32))
PSEUDONYMS = Pseudonyms(SECRET)


def test_the_same_secret_gives_the_same_pseudonyms_in_any_process() -> None:
    scan = slice_of()
    copy = pickle.loads(pickle.dumps(PSEUDONYMS))  # noqa: S301

    assert copy.patient(scan) == PSEUDONYMS.patient(scan) == Pseudonyms(SECRET).patient(slice_of())
    assert copy.uid("1.2.3") == PSEUDONYMS.uid("1.2.3")
    assert copy.shift(scan) == PSEUDONYMS.shift(scan)


def test_another_secret_gives_others() -> None:
    one, other, scan = Pseudonyms.fresh(), Pseudonyms.fresh(), slice_of()

    assert one.patient(scan) != other.patient(scan)
    assert one.uid("1.2.3") != other.uid("1.2.3")
    assert one.shift(scan) != other.shift(scan)


def test_pseudonyms_of_a_secret_never_change_between_releases() -> None:
    """A key file of an earlier release must still fit the images made with it."""
    scan = item(PatientID="4711", IssuerOfPatientID="HOSPITAL")

    assert PSEUDONYMS.patient(scan) == "f94bdf71d17677e65bc3"
    assert PSEUDONYMS.uid("1.2.840.1") == "2.25.303324085524237471629843511674261049980"
    assert PSEUDONYMS.shift(scan) == timedelta(days=-2535, seconds=4097)


def test_the_secret_is_in_no_text() -> None:
    assert repr(SECRET)[2:20] not in repr(PSEUDONYMS)
    with pytest.raises(ValueError, match="32 bytes"):
        Pseudonyms(b"short")


@given(st.from_regex(r"[0-9.]{1,64}", fullmatch=True))
def test_a_replaced_uid_is_a_valid_uid(uid: str) -> None:
    replaced = PSEUDONYMS.uid(uid)

    assert re.fullmatch(r"2\.25\.(0|[1-9][0-9]*)", replaced)
    assert len(replaced) <= 44
    assert replaced != uid


def test_a_patient_is_told_by_number_and_issuer() -> None:
    one = PSEUDONYMS.patient(item(PatientID="AB", IssuerOfPatientID="C"))

    assert re.fullmatch("[0-9a-f]{20}", one)
    assert one == PSEUDONYMS.patient(item(PatientID="AB ", IssuerOfPatientID="C", PatientName="OTHER"))
    assert one != PSEUDONYMS.patient(item(PatientID="A", IssuerOfPatientID="BC"))
    assert one != PSEUDONYMS.patient(item(PatientID="AB"))


def test_without_a_number_a_study_is_one_patient() -> None:
    one = PSEUDONYMS.patient(item(PatientID="", StudyInstanceUID="1.2", SOPInstanceUID="1.2.1"))

    assert one == PSEUDONYMS.patient(item(StudyInstanceUID="1.2", SOPInstanceUID="1.2.2"))
    assert one != PSEUDONYMS.patient(item(StudyInstanceUID="1.3"))
    assert PSEUDONYMS.patient(item(SOPInstanceUID="1.2.1")) != PSEUDONYMS.patient(item(SOPInstanceUID="1.2.2"))
    assert PSEUDONYMS.patient(Dataset())


def test_a_number_in_an_unknown_character_set_is_still_one_patient() -> None:
    def scan(raw: bytes) -> Dataset:
        made = item(SpecificCharacterSet="NO SUCH SET", StudyInstanceUID="1.2")
        made[0x00100020] = RawDataElement(Tag(0x00100020), "LO", len(raw), raw, 0, False, True, True)
        return made

    assert PSEUDONYMS.patient(scan(b"\xe4\xff1")) == PSEUDONYMS.patient(scan(b"\xe4\xff1"))
    assert PSEUDONYMS.patient(scan(b"\xe4\xff1")) != PSEUDONYMS.patient(scan(b"\xe4\xff2"))


def test_dates_are_shifted_by_a_month_at_least_and_never_by_whole_days() -> None:
    shifts = [PSEUDONYMS.shift(item(PatientID=str(n))) for n in range(300)]

    assert all(timedelta(days=-3680) < shift < timedelta(days=-29) for shift in shifts)
    assert all(shift.seconds != 0 for shift in shifts)
    assert len(set(shifts)) == 300
    assert PSEUDONYMS.days(item(PatientID="1")) == PSEUDONYMS.shift(item(PatientID="1")).days < 0


def test_pseudonyms_of_a_slice_cost_next_to_nothing() -> None:
    scan = slice_of()
    PSEUDONYMS.patient(scan)
    start = time.thread_time()
    for _ in range(1000):
        PSEUDONYMS.patient(scan)
        PSEUDONYMS.shift(scan)
        for uid in ("1.2.3", "1.2.4", "1.2.5", "1.2.6"):
            PSEUDONYMS.uid(uid)
    assert (time.thread_time() - start) / 1000 < 0.0002
