"""What looks like an identifier of a person in text, by precise patterns. The value itself is never given back.

The kinds are among the 18 that 45 CFR 164.514(b)(2) lists; numbers count only where the text says what they are, or
where their form is unmistakable (a US social security number as the administration has issued them).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from itertools import chain
from typing import Any

_DATE = r"(?:(?:19|20)\d{2}[-_.]?(?:0[1-9]|1[0-2])[-_.]?(?:0[1-9]|[12]\d|3[01])|\d{1,2}[-_.]\d{1,2}[-_.](?:19|20)\d{2})"
_IS = r"[-_=:#/ ]{0,2}"
_NUMBER = r"(?:[-_ ]?(?:number|no|num))?"
# "acc" alone may stand in any hexadecimal name: there the number has to be a word's end, and "acc" its beginning.
_ACCESSION = (
    rf"acc(?:(?<![a-z]acc)ession{_NUMBER}{_IS}[a-z]{{0,3}}\d{{6,}}"
    rf"|(?<![a-z0-9]acc){_NUMBER}{_IS}[a-z]{{0,3}}\d{{6,}}(?![a-z0-9]))"
)
_PATTERNS = {
    "social security number": r"(?<![\d-])(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\d-])",
    "medical record number": rf"(?i)(?<![a-z])(?:mrn|medical[-_ ]?record{_NUMBER}){_IS}[a-z]?\d{{5,}}",
    "patient id": rf"(?i)(?<![a-z])(?:patient|pat)[-_ ]?id{_IS}[a-z]{{0,3}}\d{{4,}}",
    "accession number": rf"(?i){_ACCESSION}",
    "date of birth": rf"(?i)(?<![a-z])(?:dob|birth[-_ ]?date|date[-_ ]?of[-_ ]?birth|born){_IS}{_DATE}(?!\d)",
    # A DICOM person name: family^given (PS3.5, value representation PN).
    "name": r"(?<![\w^])[^\W\d_]{2,}\^[^\W\d_]+",
    "e-mail address": r"(?i)(?<![\w.+-])[\w.+-]+@(?!\d+x\.)[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}(?![\w-])",
}
# What every text has, in lower case, in which the pattern finds something: one of these words, or the expression.
_HINTS: dict[str, tuple[str, ...] | str] = {
    "social security number": r"-\d\d-(?<=\d-\d\d-)\d",
    "medical record number": ("mrn", "medical"),
    "patient id": ("pat",),
    "accession number": _ACCESSION,
    "date of birth": ("dob", "birth", "born"),
    "name": ("^",),
    "e-mail address": ("@",),
}
# Dates, for each century: what begins with a known text is found fast. A UUID may begin with eight digits, and a
# version or a UID have three numbers in a row. Where only the group matches, a date may end with the year.
_DATES = [
    rf"{century}(?:(?<![^\W_]{century})\d\d([-_.]?)(?:0[1-9]|1[0-2])\1(?:0[1-9]|[12]\d|3[01])"
    r"(?:T?\d{6}|T\d\d:\d\d(?::\d\d)?)?(?![^\W_]|-[0-9a-f]{4}-[0-9a-f]{4}-)"
    rf"|(?P<last>(?<=\d[-_.]{century})\d\d))"
    for century in ("19", "20")
]
_DATES_YEAR_LAST = (
    r"(?<![^\W_])(?<!\d\.)(?:0?[1-9]|[12]\d|3[01])([-_.])(?:0?[1-9]|[12]\d|3[01])\1(?:19|20)\d\d(?![^\W_]|\.\d)"
)
# Names of attributes, in lower case without separators. "name" and "id" alone are too common to mean a person.
_NAMED = {
    "social security number": {"ssn", "socialsecuritynumber", "socialsecurity", "socialsecurityno"},
    "medical record number": {"mrn", "medicalrecordnumber", "medicalrecordno", "medicalrecord"},
    "patient id": {"patientid", "patid", "otherpatientids", "issuerofpatientid"},
    "accession number": {"accession", "accessionnumber", "accessionno"},
    "date of birth": {"dob", "dateofbirth", "birthdate", "patientbirthdate", "patientsbirthdate", "birthday"},
    "name": {
        "patientname",
        "patientsname",
        "patient",
        "surname",
        "lastname",
        "familyname",
        "firstname",
        "givenname",
        "fullname",
        "referringphysicianname",
        "referringphysiciansname",
    },
    "e-mail address": {"email", "emailaddress", "patientemail"},
    "telephone number": {"phone", "phonenumber", "telephone", "telephonenumber", "patientphone"},
    "address": {"patientaddress", "homeaddress", "streetaddress"},
}
_BY_NAME = {name: kind for kind, names in _NAMED.items() for name in names}
# The dates of PS3.6 that belong to a patient, and of an admission.
_DATE_NAMES = {
    *("studydate", "seriesdate", "acquisitiondate", "contentdate", "scandate", "examdate", "examinationdate"),
    *("admissiondate", "dischargedate", "dateofadmission", "dateofdischarge", "dateofdeath", "visitdate"),
}


def _unquoted(text: str) -> str:
    # Imported only where something is quoted: most checks see nothing that is.
    from urllib.parse import unquote

    return unquote(text)


def kinds(text: str) -> list[str]:
    """The kinds of identifiers in ``text`` (also URL-encoded): ["medical record number"].

    No identifier goes over the end of a line: many texts, joined by line breaks, may be asked about at once.
    """
    if "%" in text:
        text = _unquoted(text)
    return [kind for kind, pattern in _likely(text) if pattern.search(text)]


def has_date(text: str) -> bool:
    """Whether a calendar date stands in ``text``, as one number or with separators: 20261124, 24.11.2026."""
    if "%" in text:
        text = _unquoted(text)
    year_last = False
    for match in chain.from_iterable(_compiled(pattern).finditer(text) for pattern in _DATES):
        if match["last"] is None:
            return True
        year_last = True
    return year_last and bool(_compiled(_DATES_YEAR_LAST).search(text))


def spans(text: str) -> Iterator[tuple[int, int, str]]:
    """Where identifiers stand in ``text``: begin, end, kind. URL-encoded ones are not looked for."""
    for kind, pattern in _likely(text):
        yield from ((match.start(), match.end(), kind) for match in pattern.finditer(text))


def _likely(text: str) -> Iterator[tuple[str, re.Pattern[str]]]:
    """The patterns that may find something: most texts have the hints of none."""
    lowered = text.lower()
    for kind, hint in _HINTS.items():
        if any(word in lowered for word in hint) if isinstance(hint, tuple) else _compiled(hint).search(lowered):
            yield kind, _compiled(_PATTERNS[kind])


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    # Not before it is needed: most checks end without, and it takes a while.
    return re.compile(pattern)


def in_attributes(attributes: Mapping[str, Any]) -> Iterator[str]:
    """The kinds of identifiers that ``attributes`` hold at any depth, by their names and in their texts."""
    for name, value in attributes.items():
        kind = kind_of_name(name)
        if kind and value not in (None, "", [], {}) and not isinstance(value, (bool, Mapping)):
            yield kind
        yield from _in_value(value)


def first_in(name: str, value: Any) -> str | None:
    """The kind of identifier, or "date", that an attribute holds at any depth, by its name or in its texts."""
    kind = next(in_attributes({name: value}), None)
    dated = (is_date_name(name) and value not in (None, "")) or any(map(has_date, texts(value)))
    return kind or ("date" if dated else None)


def texts(value: Any) -> Iterator[str]:
    """The texts in a value of JSON, at any depth; names of members are none."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, Mapping)):
        for each in value.values() if isinstance(value, Mapping) else value:
            yield from texts(each)


@lru_cache(maxsize=1000)
def kind_of_name(name: str) -> str | None:
    """What an attribute of this name holds: "Patient-ID" a patient id; None for what says nothing about a person."""
    return _BY_NAME.get(_plain(name))


@lru_cache(maxsize=1000)
def is_date_name(name: str) -> bool:
    """Whether an attribute of this name holds a date of a patient: "Study Date"."""
    return _plain(name) in _DATE_NAMES


def _plain(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower())


def _in_value(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from kinds(value)
    elif isinstance(value, Mapping):
        yield from in_attributes(value)
    elif isinstance(value, list):
        for item in value:
            yield from _in_value(item)
