"""A CreateLabelingJob request that lies in a file, rendered earlier or written by hand."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from gtctl.errors import BadInput
from gtctl.jobs.findings import member
from gtctl.jobs.render import IMAGES_FOLDER, LABELS_FILE, TEMPLATE_FILE, Rendered, config_prefix


def load_request(path: Path) -> Rendered:
    """The request in the JSON file ``path`` (boto3's spelling), with the files that were rendered beside it.

    The label categories and the template are taken from beside ``path`` where the request points to the place in
    which gtctl keeps them; anywhere else in S3 they must lie already. Raises BadInput for a file that is no
    JSON object, names a key twice or holds a null, and where a rendered file is missing.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"cannot read {path}: {getattr(error, 'strerror', None) or 'it is not UTF-8 text'}") from error
    try:
        request = json.loads(text, object_pairs_hook=_object)
    except ValueError as error:
        raise BadInput(f"{path}: is not valid JSON: {error}") from error
    if not isinstance(request, dict):
        raise BadInput(f"{path}: must be a JSON object, the request of CreateLabelingJob")
    template = _rendered_file(path, request, "HumanTaskConfig.UiConfig.UiTemplateS3Uri", TEMPLATE_FILE)
    return Rendered(
        request,
        _rendered_file(path, request, "LabelCategoryConfigS3Uri", LABELS_FILE),
        template,
        _images(path, request, template) if template is not None else {},
    )


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, value in pairs:
        if key in made:
            raise ValueError(f"the key {key!r} stands there twice")
        if value is None:
            raise ValueError(f"{key!r} is null: leave it out")
        made[key] = value
    return made


def _rendered_file(path: Path, request: dict[str, Any], pointer: str, name: str) -> bytes | None:
    uri = member(request, pointer)
    prefix = config_prefix(request)
    if prefix is None or not isinstance(uri, str) or not uri.startswith(prefix) or not uri.endswith(f"/{name}"):
        return None
    return _beside(path, name, f"{pointer} in {path}")


def _images(path: Path, request: dict[str, Any], template: bytes) -> dict[str, bytes]:
    """The images that the template shows out of the place in which gtctl keeps those of a spec."""
    folder = f"{config_prefix(request)}{IMAGES_FOLDER}/"
    names = re.findall(rf"'{re.escape(folder)}([0-9a-f]{{16}}\.(?:png|jpg))'", template.decode(errors="replace"))
    return {
        f"{folder}{name}": _beside(path, f"{IMAGES_FOLDER}/{name}", f"an image of {TEMPLATE_FILE}")
        for name in dict.fromkeys(names)
    }


def _beside(path: Path, name: str, what: str) -> bytes:
    beside = path.parent / name
    try:
        return beside.read_bytes()
    except OSError as error:
        raise BadInput(f"{what} was rendered together with {beside}, which cannot be read") from error
