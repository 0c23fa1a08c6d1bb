"""Whom a policy lets in, where the user has said which accounts are ours."""

import json
from typing import Any

import pytest

from gtctl.audit.graph import Graph
from gtctl.audit.iam import statements
from gtctl.audit.model import Hole, Location, Resource, Undecided, Unknown, Verdict
from gtctl.audit.principals import account_of, in_the_jobs_account, openness, own_account
from gtctl.audit.settings import Settings

OURS, THEIRS = "111122223333", "444455556666"


def graph(*resources: Resource, own_accounts: tuple[str, ...] = (OURS,)) -> Graph:
    return Graph(resources, Settings(own_accounts=own_accounts))


def allow(principal: Any, **conditions: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": "*"}
    return statement | ({"Condition": conditions} if conditions else {})


def judged(*document: dict[str, Any]) -> Verdict:
    found = statements(json.dumps({"Statement": document}))
    return openness(found, "s3:GetObject", graph(), "policy").verdict


@pytest.mark.parametrize(
    "principal", [OURS, f"arn:aws:iam::{OURS}:root", f"arn:aws-us-gov:sts::{OURS}:assumed-role/a/b"]
)
def test_the_own_account_may_come_in_however_it_is_spelled(principal: str) -> None:
    assert judged(allow({"AWS": principal})) is Verdict.PASS


@pytest.mark.parametrize(
    "principal", [THEIRS, f"arn:aws:iam::{THEIRS}:role/partner", [f"arn:aws:iam::{OURS}:root", THEIRS]]
)
def test_another_account_is_let_in_by_a_failing_policy(principal: str) -> None:
    assert judged(allow({"AWS": principal})) is Verdict.FAIL


def test_a_condition_makes_everybody_known_only_with_accounts_of_ours() -> None:
    assert judged(allow("*", StringEquals={"aws:PrincipalAccount": [OURS]})) is Verdict.PASS
    assert judged(allow("*", StringEquals={"aws:PrincipalAccount": [OURS, THEIRS]})) is Verdict.FAIL
    assert judged(allow("*", **{"ForAllValues:StringEquals": {"aws:PrincipalAccount": [OURS]}})) is Verdict.FAIL


def test_a_deny_of_everybody_else_closes_what_an_allow_opens() -> None:
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}
    assert judged(allow("*"), deny | {"Condition": {"StringNotEquals": {"aws:PrincipalAccount": OURS}}}) is Verdict.PASS
    assert judged(allow("*"), deny | {"Condition": {"StringEquals": {"aws:PrincipalAccount": THEIRS}}}) is Verdict.FAIL


def test_the_unique_id_of_a_deleted_role_proves_nothing() -> None:
    assert judged(allow({"AWS": "AROAEXAMPLEEXAMPLE"})) is Verdict.UNKNOWN


def test_an_account_is_ours_by_the_settings_or_by_the_caller_of_a_plan() -> None:
    caller = Resource(
        "data.aws_caller_identity", "data.aws_caller_identity.this", {"account_id": THEIRS}, "plan", Location("p")
    )
    assert own_account(THEIRS, graph(caller))
    assert not own_account(THEIRS, graph())
    with pytest.raises(Undecided, match="own_accounts"):
        own_account(THEIRS, graph(own_accounts=()))


def test_the_account_of_an_arn_is_known_beside_unknown_parts() -> None:
    arn = Unknown("", ("arn:", Hole("p"), ":kms:", Hole("r"), f":{OURS}:key/", Hole("k")))
    assert account_of(arn) == OURS
    account = account_of(Unknown("", ("arn:aws:kms:us-east-1:", Hole("var.account"), ":key/x")))
    assert account.symbol == "var.account"


def test_an_arn_is_of_the_jobs_account_if_the_role_is_or_the_settings_say_so() -> None:
    job = Resource("aws_sagemaker_labeling_job", "j", {"role_arn": f"arn:aws:iam::{OURS}:role/r"}, "job", Location("j"))
    theirs = f"arn:aws:kms:us-east-1:{THEIRS}:key/x"
    assert in_the_jobs_account(f"arn:aws:kms:us-east-1:{OURS}:key/x", job, graph(own_accounts=()))
    assert not in_the_jobs_account(theirs, job, graph(own_accounts=()))
    assert in_the_jobs_account(theirs, job, graph(own_accounts=(OURS, THEIRS)))
