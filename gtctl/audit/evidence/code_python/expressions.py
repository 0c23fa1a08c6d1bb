"""Evaluates the expressions of a program, as far as they are known without running it.

Calls are followed in ``functions.py`` and ``calls.py``.
"""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

from gtctl.audit.evidence.code_python import texts
from gtctl.audit.evidence.code_python.containers import Conditions, Containers
from gtctl.audit.evidence.code_python.effects import attributes_set, dotted
from gtctl.audit.evidence.code_python.launches import METHODS, Launches
from gtctl.audit.evidence.code_python.scopes import Scopes
from gtctl.audit.evidence.code_python.values import (
    MOST_OPTIONS,
    ClassValue,
    DictValue,
    FunctionValue,
    ListValue,
    ModuleValue,
    OperationValue,
    same,
)
from gtctl.audit.evidence.code_text import joined, pieces_of
from gtctl.audit.evidence.requests import Requests
from gtctl.audit.model import Hole, Unknown

_MOST_STEPS = 50_000


class TooMuch(Exception):
    """The program is too large to be followed."""


class Expressions(ABC):
    """What a program has come to so far, and what its expressions are worth there."""

    def __init__(self, tree: ast.Module, found: Requests, line_of: Callable[[int], int]) -> None:
        self.conditions = Conditions()
        self.containers = Containers(self.conditions, line_of)
        self.scopes = Scopes(self.containers)
        self.launches = Launches(found, self.containers, line_of)
        self.running: list[FunctionValue] = []
        self.assembled: dict[int, list[Any]] = {}
        self._attributes_set = attributes_set(tree)
        self._steps = 0

    @abstractmethod
    def call_of(self, node: ast.Call) -> Any:
        """What a call gives back."""

    def step(self) -> None:
        """Count what is followed. Raises TooMuch."""
        self._steps += 1
        if self._steps > _MOST_STEPS:
            raise TooMuch

    def value(self, node: ast.expr) -> Any:
        """What an expression comes to; what it does besides is done."""
        self.step()
        match node:
            case ast.Constant():
                if isinstance(node.value, (bytes, complex)) or node.value is ...:
                    return Unknown("a constant that no request holds")
                return node.value
            case ast.Name():
                return self.scopes.name(node.id)
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
                return self.containers.either(self.value(node.body), self.value(node.orelse))
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
                return self.lambda_of(node)
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
            if len(values) < MOST_OPTIONS and not any(same(value, each) for each in values):
                values.append(value)
        return value

    # Texts, lists and dicts

    def formatted(self, part: ast.expr) -> list[Any]:
        """The pieces of an f-string that one of its parts gives."""
        if isinstance(part, ast.FormattedValue):
            value = self.value(part.value)
            if part.format_spec or part.conversion not in (-1, ord("s")):
                return [value] if isinstance(value, str) and not part.format_spec else [Unknown("a formatted value")]
            return pieces_of(value)
        return [self.value(part)]

    def list_of(self, elements: Sequence[ast.expr]) -> ListValue:
        made = self.containers.new_list()
        for each in elements:
            if isinstance(each, ast.Starred):
                self.containers.extend(made, self.value(each.value))
            else:
                made.append(self.value(each))
        return made

    def dict_of(self, node: ast.Dict) -> DictValue:
        made = self.containers.new_dict()
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                self.containers.update(made, self.value(value))
            else:
                self.containers.set_item(made, self.value(key), self.value(value), key.lineno)
        return made

    def comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> Any:
        with self.scopes.inner():
            for generator in node.generators:
                self.value(generator.iter)
                self.scopes.open_elements(generator.iter, generator.target, [node])
                self.assign(generator.target, Unknown("one of several values"))
                for condition in generator.ifs:
                    self.value(condition)
            for part in (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,):
                self.value(part)
        for each in ast.walk(node):
            if isinstance(each, ast.NamedExpr):
                self.scopes.forget(each.target, only_assigned=True)
        return Unknown("a comprehension")

    def lambda_of(self, node: ast.Lambda) -> Any:
        names = [each.arg for each in ast.walk(node.args) if isinstance(each, ast.arg)]
        with self.scopes.inner():
            self.scopes.frames[-1].update({name: Unknown(f"{name} is a parameter") for name in names})
            self.value(node.body)
        return Unknown("a function")

    # Operators

    def bool_of(self, node: ast.BoolOp) -> Any:
        values = [self.value(each) for each in node.values]
        result = values[0]
        for value in values[1:]:
            if isinstance(result, (str, int, float)) or result is None:
                keep = bool(result) if isinstance(node.op, ast.Or) else not result
                result = result if keep else value
            else:
                result = self.containers.either(result, value)
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

    def operate(self, operator: ast.operator, left: Any, right: Any) -> Any:
        match operator:
            case ast.Add():
                if isinstance(left, ListValue) and isinstance(right, ListValue):
                    return self.containers.new_list([*left, *right])
                if isinstance(left, str) or isinstance(right, str) or _is_text(left) or _is_text(right):
                    return joined([*pieces_of(left), *pieces_of(right)])
                if isinstance(left, (int, float)) and isinstance(right, (int, float)):
                    return left + right
            case ast.Mult():
                if isinstance(left, (int, float)) and isinstance(right, (int, float)) and abs(left * right) < 1 << 60:
                    return left * right
            case ast.BitOr():
                if isinstance(left, DictValue):
                    made = self.containers.copy(left)
                    self.containers.update(made, right)
                    return made
            case ast.Mod() if isinstance(left, str):
                return texts.format_percent(left, right, self.item)
            case ast.Div() if isinstance(right, str):
                return joined([*pieces_of(left), "/", right])
        return Unknown("an expression")

    # Parts of values

    def item(self, holder: Any, key: Any) -> Any:
        """``holder[key]``"""
        if isinstance(holder, DictValue):
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
            if isinstance(key, str) and self.launches.is_made(holder):
                # What the call gives back about the team that it made.
                return Unknown(
                    holder.reason, (Hole(f"{holder.symbol}.{'arn' if key.endswith('Arn') else key}"),), False
                )
            return Unknown(holder.reason if not holder.options else "one of several values")
        return Unknown("an element")

    def attribute(self, node: ast.Attribute, holder: Any) -> Any:
        """What ``node``, an attribute of ``holder``, stands for."""
        if isinstance(holder, ModuleValue):
            if holder.name == "sys" and node.attr == "modules":
                self.scopes.open_names("the program looks itself up in sys.modules")
            # What is imported may be a client.
            if node.attr in METHODS:
                return OperationValue(METHODS[node.attr])
            return ModuleValue(f"{holder.name}.{node.attr}")
        if isinstance(holder, ClassValue) and node.attr in holder.members and not self.is_set(node.attr):
            return holder.members[node.attr]
        name = dotted(node)
        if name.startswith(("self.", "cls.")) and not self.is_set(node.attr):
            for frame in reversed(self.scopes.frames):
                for value in frame.values():
                    if isinstance(value, ClassValue) and node.attr in value.members and self._runs_in(value):
                        return value.members[node.attr]
        if node.attr in METHODS and not isinstance(holder, ClassValue):
            return OperationValue(METHODS[node.attr])
        return Unknown(f"{name or node.attr} is not known")

    def is_set(self, attribute: str) -> bool:
        """Whether the program gives some attribute of this name a value."""
        return attribute in self._attributes_set or "" in self._attributes_set

    def _runs_in(self, class_: ClassValue) -> bool:
        """Whether a method of the class is being followed."""
        return any(member is function for member in class_.members.values() for function in self.running)

    # Assignments

    def assign(self, target: ast.expr, value: Any) -> None:
        match target:
            case ast.Name():
                self.scopes.set_name(target.id, value)
            case ast.Subscript():
                holder = self.value(target.value)
                self.scopes.open_around(holder, target.value, "an element of it is changed")
                self.containers.set_item(holder, self.value(target.slice), value, target.lineno)
            case ast.Attribute():
                self.value(target.value)
            case ast.Starred():
                self.assign(target.value, Unknown("the rest of several values"))
            case ast.Tuple() | ast.List():
                plain = isinstance(value, list) and len(value) == len(target.elts)
                plain = plain and not any(isinstance(each, ast.Starred) for each in target.elts)
                for at, each in enumerate(target.elts):
                    self.assign(each, value[at] if plain else Unknown("one of several values"))


def _is_text(value: Any) -> bool:
    return isinstance(value, Unknown) and any(isinstance(part, str) for part in value.parts)
