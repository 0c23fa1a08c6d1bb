"""Follows the statements of a program: one after the other, each way of a condition, loops until nothing changes."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeGuard

from gtctl.audit.evidence.code_python.calls import Calls
from gtctl.audit.evidence.code_python.functions import CALLED_ELSEWHERE
from gtctl.audit.evidence.code_python.values import DictValue, ListValue, ModuleValue, same
from gtctl.audit.evidence.requests import Requests
from gtctl.audit.model import Unknown

_RAISED, _LEFT = "raised", "left"
_MOST_ROUNDS = 4


class Program(Calls):
    """A statement gives how it ends: "" where the next one follows, _RAISED, or _LEFT (the function or the round)."""

    def __init__(self, tree: ast.Module, found: Requests, line_of: Callable[[int], int]) -> None:
        super().__init__(tree, found, line_of)
        self.tree = tree

    def run(self) -> None:
        """Follow the whole program. Raises TooMuch."""
        self.block(self.tree.body)
        done: set[int] = set()
        # A function that nothing here calls may be called with anything.
        while waiting := [each for each in self.functions if id(each.node) not in self.entered | done]:
            for function in waiting:
                if id(function.node) in done:
                    continue
                done.add(id(function.node))
                self.call(function, [], {}, CALLED_ELSEWHERE, entered=False)
        self.launches.open_handled()

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
                self.scopes.open_elements(node.iter, node.target, node.body)
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
                    self.scopes.forget(case.pattern)
                    bodies.append(case.body)
                return self.branches(None, [*bodies, []])
            case ast.Import() | ast.ImportFrom():
                self.imports(node)
            case ast.Global() | ast.Nonlocal():
                self.scopes.global_names.update(node.names)
            case ast.Expr():
                self.value(node.value)
            case ast.Assert():
                self.value(node.test)
        return ""

    def imports(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            name = alias.asname or alias.name.partition(".")[0]
            if name == "*" and isinstance(node, ast.ImportFrom):
                self.scopes.open_names(f"{node.module or '.'} may give it another value")
                continue
            module = alias.name if isinstance(node, ast.Import) else f"{node.module or '.'}.{alias.name}"
            self.scopes.frames[-1][name] = ModuleValue(module)

    def assign_augmented(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            old = self.scopes.name(node.target.id)
        elif isinstance(node.target, ast.Subscript):
            old = self.item(self.value(node.target.value), self.value(node.target.slice))
        else:
            old = Unknown("an attribute")
        new = self.value(node.value)
        if isinstance(node.op, ast.BitOr) and isinstance(old, DictValue):
            self.containers.update(old, new)
        elif isinstance(node.op, ast.Add) and isinstance(old, ListValue):
            self.containers.extend(old, new)
        else:
            self.assign(node.target, self.operate(node.op, old, new))

    def delete(self, target: ast.expr) -> None:
        if isinstance(target, ast.Subscript):
            self.containers.remove(self.value(target.value), self.value(target.slice))
        elif isinstance(target, ast.Name):
            self.scopes.frames[-1].pop(target.id, None)

    # Ways that the program may take

    def branches(self, test: ast.expr | None, bodies: Sequence[Sequence[ast.stmt]]) -> str:
        """One of ``bodies`` is done: the first if ``test`` is true, the second if not; any where there is no test."""
        if test is not None:
            known = self.value(test)
            if isinstance(known, bool) and len(bodies) == 2:
                return self.block(bodies[0 if known else 1])
        before = self.scopes.snapshot()
        going_on: list[list[dict[str, Any]]] = []
        ended: list[str] = []
        for body in bodies:
            self.scopes.restore(before)
            if end := self.conditionally(body):
                ended.append(end)
            else:
                going_on.append(self.scopes.snapshot())
        if not going_on:
            self.scopes.restore(before)
            return _LEFT if _LEFT in ended else _RAISED
        self.go_on(going_on)
        if _LEFT in ended:
            # What is done from here on is not done on the way that left.
            self.conditions.add()
        return ""

    def conditionally(self, body: Sequence[ast.stmt]) -> str:
        with self.conditions.one_more():
            return self.block(body)

    def go_on(self, ways: Sequence[Sequence[Mapping[str, Any]]]) -> None:
        """Join the names of all ways that lead here."""
        self.scopes.restore(ways[0])
        for names in ways[1:]:
            self.scopes.join(names)

    def loop(self, body: Sequence[ast.stmt], target: ast.expr | None) -> None:
        """Any number of rounds: what they launch counts once the names have the values that they keep."""
        self.launches.muted += 1
        for _ in range(_MOST_ROUNDS):
            before = self.scopes.snapshot()
            self.round(body, target)
            self.scopes.join(before)
            if all(same(frame, kept) for frame, kept in zip(self.scopes.frames, before, strict=True)):
                break
        else:
            for statement in body:
                self.scopes.forget(statement)
        self.launches.muted -= 1
        before = self.scopes.snapshot()
        self.round(body, target)
        self.scopes.join(before)

    def round(self, body: Sequence[ast.stmt], target: ast.expr | None) -> None:
        """One round of a loop, which may be done or not."""
        before = self.scopes.snapshot()
        with self.conditions.one_more():
            if target is not None:
                self.assign(target, Unknown("the loop gives several values"))
            self.block(body)
        if any(isinstance(node, (ast.Break, ast.Continue)) for statement in body for node in ast.walk(statement)):
            # Whoever leaves early leaves the names as they are there.
            for statement in body:
                self.scopes.forget(statement, only_assigned=True)
            self.scopes.join(before)

    def attempt(self, node: ast.Try | ast.TryStar) -> str:
        """A try statement: its body may break off anywhere, and any of its handlers may follow."""
        before = self.scopes.snapshot()
        end = self.conditionally(node.body) or self.block(node.orelse)
        going_on = [] if end else [self.scopes.snapshot()]
        self.scopes.join(before)
        broken = self.scopes.snapshot()
        stored = [each.id for part in node.body for each in ast.walk(part) if _is_stored_name(each)]
        for name in {name for name in stored if stored.count(name) > 1}:
            # It may break off between the two.
            broken[-1][name] = Unknown(f"{name} has several values")
        ends = [end] if end else []
        for handler in node.handlers:
            self.scopes.restore(broken)
            if handler.type:
                self.value(handler.type)
            if handler.name:
                self.scopes.frames[-1][handler.name] = Unknown("an exception")
            if end := self.conditionally(handler.body):
                ends.append(end)
            else:
                going_on.append(self.scopes.snapshot())
        self.go_on(going_on or [broken])
        if _LEFT in ends:
            self.conditions.add()
        return self.block(node.finalbody) or ("" if going_on else _LEFT)


def _is_stored_name(node: ast.AST) -> TypeGuard[ast.Name]:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
