"""``gtctl rules``: what the policy check looks for."""

from __future__ import annotations

import json

import click

from gtctl.errors import BadInput


@click.group("rules", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """List and explain the rules of gtctl check."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON (schema_version 1).")
def list_rules(as_json: bool) -> None:
    """List every rule: id, severity, title.

    \b
    Example:
      gtctl rules list
    """
    from gtctl.audit.registry import FAMILIES, rules

    if as_json:
        listed = [
            {
                "id": entry.rule.id,
                "family": entry.family,
                "title": entry.rule.title,
                "severity": entry.rule.severity,
                "sources": list(entry.rule.sources),
                "controls": {name: list(ids) for name, ids in entry.rule.controls.items()},
            }
            for entry in rules()
        ]
        click.echo(json.dumps({"schema_version": 1, "rules": listed}, indent=2))
        return
    for family, about in FAMILIES.items():
        entries = [entry for entry in rules() if entry.family == family]
        if entries:
            click.echo(click.style(about, bold=True))
        for entry in entries:
            click.echo(f"  {entry.rule.id}  {entry.rule.severity:<8}  {entry.rule.title}")


@command.command()
@click.argument("rule_id", metavar="RULE")
def show(rule_id: str) -> None:
    """Explain one rule: why it matters, how to fix what it finds, which requirements it answers.

    \b
    Example:
      gtctl rules show GT101
    """
    from gtctl.audit.pages import page
    from gtctl.audit.registry import rule

    entry = rule(rule_id)
    if entry is None:
        raise BadInput(f"there is no rule {rule_id}; gtctl rules list shows them")
    click.echo(page(entry), nl=False)
