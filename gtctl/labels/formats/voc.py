"""Pascal VOC: a folder with an XML file for each image below Annotations/, and lists of images in ImageSets/Main/.

The bucket's folder with the images completes it as JPEGImages/: their names are those below the folder that all share.
Corners are the box's edges in pixels from 0: xmax - xmin is its width. Confidences have no place in the format.
labelmap.txt lists the classes, which CVAT and datumaro want; it is not written where a label holds its separator, ":".

Format: "The PASCAL Visual Object Classes Challenge 2012 Development Kit", annotation format.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath

from gtctl.labels import xml_text
from gtctl.labels.dataset import Image
from gtctl.labels.file_names import stem, write_new
from gtctl.labels.formats import Add, Contents

SUFFIX = None
WHOLE = "trainval"
"""The list's name where nothing is divided, as in VOC."""


@contextmanager
def write(folder: Path, contents: Contents) -> Iterator[Add]:
    """Raises BadInput for names that are no file names, and for texts that XML cannot hold."""
    lists_folder = folder / "ImageSets" / "Main"
    lists_folder.mkdir(parents=True)
    with ExitStack() as stack:
        lists = {
            split: stack.enter_context((lists_folder / f"{split or WHOLE}.txt").open("w", encoding="utf-8"))
            for split in contents.splits
        }

        def add(image: Image) -> None:
            file_name = image.file_name.removeprefix(contents.folder)
            name = stem(file_name)
            write_new(folder / "Annotations" / f"{name}.xml", _document(image, file_name, contents.classes.names))
            lists[image.split].write(f"{name}\n")

        yield add
    names = [name for _, name in contents.classes.sorted()]
    # The file's own separators have no other spelling in it.
    if not any(set(name) & set(":\n\r") or name.startswith("#") for name in names):
        lines = "".join(f"{name}:::\n" for name in names)
        write_new(folder / "labelmap.txt", f"# label:color_rgb:parts:actions\n{lines}")


def _document(image: Image, file_name: str, names: dict[int, str]) -> str:
    path = PurePosixPath(file_name)
    parent = "" if len(path.parts) == 1 else str(path.parent)
    objects = "".join(
        f"  <object>\n    <name>{xml_text.content(names[box.class_id])}</name>\n    <pose>Unspecified</pose>\n"
        "    <truncated>0</truncated>\n    <difficult>0</difficult>\n"
        f"    <bndbox><xmin>{box.left}</xmin><ymin>{box.top}</ymin>"
        f"<xmax>{box.left + box.width}</xmax><ymax>{box.top + box.height}</ymax></bndbox>\n  </object>\n"
        for box in image.boxes
    )
    return (
        f"<annotation>\n  <folder>{xml_text.content(parent)}</folder>\n"
        f"  <filename>{xml_text.content(path.name)}</filename>\n"
        f"  <source><database>{xml_text.content(image.source_ref)}</database></source>\n"
        f"  <size><width>{image.width}</width><height>{image.height}</height>"
        f"<depth>{image.depth or 3}</depth></size>\n  <segmented>0</segmented>\n{objects}</annotation>\n"
    )
