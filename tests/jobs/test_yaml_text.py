"""Reading YAML without guessing what its scalars mean."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from gtctl.errors import BadInput
from gtctl.jobs.yaml_text import read_yaml


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "job.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


@pytest.mark.parametrize("scalar", ["012345670123", "081040173940", "no", "2026-11-01", "1:30", "1e3", "0x10", "True"])
def test_scalars_stay_as_they_are_written(tmp_path: Path, scalar: str) -> None:
    assert read_yaml(written(tmp_path, f"key: {scalar}\nlist: [{scalar}]\n")) == {"key": scalar, "list": [scalar]}


@pytest.mark.parametrize("nothing", ["", "~", "null"])
def test_a_key_without_a_value_is_left_out(tmp_path: Path, nothing: str) -> None:
    assert read_yaml(written(tmp_path, f"empty: {nothing}\nquoted: '{nothing}'\n")) == {"quoted": nothing}


def test_a_key_that_stands_there_twice_is_refused_with_its_line(tmp_path: Path) -> None:
    path = written(tmp_path, "workers:\n  per_object: 1\n  per_object: 9\n")
    with pytest.raises(BadInput, match=r"job.yaml:3: the key 'per_object' stands here twice"):
        read_yaml(path)


def test_a_key_without_a_value_still_counts_as_the_first_of_two(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="twice"):
        read_yaml(written(tmp_path, "name:\nname: ct\n"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: &x 1\nb: *x\n", "job.yaml:1: aliases"),
        ("a: &x {b: 1}\nc:\n  <<: *x\n", "merge keys"),
        ("a: &x [*x]\n", "aliases"),
        ("? [a, b]\n: c\n", "keys must be plain text"),
        ("- a\n", "must be a YAML mapping"),
        ("", "must be a YAML mapping"),
        ("a: [1\n", "line 2, column 1"),
        ("a: \x07\n", "special characters are not allowed"),
        ("a: 1\n---\nb: 2\n", "expected a single document"),
        (b"a: \xff\n", "is not UTF-8"),
    ],
)
def test_what_cannot_be_read_safely_is_refused_in_one_line(tmp_path: Path, text: str | bytes, message: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_yaml(written(tmp_path, text))
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"cannot read .*absent\.yaml: No such file"):
        read_yaml(tmp_path / "absent.yaml")


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20)
TREES = st.recursive(TEXT, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner), max_leaves=8)


@settings(max_examples=50)
@given(st.dictionaries(TEXT, TREES, max_size=3))
def test_what_was_written_quoted_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, tree: dict[str, object]
) -> None:
    path = tmp_path_factory.getbasetemp() / "quoted.yaml"
    path.write_text(yaml.safe_dump(tree, default_style='"', default_flow_style=True), encoding="utf-8")
    if "<<" not in json.dumps(tree):
        assert read_yaml(path) == tree
