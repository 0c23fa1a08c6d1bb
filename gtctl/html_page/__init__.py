"""Pages for people as one HTML file that needs nothing else, and may reach nothing: their own policy forbids it.

What is quoted goes through ``plain`` and Jinja's escaping; there is no place for markup of others. ``base.css`` has
what all pages look like: light, dark and on paper.
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

from jinja2 import PackageLoader, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from gtctl.printable import one_line


def environment(package: str, folder: str = "html") -> SandboxedEnvironment:
    """What renders the templates that lie in ``folder`` of a package."""
    return SandboxedEnvironment(
        loader=PackageLoader(package, folder),
        autoescape=True,
        finalize=plain,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def styles(own: Path) -> dict[str, Any]:
    """``styles`` of a template: the common ones, then a page's own; and ``styles_hash`` for its policy."""
    return _inline("styles", Path(__file__).with_name("base.css").read_text("utf-8") + own.read_text("utf-8"))


def script(own: Path) -> dict[str, Any]:
    """``script`` of a template, and ``script_hash`` for its policy."""
    return _inline("script", own.read_text("utf-8"))


def _inline(name: str, text: str) -> dict[str, Any]:
    """Text of ours for one inline block, with the hash by which a content security policy allows it."""
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return {name: Markup(text), f"{name}_hash": f"sha256-{digest}"}  # noqa: S704 - ours


def plain(value: Any) -> Any:
    """What is printed: text on one line without control characters; escaping comes after this."""
    return one_line(value) if isinstance(value, str) and not isinstance(value, Markup) else value
