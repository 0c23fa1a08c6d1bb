"""``gtctl sandbox``: the local AWS."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gtctl.errors import EnvironmentFailed

if TYPE_CHECKING:
    from gtctl.sandbox.process import Running


@click.group("sandbox", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """The local AWS: one process on 127.0.0.1 that needs no account, no Docker and no internet.

    \b
    Example:
      gtctl sandbox up
      eval "$(gtctl sandbox env)"      # from here on aws, boto3 and Terraform speak to it
      aws sagemaker list-workteams
      gtctl sandbox down

    Its state is in memory and gone when it stops. Where it runs is written to .gtctl/sandbox.json
    (or below $GTCTL_HOME).
    """


@command.command()
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port to listen on (default: a free one).")
def up(port: int) -> None:
    """Start the sandbox in the background, unless it runs."""
    from gtctl.sandbox import process

    stale = process.recorded() is not None and process.find() is None
    running, started = process.up(port)
    if stale:
        click.echo("The sandbox that was recorded here is gone; this is a new, empty one.", err=True)
    click.echo(f"{'Started' if started else 'Running'}: {running.endpoint} (process {running.pid})")
    click.echo('Use it with: eval "$(gtctl sandbox env)"', err=True)


@command.command()
def down() -> None:
    """Stop the sandbox. What was in it is gone."""
    from gtctl.sandbox import process

    click.echo("Stopped." if process.down() else "No sandbox was running.")


@command.command()
def status() -> None:
    """Say whether the sandbox runs, and where (exit code 3 when it does not)."""
    from gtctl.sandbox import process

    running = process.find()
    if running is None:
        stale = process.recorded() is not None
        raise EnvironmentFailed(
            f"no sandbox is running{' (the recorded one is gone)' if stale else ''}: start it with gtctl sandbox up"
        )
    click.echo(f"Running: {running.endpoint} (process {running.pid}, since {running.started})")


@command.command()
def env() -> None:
    """Print the exports that point aws, boto3 and Terraform to the sandbox."""
    for name, value in _running().environment().items():
        click.echo(f"export {name}={shlex.quote(value)}")


@command.command()
@click.argument("job")
@click.option("--workers", type=click.IntRange(1, 9), default=2, show_default=True, help="How many simulated workers.")
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed gives the same boxes.")
@click.option("--region", help="Region of the job (default: the sandbox's).")
def annotate(job: str, workers: int, seed: int, region: str | None) -> None:
    """Let SIMULATED workers answer the open tasks of JOB.

    They are made as members of the job's private work team, open the worker page, load the image and
    submit boxes. The boxes mean nothing medically: they lie on regions of high contrast.
    """
    from gtctl.sandbox.process import REGION
    from gtctl.sandbox.simulated_workers import annotate as work

    running = _running()
    os.environ.update(running.environment())
    answers = work(running, job, region or REGION, workers, seed)
    click.echo(f"{workers} simulated workers gave {answers} answers to {job}.")


@command.command()
@click.argument("workteam")
@click.option(
    "--workers", type=click.IntRange(1, 50), default=3, show_default=True, help="How many members it is to have."
)
@click.option("--region", help="Region of the team (default: the sandbox's).")
def invite(workteam: str, workers: int, region: str | None) -> None:
    """Let SIMULATED workers be members of WORKTEAM (its name or ARN), as if they had signed in.

    In an account people are invited with aws cognito-idp admin-create-user, and sign in to the portal themselves.

    \b
    Example:
      gtctl sandbox invite gtctl-sandbox-readers --workers 3
    """
    from gtctl.sandbox.process import REGION
    from gtctl.sandbox.simulated_workers import ensure_members

    os.environ.update(_running().environment())
    ensure_members(workteam.rpartition("/")[2], region or REGION, workers)
    click.echo(f"{workteam.rpartition('/')[2]} has {workers} simulated workers or more.")


@command.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def samples(folder: Path) -> None:
    """Write a sample series of CT slices (DICOM) to FOLDER: what comes with pydicom, and variations of it.

    \b
    Example:
      gtctl sandbox samples dicom/
    """
    from gtctl.demo.sample_scans import write_series

    click.echo(write_series(folder).note)


@command.command()
def waivers() -> None:
    """Print the settings that waive what the sandbox's throw-away stack leaves out; an account's stack needs none.

    \b
    Example:
      gtctl sandbox waivers > gtctl.toml
    """
    from gtctl.assets import asset_root

    click.echo((asset_root() / "terraform" / "environments" / "sandbox.toml").read_text(), nl=False)


@command.command("past-jobs")
@click.option("--count", type=click.IntRange(1, 100_000), default=1000, show_default=True, help="How many jobs.")
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed gives the same jobs, once.")
@click.option("--region", help="Region of the jobs (default: the sandbox's).")
def past_jobs(count: int, seed: int, region: str | None) -> None:
    """Give the sandbox a past: labeling jobs of three years, some of which should never have run.

    A few went to the public workforce, to a vendor, to a team that is gone, or without a key.

    \b
    Example:
      gtctl sandbox past-jobs --count 5000
      eval "$(gtctl sandbox env)" && gtctl audit --live
    """
    import time

    from gtctl.sandbox.past_jobs import history, post
    from gtctl.sandbox.process import REGION

    running = _running()
    post(running, region or REGION, list(history(count, seed, region or REGION, time.time())))
    click.echo(f"{count} labeling jobs of the past were added in {region or REGION}.")


def _running() -> Running:
    from gtctl.sandbox import process

    running = process.find()
    if running is None:
        raise EnvironmentFailed("no sandbox is running: start it with gtctl sandbox up")
    return running
