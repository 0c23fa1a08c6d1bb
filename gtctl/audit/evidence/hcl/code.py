"""The Terraform code of one directory, parsed: what it declares, and what could not be read."""

from __future__ import annotations

import copy
import json
import posixpath
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gtctl.audit.evidence.disk import Disk
from gtctl.audit.evidence.hcl.json_syntax import parse_json
from gtctl.audit.evidence.hcl.roots import SUFFIXES
from gtctl.audit.evidence.hcl.syntax import Body, HclError, Node, parse
from gtctl.audit.model import Location, Problem

_TERRAFORM = tuple(suffix for suffix in SUFFIXES if suffix.startswith(".tf"))
_TOFU = tuple(suffix for suffix in SUFFIXES if suffix.startswith(".tofu"))
_OVERRIDE = re.compile(r"(^|[/_])override\.(tf|tofu)(\.json)?$")


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A resource, data source, module call, variable or output."""

    type: str
    name: str
    is_data: bool
    body: Body
    location: Location

    @property
    def address(self) -> str:
        return f"{'data.' if self.is_data else ''}{self.type}.{self.name}"


class Code:
    """Everything that the files of one directory declare; ``directory`` is as the user spelled it.

    tofu: as OpenTofu reads them, not Terraform: its own files, too, each in the place of Terraform's of that name
    (https://opentofu.org/docs/language/files/).
    """

    def __init__(self, directory: str, *, tofu: bool = False) -> None:
        self.directory = directory
        self.disk = Disk()
        self.resources: dict[tuple[bool, str, str], Block] = {}
        self.variables: dict[str, Block] = {}
        self.locals: dict[str, Node] = {}
        self.outputs: dict[str, Block] = {}
        self.calls: dict[str, Block] = {}
        self.problems: list[Problem] = []
        self.names_teams = False  # whether a workteam may be named anywhere in it
        names = [name for name in self.disk.names(directory, SUFFIXES) if not name.startswith(".")]
        self.has_tofu = any(name.endswith(_TOFU) for name in names)
        self.only_tofu = bool(names) and all(name.endswith(_TOFU) for name in names)
        names = _for_tofu(names) if tofu else [name for name in names if name.endswith(_TERRAFORM)]
        self.exists = bool(names)
        for name in sorted(names, key=lambda name: (bool(_OVERRIDE.search(name)), name)):
            self._read(posixpath.join(directory, name) if directory not in ("", ".") else name)
        self._installed: dict[str, str] | None = None

    def for_one_root(self) -> Code:
        """The same code, to note what one root module's evaluation reads besides."""
        code = copy.copy(self)
        code.disk = Disk()
        code.disk.noted.update(self.disk.noted)
        return code

    @property
    def installed(self) -> dict[str, str]:
        """Key of a module (``a.b``) -> its directory, as ``terraform init`` wrote down."""
        if self._installed is None:
            self._installed = _installed(self.directory, self.disk)
        return self._installed

    def read(self, path: str) -> str | None:
        """The text of a file that the code names, relative to its directory; None where it cannot be read."""
        text = self.disk.text(str(Path(self.directory, path)))
        self.names_teams |= "crowd" in (text or "")
        return text

    def _read(self, file: str) -> None:
        try:
            text = self.disk.content(file).decode()
            self.names_teams |= "crowd" in text
            body = parse_json(text) if file.endswith(".json") else parse(text)
        except HclError as error:
            self.problems.append(Problem(Location(file, error.line), f"is not valid Terraform code: {error}"))
            return
        except UnicodeDecodeError:
            self.problems.append(Problem(Location(file), "is not UTF-8 text"))
            return
        except OSError as error:
            self.problems.append(Problem(Location(file), f"cannot be read: {error.strerror or error}"))
            return
        override = bool(_OVERRIDE.search(file))
        for type_, labels, inner, line, end in body[1]:
            self._declare(type_, labels, inner, Location(file, line, end), override)

    def _declare(self, type_: str, labels: list[str], body: Body, location: Location, override: bool) -> None:
        match type_, labels:
            case "resource" | "data", [kind, name]:
                block = Block(kind, name, type_ == "data", body, location)
                place = (block.is_data, kind, name)
                if place in self.resources and not override:
                    self._twice(block.address, location)
                self.resources[place] = _merged(self.resources.get(place) if override else None, block)
            case "variable" | "output" | "module", [name]:
                blocks = {"variable": self.variables, "output": self.outputs, "module": self.calls}[type_]
                block = Block(type_, name, False, body, location)
                if name in blocks and not override:
                    self._twice(f"{type_}.{name}", location)
                blocks[name] = _merged(blocks.get(name) if override else None, block)
            case "locals", []:
                self.locals.update({name: node for name, (node, _) in body[0].items()})

    def _twice(self, address: str, location: Location) -> None:
        # Terraform refuses it; whichever of the two we judged, the other might be the one that is meant.
        self.problems.append(Problem(location, f"{address} is declared twice"))


def _merged(block: Block | None, override: Block) -> Block:
    """An override file's block lies over the one it names: its attributes, and its blocks by type."""
    if block is None:
        return override
    replaced = {inner[0] for inner in override.body[1]}
    kept = [inner for inner in block.body[1] if inner[0] not in replaced]
    body = ({**block.body[0], **override.body[0]}, kept + override.body[1])
    return Block(block.type, block.name, block.is_data, body, block.location)


def _for_tofu(names: list[str]) -> list[str]:
    replaced = {re.sub(r"\.tofu(\.json)?$", r".tf\1", name) for name in names if name.endswith(_TOFU)}
    return [name for name in names if name not in replaced]


def _installed(directory: str, disk: Disk) -> dict[str, str]:
    try:
        text = disk.content(posixpath.join(directory, ".terraform", "modules", "modules.json"))
        entries: Any = json.loads(text)["Modules"]
        return {entry["Key"]: posixpath.normpath(posixpath.join(directory, entry["Dir"])) for entry in entries}
    except (OSError, ValueError, LookupError, TypeError):
        return {}
