"""The Terraform stack on the sandbox as a user drives it: plan, apply, plan again, `make audit`, destroy.

Nothing fails in the audit of what was applied, every format is valid, and the bundle verifies.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest

from gtctl.audit.bundle.verifying import verify
from gtctl.ground_truth import CORS_RULE
from tests.e2e.conftest import Gtctl

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

ROOT = Path(__file__).parent.parent.parent
# Checkov takes 20 s for it; that it is run, and merged, is tested where it is run.
ARGUMENTS = ("sandbox", "sandbox", "--target", "sandbox", "--env", "sandbox", "--", "--no-checkov")


@pytest.fixture(scope="module")
def applied(gtctl: Gtctl) -> dict[str, Any]:
    """The outputs of the applied stack."""
    done = gtctl("infra", "apply")
    assert done.returncode == 0, done.stdout + done.stderr
    outputs: dict[str, Any] = json.loads(gtctl("infra", "output", "--json").stdout)
    return outputs


def test_a_second_plan_shows_no_changes(gtctl: Gtctl, applied: dict[str, Any]) -> None:
    done = gtctl("infra", "plan", "--check")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No changes." in done.stdout


@pytest.mark.parametrize("purpose", ["scans", "labels", "logs"])
def test_every_bucket_is_encrypted_closed_and_versioned(applied: dict[str, Any], client: Any, purpose: str) -> None:
    s3, bucket = client("s3"), applied[f"{purpose}_bucket"]
    [rule] = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    if purpose == "logs":
        # S3 is sure to deliver access logs only to SSE-S3; the trail encrypts its files itself.
        assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    else:
        assert rule["ApplyServerSideEncryptionByDefault"] == {
            "SSEAlgorithm": "aws:kms",
            "KMSMasterKeyID": applied[f"{purpose}_kms_key_arn"],
        }
        assert rule["BucketKeyEnabled"] is True
    assert set(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values()) == {True}
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    statements = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"]
    assert any(
        s["Effect"] == "Deny" and s.get("Condition", {}).get("Bool", {}).get("aws:SecureTransport") == "false"
        for s in statements
    )


def test_every_key_is_rotated(applied: dict[str, Any], client: Any) -> None:
    for purpose in ("scans", "labels", "logs"):
        key = applied[f"{purpose}_kms_key_arn"]
        assert client("kms").get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is True


def test_the_scans_bucket_has_the_cors_rule_that_the_service_needs(applied: dict[str, Any], client: Any) -> None:
    [rule] = client("s3").get_bucket_cors(Bucket=applied["scans_bucket"])["CORSRules"]
    assert {key: rule.get(key, []) for key in CORS_RULE} == CORS_RULE


def test_a_put_with_another_key_is_refused(applied: dict[str, Any], client: Any) -> None:
    s3 = client("s3")
    put = {"Bucket": applied["scans_bucket"], "Key": "x.png", "Body": b"x"}
    for wrong in (
        {"ServerSideEncryption": "AES256"},
        {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": applied["labels_kms_key_arn"]},
    ):
        with pytest.raises(s3.exceptions.ClientError, match="403"):
            s3.put_object(**put, **wrong)
    s3.put_object(**put, ServerSideEncryption="aws:kms", SSEKMSKeyId=applied["scans_kms_key_arn"])


def test_workers_are_made_by_administrators_and_sign_in_with_mfa(applied: dict[str, Any], client: Any) -> None:
    pool = client("cognito-idp").describe_user_pool(UserPoolId=applied["user_pool_id"])["UserPool"]
    assert pool["MfaConfiguration"] == "ON"
    assert pool["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is True


def test_the_client_knows_the_portals_address_without_anybodys_help(applied: dict[str, Any], client: Any) -> None:
    found = client("cognito-idp").describe_user_pool_client(
        UserPoolId=applied["user_pool_id"], ClientId=applied["user_pool_client_id"]
    )["UserPoolClient"]
    workforce = client("sagemaker").describe_workforce(WorkforceName=applied["workforce_name"])["Workforce"]
    assert found["CallbackURLs"] == [f"https://{workforce['SubDomain']}/oauth2/idpresponse"]
    assert found["LogoutURLs"] == [f"https://{workforce['SubDomain']}/logout"]
    assert applied["portal_url"] == f"https://{workforce['SubDomain']}/"
    assert found["AllowedOAuthFlows"] == ["code"]


def test_the_execution_role_has_no_inline_policy_and_only_sagemaker_assumes_it(
    applied: dict[str, Any], client: Any
) -> None:
    iam, name = client("iam"), applied["execution_role_arn"].rpartition("/")[2]
    assert iam.list_role_policies(RoleName=name)["PolicyNames"] == []
    [statement] = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "sagemaker.amazonaws.com"}
    assert statement["Condition"]["StringEquals"]["aws:SourceAccount"] == applied["account_id"]


def make_audit(home: Path, out: Path) -> subprocess.CompletedProcess[str]:
    """What ``make audit`` runs, into a folder of its own."""
    program = out.parent / "gtctl"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m gtctl "$@"\n')
    program.chmod(0o755)
    return subprocess.run(
        ["bash", str(ROOT / "scripts" / "audit"), *ARGUMENTS],
        env=os.environ | {"GTCTL_HOME": str(home), "GTCTL": str(program), "AUDIT_DIR": str(out)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def out(home: Path, applied: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the reports of the audited stack are."""
    folder = tmp_path_factory.mktemp("audit") / "out"
    folder.mkdir()
    done = make_audit(home, folder)
    assert done.returncode == 0, done.stdout + done.stderr
    (folder / "stdout").write_text(done.stdout)
    return folder


