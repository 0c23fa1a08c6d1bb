"""Reads Terraform code: whole root modules with everything they call, wherever the named files lie in them.

The parser and the evaluation are our own, in Python. tfparse (Trivy's evaluation, which is Go, behind one function) was
tried and is not used, because a rule could pass what it did not see: in version 0.6.22 a resource whose ``for_each`` is
not known is missing from the result, as is whatever stands in a file that cannot be parsed, without an error; and what
is known after apply (``aws_kms_key.k.arn``) is here a reference and there a random id that looks like any value. It
tells the lines of blocks, and none of attributes. Nor is it faster: of the 2,000 resources of ``benchmarks/check`` its
``load_from_path`` made a result in 0.6 s and 128 MB at best, this reader in 0.3 s and 34 MB.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from gtctl.audit.evidence.disk import Disk
from gtctl.audit.evidence.hcl.roots import root_modules
from gtctl.audit.model import Evidence, Location, Problem

if TYPE_CHECKING:
    from gtctl.audit.evidence.hcl.code import Code
    from gtctl.audit.evidence.hcl.syntax import Body


def read(files: Mapping[str, bytes]) -> Iterator[Evidence]:
    """The evidence of all root modules that the files belong to (``units``)."""
    for _, evidence in units(files):
        yield from evidence()


def units(files: Mapping[str, bytes]) -> Iterator[tuple[str, Callable[[], Iterator[Evidence]]]]:
    """Each root module that the files belong to, and what reads it: one Evidence, or two where it holds files of
    OpenTofu beside those of Terraform: as each of the two reads it.

    A module is judged with the values of those who call it, so callers are looked for in the whole repository; what
    nobody calls is a root itself. The resources are those of all files: the caller picks those it was asked about.
    """
    parsed: dict[tuple[str, bool], Code] = {}
    for root in root_modules({posixpath.normpath(posixpath.dirname(file) or ".") for file in files}):
        yield root, lambda root=root: _evidence(root, parsed)  # type: ignore[misc]


def _evidence(root: str, parsed: dict[tuple[str, bool], Code]) -> Iterator[Evidence]:
    terraform, codes = _read(root, parsed, tofu=False)
    if not any(code.has_tofu for code in codes):
        yield terraform
        return
    if not any(code.only_tofu for code in codes):
        yield terraform
    yield _read(root, parsed, tofu=True)[0]


def _read(root: str, parsed: dict[tuple[str, bool], Code], *, tofu: bool) -> tuple[Evidence, list[Code]]:
    """The evidence of a root module, and the code of all directories that it is made of."""
    from gtctl.audit.evidence.hcl.code import Code
    from gtctl.audit.evidence.hcl.evaluate import root_module

    used: dict[str, Code] = {}

    def load(directory: str) -> Code:
        if directory not in used:
            place = (directory, tofu)
            if place not in parsed:
                parsed[place] = Code(directory, tofu=tofu)
            used[directory] = parsed[place].for_one_root()
        return used[directory]

    code, disk = load(root), Disk()
    values, problems = _variable_values(root, code, disk)
    module = root_module(code, values, load)
    found = list(module.resources())
    if any(each.names_teams for each in used.values()):
        from gtctl.audit.evidence.code_references import references

        # Before the resources at whose addresses they stand: those are what others refer to.
        found = [made for each in (*found, *module.besides()) for made in references(each)] + found
    codes = list(used.values())
    problems += [problem for each in codes for problem in each.problems]
    noted = {question: answer for each in codes for question, answer in each.disk.noted.items()} | disk.noted
    return Evidence(found, problems, noted=noted), codes


def _variable_values(root: str, code: Code, disk: Disk) -> tuple[dict[str, Any], list[Problem]]:
    """Values of the root's variables from the tfvars files that Terraform reads by itself, later ones last."""
    from gtctl.audit.evidence.hcl.syntax import HclError, parse

    values: dict[str, Any] = {}
    problems = []
    for file in _automatic_tfvars(root, disk):
        try:
            text = disk.content(file).decode()
            values.update(_tfvars_json(text) if file.endswith(".json") else _tfvars(parse(text), code))
        except HclError as error:
            problems.append(Problem(Location(file, error.line), f"is not valid: {error}"))
        except (OSError, ValueError, RecursionError) as error:
            problems.append(Problem(Location(file), f"cannot be read: {' '.join(str(error).split())[:200]}"))
    return values, problems


def _automatic_tfvars(root: str, disk: Disk) -> list[str]:
    names = disk.names(root, (".tfvars", ".tfvars.json"))
    first = [name for name in ("terraform.tfvars", "terraform.tfvars.json") if name in names]
    automatic = [name for name in names if name.endswith((".auto.tfvars", ".auto.tfvars.json"))]
    return [posixpath.join(root, name) for name in first + automatic]


def _tfvars(body: Body, code: Code) -> dict[str, Any]:
    from gtctl.audit.evidence.hcl.evaluate import NO_NAMES, Module

    module = Module(code, "", {}, lambda directory: code)
    return {name: module.evaluate(node, NO_NAMES) for name, (node, _) in body[0].items()}


def _tfvars_json(text: str) -> dict[str, Any]:
    values = json.loads(text)
    if not isinstance(values, dict):
        raise ValueError("must hold one object")
    return values
