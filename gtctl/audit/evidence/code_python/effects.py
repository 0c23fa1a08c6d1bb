"""What the text of a program tells before it is followed: what calls may change, judged by the names in them.

A function that is not listed here as harmless, and whose code is not there to be followed, may change what it is given.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

# None of these changes what it is given.
HARMLESS = {
    *("print", "len", "str", "repr", "isinstance", "type", "id", "sorted", "enumerate", "zip", "range", "hash", "iter"),
    *("display", "pprint", "any", "all", "max", "min", "sum", "bool", "int", "float", "vars", "format", "open"),
    *("next", "reversed"),
    *("ValueError", "RuntimeError", "Exception", "TypeError", "KeyError", "SystemExit", "super", "hasattr", "getattr"),
}
HARMLESS_MODULES = {"json", "logging", "pprint", "yaml", "os", "sys", "time", "boto3", "botocore", "math", "random"}
HARMLESS_MODULES |= {"uuid", "datetime", "re", "hashlib", "base64", "io", "pathlib", "subprocess", "shlex", "argparse"}
# Methods of clients, loggers, files and sets: they send or keep what they are given, and leave it as it is.
HARMLESS_METHODS = re.compile(
    r"(create|update|describe|list|get|put|upload|delete|start|stop|send|publish|invoke|wait|client|resource|debug|info"
    r"|warning|error|exception|critical|log|write|print|dump|join|add_argument|assert)(_|s?$)"
)
# These give a text, and leave the one that they are called on as it is.
TEXT_METHODS = {"strip", "lstrip", "rstrip", "lower", "upper", "title", "replace", "removeprefix", "removesuffix"}
_KEEPING_METHODS = {"items", "keys", "values", "copy", "format"} | TEXT_METHODS
# These change what they are called on.
_CHANGING_METHODS = {"update", "setdefault", "pop", "popitem", "clear", "append", "extend", "insert", "remove"}
# What gives names of the program other values, whatever they are: functions, and methods of a notebook's shell.
RUNS_TEXT = {"exec", "eval", "execfile", "globals"}
RUNS_ANOTHER = {"run_line_magic", "run_cell_magic", "run_cell"}


def may_change_in_place(name: str) -> bool:
    """Whether a method of this name may change what it is called on, or what it is given."""
    return name in _CHANGING_METHODS or not HARMLESS_METHODS.match(name)


def changes(body: Sequence[ast.AST], names: set[str]) -> bool:
    """Whether ``body`` may change what the names stand for, and not only what they are."""
    return any(_changes(node, names) for part in body for node in ast.walk(part))


def _changes(node: ast.AST, names: set[str]) -> bool:
    match node:
        case ast.Subscript(ctx=ast.Store() | ast.Del()) | ast.AugAssign(target=ast.Name()):
            return bool(names & {_root(node.target if isinstance(node, ast.AugAssign) else node)})
        case ast.Assign() | ast.AnnAssign() | ast.NamedExpr() if isinstance(node.value, (ast.Name, ast.Subscript)):
            return _root(node.value) in names
        case ast.Call(func=ast.Attribute(attr=name)) if may_change_in_place(name):
            if _root(node.func) in names and name not in _KEEPING_METHODS:
                return True
            return bool(names & {_root(each) for each in node.args})
        case ast.Call(func=ast.Name(id=name)) if name not in HARMLESS:
            return bool(names & {_root(each) for each in [*node.args, *(each.value for each in node.keywords)]})
    return False


def attributes_set(tree: ast.AST) -> set[str]:
    """The attributes that the program gives a value; with "" among them, any other one, too."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
            found.add(node.attr)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "setattr":
            name = node.args[1] if len(node.args) > 1 else None
            found.add(str(name.value) if isinstance(name, ast.Constant) else "")
    return found


def names_in(node: ast.AST) -> list[str]:
    """The names that ``node`` mentions, each as often as it does."""
    return [each.id for each in ast.walk(node) if isinstance(each, ast.Name)]


def dotted(node: ast.AST) -> str:
    """``a.b.c`` as text; "" for what is no such name."""
    names = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return ".".join(reversed([*names, node.id])) if isinstance(node, ast.Name) else ""


def _root(node: ast.AST) -> str:
    """The name ``a`` of ``a["b"].c``."""
    while isinstance(node, (ast.Subscript, ast.Attribute)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""
