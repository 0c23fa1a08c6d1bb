"""CVAT for images 1.1: a folder with annotations.xml, and with labels.json for the project's label constructor.

Images are known to CVAT by their names: they are the object's keys, as CVAT has them when it takes images from the
bucket. Confidences have no place in the format; what a model labeled is marked as automatic.

Format: docs.cvat.ai, "CVAT for images export".
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from gtctl.labels import xml_text
from gtctl.labels.dataset import Image
from gtctl.labels.formats import Add, Contents

SUFFIX = None


@contextmanager
def write(folder: Path, contents: Contents) -> Iterator[Add]:
    """Images lie in a temporary file until all classes are known. Raises BadInput for texts that XML cannot hold."""
    count = 0
    with tempfile.TemporaryFile("w+", encoding="utf-8", newline="") as images:

        def add(image: Image) -> None:
            nonlocal count
            images.write(_element(count, image, contents.classes.names))
            count += 1

        yield add
        images.seek(0)
        with (folder / "annotations.xml").open("w", encoding="utf-8", newline="\n") as stream:
            stream.write(_head(count, contents))
            shutil.copyfileobj(images, stream)
            stream.write("</annotations>\n")
    labels = [{"name": name, "type": "rectangle", "attributes": []} for _, name in contents.classes.sorted()]
    (folder / "labels.json").write_bytes(msgspec.json.format(msgspec.json.encode(labels)) + b"\n")


def _head(count: int, contents: Contents) -> str:
    labels = "".join(
        f"        <label><name>{xml_text.content(name)}</name><type>rectangle</type><attributes></attributes></label>\n"
        for _, name in contents.classes.sorted()
    )
    return (
        f"{xml_text.DECLARATION}<annotations>\n  <version>1.1</version>\n  <meta>\n    <task>\n"
        f"      <size>{count}</size>\n      <mode>annotation</mode>\n      <overlap>0</overlap>\n"
        f"      <labels>\n{labels}      </labels>\n    </task>\n  </meta>\n"
    )


def _element(number: int, image: Image, names: dict[int, str]) -> str:
    subset = f" subset={xml_text.attribute(image.split)}" if image.split else ""
    source = "auto" if image.human is False else "manual"
    boxes = "".join(
        f'    <box label={xml_text.attribute(names[box.class_id])} source="{source}" occluded="0" xtl="{box.left}" '
        f'ytl="{box.top}" xbr="{box.left + box.width}" ybr="{box.top + box.height}" z_order="0"></box>\n'
        for box in image.boxes
    )
    return (
        f'  <image id="{number}" name={xml_text.attribute(image.file_name)}{subset} width="{image.width}" '
        f'height="{image.height}">\n{boxes}  </image>\n'
    )
