"""Every call that the collectors make, with the right it needs. Nothing can be called that is not in CALLS.

From this one table come the policy that ``gtctl audit --print-policy`` prints and the reasons why something could not
be read. Actions and resources: Service Authorization Reference, one page for each service.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Call:
    """One operation of one service.

    action: the IAM action; "" for a call that everybody may make. resource: what a policy allows it on, with
    ``{partition}``, ``{region}`` and ``{account}``. reads: what it tells, for people. page: the most entries that a
    page of a listing may have; 0 where the service alone decides.
    """

    service: str
    operation: str
    action: str
    resource: str
    reads: str
    page: int = 0

    @property
    def key(self) -> str:
        """``service:Operation``, as boto3 names the service."""
        return f"{self.service}:{self.operation}"


_BUCKET = "arn:{partition}:s3:::*"
_KEY = "arn:{partition}:kms:{region}:{account}:key/*"
_POOL = "arn:{partition}:cognito-idp:{region}:{account}:userpool/*"
_TRAIL = "arn:{partition}:cloudtrail:{region}:{account}:trail/*"

_TABLE = (
    Call("sts", "GetCallerIdentity", "", "*", "the account"),
    Call("s3", "ListBuckets", "s3:ListAllMyBuckets", "*", "buckets", 1000),
    Call("s3", "GetBucketEncryption", "s3:GetEncryptionConfiguration", _BUCKET, "the encryption of buckets"),
    Call("s3", "GetBucketPolicy", "s3:GetBucketPolicy", _BUCKET, "the policies of buckets"),
    Call("s3", "GetPublicAccessBlock", "s3:GetBucketPublicAccessBlock", _BUCKET, "the public access blocks of buckets"),
    Call("s3", "GetBucketOwnershipControls", "s3:GetBucketOwnershipControls", _BUCKET, "the ownership of objects"),
    Call("s3", "GetBucketAcl", "s3:GetBucketAcl", _BUCKET, "the access control lists of buckets"),
    Call("s3", "GetBucketCors", "s3:GetBucketCORS", _BUCKET, "the CORS rules of buckets"),
    Call("s3", "GetBucketLogging", "s3:GetBucketLogging", _BUCKET, "where access logs of buckets go"),
    Call("s3", "GetBucketVersioning", "s3:GetBucketVersioning", _BUCKET, "the versioning of buckets"),
    Call(
        "s3",
        "GetObjectLockConfiguration",
        "s3:GetBucketObjectLockConfiguration",
        _BUCKET,
        "the locks of buckets",
    ),
    Call(
        "s3",
        "GetBucketLifecycleConfiguration",
        "s3:GetLifecycleConfiguration",
        _BUCKET,
        "the lifecycles of buckets",
    ),
    Call("s3", "GetBucketReplication", "s3:GetReplicationConfiguration", _BUCKET, "the replication of buckets"),
    Call(
        "s3control",
        "GetPublicAccessBlock",
        "s3:GetAccountPublicAccessBlock",
        "*",
        "the public access block of the account",
    ),
    Call("kms", "ListKeys", "kms:ListKeys", "*", "keys", 1000),
    Call("kms", "ListAliases", "kms:ListAliases", "*", "the aliases of keys", 100),
    Call("kms", "DescribeKey", "kms:DescribeKey", _KEY, "what keys are and whether they are in service"),
    Call("kms", "GetKeyPolicy", "kms:GetKeyPolicy", _KEY, "the policies of keys"),
    Call("kms", "GetKeyRotationStatus", "kms:GetKeyRotationStatus", _KEY, "the rotation of keys"),
    Call("cognito-idp", "ListUserPools", "cognito-idp:ListUserPools", "*", "user pools", 60),
    Call("cognito-idp", "DescribeUserPool", "cognito-idp:DescribeUserPool", _POOL, "the settings of user pools"),
    Call(
        "cognito-idp",
        "ListUserPoolClients",
        "cognito-idp:ListUserPoolClients",
        _POOL,
        "the clients of user pools",
        60,
    ),
    Call(
        "cognito-idp",
        "DescribeUserPoolClient",
        "cognito-idp:DescribeUserPoolClient",
        _POOL,
        "the settings of user pools' clients",
    ),
    Call("cognito-idp", "ListGroups", "cognito-idp:ListGroups", _POOL, "the groups of user pools", 60),
    Call(
        "cognito-idp",
        "ListUsersInGroup",
        "cognito-idp:ListUsersInGroup",
        _POOL,
        "how many people are in workteams' groups",
        60,
    ),
    Call(
        "cognito-idp",
        "AdminGetUser",
        "cognito-idp:AdminGetUser",
        _POOL,
        "how many people in workteams' groups have a second factor",
    ),
    Call(
        "cognito-identity",
        "ListIdentityPools",
        "cognito-identity:ListIdentityPools",
        "*",
        "identity pools",
        60,
    ),
    Call(
        "cognito-identity",
        "DescribeIdentityPool",
        "cognito-identity:DescribeIdentityPool",
        "arn:{partition}:cognito-identity:{region}:{account}:identitypool/*",
        "the settings of identity pools",
    ),
    Call("sagemaker", "ListWorkforces", "sagemaker:ListWorkforces", "*", "workforces", 100),
    Call("sagemaker", "ListWorkteams", "sagemaker:ListWorkteams", "*", "workteams", 100),
    Call(
        "sagemaker",
        "ListSubscribedWorkteams",
        "sagemaker:ListSubscribedWorkteams",
        "*",
        "vendors' workteams that the account is subscribed to",
        100,
    ),
    Call(
        "sagemaker",
        "ListFlowDefinitions",
        "sagemaker:ListFlowDefinitions",
        "*",
        "flow definitions",
        100,
    ),
    Call(
        "sagemaker",
        "DescribeFlowDefinition",
        "sagemaker:DescribeFlowDefinition",
        "arn:{partition}:sagemaker:{region}:{account}:flow-definition/*",
        "the settings of flow definitions",
    ),
    Call("sagemaker", "ListLabelingJobs", "sagemaker:ListLabelingJobs", "*", "labeling jobs", 100),
    Call(
        "sagemaker",
        "DescribeLabelingJob",
        "sagemaker:DescribeLabelingJob",
        "arn:{partition}:sagemaker:{region}:{account}:labeling-job/*",
        "the requests of labeling jobs",
    ),
    Call(
        "iam",
        "GetAccountAuthorizationDetails",
        "iam:GetAccountAuthorizationDetails",
        "*",
        "roles, users, groups and policies",
        1000,
    ),
    Call("cloudtrail", "DescribeTrails", "cloudtrail:DescribeTrails", "*", "trails"),
    Call("cloudtrail", "GetTrailStatus", "cloudtrail:GetTrailStatus", _TRAIL, "whether trails are on"),
    Call("cloudtrail", "GetEventSelectors", "cloudtrail:GetEventSelectors", _TRAIL, "which events trails record"),
    Call("logs", "DescribeLogGroups", "logs:DescribeLogGroups", "*", "log groups", 50),
    Call("sns", "ListTopics", "sns:ListTopics", "*", "topics"),
    Call(
        "sns",
        "GetTopicAttributes",
        "sns:GetTopicAttributes",
        "arn:{partition}:sns:{region}:{account}:*",
        "the settings of topics",
    ),
    Call("sqs", "ListQueues", "sqs:ListQueues", "*", "queues", 1000),
    Call(
        "sqs",
        "GetQueueAttributes",
        "sqs:GetQueueAttributes",
        "arn:{partition}:sqs:{region}:{account}:*",
        "the settings of queues",
    ),
    Call(
        "events",
        "ListRules",
        "events:ListRules",
        "*",
        "event rules",
        100,
    ),
    Call(
        "events",
        "ListTargetsByRule",
        "events:ListTargetsByRule",
        "arn:{partition}:events:{region}:{account}:rule/*",
        "the targets of event rules",
        100,
    ),
)

CALLS: Mapping[str, Call] = {call.key: call for call in _TABLE}
"""``service:Operation`` -> the call."""


def policy(account: str = "*", partition: str = "aws", calls: Mapping[str, Call] = CALLS) -> dict[str, Any]:
    """The IAM policy that ``calls`` need, whichever Regions are asked: exactly what the table says."""
    by_resource: dict[str, set[str]] = {}
    for call in calls.values():
        if call.action:
            resource = call.resource.format(partition=partition, region="*", account=account)
            by_resource.setdefault(resource, set()).add(call.action)
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": sorted(actions), "Resource": resource}
            for resource, actions in sorted(by_resource.items())
        ],
    }
