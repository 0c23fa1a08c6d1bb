"""What stands twice is found, however many lines there are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gtctl.manifests import repeats as module
from gtctl.manifests.repeats import Repeats


def found(keys: list[int], contents: list[int], at_once: int) -> set[tuple[int, int, bool]]:
    with pytest.MonkeyPatch.context() as patch, Repeats() as repeats:
        patch.setattr(module, "_AT_ONCE", at_once)
        for start in range(0, len(keys), 3):
            repeats.add([(key,) for key in keys[start : start + 3]], contents[start : start + 3])
        assert repeats.count == len(keys)
        return set(repeats.found())


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 1)), max_size=30), st.sampled_from([1, 4, 1000]))
def test_each_line_is_told_the_one_before_it_with_the_same_key(pairs: list[tuple[int, int]], at_once: int) -> None:
    keys, contents = [key for key, _ in pairs], [content for _, content in pairs]
    expected = set()
    for line, (key, content) in enumerate(pairs, start=1):
        before = next((n for n in range(line - 1, 0, -1) if keys[n - 1] == key), None)
        if before:
            expected.add((line, before, content == contents[before - 1]))
    assert found(keys, contents, at_once) == expected


def test_without_contents_lines_with_the_same_key_say_the_same() -> None:
    with Repeats() as repeats:
        repeats.add(["a", "b", "a"])
        assert list(repeats.found()) == [(3, 1, True)]
