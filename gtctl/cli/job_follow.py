"""``gtctl job status``, ``list``, ``stop`` and ``watch``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from gtctl.cli.job_source import with_region
from gtctl.errors import Refused

if TYPE_CHECKING:
    from gtctl.jobs.follow import Job

STATUSES = ["Initializing", "InProgress", "Completed", "Failed", "Stopping", "Stopped"]


@click.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print JSON (schema_version 1).")
@with_region
def status(name: str, as_json: bool, region: str | None) -> None:
    """Show the job NAME: status, counters, output.

    \b
    Example:
      gtctl job status chest-ct --json
    """
    from gtctl.jobs.follow import describe

    job = describe(name, region)
    if as_json:
        click.echo(json.dumps(job.as_json(), indent=2))
        return
    rows = [("name", job.name), ("arn", job.arn), ("status", job.status), ("objects", job.counters)]
    rows += [("created", job.created), ("modified", job.modified)]
    rows += [("output", job.output_manifest)] if job.output_manifest else []
    rows += [("reason", job.failure_reason)] if job.failure_reason else []
    for title, value in rows:
        click.echo(f"{title:<9} {value}")


@click.command("list")
@click.option("--status", "only", type=click.Choice(STATUSES), help="Only jobs in this status.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON (schema_version 1).")
@with_region
def list_(only: Any, as_json: bool, region: str | None) -> None:
    """List the labeling jobs of the account in a Region, newest first.

    \b
    Example:
      gtctl job list --status InProgress
    """
    from gtctl.jobs.follow import list_jobs

    jobs = list_jobs(only, region)
    if as_json:
        click.echo(json.dumps({"schema_version": 1, "jobs": [job.as_json() for job in jobs]}, indent=2))
        return
    for job in jobs:
        click.echo(f"{job.created[:19]}  {job.status:<12}  {job.name:<40}  {job.counters}")


@click.command()
@click.argument("name")
@with_region
def stop(name: str, region: str | None) -> None:
    """Stop the job NAME. Labels that were given already are kept.

    \b
    Example:
      gtctl job stop chest-ct
    """
    from gtctl.jobs.follow import stop as stop_job

    job = stop_job(name, region)
    click.echo(f"{job.name}: {job.status} ({job.counters})")


@click.command()
@click.argument("name")
@click.option(
    "--interval", type=click.FloatRange(min=0.1), default=15.0, show_default=True, help="Seconds between looks."
)
@click.option("--timeout", type=click.FloatRange(min=0), help="Give up after so many seconds; the job goes on.")
@with_region
def watch(name: str, interval: float, timeout: float | None, region: str | None) -> None:
    """Follow the job NAME to its end. Ctrl-C ends the watching, not the job.

    Exit code 0: everything is labeled; 1: the job failed, was stopped, or left objects without labels;
    3: it still runs after --timeout.

    \b
    Example:
      gtctl job watch chest-ct --interval 30
    """
    follow_job(name, region, interval, timeout)


def follow_job(name: str, region: str | None, interval: float, timeout: float | None) -> None:
    from gtctl.jobs.follow import watch as watch_job

    show = _bar if sys.stderr.isatty() else _lines
    try:
        *_, job = show(watch_job(name, region=region, interval=interval, timeout=timeout))
    except KeyboardInterrupt:
        click.echo(f"stopped watching; the job goes on: gtctl job watch {name}", err=True)
        raise click.exceptions.Exit(130) from None
    if job.trouble:
        raise Refused(job.trouble)
    click.echo(f"{job.name}: {job.status} ({job.counters})")


def _lines(jobs: Iterator[Job]) -> Iterator[Job]:
    """A line on stderr whenever something has changed."""
    last = ""
    for job in jobs:
        line = f"{job.name}: {job.status} ({job.counters})"
        if line != last and not job.is_final:
            click.echo(line, err=True)
        last = line
        yield job


def _bar(jobs: Iterator[Job]) -> Iterator[Job]:
    """A progress bar on stderr."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("", total=None)
        for job in jobs:
            progress.update(
                bar,
                description=f"{job.name} {job.status}",
                completed=job.labeled + job.failed,
                total=job.total or None,
            )
            yield job
