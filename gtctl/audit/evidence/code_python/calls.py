"""Follows calls: of the API, of the program's own functions, of methods and builtins whose effect is known.

What any other function does to its arguments is not known: they are spoiled, unless it is known as harmless.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any, cast

from gtctl.audit.evidence import code_events
from gtctl.audit.evidence.code_python.effects import (
    HARMLESS,
    HARMLESS_METHODS,
    HARMLESS_MODULES,
    RUNS_ANOTHER,
    RUNS_TEXT,
    dotted,
    may_change_in_place,
)
from gtctl.audit.evidence.code_python.functions import Functions
from gtctl.audit.evidence.code_python.launches import operation_of_method
from gtctl.audit.evidence.code_python.texts import json_dumps, method_of_text
from gtctl.audit.evidence.code_python.values import (
    ClientValue,
    DictValue,
    FunctionValue,
    ListValue,
    ModuleValue,
    OperationValue,
    may_be_one_of,
    maybe,
)
from gtctl.audit.evidence.code_text import joined, parsed_json, pieces_of
from gtctl.audit.evidence.requests import OPERATIONS, STRUCTURES, Table, snake
from gtctl.audit.model import Unknown


class Calls(Functions):
    def call_of(self, node: ast.Call) -> Any:
        holder = self.value(node.func.value) if isinstance(node.func, ast.Attribute) else None
        function = self.attribute(node.func, holder) if isinstance(node.func, ast.Attribute) else self.value(node.func)
        named = self.containers.new_dict()
        positional = self.containers.new_list()
        for argument in node.args:
            value = self.value(argument.value if isinstance(argument, ast.Starred) else argument)
            if not isinstance(argument, ast.Starred):
                positional.append(value)
            elif isinstance(value, ListValue):
                positional += value
            else:
                # From here on nobody knows which parameter an argument is for.
                named.open = "how many arguments there are is not known"
                break
        for keyword in node.keywords:
            value = self.value(keyword.value)
            if keyword.arg is not None:
                self.containers.set_item(named, keyword.arg, value, keyword.value.lineno)
            elif isinstance(value, DictValue):
                # Whatever it holds besides is no argument that is given already: that would be an error.
                named.open = named.open or value.open
                for name, item in value.items():
                    self.containers.set_item(named, name, item, 0)
                    named.lines[name] = value.lines.get(name, 0)
            else:
                named.open = value.reason if isinstance(value, Unknown) else "the arguments are not known"
        return self.apply(node, function, holder, positional, named)

    def apply(self, node: ast.Call, function: Any, holder: Any, positional: ListValue, named: DictValue) -> Any:
        """What ``function`` gives back for these arguments. holder: what it is an attribute of, if of anything.

        named is open where there may be other arguments.
        """
        if isinstance(function, ModuleValue) and function.name == "operator.methodcaller":
            called = operation_of_method(None, positional[0]) if positional else None
            if called:
                self.launches.call(node, called, positional[1:], named)
        if isinstance(function, OperationValue):
            return self.launches.call(node, function, positional, named)
        for each in [*positional, *named.values()]:
            if isinstance(each, OperationValue) and not each.vague:
                request = Table(open_="another function calls it, with arguments of its own")
                self.launches.record(node, each.operation, request)
            self.launches.record_commands(node, each)
        if isinstance(function, FunctionValue):
            names = [each.arg for each in function.node.args.args[:1]]
            if names in (["self"], ["cls"]) and dotted(node.func).startswith(("self.", "cls.")):
                positional.insert(0, self.scopes.name(names[0]))
            return self.call(function, positional, named, f"line {node.lineno} does not give it", line=node.lineno)
        if isinstance(node.func, ast.Attribute):
            return self.method(node, function, holder, positional, named)
        return self.builtin(node, function, positional, named)

    # Methods

    def method(self, node: ast.Call, function: Any, holder: Any, positional: Sequence[Any], named: DictValue) -> Any:
        """What a method of ``holder`` gives back, or a function of a module."""
        func = cast(ast.Attribute, node.func)
        name = func.attr
        if isinstance(holder, str):
            return method_of_text(holder, name, positional, named)
        if isinstance(holder, Unknown) and name == "format":
            return Unknown("a text that is formatted")
        if isinstance(holder, DictValue):
            return self.method_of_dict(holder, name, positional, named)
        if isinstance(holder, ListValue):
            return self.method_of_list(holder, name, positional)
        of_module = function.name if isinstance(function, ModuleValue) else ""
        match of_module:
            case "json.dumps" if positional:
                return json_dumps(positional[0])
            case "json.loads" if positional:
                return self.json_loads(positional[0])
            case "copy.copy" | "copy.deepcopy" if positional:
                return self.containers.deep_copy(positional[0])
            case "os.getenv" | "os.environ.get":
                return Unknown(f"the environment's {positional[0] if positional else '?'} is not known")
        if name in RUNS_ANOTHER or (of_module.startswith("builtins.") and name in RUNS_TEXT):
            self.scopes.open_names(f"{name}() may give it another value")
        if (
            name == "_make_api_call"
            and len(positional) == 2
            and (operation := may_be_one_of(positional[0], OPERATIONS))
        ):
            if isinstance(positional[1], DictValue):
                return self.launches.record(node, operation, positional[1])
            return self.launches.record(node, operation, Table(open_="its parameters are not known"))
        if (
            name in ("__getattribute__", "__getattr__")
            and positional
            and (called := operation_of_method(holder, positional[-1]))
        ):
            return called
        if name in code_events.REGISTER:
            event = positional[0] if positional else named.get("event_name")
            self.launches.add_handler(event, ".events." in f".{dotted(func)}", node.lineno)
        if name == "client" and positional and isinstance(positional[0], str):
            return ClientValue(positional[0])
        if _is_shape(of_module) and not positional:
            return named
        module = of_module.partition(".")[0]
        if may_change_in_place(name):
            self.scopes.open_around(holder, func.value, f"{name}() may change a part of it")
        if (module not in HARMLESS_MODULES) if module else not HARMLESS_METHODS.match(name):
            for value in [*positional, *named.values()]:
                self.containers.spoil(value, f"{dotted(func) or name}() may change it")
        return Unknown(f"what {dotted(func) or name}() gives back is not known")

    def method_of_list(self, holder: ListValue, name: str, positional: Sequence[Any]) -> Any:
        if name == "append" and positional:
            self.containers.touch(holder)
            holder.append(positional[0] if self.containers.surely(holder) else maybe(positional[0]))
        elif name == "extend" and positional:
            self.containers.extend(holder, positional[0])
        elif name not in ("copy", "index", "count"):
            self.containers.spoil(holder, f"{name}() changes it")
        return None if name in ("append", "extend") else Unknown("a list's method")

    def method_of_dict(self, holder: DictValue, name: str, positional: Sequence[Any], named: DictValue) -> Any:
        first = positional[0] if positional else None
        match name:
            case "update":
                if positional:
                    self.containers.update(holder, first)
                if named or named.open:
                    self.containers.update(holder, named)
                return None
            case "copy":
                return self.containers.copy(holder)
            case "get" if isinstance(first, str):
                if first in holder:
                    return holder[first]
                if holder.open:
                    return Unknown(holder.open)
                return positional[1] if len(positional) > 1 else None
            case "setdefault" if isinstance(first, str):
                if first not in holder:
                    value = positional[1] if len(positional) > 1 else None
                    self.containers.set_item(holder, first, Unknown(holder.open) if holder.open else value, 0)
                return holder[first]
            case "pop" if isinstance(first, str):
                value = holder.get(first, Unknown("a key that is not there"))
                self.containers.remove(holder, first)
                return value
            case "items" | "keys" | "values":
                return Unknown("a dict's parts")
        self.containers.spoil(holder, f"{name}() changes it")
        return Unknown("a dict's method")

    # Functions without a holder

    def builtin(self, node: ast.Call, function: Any, positional: Sequence[Any], named: DictValue) -> Any:
        """What a builtin, or anything else that is called by its bare name, gives back."""
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        own = not isinstance(function, Unknown)
        if not own and (name in RUNS_TEXT or (name in ("vars", "locals") and not node.args and not self.running)):
            self.scopes.open_names(f"{name}() may give it another value")
        if not own and name == "dict":
            made = self.containers.new_dict()
            for each in positional:
                self.containers.update(made, self.containers.from_pairs(each))
            self.containers.update(made, named)
            return made
        if not own and name in ("list", "tuple") and positional and isinstance(positional[0], ListValue):
            return self.containers.new_list(positional[0])
        if not own and name == "str" and len(positional) == 1:
            return joined(pieces_of(positional[0]))
        if not own and name == "getattr" and len(positional) > 1:
            its_own = isinstance(node.args[0], ast.Name) and node.args[0].id in ("self", "cls")
            if called := None if its_own else operation_of_method(positional[0], positional[1]):
                return called
        if isinstance(function, ModuleValue):
            if function.name == "copy.deepcopy" and positional:
                return self.containers.deep_copy(positional[0])
            if function.name in ("json.dumps", "json.loads") and positional:
                return json_dumps(positional[0]) if function.name == "json.dumps" else self.json_loads(positional[0])
            if _is_shape(function.name) and not positional:
                return named
        harmless = name in HARMLESS and not own
        if isinstance(function, ModuleValue) and function.name.partition(".")[0] in HARMLESS_MODULES:
            harmless = True
        if not harmless:
            for value in [*positional, *named.values()]:
                self.containers.spoil(value, f"{name or 'a function'}() may change it")
        return Unknown(f"what {name or 'a function'}() gives back is not known")

    def json_loads(self, value: Any) -> Any:
        """``json.loads(value)``."""
        try:
            if isinstance(value, (str, Unknown)):
                return self.containers.from_json(parsed_json(value))
            return Unknown("JSON")
        except (ValueError, RecursionError):
            return Unknown("JSON that cannot be read")


def _is_shape(name: str) -> bool:
    """Whether an imported name is a class of sagemaker_core's shapes: its arguments are the members."""
    return name.startswith(("sagemaker_core.", "sagemaker.core.")) and snake(name.rpartition(".")[2]) in STRUCTURES
