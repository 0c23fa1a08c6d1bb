"""A plan and the code that it was made from: one finding for each problem."""

from __future__ import annotations

from collections.abc import Sequence

from gtctl.audit.model import Evidence, Finding, Location, Resource, Verdict
from gtctl.audit.plans import Judged, told_once
from tests.audit.report.samples import finding

NAME = 'module.k.aws_kms_key.this["labels"]'
F, U, P = Verdict.FAIL, Verdict.UNKNOWN, Verdict.PASS


def judged(source: str, verdict: Verdict, name: str = NAME, more: Sequence[str] = (), file: str = "") -> Judged:
    """What the rule GT101 says about one resource of a plan or of code."""
    file = file or {"hcl": "kms/main.tf", "plan": "plan.json"}[source]
    resources = [Resource("aws_kms_key", each, {}, source, Location(file)) for each in (name, *more)]
    said = finding(verdict=verdict, resource=name, source=source, file=file, observed=f"in the {source}", line=7)
    return Judged(Evidence(resources), [said])


def told(*pieces: Judged) -> list[tuple[str, Verdict, str]]:
    """Source, verdict and observation of what is left."""
    findings: list[Finding] = [each for piece in pieces for each in piece.findings]
    return [(each.source, each.verdict, each.observed) for each in told_once(findings, pieces)]


def test_what_fails_in_both_is_told_where_it_stands_in_the_code() -> None:
    assert told(judged("hcl", F), judged("plan", F)) == [("hcl", F, "in the hcl")]


def test_what_the_code_leaves_open_is_decided_by_the_plan() -> None:
    assert told(judged("hcl", U), judged("plan", F)) == [("hcl", F, "in the plan")]
    assert told(judged("hcl", U), judged("plan", P)) == [("plan", P, "in the plan")]
    assert told(judged("hcl", U), judged("plan", U)) == [("hcl", U, "in the hcl")]


def test_no_failure_is_lost() -> None:
    assert told(judged("hcl", P), judged("plan", F))[1] == ("plan", F, "in the plan")
    assert told(judged("hcl", F), judged("plan", P))[0] == ("hcl", F, "in the hcl")
    assert told(judged("hcl", F), judged("plan", U)) == [("hcl", F, "in the hcl")]


def test_what_another_root_module_leaves_open_stays_open() -> None:
    example = judged("hcl", U)
    stack = judged("hcl", U)
    assert len(told(stack, judged("plan", P), example)) == 3


def test_an_instance_that_the_code_does_not_know_by_its_key_stands_for_all() -> None:
    code = judged("hcl", U, "module.k.aws_kms_key.this[*]")
    assert told(code, judged("plan", P)) == [("plan", P, "in the plan")]
    assert [verdict for _, verdict, _ in told(code, judged("plan", F))] == [F]


def test_a_plan_of_other_code_is_told_by_itself() -> None:
    other = judged("plan", P, more=["aws_s3_bucket.elsewhere"])
    assert len(told(judged("hcl", U), other)) == 2
    assert len(told(judged("plan", P))) == 1


def test_of_several_root_modules_the_smallest_that_has_all_is_taken() -> None:
    everything = judged("hcl", F, more=["aws_s3_bucket.more"], file="all/main.tf")
    left = told(everything, judged("hcl", F), judged("plan", F))
    assert [source for source, _, _ in left] == ["hcl", "hcl"]
