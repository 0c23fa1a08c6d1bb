"""Parses the HTML of a worker's page for what it loads: by itself, because most checks see no template."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_URL = re.compile(r"(?:\b(?:https?|wss?):)?//((?:[\w-]+\.)+[a-z]{2,}|localhost|\d{1,3}(?:\.\d{1,3}){3})", re.IGNORECASE)
_SCRIPT_COMMENT = re.compile(r"/\*.*?\*/|(?<![:\"'\w])//(?!\w+\.)[^\n]*", re.DOTALL)
_LOADING = {
    *("src", "href", "srcset", "srcdoc", "action", "formaction", "data", "poster", "background", "style", "xlink:href"),
    *("ping", "manifest", "image-url", "audio-url", "source-url"),
}


class Loads(HTMLParser):
    """Collects hosts in ``found`` while it is fed."""

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
