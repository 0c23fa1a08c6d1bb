"""Reads Terraform states: what ``terraform show -json`` prints without a plan, and state files of version 4.

A state is what Terraform knows of the account, not what the code says; so it is nothing to check, but something to
compare an account with. Formats: https://developer.hashicorp.com/terraform/internals/json-format, and the state files
that Terraform 0.12 and later write.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from gtctl.audit.model import Location, Resource
from gtctl.errors import BadInput


def load(file: Path) -> list[Resource]:
    """The managed resources in a state. Raises BadInput where ``file`` is none."""
    try:
        state = json.loads(file.read_bytes())
    except OSError as error:
        raise BadInput(f"cannot read the state {file}: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{file}: is not JSON: {' '.join(str(error).split())[:200]}") from error
    try:
        if "planned_values" in state:
            raise BadInput(f"{file}: is a plan: give it as a PATH")
        entries = _shown(state["values"].get("root_module", {})) if "values" in state else _written(state)
        return [
            Resource(type_, address, attributes, "state", Location(str(file))) for type_, address, attributes in entries
        ]
    except (LookupError, TypeError, AttributeError):
        raise BadInput(
            f"{file}: is no state: give what terraform show -json prints, or a state file of version 4"
        ) from None


def _shown(module: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for entry in module.get("resources", ()):
        if entry["mode"] == "managed":
            yield entry["type"], entry["address"], entry["values"]
    for child in module.get("child_modules", ()):
        yield from _shown(child)


def _written(state: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    if state["version"] != 4:
        raise LookupError
    for entry in state["resources"]:
        if entry["mode"] != "managed":
            continue
        base = ".".join(part for part in (entry.get("module"), entry["type"], entry["name"]) if part)
        for instance in entry["instances"]:
            key = instance.get("index_key")
            yield entry["type"], base if key is None else f"{base}[{json.dumps(key)}]", instance["attributes"]
