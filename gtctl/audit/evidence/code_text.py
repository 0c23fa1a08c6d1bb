"""What plain text tells: placeholders in it, and the workteams that it names.

``arn:${P}:sagemaker:${R}:394669845002:workteam/public-crowd/default`` names the public workteam whatever P and R are.
The account number alone proves nothing: AWS's task UIs lie in the same account.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from gtctl.audit.evidence.requests import Requests, Table
from gtctl.audit.model import MISSING, Hole, Unknown

# ${NAME} ${AWS::Region} {{ name }} <% name %> <region> (in an ARN) and a text that is $NAME as a whole.
_PLACEHOLDER = re.compile(r"\$\{[^{}]*\}|\{\{[^{}]*\}\}|<%[^<>%]*%>")
# Besides these: <<name>> [[ name ]] $(NAME) #{name} @name@ %s __NAME__.
_OPEN = (
    r"\$\{[^{}]*\}|\{\{[^{}]*\}\}|<%[^<>%]*%>|<<[\w .-]+>>|<[A-Za-z][\w .-]*>|\[\[[^\[\]]*\]\]|\$\([^()]*\)|#\{[^{}]*\}"
    r"|\{[A-Za-z_][\w.]*\}|\$[A-Za-z_]\w*|@[\w.-]+@|%(?:\(\w+\))?[sv]|(?<![A-Za-z0-9])__[A-Za-z]\w*?__(?![A-Za-z0-9])"
)
_IN_ARN = re.compile(_OPEN)
_WHOLE = re.compile(r"\$[A-Za-z_]\w*|<[A-Za-z][\w .-]*>")
_TEAM = re.compile(
    rf"workteam(?:/|\\/)(?P<kind>(?:public|vendor|private)-crowd|[a-z-]{{0,20}}(?:(?:{_OPEN})[a-z-]{{0,20}}){{1,4}})(?:/|\\/)"
    r"(?P<name>[A-Za-z0-9$%<{@#\[_][\w${}<>%():@#\[\]-]*)(?![\w*?/-])"
)
# What may stand before it, up to where the text begins that it is a part of.
_BEFORE = re.compile(r"""(?:arn:)?(?:[^\s"'`,;=|()<>{}]|\$?\{\{?[^{}]*\}?\}|\$\([^()]*\)|<[^<>]*>)*$""")
_COMMENT = re.compile(r"\s*(#|//|;|--\s|rem\s|\*\s|<!--)", re.IGNORECASE)


def with_placeholders(text: str) -> Any:
    """``text``, or an Unknown that keeps what is known of it where it holds placeholders."""
    if not any(mark in text for mark in "{$<[@%_"):
        return text
    if _WHOLE.fullmatch(text):
        return Unknown(f"{text} is not resolved", (Hole(text),))
    pattern = _IN_ARN if text.startswith("arn:") else _PLACEHOLDER
    return _with_holes(text, pattern)


def _with_holes(text: str, pattern: re.Pattern[str] = _IN_ARN) -> Any:
    pieces: list[Any] = []
    at = 0
    for match in pattern.finditer(text):
        # Two %s are not the same text.
        hole = Hole("" if match[0].startswith("%") else match[0].strip("${}<>[]()#@_% "))
        pieces += [text[at : match.start()], Unknown(f"{match[0]} is not resolved", (hole,))]
        at = match.end()
    return joined([*pieces, text[at:]])


def joined(pieces: Iterable[Any]) -> Any:
    """Text put together from known and unknown pieces: a string, or an Unknown that keeps what is known."""
    parts: list[str | Hole] = []
    reason = ""
    for piece in pieces:
        if isinstance(piece, Unknown):
            reason = reason or piece.reason
            added: Sequence[str | Hole] = piece.parts
        elif isinstance(piece, (str, int, float, bool)) or piece is None:
            added = (str(piece),)
        else:
            reason = reason or "the value is no text"
            added = (Hole(),)
        for part in added:
            if isinstance(part, str) and parts and isinstance(parts[-1], str):
                parts[-1] += part
            elif part != "":
                parts.append(part)
    if not reason:
        return "".join(str(part) for part in parts)
    # A plain reference keeps its meaning: it may be null, or one of several.
    return Unknown(reason, tuple(parts), nullable=len(parts) == 1)


def pieces_of(value: Any) -> list[Any]:
    """The known and unknown pieces of a text, for ``joined``."""
    if not isinstance(value, Unknown):
        return [value]
    return [part if isinstance(part, str) else Unknown(value.reason, (part,)) for part in value.parts]


def parsed_json(value: Any, loads: Callable[[str], Any] = json.loads) -> Any:
    """What the JSON text ``value`` says, unknown parts and all. Raises ValueError where it is no JSON."""
    if not isinstance(value, Unknown):
        return loads(str(value))
    if value.json is not MISSING:
        return value.json
    if not any(isinstance(part, str) for part in value.parts):
        return value
    marked = "".join(part if isinstance(part, str) else f"\ue000{at}\ue001" for at, part in enumerate(value.parts))
    try:
        return unmarked(loads(marked), value)
    except ValueError:
        # Where a hole stands for a number, an object or a list.
        quoted = re.sub(r"(?<=[:\[,])(\s*)(\ue000\d+\ue001)(?=\s*[,\]}])", r'\1"\2"', marked)
        return unmarked(loads(quoted), value)


_MARK = re.compile("\ue000([0-9]+)\ue001")


def unmarked(value: Any, source: Unknown) -> Any:
    """``value`` with the marks that stand for the holes of ``source`` turned into Unknowns."""
    if isinstance(value, dict):
        made = Table({_unmarked_text(key, source): unmarked(item, source) for key, item in value.items()})
        if isinstance(value, Table):
            made.lines, made.open = value.lines, value.open
        return made
    if isinstance(value, list):
        return [unmarked(item, source) for item in value]
    if not isinstance(value, str) or "\ue000" not in value:
        return value
    pieces: list[Any] = []
    for at, piece in enumerate(_MARK.split(value)):
        number = int(piece) if at % 2 else -1
        known = number < len(source.parts)
        pieces.append(piece if number < 0 else Unknown(source.reason, (source.parts[number],) if known else (Hole(),)))
    return joined(pieces)


def _unmarked_text(key: Any, source: Unknown) -> str:
    text = unmarked(key, source)
    return text.text if isinstance(text, Unknown) else str(text)


def mentions(text: str) -> Iterator[tuple[int, Any]]:
    """The workteams that ``text`` names: where each begins, and its ARN as far as it is known; its kind may be open.

    Patterns of policies (``workteam/public-crowd/*``) name none.
    """
    for match in _TEAM.finditer(text):
        before = _BEFORE.search(text, max(0, match.start() - 300), match.start())
        head = before[0] if before else ""
        head = head[head.rfind("arn:") :] if "arn:" in head else head
        yield match.start(), arn(head, match["kind"], match["name"])


def arn(head: str, kind: str, name: str) -> Any:
    """The ARN of a workteam of which ``head`` is what stands before ``workteam/``; what is no ARN there is unknown.

    kind: ``public-crowd``, or as much of that as is told.
    """
    held: list[str] = []

    def hold(match: re.Match[str]) -> str:
        held.append(match[0])
        return "\ue000"  # a placeholder may hold colons

    fields = _IN_ARN.sub(hold, head).split(":")
    if len(fields) != 6 or fields[0] != "arn" or fields[2] != "sagemaker":
        account = re.search(r":([0-9]{12}):$", head)
        fields = ["arn", "", "sagemaker", "", account[1] if account else "", ""]
    originals = iter(held)
    pieces: list[Any] = []
    for at, text in enumerate(fields[:5]):
        shown = re.sub("\ue000", lambda _: next(originals, ""), text)
        plain = re.fullmatch(r"[a-z0-9-]+" if at != 4 else "[0-9]{12}", text)
        pieces += [text if plain else Unknown("the text does not tell it", (Hole(shown.strip("${}<%>() ")),)), ":"]
    known = re.match(r"[A-Za-z0-9][\w-]*", name)
    last = known[0] if known else Unknown("the text does not tell it", (Hole(name.strip("${}<%>() ")),))
    return joined([*pieces, "workteam/", *pieces_of(_with_holes(kind)), "/", last])


def add_mentions(text: str, found: Requests, line: int = 1) -> None:
    """Add the workteams that ``text`` names outside of comments; ``line`` is that of its beginning."""
    for start, value in mentions(text):
        begin = text.rfind("\n", 0, start) + 1
        if not _COMMENT.match(text[begin:start] + " "):
            found.reference(value, line + text.count("\n", 0, start))
