"""The labels that a verification or adjustment job is about: boxes of an earlier job in the manifest's lines.

Source: Developer Guide, "Verify and adjust labels": the manifest must contain the label attribute of the earlier job,
the job's own must be another; objects without such labels fail one by one. Which attribute it is, only the worker
template says, by what it reads from ``task.input.manifestLine``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gtctl.jobs.template_lint import earlier_attributes
from gtctl.sandbox.ground_truth.errors import JobFailed
from gtctl.sandbox.ground_truth.state import DataObject, LabelingJob


class Box(NamedTuple):
    """A labeled box in pixels."""

    label: str
    left: float
    top: float
    width: float
    height: float


def attribute(job: LabelingJob) -> str | None:
    """The key of the earlier boxes; None for a job that draws new ones. Raises JobFailed where none is shown."""
    if job.task == "bounding-box":
        return None
    names = earlier_attributes(job.worker_template)
    if not names:
        raise JobFailed("The worker template shows no labels of an earlier job (task.input.manifestLine).")
    if job.request["LabelAttributeName"] in names:
        raise JobFailed("The label attribute of the job must differ from that of the labels that it shows.")
    return names[0]


def boxes(job: LabelingJob, item: DataObject) -> list[Box]:
    """The earlier boxes of one object. Raises LookupError, TypeError or ValueError where its line has none."""
    return list(_read(job, item))


def problem(job: LabelingJob, item: DataObject) -> str | None:
    """Why the object cannot be verified or adjusted; None where it can."""
    if job.earlier is None:
        return None
    try:
        labels = {box.label for box in _read(job, item)}
    except (LookupError, TypeError, ValueError):
        return f"The object has no bounding boxes in {job.earlier}."
    unknown = sorted(labels - set(job.labels))
    if unknown and job.task == "adjustment":
        return f"The label {unknown[0]} of the earlier job is not in the label category file."
    return None


def _read(job: LabelingJob, item: DataObject) -> Iterator[Box]:
    classes = item.line[f"{job.earlier}-metadata"]["class-map"]
    for box in item.line[str(job.earlier)]["annotations"]:
        sides = (float(box[side]) for side in ("left", "top", "width", "height"))
        yield Box(str(classes[str(box["class_id"])]), *sides)
