"""An account of the sandbox in which a job can be launched, and launches that skip the gate."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from gtctl.jobs.gate import Passage
from gtctl.jobs.launch import Launch, LaunchedJob, start
from gtctl.jobs.partition import launches
from gtctl.jobs.render import Rendered
from tests.account import Account, png
from tests.jobs.samples import write_spec

WAIVED = (
    *("GT105", "GT106", "GT109", "GT110", "GT111", "GT112", "GT113", "GT114", "GT115", "GT116", "GT120"),
    *("GT202", "GT203", "GT204", "GT205", "GT210", "GT308", "GT309", "GT310", "GT311", "GT315", "GT316"),
)
"""Rules about what the bare account of the tests has not set up; the stack's tests are about these."""


def launch(rendered: Rendered) -> LaunchedJob:
    """Launch a job without having asked the gate."""
    with launches(rendered) as (_, jobs):
        return start(jobs[0], Passage([]))


def launch_of(rendered: Rendered) -> Launch:
    """The Launch of a job."""
    with launches(rendered) as (_, jobs):
        return jobs[0]


def make_ready(account: Account, members: int = 2) -> Account:
    """Give the account what the preflight asks for: rights, members, and a client that knows the portal."""
    rights = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": ["s3:*", "logs:*", "cloudwatch:PutMetricData"], "Resource": "*"},
            {"Effect": "Allow", "Action": "kms:*", "Resource": account.key_arn},
        ],
    }
    role = account.role_arn.rpartition("/")[2]
    account.client("iam").put_role_policy(RoleName=role, PolicyName="work", PolicyDocument=json.dumps(rights))
    account.client("s3").put_bucket_encryption(
        Bucket=account.bucket,
        ServerSideEncryptionConfiguration={
            "Rules": [
                {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": account.key_arn}}
            ]
        },
    )
    for number in range(members):
        add_member(account, f"reader-{number}@hospital.example")
    portal = account.client("sagemaker").describe_workforce(WorkforceName=account.workforce)["Workforce"]["SubDomain"]
    account.client("cognito-idp").update_user_pool_client(
        UserPoolId=account.pool,
        ClientId=account.pool_client,
        CallbackURLs=[f"https://{portal}/oauth2/idpresponse"],
        LogoutURLs=[f"https://{portal}/logout"],
        AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=["email", "openid", "profile"],
        AllowedOAuthFlowsUserPoolClient=True,
        SupportedIdentityProviders=["COGNITO"],
    )
    return account


def add_member(account: Account, name: str, *, confirmed: bool = True) -> None:
    cognito = account.client("cognito-idp")
    attributes = [{"Name": "email", "Value": name}]
    cognito.admin_create_user(
        UserPoolId=account.pool, Username=name, UserAttributes=attributes, MessageAction="SUPPRESS"
    )
    if confirmed:
        cognito.admin_set_user_password(
            UserPoolId=account.pool, Username=name, Password="Tests-only-0!", Permanent=True
        )
    cognito.admin_add_user_to_group(UserPoolId=account.pool, Username=name, GroupName=account.group)


def spec_for(account: Account, folder: Path, job: str, *, images: int = 2, **changes: Any) -> Path:
    """A spec whose images, manifest, key, role and workteam exist in the sandbox."""
    s3 = account.client("s3")
    encrypted = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": account.key_arn}
    lines = []
    for number in range(images):
        key = f"images/{job}/{number}.png"
        s3.put_object(Bucket=account.bucket, Key=key, Body=png(64 + number), **encrypted)
        lines.append(json.dumps({"source-ref": f"s3://{account.bucket}/{key}"}) + "\n")
    s3.put_object(Bucket=account.bucket, Key=f"{job}.manifest", Body="".join(lines).encode(), **encrypted)
    mine = {
        "name": job,
        "workers__workteam_arn": account.workteam_arn,
        "input__manifest": f"s3://{account.bucket}/{job}.manifest",
        "output__path": f"s3://{account.bucket}/jobs",
        "output__kms_key_arn": account.key_arn,
        "role_arn": account.role_arn,
    }
    return write_spec(folder, **(mine | changes))


def waivers(folder: Path, *rules: str) -> Path:
    """Settings that waive ``rules`` (those of the bare account unless given) on everything."""
    entry = '[[waiver]]\nrule = "{}"\nresource = "*"\nowner = "the tests"\nreason = "bare"\nexpires = 2099-12-31\n'
    path = folder / "gtctl.toml"
    path.write_text("".join(entry.format(rule) for rule in rules or WAIVED))
    return path
