"""Specs of verification and adjustment jobs, and of jobs that follow each other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from gtctl.errors import BadInput
from gtctl.jobs import spec as job_spec
from gtctl.jobs.check import examine, require_launchable
from gtctl.jobs.render import render
from tests.jobs.samples import EXAMPLE, STACK, write_spec
from tests.jobs.samples import spec as valid_spec

EXAMPLES = sorted(EXAMPLE.parent.glob("*.yaml"))
SCHEMA = json.loads((EXAMPLE.parent.parent / "job-spec.schema.json").read_text())
TASK = {"title": "T", "description": "D", "instructions": {"builtin": "chest-ct"}}
VERIFY: dict[str, Any] = {
    "name": "verify",
    "task": TASK | {"type": "verification"},
    "labels": ["good", "bad"],
    "output": {"label_attribute": "verdict"},
}
ADJUST: dict[str, Any] = {
    "name": "adjust",
    "task": TASK | {"type": "adjustment"},
    "workers": {"per_object": 1},
    "output": {"label_attribute": "adjusted"},
    "tags": {"step": "3"},
}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_may_be_launched_without_a_word(example: Path) -> None:
    jsonschema.validate(yaml.safe_load(example.read_text(encoding="utf-8")), SCHEMA)
    for step in job_spec.load(example, STACK).steps():
        assert require_launchable(render(step)) == []


def test_there_is_an_example_for_each_task_and_for_a_chain() -> None:
    loaded = [job_spec.load(example, STACK) for example in EXAMPLES]
    assert {spec.task.type for spec in loaded} == {"bounding-box", "verification", "adjustment"}
    assert any(spec.then for spec in loaded)


def test_each_step_reads_what_the_one_before_wrote_and_shows_the_latest_boxes() -> None:
    steps = valid_spec(then=[VERIFY, ADJUST, VERIFY | {"name": "again", "output": {"label_attribute": "v2"}}]).steps()
    assert [step.name for step in steps] == ["chest-ct", "verify", "adjust", "again"]
    assert [step.manifest for step in steps] == [
        "s3://clinic-scans/input.manifest",
        "s3://clinic-labels/jobs/chest-ct/manifests/output/output.manifest",
        "s3://clinic-labels/jobs/verify/manifests/output/output.manifest",
        "s3://clinic-labels/jobs/adjust/manifests/output/output.manifest",
    ]
    assert [step.input.label_attribute for step in steps] == [None, "findings", "findings", "adjusted"]
    assert all(step.then == () for step in steps)


def test_what_a_step_does_not_say_is_as_in_the_first_job() -> None:
    first, _, adjust = valid_spec(then=[VERIFY, ADJUST], tags={"project": "ct"}, classification="phi").steps()
    assert adjust.labels == first.labels
    assert adjust.workers == first.workers.model_copy(update={"per_object": 1})
    assert adjust.output == first.output.model_copy(update={"label_attribute": "adjusted"})
    assert (adjust.role_arn, adjust.classification) == (first.role_arn, "phi")
    assert adjust.tags == {"project": "ct", "step": "3"}


def test_the_labels_of_a_verification_are_its_verdicts() -> None:
    verify = render(valid_spec(then=[VERIFY]).steps()[1])
    assert json.loads(verify.label_categories or b"")["labels"] == [{"label": "good"}, {"label": "bad"}]


@pytest.mark.parametrize("task", ["verification", "adjustment"])
def test_the_functions_are_those_of_the_task(task: str) -> None:
    job = render(valid_spec(task__type=task, input__label_attribute="earlier"))
    name = {"verification": "VerificationBoundingBox", "adjustment": "AdjustmentBoundingBox"}[task]
    human = job.request["HumanTaskConfig"]
    assert human["PreHumanTaskLambdaArn"].endswith(f":432418664414:function:PRE-{name}")
    consolidation = human["AnnotationConsolidationConfig"]["AnnotationConsolidationLambdaArn"]
    assert consolidation.endswith(f":432418664414:function:ACS-{name}")
    assert examine(job).errors == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"input": {}}, "input: give either manifest or from_job"),
        ({"input__from_job": "other"}, "input: give either manifest or from_job"),
        ({"input__label_attribute": "x"}, "input.label_attribute: is for verification and adjustment only"),
        ({"task__type": "adjustment"}, "input.label_attribute: is missing: which boxes are the adjustment's?"),
        (
            {"task__type": "adjustment", "input__label_attribute": "findings"},
            "output.label_attribute: must differ from input.label_attribute, findings",
        ),
        ({"task__type": "adjustment", "input__label_attribute": "a'] }}"}, "input.label_attribute: must be letters"),
        ({"task__type": "polygon"}, "task.type: must be one of bounding-box, verification or adjustment"),
        ({"task__instructions": {"short": "x"}}, "task.instructions: full missing: write them, or name a built-in"),
        ({"task__instructions__builtin": "knee-mri"}, "task.instructions.builtin: must be one of chest-ct, head-ct"),
        ({"task__instructions__short": {"fil": "x"}}, "task.instructions.short: must be text, or a file beside"),
        ({"then": [VERIFY | {"name": "CHEST-CT"}]}, "then[0].name: CHEST-CT is another step's name"),
        (
            {"then": [VERIFY, ADJUST | {"output": {"label_attribute": "verdict"}}]},
            "then[1].output.label_attribute: another step has verdict",
        ),
        ({"then": [VERIFY | {"labels": []}]}, "then[0].labels: is missing: the verdicts that workers choose from"),
        (
            {"task__type": "verification", "input__label_attribute": "x", "then": [ADJUST]},
            "then[0].labels: is missing: the first job's are verdicts",
        ),
        ({"then": [VERIFY | {"role_arn": "x"}]}, "then[0].role_arn: is not a field here"),
        ({"then": [VERIFY | {"workers": {"per_object": 10}}]}, "then[0].workers.per_object: must be a whole number"),
    ],
)
def test_what_makes_no_sense_is_one_line(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    path = write_spec(tmp_path, **json.loads(json.dumps(changes)))  # a spec has no YAML aliases
    with pytest.raises(BadInput) as refused:
        job_spec.load(path)
    assert str(refused.value).startswith(f"{path}: {message}")
    assert "\n" not in str(refused.value)
