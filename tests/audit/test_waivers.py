"""Waivers of what lies in an account."""

from __future__ import annotations

import datetime

import pytest

from gtctl.audit.model import Finding, Location
from gtctl.audit.settings import Waiver
from gtctl.audit.waivers import waive
from tests.audit.report.samples import finding

TODAY = datetime.date(2026, 11, 26)
ARN = "arn:aws:sagemaker:us-east-1:111122223333:labeling-job/pilot"
LIVE = finding(resource='aws_sagemaker_labeling_job.pilot["us-east-1"]', source="live", file=ARN)


def waived(pattern: str, *findings: Finding, account: bool = True, complete: bool = False) -> list[Finding]:
    waiver = Waiver("GT101", pattern, "Ada", "stock photos", datetime.date(2999, 1, 1), Location("gtctl.toml", 3))
    return waive(findings, [waiver], {}, today=TODAY, complete=complete, account=account, rules={"GT101"})


@pytest.mark.parametrize(
    "pattern",
    [
        "arn:aws:sagemaker:*:111122223333:labeling-job/pilot",
        'aws_sagemaker_labeling_job.pilot["us-east-1"]',
        "*.pilot*",
    ],
)
def test_a_resource_of_the_account_is_waived_by_its_address_or_arn(pattern: str) -> None:
    [found] = waived(pattern, LIVE)
    assert found.waiver == {"owner": "Ada", "reason": "stock photos", "expires": "2999-01-01"}


def test_a_resource_in_code_is_not_waived_by_the_name_of_its_file() -> None:
    [found] = waived("main.tf", finding(), complete=False)
    assert found.waiver is None


def test_a_waiver_of_the_account_that_fits_nothing_is_a_finding_only_where_the_account_was_read() -> None:
    gone = "arn:aws:sagemaker:*:*:labeling-job/gone"
    assert [each.rule_id for each in waived(gone)] == ["GT003"]
    assert waived(gone, account=False, complete=True) == []


def test_a_waiver_of_code_that_fits_nothing_is_no_finding_where_only_the_account_was_read() -> None:
    assert waived("module.old.*") == []
    assert [each.rule_id for each in waived("module.old.*", complete=True)] == ["GT003"]
