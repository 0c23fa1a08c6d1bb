"""What workers submit, checked: boxes, or in a verification a verdict on them with a comment.

Sources: Developer Guide, "crowd-bounding-box" and "crowd-image-classifier", outputs.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from gtctl.sandbox.ground_truth.state import Json, LabelingJob

_Pixels = Annotated[float, msgspec.Meta(ge=0)]
_Size = Annotated[int, msgspec.Meta(ge=1)]


class _Box(msgspec.Struct, forbid_unknown_fields=True):
    label: str
    left: _Pixels
    top: _Pixels
    width: _Pixels
    height: _Pixels


class _ImageProperties(msgspec.Struct, forbid_unknown_fields=True):
    width: _Size
    height: _Size


class _BoundingBox(msgspec.Struct, rename="camel"):
    input_image_properties: _ImageProperties
    bounding_boxes: list[_Box] | None = None
    initial_value_modified: bool | msgspec.UnsetType = msgspec.UNSET


class _Boxes(msgspec.Struct, rename="camel"):
    bounding_box: _BoundingBox


class _Verdict(msgspec.Struct, rename="camel", omit_defaults=True, forbid_unknown_fields=True):
    label: str
    worker_comment: str | None = None


_VerdictByName = Annotated[dict[str, _Verdict], msgspec.Meta(min_length=1, max_length=1)]
"""The element's name in the template -> the verdict."""


class _BoxSubmission(msgspec.Struct, rename="camel"):
    answer_content: _Boxes
    acceptance_time: float
    submission_time: float

    @property
    def labels(self) -> set[str]:
        return {box.label for box in self.answer_content.bounding_box.bounding_boxes or []}


class _VerdictSubmission(msgspec.Struct, rename="camel"):
    answer_content: _VerdictByName
    acceptance_time: float
    submission_time: float

    @property
    def labels(self) -> set[str]:
        return {verdict.label for verdict in self.answer_content.values()}


def read(job: LabelingJob, body: bytes) -> tuple[Json, float, float]:
    """The content of an answer, and when the task was accepted and submitted (seconds since 1970).

    Raises ValueError, with the reason, for a body that is no answer to the job's task.
    """
    form: type[_BoxSubmission] | type[_VerdictSubmission]
    form = _VerdictSubmission if job.task == "verification" else _BoxSubmission
    try:
        submission = msgspec.json.decode(body, type=form)
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from None
    except msgspec.DecodeError:
        raise ValueError("The answer is not JSON.") from None
    if unknown := sorted(submission.labels - set(job.labels)):
        raise ValueError(f"The job has no label {unknown[0]!r}.")
    content: Json = msgspec.to_builtins(submission.answer_content)
    return content, submission.acceptance_time, submission.submission_time
