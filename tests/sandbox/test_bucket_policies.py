from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from gtctl.sandbox.bucket_policies import context_of, decision

KEY = "arn:aws:kms:us-east-1:123456789012:key/right"
PUT, OBJECT = "s3:PutObject", "arn:aws:s3:::scans/a.png"


def _statement(operator: str, key: str, value: Any, effect: str = "Deny") -> dict[str, Any]:
    return {
        "Effect": effect,
        "Principal": "*",
        "Action": "s3:Put*",
        "Resource": ["arn:aws:s3:::scans/*"],
        "Condition": {operator: {key: value}},
    }


@pytest.mark.parametrize(
    ("operator", "key", "value", "headers", "expected"),
    [
        ("Bool", "aws:SecureTransport", "false", {}, None),
        ("Bool", "aws:SecureTransport", "true", {}, "Deny"),
        ("StringNotEquals", "s3:x-amz-server-side-encryption", "aws:kms", {}, "Deny"),
        ("StringNotEqualsIfExists", "s3:x-amz-server-side-encryption", "aws:kms", {}, "Deny"),
        ("StringEquals", "s3:x-amz-server-side-encryption", "AES256", {}, None),
        (
            "StringNotEquals",
            "s3:x-amz-server-side-encryption",
            ["aws:kms", "aws:kms:dsse"],
            {"X-Amz-Server-Side-Encryption": "aws:kms"},
            None,
        ),
        (
            "ArnNotEqualsIfExists",
            "s3:x-amz-server-side-encryption-aws-kms-key-id",
            KEY,
            {"x-amz-server-side-encryption-aws-kms-key-id": KEY + "-not"},
            "Deny",
        ),
        ("Null", "s3:x-amz-server-side-encryption", "true", {}, "Deny"),
        ("Null", "s3:x-amz-server-side-encryption", "false", {}, None),
        ("StringNotEquals", "aws:PrincipalAccount", "123456789012", {}, None),
        ("NumericLessThan", "s3:signatureage", "600", {"x": "y"}, None),
        ("NumericLessThan", "s3:TlsVersion", "1.2", {}, None),
        ("NumericLessThan", "s3:TlsVersion", "1.4", {}, "Deny"),
        ("NumericGreaterThanEquals", "s3:TlsVersion", "1.3", {}, "Deny"),
        ("NumericNotEquals", "s3:TlsVersion", "1.3", {}, None),
        ("StringNotEquals", "aws:SourceVpce", "vpce-0a1b2c3d", {}, "Deny"),
        ("BoolIfExists", "aws:PrincipalIsAWSService", "false", {}, "Deny"),
        (
            "Null",
            "s3:x-amz-server-side-encryption-customer-algorithm",
            "false",
            {"x-amz-server-side-encryption-customer-algorithm": "AES256"},
            "Deny",
        ),
    ],
)
def test_a_deny_applies_exactly_where_its_condition_holds(
    operator: str, key: str, value: Any, headers: dict[str, str], expected: str | None
) -> None:
    policy = {"Statement": _statement(operator, key, value)}
    assert decision(policy, PUT, OBJECT, context_of(headers)) == expected


def test_a_deny_wins_over_an_allow_and_speaks_only_of_its_actions_and_resources() -> None:
    deny = _statement("Bool", "aws:SecureTransport", "true")
    allow = _statement("Bool", "aws:SecureTransport", "true", "Allow")
    policy = {"Statement": [allow, deny]}
    assert decision(policy, PUT, OBJECT, context_of({})) == "Deny"
    assert decision({"Statement": [allow]}, PUT, OBJECT, context_of({})) == "Allow"
    assert decision(policy, "s3:GetObject", OBJECT, context_of({})) is None
    assert decision(policy, PUT, "arn:aws:s3:::other/a.png", context_of({})) is None


def test_a_service_principal_is_not_the_caller() -> None:
    statement = _statement("Bool", "aws:SecureTransport", "true") | {"Principal": {"Service": "x.amazonaws.com"}}
    assert decision({"Statement": statement}, PUT, OBJECT, context_of({})) is None


