"""Reads code that launches jobs: Python, notebooks, shell scripts, and any text that names a workteam.

Python is followed (code_python/), command lines of the AWS CLI are taken apart (code_shell.py), and whatever else
stands there is searched for workteams (code_text.py). No code is run.
"""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gtctl.audit.evidence import is_script
from gtctl.audit.evidence.code_python import METHODS, TooMuch, follow, give_up
from gtctl.audit.evidence.code_references import in_unknown
from gtctl.audit.evidence.code_shell import add_commands
from gtctl.audit.evidence.code_text import add_mentions, mentions
from gtctl.audit.evidence.requests import Requests
from gtctl.audit.model import Evidence, Location, Problem, Undecided, Unknown, may_equal

_CALL = re.compile("|".join(METHODS))
_PYTHON = re.compile(r"#!.*\bpython[\d.]*\b")
_ASKING = {"startswith", "endswith", "compile", "match", "fullmatch", "search", "findall", "sub", "split", "count"}
# Top-level await is at home in notebooks.
_PARSE = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


def read(files: Mapping[str, bytes]) -> Iterator[Evidence]:
    """One Evidence for each file."""
    for file, content in files.items():
        found = Requests("code", file)
        problems: list[Problem] = []
        text = content.decode(errors="replace")
        if file.endswith(".py") or (is_script(file, content) and _PYTHON.match(text)):
            _python(text, found, problems)
        elif file.endswith(".ipynb"):
            _notebook(text, found, problems)
        else:
            try:
                add_commands(text, found)
            except RecursionError:
                problems.append(Problem(Location(file), "cannot be read: it is nested too deeply"))
        yield Evidence(found.resources, problems, noted=found.disk.noted)


def _python(text: str, found: Requests, problems: list[Problem]) -> None:
    try:
        tree = _parsed(text)
    except _Unreadable as error:
        problems.append(Problem(Location(found.file, error.line), f"cannot be read: {error}"))
        add_mentions(text, found)
        return
    _follow(tree, found, _Lines())


class _Unreadable(Exception):
    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


@dataclass(slots=True)
class _Lines:
    """Line of the program -> line of the file; empty where they are the same."""

    of_file: list[int] = field(default_factory=list)

    def __call__(self, line: int) -> int:
        if not self.of_file:
            return line
        return self.of_file[min(line, len(self.of_file)) - 1]


def _parsed(text: str) -> ast.Module:
    try:
        with warnings.catch_warnings():
            # About somebody's escapes: not our business.
            warnings.simplefilter("ignore")
            tree = compile(text, "<code>", "exec", _PARSE, dont_inherit=True)
    except SyntaxError as error:
        raise _Unreadable(f"it is no Python 3: {error.msg}", error.lineno or 1) from error
    except (ValueError, RecursionError, MemoryError, OverflowError) as error:
        raise _Unreadable("it is no Python 3", 1) from error
    assert isinstance(tree, ast.Module)  # noqa: S101 - for the type checker
    return tree


def _follow(tree: ast.Module, found: Requests, line_of: _Lines) -> None:
    assembled: Mapping[int, Sequence[Any]] = {}
    try:
        assembled = follow(tree, found, line_of)
    except TooMuch:
        give_up(tree, found, "the program is too long to be followed", line_of)
    except (RecursionError, Undecided):
        give_up(tree, found, "the program cannot be followed", line_of)
    made = [team for values in assembled.values() for value in values for _, team in _teams(value)]
    told: set[tuple[int, str]] = set()
    for text, line, is_made in _texts(tree, assembled):
        for start, team in _teams(text):
            # A template that the program fills in is judged as what it has become.
            if not is_made and isinstance(team, Unknown) and _becomes_one_of(team, made):
                continue
            place = line_of(line + (text.count("\n", 0, start) if isinstance(text, str) else 0))
            shown = team.text if isinstance(team, Unknown) else team
            if (place, shown) not in told:
                told.add((place, shown))
                found.reference(team, place)


def _becomes_one_of(team: Unknown, made: Sequence[Any]) -> bool:
    return any(may_equal(team, each) is not False for each in made)


def _teams(text: Any) -> Iterator[tuple[int, Any]]:
    """The workteams that a text names, and where each begins in it."""
    if isinstance(text, Unknown):
        yield from ((0, team) for team in in_unknown(text))
    else:
        yield from mentions(text)


def _texts(tree: ast.AST, assembled: Mapping[int, Sequence[Any]]) -> Iterator[tuple[Any, int, bool]]:
    """The texts that the program uses; not those that it only compares with, documents itself or denies with.

    Each with its line, and whether it is what a text has come to that is put together (``assembled``, by ``follow``).
    """
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        match node:
            case ast.Compare() | ast.Assert() | ast.Raise() | ast.Expr(value=ast.Constant() | ast.JoinedStr()):
                continue
            case ast.Call(func=ast.Attribute(attr=name)) if name in _ASKING:
                continue
            case ast.Dict() if _denies(node):
                continue
            case ast.expr() if id(node) in assembled:
                yield from ((value, node.lineno, True) for value in assembled[id(node)])
                continue
            case ast.Constant() if isinstance(node.value, str):
                yield node.value, node.lineno, False
            case ast.JoinedStr():
                pieces = [str(part.value) if isinstance(part, ast.Constant) else "{x}" for part in node.values]
                yield "".join(pieces), node.lineno, False
                continue
        waiting += reversed(list(ast.iter_child_nodes(node)))


