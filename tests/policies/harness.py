"""Runs rules over files as `gtctl check` does, one folder or text at a time."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from gtctl.audit import engine, evidence
from gtctl.audit.graph import Graph
from gtctl.audit.model import Evidence, Resource, Verdict
from gtctl.audit.registry import Registered
from gtctl.audit.rule import Result
from gtctl.audit.settings import load
from tests.audit.live import answers


@cache
def good_account() -> Evidence:
    """The account that breaks no rule: the passing fixture for the account of every rule that it has resources for."""
    return answers.evidence(answers.answers())


Judged = tuple[Resource, Graph, Result | None]


def read(file: Path, source: str) -> list[Evidence]:
    """What the reader of ``source`` finds in one file; a reader's problem fails the test."""
    if source == "live":
        return [answers.evidence(answers.answers(file))]
    found = list(evidence.READERS[source].load()({str(file): file.read_bytes()}))
    problems = [problem for piece in found for problem in piece.problems]
    assert not problems, problems
    return found


def judged(entry: Registered, pieces: list[Evidence]) -> Iterator[Judged]:
    """What the rule says about each resource of its types; an error inside the rule fails the test.

    A gtctl.toml among the rule's fixtures holds the settings.
    """
    file = entry.fixtures / "gtctl.toml"
    settings = load(file) if file.is_file() else None
    for piece in pieces:
        graph = Graph(piece.resources, settings, complete=piece.complete)
        for resource in piece.resources:
            if resource.type in entry.rule.resource_types:
                yield resource, graph, engine.verdict(entry, resource, graph, strict=True)


def verdicts(entry: Registered, pieces: list[Evidence]) -> set[Verdict]:
    return {result.verdict for _, _, result in judged(entry, pieces) if result}
