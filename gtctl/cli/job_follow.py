"""``gtctl job status``, ``list``, ``stop`` and ``watch``."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gtctl.cli.job_source import FILE, Function, with_region
from gtctl.errors import GtctlError, Refused

if TYPE_CHECKING:
    from gtctl.jobs.job import Job
    from gtctl.jobs.progress import Meter

STATUSES = ["Initializing", "InProgress", "Completed", "Failed", "Stopping", "Stopped"]
Say = Callable[[str], None]


def with_watching(function: Function) -> Function:
    """How a job is watched."""
    for option in (
        click.option("--prices", type=FILE, help="Price table (TOML) for the cost so far; without it gtctl's."),
        click.option(
            "--stall",
            type=click.FloatRange(min=0),
            default=900.0,
            show_default=True,
            help="Seconds without a change after which to say what may hold the job up.",
        ),
        click.option("--timeout", type=click.FloatRange(min=0), help="Give up after so many seconds; the job goes on."),
        click.option(
            "--interval",
            type=click.FloatRange(min=0.1),
            default=15.0,
            show_default=True,
            help="Seconds between looks.",
        ),
    ):
        function = option(function)
    return function


@click.command()
@click.argument("name")
@click.option("--why", is_flag=True, help="Say what may hold the job up: members, rights, CORS, keys, its log.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON (schema_version 1).")
@with_region
def status(name: str, why: bool, as_json: bool, region: str | None) -> None:
    """Show the job or campaign NAME: status, counters, output.

    \b
    Examples:
      gtctl job status chest-ct --json
      gtctl job status chest-ct --why
    """
    from gtctl.jobs.follow import describe

    job = describe(name, region)
    causes = _causes(job, region) if why else []
    if as_json:
        extra = {"causes": [cause.as_json() for cause in causes]} if why else {}
        click.echo(json.dumps(job.as_json() | extra, indent=2))
        return
    rows = [("name", job.name), ("arn", job.arn), ("status", job.status), ("objects", job.counters)]
    rows += [("created", job.created), ("modified", job.modified)]
    rows += [("output", job.output_manifest or ""), ("reason", job.failure_reason or "")]
    for title, value in rows:
        if value:
            click.echo(f"{title:<9} {value}")
    for each in job.jobs:
        click.echo(f"job       {each.name}: {each.status} ({each.counters})")
    if why:
        _tell(job, causes, click.echo)


@click.command("list")
@click.option("--status", "only", type=click.Choice(STATUSES), help="Only jobs in this status.")
@click.option("--campaign", metavar="NAME", help="Only the jobs of this campaign.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON (schema_version 1).")
@with_region
def list_(only: Any, campaign: str | None, as_json: bool, region: str | None) -> None:
    """List the labeling jobs of the account in a Region, newest first.

    \b
    Examples:
      gtctl job list --status InProgress
      gtctl job list --campaign chest-ct
    """
    from gtctl.jobs import follow

    if campaign:
        found = follow.describe_campaign(campaign, region).jobs
        jobs = [job for job in found if only in (None, job.status)]
    else:
        jobs = list(follow.list_jobs(only, region))
    if as_json:
        click.echo(json.dumps({"schema_version": 1, "jobs": [job.as_json() for job in jobs]}, indent=2))
        return
    for job in jobs:
        click.echo(f"{job.created[:19]}  {job.status:<12}  {job.name:<40}  {job.counters}")


@click.command()
@click.argument("name")
@with_region
def stop(name: str, region: str | None) -> None:
    """Stop the job NAME, or all jobs of that campaign. Labels that were given already are kept.

    \b
    Example:
      gtctl job stop chest-ct
    """
    from gtctl.jobs.follow import stop as stop_job

    job = stop_job(name, region)
    click.echo(f"{job.name}: {job.status} ({job.counters})")


@click.command()
@click.argument("name")
@with_watching
@with_region
def watch(name: str, region: str | None, **watching: Any) -> None:
    """Follow the job or campaign NAME to its end: how far it is, how fast, how long it takes, what it has cost.

    When nothing moves for a while it says what may hold the job up. Ctrl-C ends the watching, not the job.

    Exit code 0: everything is labeled; 1: the job failed, was stopped, or left objects without labels;
    3: it still runs after --timeout, or AWS answers no longer; the job goes on.

    \b
    Examples:
      gtctl job watch chest-ct --interval 30
      gtctl job watch chest-ct --stall 300 --prices prices.toml
    """
    follow_job(name, region, **watching)


def follow_job(
    name: str, region: str | None, interval: float, timeout: float | None, stall: float, prices: Path | None
) -> None:
    """Watch ``name`` to its end. Raises Refused where it does not end well."""
    from gtctl.jobs.cost import load_prices
    from gtctl.jobs.follow import watch as watch_job
    from gtctl.jobs.progress import Meter

    show = _bar if sys.stderr.isatty() else _lines
    meter = Meter(load_prices(prices))
    try:
        *_, job = show(watch_job(name, region=region, interval=interval, timeout=timeout), meter, stall, region)
    except KeyboardInterrupt:
        click.echo(f"stopped watching; the job goes on: gtctl job watch {name}", err=True)
        raise click.exceptions.Exit(130) from None
    if job.trouble:
        raise Refused(job.trouble)
    click.echo(f"{job.name}: {job.status} ({job.counters})")


def _lines(jobs: Iterator[Job], meter: Meter, stall: float, region: str | None) -> Iterator[Job]:
    """A line on stderr whenever something has changed."""
    last, told = "", False
    for job in jobs:
        progress = meter.see(job)
        line = f"{job.name}: {job.status} ({job.counters})"
        if line != last and not job.is_final:
            click.echo(f"{line}  {progress.text}", err=True)
            told = False
        last = line
        if not told and not job.is_final and progress.still >= stall:
            told = True
            _tell(job, _causes(job, region), lambda text: click.echo(text, err=True))
        yield job


def _bar(jobs: Iterator[Job], meter: Meter, stall: float, region: str | None) -> Iterator[Job]:
    """A progress bar on stderr."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[more]}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        bar = shown.add_task("", total=None, more="")
        told = -1
        for job in jobs:
            progress = meter.see(job)
            done = job.labeled + job.failed
            shown.update(
                bar,
                description=f"{job.name} {job.status}",
                completed=done,
                total=job.total or None,
                more=progress.text,
            )
            if told != done and not job.is_final and progress.still >= stall:
                told = done
                _tell(job, _causes(job, region), lambda text: shown.console.print(text, markup=False, highlight=False))
            yield job


def _causes(job: Job, region: str | None) -> list[Any]:
    """What may hold ``job`` up; of a campaign, its first job that has not ended."""
    from gtctl.jobs.diagnosis import diagnose, unable

    one = next((each for each in job.jobs if not each.is_final), job.jobs[0]) if job.jobs else job
    try:
        return diagnose(one.name, region)
    except GtctlError as error:
        return [unable(error)]


def _tell(job: Job, causes: list[Any], say: Say) -> None:
    if not causes:
        say(f"{job.name}: nothing is to be seen that holds it up; it waits for its workers")
        return
    say(f"{job.name}: what may hold it up:")
    for cause in causes:
        say(f"  {'-' if cause.certain else '?'} {cause.what}")
        say(f"    fix:  {cause.fix}")
        say(f"    run:  {cause.command}")
