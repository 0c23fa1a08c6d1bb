"""Texts in XML documents that are written piece by piece."""

from __future__ import annotations

import re
from xml.sax import saxutils

from gtctl.errors import BadInput

DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'

# XML 1.0, "Char".
_NO_CHARACTER = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def content(text: str) -> str:
    """Text between tags. Raises BadInput for a control character, which XML cannot hold in any form."""
    return saxutils.escape(_checked(text), {"\r": "&#13;"})


def attribute(text: str) -> str:
    """The value of an attribute, in quotes. Raises BadInput as ``content`` does."""
    return saxutils.quoteattr(_checked(text), {"\r": "&#13;", "\n": "&#10;", "\t": "&#9;"})


def _checked(text: str) -> str:
    if found := _NO_CHARACTER.search(text):
        raise BadInput(
            f"{text!r} holds the control character U+{ord(found[0]):04X}, which XML cannot: use another format"
        )
    return text
