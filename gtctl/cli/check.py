"""``gtctl check``: the policy check of Terraform code, plans and job documents."""

from __future__ import annotations

from pathlib import Path

import click

from gtctl.audit.model import Severity
from gtctl.audit.report import FORMATS


def prefixes(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """Beginnings of rule ids, as options give them: repeated, or with commas."""
    return tuple(item.strip() for value in values for item in value.split(",") if item.strip())


@click.command("check", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option(
    "--select", multiple=True, callback=prefixes, metavar="RULES", help="Only these: GT101, or GT2 for all GT2xx."
)
@click.option("--ignore", multiple=True, callback=prefixes, metavar="RULES", help="Not these.")
@click.option(
    "--severity",
    type=click.Choice([str(severity) for severity in Severity]),
    default=str(Severity.LOW),
    help="Report what is at least this severe.",
)
@click.option("--strict", is_flag=True, help="What is unknown counts as failed.")
@click.option("--passed", is_flag=True, help="Report what passed, too.")
@click.option("--format", "format_", type=click.Choice(list(FORMATS)), default="text", show_default=True)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write the report to a file.")
@click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Settings; else the nearest gtctl.toml, or [tool.gtctl] in pyproject.toml, in the PATHs' folder or above it.",
)
@click.option("--no-cache", is_flag=True, help="Judge everything anew; neither read nor write verdicts of other runs.")
def command(
    paths: tuple[str, ...],
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    severity: str,
    strict: bool,
    passed: bool,
    format_: str,
    output: Path | None,
    config: Path | None,
    no_cache: bool,
) -> int:
    """Check Terraform code, plans and job documents in PATHs (files or folders; the working folder if none is given).

    Exit code 1 means violations. What cannot be proven is reported as unknown; with --strict it is a violation.

    \b
    Examples:
      gtctl check
      gtctl check terraform/ --strict
      terraform show -json plan.bin > plan.json && gtctl check plan.json --format json
    """
    from gtctl.audit import cache
    from gtctl.audit.check import Options, check
    from gtctl.audit.report import writer
    from gtctl.audit.settings import load

    paths = paths or (".",)
    options = Options(select, ignore, Severity(severity), strict, passed)
    report = check(paths, options, load(config, paths), cached=None if no_cache else cache.folder())
    if report.findings:
        from gtctl.audit.masking import masked

        report = masked(report)
    text = writer(format_)(report)
    if output:
        from gtctl.files import atomic_write

        with atomic_write(output) as stream:
            stream.write(click.unstyle(text) if format_ == "text" else text)
    else:
        click.echo(text, nl=False)
    return 1 if report.violated else 0
