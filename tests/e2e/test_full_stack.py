"""The stack with every option at once: applied, unchanged, linted, refused where it must be, and gone again.

Meanwhile it is sabotaged behind Terraform's back, and an audit of the account finds what was done.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import parliament
import pytest

from gtctl import aws
from gtctl.audit import engine, registry
from gtctl.audit.audit import Wanted, audit
from gtctl.audit.evidence import live
from gtctl.audit.evidence.live import permissions
from gtctl.audit.model import Finding, Resource, Verdict
from gtctl.audit.report import Report
from gtctl.audit.settings import Settings
from gtctl.jobs.preflight import permissions as preflight_permissions
from gtctl.sandbox import process
from tests.e2e.conftest import Gtctl
from tests.e2e.sabotages import JOBS, SABOTAGES, Sabotage, Stack

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

ENV = ("--env", "sandbox-full")
LIFECYCLES = """
noncurrent_version_days      = 30
abort_incomplete_upload_days = 2
scans_expiration_days        = 365
labels_expiration_days       = 2192
logs_expiration_days         = 2192
"""
# parliament's data ends before June 2026, when SageMaker's keys were renamed, and lacks keys that S3, KMS and IAM have
# long had; it takes the TLS version for a number and the encryption context for no ARN; the boundary's Allow on
# everything grants nothing; a key's or a role's own policy can call it only "*"; and keys that hold ARNs are compared
# as text on purpose, because the ARN operators let what is no ARN pass.
ACCEPTED = {
    ("UNKNOWN_CONDITION_FOR_ACTION", "sagemaker:OutputKmsKeyArn"),
    ("UNKNOWN_CONDITION_FOR_ACTION", "sagemaker:VolumeKmsKeyArn"),
    ("UNKNOWN_CONDITION_FOR_ACTION", "iam:PermissionsBoundary"),
    ("UNKNOWN_CONDITION_FOR_ACTION", "s3:TlsVersion"),
    ("UNKNOWN_CONDITION_FOR_ACTION", "kms:EncryptionContext:aws:logs:arn"),
    ("MISMATCHED_TYPE", "s3:TlsVersion"),
    ("MISMATCHED_TYPE", "ArnEquals requires a value of type Arn but given String"),
    ("MISMATCHED_TYPE_BUT_USABLE", ""),
    ("RESOURCE_STAR", ""),
}
# The documents of each type of resource, by the attribute that holds them.
DOCUMENTS = {
    "aws_iam_policy": "policy",
    "aws_iam_role": "assume_role_policy",
    "aws_kms_key": "policy",
    "aws_s3_bucket_policy": "policy",
    "aws_sns_topic_policy": "policy",
    "aws_sqs_queue": "policy",
}


@pytest.fixture(scope="module")
def var_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("variables") / "lifecycles.tfvars"
    file.write_text(LIFECYCLES)
    return file


@pytest.fixture(scope="module")
def resources(gtctl: Gtctl, home: Path, var_file: Path) -> list[dict[str, Any]]:
    """Every resource of the applied stack, as the state has it: type, module, name, attributes."""
    done = gtctl("infra", "apply", *ENV, "--var-file", str(var_file))
    assert done.returncode == 0, done.stdout + done.stderr
    state = json.loads((home / "infra" / "sandbox-sandbox-full" / "terraform" / "terraform.tfstate").read_text())
    return [
        resource | {"attributes": instance["attributes"]}
        for resource in state["resources"]
        if resource["mode"] == "managed"
        for instance in resource["instances"]
    ]


def test_a_second_plan_shows_no_changes(gtctl: Gtctl, resources: list[dict[str, Any]], var_file: Path) -> None:
    done = gtctl("infra", "plan", *ENV, "--var-file", str(var_file), "--check")
    assert done.returncode == 0, done.stdout + done.stderr


def test_everything_that_can_be_tagged_is(resources: list[dict[str, Any]]) -> None:
    tagged = [resource for resource in resources if "tags_all" in resource["attributes"]]
    assert len(tagged) > 20
    for resource in tagged:
        tags = resource["attributes"]["tags_all"] or {}
        assert tags.get("gtctl:stack") == "gtctl-full", f"{resource['type']}.{resource['name']}"
        assert tags.get("data-classification") == "phi", f"{resource['type']}.{resource['name']}"


def test_every_retention_takes_effect(resources: list[dict[str, Any]]) -> None:
    rules = {
        resource["attributes"]["bucket"].split("-")[2]: json.dumps(resource["attributes"]["rule"])
        for resource in resources
        if resource["type"] == "aws_s3_bucket_lifecycle_configuration"
    }
    assert {bucket: bool(re.search(r'"days": (365|2192)\b', text)) for bucket, text in rules.items()} == {
        "scans": True,
        "labels": True,
        "logs": True,
    }


def test_the_launcher_is_bounded_by_the_guardrail(resources: list[dict[str, Any]]) -> None:
    roles = {r["attributes"]["name"]: r["attributes"] for r in resources if r["type"] == "aws_iam_role"}
    assert roles["gtctl-full-labeling-launcher"]["permissions_boundary"].endswith(
        "gtctl-full-labeling-guardrail-boundary"
    )


def test_no_role_has_an_inline_policy(resources: list[dict[str, Any]]) -> None:
    assert not [r for r in resources if r["type"] in {"aws_iam_role_policy", "aws_iam_user_policy"}]


def test_an_independent_validator_finds_nothing_in_the_iam_documents(
    gtctl: Gtctl, resources: list[dict[str, Any]]
) -> None:
    documents = [
        (f"{resource['type']}.{resource['name']}", json.loads(resource["attributes"][attribute]))
        for resource in resources
        if (attribute := DOCUMENTS.get(resource["type"]))
    ]
    documents += [("scp_json", json.loads(gtctl("infra", "output", *ENV, "scp_json").stdout))]
    assert len(documents) >= 20
    for name, document in documents:
        if name.startswith("aws_iam_role."):
            # A role's trust says no resource, which the validator wants to see.
            document["Statement"] = [{"Resource": "*"} | statement for statement in document["Statement"]]
        remaining = [
            f"{finding.issue}: {finding.detail}"
            for finding in parliament.analyze_policy_string(json.dumps(document)).findings
            if not any(finding.issue == issue and word in str(finding.detail) for issue, word in ACCEPTED)
        ]
        assert remaining == [], name


# Where the account and the state rightly differ: what is said once at the deletion of a key, what another resource
# sets (the pool's domain, the managed client), and what is only written otherwise.
OTHERWISE = {"deletion_window_in_days", "domain", "region"}
OF_ANOTHER = {"aws_cognito_user_pool_client"}


@pytest.mark.usefixtures("client")
def test_the_account_shows_what_was_applied_and_breaks_no_rule(resources: list[dict[str, Any]]) -> None:
    account = live.collect(["us-east-1"])
    seen: dict[tuple[str, str], Resource] = {}
    for found in account.base.resources:
        for name in ("arn", "bucket", "id"):
            seen.setdefault((found.type, str(found.attributes.get(name))), found)
    compared = 0
    for resource in resources:
        attributes = resource["attributes"]
        if (resource["type"], attributes.get("id")) not in seen or resource["type"] in OF_ANOTHER:
            continue
        for name, value in seen[resource["type"], attributes["id"]].attributes.items():
            if isinstance(value, (str, int, bool)) and name in attributes and name not in OTHERWISE:
                compared += 1
                assert _same(value, attributes[name]), (resource["type"], name, value, attributes[name])
    assert compared > 150
    # The auditor's own account is one of ours; only real stacks protect their pool from being deleted.
    settings = Settings(own_accounts=["210987654321"])
    failed = {f.rule_id for f in engine.judge([account.base], registry.rules(), settings) if f.verdict is Verdict.FAIL}
    assert failed == {"GT114"}


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, str) and left.startswith("{"):
        return bool(json.loads(left) == json.loads(right))
    return bool(left == right)


def _actions(document: dict[str, Any]) -> set[str]:
    """What the document allows."""
    allowing = [statement for statement in document["Statement"] if statement["Effect"] == "Allow"]
    return {action for statement in allowing for action in _list(statement["Action"])}


def _allowed(resources: list[dict[str, Any]], ending: str) -> set[str]:
    """What the policy whose name ends so allows."""
    [document] = [
        json.loads(resource["attributes"]["policy"])
        for resource in resources
        if resource["type"] == "aws_iam_policy" and resource["attributes"]["name"].endswith(ending)
    ]
    return _actions(document)


def test_the_auditor_may_read_whatever_an_audit_reads(resources: list[dict[str, Any]]) -> None:
    assert _actions(permissions.policy()) - _allowed(resources, "-auditor") == set()


def test_the_launcher_may_make_the_checks_before_a_launch_within_its_boundary(resources: list[dict[str, Any]]) -> None:
    # The use of the keys stands in their policies.
    needed = _actions(preflight_permissions.policy()) - {"kms:Decrypt"}
    assert needed - _allowed(resources, "-launcher") == set()
    boundary = _allowed(resources, "-boundary")
    covered = {action for action in needed if any(fnmatchcase(action, allowed) for allowed in boundary)}
    assert covered == needed


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize(
    ("settings", "messages"),
    [
        pytest.param(
            'region = "eu-north-1"\nname_prefix = "the-department-of-radiology-of-the-university"\n',
            [
                "Ground Truth has its built-in bounding-box task in ap-northeast-1",
                "are too long for buckets and roles: shorten it",
            ],
            id="region and name",
        ),
        pytest.param(
            'source_ip_cidrs = ["203.0.113.7"]\ndata_role_arns = ["pacs"]\nkms_deletion_window_in_days = 3\n',
            [
                "source_ip_cidrs must be at most 10 CIDR ranges such as 203.0.113.0/24",
                "data_role_arns must be ARNs of IAM roles",
                "deletion_window_in_days must be between 7 and 30",
            ],
            id="network, role and number",
        ),
        pytest.param(
            'launcher_trusted_arns = ["arn:aws:iam::123456789012:root"]\nlog_retention_in_days = 100\n',
            ["launcher_trusted_arns must be ARNs of roles or users", "retention_in_days must be"],
            id="trust and retention",
        ),
        pytest.param(
            "source_ip_cidrs = []\n",
            ["The worker portal would be open to the whole internet: give source_ip_cidrs"],
            id="open portal",
        ),
    ],
)
def test_bad_input_is_refused_by_the_plan_with_what_to_do(
    gtctl: Gtctl, tmp_path: Path, settings: str, messages: list[str]
) -> None:
    (tmp_path / "bad.tfvars").write_text(settings)
    done = gtctl("infra", "plan", *ENV, "--var-file", str(tmp_path / "bad.tfvars"))
    assert done.returncode == 3
    said = " ".join(re.sub(r"[│╷╵]", " ", done.stdout + done.stderr).split())
    for message in messages:
        assert message in said


# Audits of the account, which is sabotaged

# The auditor's account is ours, as the environment says: trusted_account_ids.
SETTINGS = Settings(own_accounts=("210987654321",))
ROUNDS = sorted({each.number for each in SABOTAGES} - {JOBS})


@pytest.fixture(scope="module")
def clients() -> dict[tuple[str, str], Any]:
    """The clients of all audits: making them takes longer than an audit."""
    return {}


@pytest.fixture
def audited(
    resources: list[dict[str, Any]],
    client: Any,
    clients: dict[tuple[str, str], Any],
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[], Report]:
    """Audit the account, and compare it with the state."""
    make = aws.client

    def kept(service: str, region: str, **options: Any) -> Any:
        if (service, region) not in clients:
            clients[service, region] = make(service, region, **options)
        return clients[service, region]

    monkeypatch.setattr(aws, "client", kept)
    state = home / "infra" / "sandbox-sandbox-full" / "terraform" / "terraform.tfstate"
    return lambda: audit(Wanted(regions=["us-east-1"], states=[state], checkov=False), SETTINGS)


@pytest.fixture
def stack(resources: list[dict[str, Any]], client: Any) -> Iterator[Stack]:
    """The stack to sabotage, as it would be for good: protected against deletion. What is done to it is undone."""
    running = process.find()
    assert running
    made = Stack(running, cache(client))
    made.protect()
    yield made
    made.undo()


def _found(report: Report) -> set[str]:
    """What failed, or is unknown, as the sabotages say it: "GT201 aws_s3_bucket.scans"."""
    return {_said(finding) for finding in report.findings if finding.verdict is not Verdict.PASS}


def _said(finding: Finding) -> str:
    address = finding.resource.removesuffix('["us-east-1"]')
    said = f"{finding.rule_id} {re.sub(r'us-east-1:.masked:id [0-9a-f]+.', '*', address)}"
    return said if finding.verdict is Verdict.FAIL else f"{finding.verdict} {said}"


def test_an_audit_finds_the_account_as_the_state_says_it_is(audited: Callable[[], Report]) -> None:
    report = audited()
    # Where only the environment is to blame: deletion_protection = false.
    assert [said.partition(".")[0] for said in _found(report)] == ["GT114 aws_cognito_user_pool"]
    assert report.passed > 130 and report.audit
    assert (list(report.audit.drift), report.audit.not_comparable, report.audit.scope.gaps) == ([], 0, [])


def test_sabotages_of_a_round_do_not_get_in_each_others_way() -> None:
    assert len(SABOTAGES) > 60
    for number in (*ROUNDS, JOBS):
        findings = Counter(found for each in SABOTAGES if each.number == number for found in each.found)
        assert [found for found, times in findings.items() if times > 1] == []


@pytest.mark.parametrize("number", ROUNDS)
def test_every_sabotage_is_found_by_the_right_rules_and_by_no_others(
    number: int, audited: Callable[[], Report], stack: Stack
) -> None:
    first = audited()
    before = _found(first)
    names = stack.names()
    wanted = {found.format(**names): each.name for each in _do(number, stack) for found in each.found}
    found = _found(audited()) - before
    assert found - wanted.keys() == set()
    assert {f"{name}: {missed}" for missed, name in wanted.items() if missed not in found} == set()
    stack.undo()
    stack.protect()
    last = audited()
    assert (_found(last), _drift(last)) == (before, _drift(first))


def _drift(report: Report) -> list[str]:
    return [f"{each.live} {each.attribute}: {each.observed}" for each in report.audit.drift] if report.audit else []


def _do(number: int, stack: Stack) -> list[Sabotage]:
    chosen = [each for each in SABOTAGES if each.number == number]
    for each in chosen:
        each.do(stack)
    return chosen


def test_a_setting_that_was_changed_by_hand_is_the_only_drift(audited: Callable[[], Report], client: Any) -> None:
    s3, bucket = client("s3"), Stack.scans
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    report = audited()
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    assert report.audit
    [difference] = report.audit.drift
    assert difference.address == 'module.storage.aws_s3_bucket_versioning.this["scans"]'
    assert difference.live == f"aws_s3_bucket_versioning.{bucket}"
    assert (difference.attribute, difference.planned, difference.observed, list(difference.rules)) == (
        "versioning_configuration.status",
        "Enabled",
        "Suspended",
        ["GT409"],
    )


def test_jobs_of_the_past_are_found_and_it_is_told_who_could_see_their_images(
    audited: Callable[[], Report], stack: Stack
) -> None:
    before = _found(audited())
    wanted = {found for each in _do(JOBS, stack) for found in each.found}
    report = audited()
    assert _found(report) - before == wanted
    assert report.audit
    exposures = {each.job: each for each in report.audit.exposures}
    exposed = {"public-ct": "public", "vendor-ct": "vendor", "flow definition review": "public"}
    assert {job: each.workforce for job, each in exposures.items() if each.verdict is Verdict.FAIL} == exposed
    assert [job for job, each in exposures.items() if each.verdict is Verdict.UNKNOWN] == ["foreign-ct"]
    assert [each.verdict for each in report.audit.exposures][:3] == [Verdict.FAIL] * 3
    good = exposures["good"]
    assert (good.workforce, good.viewers, good.classification, good.objects) == ("private", 0, "phi", 10)
    assert good.network == "127.0.0.0/8, 203.0.113.0/24; images only from the worker's own address (as it is today)"
    assert good.output_key == stack.key_arn("labels")


def test_destroy_leaves_nothing(gtctl: Gtctl, resources: list[dict[str, Any]], var_file: Path, client: Any) -> None:
    done = gtctl("infra", "destroy", *ENV, "--var-file", str(var_file))
    assert done.returncode == 0, done.stdout + done.stderr
    left = {
        "buckets": client("s3").list_buckets()["Buckets"],
        "workforces": client("sagemaker").list_workforces()["Workforces"],
        "pools": client("cognito-idp").list_user_pools(MaxResults=10)["UserPools"],
        "roles": client("iam").list_roles()["Roles"],
        "policies": client("iam").list_policies(Scope="Local")["Policies"],
        "trails": client("cloudtrail").describe_trails()["trailList"],
        "log groups": client("logs").describe_log_groups()["logGroups"],
        "rules": client("events").list_rules()["Rules"],
        "topics": client("sns").list_topics()["Topics"],
        "queues": client("sqs").list_queues().get("QueueUrls", []),
    }
    assert {kind: found for kind, found in left.items() if found} == {}
    states = [client("kms").describe_key(KeyId=k["KeyId"])["KeyMetadata"] for k in client("kms").list_keys()["Keys"]]
    assert {key["KeyState"] for key in states} == {"PendingDeletion"}
