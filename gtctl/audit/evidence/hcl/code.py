"""The Terraform code of one directory, parsed: what it declares, and what could not be read."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gtctl.audit.evidence.hcl.json_syntax import parse_json
from gtctl.audit.evidence.hcl.syntax import Body, HclError, Node, parse
from gtctl.audit.model import Location, Problem

SUFFIXES = (".tf", ".tf.json")
_LARGEST_FILE = 1 << 20
_OVERRIDE = re.compile(r"(^|_)override\.tf(\.json)?$")


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
    """Everything that the files of one directory declare; ``directory`` is as the user spelled it."""

    def __init__(self, directory: str, contents: dict[str, bytes] | None = None) -> None:
        self.directory = directory
        self.resources: dict[tuple[bool, str, str], Block] = {}
        self.variables: dict[str, Block] = {}
        self.locals: dict[str, Node] = {}
        self.outputs: dict[str, Block] = {}
        self.calls: dict[str, Block] = {}
        self.problems: list[Problem] = []
        self.names_teams = False  # whether a workteam may be named anywhere in it
        files = list(_files(directory)) if contents is None else sorted(contents)
        self.exists = bool(files)
        for file in sorted(files, key=lambda name: (bool(_OVERRIDE.search(name)), name)):
            self._read(file, None if contents is None else contents[file])
        self._installed: dict[str, str] | None = None

    @property
    def installed(self) -> dict[str, str]:
        """Key of a module (``a.b``) -> its directory, as ``terraform init`` wrote down."""
        if self._installed is None:
            self._installed = _installed(self.directory)
        return self._installed

    def read(self, path: str) -> str | None:
        """The text of a file that the code names, relative to its directory; None where it cannot be read."""
        file = Path(self.directory, path)
        try:
            if file.stat().st_size > _LARGEST_FILE:
                return None
            text = file.read_text(encoding="utf-8")
            self.names_teams |= "crowd" in text
            return text
        except (OSError, ValueError):
            return None

    def _read(self, file: str, content: bytes | None) -> None:
        try:
            text = (Path(file).read_bytes() if content is None else content).decode()
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


def _files(directory: str) -> Iterator[str]:
    try:
        names = [entry.name for entry in Path(directory).iterdir()]
    except OSError:
        return
    for name in names:
        if name.endswith(SUFFIXES) and not name.startswith("."):
            yield posixpath.join(directory, name) if directory not in ("", ".") else name


def _installed(directory: str) -> dict[str, str]:
    try:
        entries: Any = json.loads(Path(directory, ".terraform", "modules", "modules.json").read_bytes())["Modules"]
        return {entry["Key"]: posixpath.normpath(posixpath.join(directory, entry["Dir"])) for entry in entries}
    except (OSError, ValueError, LookupError, TypeError):
        return {}
