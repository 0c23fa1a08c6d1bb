"""Reads Terraform code: whole root modules with everything they call, wherever the named files lie in them."""

from __future__ import annotations

import json
import os
import posixpath
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from gtctl.audit.evidence.hcl.code import SUFFIXES, Code
from gtctl.audit.evidence.hcl.evaluate import NO_NAMES, Module, root_module
from gtctl.audit.evidence.hcl.syntax import Body, HclError, parse
from gtctl.audit.model import Evidence, Location, Problem

_LOCAL_SOURCE = re.compile(rb'\bsource"?\s*[=:]\s*"(\.\.?/[^"]*)"')
_NOT_OURS = {"node_modules", "__pycache__"}
_MOST_DIRECTORIES = 20_000


def read(files: Mapping[str, bytes]) -> Iterator[Evidence]:
    """One Evidence for each root module that the files belong to.

    A module is judged with the values of those who call it, so callers are looked for in the whole repository; what
    nobody calls is a root itself. The resources are those of all files: the caller picks those it was asked about.
    """
    directories = {posixpath.normpath(posixpath.dirname(file) or ".") for file in files}
    codes: dict[str, Code] = {}

    def load(directory: str) -> Code:
        if directory not in codes:
            codes[directory] = Code(directory)
        return codes[directory]

    told: set[str] = set()
    for root in _roots(directories):
        code = load(root)
        values, problems = _variable_values(root, code)
        module = root_module(code, values, load)
        found = list(module.resources())
        if any(each.names_teams for each in codes.values()):
            from gtctl.audit.evidence.code_references import references

            # Before the resources at whose addresses they stand: those are what others refer to.
            found = [made for each in (*found, *module.besides()) for made in references(each)] + found
        for directory, each in codes.items():
            if directory not in told:
                told.add(directory)
                problems += each.problems
        yield Evidence(found, problems)


def _roots(directories: set[str]) -> list[str]:
    """The root modules that call any of ``directories``, and those of them that nobody calls."""
    callers: dict[str, set[str]] = {}
    for scope in {_scope(directory) for directory in directories}:
        for directory, called in _calls(scope):
            for each in called:
                callers.setdefault(each, set()).add(directory)
    roots: set[str] = set()
    for directory in directories:
        seen: set[str] = set()
        waiting = [directory]
        while waiting:
            each = waiting.pop()
            if each in seen:
                continue
            seen.add(each)
            above = callers.get(each, set()) - seen
            waiting += above
            if not callers.get(each):
                roots.add(each)
        if not roots & seen:
            roots.add(directory)  # modules that call each other in a circle
    return sorted(roots)


def _scope(directory: str) -> str:
    """Where callers of ``directory`` are looked for: its repository, else the working folder, else itself."""
    here = Path(directory).absolute()
    for folder in (here, *here.parents):
        if (folder / ".git").exists():
            return os.path.relpath(folder) if not posixpath.isabs(directory) else str(folder)
    if here.is_relative_to(Path.cwd()):
        return "." if not posixpath.isabs(directory) else str(Path.cwd())
    return directory


def _calls(scope: str) -> Iterator[tuple[str, set[str]]]:
    """The directories below ``scope`` that call local modules, each with what it calls."""
    for count, (folder, below, names) in enumerate(os.walk(scope)):
        below[:] = [name for name in below if name not in _NOT_OURS and not name.startswith(".")]
        if count > _MOST_DIRECTORIES:
            return
        called: set[str] = set()
        for name in names:
            if name.endswith(SUFFIXES):
                try:
                    content = Path(folder, name).read_bytes()
                except OSError:
                    continue
                for source in _LOCAL_SOURCE.findall(content):
                    path = posixpath.join(folder, source.decode(errors="replace"))
                    called.add(posixpath.normpath(path))
        if called:
            yield posixpath.normpath(folder), called


def _variable_values(root: str, code: Code) -> tuple[dict[str, Any], list[Problem]]:
    """Values of the root's variables from the tfvars files that Terraform reads by itself, later ones last."""
    values: dict[str, Any] = {}
    problems = []
    for file in _automatic_tfvars(root):
        try:
            text = Path(file).read_text(encoding="utf-8")
            values.update(_tfvars_json(text) if file.endswith(".json") else _tfvars(parse(text), code))
        except HclError as error:
            problems.append(Problem(Location(file, error.line), f"is not valid: {error}"))
        except (OSError, ValueError, RecursionError) as error:
            problems.append(Problem(Location(file), f"cannot be read: {' '.join(str(error).split())[:200]}"))
    return values, problems


def _automatic_tfvars(root: str) -> list[str]:
    try:
        names = sorted(entry.name for entry in Path(root).iterdir())
    except OSError:
        return []
    first = [name for name in ("terraform.tfvars", "terraform.tfvars.json") if name in names]
    automatic = [name for name in names if name.endswith((".auto.tfvars", ".auto.tfvars.json"))]
    return [posixpath.join(root, name) for name in first + automatic]


def _tfvars(body: Body, code: Code) -> dict[str, Any]:
    module = Module(code, "", {}, lambda directory: code)
    return {name: module.evaluate(node, NO_NAMES) for name, (node, _) in body[0].items()}


def _tfvars_json(text: str) -> dict[str, Any]:
    values = json.loads(text)
    if not isinstance(values, dict):
        raise ValueError("must hold one object")
    return values
