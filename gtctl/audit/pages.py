"""The page of a rule, from what the rule says about itself.

``python -m gtctl.audit.pages docs/rules`` writes them all.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from gtctl.audit.registry import FAMILIES, Registered, rules
from gtctl.audit.rule import Rule

SOURCES = {
    "hcl": "Terraform code",
    "plan": "Terraform plans",
    "job": "job documents",
    "data": "manifests and templates",
    "code": "code that launches jobs",
    "live": "the account",
}
"""Reader -> what it reads, for people."""


def page(entry: Registered) -> str:
    """The page of one rule, in Markdown."""
    return markdown(entry.rule)


def markdown(rule: Rule) -> str:
    """What a rule says about itself, as a page. The engine's own rules look at no resource and have no references."""
    return "\n".join(_page(rule)).rstrip() + "\n"


def index() -> str:
    """The list of all pages, in Markdown."""
    lines = ["# Rules", ""]
    for family, about in FAMILIES.items():
        entries = [entry for entry in rules() if entry.family == family]
        if not entries:
            continue
        lines += [f"## {about}", "", "| rule | severity | what holds when all is well |", "|---|---|---|"]
        lines += [f"| [{e.rule.id}]({e.rule.id}.md) | {e.rule.severity} | {e.rule.title} |" for e in entries]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def pages() -> dict[str, str]:
    """File name -> content of everything below ``docs/rules``."""
    return {"README.md": index()} | {f"{entry.rule.id}.md": page(entry) for entry in rules()}


def _page(rule: Rule) -> Iterator[str]:
    yield from (f"# {rule.id}: {rule.title}", "")
    sources = ", ".join(SOURCES[source] for source in rule.sources)
    types = ", ".join(f"`{type_}`" for type_ in rule.resource_types)
    yield from (f"Severity: **{rule.severity}**." + (f" Looks at {sources}: {types}." if sources else ""), "")
    yield from ("## Why", "", rule.rationale, "", "## What to do", "", rule.remediation, "")
    for language, example in (("hcl", rule.example_hcl), ("json", rule.example_job)):
        if example:
            yield from (f"```{language}", example.rstrip("\n"), "```", "")
    if rule.controls:
        yield from ("## Requirements it answers", "")
        yield from (f"* {framework}: {', '.join(ids)}" for framework, ids in rule.controls.items())
        yield ""
    if rule.references:
        yield from ("## References", "")
        yield from (f"* <{url}>" for url in rule.references)


def write(folder: Path) -> None:
    """Write every page, and remove those of rules that are gone."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = pages()
    for name, text in wanted.items():
        (folder / name).write_text(text, encoding="utf-8")
    for file in folder.glob("*.md"):
        if file.name not in wanted:
            file.unlink()


if __name__ == "__main__":
    write(Path(sys.argv[1]))
