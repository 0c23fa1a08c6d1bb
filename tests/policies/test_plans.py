"""The Terraform fixtures, planned by the real Terraform on the sandbox: a plan gets the verdicts that the code gets."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest

from gtctl.audit.evidence import plan
from gtctl.audit.model import Evidence, Resource, Verdict
from tests.audit.terraform_plan import Refused, planned
from tests.policies.fixtures import fixtures
from tests.policies.harness import verdicts

# Provider 5.100 has no labeling jobs; other fixtures say themselves why the sandbox cannot plan them.
_UNPLANNABLE = re.compile(r'^# Not planned: |"aws_sagemaker_labeling_job"', re.MULTILINE)
FIXTURES = [
    fixture
    for fixture in fixtures("hcl")
    if "plan" in fixture.entry.rule.sources
    and fixture.expected != "unknown"
    and not _UNPLANNABLE.search(fixture.file.read_text())
]
PROVIDER = """
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
provider "aws" {
  region            = "us-east-1"
  s3_use_path_style = true
}
"""


@dataclass(frozen=True, slots=True)
class Planned:
    """content: one plan of all fixtures; resources: what is in it; refused: fixture number -> why it is not in it."""

    content: bytes
    resources: list[Resource]
    refused: dict[int, str]

    def of(self, number: int) -> list[Resource]:
        return [each for each in self.resources if each.address.startswith(f"module.f{number}.")]


@pytest.fixture(scope="module")
def plan_of_all(_sandbox_process: Any, tmp_path_factory: pytest.TempPathFactory) -> Planned:
    """Each fixture is a module of its own in one root."""
    root, scratch = tmp_path_factory.mktemp("plans"), tmp_path_factory.mktemp("terraform")
    for number, fixture in enumerate(FIXTURES):
        (folder := root / f"f{number}").mkdir()
        fixture.alone(folder)
    refused: dict[int, str] = {}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in _sandbox_process.environment().items():
            patch.setenv(name, value)
        patch.setenv("GTCTL_HOME", str(scratch))
        while True:
            kept = [number for number in range(len(FIXTURES)) if number not in refused]
            calls = [f'module "f{number}" {{\n  source = "./f{number}"\n}}\n' for number in kept]
            (root / "main.tf").write_text(PROVIDER + "".join(calls))
            try:
                content = planned(root, scratch)
                break
            except Refused as error:
                # One bad fixture must not hide the verdicts on all the others.
                bad = {int(number) for number in re.findall(r"\bf(\d+)/", str(error))}
                if not bad - refused.keys():
                    raise
                refused |= {number: str(error) for number in bad}
    [evidence] = plan.read({"plan.json": content})
    assert not evidence.problems
    return Planned(content, list(evidence.resources), refused)


@pytest.mark.e2e
@pytest.mark.parametrize("number", range(len(FIXTURES)), ids=[fixture.name for fixture in FIXTURES])
def test_a_planned_fixture_gets_the_verdict_that_its_name_says(number: int, plan_of_all: Planned) -> None:
    fixture = FIXTURES[number]
    assert number not in plan_of_all.refused, plan_of_all.refused[number]
    found = verdicts(fixture.entry, [Evidence(plan_of_all.of(number))])
    # What a plan cannot tell yet (text with an ARN in it) is unknown; but it is never wrong.
    if fixture.expected == "pass":
        assert found and Verdict.FAIL not in found
    else:
        assert found & {Verdict.FAIL, Verdict.UNKNOWN}


@pytest.mark.e2e
@pytest.mark.parametrize("rule_id", sorted({fixture.entry.rule.id for fixture in FIXTURES}))
def test_each_rule_that_claims_plans_decides_some_of_them(rule_id: str, plan_of_all: Planned) -> None:
    decided = {
        verdict
        for number, fixture in enumerate(FIXTURES)
        if fixture.entry.rule.id == rule_id
        for verdict in verdicts(fixture.entry, [Evidence(plan_of_all.of(number))])
    }
    assert Verdict.FAIL in decided
