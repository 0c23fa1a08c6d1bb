"""Requests that come from a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gtctl.errors import BadInput
from gtctl.jobs.render import LABELS_FILE, TEMPLATE_FILE, Rendered, launch_digest, request_file
from gtctl.jobs.request import load_request
from tests.jobs.samples import rendered, request


def write(folder: Path, job: Rendered) -> Path:
    path = folder / "job.json"
    path.write_bytes(request_file(job.request))
    if job.label_categories and job.worker_template:
        (folder / LABELS_FILE).write_bytes(job.label_categories)
        (folder / TEMPLATE_FILE).write_bytes(job.worker_template)
    return path


def test_a_rendered_job_comes_back_as_it_was(tmp_path: Path) -> None:
    job = rendered()
    again = load_request(write(tmp_path, job))
    assert again == job
    assert launch_digest(again) == launch_digest(job)


def test_a_rendered_job_without_its_files_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, rendered())
    (tmp_path / TEMPLATE_FILE).unlink()
    with pytest.raises(BadInput, match=r"UiTemplateS3Uri .* rendered together with .*template.liquid"):
        load_request(path)


def test_files_beside_a_request_that_points_elsewhere_are_left_alone(tmp_path: Path) -> None:
    job = rendered()
    elsewhere = request(
        LabelCategoryConfigS3Uri="s3://clinic-labels/own/label-categories.json",
        HumanTaskConfig__UiConfig__UiTemplateS3Uri="s3://clinic-labels/own/template.liquid",
    )
    path = write(tmp_path, Rendered(elsewhere, job.label_categories, job.worker_template))
    assert load_request(path) == Rendered(elsewhere, None, None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is not valid JSON"),
        ("[]", "must be a JSON object"),
        ('{"a": 1, "a": 2}', "the key 'a' stands there twice"),
        ('{"HumanTaskConfig": {"WorkteamArn": "x", "WorkteamArn": "y"}}', "the key 'WorkteamArn' stands there twice"),
        ('{"OutputConfig": {"KmsKeyId": null}}', "'KmsKeyId' is null: leave it out"),
        ("\x00", "is not valid JSON"),
    ],
)
def test_what_is_no_request_is_refused_with_the_reason(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "job.json"
    path.write_text(text)
    with pytest.raises(BadInput) as refused:
        load_request(path)
    assert str(refused.value).startswith(f"{path}: ")
    assert message in str(refused.value)


def test_a_request_of_any_shape_is_loaded_for_the_checks_to_judge(tmp_path: Path) -> None:
    path = tmp_path / "job.json"
    for value in ({}, {"OutputConfig": [], "LabelingJobName": 3}, {"HumanTaskConfig": {"UiConfig": "x"}}):
        path.write_text(json.dumps(value))
        assert load_request(path) == Rendered(dict(value), None, None)
