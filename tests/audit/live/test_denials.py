"""A principal that lacks one permission: what it cannot see turns UNKNOWN and says why; nothing turns to PASS."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, cast

import pytest
import yaml

from gtctl.audit import engine, registry
from gtctl.audit.evidence import live
from gtctl.audit.evidence.live.permissions import CALLS
from gtctl.audit.model import Evidence, Finding, Unknown, Unread, Verdict
from gtctl.audit.outcome import Gap
from gtctl.audit.settings import Settings
from tests.audit.live.answers import Answers, Refuse, answering, answers, merged

ACTIONS = sorted({call.action for call in CALLS.values() if call.action})
# What these tell is for the exposure of jobs, and no rule's business.
NO_RULES = {
    "cognito-idp:AdminGetUser",
    "cognito-idp:ListGroups",
    "cognito-idp:ListUsersInGroup",
    "sagemaker:ListSubscribedWorkteams",
}
BAD = range(4)
Verdicts = dict[tuple[str, str], Finding]


@cache
def good() -> Answers:
    return answers()


@cache
def bad(number: int) -> Answers:
    """Accounts in which much is wrong: in 0 all failing fixtures at once, in the others what was hidden so far."""
    wanted = {entry.rule.id for entry in registry.rules()} - {rule for n in range(number) for rule in failing(n)}
    told: Any = good()
    for entry in registry.rules():
        if entry.rule.id in wanted and (file := entry.fixtures / "fail.live.yaml").is_file():
            # Policies and roles have a name of their own in each fixture.
            text = re.sub(
                r"(PolicyName: |policy/)wide|(RoleName: |role/)labeling", rf"\1\2{entry.rule.id}", file.read_text()
            )
            told = _both(told, yaml.safe_load(text))
    job = told["sagemaker:DescribeLabelingJob chest-ct"]
    told[f"sagemaker:DescribeLabelingJob {job['LabelingJobName']}"] = job
    told["sagemaker:ListLabelingJobs"] = {"LabelingJobSummaryList": [_summary(job)]}
    return cast(Answers, told)


def _both(told: Any, change: Any) -> Any:
    """``change`` merged in; IAM's lists are added to, so that one fixture does not undo another."""
    key = "iam:GetAccountAuthorizationDetails"
    if key in change:
        change = change | {key: {name: [*told[key].get(name, []), *more] for name, more in change[key].items()}}
    return merged(told, change)


def _summary(job: dict[str, Any]) -> dict[str, Any]:
    """What the listing tells of a job."""
    [known] = good()["sagemaker:ListLabelingJobs"]["LabelingJobSummaryList"]
    task = job["HumanTaskConfig"]
    told = {name: (job | task).get(name, known[name]) for name in known}
    return {**told, **task["AnnotationConsolidationConfig"]}


def judged(told: Answers, refuse: Refuse = lambda call, region: "") -> tuple[Verdicts, list[Gap], Evidence]:
    """The findings by rule and resource, the gaps, and what was read."""
    with answering(told, refuse):
        account = live.collect(told["regions"])
        seen = Evidence([*account.base.resources, *account.jobs()], complete=True)
        found = engine.judge([seen], registry.rules(), Settings())
        return {(finding.rule_id, finding.resource): finding for finding in found}, account.gaps, seen


def refusing(action: str, code: str = "AccessDenied") -> Refuse:
    return lambda call, region: code if CALLS[call].action == action else ""


@cache
def seen_in_good() -> Verdicts:
    return judged(good())[0]


@cache
def seen_in_bad(number: int) -> Verdicts:
    return judged(bad(number))[0]


def failing(number: int) -> set[str]:
    return {rule for (rule, _), finding in seen_in_bad(number).items() if finding.verdict is Verdict.FAIL}


def test_the_good_account_has_no_failure_and_nothing_unknown() -> None:
    assert {finding.verdict for finding in seen_in_good().values()} == {Verdict.PASS}


def test_in_the_bad_accounts_every_rule_finds_something() -> None:
    assert set().union(*map(failing, BAD)) == {
        entry.rule.id for entry in registry.rules() if "live" in entry.rule.sources
    }


@pytest.mark.parametrize("action", ACTIONS)
def test_what_a_missing_permission_hides_is_unknown_and_names_it(action: str) -> None:
    found, gaps, seen = judged(good(), refusing(action))
    assert {gap.permission for gap in gaps} == {action}
    unknown = [finding for finding in found.values() if finding.verdict is Verdict.UNKNOWN]
    assert all(f"needs {action} on " in finding.observed for finding in unknown)
    assert {finding.verdict for finding in found.values()} <= {Verdict.PASS, Verdict.UNKNOWN}
    if action in NO_RULES:
        assert any(f"needs {action} on " in reason for reason in _reasons(seen))
    else:
        assert unknown
    _nothing_lost(seen_in_good(), found)


@pytest.mark.parametrize("number", BAD)
@pytest.mark.parametrize("action", ACTIONS)
def test_a_missing_permission_turns_no_failure_to_a_pass(action: str, number: int) -> None:
    before = seen_in_bad(number)
    found, _, _ = judged(bad(number), refusing(action))
    passed = {key for key, finding in found.items() if finding.verdict is Verdict.PASS}
    assert {key for key in passed if key in before and before[key].verdict is not Verdict.PASS} == set()
    _nothing_lost(before, found)


def _nothing_lost(before: Verdicts, after: Verdicts) -> None:
    """Whatever got a verdict still has one: it, or what stands for all of its type."""
    stand_ins = {(rule, address.partition(".")[0]) for rule, address in after if ".*" in address or "/*" in address}
    for rule, address in before:
        kind = address.removeprefix("data.").partition(".")[0]
        assert (rule, address) in after or (rule, kind) in stand_ins, (rule, address)


def _reasons(evidence: Evidence) -> list[str]:
    found = []
    for resource in evidence.resources:
        if isinstance(resource.attributes, Unread):
            found.append(resource.attributes.reason)
        found += [value.reason for value in resource.attributes.values() if isinstance(value, Unknown)]
    return found
