"""Instructions: the spec's own text, files beside it, the built-in guides, example images."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any, get_args

import pytest

from gtctl.errors import BadInput
from gtctl.jobs import guide as guide_module
from gtctl.jobs import spec as job_spec
from gtctl.jobs.guide import Guide, guide
from gtctl.jobs.render import render, rendered_files, uploads
from gtctl.jobs.request import load_request
from tests.account import png
from tests.jobs.samples import document, write_spec

FOLDER = "s3://clinic-labels/config/images"
TASKS = get_args(job_spec.TaskType)
BUILT_IN = [(name, language) for name in get_args(job_spec.BuiltInInstructions) for language in ("en", "ko")]


def told(folder: Path, **instructions: Any) -> Guide:
    changes = {f"task__instructions__{name}": value for name, value in instructions.items()}
    return guide(job_spec.load(write_spec(folder, **changes)), FOLDER)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize(("name", "language"), BUILT_IN)
def test_every_task_has_a_guide_for_every_region_of_the_body_in_both_languages(
    task: str, name: str, language: str
) -> None:
    instructions = {"builtin": name, "language": language}
    changes = {} if task == "bounding-box" else {"input__label_attribute": "earlier"}
    loaded = job_spec.JobSpec.model_validate(document(task__type=task, task__instructions=instructions, **changes))
    made = guide(loaded, FOLDER)
    assert made.images == {}
    for text in (made.short.text, made.full.text):
        assert "*" not in text, "emphasis is read as emphasis, also between Korean letters"
        hangul = len(re.findall("[가-힣]", text))
        assert (hangul > 50) if language == "ko" else (hangul == 0)
    assert "CT</h2>" in made.full.text


def test_own_text_takes_the_place_of_the_part_it_gives(tmp_path: Path) -> None:
    made = told(tmp_path, builtin="chest-ct", short="Mine.", full=None)
    assert made.short.text == "<p>Mine.</p>"
    assert "<h2>Chest CT</h2>" in made.full.text


def test_text_may_lie_in_a_file_beside_the_spec(tmp_path: Path) -> None:
    (tmp_path / "full.md").write_bytes("결절을 **찾아** 주세요.\r\n".encode())
    assert told(tmp_path, full={"file": "full.md"}).full.text == "<p>결절을 <strong>찾아</strong> 주세요.</p>"


def test_an_image_beside_the_spec_is_taken_along_under_the_name_of_its_content(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png())
    made = told(tmp_path, short="![one](a.png)", full="![one](a.png) ![two](./a.png) ![three](s3://bucket/b.jpg)")
    uri = f"{FOLDER}/{hashlib.sha256(png()).hexdigest()[:16]}.png"
    assert made.images == {uri: png()}
    assert made.full.text.count(f"{{{{ '{uri}' | grant_read_access }}}}") == 2


def test_images_travel_with_the_rendered_job_and_come_back(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png())
    job = render(job_spec.load(write_spec(tmp_path, task__instructions__short="![one](a.png)")))
    ((uri, content),) = job.images.items()
    assert uri.startswith("s3://clinic-labels/jobs/gtctl-config/chest-ct/images/")
    assert (uri, content, "image/png") in [tuple(upload) for upload in uploads(job)]
    for name, data in rendered_files(job):
        (tmp_path / "out" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "out" / name).write_bytes(data)
    assert load_request(tmp_path / "out" / "job.json") == job
    (tmp_path / "out" / "images" / uri.rpartition("/")[2]).unlink()
    with pytest.raises(BadInput, match=r"an image of template.liquid was rendered together with .*images/"):
        load_request(tmp_path / "out" / "job.json")


@pytest.mark.parametrize(
    ("short", "message"),
    [
        ("![x](gone.png)", "task.instructions.short: cannot read gone.png beside the spec: No such file"),
        ("![x](../outside.png)", "task.instructions.short: ../outside.png lies outside the spec's folder"),
        ("![x](/etc/passwd)", "lies outside the spec's folder"),
        ("![x](link.png)", "lies outside the spec's folder"),
        ("![x](text.png)", "text.png is no PNG or JPEG image"),
        ("![x](big.png)", "big.png is larger than"),
        ("![x](https://example.org/x.png)", "the image https://example.org/x.png lies elsewhere"),
        ("![x](//example.org/x.png)", "lies elsewhere"),
        ({"file": "gone.md"}, "task.instructions.short: cannot read gone.md"),
        ({"file": "../outside.md"}, "lies outside the spec's folder"),
        ({"file": "latin.md"}, "latin.md is not UTF-8 text"),
        ({"file": "empty.md"}, "empty.md must not be empty"),
    ],
)
def test_what_cannot_be_used_is_named_with_its_field(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, short: Any, message: str
) -> None:
    monkeypatch.setattr(guide_module, "MAX_EXAMPLE_BYTES", 10_000)
    folder = tmp_path / "spec"
    folder.mkdir()
    for outside in ("outside.png", "outside.md"):
        (tmp_path / outside).write_bytes(png())
    (folder / "link.png").symlink_to(tmp_path / "outside.png")
    (folder / "text.png").write_text("not an image")
    (folder / "big.png").write_bytes(png() + bytes(10_000))
    (folder / "latin.md").write_bytes(b"\xff")
    (folder / "empty.md").write_text(" \n")
    with pytest.raises(BadInput) as refused:
        told(folder, short=short)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)
