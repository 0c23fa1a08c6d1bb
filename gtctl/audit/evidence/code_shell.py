"""Command lines of the AWS CLI in shell scripts, Makefiles, and the texts of other files.

Nothing is run. A command is read from ``sagemaker create-labeling-job`` to its end, by the quoting rules of a POSIX
shell; variables get the value that the same text gives them, and are unknown where it gives none or several.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from gtctl.audit.evidence.code_text import add_mentions, joined, parsed_json, pieces_of
from gtctl.audit.evidence.disk import Disk
from gtctl.audit.evidence.requests import LISTS, STRUCTURES, Requests, Table, operation_of, snake
from gtctl.audit.model import Hole, Location, Unknown, may_equal

COMMANDS = {
    "create-labeling-job": "CreateLabelingJob",
    "create-flow-definition": "CreateFlowDefinition",
    "create-training-job": "CreateTrainingJob",
    "create-workteam": "CreateWorkteam",
    "update-workteam": "UpdateWorkteam",
    "create-workforce": "CreateWorkforce",
    "update-workforce": "UpdateWorkforce",
}
_COMMAND = re.compile(rf"\bsagemaker\s+(?:\\\n\s*)?({'|'.join(COMMANDS)})(?![\w-])")
_AWS = re.compile(r"(?<![\w./-])aws(?=[ \t\\])")
# What tells the command where its name is a variable.
_OPTIONS = {
    "--human-task-config": "create-labeling-job",
    "--human-loop-config": "create-flow-definition",
    "--algorithm-specification": "create-training-job",
    "--member-definitions": "create-workteam",
    "--cognito-config": "create-workforce",
    "--oidc-config": "create-workforce",
}
_ASSIGNED = re.compile(
    r"(?:^|[;&|({]|\b(?:then|else|do)\b)[ \t]*"
    r"(?:(?:export|local|readonly|override|declare|typeset)[ \t]+(?:-\w+[ \t]+)*)?"
    r"([A-Za-z_]\w*)(?:=|[ \t]*(?::|::|\?)?=[ \t]*)(?!=)",
    re.MULTILINE,
)
_HEREDOC = re.compile(r"""<<-?[ \t]*(["']?)(\w+)\1[^\n]*\n(.*?)^[ \t]*\2[ \t]*$""", re.MULTILINE | re.DOTALL)
# What else gives a variable a value, or another one.
_GIVEN = re.compile(r"\b(?:read|for|mapfile|readarray|unset)[ \t]+(?:-\w+[ \t]+)*([A-Za-z_]\w*)|\b([A-Za-z_]\w*)\+=")
_A_REQUEST = re.compile(r"(?i)human_?-?(?:task|loop)_?-?config|member_?-?definitions|(?:cognito|oidc)_?-?config")
_NAME = re.compile(r"[A-Za-z_]\w*")
_SEVERAL = LISTS | {"tags", "member_definition"}
_DEPTH = 20


def add_commands(text: str, found: Requests, line: int = 1) -> None:
    """Add the requests and the workteams in ``text``; ``line`` is that of its beginning."""
    script = _Script(text, str(Path(found.file).parent), found.disk)
    for start, name, words, end in [*_commands(script), *_indirect_commands(script)]:
        begin = text.rfind("\n", 0, start) + 1
        if re.match(r"\s*(#|//|@?echo\b|--\s)", text[begin:start]):
            continue
        request = arguments(words, script.document)
        if request is not None:
            place = Location(found.file, line + text.count("\n", 0, start), line + text.count("\n", 0, end))
            found.add(COMMANDS[name], request, place)
    for match, name in script.documents:
        if name not in script.used:
            script.add_document(match, found, line)
    add_mentions(text, found, line)


def _commands(script: _Script) -> Iterator[tuple[int, str, list[Any], int]]:
    """Where each command begins, its name, its arguments, and where it ends."""
    for match in _COMMAND.finditer(script.text):
        words, end = script.words(match.end())
        yield match.start(), match[1], words, end


def _indirect_commands(script: _Script) -> Iterator[tuple[int, str, list[Any], int]]:
    """The same of commands that variables name, as far as their values or their options tell."""
    for match in _AWS.finditer(script.text):
        words, end = script.words(match.end())
        if _COMMAND.search(script.text, match.start(), end):
            continue
        named = [at for at, word in enumerate(words) if isinstance(word, str) and word in COMMANDS]
        if named:
            yield match.start(), words[named[0]], words[named[0] + 1 :], end
        elif any(isinstance(word, Unknown) for word in words) and (told := _told(words)):
            first = next((at for at, word in enumerate(words) if isinstance(word, str) and word.startswith("--")), None)
            yield match.start(), told, [] if first is None else words[first:], end


def _told(words: Sequence[Any]) -> str | None:
    """The command that ``words`` are, or may be, where its name is not known as a whole."""
    options = [word.partition("=")[0] for word in words if isinstance(word, str)]
    if told := next((_OPTIONS[option] for option in options if option in _OPTIONS), None):
        return told
    for word, following in pairwise(words):
        is_command = isinstance(word, str) and word == "sagemaker" and isinstance(following, Unknown)
        # A variable alone may be any of the service's commands.
        if is_command and any(isinstance(part, str) for part in following.parts):
            return next((command for command in COMMANDS if may_equal(following, command) is not False), None)
    return None


def arguments(words: Sequence[Any], document: Any = None) -> Table | None:
    """The request that the ``words`` after the command stand for; None where no request is made.

    document: gives the text of a file, or an Unknown.
    """
    request, base = Table(), Table()
    at = 0
    while at < len(words):
        word = words[at]
        at += 1
        if not isinstance(word, str) or not word.startswith("--"):
            # "$@" or $OPTIONS may be any option.
            if isinstance(word, Unknown):
                request.open = request.open or f"{_shown(word)} may be any option"
            continue
        name, equals, inline = word[2:].partition("=")
        values: list[Any] = [inline] if equals else []
        while not equals and at < len(words) and not (isinstance(words[at], str) and words[at].startswith("--")):
            values.append(words[at])
            at += 1
        if len(values) > 1 and snake(name) not in _SEVERAL:
            # What follows the value is no part of it: "$@" or $OPTIONS again.
            request.open = request.open or f"{_shown(values[1])} may be any option"
            del values[1:]
        if name == "generate-cli-skeleton":
            return None
        if name in ("cli-input-json", "cli-input-yaml"):
            base = _base(values, document)
        else:
            request[snake(name)] = _argument(snake(name), values, document)
    whole = Table({snake(str(name)): value for name, value in base.items()} | dict(request))
    whole.open = base.open or request.open
    return whole


def _base(values: Sequence[Any], document: Any) -> Table:
    content = _content(values[0], document) if values else Unknown("the option has no value")
    try:
        parsed = parsed_json(content)
    except (ValueError, RecursionError):
        parsed = _yaml(content)
    if isinstance(parsed, Mapping):
        return parsed if isinstance(parsed, Table) else Table(parsed)
    reason = parsed.reason if isinstance(parsed, Unknown) else "what --cli-input gives is no request"
    return Table(open_=reason)


def _yaml(content: Any) -> Any:
    from gtctl.audit.evidence.job import documents

    try:
        return next(documents("x.yaml", content), None) if isinstance(content, str) else content
    except (ValueError, RecursionError):
        return None


def _argument(name: str, values: Sequence[Any], document: Any) -> Any:
    if not values:
        return Unknown("the option has no value")
    read = [_read(value, name, document) for value in values]
    if name in _SEVERAL:
        return [item for value in read for item in (value if isinstance(value, list) else [value])]
    return read[0]


def _shown(word: Any) -> str:
    return word.text if isinstance(word, Unknown) else str(word)


def _content(value: Any, document: Any) -> Any:
    text = value if isinstance(value, str) else value.text
    if text.startswith(("file://", "fileb://")):
        if isinstance(value, Unknown) or document is None:
            return Unknown(f"{text} cannot be read")
        return document(text.partition("://")[2])
    return value


def _read(value: Any, name: str, document: Any) -> Any:
    value = _content(value, document)
    if name not in STRUCTURES and name not in LISTS and name != "tags":
        return value
    text = value if isinstance(value, str) else value.text
    try:
        if text.lstrip().startswith(("{", "[", '"')) and (isinstance(value, str) or not _is_hole_first(value)):
            return parsed_json(value)
        return _Shorthand(value).value() if "=" in text else value
    except (ValueError, RecursionError):
        return Unknown(f"the value of --{name.replace('_', '-')} cannot be read")


def _is_hole_first(value: Unknown) -> bool:
    return not isinstance(value.parts[0], str)


class _Shorthand:
    """The CLI's shorthand: ``A=1,B=[x,y],C={D=2}`` (AWS CLI User Guide, "Using shorthand syntax")."""

    def __init__(self, value: Any) -> None:
        self.source = value if isinstance(value, Unknown) else Unknown("", (str(value),))
        self.text = "".join(
            part if isinstance(part, str) else f"\ue000{at}\ue001" for at, part in enumerate(self.source.parts)
        )
        self.at = 0

    def value(self) -> Any:
        from gtctl.audit.evidence.code_text import unmarked

        made = unmarked(self._pairs(""), self.source)
        if self.at < len(self.text):
            raise ValueError("more than a value")
        return made

    def _pairs(self, end: str) -> Table:
        made = Table()
        while True:
            match = re.compile(r"\s*([\w.#/:@-]+)\s*=\s*").match(self.text, self.at)
            if not match:
                raise ValueError("a key is missing")
            self.at = match.end()
            made[match[1]] = self._value(end)
            if not self._next(","):
                return made

    def _value(self, end: str) -> Any:
        if self._next("{"):
            made: Any = Table() if self._next("}") else self._pairs("}")
            if self.text[self.at - 1] != "}" or made:
                self._expect("}")
            return made
        if self._next("["):
            items: list[Any] = []
            while not self._next("]"):
                items.append(self._value("]"))
                if not self._next(",") and self.text[self.at : self.at + 1] != "]":
                    raise ValueError("a list does not end")
            return items
        item = self._scalar(end)
        # A=x,y,B=z: what has no key goes on with the list.
        items = [item]
        while not end and re.compile(r",(?!\s*[\w.#/:@-]+\s*=)").match(self.text, self.at):
            self.at += 1
            items.append(self._scalar(end))
        return items if len(items) > 1 else item

    def _scalar(self, end: str) -> str:
        if match := re.compile(r"""'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)\"""").match(self.text, self.at):
            self.at = match.end()
            return re.sub(r"\\(.)", r"\1", match[1] if match[1] is not None else match[2])
        pattern = rf"[^,{re.escape(end)}]*" if end else "[^,]*"
        match = re.compile(pattern).match(self.text, self.at)
        assert match  # noqa: S101 - it matches the empty text
        self.at = match.end()
        return match[0].strip()

    def _next(self, character: str) -> bool:
        if self.text[self.at : self.at + 1] == character:
            self.at += 1
            return True
        return False

    def _expect(self, character: str) -> None:
        if not self._next(character):
            raise ValueError(f"{character} is missing")


@dataclass(slots=True)
class _Script:
    text: str
    folder: str
    disk: Disk
    assigned: dict[str, list[int]] = field(init=False)
    documents: list[tuple[re.Match[str], str]] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.assigned = {}
        for match in _ASSIGNED.finditer(self.text):
            self.assigned.setdefault(match[1], []).append(match.end())
        for match in _GIVEN.finditer(self.text):
            self.assigned.setdefault(match[1] or match[2], []).append(len(self.text))
        for match in _HEREDOC.finditer(self.text) if _A_REQUEST.search(self.text) else ():
            begin = self.text.rfind("\n", 0, match.start()) + 1
            command = self.text[begin : self.text.find("\n", match.start())]
            target = re.search(r"(?<!\d)>\s*([\w./-]+)", command)
            self.documents.append((match, target[1].removeprefix("./") if target else ""))

    def document(self, path: str) -> Any:
        """The text of a file that the script names: one that it writes itself, or one that lies there."""
        name = path.removeprefix("./")
        for match, written in self.documents:
            if written and written == name:
                self.used.add(name)
                return self._heredoc(match)
        for folder in (Path(self.folder), *Path(self.folder).parents[:3], Path()):
            if (text := self.disk.text(str(folder / path))) is not None:
                return text
        return Unknown(f"the file {path} is not there")

    def add_document(self, match: re.Match[str], found: Requests, line: int) -> None:
        """Add the request in a here-document."""
        content = self._heredoc(match)
        try:
            parsed = parsed_json(content)
        except (ValueError, RecursionError):
            parsed = _yaml(content)
        operation = operation_of(parsed) if isinstance(parsed, Mapping) else None
        if operation:
            begin = line + self.text.count("\n", 0, match.start(3))
            found.add(operation, parsed, Location(found.file, begin, begin + match[3].count("\n")))

    def _heredoc(self, match: re.Match[str]) -> Any:
        if match[1]:
            return match[3]
        pieces: list[Any] = []
        at = 0
        text = match[3]
        while at < len(text):
            dollar = text.find("$", at)
            if dollar < 0:
                break
            pieces.append(text[at:dollar])
            value, at = self._expansion(text, dollar, 0)
            pieces += pieces_of(value)
        return joined([*pieces, text[at:]])

    def words(self, start: int, depth: int = 0) -> tuple[list[Any], int]:
        """The words from ``start`` to the end of the command, and where that is."""
        found: list[Any] = []
        at = start
        while at < len(self.text):
            character = self.text[at]
            if self.text.startswith(("\\\n", "\\\r\n"), at):
                at += 3 if self.text[at + 1] == "\r" else 2
            elif character in " \t":
                at += 1
            elif character in "\n\r;&|)`<>#":
                break
            else:
                word, at = self._word(at, depth)
                found.append(word)
        return found, at

    def _word(self, at: int, depth: int) -> tuple[Any, int]:
        text = self.text
        pieces: list[Any] = []
        while at < len(text):
            character = text[at]
            if text.startswith(("\\\n", "\\\r\n"), at) or character in " \t\n\r;&|)<>`":
                if character == "`" and (end := text.find("`", at + 1)) > 0:
                    pieces.append(Unknown("what a command prints is not known"))
                    at = end + 1
                    continue
                break
            if character == "\\":
                pieces.append(text[at + 1 : at + 2])
                at += 2
            elif character == "'":
                end = text.find("'", at + 1)
                end = len(text) if end < 0 else end
                pieces.append(text[at + 1 : end])
                at = end + 1
            elif character == '"':
                at = self._quoted(at + 1, pieces, depth)
            elif character == "$":
                value, at = self._expansion(text, at, depth)
                pieces += pieces_of(value)
            else:
                pieces.append(character)
                at += 1
        value = pieces[0] if len(pieces) == 1 else joined(pieces)
        return value, max(at, 1)

    def _quoted(self, at: int, pieces: list[Any], depth: int) -> int:
        text = self.text
        while at < len(text) and text[at] != '"':
            if text[at] == "\\" and text[at + 1 : at + 2] in ('"', "\\", "$", "`", "\n"):
                pieces.append(text[at + 1].strip("\n"))
                at += 2
            elif text[at] == "$":
                value, at = self._expansion(text, at, depth)
                pieces += pieces_of(value)
            elif text[at] == "`" and (end := text.find("`", at + 1)) > 0:
                pieces.append(Unknown("what a command prints is not known"))
                at = end + 1
            else:
                pieces.append(text[at])
                at += 1
        return at + 1

    def _expansion(self, text: str, at: int, depth: int) -> tuple[Any, int]:
        """The value of the ``$...`` at ``at``, and where it ends."""
        if text.startswith("$$", at) and (match := _NAME.match(text, at + 2)):
            return self._variable(match[0], depth), match.end()  # a Makefile's shell variable
        for opening, closing in (("${", "}"), ("$(", ")")):
            if text.startswith(opening, at):
                end = _closing(text, at + 1, opening[1], closing)
                inner = text[at + 2 : end]
                # $(NAME) is a Makefile's variable, or a command of that name; ${NAME:-x} may be either.
                if _NAME.fullmatch(inner) and (opening == "${" or inner in self.assigned):
                    return self._variable(inner, depth), end + 1
                if opening == "$(" and (file := re.fullmatch(r"\s*(?:<|cat\s)\s*[\"']?([\w./-]+)[\"']?\s*", inner)):
                    return self.document(file[1]), end + 1
                return Unknown(f"{opening}{inner[:80]}{closing} is not known"), end + 1
        if match := _NAME.match(text, at + 1):
            return self._variable(match[0], depth), match.end()
        if at + 1 < len(text) and text[at + 1] in "0123456789@*#?!-":
            return Unknown(f"${text[at + 1]} is not known", (Hole(f"${text[at + 1]}"),)), at + 2
        return "$", at + 1

    def _variable(self, name: str, depth: int) -> Any:
        places = self.assigned.get(name, [])
        if depth > _DEPTH or not places:
            return Unknown(f"${name} is not known", (Hole(name),))
        if len(self.text) in places:
            return Unknown(f"${name} is given a value elsewhere", (Hole(name),))
        values = [self._word(place, depth + 1)[0] if self._has_word(place) else "" for place in places]
        texts = {value if isinstance(value, str) else None for value in values}
        if len(values) == 1 or (len(texts) == 1 and None not in texts):
            return values[0]
        return Unknown(f"${name} is given several values", (Hole(),), options=tuple(values))

    def _has_word(self, place: int) -> bool:
        return self.text[place : place + 1].strip() != ""


def _closing(text: str, at: int, opening: str, closing: str) -> int:
    level = 0
    for place in range(at, len(text)):
        if text[place] == opening:
            level += 1
        elif text[place] == closing:
            level -= 1
            if not level:
                return place
    return len(text)


def tokens(words: Sequence[Any]) -> Iterator[tuple[str, list[Any]]]:
    """The operation and the arguments of an AWS CLI command that is given as a list of words."""
    for at, (word, following) in enumerate(pairwise(words)):
        if isinstance(word, str) and word == "sagemaker":
            command = _told(words) if isinstance(following, Unknown) else following
            if isinstance(command, str) and command in COMMANDS:
                yield COMMANDS[command], list(words[at + 2 :])
                return
