"""Every form of row that jobs write is read for what it is; nothing is guessed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import boto3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moto import mock_aws

from gtctl.errors import BadInput
from gtctl.labels.output_manifest import Box, Failed, Labeled, Row, Unlabeled, Verification, read
from tests.labels.rows import failed, labeled, manifests, unlabeled, verified, write

# From a real job: github.com/DaikiTanak/pascalgt, tests/example_data/manifest/output.manifest.
REAL = (
    '{"source-ref":"s3://bucket/image1.jpg","attr":{"image_size":[{"width":1108,"height":1477,"depth":3}],'
    '"annotations":[{"class_id":0,"top":640,"left":10,"height":463,"width":488}]},'
    '"attr-metadata":{"objects":[{"confidence":0}],"class-map":{"0":"dog"},"type":"groundtruth/object-detection",'
    '"human-annotated":"yes","creation-date":"2021-09-21T12:55:32.782712","job-name":"labeling-job/sample-job-clone"}}'
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "output.manifest"


def only(rows: Any) -> Row:
    (row,) = rows
    return row  # type: ignore[no-any-return]


def test_a_row_of_a_real_job_is_read(path: Path) -> None:
    path.write_text(REAL)
    assert only(read(str(path))) == Labeled(
        1,
        "s3://bucket/image1.jpg",
        1108,
        1477,
        [Box(0, 10, 640, 488, 463)],
        [0.0],
        {0: "dog"},
        depth=3,
        human=True,
        created="2021-09-21T12:55:32.782712",
        job_name="labeling-job/sample-job-clone",
    )


@settings(max_examples=30, deadline=None)
@given(manifests())
def test_boxes_come_out_as_they_went_in(tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]]) -> None:
    manifest = write(tmp_path_factory.mktemp("labels") / "output.manifest", *rows)
    for number, (row, found) in enumerate(zip(rows, read(manifest), strict=True), start=1):
        assert isinstance(found, Labeled)
        assert found.line == number
        size = row["boxes"]["image_size"][0]
        assert (found.width, found.height) == (size["width"], size["height"])
        expected = [
            (each["class_id"], each["left"], each["top"], each["width"], each["height"])
            for each in row["boxes"]["annotations"]
        ]
        assert [(box.class_id, box.left, box.top, box.width, box.height) for box in found.boxes] == expected
        assert len(found.confidences) == len(found.boxes)


def test_integers_stay_integers_and_floats_floats(path: Path) -> None:
    row = only(read(write(path, labeled("a.png", (0, 1, 2.5, 3, 4.0)))))
    assert isinstance(row, Labeled)
    assert [type(value) for value in (row.boxes[0].left, row.boxes[0].top, row.boxes[0].height)] == [int, float, float]


def test_an_image_without_boxes_is_labeled(path: Path) -> None:
    row = only(read(write(path, labeled("a.png", objects=[], class_map={}))))
    assert isinstance(row, Labeled)
    assert row.boxes == []


@pytest.mark.parametrize(
    ("objects", "expected"),
    [
        ([{"confidence": 0.9}, {"confidence": 0}], [0.9, 0.0]),
        ([{"confidence": 0.9}, {}], [0.9, None]),
        ([{"confidence": 0.9}], [0.9, None]),
        ([{"confidence": None}], [None, None]),
        ([], [None, None]),
        (None, [None, None]),
    ],
)
def test_missing_confidences_are_none(path: Path, objects: Any, expected: list[float | None]) -> None:
    row = only(read(write(path, labeled("a.png", (0, 1, 2, 3, 4), (1, 1, 2, 3, 4), objects=objects))))
    assert isinstance(row, Labeled)
    assert row.confidences == expected


def test_failed_and_unlabeled_rows_are_told_from_labeled_ones(path: Path) -> None:
    rows = list(read(write(path, unlabeled("a.png"), failed("b.png"), labeled("c.png"), unlabeled("d.png"))))
    assert rows[0] == Unlabeled(1, "s3://scans/a.png")
    assert rows[1] == Failed(2, "s3://scans/b.png", "ClientError: no CORS")
    assert isinstance(rows[2], Labeled)
    assert rows[3] == Unlabeled(4, "s3://scans/d.png")


def test_the_attribute_is_found_among_attributes_of_other_kinds(path: Path) -> None:
    row = labeled("a.png", (0, 1, 2, 3, 4), attribute="lesions") | {
        "quality": 3,
        "quality-metadata": {"type": "groundtruth/image-classification", "class-name": "good"},
        "patient-metadata": "anything",
        "-metadata": 1,
    }
    assert isinstance(only(read(write(path, row))), Labeled)


def test_several_attributes_with_boxes_ask_for_a_choice(path: Path) -> None:
    row = labeled("a.png", (0, 1, 2, 3, 4)) | labeled("a.png", (0, 5, 6, 7, 8), attribute="adjusted-boxes")
    manifest = write(path, row)
    with pytest.raises(BadInput, match="choose one with --attribute: adjusted-boxes, boxes"):
        list(read(manifest))
    first, second = only(read(manifest, "boxes")), only(read(manifest, "adjusted-boxes"))
    assert isinstance(first, Labeled)
    assert isinstance(second, Labeled)
    assert (first.boxes[0].left, second.boxes[0].left) == (1, 5)


def test_a_second_attribute_in_a_later_row_asks_for_a_choice_too(path: Path) -> None:
    manifest = write(path, labeled("a.png"), unlabeled("b.png"), labeled("c.png", attribute="other"))
    with pytest.raises(BadInput, match="choose one with --attribute: boxes, other"):
        list(read(manifest))


def test_an_attribute_whose_every_row_failed_asks_for_a_choice_as_it_may_hold_boxes(path: Path) -> None:
    manifest = write(path, labeled("a.png", (0, 1, 2, 3, 4)) | failed("a.png", attribute="adjusted"))
    with pytest.raises(BadInput, match="choose one with --attribute: adjusted, boxes"):
        list(read(manifest))
    assert isinstance(only(read(manifest, "adjusted")), Failed)


def test_a_failed_verification_is_no_choice_where_other_rows_tell_that_it_is_one(path: Path) -> None:
    rows = [
        labeled("a.png", (0, 1, 2, 3, 4)) | failed("a.png", attribute="verify-boxes"),
        labeled("b.png", (0, 1, 2, 3, 4)) | verified("good"),
    ]
    first, second = read(write(path, *rows))
    assert isinstance(first, Labeled) and first.verifications == ()
    assert isinstance(second, Labeled) and second.verifications[0].class_name == "good"


def test_a_failed_row_is_failed_whatever_else_stands_in_it(path: Path) -> None:
    row = failed("a.png") | {"boxes": "none"}
    row["boxes-metadata"]["objects"] = 7
    assert [type(each) for each in read(write(path, row, labeled("b.png")))] == [Failed, Labeled]


def test_who_labeled_when_and_in_which_job_is_read(path: Path) -> None:
    rows = [
        labeled("a.png", human_annotated="no", job_name="chest", adjustment_status="adjusted"),
        labeled("b.png", adjustment_status="unadjusted"),
        labeled("c.png", human_annotated=None, creation_date=None, job_name=None),
    ]
    first, second, third = (row for row in read(write(path, *rows)) if isinstance(row, Labeled))
    assert (first.human, first.adjusted, first.job_name, first.depth) == (False, True, "chest", 1)
    assert (second.human, second.adjusted, second.created) == (True, False, "2021-09-21T12:55:32.782712")
    assert (third.human, third.adjusted, third.created, third.job_name) == (None, None, None, None)


def test_verifications_stand_beside_the_boxes(path: Path) -> None:
    row = labeled("a.png", (0, 1, 2, 3, 4)) | verified("bad") | verified("fine", "again", worker_feedback=None)
    found = only(read(write(path, row)))
    assert isinstance(found, Labeled)
    assert found.verifications == (
        Verification("verify-boxes", "bad", 0.93, ("The box is too wide on the right side.",)),
        Verification("again", "fine", 0.93, ()),
    )


def test_a_verification_older_than_the_labels_speaks_of_others(path: Path) -> None:
    row = labeled("a.png", (0, 1, 2, 3, 4)) | verified("bad")
    row |= labeled("a.png", attribute="adjusted", creation_date="2022-01-01T00:00:00.000000")
    manifest = write(path, row)
    before, after = only(read(manifest, "boxes")), only(read(manifest, "adjusted"))
    assert isinstance(before, Labeled) and before.verifications[0].class_name == "bad"
    assert isinstance(after, Labeled) and after.verifications == ()


def test_a_class_of_the_verification_is_none_of_the_boxes(path: Path) -> None:
    row = labeled("a.png", (0, 1, 2, 3, 4)) | verified("bad", class_map={"0": "another"})
    found = only(read(write(path, row)))
    assert isinstance(found, Labeled) and found.class_names == {0: "class 0"}


def test_sizes_in_whole_floats_are_sizes(path: Path) -> None:
    row = labeled("a.png")
    row["boxes"]["image_size"] = [{"width": 640.0, "height": 480.0}] * 2
    found = only(read(write(path, row)))
    assert isinstance(found, Labeled) and (found.width, found.height, found.depth) == (640, 480, None)
    assert isinstance(found.width, int)


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\n\n \n"])
def test_lines_may_end_as_on_windows_and_empty_ones_are_passed_over(path: Path, ending: str) -> None:
    path.write_bytes((REAL + ending + REAL).encode())
    rows = list(read(str(path)))
    assert len(rows) == 2
    assert rows[1].line == 1 + ending.count("\n")


@pytest.mark.parametrize("rows", [[], [unlabeled("a.png")], [unlabeled("a.png")] * 3])
def test_a_manifest_without_labels_is_bad_input(path: Path, rows: list[dict[str, Any]]) -> None:
    with pytest.raises(BadInput, match=f"none of {len(rows)} rows has a label attribute with boxes"):
        list(read(write(path, *rows)))


def test_an_attribute_that_is_not_there_is_bad_input_that_names_those_there_are(path: Path) -> None:
    with pytest.raises(BadInput, match="a label attribute 'nodules'; there is boxes"):
        list(read(write(path, labeled("a.png")), "nodules"))


def _without(row: dict[str, Any], *path: Any) -> dict[str, Any]:
    part: Any = row
    for step in path[:-1]:
        part = part[step]
    del part[path[-1]]
    return row


@pytest.mark.parametrize(
    "row",
    [
        _without(labeled("a.png"), "source-ref"),
        _without(labeled("a.png"), "boxes", "image_size"),
        _without(labeled("a.png"), "boxes", "annotations"),
        labeled("a.png") | {"boxes": {"image_size": [], "annotations": []}},
        labeled("a.png") | {"boxes": {"image_size": [{"width": 1.5, "height": 1}], "annotations": []}},
        labeled("a.png")
        | {"boxes": {"image_size": [{"width": 1, "height": 1}, {"width": 2, "height": 1}], "annotations": []}},
        labeled("a.png") | {"source-ref": 7},
        labeled("a.png") | {"boxes": {"image_size": [{"width": 0, "height": 1}], "annotations": []}},
        labeled("a.png", (0, 1, 2, -3, 4)),
        labeled("a.png", (0, 1e300, 2, 3, 4)),
        labeled("a.png", (0, 1, 2, 3, 2**70)),
        labeled("a.png", (-1, 1, 2, 3, 4)),
        _without(labeled("a.png", (0, 1, 2, 3, 4)), "boxes", "annotations", 0, "left"),
        labeled("a.png", (0, 1, 2, 3, 4), objects=[{}, {}]),
        labeled("a.png", class_map={"dog": "0"}),
    ],
)
def test_a_damaged_row_is_named_by_its_line(path: Path, row: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match=r"output\.manifest:2: "):
        list(read(write(path, labeled("first.png"), row)))


@given(st.binary(max_size=80))
def test_any_bytes_give_rows_or_bad_input(tmp_path_factory: pytest.TempPathFactory, junk: bytes) -> None:
    path = tmp_path_factory.mktemp("labels") / "output.manifest"
    path.write_bytes(REAL.encode() + b"\n" + junk)
    try:
        list(read(str(path)))
    except BadInput as error:
        assert "output.manifest:" in str(error)


@given(st.integers(0, len(REAL) - 1), st.binary(min_size=1, max_size=6))
def test_a_damaged_real_row_gives_rows_or_bad_input(
    tmp_path_factory: pytest.TempPathFactory, position: int, junk: bytes
) -> None:
    path = tmp_path_factory.mktemp("labels") / "output.manifest"
    damaged = bytearray(REAL.encode())
    damaged[position : position + len(junk)] = junk
    path.write_bytes(bytes(damaged))
    try:
        list(read(str(path)))
    except BadInput as error:
        assert "\n" not in str(error)


def test_an_output_manifest_is_read_from_s3(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    with mock_aws():
        s3 = boto3.client("s3", region_name="us-east-1")
        s3.create_bucket(Bucket="labels")
        s3.put_object(Bucket="labels", Key="job/output.manifest", Body=REAL.encode())
        assert isinstance(only(read("s3://labels/job/output.manifest")), Labeled)
        with pytest.raises(BadInput, match="there is no object"):
            list(read("s3://labels/job/missing"))
