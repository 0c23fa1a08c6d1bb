"""docs/launching.md names every check, and nothing else."""

from __future__ import annotations

import re

from gtctl.assets import asset_root
from gtctl.audit import registry
from gtctl.jobs.preflight.permissions import CALLS, policy
from gtctl.jobs.preflight.registry import checks
from gtctl.jobs.tags import LAUNCH_TAGS

GUIDE = (asset_root() / "docs" / "launching.md").read_text()
CHECKS = {check.id: check for of_subject in checks().values() for check in of_subject}


def test_the_table_of_checks_has_each_with_its_title() -> None:
    listed = dict(re.findall(r"^\| (PF\d{3}) \| ([^|]+) \|", GUIDE, re.MULTILINE))
    assert listed == {id_: check.title for id_, check in CHECKS.items()}


def test_the_table_of_problems_names_checks_and_rules_that_there_are() -> None:
    table = GUIDE.partition("| problem | found by |")[2].partition("\n\n")[0]
    rows = [row for row in table.splitlines()[2:] if row.startswith("|")]
    assert len(rows) == 22
    named = {name for row in rows for name in re.findall(r"\b(?:PF|GT)\d{3}\b", row)}
    assert named <= CHECKS.keys() | {entry.rule.id for entry in registry.rules()}


def test_every_tag_of_a_launch_is_explained() -> None:
    assert [tag for tag in LAUNCH_TAGS if f"`{tag}`" not in GUIDE] == []


def test_the_printed_policy_allows_reading_only_and_names_every_call() -> None:
    actions = {action for statement in policy()["Statement"] for action in statement["Action"]}
    assert actions == {call.action for call in CALLS.values() if call.action} | {"kms:Decrypt"}
    verbs = {action.partition(":")[2] for action in actions}
    assert all(verb.startswith(("Get", "List", "Describe", "Simulate", "Filter", "Decrypt")) for verb in verbs)
    assert all("*" not in action for action in actions)
