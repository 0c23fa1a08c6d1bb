"""Follows a Python program to its calls of the SageMaker API, without running any of it.

``values``, ``containers`` and ``scopes`` keep what it has come to so far; ``expressions``, ``functions``, ``calls`` and
``program`` (its statements) follow it, each class on top of the one before; ``effects`` and ``texts`` are what they
know of Python, ``launches`` what they look for.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gtctl.audit.evidence.code_python.expressions import TooMuch
from gtctl.audit.evidence.code_python.launches import METHODS, calls, give_up
from gtctl.audit.evidence.code_python.program import Program
from gtctl.audit.evidence.requests import Requests

__all__ = ["METHODS", "TooMuch", "calls", "follow", "give_up"]


def follow(
    tree: ast.Module, found: Requests, line_of: Callable[[int], int] = lambda line: line
) -> Mapping[int, Sequence[Any]]:
    """Add the requests that ``tree`` makes to ``found``. Raises TooMuch where there is too much to follow.

    Literals, dicts that are built up, f-strings, functions of the same file: what they come to is known. All else is
    unknown, never guessed: what a call of a strange function does to a dict, what a loop leaves behind, which way a
    condition goes.

    Gives what the program's texts come to that may name a workteam and are put together: id of the node -> values.
    """
    program = Program(tree, found, line_of)
    program.run()
    return program.assembled
