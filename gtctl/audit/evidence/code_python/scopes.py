"""The names of a program and what they stand for, scope by scope.

Names are followed on each way that the program may take, and joined where the ways meet.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from gtctl.audit.evidence.code_python.containers import Containers
from gtctl.audit.evidence.code_python.effects import changes, names_in
from gtctl.audit.evidence.code_python.values import ClassValue, FunctionValue, ModuleValue, possible
from gtctl.audit.model import Hole, Unknown

# Reasons that say less than the name of what has the value.
_VAGUE = {"an expression", "an element", "one of several values", "a function", "a comprehension", "a condition"}


class Scopes:
    """frames: the scopes that are in sight, the innermost last: name -> value."""

    def __init__(self, containers: Containers) -> None:
        self.containers = containers
        self.frames: list[dict[str, Any]] = [{}]
        self.class_frames: list[dict[str, Any]] = []
        self.global_names: set[str] = set()  # and nonlocal ones

    def name(self, name: str) -> Any:
        """What ``name`` stands for."""
        for frame in reversed(self.frames):
            if name in frame:
                return frame[name]
        return Unknown(f"{name} is not known", (Hole(name),))

    def set_name(self, name: str, value: Any) -> None:
        if isinstance(value, Unknown) and value.reason in _VAGUE:
            value = Unknown(f"{name} is not known", value.parts, value.nullable, value.json)
        if name in self.global_names and len(self.frames) > 1:
            for frame in self.frames[:-1]:
                if name in frame:
                    frame[name] = self.containers.either(frame[name], value)
        self.frames[-1][name] = value

    # Scopes

    @contextmanager
    def inner(self) -> Iterator[None]:
        """The block has names of its own, and may be done or not."""
        self.frames.append({})
        with self.containers.conditions.one_more():
            yield
        self.frames.pop()

    @contextmanager
    def of_class(self) -> Iterator[dict[str, Any]]:
        """The block is the body of a class; gives its members."""
        members: dict[str, Any] = {}
        self.frames.append(members)
        self.class_frames.append(members)
        yield members
        self.frames.pop()

    def seen_by_functions(self) -> list[dict[str, Any]]:
        """The scopes that a function sees which is defined here: methods do not see the names of their class."""
        return [frame for frame in self.frames if not any(frame is each for each in self.class_frames)]

    # Ways: names are strong on each way and joined after it; a dict that was there before may have changed.

    def snapshot(self) -> list[dict[str, Any]]:
        """All names as they are now, for ``restore`` and ``join``."""
        return [dict(frame) for frame in self.frames]

    def restore(self, frames: Sequence[Mapping[str, Any]]) -> None:
        for frame, kept in zip(self.frames, frames, strict=True):
            frame.clear()
            frame.update(kept)

    def join(self, others: Sequence[Mapping[str, Any]]) -> None:
        """Take into account that each name may also have the value that it has in ``others``."""
        for frame, other in zip(self.frames, others, strict=True):
            for name, value in other.items():
                # A name that only one way gives: on the other it would be an error to use it.
                frame[name] = self.containers.either(frame[name], value) if name in frame else value

    # What is no longer known

    def forget(self, node: ast.AST, *, only_assigned: bool = False) -> None:
        """Every name that ``node`` mentions (or: gives a value to) is unknown, and so is what it stood for."""
        for inner in ast.walk(node):
            name = (
                inner.id if isinstance(inner, ast.Name) else getattr(inner, "name", None) or getattr(inner, "rest", 0)
            )
            if not isinstance(name, str) or (only_assigned and isinstance(getattr(inner, "ctx", None), ast.Load)):
                continue
            value = self.name(name)
            if not isinstance(value, (FunctionValue, ModuleValue, ClassValue)):
                if not only_assigned:
                    self.containers.spoil(value, "a loop may change it")
                self.frames[-1][name] = Unknown(f"{name} has several values")

    def open_names(self, reason: str) -> None:
        """Every name may have another value from now on."""
        for frame in self.frames:
            for name, value in frame.items():
                if not isinstance(value, ModuleValue):
                    self.containers.spoil(value, reason)
                    frame[name] = Unknown(f"{name} is not known: {reason}")

    def open_around(self, holder: Any, node: ast.expr, reason: str) -> None:
        """``holder`` is changed: where it is not known which part of what ``node`` mentions that is, it may be any."""
        if isinstance(holder, Unknown) and not possible(holder):
            for name in names_in(node):
                self.containers.spoil(self.name(name), reason)

    def open_elements(self, of: ast.expr, target: ast.expr, body: Sequence[ast.AST]) -> None:
        """What ``body`` does to ``target``, one of the elements of ``of``, it does to what ``of`` mentions."""
        if changes(body, set(names_in(target))):
            for name in names_in(of):
                self.containers.spoil(self.name(name), "a loop may change it")
