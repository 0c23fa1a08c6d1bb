"""Markdown to the HTML of a worker's page: no HTML, no links, images only from S3 or from beside the spec.

The page is a Liquid template too: braces of the text become character references, so that nothing of it is Liquid.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from gtctl.errors import BadInput

_OFF = ("html_block", "html_inline", "link", "autolink", "reference", "entity")
# What goes into a Liquid string: nothing that ends it, or the attribute around it.
_PLAIN_S3_URI = re.compile(r"s3://[a-z0-9][a-z0-9.\-]{1,61}[a-z0-9]/[\w!.*() /+=@:,;~$-]+")


@dataclass(frozen=True, slots=True)
class LiquidHtml:
    """HTML with Liquid expressions of our own; the page takes it as it is, and takes nothing else so."""

    text: str

    def __bool__(self) -> bool:
        return bool(self.text)


class _Markdown(MarkdownIt):
    """URIs stay as they are written; what they may be is decided where they are used."""

    def validateLink(self, url: str) -> bool:  # noqa: N802 - the library's name
        return True

    def normalizeLink(self, url: str) -> str:  # noqa: N802
        return url


def to_html(markdown: str, place_image: Callable[[str], str]) -> LiquidHtml:
    """``markdown`` as HTML; the same text gives the same HTML.

    ``place_image`` gives the S3 URI of an image that the text names by another URI or path; it may raise BadInput,
    as does a URI that cannot stand in a template.
    """
    images: list[str] = []

    def image(
        renderer: RendererHTML, tokens: Sequence[Token], index: int, options: Any, environment: Any, *_: Any
    ) -> str:
        token = tokens[index]
        source = str(token.attrs["src"])
        uri = source if source.startswith("s3://") else place_image(source)
        if not _PLAIN_S3_URI.fullmatch(uri):
            raise BadInput(f"the image {uri} cannot stand in a page: name it with letters, digits and -_./")
        images.append(uri)
        caption = escaped(renderer.renderInlineAsText(token.children or [], options, environment))
        # NUL cannot come from the text: Markdown replaces it.
        return f'<img src="\0{len(images) - 1}\0" alt="{caption}" style="max-width: 100%">'

    parser = _Markdown("commonmark", {"html": False}).enable("table").disable(_OFF)
    parser.add_render_rule("image", image)
    html = without_liquid(parser.render(markdown).strip())
    expressions = [f"{{{{ '{uri}' | grant_read_access }}}}" for uri in images]
    return LiquidHtml(re.sub(r"\0(\d+)\0", lambda match: expressions[int(match[1])], html))


def escaped(text: str) -> str:
    """``text`` for an attribute or between tags."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def without_liquid(html: str) -> str:
    """``html`` whose braces are character references: Liquid knows its tags by the braces alone."""
    return html.replace("{", "&#123;").replace("}", "&#125;")
