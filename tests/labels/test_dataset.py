"""Every row of every manifest has its place in the counts; what is left out was asked for, and is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gtctl.errors import BadInput
from gtctl.labels.dataset import Counts, Dataset, Image, Options, clipped
from gtctl.labels.output_manifest import Box
from tests.labels.rows import failed, labeled, manifests, unlabeled, verified, write

Manifest = list[dict[str, Any]]


def taken(folder: Path, *of_manifests: Manifest, **options: Any) -> tuple[list[Image], Counts, dict[int, str]]:
    """Images, counts and classes of manifests."""
    names = [write(folder / f"{number}.manifest", *rows) for number, rows in enumerate(of_manifests)]
    with Dataset(names, Options(**options)) as dataset:
        return list(dataset.images()), dataset.counts, dataset.classes.names


def names_of(folder: Path, *of_manifests: Manifest) -> dict[str, list[str]]:
    """The names of each image's boxes."""
    images, _, classes = taken(folder, *of_manifests)
    return {image.file_name: [classes[box.class_id] for box in image.boxes] for image in images}


def one_way_or_another(counts: Counts) -> int:
    """Rows by what became of them."""
    left_out = counts.failed + counts.unlabeled + counts.rejected + counts.unverified + counts.machine
    return counts.exported + left_out + counts.repeated


_rows = st.one_of(
    st.builds(
        labeled, st.integers(0, 9).map(str), st.just((0, 1, 2, 3, 4)), human_annotated=st.sampled_from(["yes", "no"])
    ),
    st.builds(failed, st.integers(0, 9).map(str)),
    st.builds(unlabeled, st.integers(0, 9).map(str)),
    st.builds(
        lambda key, name: labeled(key, (1, 600, 400, 90, 90)) | verified(name),
        st.integers(0, 9).map(str),
        st.sampled_from(["good", "bad"]),
    ),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(_rows, max_size=8), st.lists(_rows, max_size=4), st.booleans(), st.booleans(), st.booleans())
def test_every_row_and_every_box_is_counted_once(
    tmp_path_factory: pytest.TempPathFactory,
    first: Manifest,
    second: Manifest,
    accept: bool,
    human_only: bool,
    clip: bool,
) -> None:
    always = [labeled("x", (0, 1, 2, 3, 4)) | verified("good")]
    images, counts, _ = taken(
        tmp_path_factory.mktemp("labels"),
        first + always,
        [*second, labeled("y", (0, 1, 2, 3, 4))],
        accept=("good",) if accept else (),
        ignore_verification=not accept,
        human_only=human_only,
        clip=clip,
        min_confidence=0.5,
        repeated="last",
    )
    assert counts.read == len(first) + len(second) + 2 == one_way_or_another(counts)
    assert counts.exported == len(images) == len({image.source_ref for image in images})
    assert counts.boxes == sum(len(image.boxes) for image in images)
    assert counts.empty + counts.emptied == sum(not image.boxes for image in images)


def test_a_verified_image_asks_which_classes_to_accept(tmp_path: Path) -> None:
    rows = [labeled("a.png", (0, 1, 2, 3, 4)) | verified("good")]
    with pytest.raises(BadInput, match=r"0\.manifest:1: the labels were verified .*--accept, or give --ignore"):
        taken(tmp_path, rows)
    with pytest.raises(BadInput, match="no verification gave great; there is good"):
        taken(tmp_path, rows, accept=("great",))


def test_names_from_a_manifest_never_break_the_line(tmp_path: Path) -> None:
    rows = [labeled("a.png", (0, 1, 2, 3, 4)) | verified("go\x1b[2Jod")]
    for accept in ((), ("x",)):
        with pytest.raises(BadInput) as caught:
            taken(tmp_path, rows, accept=accept)
        assert str(caught.value).isprintable()


@pytest.mark.parametrize("name", ["bo\nxes", 'bo"xes', "bo\\xes"])
def test_an_attribute_that_no_job_can_have_is_the_user_s_own(tmp_path: Path, name: str) -> None:
    images, _, _ = taken(tmp_path, [labeled("a.png", (0, 1, 2, 3, 4)) | labeled("a.png", attribute=name)])
    assert len(images[0].boxes) == 1
    for attribute in (name, "source-ref"):
        with pytest.raises(BadInput, match="cannot be a label attribute"):
            taken(tmp_path, [labeled("a.png", attribute=name)], attribute=attribute)


