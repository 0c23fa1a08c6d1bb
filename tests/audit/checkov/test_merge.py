"""One finding for each problem: what checkov says beside the rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from gtctl.audit import check, registry
from gtctl.audit.checkov.merge import Merged, known, merge
from gtctl.audit.checkov.run import Record
from gtctl.audit.frameworks import load
from gtctl.audit.model import Evidence, Finding, Location, Resource, Verdict
from gtctl.audit.plans import Judged
from gtctl.audit.settings import Settings

Findings = tuple[list[Finding], list[Judged]]

CODE = """\
resource "aws_s3_bucket" "scans" {
  for_each = toset(["ct", "mr"])
  bucket   = "scans-${each.key}"
}

resource "aws_s3_bucket_public_access_block" "scans" {
  for_each          = aws_s3_bucket.scans
  bucket            = each.value.id
  block_public_acls = false
}

data "aws_iam_policy_document" "all" {
  statement {
    actions   = ["s3:*"]
    resources = ["*"]
  }
}

resource "aws_iam_policy" "all" {
  policy = data.aws_iam_policy_document.all.json
}

resource "aws_kms_key" "this" {
  enable_key_rotation = true
}
"""


@pytest.fixture
def judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Findings:
    monkeypatch.chdir(tmp_path)
    Path("main.tf").write_text(CODE)
    pieces: list[Judged] = []
    files = check.read(["."], Settings())
    rules = check.chosen((), ())
    return check.judge(files, rules, Settings(), lambda *piece: pieces.append(Judged(*piece))), pieces


def record(check_id: str, resource: str, result: str = "FAILED", comment: str = "", file: str = "main.tf") -> Record:
    place = str(Path(file).resolve())
    return Record(check_id, f"Ensure {check_id}", result, comment, resource, "hcl", place, 2, 5, ["x"])


def merged(judged: Findings, *records: Record) -> Merged:
    return merge(judged[0], records, judged[1], ["main.tf"])


def also(found: Merged) -> Mapping[tuple[str, str], tuple[str, ...]]:
    return {(each.rule_id, each.resource): tuple(each.also) for each in found.findings if each.also}


def by_checkov(found: Merged) -> list[Finding]:
    return [each for each in found.findings if each.rule_id.startswith("CKV")]


def test_a_check_that_says_what_a_rule_says_is_told_there(judged: Findings) -> None:
    found = merged(
        judged, record("CKV_AWS_145", 'aws_s3_bucket.scans["ct"]'), record("CKV_AWS_19", 'aws_s3_bucket.scans["ct"]')
    )
    assert also(found) == {("GT201", 'aws_s3_bucket.scans["ct"]'): ("CKV_AWS_145", "CKV_AWS_19")}
    assert len(found.findings) == len(judged[0])


def test_a_check_on_a_buckets_settings_is_told_on_the_bucket(judged: Findings) -> None:
    found = merged(judged, record("CKV_AWS_53", 'aws_s3_bucket_public_access_block.scans["mr"]'))
    assert also(found) == {("GT315", 'aws_s3_bucket.scans["mr"]'): ("CKV_AWS_53",)}


def test_a_check_on_a_policy_document_is_told_on_the_policy(judged: Findings) -> None:
    found = merged(judged, record("CKV_AWS_49", "aws_iam_policy_document.all"))
    assert also(found) == {("GT309", "aws_iam_policy.all"): ("CKV_AWS_49",)}


def test_what_a_rule_has_proven_to_be_right_is_no_finding_of_checkovs(judged: Findings) -> None:
    found = merged(judged, record("CKV_AWS_7", "aws_kms_key.this"))
    assert not by_checkov(found) and not also(found)


def test_a_check_that_is_only_a_part_of_a_rule_stays_a_finding_where_the_rule_passes(judged: Findings) -> None:
    [finding] = by_checkov(merged(judged, record("CKV_AWS_227", "aws_kms_key.this")))
    in_service = registry.rule("GT212")
    assert in_service
    assert finding.controls == {name: ids for name, ids in in_service.rule.controls.items() if name != "AWS Config"}
    assert (finding.verdict, finding.file, finding.line, finding.severity) == (Verdict.FAIL, "main.tf", 2, "medium")


def test_a_plan_repeats_nothing_that_is_told_in_its_code(judged: Findings) -> None:
    key = Resource("aws_kms_key", "aws_kms_key.this", {}, "plan", Location("plan.json"))
    pieces = [*judged[1], Judged(Evidence([key]), ())]

    def planned(check_id: str, connects: bool = False) -> Record:
        plan = str(Path("plan.json").resolve())
        return replace(record(check_id, "aws_kms_key.this"), source="plan", file=plan, connects=connects)

    def told(*records: Record) -> list[tuple[str, Verdict, bool]]:
        found = merge(judged[0], records, pieces, ["main.tf", "plan.json"])
        return [(each.source, each.verdict, bool(each.waiver)) for each in by_checkov(found)]

    skipped = record("CKV_AWS_252", "aws_kms_key.this", "SKIPPED", "we do not")
    passes = record("CKV_AWS_252", "aws_kms_key.this", "PASSED")
    assert told(skipped, planned("CKV_AWS_252")) == [("hcl", Verdict.FAIL, True)]
    assert told(passes, planned("CKV_AWS_252")) == [("plan", Verdict.FAIL, False)]
    assert told(passes, planned("CKV_AWS_252", connects=True)) == [("plan", Verdict.UNKNOWN, False)]
    assert told(planned("CKV_AWS_252", connects=True)) == [("plan", Verdict.FAIL, False)]


def test_a_check_that_nobody_mapped_has_no_requirements(judged: Findings) -> None:
    [finding] = by_checkov(merged(judged, record("CKV_AWS_9999", "aws_kms_key.this")))
    assert (finding.controls, finding.severity) == ({}, "medium")


def test_what_is_skipped_in_the_code_is_waived_if_it_says_why(judged: Findings) -> None:
    address = "aws_kms_key.this"
    [said] = by_checkov(merged(judged, record("CKV2_AWS_64", address, "SKIPPED", "the default is ours")))
    assert said.waiver == {"reason": "the default is ours", "file": "main.tf", "line": "2"}
    [silent] = by_checkov(merged(judged, record("CKV2_AWS_64", address, "SKIPPED", "No comment provided")))
    assert silent.waiver is None and "without a reason" in silent.observed


def test_a_rule_is_not_waived_because_checkovs_check_is(judged: Findings) -> None:
    found = merged(judged, record("CKV_AWS_145", 'aws_s3_bucket.scans["ct"]', "SKIPPED", "later"))
    assert [each.waiver for each in found.findings if each.also] == [None]
    assert not by_checkov(found)


def test_passes_are_counted_and_files_that_nobody_asked_about_left_out(
    judged: Findings,
) -> None:
    passes = record("CKV_AWS_227", "aws_kms_key.this", "PASSED")
    found = merged(judged, passes, passes, record("CKV_AWS_252", "aws_kms_key.this", file="other.tf"))
    assert found.passed == {"CKV_AWS_227": 2}
    assert not by_checkov(found)


def test_the_same_check_on_the_same_resource_is_told_once(judged: Findings) -> None:
    said = record("CKV_AWS_252", "aws_kms_key.this")
    assert len(by_checkov(merged(judged, said, replace(said, line=4)))) == 1


def test_the_table_names_rules_and_requirements_that_exist() -> None:
    listings = {listing.key: listing for listing in load()}
    for check_id, about in known().items():
        assert all(registry.rule(rule_id) for rule_id in (*about.same, *about.within, *filter(None, [about.like]))), (
            check_id
        )
        for key, ids in (("HIPAA", about.hipaa), ("NIST 800-53 r5", about.nist), ("CIS AWS 3.0", about.cis)):
            assert all(listings[key].named(each) for each in ids), check_id
