"""The job spec: what it accepts, and how it says what is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from botocore.loaders import Loader
from hypothesis import given
from hypothesis import strategies as st

from gtctl.errors import BadInput
from gtctl.jobs import spec
from gtctl.jobs.tags import LAUNCH_TAGS
from tests.jobs.samples import EXAMPLE, STACK, document, write_spec
from tests.jobs.samples import spec as valid_spec

PUBLISHED = Path(spec.__file__).parent / "job-spec.schema.json"


def test_the_example_is_a_valid_spec_with_the_stacks_outputs() -> None:
    loaded = spec.load(EXAMPLE, STACK)
    assert loaded.workers.workteam_arn == STACK["workteam_arn"]
    assert loaded.input.manifest == "s3://clinic-scans/chest-ct/input.manifest"
    assert (loaded.workers.time_limit, loaded.workers.availability) == (1_800, 864_000)
    assert [label.name for label in loaded.labels] == ["nodule", "effusion"]


def test_a_label_may_be_a_name_or_have_a_description() -> None:
    loaded = valid_spec(labels=["nodule", {"name": "effusion", "description": "Fluid."}])
    assert [(label.name, label.description) for label in loaded.labels] == [("nodule", None), ("effusion", "Fluid.")]


def test_account_ids_keep_their_leading_zeros(tmp_path: Path) -> None:
    path = write_spec(tmp_path)
    path.write_text(path.read_text() + "tags:\n  account: 012345670123\n  ledger: ${stack.account}\n")
    assert spec.load(path, {"account": "081040173940"}).tags == {"account": "012345670123", "ledger": "081040173940"}


def test_numbers_may_come_from_references(tmp_path: Path) -> None:
    loaded = spec.load(write_spec(tmp_path, workers__per_object="${env.READERS}"), {}, {"READERS": "3"})
    assert loaded.workers.per_object == 3


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"workers__per_object": 10}, "workers.per_object: must be a whole number between 1 and 9"),
        ({"workers__per_object": "two"}, "workers.per_object: must be a whole number between 1 and 9"),
        ({"workers__per_object": 1.5}, "workers.per_object: must be a whole number between 1 and 9"),
        ({"workers__time_limit": "9h"}, "workers.time_limit: must be between 30s and 8h"),
        ({"workers__time_limit": "29s"}, "workers.time_limit: must be between 30s and 8h"),
        ({"workers__time_limit": "soon"}, "workers.time_limit: must be a duration such as 30m, 8h, 10d"),
        ({"workers__availability": "31d"}, "workers.availability: must be between 1m and 30d"),
        ({"workers__max_concurrent_tasks": 5001}, "workers.max_concurrent_tasks: must be a whole number between"),
        ({"workers__time_limit": None}, "workers.time_limit: is missing"),
        ({"task": None}, "task: is missing"),
        ({"task__title": ""}, "task.title: must not be empty"),
        ({"task__title": "x" * 129}, "task.title: must have at most 128 characters, it has 129"),
        ({"task__description": "two\nlines"}, "task.description: must be one line"),
        ({"task__instructions__short": " \n"}, "task.instructions.short: must not be empty"),
        ({"task__instructions": "Draw."}, "task.instructions: must be a mapping"),
        ({"labels": []}, "labels: must have at least 1 entry"),
        ({"labels": [f"l{n}" for n in range(51)]}, "labels: must have at most 50 entries"),
        ({"labels": "nodule"}, "labels: must be a list"),
        ({"labels": ["ok", {"nam": "x"}]}, "labels[1].name: is missing; labels[1].nam: is not a field here; did you"),
        ({"labels": ["x" * 257]}, "labels[0].name: must have at most 256 characters, it has 257"),
        ({"labels": [["nested"]]}, "labels[0]: must be a mapping"),
        ({"classification": "secret"}, "classification: must be one of phi, legal, financial, pii or public"),
        ({"worker": {}}, "worker: is not a field here; did you mean workers?"),
        ({"workers__price": "0.012"}, "workers.price: is not a field here; known here: workteam_arn, per_object,"),
        ({"tags": {"gtctl:launch-digest": "x"}}, "tags: gtctl:launch-digest: tags that start with gtctl: or aws:"),
        ({"tags": {"AWS:x": "x"}}, "tags: AWS:x: tags that start with"),
        ({"tags": {f"k{n}": "v" for n in range(43)}}, "tags: must have at most 42 entries"),
        ({"tags": ["a"]}, "tags: must be a mapping"),
        ({"name": ["a"]}, "name: must be text"),
    ],
)
def test_an_error_is_one_line_with_file_field_and_reason(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    path = write_spec(tmp_path, **changes)
    with pytest.raises(BadInput) as refused:
        spec.load(path)
    assert str(refused.value).startswith(f"{path}: {message}")
    assert "\n" not in str(refused.value)


def test_all_errors_are_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"role_arn: is missing") as refused:
        spec.load(write_spec(tmp_path, workers__per_object=0, role_arn=None))
    assert "workers.per_object" in str(refused.value)


def test_an_unresolved_reference_names_the_file_the_field_and_the_reference(tmp_path: Path) -> None:
    path = write_spec(tmp_path, role_arn="${stack.role}")
    with pytest.raises(BadInput) as refused:
        spec.load(path, STACK)
    assert str(refused.value).startswith(f"{path}: role_arn: ${{stack.role}} is not an output of the stack")


@pytest.mark.parametrize("name", ["결절", "صدر\u200cچپ", "Röntgen-Thorax", "no", "100 % sure"])
def test_labels_may_be_written_in_any_script(name: str) -> None:
    assert valid_spec(labels=[name]).labels[0].name == name


@pytest.mark.parametrize("name", ["two\nlines", "tab\t", "bell\x07", "line\u2028separator", " padded", "padded "])
def test_a_label_is_one_clean_line(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match=r"labels\[0\].name: must be one line"):
        spec.load(write_spec(tmp_path, labels=[name]))


def test_unclassified_data_has_no_classification() -> None:
    assert valid_spec().classification is None


@given(st.integers(0, 9), st.integers(0, 23), st.integers(0, 59), st.integers(0, 59))
def test_durations_add_up(days: int, hours: int, minutes: int, seconds: int) -> None:
    total = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    if total < 60:
        return
    for written in (total, f"{total}", f"{days}d{hours}h{minutes}m{seconds}s", f"{total}s"):
        assert valid_spec(workers__availability=written).workers.availability == total


def test_the_limits_of_the_spec_are_those_of_the_service_model() -> None:
    shapes = Loader().load_service_model("sagemaker", "service-2")["shapes"]
    schema = spec.json_schema()
    task, workers = schema["$defs"]["Task"]["properties"], schema["$defs"]["Workers"]["properties"]

    def bounds(shape: str) -> tuple[int | None, int | None]:
        return shapes[shape].get("min"), shapes[shape].get("max")

    def lengths(field: dict[str, Any]) -> tuple[int, int]:
        return field["minLength"], field["maxLength"]

    def whole(field: dict[str, Any]) -> tuple[int, int]:
        return field["anyOf"][0]["minimum"], field["anyOf"][0]["maximum"]

    assert lengths(schema["properties"]["name"]) == bounds("LabelingJobName")
    assert lengths(task["title"]) == bounds("TaskTitle")
    assert lengths(task["description"]) == bounds("TaskDescription")
    assert whole(workers["per_object"]) == bounds("NumberOfHumanWorkersPerDataObject")
    assert whole(workers["max_concurrent_tasks"]) == bounds("MaxConcurrentTaskCount")
    assert whole(workers["time_limit"])[0] == bounds("TaskTimeLimitInSeconds")[0]
    assert whole(workers["availability"])[0] == bounds("TaskAvailabilityLifetimeInSeconds")[0]
    assert bounds("TagList")[1] == spec.MAX_OWN_TAGS + 1 + len(LAUNCH_TAGS)


def test_the_published_schema_is_up_to_date() -> None:
    assert json.loads(PUBLISHED.read_text()) == spec.json_schema(), (
        "write it again: gtctl job schema > schema.json && mv schema.json gtctl/jobs/job-spec.schema.json"
    )


def test_the_published_schema_accepts_the_example_and_a_minimal_spec() -> None:
    schema = json.loads(PUBLISHED.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(yaml.safe_load(EXAMPLE.read_text()), schema)
    jsonschema.validate(document(), schema)


@pytest.mark.parametrize(
    "changes",
    [
        {"workers__per_object": 10},
        {"workers__time_limit": "soon"},
        {"workers__price": 1},
        {"labels": []},
        {"labels": [{"description": "x"}]},
        {"classification": "secret"},
        {"output__kms_key_arn": None},
    ],
)
def test_the_published_schema_warns_in_the_editor_of_what_the_driver_refuses(changes: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document(**changes), json.loads(PUBLISHED.read_text()))
