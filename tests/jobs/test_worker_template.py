"""The worker's page, first as a template, then as Ground Truth renders it for a task."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import liquid
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gtctl.errors import BadInput
from gtctl.jobs.spec import JobSpec, load
from gtctl.jobs.worker_template import worker_page
from tests.jobs.samples import spec, write_spec

VOID = {"br", "hr", "img"}
IMAGES = "s3://clinic-labels/jobs/gtctl-config/chest-ct/images"
HOSTILE = [
    "{{ task.input.taskObject | grant_read_access }}",
    "{% assign x = 1 %}{% raw %}",
    "{{'<script>' | skip_autoescape}}",
    "{%- comment -%}",
    "</short-instructions><script>alert(1)</script>",
    '" onclick="alert(1)',
    "<img src=https://example.org/x.png>",
    "{# a #} {{{{ }}}} {% %} & &amp; &#123;",
    "100 % {sure}",
]


def worker_template(job: JobSpec) -> bytes:
    return worker_page(job, IMAGES).template


class Page(HTMLParser):
    """Elements with their attributes, and the text within each element's first occurrence."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: dict[str, str] = {}
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == [], "every element is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        for tag in self._open:
            self.text[tag] = self.text.get(tag, "") + data

    def only(self, tag: str) -> dict[str, str | None]:
        (found,) = [attributes for name, attributes in self.elements if name == tag]
        return found


def ground_truth_renders(template: bytes, labels: list[str], line: dict[str, Any] | None = None) -> Page:
    """The template as the service renders it for one task, by an independent Liquid implementation."""
    environment = liquid.Environment(autoescape=True)
    environment.add_filter("to_json", json.dumps)
    environment.add_filter("grant_read_access", lambda uri: f"https://signed.example/{uri}?a=1&b=2")
    task: dict[str, Any] = {"input": {"taskObject": "s3://scans/x.png", "labels": labels, "manifestLine": line}}
    return Page(environment.from_string(template.decode()).render(task=task))


def words(text: str) -> str:
    return " ".join(text.split())


def test_the_page_is_the_documented_bounding_box_element() -> None:
    page = Page(worker_template(spec()).decode())
    assert page.only("script") == {"src": "https://assets.crowd.aws/crowd-html-elements.js"}
    assert page.only("crowd-form") == {}
    assert page.only("crowd-bounding-box") == {
        "name": "boundingBox",
        "src": "{{ task.input.taskObject | grant_read_access }}",
        "header": "Chest CT",
        "labels": "{{ task.input.labels | to_json | escape }}",
    }
    assert page.only("full-instructions") == {"header": "Chest CT"}
    assert words(page.text["full-instructions"]) == "The smallest box that holds it."
    assert words(page.text["short-instructions"]) == "One box for each nodule."


def test_a_task_shows_its_image_and_its_labels() -> None:
    page = ground_truth_renders(worker_template(spec()), ["nodule", 'a "quoted" & <odd> one'])
    box = page.only("crowd-bounding-box")
    assert box["src"] == "https://signed.example/s3://scans/x.png?a=1&b=2"
    assert json.loads(box["labels"] or "") == ["nodule", 'a "quoted" & <odd> one']


def test_a_blank_line_starts_a_paragraph() -> None:
    template = worker_template(spec(task__instructions__full="one\ntwo\n\n\n  three\n")).decode()
    assert "<p>one\ntwo</p>" in template
    assert "<p>three</p>" in template


def test_described_labels_stand_in_the_full_instructions() -> None:
    page = Page(worker_template(spec(labels=["nodule", {"name": "effusion", "description": "Fluid <1 cm."}])).decode())
    assert words(page.text["dl"]) == "nodule effusion Fluid <1 cm."


def test_without_descriptions_there_is_no_list_of_labels() -> None:
    assert b"<dl>" not in worker_template(spec())


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_the_spec_is_shown_and_neither_run_as_html_nor_as_liquid(text: str) -> None:
    hostile = spec(
        task__title=text,
        task__instructions__short=text,
        task__instructions__full=text,
        labels=[{"name": text, "description": text}],
    )
    harmless = Page(worker_template(spec(labels=[{"name": "x", "description": "x"}])).decode())
    page = ground_truth_renders(worker_template(hostile), ["x"])
    assert [tag for tag, _ in page.elements] == [tag for tag, _ in harmless.elements]
    assert page.only("crowd-bounding-box")["header"] == text
    assert page.only("full-instructions") == {"header": text}
    for element in ("short-instructions", "dt", "dd"):
        assert page.text[element].strip() == text


@settings(max_examples=50)
@given(st.text(st.sampled_from("{}%#-|'\"<>&;/ab \\n"), min_size=1, max_size=40).filter(str.strip))
def test_any_description_comes_out_as_it_went_in(text: str) -> None:
    template = worker_template(spec(labels=[{"name": "x", "description": text}]))
    assert words(ground_truth_renders(template, ["x"]).text["dd"]) == words(text)


