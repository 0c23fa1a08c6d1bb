"""``gtctl infra``: the Terraform stack."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from gtctl.errors import BadInput, Refused

if TYPE_CHECKING:
    from gtctl.infra.stack import Stack

_F = TypeVar("_F", bound=Callable[..., Any])
_FILE = click.Path(path_type=Path, dir_okay=False)


def _stack_options(function: _F) -> _F:
    for option in (
        click.option(
            "--target",
            type=click.Choice(["sandbox", "aws"]),
            default="sandbox",
            show_default=True,
            help="The local AWS, or the account of your AWS credentials.",
        ),
        click.option("--env", help="Environment: terraform/environments/ENV.tfvars  [default: as the target]"),
        click.option("--backend-config", type=_FILE, help="Settings of the S3 backend for the state; remembered."),
    ):
        function = option(function)
    return function


_var_file = click.option("--var-file", "var_files", type=_FILE, multiple=True, help="Further variables; repeatable.")
_log = click.option("--log", type=_FILE, help="Write Terraform's output to this file, not to the terminal.")
_yes = click.option("--yes", is_flag=True, help="Do not ask (on the sandbox it never asks).")
_upgrade = click.option("--upgrade", is_flag=True, help="Take the newest provider version that the code allows.")


@click.group("infra", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Plan, apply and destroy the Terraform stack: keys, buckets, Cognito workforce, workteam, roles.

    The target is the sandbox unless you say --target aws. The sandbox is started when it does not run and needs no
    exports. Terraform is found by itself (or name it in GTCTL_TERRAFORM), and so is its AWS provider: from your
    Terraform CLI configuration, a mirror on this machine (or name it in GTCTL_PROVIDER_MIRROR), the public registry.

    \b
    Example:
      gtctl infra apply                                   # on the sandbox
      gtctl infra output --json > stack.json
      gtctl infra plan --target aws --env prod --backend-config prod.tfbackend

    Each target and environment has a folder below .gtctl/infra (or $GTCTL_HOME/infra) with its Terraform state,
    unless a backend keeps it elsewhere. Exit code 3: Terraform failed, and said why.
    """


@command.command()
@_stack_options
@_var_file
@_upgrade
@_log
@click.option("--check", is_flag=True, help="Exit with 1 when there are changes.")
@click.option(
    "--json",
    "json_file",
    type=_FILE,
    help="Write the plan as JSON to a file, for gtctl check and audit; keep it secret.",
)
def plan(check: bool, json_file: Path | None, **options: Any) -> None:
    """Show what apply would change. The last line says "changes" or "no changes".

    \b
    Example:
      gtctl infra plan --target aws --env prod --check
      gtctl infra plan --json plan.json && gtctl check plan.json
    """
    with _opened(options) as stack:
        changes = stack.plan()
        if json_file:
            from gtctl.files import atomic_write

            # It holds every value of the stack, the secret ones too.
            with atomic_write(json_file, private=True) as stream:
                stream.write(stack.plan_as_json())
    click.echo("changes" if changes else "no changes")
    if check and changes:
        raise click.exceptions.Exit(1)


@command.command()
@_stack_options
@_var_file
@_upgrade
@_log
@_yes
def apply(yes: bool, **options: Any) -> None:
    """Build or change the stack. On AWS the plan is shown first and you are asked.

    Ctrl-C lets Terraform finish what it is doing and record it; run apply again to go on.

    \b
    Example:
      gtctl infra apply
      gtctl infra apply --target aws --env prod --yes
    """
    asks = _asks(options, yes)
    with _opened(options) as stack:
        if not asks:
            stack.apply()
        elif stack.plan():
            _confirm(f"Apply this to your AWS account, environment {_env(options)}?")
            stack.apply()
        else:
            click.echo("no changes")
        if options["target"] == "aws" and (state := stack.local_state):
            click.echo(f"The state of this stack lies only in {state}: keep it, or use --backend-config.", err=True)


@command.command()
@_stack_options
@_var_file
@_upgrade
@_log
@_yes
def destroy(yes: bool, **options: Any) -> None:
    """Destroy the stack. On AWS the plan is shown first and you are asked.

    \b
    Example:
      gtctl infra destroy
    """
    from gtctl.infra.targets import NoStack

    asks = _asks(options, yes)
    try:
        with _opened(options, start_sandbox=False) as stack:
            if not asks:
                stack.destroy()
            elif stack.plan(destroy=True):
                _confirm(f"Destroy all of this in your AWS account, environment {_env(options)}?")
                stack.apply()
            else:
                click.echo("nothing to destroy")
    except NoStack:
        click.echo("nothing to destroy: the sandbox holds no such stack")


@command.command()
@_stack_options
@click.option("--json", "as_json", is_flag=True, help='Print JSON: {"name": value, ...}, or the value of NAME.')
@click.argument("name", required=False)
def output(name: str | None, as_json: bool, **options: Any) -> None:
    """Print the stack's outputs, or the one called NAME.

    Sensitive values are masked; --json NAME shows one.

    \b
    Example:
      gtctl infra output --json > stack.json
      aws s3 ls "s3://$(gtctl infra output scans_bucket)"
    """
    with _opened(options, start_sandbox=False) as stack:
        found = stack.outputs()
    if name is not None:
        if name not in found:
            raise BadInput(f"the stack has no output {name}: it has {', '.join(found)}")
        value, sensitive = found[name]
        if sensitive and not as_json:
            raise BadInput(f"the output {name} is sensitive: gtctl infra output --json {name} shows it")
        click.echo(json.dumps(value) if as_json else _plain(value))
        return
    shown = {key: "(sensitive)" if sensitive else value for key, (value, sensitive) in found.items()}
    if as_json:
        click.echo(json.dumps(shown, indent=2))
        return
    width = max(map(len, shown))
    for key, value in shown.items():
        click.echo(f"{key:<{width}}  {_plain(value)}")


@contextmanager
def _opened(options: dict[str, Any], start_sandbox: bool = True) -> Iterator[Stack]:
    from gtctl.infra.stack import opened

    def say(line: str) -> None:
        click.echo(line, err=True)

    with opened(**(options | {"env": _env(options)}), say=say, start_sandbox=start_sandbox) as stack:
        yield stack


def _env(options: dict[str, Any]) -> str:
    env: str = options["env"] or options["target"]
    return env


def _asks(options: dict[str, Any], yes: bool) -> bool:
    """Whether the user is to be asked. Raises BadInput when that is so and nobody could answer."""
    asks = bool(options["target"] == "aws" and not yes)
    if asks and not sys.stdin.isatty():
        raise BadInput("nobody to ask (stdin is not a terminal): look at gtctl infra plan, then pass --yes")
    return asks


def _confirm(question: str) -> None:
    if not click.confirm(question, err=True):
        raise Refused("not confirmed: nothing was changed")


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
