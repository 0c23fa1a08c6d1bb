"""``gtctl job``: render, check, launch and follow labeling jobs."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from gtctl.errors import BadInput, Refused

if TYPE_CHECKING:
    from gtctl.jobs.follow import Job
    from gtctl.jobs.render import Rendered

Function = TypeVar("Function", bound=Callable[..., Any])
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
STATUSES = ["Initializing", "InProgress", "Completed", "Failed", "Stopping", "Stopped"]


@click.group()
def command() -> None:
    """Render, check, launch and follow labeling jobs.

    \b
    A job is described by one YAML file; see gtctl/jobs/examples/chest-ct.yaml and `gtctl job schema`:
      gtctl infra output --json > stack.json
      gtctl job check  chest-ct.yaml --stack stack.json
      gtctl job launch chest-ct.yaml --stack stack.json --wait
      gtctl job status chest-ct
    """


def _job_source(function: Function) -> Function:
    """A job is given as SPEC or as --request FILE."""
    function = click.option(
        "--request", "request_file", type=_FILE, help="A CreateLabelingJob request (JSON) instead of a SPEC."
    )(function)
    return _spec(click.argument("spec", type=_FILE, required=False)(function))


def _spec(function: Function) -> Function:
    return click.option(
        "--stack", type=_FILE, help="Outputs of the stack for ${stack.NAME}: gtctl infra output --json > FILE."
    )(function)


def _region(function: Function) -> Function:
    return click.option("--region", help="AWS Region; default: the environment's.")(function)


@command.command()
@click.argument("spec", type=_FILE)
@_spec
@click.option(
    "--output",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Folder for job.json, label-categories.json and template.liquid.",
)
def render(spec: Path, stack: Path | None, folder: Path) -> None:
    """Write the CreateLabelingJob request and its files, for review or for another launcher.

    The same SPEC gives the same bytes. A job that could not be launched is not written. Launched with
    `gtctl job launch --request`, the files are uploaded too; another tool must first put them where the
    request points.

    \b
    Example:
      gtctl job render chest-ct.yaml --stack stack.json --output build/chest-ct
    """
    from gtctl.files import atomic_write
    from gtctl.jobs.render import LABELS_FILE, TEMPLATE_FILE, request_file

    rendered = _load(spec, stack, None)
    _require_launchable(rendered, spec, None)
    for name, content in (
        (LABELS_FILE, rendered.label_categories),
        (TEMPLATE_FILE, rendered.worker_template),
        ("job.json", request_file(rendered.request)),
    ):
        with atomic_write(folder / name, "wb") as stream:
            stream.write(content)
        click.echo(folder / name)


@command.command()
@_job_source
def check(spec: Path | None, stack: Path | None, request_file: Path | None) -> None:
    """Check a job without asking anybody: no credentials, no network.

    Checks the spec, the request against SageMaker's own service model (patterns and enums included), the
    documented rules that the model lacks, and what gtctl refuses. Exit code 1: refused; 2: wrong.

    \b
    Examples:
      gtctl job check chest-ct.yaml --stack stack.json
      gtctl job check --request build/chest-ct/job.json
    """
    from gtctl.jobs.refusals import REFUSED

    rendered = _load(spec, stack, request_file)
    _require_launchable(rendered, spec, request_file)
    if spec:
        click.echo(f"ok  spec             {spec}: fields, types, references")
    click.echo("ok  service model    CreateLabelingJob: types, required members, lengths, ranges, patterns, enums")
    click.echo("ok  documented rules label attribute, labels, S3 URIs, time limits, built-in functions, Regions")
    for refused in REFUSED:
        click.echo(f"ok  refusals         none: {refused}")


@command.command()
@_job_source
@click.option("--wait", is_flag=True, help="Follow the job to its end, as `gtctl job watch` does.")
@click.option(
    "--interval", type=click.FloatRange(min=0.1), default=15.0, show_default=True, help="Seconds, with --wait."
)
@click.option("--timeout", type=click.FloatRange(min=0), help="Seconds, with --wait; the job goes on after it.")
def launch(
    spec: Path | None, stack: Path | None, request_file: Path | None, wait: bool, interval: float, timeout: float | None
) -> None:
    """Launch a job, exactly once.

    Jobs for public or vendor workteams, with a public price, or without their own output key are refused
    before any call is made. Run again with the same job, it says so and does nothing; a name that belongs to
    another job is refused. Exit code 1: refused (with --wait also: the job ended badly); 2: wrong.

    \b
    Examples:
      gtctl job launch chest-ct.yaml --stack stack.json --wait
      gtctl job launch --request build/chest-ct/job.json
    """
    from gtctl.jobs.launch import launch as launch_job

    rendered = _load(spec, stack, request_file)
    _require_launchable(rendered, spec, request_file)
    job = launch_job(rendered)
    click.echo(f"{'already launched' if job.already_there else 'launched'} {job.name}: {job.arn}")
    if wait:
        _follow(job.name, job.region, interval, timeout)


@command.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print JSON (schema_version 1).")
@_region
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


@command.command("list")
@click.option("--status", "only", type=click.Choice(STATUSES), help="Only jobs in this status.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON (schema_version 1).")
@_region
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


@command.command()
@click.argument("name")
@_region
def stop(name: str, region: str | None) -> None:
    """Stop the job NAME. Labels that were given already are kept.

    \b
    Example:
      gtctl job stop chest-ct
    """
    from gtctl.jobs.follow import stop as stop_job

    job = stop_job(name, region)
    click.echo(f"{job.name}: {job.status} ({job.counters})")


@command.command()
@click.argument("name")
@click.option(
    "--interval", type=click.FloatRange(min=0.1), default=15.0, show_default=True, help="Seconds between looks."
)
@click.option("--timeout", type=click.FloatRange(min=0), help="Give up after so many seconds; the job goes on.")
@_region
def watch(name: str, interval: float, timeout: float | None, region: str | None) -> None:
    """Follow the job NAME to its end. Ctrl-C ends the watching, not the job.

    Exit code 0: everything is labeled; 1: the job failed, was stopped, or left objects without labels;
    3: it still runs after --timeout.

    \b
    Example:
      gtctl job watch chest-ct --interval 30
    """
    _follow(name, region, interval, timeout)


@command.command()
def schema() -> None:
    """Print the JSON Schema of a job spec, for editors.

    \b
    Example:
      gtctl job schema > job-spec.schema.json
      # first line of the spec:  # yaml-language-server: $schema=job-spec.schema.json
    """
    from gtctl.jobs.spec import json_schema

    click.echo(json.dumps(json_schema(), indent=2))


def _load(spec: Path | None, stack: Path | None, request_file: Path | None) -> Rendered:
    from gtctl.jobs.references import load_stack
    from gtctl.jobs.render import render as render_job
    from gtctl.jobs.request import load_request
    from gtctl.jobs.spec import load

    if request_file:
        if spec or stack:
            raise click.UsageError("give either a SPEC (with --stack) or --request FILE")
        return load_request(request_file)
    if not spec:
        raise click.UsageError("give a SPEC, or --request FILE")
    loaded = load(spec, load_stack(stack) if stack else {})
    try:
        return render_job(loaded)
    except BadInput as error:
        raise BadInput(f"{spec}: {error}") from error


def _require_launchable(rendered: Rendered, spec: Path | None, request_file: Path | None) -> None:
    """The offline gate, with findings named by the fields of the spec; warnings go to stderr."""
    from gtctl.jobs.check import NO_FIELDS, require_launchable
    from gtctl.jobs.render import SPEC_FIELDS

    source = spec or request_file
    for warning in require_launchable(rendered, str(source), SPEC_FIELDS if spec else NO_FIELDS):
        click.echo(f"warning: {source}: {warning}", err=True)


def _follow(name: str, region: str | None, interval: float, timeout: float | None) -> None:
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
