"""Workteams that Terraform code and plans name outside of jobs: in what a function is given, in a state machine, in a
script that a provisioner runs.

Whoever denies or watches for a workteam has to name it: policies and patterns of events name none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from gtctl.audit.evidence.code_text import mentions
from gtctl.audit.model import MISSING, Hole, Location, Resource, Unknown

_MARK = "-crowd"
_DEEPEST = 100
_JOBS = {"aws_sagemaker_labeling_job", "aws_sagemaker_flow_definition"}
_POLICIES = {"data.aws_iam_policy_document"}
# Patterns, and texts for people.
_NOT_USED = {"event_pattern", "pattern", "filter_pattern", "description", "Condition", "condition"}


def references(resource: Resource) -> Iterator[Resource]:
    """A reference for each workteam that ``resource`` names, at its address; none to those of a job itself."""
    if resource.type in _POLICIES:
        return
    seen: set[str] = set()
    for path, team in _teams(resource.attributes, "", resource.type in _JOBS, 0):
        text = team.text if isinstance(team, Unknown) else str(team)
        if text not in seen:
            seen.add(text)
            place = resource.location
            yield Resource(
                "gtctl_workteam_reference",
                resource.address,
                {"workteam_arn": team},
                resource.source,
                Location(place.file, place.line, place.end),
                {"workteam_arn": resource.line_of(path)},
                resource.when,
            )


def concealed(reference: Resource) -> Resource:
    """``reference`` with nothing told of the workteam but its kind."""
    team = reference.attributes["workteam_arn"]
    text = team.text if isinstance(team, Unknown) else str(team)
    kind = re.search(r":workteam/((?:public|vendor|private)-crowd)/", text)
    hole = Hole()
    known = ("arn:", hole, ":sagemaker:", hole, ":", hole, ":workteam/", kind[1] if kind else hole, "/", hole)
    return replace(reference, attributes={"workteam_arn": Unknown("the value is sensitive", known, nullable=False)})


def _teams(value: Any, path: str, of_job: bool, depth: int) -> Iterator[tuple[str, Any]]:
    depth += 1
    if depth > _DEEPEST:
        yield path, Unknown("it is nested too deeply")
    elif isinstance(value, Mapping):
        if {"Effect", "effect"} & value.keys():
            return  # a statement of a policy
        for name, item in value.items():
            if name not in _NOT_USED and not (of_job and name == "workteam_arn"):
                yield from _teams(item, f"{path}.{name}" if path else str(name), of_job, depth)
    elif isinstance(value, (list, tuple)):
        for at, item in enumerate(value):
            # Lines are known of attributes and of those of blocks.
            yield from _teams(item, f"{path}[{at}]" if isinstance(item, Mapping) else path, of_job, depth)
    elif isinstance(value, Unknown):
        if value.json is not MISSING:
            yield from _teams(value.json, path, of_job, depth)
            return
        for option in (*value.options, *([] if value.maybe is MISSING else [value.maybe])):
            yield from _teams(option, path, of_job, depth)
        if not value.options:
            yield from ((path, team) for team in in_unknown(value))
    elif isinstance(value, str) and _MARK in value:
        try:
            document = json.loads(value) if value.lstrip()[:1] in ("{", "[") else None
        except (ValueError, RecursionError):
            document = None
        if document is not None:
            yield from _teams(document, path, of_job, depth)
        else:
            yield from ((path, team) for team in _in_text(value))


def in_unknown(value: Unknown) -> Iterator[Any]:
    """The workteams that a text names of which parts are unknown."""
    text = "".join("${x}" if isinstance(part, Hole) else part for part in value.parts)
    if _MARK not in text:
        return
    head, found, team = text.partition(":workteam/")
    if found and head.startswith(("arn:", "${x}")) and len(text.split()) == 1 and "-crowd/" in team:
        if "*" not in team:
            yield value
    else:
        yield from _in_text(text)


def _in_text(text: str) -> Iterator[Any]:
    for start, team in mentions(text):
        begin = text.rfind("\n", 0, start) + 1
        if not text[begin:start].lstrip().startswith(("#", "//")):
            yield team
