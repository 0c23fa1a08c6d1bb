"""What rules ask about the worker's page: a Liquid template of HTML."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_URL = re.compile(r"(?:\b(?:https?|wss?):)?//((?:[\w-]+\.)+[a-z]{2,}|localhost|\d{1,3}(?:\.\d{1,3}){3})", re.IGNORECASE)
_LIQUID_COMMENT = re.compile(r"\{%-?\s*comment\s*-?%\}.*?\{%-?\s*endcomment\s*-?%\}", re.DOTALL)
_SCRIPT_COMMENT = re.compile(r"/\*.*?\*/|(?<![:\"'\w])//(?!\w+\.)[^\n]*", re.DOTALL)
_LOADING = {
    *("src", "href", "srcset", "srcdoc", "action", "formaction", "data", "poster", "background", "style", "xlink:href"),
    *("ping", "manifest", "image-url", "audio-url", "source-url"),
}
_SKIPS = re.compile(r"\|\s*skip_autoescape\b")


def hosts(template: str) -> set[str]:
    """The hosts that the page loads something from, or sends something to; links that people click do not count."""
    parser = _Loads()
    parser.feed(_LIQUID_COMMENT.sub("", template))
    parser.close()
    return parser.found


def skips_escaping(template: str) -> bool:
    """Whether some text goes into the page as it is, markup and scripts included."""
    return _SKIPS.search(_LIQUID_COMMENT.sub("", template)) is not None


class _Loads(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            # Other attributes hold text that is shown; and a link has to be clicked.
            if value and (name in _LOADING or name.startswith("on")) and (tag, name) != ("a", "href"):
                self._look(value)

    def handle_data(self, data: str) -> None:
        if self.cdata_elem in ("script", "style"):
            self._look(_SCRIPT_COMMENT.sub("", data))

    def _look(self, text: str) -> None:
        self.found |= {match[1].lower() for match in _URL.finditer(text) if match[1].lower() != "www.w3.org"}
