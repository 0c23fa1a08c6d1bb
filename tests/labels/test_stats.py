"""Statistics of labels and workers: numbers that can be counted by hand, and nothing dropped silently."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gtctl.cli import run
from gtctl.errors import BadInput
from gtctl.labels.stats import Stats, compute
from gtctl.labels.worker_responses import beside
from gtctl.sandbox.simulated_workers import annotate
from tests.account import Account
from tests.labels.answers import WORKERS, answer, box, job, row
from tests.labels.rows import failed, labeled, unlabeled, write

KIM, WEBER, OKAFOR = WORKERS


def example(folder: Path) -> str:
    """Six rows: agreed, disagreed on the name, missed by one, nothing to see, failed, not labeled."""
    nodule = box("nodule", 10, 10)
    return job(
        folder,
        [
            row("a.png", (0, 10, 10, 20, 20)),
            row("b.png", (0, 10, 10, 20, 20)),
            row("c.png"),
            row("d.png"),
            failed("e.png"),
            unlabeled("f.png"),
        ],
        {
            0: [answer(KIM, [nodule], 10), answer(WEBER, [nodule], 20)],
            1: [answer(KIM, [nodule], 10), answer(WEBER, [box("결절", 10, 10)], 30)],
            2: [answer(KIM, [nodule], 10), answer(OKAFOR, [], 5)],
            3: [answer(KIM, []), answer(OKAFOR, None)],  # null is how the service may write none
            4: [answer(KIM, [nodule])],
        },
    )


def stats(manifest: str, **options: Any) -> Stats:
    """The statistics with the answers that lie beside the manifest."""
    return compute([manifest], [beside(manifest)], **options)


def test_agreement_labels_and_workers_are_counted(tmp_path: Path) -> None:
    found = stats(example(tmp_path)).as_json()
    assert found["agreement"] | {"krippendorff_alpha": None} == {
        "iou_threshold": 0.5,
        "images": 4,
        "mean": 0.5,
        "matched_pairs": 2,
        "mean_iou": 1.0,
        "krippendorff_alpha": None,
        "things": 4,
    }
    # Things: nodule nodule, nodule 결절, nodule nothing, nothing nothing. Of 8 answers, 4 stand beside another one.
    assert found["agreement"]["krippendorff_alpha"] == pytest.approx(1 - (4 / 8) / ((64 - 16 - 1 - 9) / 56), abs=1e-4)
    by_label = {each["label"]: each for each in found["labels"]}
    assert (by_label["nodule"]["boxes"], by_label["nodule"]["drawn"], by_label["nodule"]["matched"]) == (2, 4, 2)
    assert (by_label["결절"]["boxes"], by_label["결절"]["drawn"], by_label["결절"]["matched"]) == (0, 1, 0)
    by_images = {each["images"]: each for each in found["workers"]}
    assert set(by_images) == {5, 2} and len(found["workers"]) == 3
    kim = by_images[5]
    assert (kim["boxes"], kim["empty"], kim["alone"], kim["compared"]) == (4, 1, 1, 3)
    assert kim["seconds"]["median"] == 10 and kim["agreement"] == 0.5


def test_every_row_and_answer_is_accounted_for(tmp_path: Path) -> None:
    found = stats(example(tmp_path))
    counts, answers = found.counts, found.answers
    assert (counts.read, counts.exported, counts.failed, counts.unlabeled) == (6, 4, 1, 1)
    assert answers.read == answers.used + answers.without_boxes + answers.repeated == 9
    assert (answers.images, answers.several, answers.not_labeled, answers.none) == (5, 4, 1, 0)


def test_images_to_look_at_again_come_with_reasons_and_the_worst_first(tmp_path: Path) -> None:
    again = stats(example(tmp_path)).again
    assert [each.image for each in again] == ["b.png", "c.png"]
    assert again[0].reasons == ["agreement 0.00", "a label of a worker is not in the result: 결절"]
    assert again[1].reasons == ["agreement 0.00", "no box, though 1 of 2 workers drew some"]
    few = stats(example(tmp_path / "again"), most_again=1)
    assert (len(few.again), few.again_total) == (1, 2)


def test_odd_sizes_many_boxes_and_boxes_beyond_the_image_are_found(tmp_path: Path) -> None:
    rows = [row(f"{n}.png", (0, 10, 10, 20 + n % 3, 20)) for n in range(30)]
    rows += [
        row("large.png", (0, 0, 0, 190, 95)),
        row("thin.png", (0, 10, 10, 1, 20)),
        row("many.png", *[(0, n, 10, 20, 20) for n in range(9)]),
        row("beyond.png", (0, 190, 10, 20, 20)),
    ]
    manifest = write(tmp_path / "m", *rows)
    found = {each.image: each.reasons for each in compute([manifest], [None]).again}
    assert found["large.png"] == ["1 box large for nodule"]
    assert "1 box under 3 pixels" in found["thin.png"] and found["beyond.png"] == ["1 box beyond the image"]
    assert found["many.png"] == ["many boxes: 9"] and len(found) == 4


def test_jobs_of_a_campaign_keep_their_own_answers(tmp_path: Path) -> None:
    first = job(tmp_path / "1", [row("a.png"), row("b.png")], {1: [answer(KIM, []), answer(WEBER, [])]})
    second = job(tmp_path / "2", [row("c.png", (0, 1, 2, 30, 40))], {0: [answer(KIM, [box("nodule", 1, 2, 30, 40)])]})
    found = compute([first, second], [beside(first), beside(second)])
    assert (found.answers.images, found.answers.none, found.answers.not_labeled) == (2, 1, 0)
    assert found.scores.tolist() == [1.0] and len(found.workers) == 2


@pytest.mark.parametrize("size", [None, {"width": 64, "height": 64}])
def test_answers_of_another_job_are_refused(tmp_path: Path, size: dict[str, int] | None) -> None:
    rows = [labeled("a.png")]
    if size:
        rows[0]["boxes"]["image_size"] = [size]
    manifest = job(tmp_path, rows, {0 if size else 3: [answer(KIM, [])]})
    with pytest.raises(BadInput, match="answers are of another job"):
        stats(manifest)


def test_the_command_prints_tables_and_never_an_identity(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    manifest, page = example(tmp_path), tmp_path / "stats.html"
    assert run(["labels", "stats", manifest, "--html", str(page)]) == 0
    printed = capsys.readouterr().out
    assert "9 answers of 3 workers: 9 used" in printed and "2 images to look at again" in printed
    assert run(["labels", "stats", manifest, "--json"]) == 0
    as_json = capsys.readouterr().out
    assert json.loads(as_json)["schema_version"] == 1
    shown = printed + as_json + page.read_text("utf-8")
    assert not any(
        part in shown for worker in WORKERS for part in (worker, f"sub-{worker}", f"id-{worker}", "cognito-idp")
    )


def test_pseudonyms_stay_with_a_key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    manifest = example(tmp_path)
    printed = []
    for key in ("one.key", "one.key", "two.key"):
        assert run(["labels", "stats", manifest, "--json", "--worker-key", str(tmp_path / key)]) == 0
        printed.append([each["worker"] for each in json.loads(capsys.readouterr().out)["workers"]])
    assert printed[0] == printed[1] and not set(printed[0]) & set(printed[2])


def test_wrong_usage_is_told_in_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    manifest = example(tmp_path)
    for arguments in ([], [manifest, "--job", "x"], [manifest, "--images", "x"], [manifest, "--responses", "nowhere"]):
        assert run(["labels", "stats", *arguments]) == 2
        assert "Traceback" not in capsys.readouterr().err
    assert run(["labels", "stats", manifest, "--responses", "a", "--responses", "b"]) == 2
    assert "2 --responses for 1 manifests" in capsys.readouterr().err


def test_a_job_on_the_sandbox_is_told_from_what_it_left_in_s3(
    account: Account, sandbox: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_REGION", account.region)
    account.client("sagemaker").create_labeling_job(**account.request("told", images=3))
    annotate(sandbox, "told", account.region, workers=2, seed=3)
    account.wait("told")
    page = tmp_path / "stats.html"
    images = f"s3://{account.bucket}/images/told"
    assert run(["labels", "stats", "--job", "told", "--json", "--html", str(page), "--images", images]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["counts"]["read"], found["answers"]["read"], found["answers"]["several"]) == (3, 6, 3)
    assert len(found["workers"]) == 2 and page.read_text("utf-8").endswith("</html>\n")
