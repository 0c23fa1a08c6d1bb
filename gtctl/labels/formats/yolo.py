"""YOLO as Ultralytics reads it: a folder with data.yaml, a text file of boxes for each image, and lists of images.

The bucket's folder with the images completes it as images/: their names are those below the folder that all share.
Class numbers are the class ids, so that they are the same in every export of a job; a number that no class has is named
by itself. Confidences have no place in the format.

Format: docs.ultralytics.com, "Object Detection Datasets Overview". The label of an image lies where its path has
/labels/ for the last /images/.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import yaml

from gtctl.errors import BadInput
from gtctl.labels.dataset import Image
from gtctl.labels.file_names import stem, write_new
from gtctl.labels.formats import Add, Contents

SUFFIX = None
WHOLE = "images"
MOST_CLASSES = 1000


@contextmanager
def write(folder: Path, contents: Contents) -> Iterator[Add]:
    """Raises BadInput for names that are no file names, for boxes beyond their image, and for very high class ids."""
    with ExitStack() as stack:
        lists = {
            split: stack.enter_context((folder / f"{split or WHOLE}.txt").open("w", encoding="utf-8"))
            for split in contents.splits
        }

        def add(image: Image) -> None:
            image.require_boxes_inside("yolo")
            file_name = image.file_name.removeprefix(contents.folder)
            name = stem(file_name)
            before, _, after = f"/images/{name}".rpartition("/images/")
            write_new(folder / f"{before}/labels/{after}.txt".lstrip("/"), "".join(_lines(image)))
            lists[image.split].write(f"./images/{file_name}\n")

        yield add
    highest = max((number for number, _ in contents.classes.sorted()), default=-1)
    if highest >= MOST_CLASSES:
        raise BadInput(f"class {highest}: yolo numbers all classes from 0, and takes less than {MOST_CLASSES} here")
    names = {number: contents.classes.names.get(number, str(number)) for number in range(highest + 1)}
    # Ultralytics asks for both train and val; what is not divided is all there is for either.
    lists_by_use = (
        {split: f"{split}.txt" for split in contents.splits}
        if contents.splits != ("",)
        else {"train": f"{WHOLE}.txt", "val": f"{WHOLE}.txt"}
    )
    text = yaml.safe_dump({**lists_by_use, "names": names}, allow_unicode=True, sort_keys=False)
    write_new(folder / "data.yaml", text)


def _lines(image: Image) -> Iterator[str]:
    # Some readers know no exponents.
    for box in image.boxes:
        x, y = (box.left + box.width / 2) / image.width, (box.top + box.height / 2) / image.height
        yield f"{box.class_id} {x:.10f} {y:.10f} {box.width / image.width:.10f} {box.height / image.height:.10f}\n"
