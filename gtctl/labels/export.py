"""Labels of output manifests, written in one of the formats: whole, or not at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from gtctl.errors import BadInput
from gtctl.files import atomic_folder, atomic_write
from gtctl.labels import formats, splits
from gtctl.labels.dataset import Counts, Dataset, Options
from gtctl.labels.formats import Add, Contents, Format


@dataclass(frozen=True, slots=True)
class Division:
    """How images are divided: shares by name, and the group of an image, by its file name, that stays together."""

    shares: splits.Shares
    seed: int
    group: Callable[[str], str]


def export(
    manifests: Sequence[str],
    output: Path,
    format_name: str,
    options: Options | None = None,
    division: Division | None = None,
    ledgers: Sequence[str] = (),
    dicom_objects: Sequence[str] = (),
    codes: Path | None = None,
) -> tuple[Counts, dict[str, int]]:
    """Write the labels of output manifests (paths or s3://bucket/key) to ``output``; gives what became of the rows, and
    the images of each split.

    ``output`` is a file, or a folder for formats of several files and for splits. A folder must not be there before.
    Raises BadInput, and writes nothing, for what ``Dataset`` and the format refuse.
    """
    chosen = formats.load(format_name)
    with Dataset(manifests, options) as dataset:
        of_image = _splits_of(dataset, division)
        names = tuple(division.shares) if division else (splits.WHOLE,)
        contents = Contents(
            dataset.classes, names, tuple(ledgers), dataset.attribute, dataset.folder, tuple(dicom_objects), codes
        )
        images: Counter[str] = Counter(dict.fromkeys(names, 0))
        with _opened(chosen, output, contents) as add:
            for image in dataset.images():
                image.split = of_image(image.file_name)
                images[image.split] += 1
                add[image.split](image)
        return dataset.counts, dict(images)


def _splits_of(dataset: Dataset, division: Division | None) -> Callable[[str], str]:
    if division is None:
        return lambda _: splits.WHOLE
    group = division.group
    assigned = splits.assign((group(image.file_name) for image in dataset.images()), division.shares, division.seed)
    return lambda image: assigned[group(image)]


@contextmanager
def _opened(chosen: Format, output: Path, contents: Contents) -> Iterator[dict[str, Add]]:
    """What takes the images of each split."""
    suffix = chosen.SUFFIX
    if suffix and contents.splits == (splits.WHOLE,):
        if output.is_dir():
            raise BadInput(f"{output} is a folder: name a file")
        with atomic_write(output, "wb") as stream, chosen.write(stream, contents) as add:
            yield {splits.WHOLE: add}
        return
    with atomic_folder(output) as folder, ExitStack() as stack:
        if not suffix:
            add = stack.enter_context(chosen.write(folder, contents))
            yield dict.fromkeys(contents.splits, add)
            return
        yield {
            split: stack.enter_context(
                chosen.write(stack.enter_context((folder / f"{split}{suffix}").open("wb")), contents)
            )
            for split in contents.splits
        }
