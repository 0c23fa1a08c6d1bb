"""Every offline rule of the service is checked, with the line's number and without a word of its content."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gtctl.manifests import validate as module
from gtctl.manifests.validate import problems

GOOD = b'{"source-ref":"s3://bucket/a.png"}'


def messages(manifest: bytes) -> list[str]:
    return [str(problem) for problem in problems(io.BytesIO(manifest))]


@pytest.mark.parametrize(
    "manifest",
    [
        GOOD,
        GOOD + b"\n",
        GOOD + b"\r\n" + GOOD + b"\r\n",
        b'{"source-ref": "s3://bucket/a b.JPG", "note": {"deep": [1, null]}}\n',
        '{"source-ref":"s3://bucket/한글.jpeg"}\n'.encode(),
        b'{"source-ref":"s3://b/a.png","n":"%b"}' % ("é" * 19_998).encode(),
    ],
)
def test_a_manifest_that_the_service_reads_has_no_problem(manifest: bytes) -> None:
    assert messages(manifest) == []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"", "empty line"),
        (b"  ", "empty line"),
        (b"{", "not one JSON object"),
        (b"[1]", "not one JSON object"),
        (b"{}{}", "not one JSON object"),
        (b'{"source-ref":"s3://b/a.png",}', "not one JSON object"),
        (b'{"source-ref":"s3://b/\xff.png"}', "not UTF-8"),
        (b"\xef\xbb\xbf" + GOOD, "byte order mark"),
        (b"{}", 'no "source-ref"'),
        (b'{"source":"text"}', 'no "source-ref"'),
        (b'{"source-ref":1}', "no S3 URI"),
        (b'{"source-ref":"https://b/a.png"}', "no S3 URI"),
        (b'{"source-ref":"s3:///a.png"}', "no S3 URI"),
        (b'{"source-ref":"s3://b/a.dcm"}', "does not end in"),
        (b'{"source-ref":"s3://b/"}', "does not end in"),
        (b'{"source-ref":"s3://b/a.png","$x":1}', "attribute 2 begins with $"),
        (b'{"source-ref":"s3://b/a.png","n":"%b"}' % (b"e" * 19_999), "attribute 2 is longer than 20,000"),
        (
            b'{"source-ref":"s3://b/a.png",%b}' % b",".join(b'"%d":"%b"' % (n, b"e" * 12_000) for n in range(9)),
            "100,000",
        ),
    ],
)
def test_a_broken_rule_is_named_with_its_line(line: bytes, message: str) -> None:
    (found,) = messages(GOOD + b"\n" + line + b"\n" + GOOD + b"\n")
    assert found.startswith("2: ")
    assert message in found


def test_an_empty_manifest_is_a_problem() -> None:
    assert messages(b"") == ["1: the manifest is empty: it needs one line per image"]


def test_more_objects_than_a_job_takes_are_a_problem_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_DATASET_OBJECTS", 2)
    assert messages((GOOD + b"\n") * 2) == []
    (found,) = messages((GOOD + b"\n") * 4)
    assert found.startswith("3: more than 2 objects")


def test_a_line_without_an_end_is_not_read_into_memory() -> None:
    class Endless(io.RawIOBase):
        """Ten gigabytes of one line."""

        left = 10 * 1024**3

        def readline(self, size: int | None = -1, /) -> bytes:
            assert size is not None
            assert 0 < size < 1 << 20
            size = min(size * 1000, self.left)
            self.left -= size
            return b"x" * min(size, 1000)

    (found,) = [str(problem) for problem in problems(Endless())]  # type: ignore[arg-type]
    assert "not one JSON object" in found or "longer than" in found


def test_lines_after_one_that_is_far_too_long_keep_their_numbers() -> None:
    found = messages(b'"' + b"x" * 1_000_000 + b"\n" + GOOD + b"\n{}\n")
    assert [line.split(":")[0] for line in found] == ["1", "3"]


@given(st.lists(st.binary(max_size=60), max_size=6))
def test_any_bytes_give_problems_with_line_numbers_and_no_error(lines: list[bytes]) -> None:
    manifest = b"\n".join(lines)
    for problem in problems(io.BytesIO(manifest)):
        assert 1 <= problem.line <= manifest.count(b"\n") + 1


@given(
    st.dictionaries(
        st.text(max_size=8).filter(lambda name: not name.startswith("$")),
        st.recursive(st.none() | st.integers() | st.text(max_size=8), lambda inner: st.lists(inner, max_size=3)),
        max_size=5,
    )
)
def test_any_attributes_may_be_carried_along(attributes: dict[str, object]) -> None:
    line = json.dumps({**attributes, "source-ref": "s3://bucket/a.png"}).encode()
    assert messages(line) == []


def test_a_problem_never_quotes_the_line() -> None:
    assert "DOE" not in " ".join(messages(b'{"source-ref":"DOE","$DOE":"DOE"}\n{"DOE"\n{"source-ref":["DOE"]}\n'))