@pytest.fixture(scope="module")
def report(out: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((out / "report.json").read_text())
    return document


def test_nothing_of_the_applied_stack_fails(report: dict[str, Any]) -> None:
    assert report["summary"]["failed"] == 0 and report["summary"]["passed"] > 300
    scope = report["audit"]["scope"]
    assert set(scope["sources"]) == {"hcl", "plan", "live"} and scope["accounts"] == ["123456789012"]
    assert [gap["why"] for gap in scope["gaps"]] == ["left out (--no-checkov)"]


def test_nothing_of_the_account_is_unknown(report: dict[str, Any]) -> None:
    unknown = [each for each in report["findings"] if each["verdict"] == "UNKNOWN" and not each["waiver"]]
    assert [each["rule_id"] for each in unknown if each["source"] in ("live", "plan")] == []


def test_code_and_account_agree(report: dict[str, Any]) -> None:
    assert report["audit"]["drift"] == []


def test_what_the_sandbox_leaves_out_is_waived_and_nothing_else_is(report: dict[str, Any]) -> None:
    waived = {each["rule_id"] for each in report["findings"] if each["waiver"] and each["source"] == "live"}
    assert waived == {"GT114", "GT310", "GT312"}
    assert not [each for each in report["findings"] if each["rule_id"] in ("GT002", "GT003", "GT004")]


def test_the_outcome_fits_on_a_screen(out: Path) -> None:
    lines = (out / "stdout").read_text().splitlines()
    assert lines[0].startswith("gtctl audit passed: 0 failed") and len(lines) < 30


def test_the_plan_with_its_secrets_is_gone(home: Path, out: Path) -> None:
    assert not list((home / "audit").iterdir())
    assert not [file for file in out.rglob("*") if "plan" in file.name]


def test_every_format_is_valid(out: Path, report: dict[str, Any]) -> None:
    from trestle.oscal.assessment_results import AssessmentResults

    schemas = {
        "report.json": ROOT / "gtctl" / "audit" / "report" / "report.schema.json",
        "report.sarif": ROOT / "tests" / "audit" / "report" / "sarif-2.1.0.schema.json",
    }
    for name, schema in schemas.items():
        jsonschema.Draft202012Validator(json.loads(schema.read_bytes())).validate(json.loads((out / name).read_text()))
    assert AssessmentResults.oscal_read(out / "report.oscal.json") is not None
    number = len(report["findings"])
    assert len(json.loads((out / "report.ocsf.json").read_text())) == number
    with (out / "report.csv").open(newline="") as stream:
        assert len(list(csv.DictReader(stream))) == number
    suites = ElementTree.parse(out / "report.junit.xml").getroot()  # noqa: S314
    assert (suites.get("failures"), suites.get("tests")) == ("0", str(number))
    for name in ("report.html", "report.md", "report.txt"):
        assert "123456789012" in (out / name).read_text()


def test_the_bundle_holds_the_evidence_and_verifies(out: Path, report: dict[str, Any]) -> None:
    found = verify(out / "evidence.zip")
    evidence = {name for name in found.manifest.files if name.startswith("evidence/")}
    assert evidence == {f"evidence/{source}.jsonl" for source in report["audit"]["scope"]["sources"]}
    with zipfile.ZipFile(out / "evidence.zip") as archive:
        live = [json.loads(line) for line in archive.read("evidence/live.jsonl").splitlines()]
    assert len(live) == report["audit"]["scope"]["sources"]["live"]
    assert {"aws_s3_bucket", "aws_kms_key", "aws_sagemaker_workteam"} <= {each["type"] for each in live}


def test_tampering_with_the_bundle_is_named(out: Path, tmp_path: Path, gtctl: Gtctl) -> None:
    with zipfile.ZipFile(out / "evidence.zip") as archive, zipfile.ZipFile(tmp_path / "t.zip", "w") as changed:
        for name in archive.namelist():
            content = archive.read(name)
            changed.writestr(name, content.replace(b"aws:kms", b"AES256") if name == "evidence/live.jsonl" else content)
    done = gtctl("audit", "verify", str(tmp_path / "t.zip"))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1 and "evidence/live.jsonl was changed" in done.stderr


def test_the_next_audit_is_compared_and_chained(
    home: Path, out: Path, client: Any, gtctl: Gtctl, tmp_path: Path
) -> None:
    client("kms").disable_key_rotation(KeyId=json.loads(gtctl("infra", "output", "--json", "scans_kms_key_arn").stdout))
    config = str(ROOT / "terraform" / "environments" / "sandbox.toml")
    options = ["--baseline", str(out / "report.json"), "--previous", str(out / "evidence.zip")]
    files = ["--bundle", str(tmp_path / "next.zip"), "--report-dir", str(tmp_path)]
    done = gtctl("audit", "--live", "--config", config, *options, *files)
    assert done.returncode == 1, done.stderr
    comparison = json.loads((tmp_path / "report.json").read_text())["audit"]["comparison"]
    assert [(each["rule_id"], each["source"]) for each in comparison["new"]] == [("GT210", "live")]
    # Nobody looked at the files again, so nothing in them is known to be fixed.
    assert comparison["fixed"] == []
    assert verify(tmp_path / "next.zip", previous=out / "evidence.zip").chained


def test_destroy_leaves_nothing(gtctl: Gtctl, applied: dict[str, Any], client: Any) -> None:
    done = gtctl("infra", "destroy")
    assert done.returncode == 0, done.stdout + done.stderr
    assert client("s3").list_buckets()["Buckets"] == []
    assert client("sagemaker").list_workforces()["Workforces"] == []
    assert client("cognito-idp").list_user_pools(MaxResults=10)["UserPools"] == []
    assert client("iam").list_roles()["Roles"] == []
    assert client("iam").list_policies(Scope="Local")["Policies"] == []
    for key in client("kms").list_keys()["Keys"]:
        assert client("kms").describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] == "PendingDeletion"
