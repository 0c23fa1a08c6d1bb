"""Frameworks: what their files must be, that every requirement a rule names exists, and what verdicts come to."""

from __future__ import annotations

import datetime
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gtctl.audit import attestations, frameworks
from gtctl.audit.frameworks import Tally, assess
from gtctl.audit.outcome import Attestation, Coverage, Requirement
from gtctl.audit.registry import rules
from gtctl.errors import BadInput

TODAY = datetime.date(2026, 11, 1)
LISTINGS = {listing.key: listing for listing in frameworks.load()}
TOOL, PEOPLE = "164.312(d)", "164.308(b)(1)"
RULE = "GT110"
BAA = Attestation(
    framework="HIPAA", requirement=PEOPLE, statement="signed BAA", owner="Ada", date=datetime.date(2026, 1, 1)
)


def outcome(
    requirement: str, tally: Tally | None, *attestations: Attestation, today: datetime.date = TODAY
) -> Requirement:
    tallies = {RULE: tally} if tally else {}
    assessed = assess(tallies, {RULE: {"HIPAA": [requirement]}}, attestations, today=today)
    [hipaa] = [framework for framework in assessed if framework.key == "HIPAA"]
    [found] = [each for each in hipaa.requirements if each.id == requirement]
    return found


@pytest.mark.parametrize("entry", rules(), ids=lambda entry: entry.rule.id)
def test_every_requirement_that_a_rule_names_is_in_the_file_of_its_framework(entry: object) -> None:
    controls = entry.rule.controls  # type: ignore[attr-defined]
    missing = [
        name for key, names in controls.items() if key in LISTINGS for name in names if not LISTINGS[key].named(name)
    ]
    assert not missing


def test_every_rule_that_a_framework_names_exists() -> None:
    known = {entry.rule.id for entry in rules()}
    named = {
        rule_id
        for listing in LISTINGS.values()
        for each in listing.requirements().values()
        for rule_id in each.rules
        if rule_id.startswith("GT")
    }
    assert named <= known


def test_hipaa_nist_and_cis_are_there_in_full() -> None:
    sizes = {key: len({each.id for each in listing.requirements().values()}) for key, listing in LISTINGS.items()}
    # 45 CFR 164.308 to 164.316 and two paragraphs of the Privacy Rule; CIS AWS v3.0.0.
    assert sizes["HIPAA"] == 68 and sizes["CIS AWS 3.0"] == 62
    # SP 800-53B counts 287 controls and enhancements in the moderate baseline.
    levels = [each.level for each in LISTINGS["NIST 800-53 r5"].requirements().values()]
    assert levels.count("moderate") == 287


@pytest.mark.parametrize(
    ("written", "meant"),
    [("CP-9d", "CP-9"), ("IA-5(1)(c)", "IA-5(1)"), ("SC-7a", "SC-7"), ("AC-2(3)", "AC-2(3)"), ("XX-1", None)],
)
def test_parts_of_a_control_belong_to_the_control(written: str, meant: str | None) -> None:
    assert LISTINGS["NIST 800-53 r5"].named(written) == meant


@pytest.mark.parametrize(
    ("tally", "coverage"),
    [
        (Tally(passed=2), Coverage.MET),
        (Tally(passed=2, failed=1), Coverage.VIOLATED),
        (Tally(failed=1, unknown=1, waived=1), Coverage.VIOLATED),
        (Tally(passed=2, unknown=1), Coverage.UNKNOWN),
        (Tally(passed=2, waived=1), Coverage.UNKNOWN),
        (Tally(), Coverage.NOT_COVERED),
        (None, Coverage.NOT_COVERED),
    ],
)
def test_verdicts_decide_what_a_tool_can_decide(tally: Tally | None, coverage: Coverage) -> None:
    found = outcome(TOOL, tally)
    assert found.coverage is coverage and found.rules == [RULE]
    assert bool(found.reason) == (coverage in (Coverage.UNKNOWN, Coverage.NOT_COVERED))


def test_what_people_decide_is_attested_or_open_and_never_met() -> None:
    assert outcome(PEOPLE, Tally(passed=5)).coverage is Coverage.NOT_COVERED
    attested = outcome(PEOPLE, Tally(passed=5), BAA)
    assert attested.coverage is Coverage.ATTESTED and attested.attestation is BAA
    assert outcome(PEOPLE, Tally(failed=1), BAA).coverage is Coverage.VIOLATED
    assert outcome(PEOPLE, Tally(unknown=1), BAA).coverage is Coverage.UNKNOWN


