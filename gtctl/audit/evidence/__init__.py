"""Evidence readers: files in, resources out. One module per source; none of them knows a rule.

A reader is a module with one function::

    def read(files: Mapping[str, bytes]) -> Iterator[Evidence]

``files`` are the files it was chosen for (as UTF-8), by the path that the user gave; each Evidence is one world of
resources that may refer to each other (one root module, one plan, one job document). Where that may be several files,
the module has a function ``units``, too. What else it reads it reads by a ``disk.Disk``. Whatever the bytes hold, it
raises nothing: what it cannot read becomes a ``Problem``, what it cannot resolve an ``Unknown``.
"""

from __future__ import annotations

import importlib
import os
import posixpath
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from gtctl.audit.evidence.hcl.roots import SUFFIXES as TERRAFORM
from gtctl.audit.model import Evidence, Location, Problem

Read = Callable[[Mapping[str, bytes]], Iterator[Evidence]]
Unit = Callable[[], Iterator[Evidence]]


@dataclass(frozen=True, slots=True)
class Reader:
    """When a reader is asked: by suffix, and by a pattern that stands in every file it can say something about.

    The pattern is what keeps unrelated files from being parsed at all; it is looked for in lower case. hints: pieces of
    which one stands wherever the pattern fits; large files are searched for these many times faster. together: groups
    of such pieces; a file with a hint and one of each group of one entry is taken, too. scripts: whether it is asked
    about files without a suffix that begin as a script does. several_files: whether its units may be several files.
    """

    module: str
    suffixes: tuple[str, ...]
    marker: bytes
    hints: tuple[bytes, ...] = ()
    together: tuple[tuple[tuple[bytes, ...], ...], ...] = ()
    scripts: bool = False
    several_files: bool = False

    def wants(self, path: str, content: bytes) -> bool:
        if not path.endswith(self.suffixes) and not (self.scripts and is_script(path, content)):
            return False
        if not self.hints:
            return re.search(self.marker, content) is not None
        lowered = content.lower()
        if not any(hint in lowered for hint in self.hints):
            return False
        if re.search(self.marker, lowered):
            return True
        return any(all(any(piece in lowered for piece in group) for group in groups) for groups in self.together)

    def load(self) -> Read:
        """The reader's function; its module is imported only now."""
        read: Read = importlib.import_module(self.module).read
        return read

    def units(self, files: Mapping[str, bytes]) -> Iterator[tuple[str, Unit]]:
        """What can be read by itself, each with its name and what reads it: a root module, or a file.

        Should a reader raise after all, that is a problem of the unit's files, and the others are read.
        """
        if self.several_files:
            for root, read in importlib.import_module(self.module).units(files):
                own = [file for file in files if (posixpath.normpath(posixpath.dirname(file) or ".")) == root]
                yield root, partial(_or_problems, read, own or list(files))
            return
        for file, content in files.items():
            yield file, partial(_or_problems, partial(self.load(), {file: content}), [file])


def _or_problems(read: Unit, files: Sequence[str]) -> Iterator[Evidence]:
    try:
        yield from read()
    except Exception as error:
        if os.environ.get("GTCTL_DEBUG"):
            raise
        # Its text may quote the file.
        why = f"gtctl trips over it ({type(error).__name__}): run again with --debug to see where, and report it"
        # What it depended on is not known, so that no later run may take it for its own.
        noted = {"nothing": os.urandom(8).hex()}
        yield Evidence(problems=[Problem(Location(file), why) for file in files], noted=noted)


READERS: dict[str, Reader] = {
    "hcl": Reader("gtctl.audit.evidence.hcl", TERRAFORM, rb"\S", several_files=True),
    "plan": Reader("gtctl.audit.evidence.plan", (".json",), rb'"planned_values"\s*:', (b"planned_values",)),
    "job": Reader(
        "gtctl.audit.evidence.job",
        (".json", ".yaml", ".yml", ".jsonl", ".ndjson"),
        (
            rb"human_?-?(task|loop)_?-?config|algorithm_?-?specification|member_?-?definitions|work(team|force)_?-?(arn|name)"
            rb"|public-crowd|vendor-crowd|private-crowd|-crowd\\?/|workteam\\?/[^\s\"'/]*[{$<%\[@]"
            rb'|sagemaker\s+(create|update)-|"(source-ref|document-version)"\s*:'
        ),
        (
            *(b"humantask", b"human_task", b"human-task", b"humanloop", b"human_loop", b"human-loop"),
            *(b"memberdef", b"member_def", b"member-def", b"workteam", b"workforce", b"crowd", b"sagemaker"),
            *(b"algorithmspec", b"algorithm_spec", b"algorithm-spec"),
            *(b"source-ref", b"document-version"),
        ),
    ),
    "data": Reader(
        "gtctl.audit.evidence.data",
        (".manifest", ".liquid", ".html"),
        rb'"source-ref"\s*:|<crowd-form',
    ),
    "code": Reader(
        "gtctl.audit.evidence.code",
        (
            *(".py", ".ipynb", ".sh", ".bash", ".zsh", ".mk", "Makefile", "Dockerfile", ".ps1", ".bat", ".cmd"),
            *(".txt", ".env", ".cfg", ".conf", ".ini", ".toml", ".properties", ".tfvars"),
            *(".j2", ".jinja", ".jinja2", ".tpl", ".tmpl", ".tftpl", ".gotmpl", ".erb"),
            *(".js", ".mjs", ".cjs", ".ts", ".go", ".java", ".kt", ".scala", ".rb", ".cs", ".r", ".R", ".groovy"),
        ),
        (
            rb"(create|update)[_-]?(labeling[_-]?job|training[_-]?job|flow[_-]?definition|workteam|workforce)"
            rb"|workteam\\?/(public|vendor|private)-crowd"
            rb"|sagemaker\s+(\\\s+)?[\"']?([a-z-]+-)?[\"']?[$`]"
        ),
        (
            *(b"labeling", b"flow-definition", b"flow_definition", b"flowdefinition"),
            *(b"workteam", b"workforce", b"sagemaker", b"humantask", b"humanloop"),
            *(b"training-job", b"training_job", b"trainingjob"),
        ),
        # Names that are put together: of what a program calls or runs, of a team.
        together=(
            (
                (b"sagemaker", b"labeling_job", b"labelingjob", b"humantaskconfig", b"humanloopconfig", b"workteam"),
                (b"getattr", b"methodcaller", b"__getattribute__", b"_make_api_call", b"subprocess", b"os.system"),
            ),
            ((b"workteam/", b"workteam\\/"), (b"crowd",)),
        ),
        scripts=True,
    ),
}
"""Source -> reader. A file may have several; a plan is never taken for a job."""


def is_script(path: str, beginning: bytes) -> bool:
    """Whether a file is a program that only its first line tells: ``#!/usr/bin/env python3``."""
    return "." not in path.rpartition("/")[2] and beginning.startswith(b"#!")


def source_of(path: str, content: bytes) -> str | None:
    """The source whose reader takes this file; None for a file that nobody can say anything about."""
    return next((source for source, reader in READERS.items() if reader.wants(path, content)), None)
