"""Every call that preflight and diagnosis make, with the right it needs: those of the audit's table, and a few more.

Actions and resources: Service Authorization Reference, one page for each service.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gtctl.audit.evidence.live import permissions
from gtctl.audit.evidence.live.permissions import Call

_BUCKET = "arn:{partition}:s3:::*"
_OBJECT = "arn:{partition}:s3:::*/*"
_ROLE = "arn:{partition}:iam::{account}:role/*"
_POLICY = "arn:{partition}:iam::*:policy/*"
_POOL = "arn:{partition}:cognito-idp:{region}:{account}:userpool/*"
_LOGS = "arn:{partition}:logs:{region}:{account}:log-group:/aws/sagemaker/LabelingJobs:*"

_AS_THE_AUDIT = (
    "sts:GetCallerIdentity",
    "s3:GetBucketEncryption",
    "s3:GetBucketPolicy",
    "s3:GetPublicAccessBlock",
    "s3:GetBucketOwnershipControls",
    "s3:GetBucketAcl",
    "s3:GetBucketCors",
    "s3control:GetPublicAccessBlock",
    "kms:DescribeKey",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "cognito-idp:DescribeUserPool",
    "cognito-idp:DescribeUserPoolClient",
    "cognito-idp:ListUsersInGroup",
    "sagemaker:ListWorkforces",
    "sagemaker:ListWorkteams",
    "sagemaker:ListLabelingJobs",
    "sagemaker:DescribeLabelingJob",
    "sns:GetTopicAttributes",
)
BUCKET_SETTINGS = (
    "GetBucketEncryption",
    "GetBucketPolicy",
    "GetPublicAccessBlock",
    "GetBucketOwnershipControls",
    "GetBucketAcl",
    "GetBucketCors",
)
"""What is read of a bucket."""

_ITS_OWN = (
    Call("s3", "HeadBucket", "s3:ListBucket", _BUCKET, "where buckets lie"),
    Call("s3", "HeadObject", "s3:GetObject", _OBJECT, "the manifest and its images"),
    Call("cognito-idp", "GetGroup", "cognito-idp:GetGroup", _POOL, "the groups of workteams"),
    Call("iam", "SimulatePrincipalPolicy", "iam:SimulatePrincipalPolicy", _ROLE, "what the job's role may do"),
    Call("iam", "GetRole", "iam:GetRole", _ROLE, "the job's role"),
    Call("iam", "ListRolePolicies", "iam:ListRolePolicies", _ROLE, "the inline policies of the job's role"),
    Call("iam", "GetRolePolicy", "iam:GetRolePolicy", _ROLE, "the inline policies of the job's role"),
    Call(
        "iam",
        "ListAttachedRolePolicies",
        "iam:ListAttachedRolePolicies",
        _ROLE,
        "the managed policies of the job's role",
    ),
    Call("iam", "GetPolicy", "iam:GetPolicy", _POLICY, "the managed policies of the job's role"),
    Call("iam", "GetPolicyVersion", "iam:GetPolicyVersion", _POLICY, "the managed policies of the job's role"),
    Call("logs", "FilterLogEvents", "logs:FilterLogEvents", _LOGS, "what the log says of a job that stands still"),
)

CALLS: Mapping[str, Call] = {
    **{key: permissions.CALLS[key] for key in _AS_THE_AUDIT},
    **{call.key: call for call in _ITS_OWN},
}
"""``service:Operation`` -> the call."""


def policy(account: str = "*", partition: str = "aws") -> dict[str, Any]:
    """The IAM policy that the preflight needs; kms:Decrypt is for the manifest and the images, which are encrypted."""
    key = f"arn:{partition}:kms:*:{account}:key/*"
    statement = {"Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": key}
    made = permissions.policy(account, partition, CALLS)
    return made | {"Statement": [*made["Statement"], statement]}
