"""Lines come whole, whatever blocks they are read in."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gtctl.errors import BadInput
from gtctl.manifests import lines as module
from gtctl.manifests.lines import blocks, decode, images, rows, split


@given(
    st.lists(st.sampled_from([b"a", b"\n", b"\r\n", b"\r", b"{}", b"bcdefghijk"]), max_size=20).map(b"".join),
    st.integers(1, 9),
)
def test_lines_are_those_of_the_file_in_blocks_of_any_size(content: bytes, size: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BLOCK_BYTES", size)
        assert b"".join(blocks(io.BytesIO(content))) == content
        found = [line for block in blocks(io.BytesIO(content)) for line in split(block)]
    expected = content.replace(b"\r\n", b"\n").split(b"\n")
    assert found == (expected if expected[-1] else expected[:-1])


def test_of_a_line_that_is_far_too_long_the_beginning_is_kept_and_the_next_one_whole() -> None:
    content = b"x" * 2_000_000 + b"\n" + b"y\n"
    found = [line for block in blocks(io.BytesIO(content)) for line in split(block)]
    assert [len(line) for line in found] == [400_002, 1]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([b'{"a":1}', b'{"b":[2]}'], [{"a": 1}, {"b": [2]}]),
        ([b'{"a":1}', b"", b"[]", b"{}{}", b"\xff"], [{"a": 1}, None, None, None, None]),
        # An object over two lines, and two objects in one, are as many objects as lines.
        ([b'{"a":', b"1}", b"{}{}"], [None, None, None]),
    ],
)
def test_attributes_are_those_of_single_lines(lines: list[bytes], expected: list[object]) -> None:
    assert decode(lines) == expected


def test_a_line_that_names_no_image_is_bad_input_with_its_number_and_passed_over_where_that_will_do() -> None:
    content = b'{"source-ref":"s3://b/a.png"}\n{"source-ref":1}\n{"source-ref":"s3://b/b.png"}\n'
    assert list(images(io.BytesIO(content))) == [(1, "s3://b/a.png"), (3, "s3://b/b.png")]
    with pytest.raises(BadInput, match="m:2: no line of a manifest"):
        list(rows(io.BytesIO(content), "m"))
