"""Agreement of workers: matches, scores, Krippendorff's alpha."""

from __future__ import annotations

from itertools import permutations

import krippendorff
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gtctl.labels.agreement import NOT_SEEN, Alpha, agreement, match, overlaps
from gtctl.labels.worker_responses import Drawn

_lengths = st.floats(1, 60)
_drawn = st.builds(Drawn, st.sampled_from(["a", "b"]), st.floats(0, 90), st.floats(0, 90), _lengths, _lengths)
_several = st.lists(_drawn, max_size=4)


def iou(first: Drawn, second: Drawn) -> float:
    """Intersection over union, the plain way."""
    across = min(first.left + first.width, second.left + second.width) - max(first.left, second.left)
    down = min(first.top + first.height, second.top + second.height) - max(first.top, second.top)
    common = max(across, 0) * max(down, 0)
    return common / (first.width * first.height + second.width * second.height - common)


@settings(max_examples=60, deadline=None)
@given(_several, _several)
def test_matches_have_the_greatest_sum_of_overlaps_that_any_pairing_has(
    first: list[Drawn], second: list[Drawn]
) -> None:
    if not first or not second:
        assert match(first, second) == []
        return
    shown = overlaps(first, second)
    assert shown.ravel() == pytest.approx([iou(a, b) for a in first for b in second])
    small, large = sorted((first, second), key=len)
    best = max(
        sum(iou(each, other) for each, other in zip(small, chosen, strict=True))
        for chosen in permutations(large, len(small))
    )
    assert sum(each.iou for each in match(first, second, 1e-12)) == pytest.approx(best)
    matches = match(first, second, 0.3)
    assert all(each.iou >= 0.3 for each in matches)
    assert len({each.first for each in matches}) == len({each.second for each in matches}) == len(matches)


@settings(max_examples=60, deadline=None)
@given(st.lists(_several, min_size=2, max_size=4))
def test_every_box_is_of_one_thing_and_equal_workers_agree_fully(workers: list[list[Drawn]]) -> None:
    found = agreement(workers)
    assert found.score is not None and -1e-9 <= found.score <= 1 + 1e-9
    for at, boxes in enumerate(workers):
        assert sorted(said[at] for said in found.things if said[at] != NOT_SEEN) == sorted(box.label for box in boxes)
    assert agreement([workers[0], workers[0]]).score == pytest.approx(1)


def test_another_name_for_the_same_thing_is_no_agreement_though_the_boxes_match() -> None:
    found = agreement([[Drawn("a", 0, 0, 10, 10)], [Drawn("b", 0, 0, 10, 10)]])
    assert len(found.pairs[0].matches) == 1 and found.score == 0
    assert found.things == [["a", "b"]]


def test_boxes_without_area_match_nothing() -> None:
    line = Drawn("a", 5, 5, 0, 10)
    assert match([line], [line]) == []


def test_alpha_is_that_of_the_whole_table_of_answers() -> None:
    table = [["a", "a", ""], ["a", "b", "a"], ["b", "b", "b"], ["", "", "a"], ["", "", ""], ["b", "b", "a"]] * 3
    alpha = Alpha()
    for said in table:
        alpha.add(said)
    codes = [[["", "a", "b"].index(said[worker]) for said in table] for worker in range(3)]
    assert alpha.things == 18
    assert alpha.value() == pytest.approx(krippendorff.alpha(codes, level_of_measurement="nominal"))


def test_alpha_is_not_defined_where_all_say_the_same_of_everything() -> None:
    alpha = Alpha()
    assert alpha.value() is None
    alpha.add(["a", "a"])
    assert alpha.value() is None
