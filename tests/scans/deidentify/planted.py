"""An image with every attribute of table E.1-1 planted, in every place and in right and wrong representations."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydicom import Dataset, dcmread
from pydicom.data import get_testdata_file
from pydicom.datadict import dictionary_has_tag, dictionary_VR
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.tag import Tag

from gtctl.scans.deidentify.profile import table_e1_1

MARK = "PLANTED"
TEXT = ("AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT")
WRONG = ("LO", "UT", "UN", "OB", "SQ")

_numbers = itertools.count(1)


def tags() -> list[int]:
    """Every tag of the table that may stand in a data set: repeating groups and private ones by examples."""
    found = []
    for row in table_e1_1():
        if row.tag == "private":
            continue
        for digits in ("00", "02", "1e") if "x" in row.tag else ("",):
            tag = int(row.tag.replace("xxxxxx", "xx3000").replace("xx", digits), 16)
            # Command, file meta and directory groups are no part of an image's data set.
            if tag >> 16 > 0x0004:
                found.append(tag)
    return found


def value(vr: str) -> Any:
    """A value that is valid, that occurs nowhere else, and that can be found again."""
    number = next(_numbers)
    if vr in TEXT:
        return f"{MARK}{number:06}"
    match vr:
        case "AS":
            return f"{number % 90:03}Y"
        case "DA":
            return f"19{number % 90 + 10}{number % 12 + 1:02}{number % 28 + 1:02}"
        case "TM":
            return f"{number % 24:02}{number % 60:02}{number % 59:02}.{number:06}"
        case "DT":
            return f"19{number % 90 + 10}0{number % 9 + 1}11101112.{number:06}"
        case "UI":
            return f"1.2.840.99999.{number}"
        case "DS" | "IS":
            return str(987_000_000 + number)
        case "US" | "SS" | "AT":
            return 7_000 + number % 20_000
        case "FL" | "FD" | "SL" | "UL" | "SV" | "UV":
            return 900_000 + number
        case "SQ":
            inner = Dataset()
            inner.add(DataElement(0x00100010, "PN", value("PN")))
            inner.add(DataElement(0x0040A160, "UT", value("UT")))
            inner.add(DataElement(0x00080018, "UI", value("UI")))
            return [inner]
    return f"{MARK}{number:07}".encode()


def representation(tag: int) -> str:
    """The dictionary's representation of a tag, the first where there are several; LO of a tag it does not know."""
    return dictionary_VR(tag).split(" or ")[0] if dictionary_has_tag(tag) else "LO"


def plant(target: Dataset, vr: str | None = None) -> Dataset:
    """Set every attribute of the table, with the representation ``vr`` or its own, and some private ones."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for tag in tags():
            kind = vr or representation(tag)
            if kind == "UN" and tag >> 24 != 0x50:
                # DataElement would read it as what the dictionary says.
                target[tag] = RawDataElement(Tag(tag), kind, 14, value(kind), 0, False, True, True)
            else:
                # pydicom does not write curves of an unknown representation.
                kind = "OB" if kind == "UN" else kind
                target.add(DataElement(tag, kind, value(kind)))
        for group in (0x0009, 0x6001):
            target.add(DataElement(group << 16 | 0x10, "LO", value("LO")))
            for offset, kind in enumerate(("LO", "UT", "OB", "UN", "SQ", "PN", "DA", "UI")):
                target.add(DataElement(group << 16 | 0x1000 + offset, kind, value(kind)))
    return target


def slice_of(name: str = "CT_small.dcm") -> Dataset:
    """One of pydicom's own images."""
    return dcmread(Path(str(get_testdata_file(name))))


def planted_everywhere(vr: str | None = None) -> Dataset:
    """A CT slice with the attributes at the top, and in sequences that are kept, to a depth of three."""
    image = slice_of()
    kept = [image[tag] for tag in (0x00080008, 0x00080016, 0x00080018, 0x0020000D, 0x0020000E, 0x7FE00010)]
    plant(image, vr)
    for element in kept:
        image[element.tag] = element
    middle = Dataset()
    put_sequence(middle, "SourceImageSequence", plant(Dataset(), vr))
    top = plant(Dataset(), vr)
    put_sequence(top, "PlanePositionSequence", middle)
    put_sequence(image, "SharedFunctionalGroupsSequence", top)
    put_sequence(image, "ReferencedImageSequence", plant(Dataset(), vr))
    return image


def put_sequence(target: Dataset, keyword: str, item: Dataset) -> None:
    """Set a sequence of one item, whatever the attribute was before."""
    target[keyword] = DataElement(Tag(keyword), "SQ", [item])


def walk(dataset: Dataset, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], DataElement]]:
    """Every element that is no sequence, with the tags and numbers that lead to it."""
    for element in dataset:
        here = (*path, int(element.tag))
        if element.VR == "SQ":
            for number, item in enumerate(element.value):
                yield from walk(item, (*here, number))
        else:
            yield here, element
