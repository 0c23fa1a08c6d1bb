from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gtctl.sandbox.ground_truth.consolidation import consolidate, iou, merge
from gtctl.sandbox.ground_truth.earlier_labels import Box
from gtctl.sandbox.ground_truth.state import Answer, DataObject, LabelingJob

boxes = st.builds(
    Box,
    st.sampled_from(["a", "b"]),
    st.floats(0, 100),
    st.floats(0, 100),
    st.floats(1, 100),
    st.floats(1, 100),
)


@given(boxes, boxes)
def test_overlap_is_symmetric_and_between_zero_and_one(a: Box, b: Box) -> None:
    assert iou(a, b) == pytest.approx(iou(b, a))
    assert 0 <= iou(a, b) <= 1 + 1e-9
    assert iou(a, a) == pytest.approx(1)


def test_overlap_of_half_shifted_boxes_is_a_third() -> None:
    assert iou(Box("a", 0, 0, 10, 10), Box("a", 5, 0, 10, 10)) == pytest.approx(1 / 3)


def test_boxes_of_two_workers_are_averaged() -> None:
    [merged] = merge([[Box("a", 10, 20, 30, 40)], [Box("a", 14, 20, 30, 44)]])
    assert merged.box == Box("a", 12, 20, 30, 42)
    assert 0.8 < merged.confidence < 1


def test_a_box_that_only_a_minority_drew_is_dropped() -> None:
    agreed, lonely = Box("a", 0, 0, 10, 10), Box("a", 50, 50, 10, 10)
    assert [m.box for m in merge([[agreed, lonely], [agreed], [agreed]])] == [agreed]


def test_boxes_of_different_labels_are_never_matched() -> None:
    merged = merge([[Box("a", 0, 0, 10, 10)], [Box("b", 0, 0, 10, 10)]])
    assert {m.box.label for m in merged} == {"a", "b"}


def test_each_box_goes_to_the_one_it_overlaps_most() -> None:
    left, right = Box("a", 0, 0, 10, 10), Box("a", 4, 0, 10, 10)
    merged = merge([[left, right], [right, left]])
    assert sorted(m.box.left for m in merged) == [0, 4]


def test_one_worker_gives_confidence_zero_as_the_service_does() -> None:
    assert [m.confidence for m in merge([[Box("a", 0, 0, 10, 10)]])] == [0.0]


def test_no_answer_with_a_box_gives_no_box() -> None:
    assert merge([[], []]) == []


@given(st.lists(st.lists(boxes, max_size=6), min_size=1, max_size=5))
def test_merging_invents_nothing(answers: list[list[Box]]) -> None:
    merged = merge(answers)
    drawn = [box for worker in answers for box in worker]
    assert len(merged) <= len(drawn)
    for result in merged:
        same = [box for box in drawn if box.label == result.box.label]
        assert min(b.left for b in same) - 1e-6 <= result.box.left <= max(b.left for b in same) + 1e-6
        assert 0 <= result.confidence <= 1 + 1e-9


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), unique=True, max_size=4), st.integers(2, 5))
def test_workers_who_agree_keep_every_box(cells: list[tuple[int, int]], workers: int) -> None:
    drawn = [Box("a", 10.0 * column, 10.0 * row, 10, 10) for column, row in cells]
    assert sorted(m.box for m in merge([drawn] * workers)) == sorted(drawn)


def verdicts(*labels: str, comment: str = "") -> dict[str, Any]:
    """What a verification with the verdicts good, bad, unclear makes of these answers."""
    function = "arn:aws:lambda:us-east-1:432418664414:function:PRE-VerificationBoundingBox"
    request = {"LabelAttributeName": "verdict", "HumanTaskConfig": {"PreHumanTaskLambdaArn": function}}
    job = LabelingJob("verify", "arn", "us-east-1", request, "code", 0, 0, labels=["good", "bad", "unclear"])
    contents = [{"any-name": {"label": label} | ({"workerComment": comment} if comment else {})} for label in labels]
    answers = [Answer("sub", "id", "issuer", content, 0, 1) for content in contents]
    return consolidate(job, DataObject(0, {}, "s3://b/x.png", answers=answers))


@pytest.mark.parametrize(
    ("labels", "index", "confidence"),
    [
        (("bad",), "1", 0.0),
        (("good", "bad", "bad"), "1", 0.67),
        (("bad", "good"), "0", 0.5),
        (("unclear", "bad"), "1", 0.5),
        (("unclear",) * 3, "2", 1.0),
    ],
)
def test_a_verdict_is_that_of_most_workers_and_of_a_draw_the_first(
    labels: tuple[str, ...], index: str, confidence: float
) -> None:
    made = verdicts(*labels)
    assert (made["verdict"], made["verdict-metadata"]["confidence"]) == (index, confidence)
    assert made["verdict-metadata"]["class-name"] == ["good", "bad", "unclear"][int(index)]
    assert "worker-feedback" not in made["verdict-metadata"]


def test_comments_on_a_verdict_are_kept() -> None:
    assert verdicts("bad", comment="Too wide.")["verdict-metadata"]["worker-feedback"] == [{"comment": "Too wide."}]
