"""Follows a Python program to its calls of the SageMaker API, without running any of it.

Literals, dicts that are built up, f-strings, functions of the same file: what they come to is known. All else is
unknown, never guessed: what a call of a strange function does to a dict, what a loop leaves behind, which way a
condition goes. A value that may be one of several is an Unknown with these as its options.
"""

from __future__ import annotations

import ast
import json
import re
import string
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeGuard, cast

from gtctl.audit.evidence import code_events
from gtctl.audit.evidence.code_shell import arguments, tokens
from gtctl.audit.evidence.code_text import joined, parsed_json, pieces_of
from gtctl.audit.evidence.requests import OPERATIONS, STRUCTURES, Requests, Table, members_of, operation_of, snake
from gtctl.audit.model import MISSING, Hole, Location, Unknown, may_equal

METHODS = {snake(operation): operation for operation in OPERATIONS}
"""boto3's method -> operation."""

_RAISED, _LEFT = "raised", "left"
_STEPS = 50_000
_DEPTH = 8
_PASSES = 4
_MOST_OPTIONS = 8
_VAGUE = {"an expression", "an element", "one of several values", "a function", "a comprehension", "a condition"}
# None of these changes what it is given.
_HARMLESS = {
    *("print", "len", "str", "repr", "isinstance", "type", "id", "sorted", "enumerate", "zip", "range", "hash", "iter"),
    *("display", "pprint", "any", "all", "max", "min", "sum", "bool", "int", "float", "vars", "format", "open"),
    *("next", "reversed"),
    *("ValueError", "RuntimeError", "Exception", "TypeError", "KeyError", "SystemExit", "super", "hasattr", "getattr"),
}
_HARMLESS_MODULES = {"json", "logging", "pprint", "yaml", "os", "sys", "time", "boto3", "botocore", "math", "random"}
_HARMLESS_MODULES |= {"uuid", "datetime", "re", "hashlib", "base64", "io", "pathlib", "subprocess", "shlex", "argparse"}
# Methods of clients, loggers, files and sets: they send or keep what they are given, and leave it as it is.
_ASKS = re.compile(
    r"(create|update|describe|list|get|put|upload|delete|start|stop|send|publish|invoke|wait|client|resource|debug|info"
    r"|warning|error|exception|critical|log|write|print|dump|join|add_argument|assert)(_|s?$)"
)
# What gives names of the program other values, whatever they are.
_RUNS_TEXT = {"exec", "eval", "execfile", "globals"}
_CHANGES = {"update", "setdefault", "pop", "popitem", "clear", "append", "extend", "insert", "remove"}
_RUNS_ANOTHER = {"run_line_magic", "run_cell_magic", "run_cell"}
_TEXT_METHODS = {"strip", "lstrip", "rstrip", "lower", "upper", "title", "replace", "removeprefix", "removesuffix"}


class TooMuch(Exception):
    """The program is too large to be followed."""


class _List(list[Any]):
    """A list that knows under which conditions it was made, and from which others it was joined."""

    __slots__ = ("joined_from", "made_in")
    made_in: tuple[int, ...]
    joined_from: tuple[_List, ...]


class _Dict(Table):
    """A dict that knows under which conditions it was made, and from which others it was joined."""

    __slots__ = ("joined_from", "made_in")
    made_in: tuple[int, ...]
    joined_from: tuple[_Dict, ...]


@dataclass(eq=False, slots=True)
class _Function:
    node: ast.FunctionDef | ast.AsyncFunctionDef
    frames: list[dict[str, Any]]
    defaults: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Api:
    """An operation; with a reason where it may be another one. vague: whether nothing but its arguments can tell."""

    operation: str
    open: str = ""
    vague: bool = False


@dataclass(frozen=True, slots=True)
class _Client:
    service: str


@dataclass(frozen=True, slots=True)
class _Module:
    name: str


@dataclass(eq=False, slots=True)
class _Class:
    members: dict[str, Any]


def follow(
    tree: ast.Module, found: Requests, line_of: Callable[[int], int] = lambda line: line
) -> Mapping[int, Sequence[Any]]:
    """Add the requests that ``tree`` makes to ``found``. Raises TooMuch where there is too much to follow.

    Gives what the program's texts come to that may name a workteam and are put together: id of the node -> values.
    """
    program = _Program(tree, found, line_of)
    program.run()
    return program.assembled


