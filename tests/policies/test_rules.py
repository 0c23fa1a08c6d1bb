"""What holds for every rule. A new rule is covered by its fixtures: nothing is to be added here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gtctl.audit.evidence import READERS
from gtctl.audit.model import Verdict
from gtctl.audit.registry import FAMILIES, Registered, rules
from tests.policies.fixtures import Fixture, fixtures
from tests.policies.harness import good_account, read, verdicts

EVERY_RULE = pytest.mark.parametrize("entry", rules(), ids=lambda entry: entry.rule.id)
_ALLOWED = {
    "fail": ({Verdict.FAIL}, {Verdict.FAIL, Verdict.PASS, Verdict.UNKNOWN}),
    "pass": ({Verdict.PASS}, {Verdict.PASS}),
    "unknown": ({Verdict.UNKNOWN}, {Verdict.UNKNOWN}),
}
"""What a fixture must give, and what it may give."""


@pytest.mark.parametrize("fixture", fixtures(), ids=lambda fixture: fixture.name)
def test_a_fixture_gets_the_verdict_that_its_name_says(fixture: Fixture, tmp_path: Path) -> None:
    must, may = _ALLOWED[fixture.expected]
    found = verdicts(fixture.entry, read(fixture.alone(tmp_path), fixture.source))
    assert must <= found <= may


@EVERY_RULE
def test_each_source_that_a_rule_claims_has_a_failing_and_a_passing_fixture(entry: Registered) -> None:
    proven = {(f.source, f.expected) for f in fixtures() if f.entry is entry}
    if "live" in entry.rule.sources and verdicts(entry, [good_account()]):
        proven.add(("live", "pass"))
    # A plan is made from the Terraform fixtures (tests/policies/test_plans.py).
    claimed = {"hcl" if source == "plan" else source for source in entry.rule.sources}
    assert claimed <= {*READERS, "live"}
    assert {(source, expected) for source in claimed for expected in ("fail", "pass")} <= proven
    fixed = {fixture.source for fixture in fixtures() if fixture.entry is entry}
    assert fixed <= claimed, "a fixture for a source that the rule does not claim"


@EVERY_RULE
def test_a_rule_finds_nothing_wrong_in_the_good_account(entry: Registered) -> None:
    if "live" in entry.rule.sources:
        assert verdicts(entry, [good_account()]) <= {Verdict.PASS}


@EVERY_RULE
def test_a_remediation_example_passes_its_rule(entry: Registered, tmp_path: Path) -> None:
    rule = entry.rule
    assert rule.example_hcl or rule.example_job
    for text, name, source in ((rule.example_hcl, "main.tf", "hcl"), (rule.example_job, "job.json", "job")):
        if text:
            file = tmp_path / name
            file.write_text(text)
            assert verdicts(entry, read(file, source)) == {Verdict.PASS}


@EVERY_RULE
def test_a_rule_says_what_people_need_to_know(entry: Registered) -> None:
    rule = entry.rule
    family = list(FAMILIES).index(entry.family) + 1
    assert re.fullmatch(rf"GT{family}\d\d", rule.id)
    assert entry.file.name.startswith(f"{rule.id.lower()}_")
    assert rule.rationale.endswith(".") and rule.remediation.endswith(".")
    assert not rule.title.endswith(".") and len(rule.title) <= 90
    assert rule.references and all(url.startswith("https://") for url in rule.references)
    assert rule.hipaa or rule.nist, "every rule answers a requirement"
    assert rule.resource_types


def test_no_two_rules_share_an_id() -> None:
    ids = [entry.rule.id for entry in rules()]
    assert len(ids) == len(set(ids))
