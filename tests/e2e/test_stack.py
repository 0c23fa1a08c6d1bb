"""The Terraform stack on the sandbox as a user drives it: plan, apply, plan again, destroy."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gtctl.ground_truth import CORS_RULE
from tests.e2e.conftest import Gtctl

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]


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
