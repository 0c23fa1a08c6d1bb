"""The calls of a program that launch jobs and make teams: which operation of the API one calls, and with what request.

A call that may be one of them, or may be somebody else's function of the same name, is judged by its arguments.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

from gtctl.audit.evidence import code_events
from gtctl.audit.evidence.code_python.containers import Containers
from gtctl.audit.evidence.code_python.effects import dotted
from gtctl.audit.evidence.code_python.values import (
    ClientValue,
    DictValue,
    OperationValue,
    may_be_one_of,
    same,
    settled,
)
from gtctl.audit.evidence.code_shell import arguments, tokens
from gtctl.audit.evidence.requests import OPERATIONS, Requests, Table, members_of, operation_of, snake
from gtctl.audit.model import Hole, Location, Unknown

METHODS = {snake(operation): operation for operation in OPERATIONS}
"""boto3's method -> operation."""


def calls(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    """The calls in ``tree`` that look like those of the API, whatever their arguments, with the operation."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in METHODS:
            yield node, METHODS[node.func.attr]


def give_up(tree: ast.AST, found: Requests, reason: str, line_of: Callable[[int], int] = lambda line: line) -> None:
    """Add every call with nothing known of what it asks for."""
    for node, operation in calls(tree):
        found.add(operation, Table(open_=reason), _location(node, found, line_of))


def operation_of_method(holder: Any, name: Any) -> OperationValue | None:
    """The operation that ``getattr(holder, name)`` may be.

    None where it surely is none, or nothing tells of one.
    """
    if not isinstance(name, Unknown):
        return OperationValue(METHODS[name]) if isinstance(name, str) and name in METHODS else None
    if isinstance(holder, ClientValue) and holder.service != "sagemaker":
        return None
    method = may_be_one_of(name, METHODS)
    # Where nothing at all is known of either, it is a call like any other of what is not known.
    vague = not isinstance(holder, ClientValue) and not any(isinstance(part, str) for part in name.parts)
    reason = f"which operation it is is not known: {name.reason}"
    return OperationValue(METHODS[method], reason, vague) if method else None


class Launches:
    """Adds the requests of a program to ``found``, each once.

    callers: the lines of the calls that have led to where the program is: a function may launch a job for each caller.
    muted: above 0 while a loop is followed for what it does to names; its last round counts.
    """

    def __init__(self, found: Requests, containers: Containers, line_of: Callable[[int], int]) -> None:
        self.found = found
        self.containers = containers
        self.line_of = line_of
        self.callers: list[int] = []
        self.muted = 0
        self._made: dict[tuple[Any, ...], Unknown] = {}  # place, callers -> what the call gives back
        self._recorded: dict[tuple[Any, ...], list[tuple[Any, Unknown]]] = {}  # place -> requests, each with the same
        self._handlers: dict[str, int] = {}  # operation -> line of a handler that may change its requests

    def call(self, node: ast.Call, called: OperationValue, positional: Sequence[Any], named: DictValue) -> Any:
        """What a call of what is, or may be, an operation gives back."""
        operation: str | None = called.operation
        members = {snake(called.operation)} | {snake(name) for name in named}
        if called.vague:
            operation = operation_of(named)
        elif not (named.open or members & set(members_of(called.operation))):
            operation = None
        made: Any = Unknown("what a function gives back is not known")
        if operation and not positional:
            given = self.containers.copy(named)
            given.open = named.open or called.open
            made = self.record(node, operation, given)
            if not called.open:
                return made
        # boto3 takes keyword arguments with the API's names: this is, or may be, a function of somebody else's.
        for value in [*positional, *named.values()]:
            self.containers.spoil(value, f"{dotted(node.func) or 'a function'}() may change it")
        return made

    def record(self, node: ast.Call, operation: str, request: Mapping[str, Any]) -> Any:
        """Add a request, and give what its call gives back."""
        place = (node.lineno, node.col_offset, operation, *self.callers)
        if self.muted:
            return self._made.get(place, Unknown("what a call gives back is not known"))
        as_it_is = cast(Mapping[str, Any], settled(request))
        # A function with several callers may ask for the same each time.
        before = self._recorded.setdefault(place[:3], [])
        for other, made in before:
            if same(other, as_it_is):
                return self._made.setdefault(place, made)
        resource = self.found.add(operation, as_it_is, _location(node, self.found, self.line_of))
        self._made[place] = Unknown(f"{resource.address} is made later", (Hole(resource.address),), nullable=False)
        before.append((as_it_is, self._made[place]))
        if not operation.startswith("Create"):
            return Unknown("what a call gives back is not known")
        return self._made[place]

    def record_commands(self, node: ast.Call, value: Any) -> None:
        """Add the requests of a command line of the AWS CLI, given as a list of words."""
        if isinstance(value, list):
            for operation, words in tokens(value):
                if (request := arguments([_word(word) for word in words])) is not None:
                    self.record(node, operation, request)

    def is_made(self, value: Unknown) -> bool:
        """Whether ``value`` is what a call gave back that made something."""
        return bool(value.symbol) and value.symbol in {made.symbol for made in self._made.values()}

    def add_handler(self, event: Any, on_events: bool, line: int) -> None:
        """A handler of botocore's is registered that may change requests. on_events: as for ``code_events``."""
        self._handlers |= dict.fromkeys(code_events.concerned(event, on_events), line)

    def open_handled(self) -> None:
        """When all requests are there: those that a handler may change may have other members."""
        for operation, line in self._handlers.items():
            self.found.open_all(operation, f"the handler that line {self.line_of(line)} registers may change it")


def _word(value: Any) -> str | Unknown:
    word = settled(value)
    return word if isinstance(word, str | Unknown) else Unknown("a word of the command is no text")


def _location(node: ast.Call, found: Requests, line_of: Callable[[int], int]) -> Location:
    return Location(found.file, line_of(node.lineno), line_of(node.end_lineno or node.lineno))