def test_the_same_spec_gives_the_same_bytes() -> None:
    assert worker_template(spec()) == worker_template(spec())


def own(folder: Path, text: str) -> bytes:
    (folder / "page.j2").write_text(text, encoding="utf-8")
    return worker_template(load(write_spec(folder, task__template="page.j2")))


def test_a_template_of_the_users_own_changes_what_it_names(tmp_path: Path) -> None:
    block = "{% block short_instructions %}<p>{{ task.title }}</p> {{ instructions.short }}{% endblock %}"
    template = own(tmp_path, '{% extends "bounding-box.liquid.j2" %}' + block)
    page = ground_truth_renders(template, ["x"])
    assert words(page.text["short-instructions"]) == "Chest CT One box for each nodule."
    assert page.only("crowd-bounding-box")["name"] == "boundingBox"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{% if %}", "task.template: page.j2, line 1: "),
        ("{{ nobody.knows }}", "task.template: page.j2: 'nobody' is undefined"),
        ("{{ task.__class__.__mro__ }}", "task.template: page.j2: access to attribute '__class__'"),
        ("{{ ''.format.__globals__ }}", "task.template: page.j2: access to attribute '__globals__'"),
        ("{{ 1 / 0 }}", "task.template: page.j2: ZeroDivisionError"),
        ('{% include "/etc/passwd" %}', "task.template: page.j2: "),
        ('{% include "../spec.py" %}', "task.template: page.j2: "),
        ("{% for n in range(10 ** 9) %}{% endfor %}", "task.template: page.j2: OverflowError: Range too big"),
    ],
)
def test_a_template_that_cannot_be_rendered_is_one_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(BadInput) as refused:
        own(tmp_path, text)
    assert str(refused.value).startswith(message)
    assert "\n" not in str(refused.value)


def test_instructions_cannot_be_taken_apart_in_a_template(tmp_path: Path) -> None:
    text = own(tmp_path, "{{ instructions.short ~ task.title }}").decode()
    assert "<p>" not in text
    assert "{" not in text


def test_text_of_the_spec_stays_text_in_a_template_of_the_users_own(tmp_path: Path) -> None:
    (tmp_path / "page.j2").write_text("{{ task.title | safe }}")
    spec_file = write_spec(tmp_path, task__template="page.j2", task__title="{{ x | skip_autoescape }}")
    assert b"{" not in worker_template(load(spec_file))


def test_a_template_outside_the_specs_folder_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret.j2").write_text("x")
    (tmp_path / "spec").mkdir()
    with pytest.raises(BadInput, match=r"task.template: \.\./secret\.j2 lies outside the spec's folder"):
        worker_template(load(write_spec(tmp_path / "spec", task__template="../secret.j2")))


@pytest.mark.parametrize(("task", "attribute"), [("adjustment", "initial-value"), ("verification", "overlay")])
def test_a_task_shows_the_boxes_of_the_earlier_job(task: str, attribute: str) -> None:
    names = ["nodule", 'it\'s "odd" & <b>', "결절"]
    boxes = [{"left": n, "top": 2 * n + 0.5, "width": 3, "height": 4} for n in range(3)]
    line = {
        "earlier-boxes": {"annotations": [{"class_id": 7 - n, **box} for n, box in enumerate(boxes)]},
        "earlier-boxes-metadata": {"class-map": {str(7 - n): name for n, name in enumerate(names)}},
    }
    job = spec(task__type=task, input__label_attribute="earlier-boxes")
    page = ground_truth_renders(worker_template(job), ["x"], line)
    element = page.only("crowd-bounding-box" if task == "adjustment" else "crowd-image-classifier")
    shown: Any = json.loads(element[attribute] or "")
    if task == "verification":
        assert sorted(shown["boundingBox"]["labels"]) == sorted(names)
        shown = shown["boundingBox"]["value"]
        assert page.only("worker-comment")["link-text"] == "Say what is wrong"
    assert shown == [{"label": name} | box for name, box in zip(names, boxes, strict=True)]


@pytest.mark.parametrize("task", ["adjustment", "verification"])
def test_an_image_without_earlier_boxes_shows_none(task: str) -> None:
    job = spec(task__type=task, input__label_attribute="earlier")
    page = ground_truth_renders(worker_template(job), ["x"], {"source-ref": "s3://scans/x.png"})
    shown = page.only("crowd-bounding-box" if task == "adjustment" else "crowd-image-classifier")
    value: Any = json.loads(shown.get("initial-value") or shown.get("overlay") or "")
    assert value in ([], {"boundingBox": {"labels": [], "value": []}})


def test_the_page_speaks_the_language_of_the_instructions() -> None:
    job = spec(task__type="verification", input__label_attribute="earlier", task__instructions__language="ko")
    template = worker_template(job).decode()
    assert 'lang="ko"' in template
    assert "잘못된 점을 적어 주세요" in template