def calls(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    """The calls in ``tree`` that look like those of the API, whatever their arguments, with the operation."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in METHODS:
            yield node, METHODS[node.func.attr]


def give_up(tree: ast.AST, found: Requests, reason: str, line_of: Callable[[int], int] = lambda line: line) -> None:
    """Add every call with nothing known of what it asks for."""
    for node, operation in calls(tree):
        place = Location(found.file, line_of(node.lineno), line_of(node.end_lineno or node.lineno))
        found.add(operation, Table(open_=reason), place)


class _Program:
    def __init__(self, tree: ast.Module, found: Requests, line_of: Callable[[int], int]) -> None:
        self.tree = tree
        self.found = found
        self.line_of = line_of
        self.steps = 0
        self.conditions: tuple[int, ...] = (0,)
        self.next_condition = 0
        self.silent = 0
        self.frames: list[dict[str, Any]] = [{}]
        # Methods do not see the names of their class.
        self.class_frames: list[dict[str, Any]] = []
        self.returned: list[Any] = []
        self.entered: set[int] = set()
        self.running: list[_Function] = []
        self.callers: list[int] = []
        self.functions: list[_Function] = []
        self.made: dict[tuple[Any, ...], Unknown] = {}
        self.recorded: dict[tuple[Any, ...], list[tuple[Any, Unknown]]] = {}
        self.stored = {
            node.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load)
        }
        named = [_set_by_name(node) for node in ast.walk(tree)]
        self.stored |= {name for name in named if name}
        self.stored_any = "" in named
        self.uncertain: set[str] = set()
        self.assembled: dict[int, list[Any]] = {}
        self.handlers: dict[str, int] = {}  # operation -> line of a handler that may change its requests

    def run(self) -> None:
        self.block(self.tree.body)
        done: set[int] = set()
        # A function that nothing here calls may be called with anything.
        while waiting := [each for each in self.functions if id(each.node) not in self.entered | done]:
            for function in waiting:
                if id(function.node) in done:
                    continue
                done.add(id(function.node))
                self.call(function, [], {}, "its callers are elsewhere", entered=False)
        for operation, line in self.handlers.items():
            self.found.open_all(operation, f"the handler that line {self.line_of(line)} registers may change it")

    # Statements. Each gives how it ends: "" where the next one follows, _RAISED, or _LEFT (the function or the round).

    def block(self, body: Sequence[ast.stmt]) -> str:
        return next((end for node in body if (end := self.statement(node))), "")

    def statement(self, node: ast.stmt) -> str:
        self.step()
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self.define(node)
            case ast.ClassDef():
                self.define_class(node)
            case ast.Return():
                self.returned.append(self.value(node.value) if node.value else None)
                return _LEFT
            case ast.Raise():
                for part in (node.exc, node.cause):
                    if part:
                        self.value(part)
                return _RAISED
            case ast.Break() | ast.Continue():
                return _LEFT
            case ast.Assign():
                value = self.value(node.value)
                for target in node.targets:
                    self.assign(target, value)
            case ast.AnnAssign() if node.value:
                self.assign(node.target, self.value(node.value))
            case ast.AugAssign():
                self.assign_augmented(node)
            case ast.Delete():
                for target in node.targets:
                    self.delete(target)
            case ast.If():
                return self.branches(node.test, [node.body, node.orelse])
            case ast.For() | ast.AsyncFor():
                self.value(node.iter)
                self.elements(node.iter, node.target, node.body)
                self.loop(node.body, node.target)
                return self.branches(None, [node.orelse, []])
            case ast.While():
                self.value(node.test)
                self.loop(node.body, None)
                return self.branches(None, [node.orelse, []])
            case ast.Try() | ast.TryStar():
                return self.attempt(node)
            case ast.With() | ast.AsyncWith():
                for item in node.items:
                    value = self.value(item.context_expr)
                    if item.optional_vars:
                        self.assign(item.optional_vars, value if isinstance(value, Unknown) else Unknown("with"))
                # It may swallow an exception: what follows may be reached.
                self.block(node.body)
            case ast.Match():
                self.value(node.subject)
                bodies: list[list[ast.stmt]] = []
                for case in node.cases:
                    self.forget(case.pattern)
                    bodies.append(case.body)
                return self.branches(None, [*bodies, []])
            case ast.Import() | ast.ImportFrom():
                self.imports(node)
            case ast.Global() | ast.Nonlocal():
                for name in node.names:
                    self.uncertain.add(name)
            case ast.Expr():
                self.value(node.value)
            case ast.Assert():
                self.value(node.test)
        return ""

    def step(self) -> None:
        self.steps += 1
        if self.steps > _STEPS:
            raise TooMuch

    def define(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for decorator in node.decorator_list:
            self.value(decorator)
        frames = [frame for frame in self.frames if not any(frame is each for each in self.class_frames)]
        function = _Function(node, frames, self.defaults(node.args))
        self.functions.append(function)
        # What a decorator makes of it is anybody's guess, but for those that leave its arguments alone.
        plain = all(_dotted(decorator) in ("staticmethod",) for decorator in node.decorator_list)
        self.frames[-1][node.name] = function if plain else Unknown(f"{node.name} is decorated")

    def defaults(self, parameters: ast.arguments) -> dict[str, Any]:
        positional = [*parameters.posonlyargs, *parameters.args]
        pairs = [*zip(reversed(positional), reversed(parameters.defaults), strict=False)]
        pairs += [
            (name, default)
            for name, default in zip(parameters.kwonlyargs, parameters.kw_defaults, strict=True)
            if default
        ]
        return {name.arg: self.value(default) for name, default in pairs}

    def define_class(self, node: ast.ClassDef) -> None:
        for part in [*node.bases, *(keyword.value for keyword in node.keywords), *node.decorator_list]:
            self.value(part)
        members: dict[str, Any] = {}
        self.frames.append(members)
        self.class_frames.append(members)
        self.block(node.body)
        self.frames.pop()
        self.frames[-1][node.name] = _Class(members)

    def imports(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            name = alias.asname or alias.name.partition(".")[0]
            if name == "*" and isinstance(node, ast.ImportFrom):
                self.open_names(f"{node.module or '.'} may give it another value")
                continue
            module = alias.name if isinstance(node, ast.Import) else f"{node.module or '.'}.{alias.name}"
            self.frames[-1][name] = _Module(module)

    def open_names(self, reason: str) -> None:
        """Every name may have another value from now on."""
        for frame in self.frames:
            for name, value in frame.items():
                if not isinstance(value, _Module):
                    self.spoil(value, reason)
                    frame[name] = Unknown(f"{name} is not known: {reason}")

    def open_around(self, holder: Any, node: ast.expr, reason: str) -> None:
        """``holder`` is changed: where it is not known which part of what ``node`` mentions that is, it may be any."""
        if isinstance(holder, Unknown) and not _possible(holder):
            for name in _names_in(node):
                self.spoil(self.name(name), reason)

    def elements(self, of: ast.expr, target: ast.expr, body: Sequence[ast.AST]) -> None:
        """What ``body`` does to ``target``, one of the elements of ``of``, it does to what ``of`` mentions."""
        if _changes(body, set(_names_in(target))):
            for name in _names_in(of):
                self.spoil(self.name(name), "a loop may change it")

    # Conditions: names are strong on each way and joined after it; a dict that was there before may have changed.

    def branches(self, test: ast.expr | None, bodies: Sequence[Sequence[ast.stmt]]) -> str:
        if test is not None:
            known = self.value(test)
            if isinstance(known, bool) and len(bodies) == 2:
                return self.block(bodies[0 if known else 1])
        before = self.names()
        going_on: list[list[dict[str, Any]]] = []
        ended: list[str] = []
        for body in bodies:
            self.restore(before)
            if end := self.conditionally(body):
                ended.append(end)
            else:
                going_on.append(self.names())
        if not going_on:
            self.restore(before)
            return _LEFT if _LEFT in ended else _RAISED
        self.restore(going_on[0])
        for names in going_on[1:]:
            self.join(names)
        if _LEFT in ended:
            # What is done from here on is not done on the way that left.
            self.conditions = (*self.conditions, self.new_condition())
        return ""

    def names(self) -> list[dict[str, Any]]:
        return [dict(frame) for frame in self.frames]

    def new_condition(self) -> int:
        self.next_condition += 1
        return self.next_condition

    @contextmanager
    def condition(self) -> Iterator[None]:
        """What happens in the block may happen or not."""
        outside = self.conditions
        self.conditions = (*outside, self.new_condition())
        try:
            yield
        finally:
            self.conditions = outside

    def conditionally(self, body: Sequence[ast.stmt]) -> str:
        with self.condition():
            return self.block(body)

    def restore(self, frames: Sequence[Mapping[str, Any]]) -> None:
        for frame, kept in zip(self.frames, frames, strict=True):
            frame.clear()
            frame.update(kept)

    def join(self, others: Sequence[Mapping[str, Any]]) -> None:
        """Take into account that each name may also have the value that it has in ``others``."""
        for frame, other in zip(self.frames, others, strict=True):
            for name, value in other.items():
                # A name that only one way gives: on the other it would be an error to use it.
                frame[name] = self.either(frame[name], value) if name in frame else value

    def loop(self, body: Sequence[ast.stmt], target: ast.expr | None) -> None:
        self.silent += 1
        for _ in range(_PASSES):
            before = self.names()
            self.round(body, target)
            self.join(before)
            if all(_same(frame, kept) for frame, kept in zip(self.frames, before, strict=True)):
                break
        else:
            for statement in body:
                self.forget(statement)
        self.silent -= 1
        before = self.names()
        self.round(body, target)
        self.join(before)

    def round(self, body: Sequence[ast.stmt], target: ast.expr | None) -> None:
        before = self.names()
        with self.condition():
            if target is not None:
                self.assign(target, Unknown("the loop gives several values"))
            self.block(body)
        if any(isinstance(node, (ast.Break, ast.Continue)) for statement in body for node in ast.walk(statement)):
            # Whoever leaves early leaves the names as they are there.
            for statement in body:
                self.forget(statement, only_assigned=True)
            self.join(before)

    def attempt(self, node: ast.Try | ast.TryStar) -> str:
        before = self.names()
        end = self.conditionally(node.body) or self.block(node.orelse)
        going_on = [] if end else [self.names()]
        self.join(before)
        broken = self.names()
        stored = [each.id for part in node.body for each in ast.walk(part) if _is_stored_name(each)]
        for name in {name for name in stored if stored.count(name) > 1}:
            # It may break off between the two.
            broken[-1][name] = Unknown(f"{name} has several values")
        ends = [end] if end else []
        for handler in node.handlers:
            self.restore(broken)
            if handler.type:
                self.value(handler.type)
            if handler.name:
                self.frames[-1][handler.name] = Unknown("an exception")
            if end := self.conditionally(handler.body):
                ends.append(end)
            else:
                going_on.append(self.names())
        self.restore(going_on[0] if going_on else broken)
        for names in going_on[1:]:
            self.join(names)
        if _LEFT in ends:
            self.conditions = (*self.conditions, self.new_condition())
        return self.block(node.finalbody) or ("" if going_on else _LEFT)

    def forget(self, node: ast.AST, *, only_assigned: bool = False) -> None:
        """Every name that ``node`` mentions (or: gives a value to) is unknown, and so is what it stood for."""
        for inner in ast.walk(node):
            name = (
                inner.id if isinstance(inner, ast.Name) else getattr(inner, "name", None) or getattr(inner, "rest", 0)
            )
            if not isinstance(name, str) or (only_assigned and isinstance(getattr(inner, "ctx", None), ast.Load)):
                continue
            value = self.name(name)
            if not isinstance(value, (_Function, _Module, _Class)):
                if not only_assigned:
                    self.spoil(value, "a loop may change it")
                self.frames[-1][name] = Unknown(f"{name} has several values")

    # Assignments

    def assign(self, target: ast.expr, value: Any) -> None:
        match target:
            case ast.Name():
                self.set_name(target.id, value)
            case ast.Subscript():
                holder = self.value(target.value)
                self.open_around(holder, target.value, "an element of it is changed")
                self.set_item(holder, self.value(target.slice), value, target.lineno)
            case ast.Attribute():
                self.value(target.value)
            case ast.Starred():
                self.assign(target.value, Unknown("the rest of several values"))
            case ast.Tuple() | ast.List():
                plain = isinstance(value, list) and len(value) == len(target.elts)
                plain = plain and not any(isinstance(each, ast.Starred) for each in target.elts)
                for at, each in enumerate(target.elts):
                    self.assign(each, value[at] if plain else Unknown("one of several values"))

    def set_name(self, name: str, value: Any) -> None:
        if isinstance(value, Unknown) and value.reason in _VAGUE:
            value = Unknown(f"{name} is not known", value.parts, value.nullable, value.json)
        if name in self.uncertain and len(self.frames) > 1:
            for frame in self.frames[:-1]:
                if name in frame:
                    frame[name] = self.either(frame[name], value)
        self.frames[-1][name] = value

    def assign_augmented(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            old = self.name(node.target.id)
        elif isinstance(node.target, ast.Subscript):
            old = self.item(self.value(node.target.value), self.value(node.target.slice))
        else:
            old = Unknown("an attribute")
        new = self.value(node.value)
        if isinstance(node.op, ast.BitOr) and isinstance(old, _Dict):
            self.update(old, new)
        elif isinstance(node.op, ast.Add) and isinstance(old, _List):
            self.extend(old, new)
        else:
            self.assign(node.target, self.operate(node.op, old, new))

    def delete(self, target: ast.expr) -> None:
        if isinstance(target, ast.Subscript):
            self.remove(self.value(target.value), self.value(target.slice))
        elif isinstance(target, ast.Name):
            self.frames[-1].pop(target.id, None)

    def surely(self, holder: _Dict | _List) -> bool:
        """Whether what is done now is done whenever ``holder`` exists."""
        return self.conditions[-1] in holder.made_in

    def set_item(self, holder: Any, key: Any, value: Any, line: int) -> None:
        if isinstance(holder, Unknown):
            with self.condition():
                for each in _possible(holder):
                    self.set_item(each, key, value, line)
        elif isinstance(holder, _Dict):
            self.touch(holder)
            if isinstance(key, Unknown):
                holder.open = holder.open or f"a key is not known: {key.reason}"
                for known in list(holder):
                    holder[known] = self.either(holder[known], value)
                return
            name = key if isinstance(key, str) else str(_plain_key(key))
            if self.surely(holder):
                holder[name] = value
            else:
                holder[name] = self.either(holder[name], value) if name in holder else _maybe(value)
            holder.lines[name] = self.line_of(line) if line else holder.lines.get(name, 0)
        elif isinstance(holder, _List):
            self.touch(holder)
            if isinstance(key, int) and -len(holder) <= key < len(holder):
                holder[key] = value if self.surely(holder) else self.either(holder[key], value)
            else:
                self.spoil(holder, "an element is replaced")

    def touch(self, holder: _Dict | _List) -> None:
        """``holder`` is changed: it may be any of those that it was joined from."""
        for source in holder.joined_from:
            self.spoil(source, "it may have been changed under another name")
        holder.joined_from = ()

    def remove(self, holder: Any, key: Any) -> None:
        if isinstance(holder, _Dict):
            self.touch(holder)
            if isinstance(key, str) and self.surely(holder):
                holder.pop(key, None)
            elif isinstance(key, str) and key in holder:
                holder[key] = _maybe(holder[key])
            else:
                self.spoil(holder, "a key is removed")
        elif isinstance(holder, (Unknown, _List)):
            self.spoil(holder, "a part is removed")

    def update(self, holder: _Dict, new: Any) -> None:
        if isinstance(new, _Dict):
            if new.open:
                self.spoil(holder, new.open)
            for key, value in new.items():
                self.set_item(holder, key, value, 0)
                holder.lines[key] = new.lines.get(key, 0)
        else:
            reason = new.reason if isinstance(new, Unknown) else "it is updated with something strange"
            self.spoil(holder, reason)

    def extend(self, holder: _List, new: Any) -> None:
        self.touch(holder)
        if isinstance(new, _List) and self.surely(holder):
            holder.extend(new)
        else:
            holder.append(_maybe(new) if isinstance(new, Unknown) else Unknown("the list may be longer"))

    def spoil(self, value: Any, reason: str, seen: tuple[int, ...] = ()) -> None:
        """Anything in ``value`` may have another value from now on."""
        if id(value) in seen:
            return
        seen = (*seen, id(value))
        if isinstance(value, Unknown):
            for each in _possible(value):
                self.spoil(each, reason, seen)
        elif isinstance(value, _Dict):
            self.touch(value)
            value.open = value.open or reason
            for key, item in list(value.items()):
                self.spoil(item, reason, seen)
                if not isinstance(item, (_Dict, _List)):
                    value[key] = Unknown(f"{key} may have been changed: {reason}")
        elif isinstance(value, _List):
            self.touch(value)
            for item in value:
                self.spoil(item, reason, seen)
            value.append(Unknown(f"the list may have been changed: {reason}"))

    def either(self, left: Any, right: Any) -> Any:
        """A value that is ``left`` or ``right``."""
        if left is right or (_same(left, right) and not isinstance(left, (dict, list))):
            return left
        if isinstance(left, _List) and isinstance(right, _List) and _same(left, right):
            copied = self._copied_list(left)
            copied.joined_from = (left, right)
            return copied
        if isinstance(left, _Dict) and isinstance(right, _Dict):
            made = self.table()
            made.open = left.open or right.open
            made.joined_from = (left, right)
            for key in [*left, *(key for key in right if key not in left)]:
                if key in left and key in right:
                    made[key] = self.either(left[key], right[key])
                else:
                    made[key] = _maybe(left[key] if key in left else right[key])
            made.lines = right.lines | left.lines
            return made
        options = [*_options(left), *_options(right)]
        kept: list[Any] = []
        for option in options:
            if not any(_same(option, each) for each in kept):
                kept.append(option)
        if len(kept) == 1:
            return kept[0]
        reason = "it may have several values"
        nullable = any(each is None or (isinstance(each, Unknown) and each.nullable) for each in kept)
        whole = len(kept) <= _MOST_OPTIONS
        return Unknown(reason, nullable=nullable, options=tuple(kept) if whole else ())

    # Expressions

    def value(self, node: ast.expr) -> Any:
        self.step()
        match node:
            case ast.Constant():
                if isinstance(node.value, (bytes, complex)) or node.value is ...:
                    return Unknown("a constant that no request holds")
                return node.value
            case ast.Name():
                return self.name(node.id)
            case ast.JoinedStr():
                return self.noted(node, joined([piece for part in node.values for piece in self.formatted(part)]))
            case ast.Dict():
                return self.dict_of(node)
            case ast.List() | ast.Tuple() | ast.Set():
                return self.list_of(node.elts)
            case ast.BinOp():
                return self.noted(node, self.operate(node.op, self.value(node.left), self.value(node.right)))
            case ast.BoolOp():
                return self.bool_of(node)
            case ast.IfExp():
                test = self.value(node.test)
                if isinstance(test, bool):
                    return self.value(node.body if test else node.orelse)
                return self.either(self.value(node.body), self.value(node.orelse))
            case ast.NamedExpr():
                value = self.value(node.value)
                self.assign(node.target, value)
                return value
            case ast.Subscript():
                return self.item(self.value(node.value), self.value(node.slice))
            case ast.Attribute():
                return self.attribute(node, self.value(node.value))
            case ast.Call():
                value = self.call_of(node)
                # A text's method puts it together; another function has done so elsewhere.
                return self.noted(node, value) if isinstance(node.func, ast.Attribute) else value
            case ast.Await():
                return self.value(node.value)
            case ast.Lambda():
                return self.apart(node.body, [each.arg for each in ast.walk(node.args) if isinstance(each, ast.arg)])
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                return self.comprehension(node)
            case ast.Compare():
                return self.compare(node)
            case ast.UnaryOp(op=ast.USub()):
                operand = self.value(node.operand)
                return -operand if isinstance(operand, (int, float)) else Unknown("a number")
            case ast.UnaryOp(op=ast.Not()):
                operand = self.value(node.operand)
                return (
                    not operand if isinstance(operand, (bool, str, int)) or operand is None else Unknown("a condition")
                )
        for inner in ast.iter_child_nodes(node):
            if isinstance(inner, ast.expr):
                self.value(inner)
        return Unknown("an expression")

    def noted(self, node: ast.expr, value: Any) -> Any:
        """``value``, which is kept where it may name a workteam."""
        text = value if isinstance(value, str) else value.text if isinstance(value, Unknown) else ""
        if "workteam/" in text:
            values = self.assembled.setdefault(id(node), [])
            if len(values) < _MOST_OPTIONS and not any(_same(value, each) for each in values):
                values.append(value)
        return value

    def name(self, name: str) -> Any:
        for frame in reversed(self.frames):
            if name in frame:
                return frame[name]
        return Unknown(f"{name} is not known", (Hole(name),))

    def formatted(self, part: ast.expr) -> list[Any]:
        if isinstance(part, ast.FormattedValue):
            value = self.value(part.value)
            if part.format_spec or part.conversion not in (-1, ord("s")):
                return [value] if isinstance(value, str) and not part.format_spec else [Unknown("a formatted value")]
            return pieces_of(value)
        return [self.value(part)]

    def table(self) -> _Dict:
        made = _Dict()
        made.made_in, made.joined_from = self.conditions, ()
        return made

    def list_of(self, elements: Sequence[ast.expr]) -> _List:
        made = _List()
        made.made_in, made.joined_from = self.conditions, ()
        for each in elements:
            if isinstance(each, ast.Starred):
                self.extend(made, self.value(each.value))
            else:
                made.append(self.value(each))
        return made

    def dict_of(self, node: ast.Dict) -> _Dict:
        made = self.table()
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                self.update(made, self.value(value))
            else:
                self.set_item(made, self.value(key), self.value(value), key.lineno)
        return made

    def bool_of(self, node: ast.BoolOp) -> Any:
        values = [self.value(each) for each in node.values]
        result = values[0]
        for value in values[1:]:
            if isinstance(result, (str, int, float)) or result is None:
                keep = bool(result) if isinstance(node.op, ast.Or) else not result
                result = result if keep else value
            else:
                result = self.either(result, value)
        return result

    def compare(self, node: ast.Compare) -> Any:
        left, rights = self.value(node.left), [self.value(each) for each in node.comparators]
        plain = (str, int, float, bool, type(None))
        if len(rights) == 1 and isinstance(left, plain) and isinstance(rights[0], plain):
            match node.ops[0]:
                case ast.Eq():
                    return left == rights[0]
                case ast.NotEq():
                    return left != rights[0]
                case ast.Is():
                    return left is None and rights[0] is None if None in (left, rights[0]) else Unknown("a condition")
        return Unknown("a condition")

    def comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> Any:
        with self.inner_frame():
            for generator in node.generators:
                self.value(generator.iter)
                self.elements(generator.iter, generator.target, [node])
                self.assign(generator.target, Unknown("one of several values"))
                for condition in generator.ifs:
                    self.value(condition)
            for part in (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,):
                self.value(part)
        for each in ast.walk(node):
            if isinstance(each, ast.NamedExpr):
                self.forget(each.target, only_assigned=True)
        return Unknown("a comprehension")

    def apart(self, body: ast.expr, names: Sequence[str]) -> Any:
        with self.inner_frame():
            self.frames[-1].update({name: Unknown(f"{name} is a parameter") for name in names})
            self.value(body)
        return Unknown("a function")

    @contextmanager
    def inner_frame(self) -> Iterator[None]:
        self.frames.append({})
        with self.condition():
            yield
        self.frames.pop()

    def operate(self, operator: ast.operator, left: Any, right: Any) -> Any:
        match operator:
            case ast.Add():
                if isinstance(left, _List) and isinstance(right, _List):
                    made = self.list_of(())
                    made += [*left, *right]
                    return made
                if isinstance(left, str) or isinstance(right, str) or _is_text(left) or _is_text(right):
                    return joined([*pieces_of(left), *pieces_of(right)])
                if isinstance(left, (int, float)) and isinstance(right, (int, float)):
                    return left + right
            case ast.Mult():
                if isinstance(left, (int, float)) and isinstance(right, (int, float)) and abs(left * right) < 1 << 60:
                    return left * right
            case ast.BitOr():
                if isinstance(left, _Dict):
                    made_dict = self.copy(left)
                    self.update(made_dict, right)
                    return made_dict
            case ast.Mod() if isinstance(left, str):
                return self.percent(left, right)
            case ast.Div() if isinstance(right, str):
                return joined([*pieces_of(left), "/", right])
        return Unknown("an expression")

    def percent(self, template: str, values: Any) -> Any:
        given = list(values) if isinstance(values, _List) else [values]
        pieces: list[Any] = []
        at = 0
        for match in re.finditer(r"%(?:\((\w+)\))?([a-zA-Z%]|[^a-zA-Z%]+[a-zA-Z])", template):
            pieces.append(template[at : match.start()])
            at = match.end()
            if match[2] == "%":
                pieces.append("%")
                continue
            value = self.item(values, match[1]) if match[1] else given.pop(0) if given else Unknown("too few values")
            pieces += pieces_of(value) if match[2] in "sd" else [Unknown("a formatted value")]
        return joined([*pieces, template[at:]])

    def format(self, template: str, positional: Sequence[Any], named: Mapping[str, Any]) -> Any:
        pieces: list[Any] = []
        count = 0
        try:
            for literal, field, spec, conversion in string.Formatter().parse(template):
                pieces.append(literal)
                if field is None:
                    continue
                field = field or str(count)
                count += 1
                value: Any = Unknown(f"{{{field}}} is not known")
                if field.isdigit() and int(field) < len(positional):
                    value = positional[int(field)]
                elif field in named:
                    value = named[field]
                pieces += [Unknown("a formatted value")] if spec or conversion else pieces_of(value)
        except ValueError:
            return Unknown("a format that cannot be read")
        return joined(pieces)

    def item(self, holder: Any, key: Any) -> Any:
        if isinstance(holder, _Dict):
            if isinstance(key, str) and key in holder:
                return holder[key]
            return Unknown(holder.open or f"there is no {key}" if isinstance(key, str) else "the key is not known")
        if isinstance(holder, list):
            if isinstance(key, int) and -len(holder) <= key < len(holder):
                return holder[key]
            return Unknown("an element")
        if isinstance(holder, str) and isinstance(key, int) and -len(holder) <= key < len(holder):
            return holder[key]
        if isinstance(holder, Unknown):
            if holder.symbol and holder.symbol in self.made_addresses() and isinstance(key, str):
                # What the call gives back about the team that it made.
                return Unknown(
                    holder.reason, (Hole(f"{holder.symbol}.{'arn' if key.endswith('Arn') else key}"),), False
                )
            return Unknown(holder.reason if not holder.options else "one of several values")
        return Unknown("an element")

    def made_addresses(self) -> set[str]:
        return {made.symbol for made in self.made.values()}

    def attribute(self, node: ast.Attribute, holder: Any) -> Any:
        if isinstance(holder, _Module):
            if holder.name == "sys" and node.attr == "modules":
                self.open_names("the program looks itself up in sys.modules")
            # What is imported may be a client.
            return _Api(METHODS[node.attr]) if node.attr in METHODS else _Module(f"{holder.name}.{node.attr}")
        if isinstance(holder, _Class) and node.attr in holder.members and not self.is_stored(node.attr):
            return holder.members[node.attr]
        dotted = _dotted(node)
        if dotted.startswith(("self.", "cls.")) and not self.is_stored(node.attr):
            for frame in reversed(self.frames):
                for value in frame.values():
                    if isinstance(value, _Class) and node.attr in value.members and self._runs_in(value):
                        return value.members[node.attr]
        if node.attr in METHODS and not isinstance(holder, _Class):
            return _Api(METHODS[node.attr])
        return Unknown(f"{dotted or node.attr} is not known")

    def is_stored(self, name: str) -> bool:
        """Whether the program gives some attribute of this name a value."""
        return self.stored_any or name in self.stored

    def _runs_in(self, class_: _Class) -> bool:
        return any(member is function for member in class_.members.values() for function in self.running)

    # Calls

    def call_of(self, node: ast.Call) -> Any:
        holder = self.value(node.func.value) if isinstance(node.func, ast.Attribute) else None
        function = self.attribute(node.func, holder) if isinstance(node.func, ast.Attribute) else self.value(node.func)
        named = self.table()
        positional = self.list_of(())
        for argument in node.args:
            value = self.value(argument.value if isinstance(argument, ast.Starred) else argument)
            if not isinstance(argument, ast.Starred):
                positional.append(value)
            elif isinstance(value, _List):
                positional += value
            else:
                # From here on nobody knows which parameter an argument is for.
                named.open = "how many arguments there are is not known"
                break
        for keyword in node.keywords:
            value = self.value(keyword.value)
            if keyword.arg is not None:
                self.set_item(named, keyword.arg, value, keyword.value.lineno)
            elif isinstance(value, _Dict):
                # Whatever it holds besides is no argument that is given already: that would be an error.
                named.open = named.open or value.open
                for name, item in value.items():
                    self.set_item(named, name, item, 0)
                    named.lines[name] = value.lines.get(name, 0)
            else:
                named.open = value.reason if isinstance(value, Unknown) else "the arguments are not known"
        if isinstance(function, _Module) and function.name == "operator.methodcaller":
            api = self.looked_up(None, positional[0]) if positional else None
            if api:
                self.request(node, api, positional[1:], named)
        if isinstance(function, _Api):
            return self.request(node, function, positional, named)
        for each in [*positional, *named.values()]:
            if isinstance(each, _Api) and not each.vague:
                self.record(node, each.operation, Table(open_="another function calls it, with arguments of its own"))
            self.command(node, each)
        if isinstance(function, _Function):
            names = [each.arg for each in function.node.args.args[:1]]
            if names in (["self"], ["cls"]) and _dotted(node.func).startswith(("self.", "cls.")):
                positional.insert(0, self.name(names[0]))
            return self.call(function, positional, named, f"line {node.lineno} does not give it", line=node.lineno)
        if isinstance(node.func, ast.Attribute):
            return self.method(node, function, holder, positional, named)
        return self.builtin(node, function, positional, named)

    def request(self, node: ast.Call, api: _Api, positional: Sequence[Any], named: _Dict) -> Any:
        operation: str | None = api.operation
        members = {snake(api.operation)} | {snake(name) for name in named}
        if api.vague:
            operation = operation_of(named)
        elif not (named.open or _speaks(members, api.operation)):
            operation = None
        made: Any = Unknown("what a function gives back is not known")
        if operation and not positional:
            given = self.copy(named)
            given.open = named.open or api.open
            made = self.record(node, operation, given)
            if not api.open:
                return made
        # boto3 takes keyword arguments with the API's names: this is, or may be, a function of somebody else's.
        for value in [*positional, *named.values()]:
            self.spoil(value, f"{_dotted(node.func) or 'a function'}() may change it")
        return made

    def looked_up(self, holder: Any, name: Any) -> _Api | None:
        """The operation that getattr(holder, name) may be; None where it surely is none, or nothing tells of one."""
        if not isinstance(name, Unknown):
            return _Api(METHODS[name]) if _is_one_of(name, METHODS) else None
        if isinstance(holder, _Client) and holder.service != "sagemaker":
            return None
        operation = _may_be_one_of(name, METHODS)
        # Where nothing at all is known of either, it is a call like any other of what is not known.
        vague = not isinstance(holder, _Client) and not any(isinstance(part, str) for part in name.parts)
        reason = f"which operation it is is not known: {name.reason}"
        return _Api(METHODS[operation], reason, vague) if operation else None

    def record(self, node: ast.Call, operation: str, request: Mapping[str, Any]) -> Any:
        place = (node.lineno, node.col_offset, operation, *self.callers)
        if self.silent:
            return self.made.get(place, Unknown("what a call gives back is not known"))
        location = Location(self.found.file, self.line_of(node.lineno), self.line_of(node.end_lineno or node.lineno))
        settled = cast(Mapping[str, Any], _settled(request))
        # A function with several callers may ask for the same each time.
        before = self.recorded.setdefault(place[:3], [])
        for other, made in before:
            if _same(other, settled):
                return self.made.setdefault(place, made)
        resource = self.found.add(operation, settled, location)
        self.made[place] = Unknown(f"{resource.address} is made later", (Hole(resource.address),), nullable=False)
        before.append((settled, self.made[place]))
        if not operation.startswith("Create"):
            return Unknown("what a call gives back is not known")
        return self.made[place]

    def command(self, node: ast.Call, value: Any) -> None:
        """A command line of the AWS CLI, given as a list of words."""
        if isinstance(value, list):
            for operation, words in tokens(value):
                if (request := arguments([_settled(word) for word in words])) is not None:
                    self.record(node, operation, request)

    def call(
        self,
        function: _Function,
        positional: Sequence[Any],
        named: Mapping[str, Any],
        reason: str,
        *,
        line: int = 0,
        entered: bool = True,
    ) -> Any:
        if function in self.running or len(self.running) >= _DEPTH:
            for value in [*positional, *named.values()]:
                self.spoil(value, "a function calls itself")
            return Unknown("what a function gives back is not known")
        if entered:
            self.entered.add(id(function.node))
        frame = self.arguments(function, positional, named, reason)
        outside, returned, callers, conditions = self.frames, self.returned, self.callers, self.conditions
        self.frames, self.returned = [*function.frames, frame], []
        self.callers = [*callers, line]
        self.running.append(function)
        try:
            ended = self.block(function.node.body)
            results = self.returned if ended else [*self.returned, None]
        finally:
            self.frames, self.returned, self.callers, self.conditions = outside, returned, callers, conditions
            self.running.pop()
        result = results[0] if results else Unknown("the function gives nothing back")
        for other in results[1:]:
            result = self.either(result, other)
        is_generator = any(isinstance(each, (ast.Yield, ast.YieldFrom)) for each in ast.walk(function.node))
        return Unknown("a generator") if is_generator else result

    def arguments(
        self, function: _Function, positional: Sequence[Any], named: Mapping[str, Any], reason: str
    ) -> dict[str, Any]:
        parameters = function.node.args
        names = [each.arg for each in [*parameters.posonlyargs, *parameters.args]]
        elsewhere = function not in self.running and reason == "its callers are elsewhere"
        given = dict(zip(names, positional, strict=False))
        given.update({name: value for name, value in named.items() if name in names or name in _only(parameters)})
        frame: dict[str, Any] = {}
        hidden = named.open if isinstance(named, Table) else ""
        for name in [*names, *_only(parameters)]:
            if name in given:
                frame[name] = given[name]
            elif name in function.defaults and not elsewhere and not hidden:
                frame[name] = function.defaults[name]
            else:
                why = hidden or reason
                frame[name] = Unknown(f"{name} is a parameter of {function.node.name}: {why}", (Hole(""),))
        if parameters.vararg:
            frame[parameters.vararg.arg] = Unknown("the rest of the arguments")
        if parameters.kwarg:
            rest = self.table()
            rest.open = hidden or (reason if elsewhere else "")
            for name, value in named.items():
                if name not in frame:
                    rest[name] = value
            frame[parameters.kwarg.arg] = rest
        return frame

    def method(self, node: ast.Call, function: Any, holder: Any, positional: Sequence[Any], named: _Dict) -> Any:
        func = cast(ast.Attribute, node.func)
        name = func.attr
        if isinstance(holder, str):
            return self.method_of_text(holder, name, positional, named)
        if isinstance(holder, Unknown) and name == "format":
            return Unknown("a text that is formatted")
        if isinstance(holder, _Dict):
            return self.method_of_dict(holder, name, positional, named)
        if isinstance(holder, _List):
            if name == "append" and positional:
                self.touch(holder)
                holder.append(positional[0] if self.surely(holder) else _maybe(positional[0]))
            elif name == "extend" and positional:
                self.extend(holder, positional[0])
            elif name not in ("copy", "index", "count"):
                self.spoil(holder, f"{name}() changes it")
            return None if name in ("append", "extend") else Unknown("a list's method")
        dotted = function.name if isinstance(function, _Module) else ""
        match dotted:
            case "json.dumps" if positional:
                return self.dumped(positional[0])
            case "json.loads" if positional:
                return self.loaded(positional[0])
            case "copy.copy" | "copy.deepcopy" if positional:
                return self.deep_copy(positional[0])
            case "os.getenv" | "os.environ.get":
                return Unknown(f"the environment's {positional[0] if positional else '?'} is not known")
        if name in _RUNS_ANOTHER or (dotted.startswith("builtins.") and name in _RUNS_TEXT):
            self.open_names(f"{name}() may give it another value")
        if (
            name == "_make_api_call"
            and len(positional) == 2
            and (operation := _may_be_one_of(positional[0], OPERATIONS))
        ):
            if isinstance(positional[1], _Dict):
                return self.record(node, operation, positional[1])
            return self.record(node, operation, Table(open_="its parameters are not known"))
        if (
            name in ("__getattribute__", "__getattr__")
            and positional
            and (api := self.looked_up(holder, positional[-1]))
        ):
            return api
        if name in code_events.REGISTER:
            event = positional[0] if positional else named.get("event_name")
            on_events = ".events." in f".{_dotted(func)}"
            self.handlers |= dict.fromkeys(code_events.concerned(event, on_events), node.lineno)
        if name == "client" and positional and isinstance(positional[0], str):
            return _Client(positional[0])
        if self.is_shape(func, dotted) and not positional:
            return named
        module = dotted.partition(".")[0]
        if name in _CHANGES or not _ASKS.match(name):
            self.open_around(holder, func.value, f"{name}() may change a part of it")
        if (module not in _HARMLESS_MODULES) if module else not _ASKS.match(name):
            for value in [*positional, *named.values()]:
                self.spoil(value, f"{_dotted(func) or name}() may change it")
        return Unknown(f"what {_dotted(func) or name}() gives back is not known")

    def is_shape(self, func: ast.expr, dotted: str) -> bool:
        """Whether a class of sagemaker_core's shapes is called: its arguments are the members."""
        return (
            dotted.startswith(("sagemaker_core.", "sagemaker.core.")) and snake(dotted.rpartition(".")[2]) in STRUCTURES
        )

    def method_of_text(self, text: str, name: str, positional: Sequence[Any], named: _Dict) -> Any:
        if name == "format":
            return self.format(text, positional, named) if not named.open else Unknown("a text that is formatted")
        if name == "join" and positional and isinstance(positional[0], list):
            pieces: list[Any] = []
            for at, each in enumerate(positional[0]):
                pieces += [text] if at else []
                pieces += pieces_of(each)
            return joined(pieces)
        if name in _TEXT_METHODS and not named and all(isinstance(each, (str, int)) for each in positional):
            try:
                return getattr(text, name)(*positional)
            except (TypeError, ValueError):
                return Unknown("a text's method")
        return Unknown("a text's method")

    def method_of_dict(self, holder: _Dict, name: str, positional: Sequence[Any], named: _Dict) -> Any:
        first = positional[0] if positional else None
        match name:
            case "update":
                if positional:
                    self.update(holder, first)
                if named or named.open:
                    self.update(holder, named)
                return None
            case "copy":
                return self.copy(holder)
            case "get" if isinstance(first, str):
                if first in holder:
                    return holder[first]
                if holder.open:
                    return Unknown(holder.open)
                return positional[1] if len(positional) > 1 else None
            case "setdefault" if isinstance(first, str):
                if first not in holder:
                    value = positional[1] if len(positional) > 1 else None
                    self.set_item(holder, first, Unknown(holder.open) if holder.open else value, 0)
                return holder[first]
            case "pop" if isinstance(first, str):
                value = holder.get(first, Unknown("a key that is not there"))
                self.remove(holder, first)
                return value
            case "items" | "keys" | "values":
                return Unknown("a dict's parts")
        self.spoil(holder, f"{name}() changes it")
        return Unknown("a dict's method")

    def builtin(self, node: ast.Call, function: Any, positional: Sequence[Any], named: _Dict) -> Any:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        own = not isinstance(function, Unknown)
        if not own and (name in _RUNS_TEXT or (name in ("vars", "locals") and not node.args and not self.running)):
            self.open_names(f"{name}() may give it another value")
        if not own and name == "dict":
            made = self.table()
            for each in positional:
                self.update(made, self._pairs(each))
            self.update(made, named)
            return made
        if not own and name in ("list", "tuple") and positional and isinstance(positional[0], _List):
            return self.list_of(()) if not positional[0] else self._copied_list(positional[0])
        if not own and name == "str" and len(positional) == 1:
            return joined(pieces_of(positional[0]))
        if not own and name == "getattr" and len(positional) > 1:
            its_own = isinstance(node.args[0], ast.Name) and node.args[0].id in ("self", "cls")
            if api := None if its_own else self.looked_up(positional[0], positional[1]):
                return api
        if isinstance(function, _Module):
            if function.name == "copy.deepcopy" and positional:
                return self.deep_copy(positional[0])
            if function.name in ("json.dumps", "json.loads") and positional:
                return self.dumped(positional[0]) if function.name == "json.dumps" else self.loaded(positional[0])
            if self.is_shape(node.func, function.name) and not positional:
                return named
        harmless = name in _HARMLESS and not own
        if isinstance(function, _Module) and function.name.partition(".")[0] in _HARMLESS_MODULES:
            harmless = True
        if not harmless:
            for value in [*positional, *named.values()]:
                self.spoil(value, f"{name or 'a function'}() may change it")
        return Unknown(f"what {name or 'a function'}() gives back is not known")

    def _pairs(self, value: Any) -> Any:
        if not isinstance(value, _List):
            return value
        made = self.table()
        for pair in value:
            if not (isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str)):
                return Unknown("not every pair is known")
            made[pair[0]] = pair[1]
        return made

    def _copied_list(self, value: _List) -> _List:
        made = self.list_of(())
        made += list(value)
        return made

    def copy(self, value: _Dict) -> _Dict:
        made = self.table()
        made.update(value)
        made.lines, made.open = dict(value.lines), value.open
        return made

    def deep_copy(self, value: Any, depth: int = 0) -> Any:
        if depth > 50:
            return Unknown("it is nested too deeply")
        if isinstance(value, _Dict):
            made = self.copy(value)
            for key, item in value.items():
                made[key] = self.deep_copy(item, depth + 1)
            return made
        if isinstance(value, _List):
            copied = self.list_of(())
            copied += [self.deep_copy(item, depth + 1) for item in value]
            return copied
        return value

    def dumped(self, value: Any) -> Any:
        if not isinstance(value, (dict, list)):
            return Unknown("JSON of something unknown")
        settled = _settled(value)
        try:
            return json.dumps(settled)
        except (TypeError, ValueError):
            return Unknown("the JSON has parts that are not known", nullable=False, json=settled)

    def loaded(self, value: Any) -> Any:
        try:
            return self._owned(parsed_json(value)) if isinstance(value, (str, Unknown)) else Unknown("JSON")
        except (ValueError, RecursionError):
            return Unknown("JSON that cannot be read")

    def _owned(self, value: Any) -> Any:
        if isinstance(value, dict):
            made = self.table()
            made.update({key: self._owned(item) for key, item in value.items()})
            made.open = value.open if isinstance(value, Table) else ""
            return made
        if isinstance(value, list):
            owned = self.list_of(())
            owned += [self._owned(item) for item in value]
            return owned
        return value


