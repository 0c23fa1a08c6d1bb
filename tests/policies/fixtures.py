"""The fixtures that lie beside the rules: which there are, and what each must give."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from gtctl.audit.registry import Registered, rules

SOURCES = {
    ".tf": "hcl",
    ".json": "job",
    ".yaml": "job",
    ".yml": "job",
    ".manifest": "data",
    ".liquid": "data",
    ".py": "code",
    ".ipynb": "code",
    ".sh": "code",
}
"""Suffix of a fixture -> the reader it is for."""
LIVE = ".live.yaml"
"""End of the name of a fixture for the account: how it differs from the good one (tests/audit/live/answers.py)."""


@dataclass(frozen=True, slots=True)
class Fixture:
    entry: Registered
    file: Path

    @property
    def expected(self) -> str:
        """fail, pass or unknown: what its name begins with."""
        return self.file.name.partition(".")[0].partition("_")[0]

    @property
    def source(self) -> str:
        return "live" if self.file.name.endswith(LIVE) else SOURCES[self.file.suffix]

    @property
    def name(self) -> str:
        return f"{self.entry.rule.id}-{self.file.name}"

    def alone(self, folder: Path) -> Path:
        """A copy of the fixture in a folder of its own: Terraform reads all files of one together."""
        return Path(shutil.copy(self.file, folder / self.file.name))


def fixtures(*sources: str) -> list[Fixture]:
    """The fixtures of these sources, all if none is named."""
    found = [
        Fixture(entry, file)
        for entry in rules()
        for file in sorted(entry.fixtures.iterdir() if entry.fixtures.is_dir() else ())
        if file.suffix in SOURCES and file.name != "__init__.py"
    ]
    return [fixture for fixture in found if not sources or fixture.source in sources]
