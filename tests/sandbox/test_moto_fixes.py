"""What the sandbox mends in moto, seen through boto3."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.account import client

REGION = "ap-south-1"


def test_a_trail_is_deleted_by_its_arn(sandbox: Any) -> None:
    client("s3", "us-east-1").create_bucket(Bucket="trail-files")
    cloudtrail = client("cloudtrail", REGION)
    arn = cloudtrail.create_trail(Name="gone-soon", S3BucketName="trail-files")["TrailARN"]
    cloudtrail.delete_trail(Name=arn)
    with pytest.raises(cloudtrail.exceptions.TrailNotFoundException):
        cloudtrail.delete_trail(Name=arn)


def test_a_new_log_group_has_no_tags_of_an_older_one_with_its_name(sandbox: Any) -> None:
    logs = client("logs", REGION)
    arn = f"arn:aws:logs:{REGION}:123456789012:log-group:/twice"
    logs.create_log_group(logGroupName="/twice", tags={"of": "the first"})
    assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == {"of": "the first"}
    logs.delete_log_group(logGroupName="/twice")
    logs.create_log_group(logGroupName="/twice")
    assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == {}


@pytest.fixture
def pool(sandbox: Any) -> str:
    """The id of a user pool that is protected against deletion."""
    made = client("cognito-idp", REGION).create_user_pool(
        PoolName="kept",
        UsernameAttributes=["email"],
        UsernameConfiguration={"CaseSensitive": False},
        UserPoolTags={"of": "the pool"},
        DeletionProtection="ACTIVE",
    )
    pool_id: str = made["UserPool"]["Id"]
    return pool_id


def test_an_update_of_a_user_pool_leaves_what_cannot_be_updated(pool: str) -> None:
    cognito = client("cognito-idp", REGION)
    cognito.update_user_pool(UserPoolId=pool, DeletionProtection="INACTIVE")
    found = cognito.describe_user_pool(UserPoolId=pool)["UserPool"]
    assert found["DeletionProtection"] == "INACTIVE"
    assert found["UsernameAttributes"] == ["email"]
    assert found["UsernameConfiguration"] == {"CaseSensitive": False}
    assert found["UserPoolTags"] == {"of": "the pool"}


def test_a_protected_user_pool_is_deleted_only_after_its_protection_is_off(pool: str) -> None:
    cognito = client("cognito-idp", REGION)
    with pytest.raises(cognito.exceptions.InvalidParameterException, match="deletion protection"):
        cognito.delete_user_pool(UserPoolId=pool)
    cognito.update_user_pool(UserPoolId=pool, DeletionProtection="INACTIVE")
    cognito.delete_user_pool(UserPoolId=pool)
    with pytest.raises(cognito.exceptions.ResourceNotFoundException):
        cognito.describe_user_pool(UserPoolId=pool)


def test_buckets_are_listed_with_their_region(sandbox: Any) -> None:
    location: Any = {"LocationConstraint": REGION}
    client("s3", REGION).create_bucket(Bucket="bucket-of-mumbai", CreateBucketConfiguration=location)
    found = client("s3", "us-east-1").list_buckets(Prefix="bucket-of-mumbai", MaxBuckets=10)["Buckets"]
    assert [(bucket["Name"], bucket["BucketRegion"]) for bucket in found] == [("bucket-of-mumbai", REGION)]


def test_policies_are_listed_with_their_names_and_roles_with_their_boundaries(sandbox: Any) -> None:
    iam = client("iam", REGION)
    allow: dict[str, Any] = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [allow]}
    arn = iam.create_policy(PolicyName="named", PolicyDocument=json.dumps(document))["Policy"]["Arn"]
    trust = '{"Version": "2012-10-17", "Statement": []}'
    iam.create_role(RoleName="bounded", AssumeRolePolicyDocument=trust, PermissionsBoundary=arn)
    found = iam.get_account_authorization_details(Filter=["Role", "LocalManagedPolicy"])
    assert "named" in [policy["PolicyName"] for policy in found["Policies"]]
    [role] = [role for role in found["RoleDetailList"] if role["RoleName"] == "bounded"]
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == arn


def test_the_second_factor_of_a_pool_is_what_was_set_last(pool: str) -> None:
    cognito = client("cognito-idp", REGION)

    def described() -> str:
        found: str = cognito.describe_user_pool(UserPoolId=pool)["UserPool"]["MfaConfiguration"]
        return found

    cognito.set_user_pool_mfa_config(
        UserPoolId=pool, MfaConfiguration="ON", SoftwareTokenMfaConfiguration={"Enabled": True}
    )
    assert described() == "ON"
    cognito.update_user_pool(UserPoolId=pool, MfaConfiguration="OPTIONAL", DeletionProtection="ACTIVE")
    assert described() == cognito.get_user_pool_mfa_config(UserPoolId=pool)["MfaConfiguration"] == "OPTIONAL"


def test_a_log_group_is_given_a_key_and_loses_it(sandbox: Any) -> None:
    logs = client("logs", REGION)
    logs.create_log_group(logGroupName="/keyed")
    logs.associate_kms_key(logGroupName="/keyed", kmsKeyId="arn:aws:kms:ap-south-1:123456789012:key/k")
    [group] = logs.describe_log_groups(logGroupNamePrefix="/keyed")["logGroups"]
    assert group["kmsKeyId"].endswith("key/k")
    logs.disassociate_kms_key(logGroupName="/keyed")
    [group] = logs.describe_log_groups(logGroupNamePrefix="/keyed")["logGroups"]
    assert "kmsKeyId" not in group
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        logs.disassociate_kms_key(logGroupName="/none")


def test_policies_of_aws_can_be_attached_and_are_not_the_accounts_own(sandbox: Any) -> None:
    iam = client("iam", REGION)
    iam.create_role(RoleName="reader", AssumeRolePolicyDocument="{}")
    arn = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    iam.attach_role_policy(RoleName="reader", PolicyArn=arn)
    details = iam.get_account_authorization_details(Filter=["Role", "LocalManagedPolicy"])
    [role] = [each for each in details["RoleDetailList"] if each["RoleName"] == "reader"]
    assert [policy["PolicyArn"] for policy in role["AttachedManagedPolicies"]] == [arn]
    assert not [policy for policy in details["Policies"] if policy["Arn"] == arn]
    iam.detach_role_policy(RoleName="reader", PolicyArn=arn)
    iam.delete_role(RoleName="reader")


def test_policies_are_not_simulated_which_is_said_at_once(sandbox: Any) -> None:
    iam = client("iam", REGION)
    with pytest.raises(ClientError) as refused:
        iam.simulate_principal_policy(
            PolicySourceArn="arn:aws:iam::123456789012:role/any", ActionNames=["s3:GetObject"]
        )
    assert refused.value.response["Error"]["Code"] == "NotImplemented"
    assert refused.value.response["ResponseMetadata"]["RetryAttempts"] == 0
