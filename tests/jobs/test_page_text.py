"""Markdown on the worker's page: what it may become, and what it may never become."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import liquid
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gtctl.errors import BadInput
from gtctl.jobs.page_text import to_html

ALLOWED = {
    *("p", "br", "hr", "em", "strong", "code", "pre", "blockquote", "ul", "ol", "li", "img"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {"img": {"src", "alt", "style"}, "ol": {"start"}, "code": {"class"}, "th": {"style"}, "td": {"style"}}


def html(markdown: str) -> str:
    return to_html(markdown, lambda path: f"s3://config/images/{path}").text


class Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_markdown_becomes_html() -> None:
    text = html("# Title\n\nOne **two** *three*\n\n- a\n- b\n\n| x | y |\n|---|---|\n| 1 | 2 |\n")
    for part in ("<h1>Title</h1>", "<strong>two</strong>", "<em>three</em>", "<li>a</li>", "<td>1</td>"):
        assert part in text


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<b onclick=x>bold</b>",
        "[a link](https://example.org)",
        "<https://example.org>",
        "[a][b]",
        "https://example.org",
        "&lt;b&gt; &#123;&#123;",
        "{{ task.input.taskObject | grant_read_access }}",
        "{% raw %}",
    ],
)
def test_html_links_entities_and_liquid_are_shown_as_they_are_written(text: str) -> None:
    page = html(text)
    assert [tag for tag, _ in Tags(page).found] == ["p"]
    shown = liquid.Environment(autoescape=True).from_string(page).render()
    assert "".join(Tags(shown).texts).strip() == text


def test_an_image_is_signed_for_the_worker() -> None:
    text = html('![a "nodule" & <more>](<s3://bucket/a b/c.png>)')
    assert "src=\"{{ 's3://bucket/a b/c.png' | grant_read_access }}\"" in text
    assert 'alt="a &quot;nodule&quot; &amp; &lt;more&gt;"' in text


def test_an_image_beside_the_spec_is_shown_from_where_it_will_lie() -> None:
    assert "{{ 's3://config/images/nodule.png' | grant_read_access }}" in html("![](nodule.png)")


@pytest.mark.parametrize(
    "uri", ["s3://bucket/it's.png", "s3://bucket/{{x}}.png", "s3://b/%7D.png", 's3://bucket/a".png']
)
def test_an_image_whose_name_could_end_the_expression_is_refused(uri: str) -> None:
    with pytest.raises(BadInput, match="cannot stand in a page"):
        html(f"![]({uri})")


@settings(max_examples=150, deadline=None)
@given(st.text(st.sampled_from("{}%#-|'\"<>&;/ab \n\\![]()*_`~=+:0123.s\0"), max_size=80))
def test_whatever_the_text_the_page_has_known_elements_only_and_no_liquid_but_images(text: str) -> None:
    try:
        page = html(text)
    except BadInput:
        return
    for tag, attributes in Tags(page).found:
        assert tag in ALLOWED
        assert attributes.keys() <= ATTRIBUTES.get(tag, set())
    without_images = re.sub(r"\{\{ 's3://config/images/[^'{}]*' \| grant_read_access \}\}", "", page)
    assert not {"{", "}"} & set(without_images)
    assert to_html(text, lambda path: f"s3://config/images/{path}").text == page
