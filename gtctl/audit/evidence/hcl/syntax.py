"""HCL's native syntax: text in, a tree of tuples out (https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md).

The tree keeps every expression, because the evaluator has to know *what* is unknown; that is why the ready-made
parsers do not serve: tfparse hands out values in which unknown, null and a whole lost policy statement look alike.

A body is ``(attributes, blocks)``: ``{name: (expression, line)}`` and ``[(type, labels, body, line, last line), ...]``.
An expression is one of

    ("lit", value)                     ("tpl", [text | expression | directive, ...])
    ("var", name)                      ("get", of, name)        ("idx", of, key)      ("splat", of, [step, ...])
    ("call", name, [args], expand)     ("un", op, of)           ("bin", op, left, right)
    ("if", condition, yes, no)         ("list", [items])        ("obj", [(key, value), ...])
    ("for", key name, value name, of, key | None, value, condition | None, grouping)

a directive ``("tif", condition, parts, else parts)`` or ``("tfor", key name, value name, of, parts)``,
a step ``("get", None, name)`` or ``("idx", None, key)``.
"""

from __future__ import annotations

import re
from typing import Any

Node = tuple[Any, ...]
Body = tuple[dict[str, tuple[Node, int]], list[tuple[str, list[str], Any, int, int]]]

_SPACE = re.compile(r"(?:[ \t\r\ufeff]+|#[^\n]*|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_SPACE_AND_LINES = re.compile(r"(?:[ \t\r\n\ufeff]+|#[^\n]*|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_IDENTIFIER = re.compile(r"[^\W\d][\w-]*")
_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_OPERATOR = re.compile(r"\|\||&&|==|!=|>=|<=|>|<|\+|-|\*|/(?![/*])|%(?!\{)")
_PRECEDENCE = {"||": 1, "&&": 2, "==": 3, "!=": 3, ">": 4, ">=": 4, "<": 4, "<=": 4}
_PRECEDENCE |= {"+": 5, "-": 5, "*": 6, "/": 6, "%": 6}
_HEREDOC = re.compile(r"<<(-?)([^\W\d][\w-]*)[ \t\r]*\n")
# Most attributes: one name, one plain value, one line.
_SIMPLE = re.compile(
    r'([^\W\d][\w-]*)[ \t]*=[ \t]*(?:"([^"\\$%\n]*)"|(true|false|null)|(\d{1,15}))[ \t]*(?:#[^\n]*|//[^\n]*)?\r?(?=\n)'
)
# Most of the others: one reference.
_REFERENCE = re.compile(r"([^\W\d][\w-]*)[ \t]*=[ \t]*([^\W\d][\w-]*(?:\.[^\W\d][\w-]*)+)[ \t]*\r?(?=\n)")
_PLAIN = re.compile(r'[^"\\$%\n]*')
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_WORDS = {"true": True, "false": False, "null": None}


class HclError(Exception):
    """The text is not HCL; ``line`` counts from 1."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


def parse(text: str) -> Body:
    """The body of a file. Raises HclError."""
    parser = _Parser(text)
    try:
        return parser.body(top=True)
    except RecursionError:
        raise HclError(parser.line(parser.at), "is nested too deeply") from None


def parse_template(text: str) -> Node:
    """The expression of a template file (templatefile) or of a string in Terraform's JSON syntax. Raises HclError."""
    parser = _Parser(text)
    try:
        return _template(parser.template(quoted=False, end=len(text)))
    except RecursionError:
        raise HclError(1, "is nested too deeply") from None


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        # Inside ( and [ a line break is only space.
        self.space = _SPACE
        self.counted_at, self.counted = 0, 1

    def line(self, at: int) -> int:
        # Positions are asked for in rising order, nearly always.
        if at < self.counted_at:
            return self.text.count("\n", 0, at) + 1
        self.counted += self.text.count("\n", self.counted_at, at)
        self.counted_at = at
        return self.counted

    def fail(self, message: str) -> HclError:
        return HclError(self.text.count("\n", 0, self.at) + 1, message)

    def skip(self) -> None:
        if self.text[self.at : self.at + 1] in " \t\r\n#/\ufeff" and (match := self.space.match(self.text, self.at)):
            self.at = match.end()

    def skip_lines(self) -> None:
        match = _SPACE_AND_LINES.match(self.text, self.at)
        if match:
            self.at = match.end()

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def take(self, mark: str) -> bool:
        self.skip()
        if self.text.startswith(mark, self.at):
            self.at += len(mark)
            return True
        return False

    def need(self, mark: str) -> None:
        if not self.take(mark):
            found = self.peek()
            raise self.fail(f"expected {mark!r}, found {found!r}" if found else f"ends where {mark!r} was expected")

    def identifier(self) -> str:
        self.skip()
        match = _IDENTIFIER.match(self.text, self.at)
        if not match:
            raise self.fail(f"expected a name, found {self.peek()!r}" if self.peek() else "ends in the middle")
        self.at = match.end()
        return match[0]

    # Bodies

    def body(self, *, top: bool = False) -> Body:
        attributes: dict[str, tuple[Node, int]] = {}
        blocks: list[tuple[str, list[str], Any, int, int]] = []
        text = self.text
        while True:
            self.skip_lines()
            if self.at >= len(text):
                if top:
                    return attributes, blocks
                raise self.fail("a block is not closed")
            if text[self.at] == "}" and not top:
                return attributes, blocks
            line = self.line(self.at)
            if simple := _SIMPLE.match(text, self.at):
                name, string, word, number = simple.groups()
                value: Any = string if string is not None else _WORDS[word] if word else int(number)
                if name in attributes:
                    raise self.fail(f"{name} is set twice")
                attributes[name] = (("lit", value), line)
                self.at = simple.end()
                continue
            if reference := _REFERENCE.match(text, self.at):
                name, (root, *steps) = reference[1], reference[2].split(".")
                node: Node = ("var", root)
                for step in steps:
                    node = ("get", node, step)
                if name in attributes:
                    raise self.fail(f"{name} is set twice")
                attributes[name] = (node, line)
                self.at = reference.end()
                continue
            name = self.identifier()
            self.skip()
            if self.peek() == "=" and not text.startswith("==", self.at):
                self.at += 1
                if name in attributes:
                    raise self.fail(f"{name} is set twice")
                attributes[name] = (self.expression(), line)
                self.end_of_line()
            else:
                blocks.append((name, *self.block(), line, self.line(self.at)))

    def block(self) -> tuple[list[str], Body]:
        labels = []
        while not self.take("{"):
            if self.peek() == '"':
                label = self.string()
                if label[0] != "lit":
                    raise self.fail("a label of a block must be plain text")
                labels.append(str(label[1]))
            else:
                labels.append(self.identifier())
        body = self.body()
        self.at += 1  # the closing brace, on which body() stopped
        self.end_of_line()
        return labels, body

    def end_of_line(self) -> None:
        self.skip()
        if self.peek() not in ("", "\n", "}"):
            raise self.fail(f"expected the end of the line, found {self.peek()!r}")

    # Expressions

    def expression(self) -> Node:
        condition = self.binary(1)
        if not self.take("?"):
            return condition
        self.skip_within()
        yes = self.expression()
        self.skip_within()
        self.need(":")
        self.skip_within()
        return ("if", condition, yes, self.expression())

    def skip_within(self) -> None:
        """A conditional may be broken over lines after its marks only in brackets; be as lenient everywhere."""
        self.skip_lines()

    def binary(self, least: int) -> Node:
        left = self.unary()
        while True:
            self.skip()
            match = _OPERATOR.match(self.text, self.at)
            if not match or _PRECEDENCE[match[0]] < least:
                return left
            self.at = match.end()
            self.skip_lines()
            left = ("bin", match[0], left, self.binary(_PRECEDENCE[match[0]] + 1))

    def unary(self) -> Node:
        self.skip()
        mark = self.peek()
        if mark in ("-", "!"):
            self.at += 1
            of = self.unary()
            if mark == "-" and of[0] == "lit" and isinstance(of[1], (int, float)) and not isinstance(of[1], bool):
                return ("lit", -of[1])
            return ("un", mark, of)
        return self.postfix(self.primary())

    def postfix(self, node: Node) -> Node:
        while True:
            before = self.at
            self.skip()
            mark = self.peek()
            if mark == "." and not self.text.startswith("...", self.at):
                self.at += 1
                self.skip()
                if self.peek() == "*":
                    self.at += 1
                    return self.postfix(("splat", node, self.steps(only_names=True)))
                node = self.named_step(node)
            elif mark == "[":
                self.at += 1
                if self.is_full_splat():
                    return self.postfix(("splat", node, self.steps(only_names=False)))
                node = ("idx", node, self.bracketed())
            else:
                self.at = before
                return node

    def is_full_splat(self) -> bool:
        match = re.compile(r"\s*\*\s*\]").match(self.text, self.at)
        if match:
            self.at = match.end()
        return match is not None

    def named_step(self, node: Node | None) -> Node:
        number = re.compile(r"\d+").match(self.text, self.at)
        if number:
            self.at = number.end()
            return ("idx", node, ("lit", int(number[0])))
        return ("get", node, self.identifier())

    def steps(self, *, only_names: bool) -> list[Node]:
        found = []
        while True:
            before = self.at
            self.skip()
            if self.peek() == "." and not self.text.startswith(("...", ".*"), self.at):
                self.at += 1
                found.append(self.named_step(None))
            elif self.peek() == "[" and not only_names:
                self.at += 1
                if self.is_full_splat():
                    self.at = before
                    return found
                found.append(("idx", None, self.bracketed()))
            else:
                self.at = before
                return found

    def bracketed(self) -> Node:
        space, self.space = self.space, _SPACE_AND_LINES
        key = self.expression()
        self.need("]")
        self.space = space
        return key

    def primary(self) -> Node:
        self.skip()
        mark = self.peek()
        if mark == '"':
            return self.string()
        if mark == "[":
            return self.list_or_for()
        if mark == "{":
            return self.object_or_for()
        if mark == "(":
            space, self.space = self.space, _SPACE_AND_LINES
            self.at += 1
            node = self.expression()
            self.need(")")
            self.space = space
            return node
        if number := _NUMBER.match(self.text, self.at):
            self.at = number.end()
            return ("lit", int(number[0]) if number[0].isdigit() else float(number[0]))
        if mark == "<" and (heredoc := _HEREDOC.match(self.text, self.at)):
            return self.heredoc(heredoc)
        name = self.identifier()
        while self.text.startswith("::", self.at):
            self.at += 2
            name += "::" + self.identifier()
        if self.peek() == "(":
            return self.call(name)
        return ("lit", _WORDS[name]) if name in _WORDS else ("var", name)

    def call(self, name: str) -> Node:
        space, self.space = self.space, _SPACE_AND_LINES
        self.at += 1
        arguments: list[Node] = []
        expand = False
        while not self.take(")"):
            arguments.append(self.expression())
            if self.take("..."):
                expand = True
            if not self.take(","):
                self.need(")")
                break
        self.space = space
        return ("call", name, arguments, expand)

    def list_or_for(self) -> Node:
        space, self.space = self.space, _SPACE_AND_LINES
        self.at += 1
        self.skip()
        if re.compile(r"for\s").match(self.text, self.at):
            node = self.for_expression("]")
        else:
            items = []
            while not self.take("]"):
                items.append(self.expression())
                if not self.take(","):
                    self.need("]")
                    break
            node = ("list", items)
        self.space = space
        return node

    def object_or_for(self) -> Node:
        space = self.space
        self.at += 1
        self.skip_lines()
        if re.compile(r"for\s").match(self.text, self.at):
            self.space = _SPACE_AND_LINES
            node = self.for_expression("}")
            self.space = space
            return node
        self.space = _SPACE
        items = []
        while True:
            self.skip_lines()
            if self.take("}"):
                break
            key = self.expression()
            if key[0] == "var":
                key = ("lit", key[1])
            if not self.take("="):
                self.need(":")
            self.skip_lines()
            items.append((key, self.expression()))
            self.skip()
            if self.peek() == ",":
                self.at += 1
            elif self.peek() not in ("\n", "}"):
                raise self.fail(f"expected ',' or a new line, found {self.peek()!r}")
        self.space = space
        return ("obj", items)

    def for_expression(self, end: str) -> Node:
        self.at += 3
        first = self.identifier()
        second = self.identifier() if self.take(",") else None
        self.skip()
        if self.identifier() != "in":
            raise self.fail("expected 'in'")
        collection = self.expression()
        self.need(":")
        value = self.expression()
        key = None
        if end == "}":
            self.need("=>")
            key, value = value, self.expression()
        grouping = self.take("...")
        condition = None
        self.skip()
        if re.compile(r"if\b").match(self.text, self.at):
            self.at += 2
            condition = self.expression()
        self.need(end)
        return ("for", first if second else None, second or first, collection, key, value, condition, grouping)

    # Templates

    def string(self) -> Node:
        self.at += 1
        node = _template(self.template(quoted=True, end=len(self.text)))
        self.at += 1
        return node

    def heredoc(self, head: re.Match[str]) -> Node:
        start = head.end()
        stop = re.compile(rf"^[ \t]*{re.escape(head[2])}[ \t\r]*$", re.MULTILINE).search(self.text, start)
        if not stop:
            raise self.fail(f"the text up to {head[2]} is not closed")
        content = self.text[start : stop.start()].replace("\r\n", "\n")
        if head[1]:
            lines = content.split("\n")
            indents = [len(line) - len(line.lstrip(" \t")) for line in lines if line.strip()]
            content = "\n".join(line[min(indents, default=0) :] for line in lines)
        inner = _Parser(content)
        try:
            node = _template(inner.template(quoted=False, end=len(content)))
        except HclError as error:
            raise HclError(self.text.count("\n", 0, start) + error.line, str(error)) from None
        self.at = stop.end()
        return node

    def template(self, *, quoted: bool, end: int) -> list[Any]:
        """The parts up to the closing quote (on which it stops), or up to ``end``; directives still flat."""
        parts: list[Any] = []
        text = self.text
        trim_next = False
        while self.at < end:
            mark = text[self.at]
            if mark == '"' and quoted:
                return parts
            if mark in "$%" and text.startswith("{", self.at + 1):
                if text.startswith("~", self.at + 2):
                    _trim_end(parts)
                parts.append(self.interpolation() if mark == "$" else self.directive())
                trim_next = text[self.at - 2] == "~"
                continue
            if text.startswith(("$${", "%%{"), self.at):
                piece, self.at = text[self.at + 1 : self.at + 3], self.at + 3
            elif mark == "\\" and quoted:
                piece = self.escape()
            elif mark == "\n" and quoted:
                raise self.fail("a string is not closed on its line")
            else:
                match = _PLAIN.match(text, self.at) if mark not in '"\\$%\n' else None
                piece = match[0] if match else mark
                self.at += len(piece)
            if trim_next:
                piece = piece.lstrip()
                trim_next = not piece
            if piece and parts and isinstance(parts[-1], str):
                parts[-1] += piece
            elif piece:
                parts.append(piece)
        if quoted:
            raise self.fail("a string is not closed")
        return parts

    def escape(self) -> str:
        letter = self.text[self.at + 1 : self.at + 2]
        if letter in _ESCAPES and letter:
            self.at += 2
            return _ESCAPES[letter]
        digits = {"u": 4, "U": 8}.get(letter, 0)
        code = self.text[self.at + 2 : self.at + 2 + digits]
        if not digits or not re.fullmatch(r"[0-9a-fA-F]+", code) or int(code, 16) > 0x10FFFF:
            raise self.fail(f"\\{letter} is no escape")
        self.at += 2 + digits
        return chr(int(code, 16))

    def interpolation(self) -> Node:
        space, self.space = self.space, _SPACE_AND_LINES
        self.at += 3 if self.text.startswith("~", self.at + 2) else 2
        node = self.expression()
        self.take("~")
        self.need("}")
        self.space = space
        return node

    def directive(self) -> Node:
        space, self.space = self.space, _SPACE_AND_LINES
        self.at += 3 if self.text.startswith("~", self.at + 2) else 2
        word = self.identifier()
        node: Node
        if word == "if":
            node = ("%if", self.expression())
        elif word == "for":
            first = self.identifier()
            second = self.identifier() if self.take(",") else None
            if self.identifier() != "in":
                raise self.fail("expected 'in'")
            node = ("%for", first if second else None, second or first, self.expression())
        elif word in ("else", "endif", "endfor"):
            node = (f"%{word}",)
        else:
            raise self.fail(f"%{{{word}}} is no directive")
        self.take("~")
        self.need("}")
        self.space = space
        return node


def _trim_end(parts: list[Any]) -> None:
    if parts and isinstance(parts[-1], str):
        parts[-1] = parts[-1].rstrip()
        if not parts[-1]:
            parts.pop()


def _template(flat: list[Any]) -> Node:
    """The expression of a template's parts: text, the one expression it consists of, or a template."""
    parts, rest = _nested(flat, 0, ())
    if rest != len(flat):
        raise HclError(1, "a template directive ends what it did not begin")
    if not parts:
        return ("lit", "")
    if len(parts) == 1 and isinstance(parts[0], str):
        return ("lit", parts[0])
    if len(parts) == 1 and parts[0][0] not in ("tif", "tfor"):
        return parts[0]  # type: ignore[no-any-return]
    return ("tpl", parts)


def _nested(flat: list[Any], at: int, ends: tuple[str, ...]) -> tuple[list[Any], int]:
    parts: list[Any] = []
    while at < len(flat):
        part = flat[at]
        kind = "" if isinstance(part, str) else part[0]
        if kind in ends:
            return parts, at
        if kind == "%if":
            yes, at = _nested(flat, at + 1, ("%else", "%endif"))
            no: list[Any] = []
            if at < len(flat) and flat[at][0] == "%else":
                no, at = _nested(flat, at + 1, ("%endif",))
            parts.append(("tif", part[1], yes, no))
        elif kind == "%for":
            inner, at = _nested(flat, at + 1, ("%endfor",))
            parts.append(("tfor", part[1], part[2], part[3], inner))
        elif kind in ("%else", "%endif", "%endfor"):
            return parts, at
        else:
            parts.append(part)
            at += 1
            continue
        if at >= len(flat):
            raise HclError(1, "a template directive is not closed")
        at += 1
    return parts, at
