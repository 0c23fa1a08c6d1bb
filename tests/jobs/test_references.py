"""References to the stack's outputs and to the environment."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gtctl.errors import BadInput
from gtctl.jobs.references import load_stack, resolve

STACK = {"bucket": "clinic-scans", "account_id": "012345678901", "retention": 30, "names": ["a"], "odd": "${env.HOME}"}


def test_references_are_replaced_wherever_text_stands() -> None:
    value = {
        "path": "s3://${stack.bucket}/${env.SITE}/x",
        "list": [{"deep": "${ stack.account_id }"}],
        "n": "${stack.retention}",
    }
    assert resolve(value, STACK, {"SITE": "north"}) == {
        "path": "s3://clinic-scans/north/x",
        "list": [{"deep": "012345678901"}],
        "n": "30",
    }


def test_two_dollars_stand_for_a_literal_one() -> None:
    assert resolve("$${stack.bucket} costs $5", STACK, {}) == "${stack.bucket} costs $5"


def test_what_a_reference_brings_is_not_read_again() -> None:
    assert resolve("${stack.odd}", STACK, {"HOME": "/home"}) == "${env.HOME}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("${stack.scans}", "input.manifest: ${stack.scans} is not an output of the stack: it has account_id, bucket"),
        ("${stack.names}", "input.manifest: ${stack.names} is not text in the stack's outputs"),
        ("${env.ABSENT}", "input.manifest: ${env.ABSENT} is not set in the environment"),
        ("${bucket}", "input.manifest: ${bucket} is not a reference"),
        ("${stack.}", "input.manifest: ${stack.} is not a reference"),
        ("${}", "input.manifest: ${} is not a reference"),
        ("${stack.bucket", "input.manifest: ${stack.bucket has no closing brace"),
    ],
)
def test_an_unresolved_reference_is_named_with_its_field(text: str, message: str) -> None:
    with pytest.raises(BadInput) as refused:
        resolve({"input": {"manifest": text}}, STACK, {})
    assert str(refused.value).startswith(message)


def test_without_a_stack_the_error_says_how_to_give_one() -> None:
    with pytest.raises(BadInput, match="--stack FILE"):
        resolve("${stack.bucket}", {}, {})


@pytest.mark.parametrize("name", ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "db_password"])
def test_secrets_of_the_environment_stay_there(name: str) -> None:
    with pytest.raises(BadInput) as refused:
        resolve(f"${{env.{name}}}", {}, {name: "hunter2"})
    assert "hunter2" not in str(refused.value)


@given(st.text().filter(lambda text: "${" not in text))
def test_text_without_references_is_left_alone(text: str) -> None:
    assert resolve(text, {}, {}) == text


@given(st.text(), st.text().filter(lambda text: "${" not in text and not text.endswith("$")))
def test_a_resolved_value_appears_exactly_as_it_is(value: str, before: str) -> None:
    assert resolve(f"{before}${{env.X}}", {}, {"X": value}) == before + value


def test_the_stack_is_read_in_gtctls_and_in_terraforms_own_form(tmp_path: Path) -> None:
    plain, wrapped = tmp_path / "plain.json", tmp_path / "wrapped.json"
    plain.write_text(json.dumps({"bucket": "b", "account_id": "012345678901"}))
    terraform = {"sensitive": False, "type": "string"}
    wrapped.write_text(
        json.dumps({"bucket": terraform | {"value": "b"}, "account_id": terraform | {"value": "012345678901"}})
    )
    assert load_stack(plain) == load_stack(wrapped) == {"bucket": "b", "account_id": "012345678901"}


@pytest.mark.parametrize("text", ["", "[]", "bucket: b", '"x"'])
def test_a_stack_file_that_is_no_json_object_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "stack.json"
    path.write_text(text)
    with pytest.raises(BadInput, match=r"stack\.json"):
        load_stack(path)
