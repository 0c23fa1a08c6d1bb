"""Writes the tables of inputs and outputs into the READMEs of the Terraform code.

python scripts/terraform_docs.py [--check]

Each README.md below terraform/ and modules/ that has the two markers gets the tables between them, from the
variables.tf and outputs.tf beside it. With --check nothing is written; exit code 1 says which READMEs are stale.
"""

from __future__ import annotations

import json
import re
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import hcl2

ROOT = Path(__file__).resolve().parent.parent
BEGIN, END = "<!-- BEGIN_TF_DOCS -->\n", "<!-- END_TF_DOCS -->"


def main(arguments: list[str]) -> int:
    stale = []
    for readme in sorted([*ROOT.glob("terraform/**/README.md"), *ROOT.glob("modules/*/README.md")]):
        text = readme.read_text(encoding="utf-8")
        if BEGIN not in text or END not in text:
            continue
        before, _, rest = text.partition(BEGIN)
        wanted = before + BEGIN + tables(readme.parent) + END + rest.partition(END)[2]
        if wanted != text:
            stale.append(str(readme.relative_to(ROOT)))
            if "--check" not in arguments:
                readme.write_text(wanted, encoding="utf-8")
    if "--check" not in arguments:
        return 0
    for name in stale:
        print(f"{name}: its tables are stale: run make docs", file=sys.stderr)  # noqa: T201
    return 1 if stale else 0


def tables(folder: Path) -> str:
    """The tables of the inputs and outputs of the Terraform code in ``folder``, as Markdown."""
    inputs = [
        (
            f"`{name}`",
            _text(body["description"]),
            f"`{_plain(body['type'])}`",
            f"`{_value(body['default'])}`" if "default" in body else "required",
        )
        for name, body in _blocks(folder / "variables.tf", "variable")
    ]
    outputs = [(f"`{name}`", _text(body["description"])) for name, body in _blocks(folder / "outputs.tf", "output")]
    return (
        "\n## Inputs\n\n"
        + _table(("Name", "Description", "Type", "Default"), inputs)
        + "\n## Outputs\n\n"
        + _table(("Name", "Description"), outputs)
        + "\n"
    )


def _blocks(file: Path, kind: str) -> list[tuple[str, dict[str, Any]]]:
    """Name and body of each block, in alphabetical order."""
    with file.open(encoding="utf-8") as stream:
        found: list[dict[str, dict[str, Any]]] = hcl2.load(stream).get(kind, [])
    return sorted((json.loads(name), body) for block in found for name, body in block.items())


def _plain(expression: str) -> str:
    """An expression as it stands in the code: hcl2 gives all but literals as ``${...}``."""
    return expression[2:-1] if expression.startswith("${") else expression


def _value(value: Any) -> str:
    match value:
        case dict():
            inner = ", ".join(f"{_plain(key)} = {_value(item)}" for key, item in value.items() if key != "__is_block__")
            return f"{{ {inner} }}" if inner else "{}"
        case list():
            return f"[{', '.join(map(_value, value))}]"
        case str():
            return _plain(value)
        case _:
            return json.dumps(value)


def _text(literal: str) -> str:
    """A description on one line; indented items of a heredoc begin a line of their own within the cell."""
    if "<<" not in literal:
        text: str = json.loads(literal)
        return " ".join(text.split())
    lines = textwrap.dedent("\n".join(literal.strip('"').splitlines()[1:-1])).splitlines()
    parts: list[str] = []
    for line in lines:
        if parts and not re.match(r"  \w+: ", line):
            parts[-1] += f" {line.strip()}"
        else:
            parts.append(line.strip())
    return "<br>".join(parts)


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
