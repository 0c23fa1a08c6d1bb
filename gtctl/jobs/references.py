"""``${stack.NAME}`` and ``${env.NAME}`` in a job spec: outputs of the Terraform stack, environment variables."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gtctl.errors import BadInput

_REFERENCE = re.compile(r"\$\$\{|\$\{(?P<name>[^{}]*)(?P<end>\}?)")
# What is resolved goes to S3, to the service and to the workers' page: credentials have no business there.
_SECRET_NAME = re.compile(r"SECRET|TOKEN|PASSWORD|PASSPHRASE|CREDENTIAL", re.IGNORECASE)


def load_stack(path: Path) -> dict[str, Any]:
    """The stack's outputs by name, from ``gtctl infra output --json`` or from ``terraform output -json``.

    Raises BadInput for a file that is not a JSON object.
    """
    try:
        outputs = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput(f"cannot read the stack's outputs from {path}: {error.strerror}") from error
    except ValueError as error:
        raise BadInput(f"{path}: is not JSON; write it with: gtctl infra output --json > {path}") from error
    if not isinstance(outputs, dict):
        raise BadInput(f"{path}: must be a JSON object of the stack's outputs")
    # terraform wraps every value together with its type.
    return {
        name: value["value"] if isinstance(value, dict) and {"value", "type"} <= value.keys() else value
        for name, value in outputs.items()
    }


def resolve(value: Any, stack: Mapping[str, Any], environment: Mapping[str, str], path: str = "") -> Any:
    """``value`` (dicts, lists, strings) with every reference in its strings replaced; ``$${`` stands for ``${``.

    What comes out of a reference is not read again. Raises BadInput, naming the field at ``path`` and the
    reference, where it cannot be resolved to text or a number.
    """
    if isinstance(value, dict):
        return {key: resolve(item, stack, environment, f"{path}.{key}" if path else key) for key, item in value.items()}
    if isinstance(value, list):
        return [resolve(item, stack, environment, f"{path}[{index}]") for index, item in enumerate(value)]
    if not isinstance(value, str):
        return value

    def replacement(match: re.Match[str]) -> str:
        if match["name"] is None:
            return "${"
        if not match["end"]:
            raise BadInput(f"{path}: {match[0]} has no closing brace; write $${{ for a literal ${{")
        return _lookup(match["name"].strip(), stack, environment, f"{path}: {match[0]}")

    return _REFERENCE.sub(replacement, value)


def _lookup(reference: str, stack: Mapping[str, Any], environment: Mapping[str, str], place: str) -> str:
    source, _, name = reference.partition(".")
    if source == "env" and name:
        if _SECRET_NAME.search(name):
            raise BadInput(f"{place} looks like a secret, which does not belong into a job")
        if name not in environment:
            raise BadInput(f"{place} is not set in the environment")
        return environment[name]
    if source == "stack" and name:
        if name in stack:
            value = stack[name]
            if isinstance(value, (str, int, float)) and not isinstance(value, bool):
                return str(value)
            raise BadInput(f"{place} is not text in the stack's outputs")
        known = f"it has {', '.join(sorted(stack))}" if stack else "give its outputs with --stack FILE"
        raise BadInput(f"{place} is not an output of the stack: {known}")
    raise BadInput(f"{place} is not a reference: write ${{stack.NAME}} or ${{env.NAME}}, or $${{ for a literal ${{")
