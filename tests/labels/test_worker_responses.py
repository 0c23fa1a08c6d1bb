"""Answers of workers: whose they are is a pseudonym, and none is lost."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from gtctl.errors import BadInput
from gtctl.labels.worker_responses import Pseudonyms, beside, read, read_secret
from tests.labels.answers import WORKERS, answer, box, job, put, row

SECRET = bytes(range(32))


def responses(folder: Path) -> str:
    """Where the answers of a test's job lie."""
    return str(folder / "annotations/worker-response")


def test_answers_come_by_row_in_the_order_of_their_submission(tmp_path: Path) -> None:
    job(tmp_path, [row("a.png")], {10: [answer("b", [], at=5), answer("a", [box("x", 1, 2)], at=1)], 2: []})
    put(tmp_path, 10, [answer("c", None, at=3)], iteration=2)
    first, second = read(responses(tmp_path), Pseudonyms(SECRET))
    assert (first.row, second.row) == (3, 11)
    assert [len(each.boxes or ()) for each in second.answers] == [1, 0, 0]
    assert second.answers[0].size == (200, 100) and second.answers[0].seconds == 12.5


def test_a_worker_is_the_same_pseudonym_in_every_file_and_another_under_another_secret(tmp_path: Path) -> None:
    job(tmp_path, [], {number: [answer(worker, []) for worker in WORKERS] for number in range(2)})
    first, second = read(responses(tmp_path), Pseudonyms(SECRET))
    names = [each.worker for each in first.answers]
    assert names == [each.worker for each in second.answers] and len(set(names)) == 3
    other, _ = read(responses(tmp_path), Pseudonyms())
    assert not set(names) & {each.worker for each in other.answers}
    assert not any(part in str(first) for worker in WORKERS for part in (worker, "sub-", "id-", "cognito"))


def test_the_last_answer_of_a_worker_counts_and_the_others_are_told(tmp_path: Path) -> None:
    job(tmp_path, [], {0: [answer("a", [box("late", 1, 1)], at=9), answer("a", [box("early", 1, 1)], at=1)]})
    (found,) = read(responses(tmp_path), Pseudonyms())
    assert found.repeated == 1
    assert [each.label for each in found.answers[0].boxes or ()] == ["late"]


def test_answers_without_an_identity_are_of_somebody_else_each_time(tmp_path: Path) -> None:
    nobody = answer("x", []) | {"workerId": "", "workerMetadata": None}
    job(tmp_path, [], {0: [nobody, nobody]})
    (found,) = read(responses(tmp_path), Pseudonyms())
    assert len({each.worker for each in found.answers}) == 2


def test_the_time_is_that_between_acceptance_and_submission_where_no_other_is_told(tmp_path: Path) -> None:
    untold = answer("a", [], at=2) | {"timeSpentInSeconds": None}
    job(tmp_path, [], {0: [untold, untold | {"workerId": "b", "workerMetadata": None, "acceptanceTime": "soon"}]})
    (found,) = read(responses(tmp_path), Pseudonyms())
    assert [each.seconds for each in found.answers] == [150.0, None]


def test_an_answer_to_another_kind_of_task_has_no_boxes(tmp_path: Path) -> None:
    job(tmp_path, [], {0: [answer("a", []) | {"answerContent": {"crowd-image-classifier": {"label": "good"}}}]})
    (found,) = read(responses(tmp_path), Pseudonyms())
    assert found.answers[0].boxes is None


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"answers": 1}', '{"answers": [{"answerContent": {"boundingBox": 3}}]}']
)
def test_a_damaged_file_is_named_in_one_line_without_what_it_says(tmp_path: Path, content: str) -> None:
    place = put(tmp_path, 7, content)
    with pytest.raises(BadInput, match=r"iteration-1/7/.*: not the answers of workers") as caught:
        list(read(responses(tmp_path), Pseudonyms()))
    assert str(place.parent) in str(caught.value) and "\n" not in str(caught.value)


def test_a_secret_is_made_once_for_the_user_alone_and_short_ones_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "workers.key"
    assert read_secret(file) == read_secret(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.write_text("short")
    with pytest.raises(BadInput, match="no secret"):
        read_secret(file)


def test_answers_lie_beside_the_manifest_of_an_output_tree() -> None:
    assert beside("s3://b/jobs/x/manifests/output/output.manifest") == "s3://b/jobs/x/annotations/worker-response"
    assert beside("elsewhere.manifest") is None
