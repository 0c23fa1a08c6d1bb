"""What rules ask about the worker's page: a Liquid template of HTML."""

from __future__ import annotations

import re

_LIQUID_COMMENT = re.compile(r"\{%-?\s*comment\s*-?%\}.*?\{%-?\s*endcomment\s*-?%\}", re.DOTALL)
_SKIPS = re.compile(r"\|\s*skip_autoescape\b")


def hosts(template: str) -> set[str]:
    """The hosts that the page loads something from, or sends something to; links that people click do not count."""
    from gtctl.audit.template_parser import Loads

    parser = Loads()
    parser.feed(_LIQUID_COMMENT.sub("", template))
    parser.close()
    return parser.found


def skips_escaping(template: str) -> bool:
    """Whether some text goes into the page as it is, markup and scripts included."""
    return _SKIPS.search(_LIQUID_COMMENT.sub("", template)) is not None
