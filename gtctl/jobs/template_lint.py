"""What is wrong with a worker's page before anybody opens it: tasks on a wrong page fail, or show nothing.

Sources: Developer Guide "Bounding box", "Demo template: annotation of images with crowd-bounding-box" (filters),
"crowd-bounding-box", "crowd-image-classifier", "Verify and adjust labels". A pure function on the template's text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser

from gtctl.audit.worker_templates import hosts, skips_escaping
from gtctl.ground_truth import CROWD_ELEMENTS_SCRIPT
from gtctl.jobs.findings import Finding, quoted

_LIQUID = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_BLOCK_COMMENT = re.compile(r"\{%-?\s*comment\s*-?%\}.*?\{%-?\s*endcomment\s*-?%\}", re.DOTALL)
_HIDDEN = re.compile("\1([0-9]+)\2")
_EARLIER = re.compile(r"manifestLine\s*(?:\[\s*['\"]([^'\"\]]+)['\"]\s*\]|\.([A-Za-z0-9-]+))")
_GRANTED = re.compile(r"\{\{-?[^}]*\|\s*grant_read_access\b[^}]*\}\}")
_REGIONS = ("full-instructions", "short-instructions")


@dataclass(frozen=True, slots=True)
class _Element:
    """The element that a task needs, and how its attributes must read; None: in any words."""

    tag: str
    attributes: dict[str, str | None]
    earlier: str | None = None
    """The attribute that shows the boxes of an earlier job."""


_SOURCE = "{{ task.input.taskObject | grant_read_access }}"
_LABELS = "{{ task.input.labels | to_json | escape }}"
_BOXES = {"name": "boundingBox", "src": _SOURCE, "header": None, "labels": _LABELS}
ELEMENTS = {
    "bounding-box": _Element("crowd-bounding-box", _BOXES),
    "adjustment": _Element("crowd-bounding-box", _BOXES, "initial-value"),
    "verification": _Element(
        "crowd-image-classifier", {"name": None, "src": _SOURCE, "header": None, "categories": _LABELS}, "overlay"
    ),
}
"""What the page of each task is made of, by task type."""


def template_errors(content: bytes, task: str, label_attribute: object = None) -> list[Finding]:
    """Every documented rule that a worker template (the file's bytes) breaks; ``task`` is one of ELEMENTS.

    ``label_attribute`` is the job's own: the labels of an earlier job must have another.
    """
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return [Finding("worker template", "is not UTF-8 text")]
    text = _BLOCK_COMMENT.sub("", text)
    page = _Page(text)
    found = [
        *_liquid(text),
        *_scripts(page, text),
        *_form(page, ELEMENTS[task]),
        *_signed_urls(page),
    ]
    if ELEMENTS[task].earlier:
        found += _earlier_labels(page, text, ELEMENTS[task], label_attribute)
    return [Finding("worker template", message) for message in dict.fromkeys(found)]


def earlier_attributes(template: str) -> list[str]:
    """The keys of the manifest's line that a template reads, without those of metadata, in their order."""
    names = [match[1] or match[2] for match in _EARLIER.finditer(_BLOCK_COMMENT.sub("", template))]
    return [name for name in dict.fromkeys(names) if not name.endswith("-metadata") and name != "source-ref"]


def _liquid(text: str) -> Iterator[str]:
    rest = _LIQUID.sub("", text)
    if "{{" in rest or "{%" in rest:
        yield "has a Liquid tag that is not closed"
    if skips_escaping(text):
        yield "skips escaping (skip_autoescape): text of the manifest could run as a script; leave the filter out"


def _scripts(page: _Page, text: str) -> Iterator[str]:
    sources = [attributes.get("src") for tag, attributes in page.elements if tag == "script"]
    if CROWD_ELEMENTS_SCRIPT not in sources:
        yield f"must load {CROWD_ELEMENTS_SCRIPT}"
    if strange := sorted(hosts(text) - {"assets.crowd.aws"}):
        yield f"loads from, or sends to, {', '.join(strange)}: nothing but {CROWD_ELEMENTS_SCRIPT} may be loaded"
    if others := [source for source in sources if source not in (None, CROWD_ELEMENTS_SCRIPT)]:
        yield f"loads the script {quoted(others[0])}: nothing but {CROWD_ELEMENTS_SCRIPT} may be loaded"


def _form(page: _Page, element: _Element) -> Iterator[str]:
    if page.count("crowd-form") != 1:
        yield f"must have one <crowd-form>, it has {page.count('crowd-form')}"
    if page.count(element.tag) != 1:
        yield f"must have one <{element.tag}>, it has {page.count(element.tag)}"
        return
    if "crowd-form" not in page.above(element.tag):
        yield f"must have <{element.tag}> inside <crowd-form>"
    attributes = page.attributes(element.tag)
    for name, expected in element.attributes.items():
        given = attributes.get(name)
        if not given:
            yield f'<{element.tag}> needs {name}="{expected or "..."}"'
        elif expected is not None and _squeezed(given) != _squeezed(expected):
            yield f'<{element.tag}> must have {name}="{expected}", not {quoted(given)}'
    for region in _REGIONS:
        if element.tag not in page.above(region):
            yield f"<{element.tag}> needs <{region}> inside it"


def _signed_urls(page: _Page) -> Iterator[str]:
    for tag, attributes in page.elements:
        for name, value in attributes.items():
            if (name == "style" or name.startswith("on")) and "grant_read_access" in value:
                yield f"uses grant_read_access in {name} of <{tag}>: the URL is escaped there and refused; use <img>"
        source = attributes.get("src", "")
        if tag == "img" and not source.startswith("data:") and not _GRANTED.fullmatch(source.strip()):
            yield f"shows the image {quoted(source)} without grant_read_access: workers could not load it"
    if any("grant_read_access" in code for code in page.code):
        yield "uses grant_read_access in a style or script: the URL is escaped there and refused; use <img>"


def _earlier_labels(page: _Page, text: str, element: _Element, label_attribute: object) -> Iterator[str]:
    if not page.attributes(element.tag).get(element.earlier or ""):
        yield f"<{element.tag}> needs {element.earlier}, made of the boxes of the earlier job (task.input.manifestLine)"
    names = earlier_attributes(text)
    if not names:
        yield "shows no labels of an earlier job: read them from task.input.manifestLine"
    if label_attribute in names:
        yield f"shows the labels {quoted(label_attribute)} of an earlier job: the job's own label attribute must differ"


def _squeezed(expression: str) -> str:
    return "".join(expression.split())


class _Page(HTMLParser):
    """The elements of a template. Liquid is taken out before parsing and put back into attributes: it has quotes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._liquid: list[str] = []
        self._open: list[str] = []
        self._elements: list[tuple[str, dict[str, str], tuple[str, ...]]] = []
        self.code: list[str] = []
        """What stands in style and script elements."""
        self.feed(_LIQUID.sub(self._hide, text.replace("\1", "").replace("\2", "")))
        self.close()

    @property
    def elements(self) -> list[tuple[str, dict[str, str]]]:
        return [(tag, attributes) for tag, attributes, _ in self._elements]

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _ in self.elements)

    def attributes(self, tag: str) -> dict[str, str]:
        """Those of the first ``tag``."""
        return next((attributes for name, attributes in self.elements if name == tag), {})

    def above(self, tag: str) -> tuple[str, ...]:
        """The tags around the first ``tag``."""
        return next((above for name, _, above in self._elements if name == tag), ())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._elements.append((tag, {name: self._shown(value or "") for name, value in attrs}, tuple(self._open)))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if self.cdata_elem in ("script", "style"):
            self.code.append(self._shown(data))

    def _hide(self, match: re.Match[str]) -> str:
        self._liquid.append(match[0])
        return f"\1{len(self._liquid) - 1}\2"

    def _shown(self, value: str) -> str:
        return _HIDDEN.sub(lambda match: self._liquid[int(match[1])], value)


_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)
