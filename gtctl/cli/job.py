"""``gtctl job``: the commands that ask nobody; those that launch and follow stand in files of their own."""

from __future__ import annotations

import json
from pathlib import Path

import click

from gtctl.cli import job_follow, job_launch
from gtctl.cli.job_source import FILE, load_job, require_launchable, with_stack


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
    from gtctl.jobs.render import IMAGES_FOLDER, LABELS_FILE, TEMPLATE_FILE, request_file

    rendered = load_job(spec, stack, None)
    require_launchable(rendered, spec, None)
    images = [(f"{IMAGES_FOLDER}/{uri.rpartition('/')[2]}", content) for uri, content in rendered.images.items()]
    for name, content in (
        (LABELS_FILE, rendered.label_categories),
        (TEMPLATE_FILE, rendered.worker_template),
        *images,
        ("job.json", request_file(rendered.request)),
    ):
        with atomic_write(folder / name, "wb") as stream:
            stream.write(content)
        click.echo(folder / name)


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