@given(*[st.integers(0, 3)] * 4, st.booleans())
def test_no_attestation_hides_a_failure_and_nothing_open_is_ever_met(
    failed: int, unknown: int, passed: int, waived: int, attested: bool
) -> None:
    tally = Tally(failed=failed, unknown=unknown, passed=passed, waived=waived)
    for requirement in (TOOL, PEOPLE):
        said = [Attestation(framework="HIPAA", requirement=requirement, statement="s", owner="o", date=TODAY)]
        coverage = outcome(requirement, tally, *said * attested).coverage
        assert (coverage is Coverage.VIOLATED) == bool(failed)
        if failed or unknown or waived or not passed or requirement == PEOPLE:
            assert coverage is not Coverage.MET


def test_an_attestation_holds_from_its_date_to_its_last_day() -> None:
    year = Attestation(
        framework="HIPAA",
        requirement=PEOPLE,
        statement="signed BAA",
        owner="Ada",
        date=TODAY,
        expires=datetime.date(2027, 10, 31),
    )
    on = {day: outcome(PEOPLE, None, year, today=day) for day in (TODAY, datetime.date(2027, 10, 31))}
    assert {found.coverage for found in on.values()} == {Coverage.ATTESTED}
    late = outcome(PEOPLE, None, year, today=datetime.date(2027, 11, 1))
    assert late.coverage is Coverage.UNKNOWN and "expired on 2027-10-31" in late.reason
    early = outcome(PEOPLE, None, year, today=datetime.date(2026, 10, 31))
    assert early.coverage is Coverage.UNKNOWN and "2026-11-01" in early.reason


def test_of_several_attestations_the_one_that_holds_longest_counts() -> None:
    old = Attestation(framework="HIPAA", requirement=PEOPLE, statement="s", owner="Bob", date=TODAY, expires=TODAY)
    assert outcome(PEOPLE, None, BAA, old).attestation is BAA
    assert outcome(PEOPLE, None, old, BAA).attestation is BAA


VALID = """
key: House rules
title: Our own rules
version: "1"
source: https://example.com/rules
groups:
  - title: Images
    requirements:
      - {id: R1, title: Keys are ours, rules: [GT201]}
"""


def test_a_framework_is_a_file_and_may_name_the_rules_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "house.yaml"
    file.write_text(VALID)
    listing = frameworks.read(file)
    monkeypatch.setattr(frameworks, "load", lambda: (listing,))
    [framework] = assess({"GT201": Tally(passed=1)}, {"GT201": {"HIPAA": [TOOL]}}, today=TODAY)
    assert [(each.id, each.coverage, each.group) for each in framework.requirements] == [("R1", Coverage.MET, "Images")]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("key: House rules", "key: 3"), "Expected `str`, got `int` - at `$.key`"),
        (("id: R1, ", ""), "missing required field `id`"),
        (("title: Images", "name: Images"), "unknown field `name`"),
        (("rules: [GT201]}", "rules: [GT201]}\n      - {id: R1, title: again}"), "R1 stands there twice"),
        (("groups:", "parts: '['\ngroups:"), "unterminated character set"),
        (("key:", "key: !!python/object/apply:os.system [true]\nx:"), "could not determine a constructor"),
        (("groups:", "groups: ["), "line 7, column 3"),
    ],
)
def test_a_file_that_is_no_framework_is_refused_in_one_line(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    file = tmp_path / "house.yaml"
    file.write_text(VALID.replace(*change))
    with pytest.raises(BadInput) as refused:
        frameworks.read(file)
    assert said in str(refused.value) and "house.yaml" in str(refused.value) and "\n" not in str(refused.value)


def test_the_framework_and_the_attestations_of_the_guide_are_good(tmp_path: Path) -> None:
    guide = (Path(__file__).parents[2] / "docs" / "frameworks.md").read_text(encoding="utf-8")
    framework, attested = re.findall(r"```yaml\n(.*?)```", guide, re.DOTALL)
    (tmp_path / "house.yaml").write_text(framework)
    (tmp_path / "attestations.yaml").write_text(attested)
    listing = frameworks.read(tmp_path / "house.yaml")
    assert listing.key == "House rules" and listing.requirements()["P1"].by_hand
    [read] = attestations.load(tmp_path / "attestations.yaml")
    assert read.requirement == "164.308(b)(1)" and read.expires == datetime.date(2027, 1, 31)
