"""``gtctl job check`` and ``gtctl job launch``."""

from __future__ import annotations

from pathlib import Path

import click

from gtctl.cli.job_follow import follow_job
from gtctl.cli.job_source import job_source, load_job, require_launchable


@click.command()
@job_source
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

    rendered = load_job(spec, stack, request_file)
    require_launchable(rendered, spec, request_file)
    if spec:
        click.echo(f"ok  spec             {spec}: fields, types, references")
    click.echo("ok  service model    CreateLabelingJob: types, required members, lengths, ranges, patterns, enums")
    click.echo("ok  documented rules label attribute, labels, S3 URIs, time limits, built-in functions, Regions")
    for refused in REFUSED:
        click.echo(f"ok  refusals         none: {refused}")


@click.command()
@job_source
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

    rendered = load_job(spec, stack, request_file)
    require_launchable(rendered, spec, request_file)
    job = launch_job(rendered)
    click.echo(f"{'already launched' if job.already_there else 'launched'} {job.name}: {job.arn}")
    if wait:
        follow_job(job.name, job.region, interval, timeout)