def _is_stored_name(node: ast.AST) -> TypeGuard[ast.Name]:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)


def _names_in(node: ast.AST) -> list[str]:
    return [each.id for each in ast.walk(node) if isinstance(each, ast.Name)]


def _set_by_name(node: ast.AST) -> str | None:
    """The attribute that a setattr() sets, "" where that may be any; None for all else."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "setattr"):
        return None
    name = node.args[1] if len(node.args) > 1 else None
    return str(name.value) if isinstance(name, ast.Constant) else ""


def _changes(body: Sequence[ast.AST], names: set[str]) -> bool:
    """Whether ``body`` may change what the names stand for, and not only what they are."""
    return any(_change(node, names) for part in body for node in ast.walk(part))


def _change(node: ast.AST, names: set[str]) -> bool:
    match node:
        case ast.Subscript(ctx=ast.Store() | ast.Del()) | ast.AugAssign(target=ast.Name()):
            return bool(names & {_root(node.target if isinstance(node, ast.AugAssign) else node)})
        case ast.Assign() | ast.AnnAssign() | ast.NamedExpr() if isinstance(node.value, (ast.Name, ast.Subscript)):
            return _root(node.value) in names
        case ast.Call(func=ast.Attribute(attr=name)) if name in _CHANGES or not _ASKS.match(name):
            kept = name in ("items", "keys", "values", "copy", "format") or name in _TEXT_METHODS
            return (_root(node.func) in names and not kept) or bool(names & {_root(each) for each in node.args})
        case ast.Call(func=ast.Name(id=name)) if name not in _HARMLESS:
            return bool(names & {_root(each) for each in [*node.args, *(each.value for each in node.keywords)]})
    return False


def _root(node: ast.AST) -> str:
    """The name ``a`` of ``a["b"].c``."""
    while isinstance(node, (ast.Subscript, ast.Attribute)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _is_one_of(value: Any, names: Container[str]) -> bool:
    return isinstance(value, str) and value in names


def _may_be_one_of(value: Any, names: Iterable[str]) -> str | None:
    """The first of ``names`` that ``value`` is, or may be."""
    if not isinstance(value, (str, Unknown)):
        return None
    return next((name for name in names if may_equal(value, name) is not False), None)


def _dotted(node: ast.AST) -> str:
    """``a.b.c`` as text; "" for what is no such name."""
    names = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return ".".join(reversed([*names, node.id])) if isinstance(node, ast.Name) else ""


def _only(parameters: ast.arguments) -> list[str]:
    return [each.arg for each in parameters.kwonlyargs]


def _speaks(members: set[str], operation: str) -> bool:
    return bool(members & set(members_of(operation)))


def _plain_key(key: Any) -> Any:
    return key if isinstance(key, (str, int, float, bool)) or key is None else "?"


def _is_text(value: Any) -> bool:
    return isinstance(value, Unknown) and any(isinstance(part, str) for part in value.parts)


def _maybe(value: Any) -> Any:
    if isinstance(value, Unknown):
        return Unknown(value.reason, options=value.options)
    return Unknown("whether it is there is open", maybe=value)


def _options(value: Any) -> list[Any]:
    return list(value.options) if isinstance(value, Unknown) and value.options else [value]


def _possible(value: Unknown) -> list[Any]:
    return [*value.options, *([] if value.maybe is MISSING else [value.maybe])]


def _same(left: Any, right: Any, depth: int = 0) -> bool:
    """Whether two values are surely equal."""
    if left is right:
        return True
    if depth > 50:
        return False
    if isinstance(left, Unknown) and isinstance(right, Unknown):
        if left.options or right.options:
            pairs = zip(left.options, right.options, strict=False)
            return len(left.options) == len(right.options) and all(_same(a, b, depth + 1) for a, b in pairs)
        if left.maybe is not MISSING and right.maybe is not MISSING:
            return _same(left.maybe, right.maybe, depth + 1)
        # Both may be anything: as far as is known, they are alike.
        return left.parts == right.parts and left.nullable == right.nullable
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return False
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_same(left[key], right[key], depth + 1) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(_same(a, b, depth + 1) for a, b in zip(left, right, strict=True))
    if isinstance(left, (_Function, _Class)) or isinstance(right, (_Function, _Class)):
        return False
    return type(left) is type(right) and bool(left == right)


def _settled(value: Any, depth: int = 0) -> Any:
    """``value`` as it is now, for a request that the program may not change any more."""
    if depth > 60:
        return Unknown("it is nested too deeply")
    if isinstance(value, dict):
        made = Table({str(key): _settled(item, depth + 1) for key, item in value.items()})
        if isinstance(value, Table):
            made.lines, made.open = dict(value.lines), value.open
        return made
    if isinstance(value, list):
        return [_settled(item, depth + 1) for item in value]
    if isinstance(value, (str, int, float, bool)) or value is None:
        return value
    if isinstance(value, Unknown):
        options = tuple(_settled(option, depth + 1) for option in value.options)
        maybe = value.maybe if value.maybe is MISSING else _settled(value.maybe, depth + 1)
        return Unknown(value.reason, value.parts, value.nullable, value.json, value.refers, options, maybe)
    return Unknown("no value that a request can hold")
