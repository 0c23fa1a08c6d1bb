"""``gtctl demo``: the whole flow on the sandbox."""

from __future__ import annotations

import time
from pathlib import Path

import click


@click.command("demo")
@click.option(
    "--output",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("build/demo"),
    show_default=True,
    help="Folder for the results; an earlier run's are replaced.",
)
@click.option("--destroy", is_flag=True, help="Destroy the stack and stop the sandbox at the end.")
def command(folder: Path, destroy: bool) -> None:
    """The whole flow on the sandbox: DICOM scans in, COCO labels out, no AWS account needed.

    Starts the sandbox, applies the Terraform stack, turns CT slices into PNG, launches a labeling job to the
    private team, lets simulated workers answer, and exports the labels. Run again, it works again; interrupted,
    it takes back what it started.

    \b
    Example:
      gtctl demo && open build/demo/contact-sheet.png
    """
    from gtctl.demo.flow import run

    start = time.monotonic()

    def report(title: str, result: str, seconds: float) -> None:
        click.echo(f"{seconds:6.1f} s  {title}" + (f"\n          {result}" if result else ""))

    run(folder, report, destroy)
    click.echo(f"{time.monotonic() - start:6.1f} s  in all\n")
    for name, what in (
        ("scans/", "the de-identified images"),
        ("ledger.jsonl", "which source each image came from, by hash"),
        ("input.manifest", "what the job was given"),
        ("job.json", "the CreateLabelingJob request"),
        ("output.manifest", "what Ground Truth wrote"),
        ("labels.coco.json", "the labels as COCO"),
        ("contact-sheet.png", "the boxes drawn over the scans"),
    ):
        click.echo(f"  {folder / name}  {what}")
    if not destroy:
        click.echo("\nSandbox and stack are still up. To end them: gtctl infra destroy && gtctl sandbox down")
