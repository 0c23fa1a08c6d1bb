"""What is said of a worker's page before anybody opens it: every documented rule, one by one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gtctl.jobs.template_lint import ELEMENTS, earlier_attributes, template_errors
from tests.account import TEMPLATE
from tests.jobs.samples import rendered


def page(task: str) -> str:
    changes = {} if task == "bounding-box" else {"input__label_attribute": "boxes"}
    template = rendered(task__type=task, **changes).worker_template
    assert template is not None
    return template.decode()


def errors(template: str, task: str = "bounding-box", label_attribute: str = "findings") -> list[str]:
    return [finding.message for finding in template_errors(template.encode(), task, label_attribute)]


@pytest.mark.parametrize("task", ELEMENTS)
def test_gtctls_own_pages_break_no_rule(task: str) -> None:
    assert errors(page(task), task) == []


def test_the_documented_example_breaks_no_rule() -> None:
    assert errors(TEMPLATE) == []


SCRIPT = '<script src="https://assets.crowd.aws/crowd-html-elements.js"></script>'
SRC = 'src="{{ task.input.taskObject | grant_read_access }}"'
LABELS = 'labels="{{ task.input.labels | to_json | escape }}"'


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (SCRIPT, "", "must load https://assets.crowd.aws/crowd-html-elements.js"),
        (SCRIPT, SCRIPT.replace("assets.crowd.aws", "crowd.example.org"), "sends to, crowd.example.org"),
        (SCRIPT, f'{SCRIPT}<script src="local.js"></script>', 'loads the script "local.js"'),
        (SCRIPT, f'{SCRIPT}<link rel="stylesheet" href="https://cdn.example.org/x.css">', "cdn.example.org"),
        (SCRIPT, f"{SCRIPT}<script>fetch('https://example.org/')</script>", "example.org"),
        ("crowd-form>", "form>", "must have one <crowd-form>, it has 0"),
        ("</crowd-form>", "</crowd-form><crowd-form></crowd-form>", "must have one <crowd-form>, it has 2"),
        ("crowd-bounding-box", "crowd-polygon", "must have one <crowd-bounding-box>, it has 0"),
        ('name="boundingBox"', 'name="annotatedResult"', 'must have name="boundingBox", not "annotatedResult"'),
        ('name="boundingBox"', "", 'needs name="boundingBox"'),
        (SRC, 'src="{{ task.input.taskObject }}"', "must have src="),
        (SRC, 'src="https://bucket/x.png"', "must have src="),
        (LABELS, "labels=\"['nodule']\"", "must have labels="),
        (LABELS, LABELS.replace(" | escape", ""), "must have labels="),
        ('header="Draw"', "", 'needs header="..."'),
        ("short-instructions", "p", "needs <short-instructions> inside it"),
        ("full-instructions", "p", "needs <full-instructions> inside it"),
        (">x<", '><img src="https://example.org/x.png"><', "without grant_read_access"),
        (">x<", '><img src="s3://bucket/x.png"><', "without grant_read_access"),
        (">x<", ">{{ task.input.labels | skip_autoescape }}<", "skips escaping (skip_autoescape)"),
        (">x<", "><b style=\"background: url({{ 's3://b/x.png' | grant_read_access }})\">x</b><", "in style of <b>"),
        (">x<", "><style>a{background:url({{ 's3://b/x' | grant_read_access }})}</style><", "in a style or script"),
        (">x<", ">{{ task.input.x<", "has a Liquid tag that is not closed"),
    ],
)
def test_each_documented_rule_is_looked_for(old: str, new: str, message: str) -> None:
    assert old in TEMPLATE
    found = errors(TEMPLATE.replace(old, new))
    assert any(message in text for text in found), found


def test_signed_and_inline_example_images_are_fine() -> None:
    images = '<img src="{{ \'s3://bucket/x.png\' | grant_read_access }}"><img src="data:image/png;base64,AAAA">'
    assert errors(TEMPLATE.replace(">x<", f">{images}<")) == []


def test_what_is_commented_out_does_not_count() -> None:
    comment = "{% comment %} {{ x | skip_autoescape }} <script src='https://example.org/'></script> {% endcomment %}"
    assert errors(comment + TEMPLATE) == []


def test_spaces_in_expressions_do_not_matter() -> None:
    assert (
        errors(TEMPLATE.replace("{{ task.input.labels | to_json | escape }}", "{{task.input.labels|to_json|escape}}"))
        == []
    )


@pytest.mark.parametrize(("task", "attribute"), [("adjustment", "initial-value"), ("verification", "overlay")])
def test_a_job_about_earlier_labels_must_show_them(task: str, attribute: str) -> None:
    assert any(f"needs {attribute}" in text for text in errors(page(task).replace(f"{attribute}=", "data-x="), task))
    plain = page(task).replace("manifestLine", "other")
    assert "shows no labels of an earlier job: read them from task.input.manifestLine" in errors(plain, task)


@pytest.mark.parametrize("task", ["adjustment", "verification"])
def test_the_jobs_own_label_attribute_differs_from_that_of_the_earlier_labels(task: str) -> None:
    assert errors(page(task), task, "boxes") == [
        'shows the labels "boxes" of an earlier job: the job\'s own label attribute must differ'
    ]


def test_a_verification_needs_the_classifier_and_an_adjustment_the_boxes() -> None:
    assert any("crowd-image-classifier" in text for text in errors(page("adjustment"), "verification"))
    assert any("crowd-bounding-box" in text for text in errors(page("verification"), "adjustment"))


def test_earlier_labels_are_found_in_both_spellings() -> None:
    text = "{{ task.input.manifestLine.my-boxes.annotations }} {{ task.input.manifestLine['my-boxes-metadata'] }}"
    assert earlier_attributes(text) == ["my-boxes"]
    assert earlier_attributes('{{ task.input.manifestLine["other"] }}') == ["other"]
    assert earlier_attributes(page("bounding-box")) == []


def test_a_page_that_is_not_text_is_one_error() -> None:
    assert [finding.message for finding in template_errors(b"\xff\xfe", "bounding-box")] == ["is not UTF-8 text"]


@settings(max_examples=80, deadline=None)
@given(st.lists(st.sampled_from([*TEMPLATE.split(), "<", ">", "{{", "{%", "'", '"', "<!--", "<![CDATA[", "\0\1\2"])))
def test_no_page_is_a_crash(parts: list[str]) -> None:
    assert isinstance(errors(" ".join(parts), "adjustment"), list)
