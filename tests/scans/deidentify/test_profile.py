from __future__ import annotations

import re
from collections import Counter

from dicomanonymizer.dicom_anonymization_databases import dicomfields_2026c as peer
from pydicom._dicom_dict import DicomDictionary

from gtctl.scans.deidentify.profile import EDITION, Action, rules, table_e1_1
from gtctl.scans.dicom import MODALITIES

KEPT = rules()


def test_the_table_is_that_of_an_independent_reading_of_the_same_edition() -> None:
    expected = {
        f"{tag[0]:04x}{tag[1]:04x}": action
        for name, action in (
            ("D", "D"), ("Z", "Z"), ("X", "X"), ("U", "U"), ("Z_D", "Z/D"), ("X_Z", "X/Z"), ("X_D", "X/D"),
            ("X_Z_D", "X/Z/D"), ("X_Z_U_STAR", "X/Z/U*"),
        )
        for tag in getattr(peer, f"{name}_TAGS")
        if len(tag) == 2
    }  # fmt: skip
    ours = {row.tag: row.basic for row in table_e1_1() if "x" not in row.tag and row.tag != "private"}

    assert EDITION == "2026c"
    assert ours == expected
    assert [row.tag for row in table_e1_1()[-4:]] == ["50xxxxxx", "60xx3000", "60xx4000", "private"]


def test_nothing_of_the_table_is_let_through_but_by_an_option_that_the_table_names() -> None:
    for row in table_e1_1():
        rule = KEPT.get(int(row.tag, 16)) if "x" not in row.tag and row.tag != "private" else None
        if rule is None:
            continue
        assert rule.action in (Action.EMPTY, Action.DUMMY, Action.UID, Action.SHIFT, Action.SEQUENCE), row
        if rule.action is Action.SHIFT:
            assert row.modified_dates == "C", row
        if rule.action is Action.UID:
            assert row.basic == "U", row


def test_what_the_table_empties_or_replaces_is_never_just_removed_in_images() -> None:
    for row in table_e1_1():
        # The other sequences with a D or Z belong to objects that are no images.
        if row.basic in ("D", "Z", "Z/D", "U") and row.tag[:4] not in ("0000", "0002", "0004"):
            vr = DicomDictionary[int(row.tag, 16)][0] if int(row.tag, 16) in DicomDictionary else "LO"
            assert vr == "SQ" or int(row.tag, 16) in KEPT, row


def test_what_is_kept_is_in_the_dictionary_and_not_retired_and_no_free_text() -> None:
    in_table = {
        int(row.tag, 16) for row in table_e1_1() if row.tag.isalnum() and "x" not in row.tag and row.tag != "private"
    }
    kept = {tag: rule for tag, rule in KEPT.items() if tag not in in_table}

    assert len(kept) > 1000
    for tag, rule in kept.items():
        vr, _multiplicity, _name, retired, _keyword = DicomDictionary[tag]
        assert not retired, hex(tag)
        expected = {
            Action.NUMBER: ("DS", "IS", "US", "SS", "UL", "SL", "FL", "FD", "AT", "UV", "SV", "US or SS"),
            Action.TERMS: ("CS", "LO", "SH", "ST", "LT", "UT"),
            Action.UID: ("UI",),
            Action.SEQUENCE: ("SQ",),
            Action.LOOKUP_TABLE: ("OW", "US or OW"),
        }[rule.action]
        assert vr in expected, hex(tag)
        assert rule.terms is None or not re.fullmatch(rule.terms, "PLANTED"), hex(tag)


def test_the_modalities_are_those_that_are_prepared() -> None:
    terms = KEPT[0x00080060].terms
    assert terms
    assert set(terms.split("|")) == MODALITIES | {"SEG"}


def test_patient_characteristics_are_let_through_only_by_their_option() -> None:
    changed = {tag for tag, rule in rules(True).items() if KEPT.get(tag) != rule}
    named = {int(row.tag, 16) for row in table_e1_1() if row.patient_characteristics}

    assert changed <= named
    assert (
        Counter(rule.action for rule in rules(True).values())[Action.NUMBER]
        == 3 + Counter(rule.action for rule in KEPT.values())[Action.NUMBER]
    )