def test_only_what_was_accepted_is_exported(tmp_path: Path) -> None:
    rows = [
        labeled("good.png", (0, 1, 2, 3, 4)) | verified("good"),
        labeled("bad.png", (0, 1, 2, 3, 4)) | verified("bad"),
        labeled("both.png", (0, 1, 2, 3, 4)) | verified("good") | verified("bad", "second"),
        labeled("none.png", (0, 1, 2, 3, 4)),
    ]
    images, counts, _ = taken(tmp_path, rows, accept=("good",))
    assert [image.file_name for image in images] == ["good.png"]
    assert (counts.rejected, counts.unverified) == (2, 1)
    images, counts, _ = taken(tmp_path, rows, ignore_verification=True)
    assert len(images) == 4 and not counts.rejected and not counts.unverified


def test_labels_of_a_model_are_left_out_where_people_s_are_wanted(tmp_path: Path) -> None:
    rows = [labeled("a.png"), labeled("b.png", human_annotated="no"), labeled("c.png", human_annotated=None)]
    images, counts, _ = taken(tmp_path, rows, human_only=True)
    assert ([image.file_name for image in images], counts.machine) == (["a.png"], 2)


def test_boxes_below_the_confidence_are_left_out_and_so_are_those_without(tmp_path: Path) -> None:
    boxes = [(0, number, 2, 3, 4) for number in range(3)]
    rows = [
        labeled("a.png", *boxes, objects=[{"confidence": 0.9}, {"confidence": 0.5}, {}]),
        labeled("b.png", (0, 1, 2, 3, 4), objects=[]),
        labeled("c.png"),
    ]
    images, counts, _ = taken(tmp_path, rows, min_confidence=0.6)
    assert [box.left for image in images for box in image.boxes] == [0]
    assert (counts.boxes, counts.boxes_below_confidence, counts.emptied, counts.empty) == (1, 3, 1, 1)


def test_boxes_beyond_the_image_are_told_and_cut_only_where_that_is_asked_for(tmp_path: Path) -> None:
    rows = [labeled("a.png", (0, -5, 10, 20, 20), (0, 630, 470, 50.5, 50), (0, 700, 10, 5, 5), (0, 0, 0, 640, 480))]
    images, counts, _ = taken(tmp_path, rows)
    assert [box.left for box in images[0].boxes] == [-5, 630, 700, 0]
    assert (counts.boxes_beyond, counts.boxes_outside, counts.boxes) == (3, 0, 4)
    images, counts, _ = taken(tmp_path, rows, clip=True)
    cut = [(box.left, box.top, box.width, box.height) for box in images[0].boxes]
    assert cut == [(0, 10, 15, 20), (630, 470, 10, 10), (0, 0, 640, 480)]
    assert (counts.boxes_beyond, counts.boxes_outside, counts.boxes, len(images[0].confidences)) == (3, 1, 3, 3)


@given(st.tuples(*[st.integers(-30, 30)] * 2, *[st.integers(0, 50)] * 2), st.integers(1, 20), st.integers(1, 20))
def test_a_cut_box_has_the_pixels_that_box_and_image_share(
    box: tuple[int, int, int, int], width: int, height: int
) -> None:
    left, top, across, down = box
    shared = {
        (x, y) for x in range(left, left + across) for y in range(top, top + down) if 0 <= x < width and 0 <= y < height
    }
    found = clipped(Box(0, *box), width, height)
    pixels = (
        {
            (x, y)
            for x in range(int(found.left), int(found.left + found.width))
            for y in range(int(found.top), int(found.top + found.height))
        }
        if found
        else set()
    )
    assert pixels == shared
    if found:
        assert found.left >= 0 and found.left + found.width <= width


def test_boxes_without_area_are_told_and_kept(tmp_path: Path) -> None:
    images, counts, _ = taken(tmp_path, [labeled("a.png", (0, 5, 5, 0, 9))], clip=True)
    assert (len(images[0].boxes), counts.boxes_without_area, counts.boxes_beyond) == (1, 1, 0)


def test_classes_of_several_manifests_are_merged_by_name(tmp_path: Path) -> None:
    first = [labeled("a.png", (0, 1, 2, 3, 4), (2, 1, 2, 3, 4), class_map={"0": "nodule", "2": "결절"})]
    second = [labeled("b.png", (0, 1, 2, 3, 4), (1, 1, 2, 3, 4), class_map={"0": "결절", "1": "mass"})]
    third = [labeled("c.png", (0, 1, 2, 3, 4), class_map={"0": "effusion"})]
    assert names_of(tmp_path, first, second, third) == {
        "a.png": ["nodule", "결절"],
        "b.png": ["결절", "mass"],
        "c.png": ["effusion"],
    }
    assert taken(tmp_path, first, second, third)[2] == {0: "nodule", 1: "mass", 2: "결절", 3: "effusion"}