def test_the_sandbox_refuses_a_put_with_the_wrong_key_and_takes_one_with_the_right_key(account: Any) -> None:
    s3 = account.client("s3")
    statement = _statement(
        "ArnNotEqualsIfExists", "s3:x-amz-server-side-encryption-aws-kms-key-id", account.key_arn
    ) | {"Resource": f"arn:aws:s3:::{account.bucket}/*"}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    s3.put_bucket_policy(Bucket=account.bucket, Policy=json.dumps(policy))
    put: dict[str, Any] = {"Bucket": account.bucket, "Key": "a", "Body": b"x", "ServerSideEncryption": "aws:kms"}

    s3.put_object(**put, SSEKMSKeyId=account.key_arn)
    with pytest.raises(ClientError, match="403"):
        s3.put_object(**put, SSEKMSKeyId=account.key_arn.replace("key/", "key/0"))


def test_a_key_can_be_described_unless_its_policy_denies_it_to_the_caller(account: Any) -> None:
    kms = account.client("kms")
    everybody: dict[str, Any] = {"Principal": "*", "Resource": "*"}
    allow = everybody | {"Effect": "Allow", "Action": "kms:*"}

    def described_with(condition: dict[str, Any]) -> dict[str, Any]:
        deny = everybody | {"Effect": "Deny", "Action": "kms:*", "Condition": condition}
        policy = {"Version": "2012-10-17", "Statement": [allow, deny]}
        key_id = kms.create_key(Policy=json.dumps(policy))["KeyMetadata"]["KeyId"]
        described: dict[str, Any] = kms.describe_key(KeyId=key_id)["KeyMetadata"]
        return described

    assert described_with({"StringNotEquals": {"aws:PrincipalAccount": "123456789012"}})["Enabled"] is True
    with pytest.raises(kms.exceptions.ClientError, match="AccessDenied"):
        described_with({"StringEquals": {"aws:PrincipalAccount": "123456789012"}})


def test_a_key_keeps_the_period_of_its_rotation(account: Any) -> None:
    kms = account.client("kms")
    key = {"KeyId": kms.create_key()["KeyMetadata"]["KeyId"]}

    def period() -> int | None:
        found: int | None = kms.get_key_rotation_status(**key).get("RotationPeriodInDays")
        return found

    assert period() is None
    kms.enable_key_rotation(**key)
    assert period() == 365
    kms.enable_key_rotation(**key, RotationPeriodInDays=180)
    assert period() == 180


def test_a_bucket_that_reports_to_eventbridge_says_so(account: Any) -> None:
    s3 = account.client("s3")
    assert "EventBridgeConfiguration" not in s3.get_bucket_notification_configuration(Bucket=account.bucket)
    s3.put_bucket_notification_configuration(
        Bucket=account.bucket, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    assert s3.get_bucket_notification_configuration(Bucket=account.bucket)["EventBridgeConfiguration"] == {}


def test_replication_is_read_back_as_it_was_set_up(account: Any) -> None:
    s3 = account.client("s3")
    s3.put_bucket_versioning(Bucket=account.bucket, VersioningConfiguration={"Status": "Enabled"})
    rule = {
        "ID": "all",
        "Priority": 0,
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Enabled"},
        "SourceSelectionCriteria": {"SseKmsEncryptedObjects": {"Status": "Enabled"}},
        "Destination": {
            "Bucket": "arn:aws:s3:::copies",
            "EncryptionConfiguration": {"ReplicaKmsKeyID": account.key_arn},
        },
    }
    configuration = {"Role": account.role_arn, "Rules": [rule]}
    s3.put_bucket_replication(Bucket=account.bucket, ReplicationConfiguration=configuration)
    assert s3.get_bucket_replication(Bucket=account.bucket)["ReplicationConfiguration"] == configuration


def test_access_logs_can_be_set_up_beside_a_statement_for_everybody(account: Any) -> None:
    s3 = account.client("s3")
    target = f"logs-{account.bucket}"
    location = (
        {} if account.region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": account.region}}
    )
    s3.create_bucket(Bucket=target, **location)
    deny = _statement("Bool", "aws:SecureTransport", "false")
    allow = {
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{target}/s3/*",
    }
    s3.put_bucket_policy(Bucket=target, Policy=json.dumps({"Version": "2012-10-17", "Statement": [deny, allow]}))
    logging = {"LoggingEnabled": {"TargetBucket": target, "TargetPrefix": "s3/scans/"}}

    s3.put_bucket_logging(Bucket=account.bucket, BucketLoggingStatus=logging)

    assert s3.get_bucket_logging(Bucket=account.bucket)["LoggingEnabled"] == logging["LoggingEnabled"]
