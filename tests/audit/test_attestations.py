"""Attestations: a file that people write, in YAML or TOML."""

from __future__ import annotations

import datetime
import json
import tomllib
from pathlib import Path

import jsonschema
import pytest

from gtctl.audit import attestations
from gtctl.audit.outcome import Attestation
from gtctl.errors import BadInput

SCHEMA = json.loads(Path(attestations.__file__).with_name("attestations.schema.json").read_bytes())
TOML = """
[[attestation]]
framework = "HIPAA"
requirement = "164.308(b)(1)"
statement = "Business associate agreement signed, contract 4711"
owner = "Ada Lovelace"
date = 2026-01-15
expires = 2027-01-14
"""
YAML = """
attestation:
  - framework: HIPAA
    requirement: 164.308(b)(1)
    statement: Business associate agreement signed, contract 4711
    owner: Ada Lovelace
    date: 2026-01-15
    expires: 2027-01-14
"""
READ = Attestation(
    framework="HIPAA",
    requirement="164.308(b)(1)",
    statement="Business associate agreement signed, contract 4711",
    owner="Ada Lovelace",
    date=datetime.date(2026, 1, 15),
    expires=datetime.date(2027, 1, 14),
)


def load(folder: Path, text: str, name: str = "attested.yaml") -> tuple[Attestation, ...]:
    (folder / name).write_text(text)
    return attestations.load(folder / name)


@pytest.mark.parametrize(("name", "text"), [("a.toml", TOML), ("a.yaml", YAML), ("a.yml", YAML)])
def test_toml_and_yaml_say_the_same(tmp_path: Path, name: str, text: str) -> None:
    assert load(tmp_path, text, name) == (READ,)


def test_without_a_last_day_it_holds_for_good(tmp_path: Path) -> None:
    [read] = load(tmp_path, YAML.replace("    expires: 2027-01-14\n", ""))
    assert read.expires is None


def test_the_published_schema_takes_what_is_read() -> None:
    document = json.loads(json.dumps(tomllib.loads(TOML), default=str))
    validator = jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker())
    validator.validate(document)
    del document["attestation"][0]["owner"]
    assert not validator.is_valid(document)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("    owner: Ada Lovelace\n", ""), "attestation 1: Object missing required field `owner`"),
        (("owner: Ada Lovelace", "owner: '  '"), "owner must say something"),
        (("owner:", "approver: x\n    owner:"), "unknown field `approver`"),
        (("date: 2026-01-15", "date: January"), "Invalid RFC3339 encoded date"),
        (("expires: 2027-01-14", "expires: 2026-01-14"), "expires is before its date"),
        (
            ("framework: HIPAA", "framework: HIPPA"),
            "no framework 'HIPPA'; there are CIS AWS 3.0, HIPAA, NIST 800-53 r5",
        ),
        (("164.308(b)(1)", "164.999"), "HIPAA has no requirement '164.999'"),
        (("attestation:", "attestations:"), "needs attestation as a list"),
        (("attestation:", "attestation: ["), "a.yaml"),
        (("  - framework", "  framework"), "a.yaml"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    with pytest.raises(BadInput) as refused:
        load(tmp_path, YAML.replace(*change), "a.yaml")
    assert said in str(refused.value) and "\n" not in str(refused.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    for name, content in (("none.toml", None), ("binary.yaml", b"\xff\xfe"), ("broken.toml", b"[[attestation")):
        if content is not None:
            (tmp_path / name).write_bytes(content)
        with pytest.raises(BadInput, match=name):
            attestations.load(tmp_path / name)