def test_a_campaign_of_one_label_list_shares_its_names(tmp_path: Path) -> None:
    first = [labeled("a.png", (0, 1, 2, 3, 4), class_map={"0": "nodule", "1": "mass"})]
    second = [
        labeled("b.png", (1, 1, 2, 3, 4), class_map={}),
        labeled("c.png", (0, 1, 2, 3, 4), class_map={"0": "nodule"}),
    ]
    assert names_of(tmp_path, first, second)["b.png"] == ["mass"]


def test_a_class_without_a_name_is_refused_where_numbers_mean_different_things(tmp_path: Path) -> None:
    first = [labeled("a.png", (0, 1, 2, 3, 4), class_map={"0": "nodule", "1": "mass"})]
    second = [labeled("b.png", (0, 1, 2, 3, 4), (1, 1, 2, 3, 4), class_map={"0": "mass"})]
    with pytest.raises(BadInput, match=r"1\.manifest:1: class 1 has no name"):
        taken(tmp_path, first, second)


def test_an_unnamed_class_never_takes_the_name_of_another(tmp_path: Path) -> None:
    rows = [labeled("a.png", (0, 1, 2, 3, 4), (7, 1, 2, 3, 4), class_map={"0": "7"})]
    assert names_of(tmp_path, rows) == {"a.png": ["7", "7 (unnamed)"]}


def test_the_same_image_labeled_twice_is_refused_unless_told_which_holds(tmp_path: Path) -> None:
    first = [unlabeled("x.png"), labeled("a.png", (0, 1, 2, 3, 4))]
    second = [labeled("a.png", (0, 5, 6, 7, 8))]
    with pytest.raises(BadInput, match=r"1\.manifest:1: the same image is labeled in .*0\.manifest:2: choose"):
        taken(tmp_path, first, second)
    for rule, left in (("first", 1), ("last", 5)):
        images, counts, _ = taken(tmp_path, first, second, repeated=rule)
        assert [image.boxes[0].left for image in images] == [left]
        assert (counts.repeated, counts.unlabeled, counts.exported) == (1, 1, 1)


def test_an_image_that_a_later_job_labeled_is_not_repeated_in_any_way_that_matters(tmp_path: Path) -> None:
    first = [failed("a.png"), labeled("b.png"), unlabeled("c.png")]
    second = [labeled("a.png", (0, 1, 2, 3, 4)), failed("b.png"), unlabeled("c.png")]
    images, counts, _ = taken(tmp_path, first, second)
    assert [(image.file_name, image.number) for image in images] == [("b.png", 2), ("a.png", 4)]
    assert (counts.repeated, counts.unlabeled, counts.failed) == (3, 1, 0)


def test_file_names_have_the_bucket_where_there_are_several(tmp_path: Path) -> None:
    images, _, _ = taken(tmp_path, [labeled("ct/a.png"), labeled("ct/a.png", bucket="scan")])
    assert [image.file_name for image in images] == ["scans/ct/a.png", "scan/ct/a.png"]


@pytest.mark.parametrize(
    ("keys", "folder"),
    [
        (["ct/images/a.png", "ct/images/ab.png"], "ct/images/"),
        (["ct/a.png", "ctx/a.png"], ""),
        (["ct/a.png"], "ct/"),
        (["a.png", "b.png"], ""),
    ],
)
def test_the_folder_that_all_images_share_is_known(tmp_path: Path, keys: list[str], folder: str) -> None:
    with Dataset([write(tmp_path / "m", *[labeled(key) for key in keys])]) as dataset:
        assert dataset.folder == folder


@settings(max_examples=15, deadline=None)
@given(manifests())
def test_images_can_be_gone_through_again(tmp_path_factory: pytest.TempPathFactory, rows: Manifest) -> None:
    with Dataset([write(tmp_path_factory.mktemp("labels") / "m", *rows)]) as dataset:
        first = list(dataset.images())
        counts = dataset.counts
        assert (list(dataset.images()), dataset.counts) == (first, counts)


@given(st.lists(st.binary(max_size=60), max_size=4))
def test_any_bytes_are_a_dataset_or_one_line_of_complaint(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]
) -> None:
    path = tmp_path_factory.mktemp("labels") / "m"
    path.write_bytes(b"\n".join(lines))
    try:
        with Dataset([str(path)]) as dataset:
            list(dataset.images())
    except BadInput as error:
        assert "\n" not in str(error)
