"""``gtctl job check`` and ``gtctl job launch``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gtctl.cli.job_follow import follow_job, with_watching
from gtctl.cli.job_source import FILE, Function, job_source, load_jobs, require_launchable

if TYPE_CHECKING:
    from gtctl.jobs.gate import Passage
    from gtctl.jobs.render import Rendered
    from gtctl.jobs.sequence import Options


def _gate(function: Function) -> Function:
    """What a check and a launch have in common."""
    for option in (
        click.option("--config", type=FILE, help="Settings and waivers; else the nearest gtctl.toml."),
        click.option(
            "--max-objects",
            type=click.IntRange(min=1),
            help="The most images of a job; more become a campaign of several jobs. [default: 100000, the service's]",
        ),
        click.option("--accept-unknown", is_flag=True, help="What cannot be found out does not stop the launch."),
    ):
        function = option(function)
    return function


@click.command()
@job_source
@_gate
@click.option("--offline", is_flag=True, help="Ask nobody: no credentials, no network.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON (schema_version 1).")
@click.option("--print-policy", is_flag=True, help="Print the IAM policy that the check needs, and nothing else.")
def check(
    spec: Path | None,
    stack: Path | None,
    request_file: Path | None,
    config: Path | None,
    max_objects: int | None,
    accept_unknown: bool,
    offline: bool,
    as_json: bool,
    print_policy: bool,
) -> int:
    """Check a job and, read-only, the account that it is to run in.

    Offline: the spec, the request against SageMaker's own service model, the documented rules that the model lacks,
    the worker's page, what gtctl refuses, and the rules of gtctl check. Then in the account: what breaks jobs in
    practice (CORS, Regions, rights on buckets and keys, workteam and members, sign-in, networks, the images), and the
    rules again, on all that the job touches. Each finding has its fix and the command for it. What may not be read is
    unknown, and says which right is missing.

    \b
    Examples:
      gtctl job check chest-ct.yaml --stack stack.json
      gtctl job check chest-ct.yaml --stack stack.json --offline
      gtctl job check --request build/chest-ct/job.json --json
      gtctl job check --print-policy > preflight-policy.json

    Exit code 0: a launch would go through; 1: it would be refused; 2: the job is wrong; 3: AWS cannot be asked.
    """
    if print_policy:
        from gtctl.jobs.preflight.permissions import policy

        click.echo(json.dumps(policy(), indent=2))
        return 0
    from gtctl.audit.model import Verdict
    from gtctl.jobs import gate, sequence

    steps = load_jobs(spec, stack, request_file)
    for step in steps:
        require_launchable(step, spec, request_file)
    options = _options(spec, request_file, config, max_objects, accept_unknown)
    # What the jobs of a chain read after the first one is not there yet.
    asked = [] if offline else steps[:1]
    passages = [sequence.check(step, options) for step in asked]
    passages += [gate.offline(step, options.settings, options.source) for step in steps[len(asked) :]]
    _say(steps, passages, options, spec, as_json)
    passing = (Verdict.PASS, Verdict.UNKNOWN) if accept_unknown or offline else (Verdict.PASS,)
    return 0 if all(passage.verdict in passing for passage in passages) else 1


def _say(
    steps: Sequence[Rendered], passages: Sequence[Passage], options: Options, spec: Path | None, as_json: bool
) -> None:
    names = [step.request["LabelingJobName"] for step in steps]
    if as_json:
        jobs = [{"job": name, **passage.as_json()} for name, passage in zip(names, passages, strict=True)]
        click.echo(json.dumps({"schema_version": 1, "jobs": jobs}, indent=2, ensure_ascii=False))
        return
    from gtctl.jobs.gate_text import text
    from gtctl.jobs.refusals import REFUSED

    if spec:
        click.echo(f"ok  spec             {spec}: fields, types, references")
    click.echo("ok  service model    CreateLabelingJob: types, required members, lengths, ranges, patterns, enums")
    click.echo("ok  documented rules label attribute, labels, S3 URIs, time limits, built-in functions, worker's page")
    for refused in REFUSED:
        click.echo(f"ok  refusals         none: {refused}")
    for name, passage in zip(names, passages, strict=True):
        click.echo()
        click.echo(text(passage, name, options.accept_unknown), nl=False)


@click.command()
@job_source
@_gate
@click.option("--wait", is_flag=True, help="Follow it to its end, as `gtctl job watch` does; then the next of a chain.")
@with_watching
def launch(
    spec: Path | None,
    stack: Path | None,
    request_file: Path | None,
    config: Path | None,
    max_objects: int | None,
    accept_unknown: bool,
    wait: bool,
    **watching: Any,
) -> None:
    """Launch a job, exactly once.

    Jobs for public or vendor workteams, with a public price, or without their own output key are refused before any
    call is made. Then comes the gate: what `gtctl job check` finds. A failure is passed by a waiver in gtctl.toml only,
    what is unknown by --accept-unknown, too. What was checked is kept with the job: in its tags, and as a record in
    S3, encrypted with the job's key.

    Cut off anywhere, it is run again: the same spec and manifest make one job. A name that belongs to another job is
    refused. More images than a job takes become a campaign NAME-001, NAME-002, ...; of a chain each job is launched
    when the one before has completed: with --wait, or by running this again.

    \b
    Examples:
      gtctl job launch chest-ct.yaml --stack stack.json --wait
      gtctl job launch chest-ct.yaml --stack stack.json --max-objects 20000
      gtctl job launch --request build/chest-ct/job.json

    Exit code 1: refused (with --wait also: the job ended badly); 2: wrong; 3: AWS failed, run it again.
    """
    from gtctl.jobs import sequence

    steps = load_jobs(spec, stack, request_file)
    for step in steps:
        require_launchable(step, spec, request_file)
    options = _options(spec, request_file, config, max_objects, accept_unknown)
    to_the_end = (lambda name, region: follow_job(name, region, **watching)) if wait else None
    done = 0
    for launched in sequence.run(steps, options, to_the_end):
        done += 1
        for job in launched.jobs:
            click.echo(f"{'already launched' if job.already_there else 'launched'} {job.name}: {job.arn}")
    if done < len(steps):
        before, after = (step.request["LabelingJobName"] for step in steps[done - 1 : done + 1])
        click.echo(f"{after} follows when {before} has completed: run this again then, or with --wait")


def _options(
    spec: Path | None, request_file: Path | None, config: Path | None, max_objects: int | None, accept_unknown: bool
) -> Options:
    from gtctl.audit.settings import load
    from gtctl.jobs.sequence import Options

    source = str(spec or request_file)
    return Options(load(config, (source,)), source, accept_unknown, max_objects)
