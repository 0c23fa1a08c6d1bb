"""The worker's page: the built-in bounding-box element with the text of the spec in it.

Source: Developer Guide "Bounding box", "Only modify the short-instructions, full-instructions, and header".
"""

from __future__ import annotations

from typing import Any

from jinja2 import PackageLoader, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup, escape

from gtctl.ground_truth import CROWD_ELEMENTS_SCRIPT
from gtctl.jobs.spec import JobSpec


def worker_template(spec: JobSpec) -> bytes:
    """The Liquid template of the worker's page for ``spec``, as UTF-8; same spec, same bytes."""
    environment = SandboxedEnvironment(
        loader=PackageLoader("gtctl.jobs"),
        autoescape=True,
        finalize=_literal,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["paragraphs"] = _paragraphs
    template = environment.get_template("bounding-box.liquid.j2")
    return template.render(task=spec.task, labels=spec.labels, crowd_elements_script=CROWD_ELEMENTS_SCRIPT).encode()


def _literal(value: Any) -> Markup:
    """``value`` as text that neither HTML nor Liquid reads: Liquid knows its tags by the braces alone."""
    return Markup(str(escape(value)).replace("{", "&#123;").replace("}", "&#125;"))  # noqa: S704 - escaped first


def _paragraphs(text: str) -> list[list[str]]:
    """Paragraphs (separated by blank lines) of lines."""
    paragraphs: list[list[str]] = [[]]
    for line in text.splitlines():
        if line.strip():
            paragraphs[-1].append(line.strip())
        elif paragraphs[-1]:
            paragraphs.append([])
    return [paragraph for paragraph in paragraphs if paragraph]
