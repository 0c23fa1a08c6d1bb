"""Evidence readers: files in, resources out. One module per source; none of them knows a rule.

A reader is a module with one function::

    def read(files: Mapping[str, bytes]) -> Iterator[Evidence]

``files`` are the files it was chosen for, by the path that the user gave; each Evidence is one world of resources
that may refer to each other (one root module, one plan, one job document). Whatever the bytes hold, it raises
nothing: what it cannot read becomes a ``Problem``, what it cannot resolve an ``Unknown``.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from gtctl.audit.model import Evidence

Read = Callable[[Mapping[str, bytes]], Iterator[Evidence]]


@dataclass(frozen=True, slots=True)
class Reader:
    """When a reader is asked: by suffix, and by a pattern that stands in every file it can say something about.

    The pattern is what keeps unrelated files from being parsed at all. hints: pieces in lower case of which one stands
    wherever the pattern fits; large files are searched for these many times faster.
    """

    module: str
    suffixes: tuple[str, ...]
    marker: re.Pattern[bytes]
    hints: tuple[bytes, ...] = ()

    def wants(self, path: str, content: bytes) -> bool:
        if not path.endswith(self.suffixes):
            return False
        if self.hints:
            lowered = content.lower()
            if not any(hint in lowered for hint in self.hints):
                return False
        return self.marker.search(content) is not None

    def load(self) -> Read:
        """The reader's function; its module is imported only now."""
        read: Read = importlib.import_module(self.module).read
        return read


READERS: dict[str, Reader] = {
    "hcl": Reader("gtctl.audit.evidence.hcl", (".tf",), re.compile(rb"\S")),
    "plan": Reader("gtctl.audit.evidence.plan", (".json",), re.compile(rb'"planned_values"\s*:')),
    "job": Reader(
        "gtctl.audit.evidence.job",
        (".json", ".yaml", ".yml"),
        re.compile(
            rb"(?i)\b(human_?-?(task|loop)_?-?config|member_?-?definitions|(workteam|workforce)_?-?(arn|name))\b"
            rb'|(public|vendor|private)-crowd|sagemaker\s+(create|update)-|"(source-ref|document-version)"\s*:'
        ),
        (
            *(b"humantask", b"human_task", b"human-task", b"humanloop", b"human_loop", b"human-loop"),
            *(b"memberdef", b"member_def", b"member-def", b"workteam", b"workforce", b"crowd", b"sagemaker"),
            *(b"source-ref", b"document-version"),
        ),
    ),
    "data": Reader(
        "gtctl.audit.evidence.data",
        (".manifest", ".jsonl", ".liquid", ".html"),
        re.compile(rb'"source-ref"\s*:|<crowd-form'),
    ),
    "code": Reader(
        "gtctl.audit.evidence.code",
        (
            *(".py", ".ipynb", ".sh", ".bash", ".zsh", ".mk", "Makefile", "Dockerfile", ".ps1", ".bat", ".cmd"),
            *(".txt", ".env", ".cfg", ".conf", ".ini", ".toml", ".properties", ".tfvars"),
            *(".js", ".mjs", ".cjs", ".ts", ".go", ".java", ".kt", ".scala", ".rb", ".cs", ".r", ".R", ".groovy"),
        ),
        re.compile(
            rb"(create|update)[_-](labeling[_-]job|flow[_-]definition|workteam|workforce)"
            rb"|(Create|Update)(LabelingJob|FlowDefinition|Workteam|Workforce)"
            rb"|workteam\\?/(public|vendor|private)-crowd"
        ),
        (b"labeling", b"flow-definition", b"flow_definition", b"flowdefinition", b"workteam", b"workforce"),
    ),
}
"""Source -> reader. A file may have several; a plan is never taken for a job."""


def source_of(path: str, content: bytes) -> str | None:
    """The source whose reader takes this file; None for a file that nobody can say anything about."""
    return next((source for source, reader in READERS.items() if reader.wants(path, content)), None)
