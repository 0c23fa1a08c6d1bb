"""The table of calls and the policy made from it."""

from __future__ import annotations

import json
from typing import Any

import boto3
import parliament
import pytest
from botocore import xform_name

from gtctl.audit.evidence import live
from gtctl.audit.evidence.live.permissions import CALLS, Call, policy
from tests.audit.live.answers import answering, answers

LONGEST_MANAGED_POLICY = 6144


def test_the_policy_allows_exactly_what_is_called() -> None:
    told = answers()
    with answering(told):
        account = live.collect(told["regions"])
        assert list(account.jobs())
    assert set(account.requests) == set(CALLS)
    called = {CALLS[name].action for name in account.requests} - {""}
    assert called == {action for statement in policy()["Statement"] for action in statement["Action"]}


def test_an_independent_validator_finds_nothing_in_the_policy() -> None:
    found = parliament.analyze_policy_string(json.dumps(policy())).findings
    remaining = [f"{each.issue}: {each.detail}" for each in found]
    assert remaining == []


def test_the_policy_only_reads_and_fits_into_a_managed_policy() -> None:
    for statement in policy()["Statement"]:
        for action in statement["Action"]:
            assert action.partition(":")[2].removeprefix("Admin").startswith(("Describe", "Get", "List"))
    assert len(json.dumps(policy(), separators=(",", ":"))) <= LONGEST_MANAGED_POLICY


def test_no_right_reads_an_object_or_a_log_entry() -> None:
    actions = {call.action for call in CALLS.values()}
    assert not actions & {"s3:GetObject", "s3:ListBucket", "logs:GetLogEvents", "logs:FilterLogEvents", "kms:Decrypt"}


def test_the_policy_can_name_the_account_and_the_partition() -> None:
    resources = {statement["Resource"] for statement in policy("111122223333", "aws-us-gov")["Statement"]}
    assert "arn:aws-us-gov:kms:*:111122223333:key/*" in resources
    assert not [resource for resource in resources if "{" in resource]


@pytest.mark.parametrize("call", CALLS.values(), ids=lambda call: call.key)
def test_a_call_is_one_of_its_service_and_its_page_one_that_the_service_allows(call: Call) -> None:
    client: Any = boto3.Session(region_name="eu-west-1").client(
        call.service,  # type: ignore[call-overload]
        aws_access_key_id="x",
        aws_secret_access_key="x",
    )
    shape = client.meta.service_model.operation_model(call.operation).input_shape
    if not call.page:
        # Without a page size: no listing, or one whose pages are of one size.
        assert not client.can_paginate(xform_name(call.operation)) or call.key == "sns:ListTopics"
        return
    limit = shape.members[client.get_paginator(xform_name(call.operation))._limit_key]
    assert call.page <= limit.metadata.get("max", 1000)
