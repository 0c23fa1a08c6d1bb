"""Label Studio: a folder with tasks.json to import, and with labeling-config.xml for the project's labeling interface.

What people labeled becomes an annotation, what a model labeled a prediction. A task's image is the S3 URI, which Label
Studio turns into a link when the bucket is a source storage of the project. Boxes are percent of the image.

Format: labelstud.io, "Import data into Label Studio", "Import pre-annotated data".
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from gtctl import __version__
from gtctl.labels import xml_text
from gtctl.labels.dataset import Image
from gtctl.labels.file_names import write_new
from gtctl.labels.formats import Add, Contents
from gtctl.labels.output_manifest import Number

SUFFIX = None

_encoder = msgspec.json.Encoder()


@contextmanager
def write(folder: Path, contents: Contents) -> Iterator[Add]:
    """Raises BadInput for boxes beyond their image, and for labels that XML cannot hold."""
    with (folder / "tasks.json").open("wb") as stream:
        stream.write(b"[")
        separator = b"\n"

        def add(image: Image) -> None:
            nonlocal separator
            image.require_boxes_inside("label-studio")
            stream.write(separator + _encoder.encode(_task(image, contents.classes.names)))
            separator = b",\n"

        yield add
        stream.write(b"\n]\n")
    labels = "".join(f"    <Label value={xml_text.attribute(name)}/>\n" for _, name in contents.classes.sorted())
    write_new(
        folder / "labeling-config.xml",
        '<View>\n  <Image name="image" value="$image"/>\n  <RectangleLabels name="label" toName="image">\n'
        f"{labels}  </RectangleLabels>\n</View>\n",
    )


def _task(image: Image, names: dict[int, str]) -> dict[str, Any]:
    results = [
        {
            "id": f"{image.number}-{number}",
            "type": "rectanglelabels",
            "from_name": "label",
            "to_name": "image",
            "original_width": image.width,
            "original_height": image.height,
            "image_rotation": 0,
            "value": {
                "x": _percent(box.left, image.width),
                "y": _percent(box.top, image.height),
                "width": _percent(box.width, image.width),
                "height": _percent(box.height, image.height),
                "rotation": 0,
                "rectanglelabels": [names[box.class_id]],
            },
            **({} if confidence is None else {"score": confidence}),
        }
        for number, (box, confidence) in enumerate(zip(image.boxes, image.confidences, strict=True), start=1)
    ]
    data = {
        "image": image.source_ref,
        "width": image.width,
        "height": image.height,
        **({"split": image.split} if image.split else {}),
    }
    if image.human is False:
        return {"data": data, "predictions": [{"model_version": f"gtctl {__version__}", "result": results}]}
    return {"data": data, "annotations": [{"result": results}]}


def _percent(length: Number, whole: int) -> float:
    return min(100 * length / whole, 100.0)
