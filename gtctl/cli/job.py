"""``gtctl job``: the commands that ask nobody; those that launch and follow stand in files of their own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gtctl.cli import job_follow, job_launch
from gtctl.cli.job_source import FILE, load_steps, require_launchable, with_stack

if TYPE_CHECKING:
    from gtctl.jobs.render import Rendered


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


@command.command()
@click.argument("spec", type=FILE)
@with_stack
@click.option(
    "--output",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for job.json, label-categories.json, template.liquid and images/; in a chain a folder for each job.",
)
@click.option("--diff", "name", metavar="NAME", help="Show what differs from the labeling job NAME, and write nothing.")
def render(spec: Path, stack: Path | None, folder: Path | None, name: str | None) -> None:
    """Write the CreateLabelingJob request and its files, for review or for another launcher.

    The same SPEC gives the same bytes. A job that could not be launched is not written. Launched with
    `gtctl job launch --request`, the files are uploaded too; another tool must first put them where the
    request points.

    With --diff the request, the labels and the page are compared with those of a job that is there; that needs the
    rights to describe it and to read its files. In a chain, the job of the same name is compared, else the first.

    \b
    Examples:
      gtctl job render chest-ct.yaml --stack stack.json --output build/chest-ct
      gtctl job render chest-ct.yaml --stack stack.json --diff chest-ct
    """
    from gtctl.files import atomic_write
    from gtctl.jobs.render import rendered_files

    if (folder is None) == (name is None):
        raise click.UsageError("give --output FOLDER or --diff NAME")
    steps = load_steps(spec, stack)
    if folder is None:
        _show_difference(steps, str(name))
        return
    for step in steps:
        require_launchable(step, spec, None)
    for step in steps:
        place = folder if len(steps) == 1 else folder / step.request["LabelingJobName"]
        for file, content in rendered_files(step):
            with atomic_write(place / file, "wb") as stream:
                stream.write(content)
            click.echo(place / file)


def _show_difference(steps: list[Rendered], name: str) -> None:
    from gtctl.jobs.difference import difference

    named = [step for step in steps if step.request["LabelingJobName"].lower() == name.lower()]
    click.echo(difference((named or steps)[0], name) or f"no difference from {name}\n", nl=False)


def _show_prices(context: click.Context, _: click.Parameter, asked: bool) -> None:
    if asked:
        from gtctl.jobs.cost import own_prices

        click.echo(own_prices(), nl=False)
        context.exit()


@command.command()
@click.argument("spec", type=FILE)
@with_stack
@click.option("--objects", type=click.IntRange(min=1), help="Images; without it those of the manifest are counted.")
@click.option("--prices", type=FILE, help="Price table (TOML); without it gtctl's, see --show-prices.")
@click.option(
    "--show-prices",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_prices,
    help="Print gtctl's price table, to be changed.",
)
@click.option(
    "--retries",
    type=click.FloatRange(min=0, max=100),
    default=0.0,
    show_default=True,
    help="Per cent of the images that are labeled a second time (failed, expired, sent back).",
)
@click.option(
    "--this-month",
    "already",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Objects that the account has labeled in this month already: the fee falls with their number.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON (schema_version 1).")
def cost(
    spec: Path,
    stack: Path | None,
    objects: int | None,
    prices: Path | None,
    retries: float,
    already: int,
    as_json: bool,
) -> None:
    """Estimate what a job, and the jobs that follow it, will cost.

    The service's fee for each labeled object, and the time of your own workers. Every number comes from a price table
    that you can change, and is told with where it comes from: AWS's prices for a private workforce are only partly
    published. Without --objects the manifest is read.

    \b
    Examples:
      gtctl job cost chest-ct.yaml --stack stack.json --objects 2000
      gtctl job cost --show-prices > prices.toml      # change it, then
      gtctl job cost chest-ct.yaml --stack stack.json --prices prices.toml --retries 5
    """
    from gtctl.jobs.cost import Load, count_objects, estimate, load_prices
    from gtctl.jobs.references import load_stack
    from gtctl.jobs.spec import load

    table = load_prices(prices)
    loaded = load(spec, load_stack(stack) if stack else {})
    jobs = [Load(step.name, step.task.type, step.workers.per_object) for step in loaded.steps()]
    number = count_objects(loaded.manifest) if objects is None else objects
    found = estimate(jobs, number, table, retries / 100, already)
    click.echo(json.dumps(found.as_json(), indent=2) if as_json else found.as_text())


@command.command()
@click.argument("name", default="chest-ct")
def example(name: str) -> None:
    """Print a commented job spec to start from: chest-ct, chest-ct-chain, chest-ct-verification, head-ct-adjustment-ko.

    \b
    Example:
      gtctl job example > job.yaml
    """
    from importlib.resources import files

    examples = files("gtctl.jobs") / "examples"
    names = sorted(each.name.removesuffix(".yaml") for each in examples.iterdir() if each.name.endswith(".yaml"))
    if name not in names:
        raise click.UsageError(f"there is no example {name}; there are {', '.join(names)}")
    click.echo((examples / f"{name}.yaml").read_text(encoding="utf-8"), nl=False)


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


for _command in (
    *(job_launch.check, job_launch.launch),
    *(job_follow.status, job_follow.list_, job_follow.stop, job_follow.watch),
):
    command.add_command(_command)
