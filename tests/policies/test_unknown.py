"""A rule never passes what it cannot see: each value of each fixture is hidden once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gtctl.audit.iam import structure
from gtctl.audit.model import Evidence, Unknown, Verdict
from gtctl.audit.registry import Registered, rules
from tests.policies.fixtures import fixtures
from tests.policies.harness import judged, read

HIDDEN = Unknown("the test hides it")
Step = str | int
JSON = "<json>"
"""The step from JSON text to its structure."""


@pytest.mark.parametrize("entry", rules(), ids=lambda entry: entry.rule.id)
def test_a_rule_passes_with_a_hidden_value_only_if_it_passes_whatever_the_value_is(
    entry: Registered, tmp_path: Path
) -> None:
    worlds = []
    for number, fixture in enumerate(f for f in fixtures("hcl", "job", "data", "code") if f.entry is entry):
        (folder := tmp_path / str(number)).mkdir()
        worlds.append(read(fixture.alone(folder), fixture.source))
    seen = _values(worlds)
    for world in worlds:
        for piece in world:
            for at, resource in enumerate(piece.resources):
                for path in _paths(resource.attributes):
                    hidden = _judged(entry, piece, at, path, HIDDEN)
                    others = [None, "", True, False, *seen.get((resource.type, _shape(path)), [])]
                    for value in others:
                        shown = _judged(entry, piece, at, path, value)
                        for address, verdict in shown.items():
                            assert not (hidden.get(address) is Verdict.PASS and verdict is Verdict.FAIL), (
                                f"{address} passes with {resource.address} {path} hidden, and fails with {value!r}"
                            )


def _judged(entry: Registered, piece: Evidence, at: int, path: tuple[Step, ...], value: Any) -> dict[str, Verdict]:
    resources = list(piece.resources)
    resources[at] = replace(resources[at], attributes=_with(resources[at].attributes, path, value))
    return {resource.address: result.verdict for resource, _, result in judged(entry, [Evidence(resources)]) if result}


def _with(holder: Any, path: tuple[Step, ...], value: Any) -> Any:
    """A copy of ``holder`` in which ``value`` stands at ``path``."""
    if not path:
        return value
    step, rest = path[0], path[1:]
    inner = _with(_children(holder)[step], rest, value)
    if step == JSON:
        return Unknown("partly hidden", nullable=False, json=inner)
    if isinstance(holder, list):
        return [*holder[: int(step)], inner, *holder[int(step) + 1 :]]
    return {**holder, step: inner}


def _children(value: Any) -> dict[Step, Any]:
    """What is inside of ``value``: members, elements, the structure of JSON text."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, list):
        return dict(enumerate(value))
    if isinstance(value, Unknown) or (isinstance(value, str) and value.lstrip().startswith("{")):
        inside = structure(value)
        return {JSON: inside} if isinstance(inside, (dict, list)) else {}
    return {}


def _paths(value: Any, above: tuple[Step, ...] = ()) -> Iterator[tuple[Step, ...]]:
    """Every place in ``value``, containers included."""
    for step, item in _children(value).items():
        yield (*above, step)
        yield from _paths(item, (*above, step))


def _at(value: Any, path: tuple[Step, ...]) -> Any:
    for step in path:
        value = _children(value)[step]
    return value


def _shape(path: tuple[Step, ...]) -> tuple[Step, ...]:
    return tuple(step for step in path if isinstance(step, str))


def _values(worlds: list[list[Evidence]]) -> dict[tuple[str, tuple[Step, ...]], list[Any]]:
    """What stands at a place in any fixture of the rule: the values that make a difference to it."""
    found: dict[tuple[str, tuple[Step, ...]], list[Any]] = {}
    for resource in (resource for world in worlds for piece in world for resource in piece.resources):
        for path in _paths(resource.attributes):
            found.setdefault((resource.type, _shape(path)), []).append(_at(resource.attributes, path))
    return found
