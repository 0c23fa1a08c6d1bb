"""The worker's page: the element of the task with the text of the spec in it.

Sources: Developer Guide "Bounding box" ("Only modify the short-instructions, full-instructions, and header"),
"crowd-bounding-box" (initial-value), "crowd-image-classifier" (overlay, worker-comment).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jinja2 import BaseLoader, ChoiceLoader, DictLoader, PackageLoader, StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup, escape

from gtctl.errors import BadInput
from gtctl.ground_truth import CROWD_ELEMENTS_SCRIPT
from gtctl.jobs.guide import guide, text_beside
from gtctl.jobs.page_text import LiquidHtml, without_liquid
from gtctl.jobs.spec import JobSpec

PAGE_WORDS = {
    "en": {
        "labels": "Labels",
        "verdicts": "Verdicts",
        "comment": "Say what is wrong",
        "comment_placeholder": "Which box, and what about it?",
    },
    "ko": {
        "labels": "레이블",
        "verdicts": "판정",
        "comment": "잘못된 점을 적어 주세요",
        "comment_placeholder": "어느 상자의 무엇이 잘못되었습니까?",
    },
}
"""What the page itself says, by language."""


@dataclass(frozen=True, slots=True)
class WorkerPage:
    """The page's template, and the images that must lie in S3 before a worker opens it."""

    template: bytes
    """Liquid, UTF-8."""
    images: dict[str, bytes]
    """S3 URI -> bytes, PNG or JPEG."""


def worker_page(spec: JobSpec, image_folder: str) -> WorkerPage:
    """The worker's page of ``spec``; the same spec and files give the same bytes.

    Images from beside the spec get a place below the S3 URI ``image_folder``. Raises BadInput for a file that the
    spec names and that cannot be used, and for a template of the user's that cannot be rendered.
    """
    told = guide(spec, image_folder)
    own = spec.task.template
    loaders: list[BaseLoader] = [PackageLoader("gtctl.jobs")]
    if own is not None:
        try:
            loaders.insert(0, DictLoader({own: text_beside(spec.folder, own)}))
        except BadInput as error:
            raise BadInput(f"task.template: {error}") from error
    environment = SandboxedEnvironment(
        loader=ChoiceLoader(loaders),
        autoescape=True,
        finalize=_literal,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    values = {
        "task": spec.task,
        "labels": spec.labels,
        "instructions": told,
        "words": PAGE_WORDS[spec.task.instructions.language],
        "language": spec.task.instructions.language,
        "earlier": spec.input.label_attribute,
        "crowd_elements_script": CROWD_ELEMENTS_SCRIPT,
    }
    try:
        page = environment.get_template(own or f"{spec.task.type}.liquid.j2").render(values)
    except TemplateError as error:
        number = getattr(error, "lineno", None)  # of a syntax error
        line = f", line {number}" if number else ""
        raise BadInput(f"task.template: {own}{line}: {' '.join(str(error).split())}") from error
    except (TypeError, ValueError, ArithmeticError, LookupError, RecursionError) as error:
        raise BadInput(f"task.template: {own}: {type(error).__name__}: {' '.join(str(error).split())}") from error
    return WorkerPage(page.encode(), told.images)


def _literal(value: Any) -> Markup:
    """``value`` as text that neither HTML nor Liquid reads; instructions, which were made for the page, as they are."""
    if isinstance(value, LiquidHtml):
        return Markup(value.text)  # noqa: S704 - made by page_text.py, of escaped text
    return Markup(without_liquid(str(escape(value))))  # noqa: S704 - escaped first
