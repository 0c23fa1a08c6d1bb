"""API requests as Terraform resources: names in snake case, structures as blocks (lists of one dict).

Source: provider resource ``aws_sagemaker_labeling_job`` (6.29) and its older siblings, whose arguments are those of
the API with few exceptions.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

OPERATIONS = {
    "CreateLabelingJob": "aws_sagemaker_labeling_job",
    "CreateFlowDefinition": "aws_sagemaker_flow_definition",
    "CreateWorkteam": "aws_sagemaker_workteam",
    "CreateWorkforce": "aws_sagemaker_workforce",
}
"""API operation -> Terraform type of what it makes."""

_RENAMED = {"member_definitions": "member_definition"}
_MAPS = {"authentication_request_extra_params"}
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def snake(name: str) -> str:
    """``ManifestS3Uri`` or ``manifestS3URI`` -> ``manifest_s3_uri``; snake case stays as it is."""
    # S3 is one word, and the digit must not end it early.
    text = _WORD.sub("_", name.replace("S3", "S3_" if name != "S3" else "S3")).lower()
    return re.sub(r"_+", "_", text).strip("_")


def attributes(request: Mapping[str, Any]) -> dict[str, Any]:
    """The request's members as Terraform's attributes, whichever way their names are spelled."""
    converted: dict[str, Any] = {}
    for name, value in request.items():
        key = snake(str(name))
        key = _RENAMED.get(key, key)
        converted[key] = _tags(value) if key == "tags" else _value(value, key)
    return converted


def path(member: str) -> str:
    """Where the member ``OutputConfig.KmsKeyId`` of a request ends up among the attributes."""
    return ".".join(_RENAMED.get(snake(name), snake(name)) for name in member.split("."))


def _value(value: Any, key: str) -> Any:
    if isinstance(value, Mapping):
        return dict(value) if key in _MAPS else [attributes(value)]
    if isinstance(value, list):
        return [attributes(item) if isinstance(item, Mapping) else item for item in value]
    return value


def _tags(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    pairs = [{str(name).lower(): item for name, item in tag.items()} for tag in value if isinstance(tag, Mapping)]
    return {str(tag["key"]): tag.get("value", "") for tag in pairs if "key" in tag}
