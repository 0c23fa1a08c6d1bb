"""What the checks of a job request say, and how they look into a request that may be anything."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Finding:
    """One line about a request: where (``HumanTaskConfig.WorkteamArn``) and what."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


def member(request: Any, path: str) -> Any:
    """The value at a dotted ``path`` of a request; None where it is absent or something above is no object."""
    value = request
    for name in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value


def quoted(value: Any) -> str:
    """``value`` in quotes on one line, cut to a readable length."""
    text = json.dumps(value, ensure_ascii=True, default=str)
    return text if len(text) <= 120 else f"{text[:117]}..."
