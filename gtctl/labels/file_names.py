"""Files and folders named after images, whose names come from the manifest and are not trusted."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from gtctl.errors import BadInput

# Of a part of a path, on all common file systems; a suffix may be longer than the image's.
_LONGEST_PART = 250


def stem(file_name: str) -> str:
    """The name of an image without its suffix, as a relative path with "/".

    Raises BadInput for a name that would lead out of the folder, or that is no file name on some system.
    """
    parts = file_name.split("/")
    if any(part in ("", ".", "..") or len(part.encode()) > _LONGEST_PART for part in parts):
        raise BadInput(f"the image {file_name!r} cannot be a file of this name: this format needs one, coco does not")
    if not file_name.isprintable() or "\\" in file_name or (len(parts[0]) == 2 and parts[0][1] == ":"):
        raise BadInput(f"the image {file_name!r} cannot be a file of this name: this format needs one, coco does not")
    return str(PurePosixPath(file_name).with_suffix(""))


def write_new(path: Path, content: str) -> None:
    """Write a file below a folder that is being filled. Raises BadInput where another image has taken its name."""
    try:
        try:
            stream = path.open("x", encoding="utf-8", newline="\n")
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            stream = path.open("x", encoding="utf-8", newline="\n")
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        raise BadInput(
            f"two images would share the file {path.name!r}, as their names differ in the suffix or in case only: "
            "export them as coco"
        ) from error
    with stream:
        stream.write(content)
