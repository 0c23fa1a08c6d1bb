"""Every offline rule of the service is checked, with the line's number and without a word of its content."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gtctl.audit import identifiers
from gtctl.manifests import validate as module
from gtctl.manifests.rules import IN_S3, Rule
from gtctl.manifests.validate import problems

GOOD = b'{"source-ref":"s3://bucket/a.png"}'
OTHER = b'{"source-ref":"s3://bucket/z.png"}'


LONG_LINE = b'{"source-ref":"s3://b/a.png",%b}' % b",".join(b'"%d":"%b"' % (n, b"e" * 12_000) for n in range(9))


def messages(manifest: bytes) -> list[str]:
    return [str(problem) for problem in problems(io.BytesIO(manifest))]


@pytest.mark.parametrize(
    "manifest",
    [
        GOOD,
        GOOD + b"\n",
        GOOD + b"\r\n" + OTHER + b"\r\n",
        b'{"source-ref": "s3://bucket/a b.JPG", "note": {"deep": [1, null]}}\n',
        '{"source-ref":"s3://bucket/한글.jpeg"}\n'.encode(),
        b'{"source-ref":"s3://b/a.png","n":"%b"}' % ("é" * 19_998).encode(),
    ],
)
def test_a_manifest_that_the_service_reads_has_no_problem(manifest: bytes) -> None:
    assert messages(manifest) == []


@pytest.mark.parametrize(
    ("line", "rule", "message"),
    [
        (b"", Rule.EMPTY_LINE, "remove it"),
        (b"  ", Rule.EMPTY_LINE, "remove it"),
        (b"{", Rule.JSON, "not one JSON object"),
        (b"[1]", Rule.JSON, "not one JSON object"),
        (b"{}{}", Rule.JSON, "not one JSON object"),
        (b'{"source-ref":"s3://b/a.png",}', Rule.JSON, "not one JSON object"),
        (b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}", Rule.JSON, "nested too deep"),
        (b'{"source-ref":"s3://b/\xff.png"}', Rule.ENCODING, "not UTF-8"),
        (b"\xef\xbb\xbf" + GOOD, Rule.BYTE_ORDER_MARK, "byte order mark"),
        (b"{}", Rule.SOURCE, 'no "source-ref"'),
        (b'{"source":"text"}', Rule.SOURCE, 'no "source-ref"'),
        (b'{"source-ref":1}', Rule.SOURCE, "no S3 URI"),
        (b'{"source-ref":"https://b/a.png"}', Rule.SOURCE, "no S3 URI"),
        (b'{"source-ref":"s3:///a.png"}', Rule.SOURCE, "no S3 URI"),
        (b'{"source-ref":"s3://b/a.dcm"}', Rule.SUFFIX, "does not end in"),
        (b'{"source-ref":"s3://b/"}', Rule.SUFFIX, "does not end in"),
        (b'{"source-ref":"s3://b/a.png","$x":1}', Rule.ATTRIBUTE_NAME, "attribute 2 begins with $"),
        (b'{"source-ref":"s3://b/a.png","n":"%b"}' % (b"e" * 19_999), Rule.ATTRIBUTE_LENGTH, "longer than 20,000"),
        (LONG_LINE, Rule.LINE_LENGTH, "100,000"),
        (b'{"source-ref":"s3://x/a.png","source-ref":"s3://b/a.png"}', Rule.REPEATED_NAME, "twice"),
        (b'{"source-ref":"s3://x/a.png","source\\u002dref":"s3://b/a.png"}', Rule.REPEATED_NAME, "twice"),
        (b'{"source-ref":"s3://b/a.png","x":{"y":1,"y":2}}', Rule.REPEATED_NAME, "twice"),
        (b'{"source-ref":"s3://bucket/a.png"}', Rule.DUPLICATE, "line 1"),
        (b'{"source-ref":"s3://bucket/\\u0061.png"}', Rule.DUPLICATE, "line 1"),
        (b'{"source-ref":"s3://b/MRN00482913/a.png"}', Rule.IDENTIFIER, "key looks like it holds a person's medical"),
        (b'{"source-ref":"s3://b/mrn/48291377.png"}', Rule.IDENTIFIER, "medical record number"),
        (b'{"source-ref":"s3://b/078-05-1120.png"}', Rule.IDENTIFIER, "social security number"),
        (b'{"source-ref":"s3://b/acc-no-7654321.png"}', Rule.IDENTIFIER, "accession number"),
        (b'{"source-ref":"s3://b/DOE%5EJANE.png"}', Rule.IDENTIFIER, "name"),
        (b'{"source-ref":"s3://b/\\u0044OE^JANE.png"}', Rule.IDENTIFIER, "name"),
        (b'{"source-ref":"s3://b/a.png","PatientID":77}', Rule.IDENTIFIER, "attribute 2 looks like a person's patient"),
        (b'{"source-ref":"s3://b/a.png","x":[{"SSN":"?"}]}', Rule.IDENTIFIER, "social security number"),
        (b'{"source-ref":"s3://b/a.png","x":"of M\xc3\x9cLLER^ANNA"}', Rule.IDENTIFIER, "name"),
        (b'{"source-ref":"s3://b/20261124/a.png"}', Rule.DATE, "the object's key"),
        (b'{"source-ref":"s3://b/a.png","taken":"24.11.2026"}', Rule.DATE, "attribute 2 looks like a date"),
        (b'{"source-ref":"s3://b/a.png","Study Date":20261124}', Rule.DATE, "attribute 2"),
    ],
)
def test_a_broken_rule_is_named_with_its_line(line: bytes, rule: Rule, message: str) -> None:
    (found,) = problems(io.BytesIO(GOOD + b"\n" + line + b"\n" + OTHER + b"\n"))
    assert (found.line, found.rule) == (2, rule)
    assert message in found.message


def test_an_empty_manifest_is_a_problem() -> None:
    assert messages(b"") == ["1: the manifest is empty: it needs one line per image"]


def test_every_offline_rule_has_an_example_that_breaks_it() -> None:
    [mark] = test_a_broken_rule_is_named_with_its_line.pytestmark  # type: ignore[attr-defined]
    assert {rule for _, rule, _ in mark.args[1]} == set(Rule) - IN_S3 - {Rule.EMPTY, Rule.TOO_MANY}


def several(count: int) -> bytes:
    """Sound lines, each with an image of its own."""
    return b"".join(b'{"source-ref":"s3://bucket/%d.png"}\n' % number for number in range(count))


def test_more_objects_than_a_job_takes_are_a_problem_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_DATASET_OBJECTS", 2)
    assert messages(several(2)) == []
    (found,) = messages(several(4))
    assert found.startswith("3: more than 2 objects")


def test_what_an_earlier_job_wrote_about_its_labels_has_dates_that_are_nobodys() -> None:
    label = {
        "creation-date": "2021-09-21T12:55:32.782712",
        "type": "groundtruth/object-detection",
        "human-annotated": "yes",
    }
    line = {"source-ref": "s3://bucket/a.png", "boxes": {"annotations": []}, "boxes-metadata": label}
    assert messages(json.dumps(line).encode()) == []


def test_what_stands_in_the_name_of_a_bucket_is_not_an_identifier_of_an_image() -> None:
    assert messages(b'{"source-ref":"s3://scans-20261124/a.png"}\n{"source-ref":"s3://mrn48291377/a.png"}') == []


def test_a_line_without_an_end_is_not_read_into_memory() -> None:
    class Endless(io.RawIOBase):
        """Ten gigabytes of one line."""

        left = 10 * 1024**3

        def read(self, size: int | None = -1, /) -> bytes:
            assert size is not None
            assert 0 < size < 1 << 20
            # A thousand times as fast as a file would be.
            self.left -= size * 1000
            return b"x" * size if self.left > 0 else b""

    (found,) = problems(Endless())  # type: ignore[arg-type]
    assert found.rule is Rule.LINE_LENGTH


def test_lines_after_one_that_is_far_too_long_keep_their_numbers() -> None:
    found = messages(b'"' + b"x" * 1_000_000 + b"\n" + GOOD + b"\n{}\n")
    assert [line.split(":")[0] for line in found] == ["1", "3"]


SOUND = [{"source-ref": f"s3://bucket/{name}.png", "n": name} for name in ("a", "b/c", "mrn", "mrn/x", "4829137")]
PIECES = [
    *(json.dumps(row).encode() for row in SOUND),
    *(GOOD, b"{}", b"", b"{", b'"}\n{"', b"\r", b"\xff", b'{"source-ref":"s3://bucket/MRN4829137.png"}', b"}{", b" "),
    *(b'{"source-ref":"s3://other/DOE^JANE.png"}', b'{"source-ref":["s3://b/a.png"]}', b'{"PatientID":"1",', b'"x":"'),
    *(b'{"source-ref":"s3://bucket/q.png","n":1,"n":2}', b'{"n" :1,"n":":","source-ref":"s3://bucket/r.png"}'),
    *(b'{"source-ref":"s3://bucket/s.png","x":"\\":"}', b'{"source-ref":"s3://bucket/t.png","\\u006e":1,"n":1}'),
    *(b'{"source-ref":"s3://x/a.png","x":{"at":"2026-11-24"}}', b'{"source-ref":"s3://x/a.png","SSN":null}', b'"}'),
]


@given(st.lists(st.lists(st.sampled_from(PIECES), min_size=1, max_size=2).map(b"".join), max_size=6).map(b"\n".join))
def test_many_lines_at_once_are_judged_as_each_by_itself(manifest: bytes) -> None:
    together = [problem for problem in problems(io.BytesIO(manifest)) if problem.rule is not Rule.DUPLICATE]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_sound_images", lambda lines: None)
        assert together == [each for each in problems(io.BytesIO(manifest)) if each.rule is not Rule.DUPLICATE]


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
    assume(not any(identifiers.first_in(name, value) for name, value in attributes.items()))
    line = json.dumps({**attributes, "source-ref": "s3://bucket/a.png"}).encode()
    assert messages(line) == []


def test_a_problem_never_quotes_the_line() -> None:
    lines = [
        *(b'{"source-ref":"DOE","$DOE":"DOE"}', b'{"DOE"', b'{"source-ref":["DOE"]}', b'{"DOE":1,"DOE":2}', b"DOE"),
        *(b'{"source-ref":"s3://DOE/DOE^DOE.png","x":"DOE^DOE","MRN":"DOE"}', b'{"DOE":"\xff"}', b'{"DOE":"\\q"}'),
    ]
    found = messages(b"\n".join(lines))
    assert len(found) > len(lines)
    assert "DOE" not in " ".join(found)


VALIDATE = """
import sys, tempfile
from gtctl.manifests.validate import problems

with tempfile.TemporaryFile() as manifest:
    for number in range(int(sys.argv[1])):
        manifest.write(b'{"source-ref":"s3://bucket/%032x.png","frame":%d}\\n' % (number * 7919 << 90, number))
    manifest.seek(0)
    assert {problem.rule for problem in problems(manifest)} <= {"too-many"}
[peak] = [line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")]
print(peak)
"""


@pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="the peak of a process's memory is in /proc on Linux"
)
def test_memory_is_flat_from_ten_thousand_to_two_hundred_thousand_lines() -> None:
    def kilobytes(count: int) -> int:
        command = [sys.executable, "-c", VALIDATE, str(count)]
        return int(subprocess.run(command, capture_output=True, check=True, text=True).stdout)

    # The most that is looked at together are the hashes of 131,072 lines.
    assert kilobytes(200_000) < kilobytes(10_000) + 16_000
