"""Functions and classes that the program itself defines: they are followed into, with the arguments of each call."""

from __future__ import annotations

import ast
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gtctl.audit.evidence.code_python.effects import dotted
from gtctl.audit.evidence.code_python.expressions import Expressions
from gtctl.audit.evidence.code_python.values import ClassValue, FunctionValue
from gtctl.audit.evidence.requests import Requests, Table
from gtctl.audit.model import Hole, Unknown

CALLED_ELSEWHERE = "its callers are elsewhere"
_DEEPEST_CALL = 8


class Functions(Expressions):
    """returned: what the function has given back so far that is being followed.

    functions: all that were defined. entered: ids of the definitions that were called.
    """

    def __init__(self, tree: ast.Module, found: Requests, line_of: Callable[[int], int]) -> None:
        super().__init__(tree, found, line_of)
        self.returned: list[Any] = []
        self.functions: list[FunctionValue] = []
        self.entered: set[int] = set()

    @abstractmethod
    def block(self, body: Sequence[ast.stmt]) -> str:
        """Follow statements; "" where what stands after them is reached."""

    def define(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for decorator in node.decorator_list:
            self.value(decorator)
        function = FunctionValue(node, self.scopes.seen_by_functions(), self.defaults(node.args))
        self.functions.append(function)
        # What a decorator makes of it is anybody's guess, but for those that leave its arguments alone.
        plain = all(dotted(decorator) in ("staticmethod",) for decorator in node.decorator_list)
        self.scopes.frames[-1][node.name] = function if plain else Unknown(f"{node.name} is decorated")

    def defaults(self, parameters: ast.arguments) -> dict[str, Any]:
        """The parameters that have a default, with its value."""
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
        with self.scopes.of_class() as members:
            self.block(node.body)
        self.scopes.frames[-1][node.name] = ClassValue(members)

    def call(
        self,
        function: FunctionValue,
        positional: Sequence[Any],
        named: Mapping[str, Any],
        reason: str,
        *,
        line: int = 0,
        entered: bool = True,
    ) -> Any:
        """What a function gives back that is called in ``line``.

        reason: why a parameter has no value that the call does not give. entered: whether the program itself calls it.
        """
        if function in self.running or len(self.running) >= _DEEPEST_CALL:
            for value in [*positional, *named.values()]:
                self.containers.spoil(value, "a function calls itself")
            return Unknown("what a function gives back is not known")
        if entered:
            self.entered.add(id(function.node))
        frame = self.arguments(function, positional, named, reason)
        scopes, launches = self.scopes, self.launches
        frames, returned, callers, conditions = scopes.frames, self.returned, launches.callers, self.conditions.now
        scopes.frames, self.returned = [*function.frames, frame], []
        launches.callers = [*callers, line]
        self.running.append(function)
        try:
            ended = self.block(function.node.body)
            results = self.returned if ended else [*self.returned, None]
        finally:
            scopes.frames, self.returned, launches.callers, self.conditions.now = frames, returned, callers, conditions
            self.running.pop()
        result = results[0] if results else Unknown("the function gives nothing back")
        for other in results[1:]:
            result = self.containers.either(result, other)
        is_generator = any(isinstance(each, (ast.Yield, ast.YieldFrom)) for each in ast.walk(function.node))
        return Unknown("a generator") if is_generator else result

    def arguments(
        self, function: FunctionValue, positional: Sequence[Any], named: Mapping[str, Any], reason: str
    ) -> dict[str, Any]:
        """The function's parameters, each with its value in a call."""
        parameters = function.node.args
        names = [each.arg for each in [*parameters.posonlyargs, *parameters.args]]
        only_named = [each.arg for each in parameters.kwonlyargs]
        elsewhere = function not in self.running and reason == CALLED_ELSEWHERE
        given = dict(zip(names, positional, strict=False))
        given.update({name: value for name, value in named.items() if name in names or name in only_named})
        frame: dict[str, Any] = {}
        hidden = named.open if isinstance(named, Table) else ""
        for name in [*names, *only_named]:
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
            rest = self.containers.new_dict()
            rest.open = hidden or (reason if elsewhere else "")
            for name, value in named.items():
                if name not in frame:
                    rest[name] = value
            frame[parameters.kwarg.arg] = rest
        return frame
