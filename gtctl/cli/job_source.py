"""How a job is given on the command line (a SPEC, or --request FILE), for all commands of ``gtctl job``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from gtctl.errors import BadInput

if TYPE_CHECKING:
    from gtctl.jobs.render import Rendered

Function = TypeVar("Function", bound=Callable[..., Any])
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def job_source(function: Function) -> Function:
    """A job is given as SPEC or as --request FILE."""
    function = click.option(
        "--request", "request_file", type=FILE, help="A CreateLabelingJob request (JSON) instead of a SPEC."
    )(function)
    return with_stack(click.argument("spec", type=FILE, required=False)(function))


def with_stack(function: Function) -> Function:
    return click.option(
        "--stack", type=FILE, help="Outputs of the stack for ${stack.NAME}: gtctl infra output --json > FILE."
    )(function)


def with_region(function: Function) -> Function:
    return click.option("--region", help="AWS Region; default: the environment's.")(function)


def load_jobs(spec: Path | None, stack: Path | None, request_file: Path | None) -> list[Rendered]:
    """The jobs of a SPEC in their order, or the one of --request FILE."""
    from gtctl.jobs.request import load_request

    if request_file:
        if spec or stack:
            raise click.UsageError("give either a SPEC (with --stack) or --request FILE")
        return [load_request(request_file)]
    if not spec:
        raise click.UsageError("give a SPEC, or --request FILE")
    return load_steps(spec, stack)


def load_steps(spec: Path, stack: Path | None) -> list[Rendered]:
    """The jobs of a SPEC in their order, rendered: one, or those of a chain."""
    from gtctl.jobs.references import load_stack
    from gtctl.jobs.render import render
    from gtctl.jobs.spec import load

    steps = load(spec, load_stack(stack) if stack else {}).steps()
    try:
        return [render(step) for step in steps]
    except BadInput as error:
        raise BadInput(f"{spec}: {error}") from error


def require_launchable(rendered: Rendered, spec: Path | None, request_file: Path | None) -> None:
    """The offline gate, with findings named by the fields of the spec; warnings go to stderr."""
    from gtctl.jobs import check
    from gtctl.jobs.render import SPEC_FIELDS

    source = spec or request_file
    for warning in check.require_launchable(rendered, str(source), SPEC_FIELDS if spec else check.NO_FIELDS):
        click.echo(f"warning: {source}: {warning}", err=True)
