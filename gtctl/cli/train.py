"""``gtctl train``: training jobs on labels brought home."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from gtctl.cli.job_source import FILE, with_region, with_stack

_CONFIG = click.option("--config", type=FILE, help="Settings with waivers; default: gtctl.toml.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Train on labels: the request for a SageMaker training job, and its launch.

    \b
    A training job is described by one YAML file; see gtctl/train/examples/chest-ct.yaml and docs/training.md:
      gtctl labels export --format manifest --job chest-ct split/ --split train=0.8,val=0.2 --ledger ledger.jsonl
      gtctl train launch chest-ct.yaml --stack stack.json
    """


@command.command()
@click.argument("spec", type=FILE)
@with_stack
@_CONFIG
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write it to this file.")
def render(spec: Path, stack: Path | None, config: Path | None, output: Path | None) -> None:
    """Write the CreateTrainingJob request of SPEC, for review or for another launcher.

    The same SPEC gives the same bytes. A job that could not be launched is not written.

    \b
    Examples:
      gtctl train render chest-ct.yaml --stack stack.json
      gtctl train render chest-ct.yaml --stack stack.json --output build/training.json
    """
    from gtctl.train.render import write

    request = _checked(spec, stack, config)
    if output:
        write(request, output)
        click.echo(output)
    else:
        click.echo(json.dumps(request, ensure_ascii=False, indent=2))


@command.command()
@click.argument("spec", type=FILE)
@with_stack
@_CONFIG
@with_region
def launch(spec: Path, stack: Path | None, config: Path | None, region: str | None) -> None:
    """Launch the training job of SPEC, exactly once.

    The request is checked before any call is made: by the service model, and by the rules for training jobs (a key for
    disks and model, network isolation in a VPC, encryption between containers), as `gtctl check` does to code.
    Cut off anywhere, run it again: one job exists. A name that belongs to another job is refused.

    \b
    Example:
      gtctl train launch chest-ct.yaml --stack stack.json

    Exit code 1: refused; 2: wrong; 3: AWS failed, run it again.
    """
    from gtctl.train.launch import launch as start

    request = _checked(spec, stack, config)
    launched = start(request, region)
    word = "already launched" if launched.already_there else "launched"
    click.echo(f"{word} {launched.name} ({launched.status}): {launched.arn}")


def _checked(spec: Path, stack: Path | None, config: Path | None) -> dict[str, Any]:
    from gtctl.audit.settings import load as load_settings
    from gtctl.jobs.references import load_stack
    from gtctl.train.render import render as to_request
    from gtctl.train.render import require_launchable
    from gtctl.train.spec import load

    request = to_request(load(spec, load_stack(stack) if stack else {}))
    require_launchable(request, str(spec), load_settings(config, (str(spec),)))
    return request