def _denies(node: ast.Dict) -> bool:
    """Whether it is a statement of a policy that denies something."""
    pairs = zip(node.keys, node.values, strict=True)
    return any(
        isinstance(key, ast.Constant)
        and key.value == "Effect"
        and isinstance(value, ast.Constant)
        and value.value == "Deny"
        for key, value in pairs
    )


# Notebooks

_SHELL_CELL = re.compile(r"\s*%%(bash|sh|script|!|system)\b")
_WRITING_CELL = re.compile(r"\s*%%writefile\s+(?:-a\s+)?(\S+)")
_CELL_MAGIC = re.compile(r"\s*%%(\w+)")
_TRANSPARENT = {"time", "timeit", "capture", "prun"}
# Magic that gives names of the notebook other values.
_RUNS_ANOTHER = re.compile(r"\s*%(run|store|rerun|load|macro)\b")
_MAGIC = re.compile(r"(\s*)(?:[\w, ]+=\s*)?([!%?]).*|(\s*)[\w.]+\?{1,2}\s*$")


def _notebook(text: str, found: Requests, problems: list[Problem]) -> None:
    try:
        cells = _cells(text)
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
        problems.append(Problem(Location(found.file), "is no notebook: its cells cannot be read"))
        add_mentions(text, found)
        return
    whole = ast.Module([], [])
    numbers = _Lines([])
    for cell in cells:
        lines = [line for line, _ in cell]
        numbered = [number for _, number in cell]
        code = "\n".join(lines)
        if _SHELL_CELL.match(code):
            add_commands("\n".join(lines[1:]), found, numbered[0] + 1)
            continue
        if match := _WRITING_CELL.match(code):
            _written(match[1], "\n".join(lines[1:]), found, numbered[0] + 1)
            continue
        kept, commands = _without_magic(lines)
        for at, command in commands:
            add_commands(command, found, numbered[at])
        try:
            tree = _parsed("\n".join(kept))
        except _Unreadable as error:
            # A cell of another language, or an unfinished one.
            if _CALL.search(code):
                line = numbered[min(error.line, len(numbered)) - 1]
                problems.append(Problem(Location(found.file, line), f"cannot be read: {error}"))
            add_commands(code, found, numbered[0])
            continue
        ast.increment_lineno(tree, len(numbers.of_file))
        numbers.of_file += numbered
        whole.body += tree.body
    _follow(whole, found, numbers)


def _written(name: str, content: str, found: Requests, line: int) -> None:
    """A file that a cell writes."""
    if name.endswith((".json", ".yaml", ".yml")):
        from gtctl.audit.evidence.job import add_requests, documents

        try:
            for document in documents(name, content):
                add_requests(document, found, line)
            return
        except (ValueError, RecursionError):
            pass
    add_commands(content, found, line)


def _without_magic(lines: list[str]) -> tuple[list[str], list[tuple[int, str]]]:
    """The lines of a cell as Python, and the shell commands among them, each with the index of its line."""
    kept: list[str] = []
    commands: list[tuple[int, str]] = []
    if lines and (match := _CELL_MAGIC.match(lines[0])):
        if match[1] not in _TRANSPARENT:
            return [], []
        lines = ["", *lines[1:]]
    going_on = False
    for at, line in enumerate(lines):
        if going_on:
            number, text = commands[-1]
            commands[-1] = (number, f"{text}\n{line}")
            going_on = line.endswith("\\")
            kept.append("")
        elif match := _MAGIC.fullmatch(line):
            assigned, marks, command = line.partition("!")
            if match[2] == "!" and marks:
                commands.append((at, command))
                going_on = line.endswith("\\")
            name = assigned.partition("=")[0].strip() if match[2] and "=" in line.partition(match[2])[0] else ""
            indent = match[1] or match[3] or ""
            if _RUNS_ANOTHER.match(line):
                kept.append(f"{indent}get_ipython().run_line_magic()")
                continue
            kept.append(f"{indent}{name} = get_ipython()" if name.isidentifier() else f"{indent}pass")
        else:
            kept.append(line)
    return kept, commands


def _cells(text: str) -> list[list[tuple[str, int]]]:
    """The code cells: their lines, each with its line in the file."""
    document = json.loads(text)
    cells = document["cells"] if "cells" in document else document["worksheets"][0]["cells"]
    raw = text.split("\n")
    at = 0
    found = []
    for cell in cells:
        source = cell.get("source", cell.get("input", ""))
        lines = ("".join(source) if isinstance(source, list) else str(source)).split("\n")
        numbered = []
        for line in lines:
            at = _line_with(line, raw, at)
            numbered.append((line, at + 1))
        if cell.get("cell_type") == "code":
            found.append(numbered)
    return found


def _line_with(line: str, raw: list[str], start: int) -> int:
    """Where ``line`` stands in the notebook's file; ``start`` where it cannot be found nearby."""
    if not line.strip():
        return start
    written = {json.dumps(line)[1:-1], json.dumps(line, ensure_ascii=False)[1:-1]}
    for at in range(start, min(start + 2000, len(raw))):
        if any(each in raw[at] for each in written):
            return at
    return start
