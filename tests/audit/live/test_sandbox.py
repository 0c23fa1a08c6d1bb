"""An account that plain boto3 made in the sandbox, read over HTTP as one in AWS would be."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from gtctl import aws
from gtctl.audit.evidence import live
from gtctl.audit.evidence.live import Account as Seen
from gtctl.audit.model import Resource, Unknown
from tests.account import Account

HTTPS = {
    "Statement": [
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": "*",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    ]
}


@pytest.fixture
def seen(account: Account) -> Seen:
    """What an audit reads of an account with one of everything."""
    _make(account)
    return live.collect([account.region])


def _make(account: Account) -> None:
    s3, name = account.client("s3"), account.bucket
    encryption = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": account.key_arn}
    s3.put_bucket_encryption(
        Bucket=name,
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": encryption, "BucketKeyEnabled": True}]
        },
    )
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps(HTTPS))
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    account.client("kms").create_alias(AliasName=f"alias/{name}", TargetKeyId=account.key_arn)
    account.client("kms").enable_key_rotation(KeyId=account.key_arn)
    cognito = account.client("cognito-idp")
    for person in ("ann.of.radiology", "bob.of.radiology"):
        cognito.admin_create_user(UserPoolId=account.pool, Username=person)
        cognito.admin_add_user_to_group(UserPoolId=account.pool, Username=person, GroupName=account.group)
    account.client("iam").put_role_policy(
        RoleName=account.role_arn.rpartition("/")[2],
        PolicyName="inline",
        PolicyDocument=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}],
            }
        ),
    )
    account.client("cloudtrail").create_trail(Name=f"trail-{name}", S3BucketName=name)
    account.client("logs").create_log_group(logGroupName=f"/{name}")
    topic = account.client("sns").create_topic(Name=name)["TopicArn"]
    account.client("sqs").create_queue(QueueName=name)
    account.client("events").put_rule(Name=name, EventPattern=json.dumps({"source": ["aws.sagemaker"]}))
    account.client("events").put_targets(Rule=name, Targets=[{"Id": "topic", "Arn": topic}])


def find(seen: Seen, type_: str, **attributes: Any) -> Resource:
    [found] = [
        resource
        for resource in seen.base.resources
        if resource.type == type_ and attributes.items() <= dict(resource.attributes).items()
    ]
    return found


def test_each_collector_finds_what_is_there(account: Account, seen: Seen) -> None:
    name, region = account.bucket, account.region
    assert {gap.why for gap in seen.gaps} <= {"the Region was not asked for"}
    find(seen, "aws_s3_bucket", bucket=name, region=region)
    encryption = find(seen, "aws_s3_bucket_server_side_encryption_configuration", bucket=name)
    assert encryption.get("rule.apply_server_side_encryption_by_default.kms_master_key_id") == account.key_arn
    assert json.loads(find(seen, "aws_s3_bucket_policy", bucket=name).get("policy")) == HTTPS
    assert find(seen, "aws_s3_bucket_versioning", bucket=name).get("versioning_configuration.status") == "Enabled"
    cors = find(seen, "aws_s3_bucket_cors_configuration", bucket=name)
    assert cors.get("cors_rule.allowed_methods") == ["GET"]
    key = find(seen, "aws_kms_key", arn=account.key_arn)
    assert key.get("enable_key_rotation") is True and json.loads(key.get("policy"))["Statement"]
    assert find(seen, "aws_kms_alias", name=f"alias/{name}").get("target_key_arn") == account.key_arn
    assert find(seen, "data.aws_kms_key", key_id="alias/aws/s3", region=region)
    find(seen, "aws_cognito_user_pool", id=account.pool)
    assert find(seen, "aws_cognito_user_pool_client", id=account.pool_client).get("generate_secret") is True
    group = find(seen, "aws_cognito_user_group", user_pool_id=account.pool, name=account.group)
    assert (group.get("user_count"), group.get("confirmed_count"), group.get("mfa_count")) == (2, 0, 0)
    workforce = find(seen, "aws_sagemaker_workforce", workforce_name=account.workforce)
    assert workforce.get("cognito_config.user_pool") == account.pool
    team = find(seen, "aws_sagemaker_workteam", arn=account.workteam_arn)
    assert team.get("member_definition.cognito_member_definition.user_group") == account.group
    find(seen, "gtctl_subscribed_workteam", region=region)
    role = account.role_arn.rpartition("/")[2]
    assert "sagemaker.amazonaws.com" in find(seen, "aws_iam_role", name=role).get("assume_role_policy")
    find(seen, "aws_iam_role_policy", role=role, name="inline")
    trail = find(seen, "aws_cloudtrail", name=f"trail-{name}")
    assert trail.get("enable_logging") is False and trail.get("s3_bucket_name") == name
    find(seen, "aws_cloudwatch_log_group", name=f"/{name}")
    topic = find(seen, "aws_sns_topic", name=name)
    assert find(seen, "aws_sns_topic_policy", arn=topic.get("arn")).get("policy")
    find(seen, "aws_sqs_queue", name=name)
    assert find(seen, "aws_cloudwatch_event_target", rule=name, region=region).get("arn") == topic.get("arn")


def test_a_job_is_described_as_it_was_launched(account: Account) -> None:
    request = account.request("seen-by-the-audit")
    account.client("sagemaker").create_labeling_job(**request)
    [job] = [job for job in live.collect([account.region]).jobs() if "seen-by-the-audit" in job.address]
    assert job.get("output_config.kms_key_id") == account.key_arn
    assert job.get("human_task_config.workteam_arn") == account.workteam_arn
    assert job.get("label_counters.unlabeled") == 2


@pytest.fixture
def throttling(account: Account, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Operation -> how many more times the service answers it with a ThrottlingException. Waiting takes no time."""
    left: dict[str, int] = {}
    make = aws.client

    def client(service: str, *arguments: Any, **options: Any) -> Any:
        made = make(service, *arguments, **options, retries={"mode": "adaptive", "total_max_attempts": 3})

        def answer(request: Any, event_name: str, **_: Any) -> AWSResponse | None:
            operation = event_name.rpartition(".")[2]
            if left.get(operation, 0) <= 0:
                return None
            left[operation] -= 1
            body = b'{"__type": "ThrottlingException", "message": "Rate exceeded"}'
            raw = SimpleNamespace(stream=lambda *_, **__: iter([body]))
            return AWSResponse(request.url, 400, HTTPHeaders(), raw)

        made.meta.events.register("before-send", answer)
        return made

    monkeypatch.setattr(aws, "client", client)
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda seconds: None)
    return left


def test_throttling_that_ends_leaves_no_gap(account: Account, throttling: dict[str, int]) -> None:
    throttling |= {"ListWorkteams": 2, "DescribeKey": 1, "ListGroups": 1}
    seen = live.collect([account.region])
    assert [gap for gap in seen.gaps if "throttled" in gap.why] == []
    assert find(seen, "aws_sagemaker_workteam", arn=account.workteam_arn)
    assert seen.requests["sagemaker:ListWorkteams"] == 1
    assert not any(throttling.values())


def test_what_is_throttled_to_the_end_is_unknown(account: Account, throttling: dict[str, int]) -> None:
    throttling |= {"GetKeyPolicy": 1000}
    seen = live.collect([account.region])
    value = find(seen, "aws_kms_key", arn=account.key_arn).peek("policy")
    assert isinstance(value, Unknown)
    assert value.reason == "GetKeyPolicy was throttled to the end: ThrottlingException"
    assert [gap.permission for gap in seen.gaps if gap.what == "the policies of keys"] == [""]
