"""Reads job documents: requests of CreateLabelingJob and its relatives as JSON or YAML."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from gtctl.audit.evidence.requests import OPERATIONS, attributes
from gtctl.audit.model import Evidence, Location, Problem, Resource

# The member that tells which operation a request is for.
_TELLS = {
    "human_task_config": "CreateLabelingJob",
    "human_loop_config": "CreateFlowDefinition",
    "member_definition": "CreateWorkteam",
    "cognito_config": "CreateWorkforce",
    "oidc_config": "CreateWorkforce",
}


def read(files: Mapping[str, bytes]) -> Iterator[Evidence]:
    """One Evidence for each document; a document that is no request has no resource."""
    for file, content in files.items():
        try:
            document = _load(file, content)
        except (ValueError, RecursionError) as error:
            yield Evidence(problems=[Problem(Location(file), f"cannot be read: {' '.join(str(error).split())[:200]}")])
            continue
        yield Evidence(resources=list(_resources(document, file)))


def _load(file: str, content: bytes) -> Any:
    if file.endswith(".json"):
        return json.loads(content)
    import yaml

    try:
        return yaml.load(content, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error


def _resources(document: Any, file: str) -> Iterator[Resource]:
    if not isinstance(document, Mapping):
        return
    converted = attributes(document)
    for member, operation in _TELLS.items():
        if member in converted:
            type_ = OPERATIONS[operation]
            name = converted.get("labeling_job_name") or converted.get("flow_definition_name") or "job"
            yield Resource(type_, f"{type_}.{name}", converted, "job", Location(file))
            return
