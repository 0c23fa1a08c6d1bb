"""Finds the rules: every ``policies/<family>/<id>_<name>.py``. A rule needs no other registration."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from gtctl.assets import asset_root
from gtctl.audit.rule import Check, Rule

FAMILIES = {
    "workforce": "Who may see the images",
    "encryption": "Keys",
    "access": "Who may do what",
    "logging": "Logs and evidence",
    "data": "What is labeled",
    "job": "How a job is set up",
}
"""Folder below ``policies/`` -> what its rules are about, in the order of their ids (GT1xx, GT2xx, ...)."""


@dataclass(frozen=True, slots=True)
class Registered:
    """A rule, its function, its family (folder) and its file."""

    rule: Rule
    check: Check
    family: str
    file: Path

    @property
    def fixtures(self) -> Path:
        """The folder beside the rule with its failing and passing examples."""
        return self.file.with_suffix("")


@cache
def rules() -> tuple[Registered, ...]:
    """Every rule, by id."""
    found = [
        _load(file, family) for family in FAMILIES for file in sorted((asset_root() / "policies" / family).glob("*.py"))
    ]
    return tuple(sorted(found, key=lambda entry: entry.rule.id))


def rule(rule_id: str) -> Registered | None:
    """The rule with this id (in any case), if there is one."""
    return next((entry for entry in rules() if entry.rule.id == rule_id.upper()), None)


def _load(file: Path, family: str) -> Registered:
    spec = importlib.util.spec_from_file_location(f"gtctl_policies.{family}.{file.stem}", file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return Registered(module.RULE, module.check, family, file)
