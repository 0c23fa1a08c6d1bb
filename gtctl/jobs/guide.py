"""What the workers are told: the spec's own text, files beside it, and the guides that come with gtctl."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

from gtctl.errors import BadInput
from gtctl.jobs.page_text import LiquidHtml, to_html
from gtctl.jobs.spec import MAX_FULL_CHARACTERS, MAX_SHORT_CHARACTERS, JobSpec
from gtctl.jobs.values import Markdown, checked_markdown

MAX_EXAMPLE_BYTES = 5_000_000
"""Of one example image: it is loaded with every task."""
_MAGIC = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg"}


@dataclass(frozen=True, slots=True)
class Guide:
    """The instructions as HTML, and the images from beside the spec that they show."""

    short: LiquidHtml
    full: LiquidHtml
    images: dict[str, bytes] = field(default_factory=dict)
    """S3 URI -> bytes, PNG or JPEG."""


def guide(spec: JobSpec, image_folder: str) -> Guide:
    """The instructions of ``spec``. Images from beside it get a place, named by content, below ``image_folder``.

    ``image_folder`` is an S3 URI. Raises BadInput, with the field, for a file that cannot be read, lies outside
    the spec's folder, or is no PNG or JPEG.
    """
    given = spec.task.instructions
    images: dict[str, bytes] = {}

    def place(path: str) -> str:
        content, suffix = _example(spec.folder, path)
        uri = f"{image_folder.rstrip('/')}/{hashlib.sha256(content).hexdigest()[:16]}.{suffix}"
        images[uri] = content
        return uri

    html = {}
    for name, own, longest in (
        ("short", given.short, MAX_SHORT_CHARACTERS),
        ("full", given.full, MAX_FULL_CHARACTERS),
    ):
        try:
            text = _built_in(spec, name) if own is None else _text(own, spec.folder, longest)
            html[name] = to_html(text, place)
        except BadInput as error:
            raise BadInput(f"task.instructions.{name}: {error}") from error
    return Guide(html["short"], html["full"], images)


def read_beside(folder: Path, path: str) -> bytes:
    """The file ``path`` below the spec's ``folder``: a spec may not reach for what lies elsewhere on the machine."""
    try:
        top, file = folder.resolve(), (folder / path).resolve()
        if not file.is_relative_to(top):
            raise BadInput(f"{path} lies outside the spec's folder; put it beside the spec")
        return file.read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no path"
        raise BadInput(f"cannot read {path} beside the spec: {reason}") from error


def text_beside(folder: Path, path: str) -> str:
    """A UTF-8 file below the spec's ``folder``, line ends as ``\\n``."""
    try:
        return "\n".join(read_beside(folder, path).decode("utf-8").splitlines()) + "\n"
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not UTF-8 text") from error


def _text(given: Markdown, folder: Path, longest: int) -> str:
    if given.file is None:
        return given.text
    try:
        return checked_markdown(text_beside(folder, given.file), longest)
    except ValueError as error:
        raise BadInput(f"{given.file} {error}") from error


def _built_in(spec: JobSpec, part: str) -> str:
    """How this kind of task is done; the full guide goes on with what to know about the region of the body."""
    given = spec.task.instructions
    folder = files("gtctl.jobs") / "instructions" / given.language
    how = (folder / f"{spec.task.type}.{part}.md").read_text(encoding="utf-8")
    if part == "short":
        return how
    return how + "\n" + (folder / f"{given.builtin}.md").read_text(encoding="utf-8")


def _example(folder: Path, path: str) -> tuple[bytes, str]:
    if "://" in path or path.startswith("//"):
        raise BadInput(f"the image {path} lies elsewhere: give an s3:// URI, or a file beside the spec")
    content = read_beside(folder, path)
    suffix = next((suffix for magic, suffix in _MAGIC.items() if content.startswith(magic)), None)
    if suffix is None:
        raise BadInput(f"{path} is no PNG or JPEG image")
    if len(content) > MAX_EXAMPLE_BYTES:
        raise BadInput(f"{path} is larger than {MAX_EXAMPLE_BYTES // 1_000_000} MB, and loads with every task")
    return content, suffix
