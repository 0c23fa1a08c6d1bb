"""Text of others as it may be printed."""

from __future__ import annotations

import re

# Control characters would end a line, colour a terminal, or be no XML; lone surrogates stand for bytes of a file name
# that are no UTF-8, and cannot be written. Marks that turn the direction of writing make a text look like another.
_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]+"
)


def one_line(text: str) -> str:
    """``text`` with everything that is not printable replaced by spaces: we quote files that anybody wrote."""
    return _UNPRINTABLE.sub(" ", text)
