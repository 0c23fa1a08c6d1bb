"""What could be done to an applied stack behind Terraform's back, and which rules must find it: exactly these.

Each sabotage is done through the API of the service, and undone. Those of one round are done together: no two of a
round are found by the same rule on the same resource.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from gtctl.ground_truth import built_in_lambda_arn, public_workteam_arn
from gtctl.sandbox.past_jobs import PastJob, post
from gtctl.sandbox.process import ACCOUNT, REGION, Running

PREFIX = "gtctl-full"
STRANGER = "999988887777"
VENDOR = f"arn:aws:sagemaker:{REGION}:111122223333:workteam/vendor-crowd/sandbox-vendor"
JOBS = 4
"""The round of what nothing undoes: jobs of the past."""
AWS_KEY = "arn:aws:kms:us-east-1:123456789012:alias/aws/s3"


@dataclass
class Stack:
    """The applied stack: its clients, and the names of its parts."""

    sandbox: Running
    client: Callable[[str], Any]
    scans: str = f"{PREFIX}-scans-{ACCOUNT}"
    labels: str = f"{PREFIX}-labels-{ACCOUNT}"
    logs: str = f"{PREFIX}-logs-{ACCOUNT}"
    trail: str = f"{PREFIX}-trail"
    execution: str = f"{PREFIX}-labeling-execution"
    launcher: str = f"{PREFIX}-labeling-launcher"
    undone: list[Callable[[], object]] = field(default_factory=list)

    @cached_property
    def pool(self) -> str:
        found: str = self.client("cognito-idp").list_user_pools(MaxResults=1)["UserPools"][0]["Id"]
        return found

    @cached_property
    def portal(self) -> str:
        clients = self.client("cognito-idp").list_user_pool_clients(UserPoolId=self.pool)["UserPoolClients"]
        found: str = clients[0]["ClientId"]
        return found

    def key(self, purpose: str) -> str:
        """The id of the key of scans, labels or logs."""
        aliases: list[dict[str, str]] = self.client("kms").list_aliases()["Aliases"]
        return next(each["TargetKeyId"] for each in aliases if each["AliasName"] == f"alias/{PREFIX}-{purpose}")

    def key_arn(self, purpose: str) -> str:
        return f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{self.key(purpose)}"

    def topic(self, name: str) -> str:
        return f"arn:aws:sns:{REGION}:{ACCOUNT}:{PREFIX}-{name}"

    def names(self) -> dict[str, str]:
        """What the expectations below call the parts of the stack."""
        keys = {f"{purpose}_key": self.key(purpose) for purpose in ("scans", "labels", "logs")}
        plain = ("scans", "labels", "logs", "trail", "execution", "launcher", "pool", "portal")
        return {name: getattr(self, name) for name in plain} | keys | {"prefix": PREFIX, "account": ACCOUNT}

    def later(self, undo: Callable[[], object]) -> None:
        """Undo it so."""
        self.undone.append(undo)

    def undo(self) -> None:
        """Undo what was done, the last first."""
        while self.undone:
            self.undone.pop()()

    def protect(self) -> None:
        """Protect the pool against deletion, which this environment leaves out."""
        _pool(self, DeletionProtection="ACTIVE")


@dataclass(frozen=True)
class Sabotage:
    """found: "RULE ADDRESS" of each finding that is right, with names of ``Stack.names`` in braces."""

    number: int
    do: Callable[[Stack], None]
    found: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.do.__name__


SABOTAGES: list[Sabotage] = []


def sabotage(number: int, *found: str) -> Callable[[Callable[[Stack], None]], Callable[[Stack], None]]:
    """Register a sabotage of a round with what must be found."""

    def register(do: Callable[[Stack], None]) -> Callable[[Stack], None]:
        SABOTAGES.append(Sabotage(number, do, found))
        return do

    return register


# Buckets


def _encryption(stack: Stack, bucket: str, **changes: Any) -> None:
    s3 = stack.client("s3")
    before = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]
    stack.later(lambda: s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=before))
    if not changes:
        s3.delete_bucket_encryption(Bucket=bucket)
        return
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [before["Rules"][0] | changes]})


def _bucket_policy(stack: Stack, bucket: str, change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> None:
    s3 = stack.client("s3")
    before = s3.get_bucket_policy(Bucket=bucket)["Policy"]
    stack.later(lambda: s3.put_bucket_policy(Bucket=bucket, Policy=before))
    document = json.loads(before)
    document["Statement"] = change(document["Statement"])
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(document))


def _without(*words: str) -> Callable[[list[dict[str, Any]]], list[dict[str, Any]]]:
    """Statements but those that say one of ``words``."""
    return lambda statements: [each for each in statements if not any(word in json.dumps(each) for word in words)]


@sabotage(1, "GT201 aws_s3_bucket.{labels}")
def the_encryption_of_a_bucket_is_removed(stack: Stack) -> None:
    _encryption(stack, stack.labels)


@sabotage(2, "GT201 aws_s3_bucket.{scans}")
def a_bucket_is_encrypted_with_the_key_of_aws(stack: Stack) -> None:
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": AWS_KEY}
    _encryption(stack, stack.scans, ApplyServerSideEncryptionByDefault=default)


@sabotage(2, "GT202 aws_s3_bucket_server_side_encryption_configuration.{labels}")
def the_bucket_key_is_switched_off(stack: Stack) -> None:
    _encryption(stack, stack.labels, BucketKeyEnabled=False)


@sabotage(1, "GT203 aws_s3_bucket.{scans}")
def plain_http_is_let_in(stack: Stack) -> None:
    _bucket_policy(stack, stack.scans, _without("aws:SecureTransport"))


@sabotage(2, "GT204 aws_s3_bucket.{labels}", "GT205 aws_s3_bucket.{labels}")
def objects_may_be_encrypted_in_another_way(stack: Stack) -> None:
    _bucket_policy(stack, stack.labels, _without("DenyOtherEncryption", "DenyAwsManagedKey"))


@sabotage(1, "GT205 aws_s3_bucket.{labels}")
def objects_may_be_encrypted_with_another_key(stack: Stack) -> None:
    _bucket_policy(stack, stack.labels, _without("DenyOtherKey"))


@sabotage(2, "GT313 aws_s3_bucket_policy.{logs}")
def a_bucket_is_opened_to_another_account(stack: Stack) -> None:
    stranger = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{STRANGER}:root"},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{stack.logs}/*",
    }
    # The policy's own Deny of other accounts would make up for it.
    _bucket_policy(stack, stack.logs, lambda statements: [*_without("DenyOtherAccounts")(statements), stranger])


@sabotage(1, "GT315 aws_s3_bucket.{scans}")
def the_public_access_block_is_removed(stack: Stack) -> None:
    s3 = stack.client("s3")
    before = s3.get_public_access_block(Bucket=stack.scans)["PublicAccessBlockConfiguration"]
    stack.later(lambda: s3.put_public_access_block(Bucket=stack.scans, PublicAccessBlockConfiguration=before))
    s3.delete_public_access_block(Bucket=stack.scans)


@sabotage(2, "GT316 aws_s3_bucket.{labels}")
def access_control_lists_are_enabled(stack: Stack) -> None:
    s3 = stack.client("s3")

    def own(kind: str) -> None:
        s3.put_bucket_ownership_controls(Bucket=stack.labels, OwnershipControls={"Rules": [{"ObjectOwnership": kind}]})

    stack.later(lambda: own("BucketOwnerEnforced"))
    own("ObjectWriter")


@sabotage(1, "GT409 aws_s3_bucket.{labels}")
def versioning_is_suspended(stack: Stack) -> None:
    s3 = stack.client("s3")

    def version(status: str) -> None:
        s3.put_bucket_versioning(Bucket=stack.labels, VersioningConfiguration={"Status": status})

    stack.later(lambda: version("Enabled"))
    version("Suspended")


def _logging(stack: Stack, bucket: str, status: dict[str, Any]) -> None:
    s3 = stack.client("s3")
    before = s3.get_bucket_logging(Bucket=bucket)["LoggingEnabled"]
    stack.later(lambda: s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus={"LoggingEnabled": before}))
    s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus=status)


@sabotage(1, "GT410 aws_s3_bucket.{scans}")
def access_logging_is_switched_off(stack: Stack) -> None:
    _logging(stack, stack.scans, {})


@sabotage(1, "GT414 aws_s3_bucket.{logs}")
def logs_are_deleted_after_a_month(stack: Stack) -> None:
    s3 = stack.client("s3")
    rule = {"ID": "gone", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 30}}
    before = s3.get_bucket_lifecycle_configuration(Bucket=stack.logs)["Rules"]

    def rules(*wanted: dict[str, Any]) -> None:
        s3.put_bucket_lifecycle_configuration(Bucket=stack.logs, LifecycleConfiguration={"Rules": list(wanted)})

    stack.later(lambda: rules(*before))
    rules(rule)


@sabotage(2, "GT219 aws_s3_bucket_replication_configuration.{labels}")
def copies_are_made_without_a_key(stack: Stack) -> None:
    s3 = stack.client("s3")
    before = s3.get_bucket_replication(Bucket=stack.labels)["ReplicationConfiguration"]
    stack.later(lambda: s3.put_bucket_replication(Bucket=stack.labels, ReplicationConfiguration=before))
    rule = json.loads(json.dumps(before["Rules"][0]))
    del rule["Destination"]["EncryptionConfiguration"], rule["SourceSelectionCriteria"]
    s3.put_bucket_replication(Bucket=stack.labels, ReplicationConfiguration={"Role": before["Role"], "Rules": [rule]})


@sabotage(1, "GT611 aws_s3_bucket_cors_configuration.{scans}")
def any_page_may_write_to_a_bucket(stack: Stack) -> None:
    s3 = stack.client("s3")
    before = s3.get_bucket_cors(Bucket=stack.scans)["CORSRules"]
    stack.later(lambda: s3.put_bucket_cors(Bucket=stack.scans, CORSConfiguration={"CORSRules": before}))
    rule = {"AllowedMethods": ["GET", "PUT"], "AllowedOrigins": ["*"]}
    s3.put_bucket_cors(Bucket=stack.scans, CORSConfiguration={"CORSRules": [rule]})


# Keys


def _key_policy(stack: Stack, purpose: str, statement: dict[str, Any]) -> None:
    kms, key = stack.client("kms"), stack.key(purpose)
    before = kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]
    stack.later(lambda: kms.put_key_policy(KeyId=key, PolicyName="default", Policy=before))
    document = json.loads(before)
    # The policy's own Deny of other accounts would make up for it.
    document["Statement"] = [*_without("DenyOtherAccounts")(document["Statement"]), statement]
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(document))


@sabotage(1, "GT210 aws_kms_key.{labels_key}")
def a_key_is_rotated_no_more(stack: Stack) -> None:
    kms, key = stack.client("kms"), stack.key("labels")
    period = kms.get_key_rotation_status(KeyId=key)["RotationPeriodInDays"]
    stack.later(lambda: kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=period))
    kms.disable_key_rotation(KeyId=key)


@sabotage(2, "GT211 aws_kms_key.{labels_key}")
def a_key_is_opened_to_another_account(stack: Stack) -> None:
    principal = {"AWS": f"arn:aws:iam::{STRANGER}:root"}
    _key_policy(stack, "labels", {"Effect": "Allow", "Principal": principal, "Action": "kms:Decrypt", "Resource": "*"})


@sabotage(1, "GT212 aws_kms_key.{logs_key}")
def a_key_is_switched_off(stack: Stack) -> None:
    kms, key = stack.client("kms"), stack.key("logs")
    stack.later(lambda: kms.enable_key(KeyId=key))
    kms.disable_key(KeyId=key)


@sabotage(2, "GT212 aws_kms_key.{scans_key}")
def a_key_is_to_be_deleted_in_a_week(stack: Stack) -> None:
    kms, key = stack.client("kms"), stack.key("scans")

    def keep() -> None:
        kms.cancel_key_deletion(KeyId=key)
        kms.enable_key(KeyId=key)

    stack.later(keep)
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)


# Workers

_POOL = (
    "Policies",
    "DeletionProtection",
    "AutoVerifiedAttributes",
    "MfaConfiguration",
    "AdminCreateUserConfig",
    "UserPoolAddOns",
    "AccountRecoverySetting",
)


def _pool(stack: Stack, **changes: Any) -> None:
    """Change settings of the pool: an update forgets what it does not name."""
    cognito = stack.client("cognito-idp")
    described = cognito.describe_user_pool(UserPoolId=stack.pool)["UserPool"]
    before = {name: described[name] for name in _POOL if name in described}
    stack.later(lambda: cognito.update_user_pool(UserPoolId=stack.pool, **before))
    cognito.update_user_pool(UserPoolId=stack.pool, **(before | changes))


_PORTAL_ANSWER = ("ClientSecret", "CreationDate", "LastModifiedDate", "UserPoolId", "ClientId")


def _portal(stack: Stack, **changes: Any) -> None:
    cognito, named = stack.client("cognito-idp"), {"UserPoolId": stack.pool, "ClientId": stack.portal}
    described = cognito.describe_user_pool_client(**named)["UserPoolClient"]
    before = {name: value for name, value in described.items() if name not in _PORTAL_ANSWER}
    stack.later(lambda: cognito.update_user_pool_client(**named, **before))
    cognito.update_user_pool_client(**named, **(before | changes))


@sabotage(1, "GT109 aws_sagemaker_workforce.{prefix}", "GT110 aws_cognito_user_pool.{pool}")
def workers_need_no_second_factor(stack: Stack) -> None:
    _pool(stack, MfaConfiguration="OPTIONAL")


@sabotage(2, "GT111 aws_cognito_user_pool.{pool}")
def anybody_may_sign_up(stack: Stack) -> None:
    _pool(stack, AdminCreateUserConfig={"AllowAdminCreateUserOnly": False})


@sabotage(2, "GT112 aws_cognito_user_pool.{pool}")
def passwords_may_be_short(stack: Stack) -> None:
    _pool(stack, Policies={"PasswordPolicy": {"MinimumLength": 6, "TemporaryPasswordValidityDays": 1}})


@sabotage(1, "GT113 aws_cognito_user_pool.{pool}")
def risky_sign_ins_are_let_in(stack: Stack) -> None:
    _pool(stack, UserPoolAddOns={"AdvancedSecurityMode": "OFF"})


@sabotage(3, "GT114 aws_cognito_user_pool.{pool}")
def the_pool_may_be_deleted(stack: Stack) -> None:
    _pool(stack, DeletionProtection="INACTIVE")


@sabotage(1, "GT118 aws_cognito_user_pool_client.{portal}")
def tokens_are_handed_over_in_addresses(stack: Stack) -> None:
    _portal(stack, AllowedOAuthFlows=["code", "implicit"])


@sabotage(2, "GT116 aws_cognito_user_pool_client.{portal}")
def workers_stay_signed_in_for_months(stack: Stack) -> None:
    units = {"AccessToken": "hours", "IdToken": "hours", "RefreshToken": "days"}
    _portal(stack, TokenValidityUnits=units, RefreshTokenValidity=90, AccessTokenValidity=24, IdTokenValidity=24)


@sabotage(1, "GT117 aws_cognito_user_pool_client.{portal}")
def who_leaves_cannot_be_signed_out(stack: Stack) -> None:
    _portal(stack, EnableTokenRevocation=False)


@sabotage(2, "GT120 aws_cognito_user_pool_client.{portal}")
def the_sign_in_page_tells_who_is_a_worker(stack: Stack) -> None:
    _portal(stack, PreventUserExistenceErrors="LEGACY")


@sabotage(1, "GT105 aws_sagemaker_workforce.{prefix}")
def the_portal_is_open_to_the_world(stack: Stack) -> None:
    sagemaker = stack.client("sagemaker")
    before = sagemaker.describe_workforce(WorkforceName=PREFIX)["Workforce"]["SourceIpConfig"]
    stack.later(lambda: sagemaker.update_workforce(WorkforceName=PREFIX, SourceIpConfig=before))
    sagemaker.update_workforce(WorkforceName=PREFIX, SourceIpConfig={"Cidrs": []})


def _presign(enabled: str) -> dict[str, Any]:
    return {"S3Presign": {"IamPolicyConstraints": {"SourceIp": enabled}}}


@sabotage(1, "GT106 aws_sagemaker_workteam.{prefix}-chest")
def images_can_be_fetched_from_anywhere(stack: Stack) -> None:
    sagemaker, team = stack.client("sagemaker"), f"{PREFIX}-chest"
    stack.later(lambda: sagemaker.update_workteam(WorkteamName=team, WorkerAccessConfiguration=_presign("Enabled")))
    sagemaker.update_workteam(WorkteamName=team, WorkerAccessConfiguration=_presign("Disabled"))


@sabotage(2, "GT107 aws_sagemaker_workteam.{prefix}-neuro", "GT107 aws_sagemaker_workteam.shadow")
def a_second_team_has_the_same_people(stack: Stack) -> None:
    sagemaker = stack.client("sagemaker")
    neuro = sagemaker.describe_workteam(WorkteamName=f"{PREFIX}-neuro")["Workteam"]
    stack.later(lambda: sagemaker.delete_workteam(WorkteamName="shadow"))
    sagemaker.create_workteam(
        WorkteamName="shadow",
        Description="The same people",
        MemberDefinitions=neuro["MemberDefinitions"],
        WorkerAccessConfiguration=_presign("Enabled"),
    )


@sabotage(1, "GT319 aws_cognito_identity_pool.*")
def guests_get_credentials(stack: Stack) -> None:
    identity = stack.client("cognito-identity")
    made = identity.create_identity_pool(IdentityPoolName="guests", AllowUnauthenticatedIdentities=True)
    stack.later(lambda: identity.delete_identity_pool(IdentityPoolId=made["IdentityPoolId"]))


# Messages


@sabotage(1, "GT215 aws_sns_topic.{prefix}-work")
def a_topic_is_not_encrypted(stack: Stack) -> None:
    sns, topic = stack.client("sns"), stack.topic("work")
    before = sns.get_topic_attributes(TopicArn=topic)["Attributes"]["KmsMasterKeyId"]

    def key(value: str) -> None:
        sns.set_topic_attributes(TopicArn=topic, AttributeName="KmsMasterKeyId", AttributeValue=value)

    stack.later(lambda: key(before))
    key("")


@sabotage(1, "GT216 aws_sqs_queue.{prefix}-alerts-undelivered")
def a_queue_is_not_encrypted_with_our_key(stack: Stack) -> None:
    sqs = stack.client("sqs")
    url = sqs.get_queue_url(QueueName=f"{PREFIX}-alerts-undelivered")["QueueUrl"]
    before = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["KmsMasterKeyId"])["Attributes"]
    stack.later(lambda: sqs.set_queue_attributes(QueueUrl=url, Attributes=before))
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"KmsMasterKeyId": ""})


@sabotage(2, "GT320 aws_sns_topic_policy.{prefix}-alerts")
def everybody_may_publish_alerts(stack: Stack) -> None:
    sns, topic = stack.client("sns"), stack.topic("alerts")
    before = sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"]

    def policy(text: str) -> None:
        sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=text)

    stack.later(lambda: policy(before))
    document = json.loads(before)
    open_ = {"Effect": "Allow", "Principal": "*", "Action": "sns:Publish", "Resource": topic}
    policy(json.dumps(document | {"Statement": [*document["Statement"], open_]}))


# Evidence


@sabotage(1, "GT404 aws_cloudtrail.{trail}", "GT401 aws_s3_bucket.{scans}", "GT401 aws_s3_bucket.{labels}")
def the_trail_is_stopped(stack: Stack) -> None:
    cloudtrail = stack.client("cloudtrail")
    stack.later(lambda: cloudtrail.start_logging(Name=stack.trail))
    cloudtrail.stop_logging(Name=stack.trail)


def _selectors(stack: Stack, change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> None:
    cloudtrail = stack.client("cloudtrail")
    before = cloudtrail.get_event_selectors(TrailName=stack.trail)["AdvancedEventSelectors"]
    stack.later(lambda: cloudtrail.put_event_selectors(TrailName=stack.trail, AdvancedEventSelectors=before))
    cloudtrail.put_event_selectors(TrailName=stack.trail, AdvancedEventSelectors=change(before))


@sabotage(2, "GT401 aws_s3_bucket.{scans}", "GT401 aws_s3_bucket.{labels}")
def reads_and_writes_of_images_are_not_recorded(stack: Stack) -> None:
    _selectors(stack, _without("AWS::S3::Object"))


@sabotage(3, "GT405 aws_cloudtrail.{trail}")
def changes_of_workteams_are_not_recorded(stack: Stack) -> None:
    _selectors(stack, _without("Management"))


def _trail(stack: Stack, changes: dict[str, Any], undo: dict[str, Any]) -> None:
    cloudtrail = stack.client("cloudtrail")
    stack.later(lambda: cloudtrail.update_trail(Name=stack.trail, **undo))
    cloudtrail.update_trail(Name=stack.trail, **changes)


@sabotage(2, "GT402 aws_cloudtrail.{trail}")
def the_trail_signs_its_files_no_more(stack: Stack) -> None:
    _trail(stack, {"EnableLogFileValidation": False}, {"EnableLogFileValidation": True})


@sabotage(3, "GT403 aws_cloudtrail.{trail}")
def the_trail_is_of_one_region(stack: Stack) -> None:
    _trail(stack, {"IsMultiRegionTrail": False}, {"IsMultiRegionTrail": True})


@sabotage(1, "GT214 aws_cloudwatch_log_group./aws/sagemaker/LabelingJobs")
def a_log_group_loses_its_key(stack: Stack) -> None:
    logs, group = stack.client("logs"), "/aws/sagemaker/LabelingJobs"
    before = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]["kmsKeyId"]
    stack.later(lambda: logs.associate_kms_key(logGroupName=group, kmsKeyId=before))
    logs.disassociate_kms_key(logGroupName=group)


@sabotage(1, "GT407 aws_cloudwatch_log_group./aws/sagemaker/groundtruth/WorkerActivity")
def logs_of_workers_are_kept_for_a_week(stack: Stack) -> None:
    logs, group = stack.client("logs"), "/aws/sagemaker/groundtruth/WorkerActivity"
    before = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]["retentionInDays"]
    stack.later(lambda: logs.put_retention_policy(logGroupName=group, retentionInDays=before))
    logs.put_retention_policy(logGroupName=group, retentionInDays=7)


@sabotage(2, "GT415 aws_sagemaker_workforce.{prefix}")
def no_alert_is_raised_any_more(stack: Stack) -> None:
    events = stack.client("events")
    for name in ("labeling-job-not-private", "flow-definition-not-private"):
        rule = f"{PREFIX}-{name}"
        stack.later(lambda rule=rule: events.enable_rule(Name=rule))  # type: ignore[misc]
        events.disable_rule(Name=rule)


# Rights


def _trust(stack: Stack, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    iam = stack.client("iam")
    before = iam.get_role(RoleName=stack.execution)["Role"]["AssumeRolePolicyDocument"]

    def trust(document: dict[str, Any]) -> None:
        iam.update_assume_role_policy(RoleName=stack.execution, PolicyDocument=json.dumps(document))

    stack.later(lambda: trust(before))
    trust(before | {"Statement": [change(statement) for statement in before["Statement"]]})


@sabotage(1, "GT308 aws_iam_role.{execution}")
def jobs_of_any_account_may_use_the_role(stack: Stack) -> None:
    _trust(stack, lambda statement: {name: value for name, value in statement.items() if name != "Condition"})


@sabotage(2, "GT307 aws_iam_role.{execution}")
def a_stranger_may_assume_the_role(stack: Stack) -> None:
    # With no condition that names the own account: it would make up for it.
    stranger = {"Principal": {"AWS": f"arn:aws:iam::{STRANGER}:root"}, "Condition": {}}
    _trust(stack, lambda statement: statement | stranger)


def _new_policy(stack: Stack, name: str, *statements: dict[str, Any]) -> None:
    iam = stack.client("iam")
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow"} | each for each in statements]}
    arn = iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(document))["Policy"]["Arn"]
    stack.later(lambda: iam.delete_policy(PolicyArn=arn))
    iam.attach_role_policy(RoleName=stack.execution, PolicyArn=arn)
    stack.later(lambda: iam.detach_role_policy(RoleName=stack.execution, PolicyArn=arn))


@sabotage(1, "GT310 aws_iam_policy.any-bucket")
def a_role_reads_objects_of_any_bucket(stack: Stack) -> None:
    _new_policy(stack, "any-bucket", {"Action": "s3:GetObject", "Resource": "*"})


@sabotage(1, "GT312 aws_iam_policy.any-key")
def a_role_decrypts_with_any_key(stack: Stack) -> None:
    _new_policy(stack, "any-key", {"Action": "kms:Decrypt", "Resource": "*"})


@sabotage(1, "GT317 aws_iam_policy.any-role")
def any_role_may_be_passed(stack: Stack) -> None:
    _new_policy(stack, "any-role", {"Action": "iam:PassRole", "Resource": "*"})


@sabotage(2, "GT301 aws_iam_policy.launch")
def jobs_may_be_launched_with_any_workteam(stack: Stack) -> None:
    _new_policy(stack, "launch", {"Action": "sagemaker:CreateLabelingJob", "Resource": "*"})


@sabotage(2, "GT301 aws_iam_policy.everything", "GT309 aws_iam_policy.everything")
def a_role_may_do_everything_in_the_service(stack: Stack) -> None:
    _new_policy(stack, "everything", {"Action": "sagemaker:*", "Resource": "*"})


@sabotage(2, "GT318 aws_iam_policy.vendors")
def vendors_may_be_engaged(stack: Stack) -> None:
    actions = ["aws-marketplace:Subscribe", "sagemaker:CreateHumanTaskUi"]
    _new_policy(stack, "vendors", {"Action": actions, "Resource": "*"})


@sabotage(1, "GT311 aws_iam_role_policy.{launcher}:aside")
def a_role_gets_an_inline_policy(stack: Stack) -> None:
    iam = stack.client("iam")
    bucket = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{stack.labels}"}
    document = {"Version": "2012-10-17", "Statement": [bucket]}
    stack.later(lambda: iam.delete_role_policy(RoleName=stack.launcher, PolicyName="aside"))
    iam.put_role_policy(RoleName=stack.launcher, PolicyName="aside", PolicyDocument=json.dumps(document))


@sabotage(1, "GT306 aws_iam_role_policy_attachment.{execution}:arn:aws:iam::aws:policy/AmazonS3FullAccess")
def a_policy_of_aws_opens_every_bucket(stack: Stack) -> None:
    _attach(stack, "AmazonS3FullAccess")


@sabotage(
    2,
    "GT305 aws_iam_role_policy_attachment.{execution}:arn:aws:iam::aws:policy/AmazonSageMakerFullAccess",
    "GT306 aws_iam_role_policy_attachment.{execution}:arn:aws:iam::aws:policy/AmazonSageMakerFullAccess",
)
def a_policy_of_aws_allows_any_workteam(stack: Stack) -> None:
    _attach(stack, "AmazonSageMakerFullAccess")


def _attach(stack: Stack, name: str) -> None:
    iam, arn = stack.client("iam"), f"arn:aws:iam::aws:policy/{name}"
    stack.later(lambda: iam.detach_role_policy(RoleName=stack.execution, PolicyArn=arn))
    iam.attach_role_policy(RoleName=stack.execution, PolicyArn=arn)


@sabotage(3, "GT303 aws_iam_policy.{prefix}-labeling-guardrail-boundary")
def the_guardrail_lets_jobs_without_a_key_through(stack: Stack) -> None:
    _guardrail(stack, "boundary", _without("OutputKeyRequired"))


@sabotage(3, "GT302 aws_iam_policy.{prefix}-labeling-guardrail", "GT303 aws_iam_policy.{prefix}-labeling-guardrail")
def the_guardrail_knows_the_old_name_of_keys_only(stack: Stack) -> None:
    # What demands a key goes with what compares its new name.
    _guardrail(stack, "", _without("OutputKmsKeyArn", "VolumeKmsKeyArn"))


def _guardrail(stack: Stack, kind: str, change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> None:
    iam, name = stack.client("iam"), "-".join(filter(None, (f"{PREFIX}-labeling-guardrail", kind)))
    arn = f"arn:aws:iam::{ACCOUNT}:policy/{name}"
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    changed = json.dumps(document | {"Statement": change(document["Statement"])})
    made = iam.create_policy_version(PolicyArn=arn, PolicyDocument=changed, SetAsDefault=True)["PolicyVersion"]

    def undo() -> None:
        iam.set_default_policy_version(PolicyArn=arn, VersionId=version)
        iam.delete_policy_version(PolicyArn=arn, VersionId=made["VersionId"])

    stack.later(undo)


# Jobs


def good_job(stack: Stack, name: str, **task: Any) -> dict[str, Any]:
    """The request of a job that breaks no rule."""
    config = {
        "WorkteamArn": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:workteam/private-crowd/{PREFIX}-chest",
        "UiConfig": {"UiTemplateS3Uri": f"s3://{stack.labels}/config/boxes.liquid"},
        "PreHumanTaskLambdaArn": built_in_lambda_arn(REGION, "PRE-BoundingBox"),
        "TaskTitle": "Find nodules",
        "TaskDescription": "Draw a box around each nodule",
        "NumberOfHumanWorkersPerDataObject": 2,
        "TaskTimeLimitInSeconds": 600,
        "AnnotationConsolidationConfig": {
            "AnnotationConsolidationLambdaArn": built_in_lambda_arn(REGION, "ACS-BoundingBox")
        },
    }
    return {
        "LabelingJobName": name,
        "LabelAttributeName": "boxes",
        "InputConfig": {"DataSource": {"S3DataSource": {"ManifestS3Uri": f"s3://{stack.scans}/ct/{name}.jsonl"}}},
        "OutputConfig": {"S3OutputPath": f"s3://{stack.labels}/jobs/", "KmsKeyId": stack.key_arn("labels")},
        "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/{stack.execution}",
        "LabelCategoryConfigS3Uri": f"s3://{stack.labels}/config/nodules.json",
        "HumanTaskConfig": config | task,
        "Tags": [{"Key": "gtctl:classification", "Value": "phi"}],
    }


def _ran(stack: Stack, request: dict[str, Any]) -> None:
    now = time.time()
    post(stack.sandbox, REGION, [PastJob(request=request, created=now - 9e6, modified=now - 8e6, labeled=10)])


@sabotage(JOBS)
def a_job_that_breaks_no_rule_was_run(stack: Stack) -> None:
    _ran(stack, good_job(stack, "good"))


@sabotage(JOBS, "GT101 aws_sagemaker_labeling_job.public-ct")
def a_job_went_to_the_public_workforce(stack: Stack) -> None:
    _ran(stack, good_job(stack, "public-ct", WorkteamArn=public_workteam_arn(REGION)))


@sabotage(JOBS, "GT102 aws_sagemaker_labeling_job.vendor-ct")
def a_job_went_to_a_vendor(stack: Stack) -> None:
    _ran(stack, good_job(stack, "vendor-ct", WorkteamArn=VENDOR))


@sabotage(JOBS, "GT104 aws_sagemaker_labeling_job.foreign-ct")
def a_job_went_to_a_team_of_another_account(stack: Stack) -> None:
    team = f"arn:aws:sagemaker:{REGION}:{STRANGER}:workteam/private-crowd/readers"
    _ran(stack, good_job(stack, "foreign-ct", WorkteamArn=team))


@sabotage(JOBS, "GT206 aws_sagemaker_labeling_job.keyless-ct")
def a_job_named_no_key(stack: Stack) -> None:
    request = good_job(stack, "keyless-ct")
    _ran(stack, request | {"OutputConfig": {"S3OutputPath": f"s3://{stack.labels}/jobs/"}})


@sabotage(JOBS, "GT207 aws_sagemaker_labeling_job.alias-ct")
def a_job_named_its_key_by_an_alias(stack: Stack) -> None:
    request = good_job(stack, "alias-ct")
    request["OutputConfig"]["KmsKeyId"] = f"alias/{PREFIX}-labels"
    _ran(stack, request)


@sabotage(JOBS, "GT213 aws_sagemaker_labeling_job.strangers-key-ct")
def a_job_was_encrypted_with_a_strangers_key(stack: Stack) -> None:
    request = good_job(stack, "strangers-key-ct")
    key = f"arn:aws:kms:{REGION}:{STRANGER}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    request["OutputConfig"]["KmsKeyId"] = key
    _ran(stack, request)


@sabotage(JOBS, "GT602 aws_sagemaker_labeling_job.declared-ct")
def a_job_declared_scans_free_of_personal_information(stack: Stack) -> None:
    request = good_job(stack, "declared-ct")
    request["InputConfig"]["DataAttributes"] = {"ContentClassifiers": ["FreeOfPersonallyIdentifiableInformation"]}
    _ran(stack, request)


@sabotage(JOBS, "GT607 aws_sagemaker_labeling_job.single-ct")
def a_job_had_one_worker_for_each_image(stack: Stack) -> None:
    _ran(stack, good_job(stack, "single-ct", NumberOfHumanWorkersPerDataObject=1))


@sabotage(JOBS, "GT615 aws_sagemaker_labeling_job.untagged-ct")
def a_job_did_not_say_what_it_labeled(stack: Stack) -> None:
    _ran(stack, good_job(stack, "untagged-ct") | {"Tags": []})


@sabotage(JOBS, "GT101 aws_sagemaker_flow_definition.review", "GT209 aws_sagemaker_flow_definition.review")
def a_flow_definition_shows_images_to_the_public(stack: Stack) -> None:
    sagemaker = stack.client("sagemaker")
    stack.later(lambda: sagemaker.delete_flow_definition(FlowDefinitionName="review"))
    sagemaker.create_flow_definition(
        FlowDefinitionName="review",
        RoleArn=f"arn:aws:iam::{ACCOUNT}:role/{stack.execution}",
        OutputConfig={"S3OutputPath": f"s3://{stack.labels}/review/"},
        HumanLoopConfig={
            "WorkteamArn": public_workteam_arn(REGION),
            "HumanTaskUiArn": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:human-task-ui/review",
            "TaskTitle": "Review",
            "TaskDescription": "Compare the boxes with the image",
            "TaskCount": 2,
        },
    )
