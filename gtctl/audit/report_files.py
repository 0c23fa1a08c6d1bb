"""The reports of one audit as files, one for each format that is a document."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from gtctl.audit.report import Report, writer
from gtctl.files import atomic_write

NAMES = {
    "html": "report.html",
    "json": "report.json",
    "text": "report.txt",
    "markdown": "report.md",
    "csv": "report.csv",
    "sarif": "report.sarif",
    "junit": "report.junit.xml",
    "oscal": "report.oscal.json",
    "ocsf": "report.ocsf.json",
}
"""Format -> file name. Annotations of a workflow (``github``) are no document."""


def rendered(report: Report) -> Iterator[tuple[str, str]]:
    """File name and content of each format."""
    for format_, name in NAMES.items():
        yield name, written(format_, report)


def written(format_: str, report: Report) -> str:
    """The report in one format as a file holds it: without the colours of a terminal."""
    text = writer(format_)(report)
    if format_ == "text":
        import click

        text = click.unstyle(text)
    return text


def write(report: Report, folder: Path) -> None:
    """Write every format into ``folder``; each file appears whole or not at all."""
    for name, text in rendered(report):
        with atomic_write(folder / name) as stream:
            stream.write(text)
