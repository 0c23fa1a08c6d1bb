"""Decisions over policies: yes, no, or open; and the role's rights, simulated by IAM or read."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gtctl.audit.conditions import Probe
from gtctl.audit.evidence.live.reading import NotRead
from gtctl.audit.model import Undecided
from gtctl.jobs.preflight.policies import (
    Answer,
    Question,
    by_identity,
    by_resource,
    document,
    of_key,
    together,
)
from gtctl.jobs.preflight.role import Role

ROLE = "arn:aws:iam::123456789012:role/labeling"
BUCKET = "arn:aws:s3:::clinic-scans"
ALLOWED, DENIED, NOT_ALLOWED, OPEN = Answer.ALLOWED, Answer.DENIED, Answer.NOT_ALLOWED, Answer.OPEN


def ask(action: str = "s3:GetObject", resource: str = f"{BUCKET}/ct/1.png", **context: Any) -> Question:
    known = {key.replace("__", ":").replace("_", "-"): value for key, value in context.items()}
    return Question(action, resource, ROLE, {"aws:securetransport": "true"} | known)


def statement(effect: str, action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def policy(*statements: dict[str, Any]) -> list[Any]:
    return document(json.dumps({"Version": "2012-10-17", "Statement": list(statements)}))


@pytest.mark.parametrize(
    ("statements", "answer"),
    [
        ([], NOT_ALLOWED),
        ([statement("Allow", "s3:Get*")], ALLOWED),
        ([statement("Allow", "S3:getobject", f"{BUCKET}/*")], ALLOWED),
        ([statement("Allow", "s3:GetObject", BUCKET)], NOT_ALLOWED),
        ([statement("Allow", "s3:GetObject", f"{BUCKET}/mr/*")], NOT_ALLOWED),
        ([statement("Allow", "s3:*"), statement("Deny", "s3:*")], DENIED),
        ([{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}], ALLOWED),
        ([{"Effect": "Allow", "Action": "s3:*", "NotResource": f"{BUCKET}/*"}], NOT_ALLOWED),
        ([statement("Allow", "s3:*", Condition={"Bool": {"aws:SecureTransport": "true"}})], ALLOWED),
        ([statement("Allow", "s3:*", Condition={"Bool": {"aws:SecureTransport": "false"}})], NOT_ALLOWED),
        ([statement("Allow", "s3:*", Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})], OPEN),
        (
            [
                statement("Allow", "s3:*"),
                statement("Deny", "s3:*", Condition={"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}),
            ],
            OPEN,
        ),
        (
            [
                statement("Allow", "s3:*", Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}),
                statement("Allow", "s3:*"),
            ],
            ALLOWED,
        ),
        ([statement("Allow", "s3:*", f"{BUCKET}/${{aws:username}}/*")], OPEN),
        ([statement("Allow", "s3:*", Condition={"StringEquals": {"s3:x": "${aws:userid}"}})], OPEN),
        ([statement("Allow", "s3:*", Condition={"NumericLessThan": {"s3:TlsVersion": 1.2}})], NOT_ALLOWED),
        ([statement("Allow", "s3:*", Condition={"NumericGreaterThanEquals": {"s3:TlsVersion": "1.2"}})], ALLOWED),
    ],
)
def test_a_roles_own_policies(statements: list[dict[str, Any]], answer: Answer) -> None:
    question = ask(s3__tlsversion="1.2")
    assert by_identity([policy(*statements)] if statements else [], None, question).answer is answer


def test_a_boundary_limits_and_grants_nothing() -> None:
    everything, reading = policy(statement("Allow", "*")), policy(statement("Allow", "s3:Get*"))
    assert by_identity([everything], reading, ask()).answer is ALLOWED
    limited = by_identity([everything], reading, ask("s3:PutObject"))
    assert (limited.answer, limited.why) == (NOT_ALLOWED, "its permissions boundary: no statement allows it")
    assert by_identity([], everything, ask()).answer is NOT_ALLOWED


@pytest.mark.parametrize(
    ("principal", "effect", "answer"),
    [
        ({"AWS": ROLE}, "Allow", ALLOWED),
        ("*", "Allow", ALLOWED),
        ({"AWS": "arn:aws:iam::123456789012:root"}, "Allow", NOT_ALLOWED),
        ({"AWS": "arn:aws:iam::123456789012:root"}, "Deny", DENIED),
        ({"AWS": "123456789012"}, "Deny", DENIED),
        ({"AWS": "arn:aws:iam::123456789012:role/other"}, "Allow", NOT_ALLOWED),
        ({"Service": "sagemaker.amazonaws.com"}, "Allow", NOT_ALLOWED),
        ({"Federated": "example.com"}, "Allow", NOT_ALLOWED),
    ],
)
def test_whom_a_resources_policy_is_about(principal: Any, effect: str, answer: Answer) -> None:
    assert by_resource(policy(statement(effect, "s3:*", Principal=principal)), ask()).answer is answer


def test_a_resources_policy_about_all_but_some() -> None:
    deny = {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}
    assert by_resource(policy(deny | {"NotPrincipal": {"AWS": ROLE}}), ask()).answer is NOT_ALLOWED
    assert by_resource(policy(deny | {"NotPrincipal": {"AWS": f"{ROLE}-other"}}), ask()).answer is DENIED


KEY = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
ROOT = {"AWS": "arn:aws:iam::123456789012:root"}


@pytest.mark.parametrize(
    ("key_policy", "own", "answer"),
    [
        ([statement("Allow", "kms:*", Principal=ROOT)], ["kms:Decrypt"], ALLOWED),
        ([statement("Allow", "kms:*", Principal=ROOT)], [], NOT_ALLOWED),
        ([statement("Allow", "kms:Decrypt", Principal={"AWS": ROLE})], [], ALLOWED),
        ([statement("Allow", "kms:Put*", Principal=ROOT)], ["kms:Decrypt"], NOT_ALLOWED),
        (
            [
                statement("Allow", "kms:*", Principal=ROOT),
                statement("Deny", "kms:Decrypt", Principal="*", Condition={"Bool": {"aws:SecureTransport": "true"}}),
            ],
            ["kms:Decrypt"],
            DENIED,
        ),
        (
            [statement("Allow", "kms:*", Principal={"AWS": ROLE}, Condition={"Null": {"kms:ViaService": "false"}})],
            [],
            OPEN,
        ),
    ],
)
def test_a_key_is_used_by_its_own_policy_or_where_that_lets_the_roles(
    key_policy: list[dict[str, Any]], own: list[str], answer: Answer
) -> None:
    question = ask("kms:Decrypt", KEY)
    identity = by_identity([policy(statement("Allow", own))] if own else [], None, question)
    assert of_key(identity, policy(*key_policy), question).answer is answer


_statements = st.lists(
    st.fixed_dictionaries(
        {
            "Effect": st.sampled_from(["Allow", "Deny"]),
            "Action": st.sampled_from(["s3:*", "s3:GetObject", "s3:PutObject"]),
            "Resource": st.sampled_from(["*", f"{BUCKET}/*", BUCKET]),
            "Principal": st.sampled_from(["*", {"AWS": ROLE}, ROOT]),
        },
        optional={"Condition": st.sampled_from([{"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, {}])},
    ),
    min_size=1,
    max_size=4,
)


@given(_statements, _statements)
def test_what_is_allowed_stays_so_only_without_a_deny_that_holds_or_may(
    own: list[dict[str, Any]], bucket: list[dict[str, Any]]
) -> None:
    """Fail closed: a Deny on all of S3 in either policy ends it, an open one is never taken for a yes."""
    question = ask()
    mine = [{key: value for key, value in each.items() if key != "Principal"} for each in own]
    decision = together(by_identity([policy(*mine)], None, question), by_resource(policy(*bucket), question))
    deny = statement("Deny", "s3:*")
    denied = together(by_identity([policy(*mine, deny)], None, question), by_resource(policy(*bucket), question))
    assert denied.answer is DENIED
    maybe = deny | {"Condition": {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, "Principal": "*"}
    opened = together(by_identity([policy(*mine)], None, question), by_resource(policy(*bucket, maybe), question))
    assert opened.answer in (DENIED, OPEN)
    if decision.answer is DENIED:
        assert opened.answer is DENIED


def test_a_policy_that_is_none_is_open() -> None:
    for broken in ("not JSON", '{"Version": "2012-10-17"}', '{"Statement": ["text"]}'):
        with pytest.raises(Undecided):
            document(broken)
    assert document(None) == []


class Simulator:
    """Stands for IAM: answers with ``results`` in turn, or refuses."""

    home = "us-east-1"

    def __init__(self, *results: dict[str, Any] | NotRead) -> None:
        self.results = list(results)
        self.asked: list[dict[str, Any]] = []

    def call(self, name: str, region: str, *, on: str, **arguments: Any) -> dict[str, Any]:
        assert (name, on) == ("iam:SimulatePrincipalPolicy", ROLE)
        self.asked.append(arguments)
        result = self.results.pop(0)
        if isinstance(result, NotRead):
            raise result
        return {"EvaluationResults": [result]}


def role(simulator: Any, **more: Any) -> Role:
    return Role(ROLE, simulator, **more)


@pytest.mark.parametrize(
    ("result", "answer", "why"),
    [
        ({"EvalDecision": "allowed"}, ALLOWED, "IAM's simulation says allowed"),
        ({"EvalDecision": "explicitDeny"}, DENIED, "IAM's simulation says explicitDeny"),
        (
            {"EvalDecision": "implicitDeny", "OrganizationsDecisionDetail": {"AllowedByOrganizations": False}},
            NOT_ALLOWED,
            "IAM's simulation says implicitDeny (the organization's policies)",
        ),
        (
            {
                "EvalDecision": "implicitDeny",
                "PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": False},
            },
            NOT_ALLOWED,
            "IAM's simulation says implicitDeny (its permissions boundary)",
        ),
        ({"EvalDecision": "allowed", "MissingContextValues": ["aws:SourceIp"]}, OPEN, "hangs on aws:SourceIp"),
        ({"EvalDecision": "explicitDeny", "MissingContextValues": ["aws:SourceIp"]}, DENIED, "explicitDeny"),
    ],
)
def test_iams_simulation_is_believed(result: dict[str, Any], answer: Answer, why: str) -> None:
    simulator = Simulator(result)
    decision = role(simulator).may(ask(s3__x=Probe.ABSENT))
    assert decision.answer is answer
    assert why in decision.why
    [asked] = simulator.asked
    assert (asked["ActionNames"], asked["ResourceArns"]) == (["s3:GetObject"], [f"{BUCKET}/ct/1.png"])
    assert [entry["ContextKeyName"] for entry in asked["ContextEntries"]] == ["aws:securetransport"]


def test_where_iam_does_not_simulate_the_policies_are_read_and_it_is_not_asked_again() -> None:
    simulator = Simulator(NotRead("it needs iam:SimulatePrincipalPolicy on the role: AccessDenied"))
    reader = role(simulator, policies=[policy(statement("Allow", "s3:Get*"))])
    assert reader.may(ask()).answer is ALLOWED
    assert reader.may(ask("s3:PutObject")).answer is NOT_ALLOWED
    assert len(simulator.asked) == 1


def test_where_neither_is_allowed_both_rights_are_named() -> None:
    simulator = Simulator(NotRead("it needs iam:SimulatePrincipalPolicy on r: AccessDenied"))
    with pytest.raises(Undecided, match=r"it needs iam:GetRole .*; and it needs iam:SimulatePrincipalPolicy"):
        role(simulator, unread="it needs iam:GetRole on r: AccessDenied").may(ask())
