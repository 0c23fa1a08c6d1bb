"""What stands in the way of reading: pages that break off, Regions that are off, throttling, credentials that end."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from gtctl.audit import engine, registry
from gtctl.audit.evidence import live
from gtctl.audit.evidence.live import Account
from gtctl.audit.evidence.live.reading import _without_session
from gtctl.audit.model import Resource, Unread, Verdict
from gtctl.audit.settings import Settings
from gtctl.errors import BadInput, EnvironmentFailed
from tests.audit.live.answers import Answers, Refuse, answering, answers, merged


def read(told: Answers, refuse: Refuse = lambda call, region: "") -> tuple[Account, list[Resource]]:
    with answering(told, refuse):
        account = live.collect(told["regions"])
        return account, [*account.base.resources, *account.jobs()]


def of_type(resources: list[Resource], type_: str) -> list[Resource]:
    return [resource for resource in resources if resource.type == type_]


def group(name: str) -> dict[str, Any]:
    return {"logGroupName": name, "arn": f"arn:aws:logs:eu-west-1:111122223333:log-group:{name}:*"}


PAGES = {"logs:DescribeLogGroups": [{"logGroups": [group(f"{page}{at}") for at in "ab"]} for page in range(3)]}


def test_every_page_of_a_listing_is_read() -> None:
    account, resources = read(merged(answers(), PAGES))
    names = [resource.attributes["name"] for resource in of_type(resources, "aws_cloudwatch_log_group")]
    assert names == ["0a", "0b", "1a", "1b", "2a", "2b"]
    assert account.requests["logs:DescribeLogGroups"] == 3


def test_a_listing_that_breaks_off_keeps_what_it_told_and_has_a_stand_in_for_the_rest() -> None:
    calls: list[str] = []

    def throttled(call: str, region: str) -> str:
        calls.append(call)
        third = call == "logs:DescribeLogGroups" and calls.count(call) == 3
        return "ThrottlingException" if third else ""

    account, resources = read(merged(answers(), PAGES), throttled)
    rest, *groups = of_type(resources, "aws_cloudwatch_log_group")
    assert [group.attributes["name"] for group in groups] == ["0a", "0b", "1a", "1b"]
    assert isinstance(rest.attributes, Unread) and "throttled" in rest.attributes.reason
    [gap] = account.gaps
    assert (gap.what, gap.permission, gap.region) == ("log groups", "", "eu-west-1")


def test_a_region_that_is_switched_off_is_asked_once_by_each_service_and_stays_unknown() -> None:
    def off(call: str, region: str) -> str:
        return "UnrecognizedClientException" if region == "ap-east-1" else ""

    account, resources = read(merged(answers(), {"regions": ["eu-west-1", "ap-east-1"]}), off)
    hidden = [resource for resource in resources if isinstance(resource.attributes, Unread)]
    assert {resource.attributes["region"] for resource in hidden} == {"ap-east-1"}
    assert {"aws_sagemaker_labeling_job", "aws_sagemaker_workteam", "aws_kms_key"} <= {each.type for each in hidden}
    assert all("ap-east-1 is not switched on" in gap.why and not gap.permission for gap in account.gaps)
    # Workforces, workteams, vendors, flow definitions, jobs: one call told about all of them.
    assert account.requests["sagemaker:ListWorkforces"] == 2
    assert account.requests["sagemaker:ListLabelingJobs"] == 1


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (EndpointConnectionError(endpoint_url="https://kms"), "kms could not be reached in eu-west-1"),
        (ReadTimeoutError(endpoint_url="https://kms"), "ListKeys was not answered in time"),
    ],
)
def test_a_service_that_does_not_answer_is_unknown(error: Exception, why: str) -> None:
    def cut(call: str, region: str) -> str:
        if call == "kms:ListKeys":
            raise error
        return ""

    account, resources = read(answers(), cut)
    [key] = of_type(resources, "aws_kms_key")
    assert isinstance(key.attributes, Unread) and why in key.attributes.reason
    assert any(why in gap.why for gap in account.gaps)


def test_credentials_that_end_during_the_audit_end_it() -> None:
    with pytest.raises(EnvironmentFailed, match="credentials ended: renew"):
        read(answers(), lambda call, region: "ExpiredTokenException" if call == "kms:DescribeKey" else "")


def test_a_first_region_that_is_off_leaves_the_others_and_what_belongs_to_none() -> None:
    def off(call: str, region: str) -> str:
        return "InvalidClientTokenId" if region == "ap-east-1" else ""

    with answering(answers(), off):
        account = live.collect(["ap-east-1", "eu-west-1"])
    assert account.account == "111122223333"
    assert of_type(list(account.base.resources), "aws_iam_role") and of_type(
        list(account.base.resources), "aws_s3_bucket"
    )


def test_credentials_that_tell_no_account_are_no_audit() -> None:
    with pytest.raises(EnvironmentFailed, match="GetCallerIdentity"):
        read(answers(), lambda call, region: "InvalidClientTokenId" if call == "sts:GetCallerIdentity" else "")


def test_an_audit_needs_a_region() -> None:
    with pytest.raises(BadInput, match="no Region"):
        live.collect([])


def test_gaps_of_one_kind_are_one_entry_that_says_how_many() -> None:
    account, _ = read(answers(), lambda call, region: "AccessDenied" if call == "s3:GetBucketPolicy" else "")
    [gap] = account.gaps
    assert gap.permission == "s3:GetBucketPolicy"
    assert gap.why.startswith("it needs s3:GetBucketPolicy on arn:aws:s3:::hospital-")
    assert gap.why.endswith(": AccessDenied (and 3 more)")


def test_buckets_of_other_regions_are_left_out_and_said_so() -> None:
    buckets = [*answers()["s3:ListBuckets"]["Buckets"], {"Name": "far-away", "BucketRegion": "us-west-2"}]
    account, resources = read(merged(answers(), {"s3:ListBuckets": {"Buckets": buckets}}))
    assert len(of_type(resources, "aws_s3_bucket")) == 4
    assert [(gap.what, gap.region) for gap in account.gaps] == [("1 bucket", "us-west-2")]


def test_the_principal_is_named_without_whoever_took_the_role() -> None:
    account, _ = read(answers())
    assert account.principal == "arn:aws:sts::111122223333:assumed-role/auditor"
    assert (
        _without_session("arn:aws:sts::111122223333:federated-user/ann") == "arn:aws:sts::111122223333:federated-user"
    )
    assert _without_session("arn:aws:iam::111122223333:user/ops") == "arn:aws:iam::111122223333:user/ops"


def test_no_secret_and_nobodys_name_is_kept() -> None:
    _, resources = read(answers())
    text = repr([resource.attributes for resource in resources])
    assert "SECRETOFTHEPORTALSCLIENT" not in text
    assert "of.radiology" not in text and "who.left" not in text
    [group] = of_type(resources, "aws_cognito_user_group")
    assert [group.attributes[f"{name}_count"] for name in ("user", "confirmed", "mfa")] == [2, 1, 1]


def test_addresses_are_unique_and_places_are_arns() -> None:
    _, resources = read(answers())
    addresses = [resource.address for resource in resources]
    assert len(set(addresses)) == len(addresses)
    assert all(resource.location.file.startswith(("arn:aws:", "aws://111122223333")) for resource in resources)


def test_a_rule_that_is_not_proven_on_accounts_is_not_asked() -> None:
    account, _ = read(answers())
    asked = {finding.rule_id for finding in engine.judge([account.base], registry.rules(), Settings())}
    assert "GT610" not in asked and "GT201" in asked
    assert {"GT201"} < asked <= {entry.rule.id for entry in registry.rules() if "live" in entry.rule.sources}


def test_a_stand_in_gets_no_other_verdict_than_unknown() -> None:
    account, _ = read(
        answers(), lambda call, region: "AccessDenied" if ":List" in call or call.startswith("iam") else ""
    )
    found = list(engine.judge([account.base], registry.rules(), Settings()))
    assert {finding.verdict for finding in found if ".*" in finding.resource} == {Verdict.UNKNOWN}
