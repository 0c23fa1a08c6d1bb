"""Whether somebody could be recognised by the face in an image.

A series of CT or MR slices of a head gives a surface that people and programs recognise (Schwarz et al., NEJM 2019,
381:1684; for PET, NeuroImage 2022, 258:119357), and a photograph shows the face at once. The attributes that tell
what is shown are filled in by hand, so a head is believed wherever one is named, and a body only where no head is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING

from gtctl.scans.pixels.burned_in import sop_class_of
from gtctl.scans.pixels.descriptions import free_texts, functional_groups, items, plain, value, values

if TYPE_CHECKING:
    from pydicom import Dataset


class Face(StrEnum):
    """What is known about a face in the image."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


_SURFACES = frozenset({"CT", "MR", "PT"})
_PHOTOGRAPHS = frozenset({"XC"})
_CLASS = "1.2.840.10008.5.1.4.1.1."
# CT, MR and PET with their enhanced and legacy converted classes; angiographic and craniofacial X-ray 3D.
_SURFACE_CLASSES = ("2", "4", "128", "130", "13.1.1", "13.1.2")
_PHOTOGRAPH_CLASSES = ("77.1.4",)

# English, and the everyday words of German, French, Spanish, Italian, Portuguese and Dutch, without accents.
_HEAD = re.compile(
    # As a part of longer words too: craniofacial, cerebral, neuroradiology, headneck, orbits, mandibula.
    "head|brain|skull|crani|cereb|ceph|neuro|facial|face|neck|cervic|carotid|orbit|sinus|nasal|nasen|pituit|hypophys"
    "|sella|mandib|maxill|denta|tempor|mastoid|cochlea|acoustic|larynx|pharynx|thyroid|parotid|whole ?body|stroke"
    "|schadel|gehirn|gesicht|kopf|hirn|crane|cerveau|visage|encefal|cabeza|cabeca|cuello|pescoco|cerebro|rostro"
    "|testa |hoofd|schedel|hersen|hals|ganzkorper"
    "| (c ?sp(ine)?|hws|iac|iam|tmj|cow|nnh|hno|ear|ears|eye|eyes|jaw|nose|mouth|tongue|teeth|tooth|scalp|tete|cou"
    "|collo|h n|hn|wb) "
)
# At the start of a word only: what is mistaken for a body here would let a face through.
_BODY = re.compile(
    " (chest|thora|lung|pulmo|cardi|heart|coronary|mediast|breast|mamm|sternum|rib |ribs |esophag|aorta"
    "|abdom|liver|hepat|pancrea|kidney|renal|adrenal|spleen|stomach|gallbl|colon |bowel|rectum|urogra"
    "|pelvi|prostat|bladder|uter|ovar|scrot|sacr|coccyx|lumbar|(l|t|ls|tl|s) ?spine "
    "|hip |hips |femur|thigh|knee|leg |legs |tibia|calf |ankle|foot (?!first)|feet (?!first)|toe |toes "
    "|shoulder|clavic|scapula|arm |arms |humer|elbow|forearm|wrist|hand |hands |finger|extremit"
    "|cap |kub |tap |lws |bws |smartscore |calcium scor"
    "|becken|leber |lunge|knie|oberbauch|unterbauch|herz|poumon|foie |bassin|torax|higado|torace|addome|polmon)"
)


def face(dataset: Dataset) -> Face:
    """Whether a face can be recognised in the image, or in a surface made of its series."""
    declared = value(dataset, "RecognizableVisualFeatures").upper()
    if declared in ("YES", "NO"):
        return Face(declared.lower())
    modality, below = value(dataset, "Modality").upper(), sop_class_of(dataset).removeprefix(_CLASS)
    shows_surface = modality in _SURFACES or _is_one_of(below, _SURFACE_CLASSES)
    shows_photograph = modality in _PHOTOGRAPHS or _is_one_of(below, _PHOTOGRAPH_CLASSES)
    if not shows_surface and not shows_photograph:
        return Face.NO
    named = plain(_regions_named(dataset)) + free_texts(dataset)
    if _HEAD.search(named):
        return Face.YES
    return Face.NO if _BODY.search(named) else Face.UNKNOWN


def _is_one_of(below: str, classes: tuple[str, ...]) -> bool:
    return any(below == each or below.startswith(f"{each}.") for each in classes)


def _regions_named(dataset: Dataset) -> Iterator[str]:
    yield from values(dataset, "BodyPartExamined")
    macros = [item for group in functional_groups(dataset) for item in items(group, "FrameAnatomySequence")]
    for holder in (dataset, *macros):
        for item in items(holder, "AnatomicRegionSequence"):
            yield from values(item, "CodeMeaning")
