"""Things that are broken in an account that is whole, each with how it is mended again."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import boto3

from gtctl.ground_truth import CORS_RULE, SERVICE_VPC_ENDPOINTS
from tests.account import Account, png
from tests.jobs.launching import add_member

Undo = Callable[[], Any]
Break = Callable[[Account, dict[str, Any]], Undo]


def no_cors(account: Account, _: dict[str, Any]) -> Undo:
    s3 = account.client("s3")
    s3.delete_bucket_cors(Bucket=account.bucket)
    return lambda: s3.put_bucket_cors(Bucket=account.bucket, CORSConfiguration={"CORSRules": [CORS_RULE]})


def cors_for_one_origin(account: Account, _: dict[str, Any]) -> Undo:
    s3 = account.client("s3")
    rule = CORS_RULE | {"AllowedOrigins": ["https://portal.example"]}
    s3.put_bucket_cors(Bucket=account.bucket, CORSConfiguration={"CORSRules": [rule]})
    return lambda: s3.put_bucket_cors(Bucket=account.bucket, CORSConfiguration={"CORSRules": [CORS_RULE]})


def image_gone(account: Account, request: dict[str, Any]) -> Undo:
    s3, key = account.client("s3"), "images/chest/1.png"
    s3.delete_object(Bucket=account.bucket, Key=key)
    return lambda: put_image(account, key, png())


def dicom_named_png(account: Account, request: dict[str, Any]) -> Undo:
    put_image(account, "images/chest/1.png", b"\0" * 128 + b"DICM" + b"\0" * 400)
    return lambda: put_image(account, "images/chest/1.png", png())


def sixteen_bits(account: Account, request: dict[str, Any]) -> Undo:
    put_image(account, "images/chest/1.png", png(mode="I;16"))
    return lambda: put_image(account, "images/chest/1.png", png())


def put_image(account: Account, key: str, content: bytes) -> None:
    account.client("s3").put_object(
        Bucket=account.bucket, Key=key, Body=content, ServerSideEncryption="aws:kms", SSEKMSKeyId=account.key_arn
    )


def line_that_names_a_patient(account: Account, request: dict[str, Any]) -> Undo:
    before = account.read("chest.manifest")
    line = {"source-ref": f"s3://{account.bucket}/images/chest/0.png", "PatientName": "DOE^JANE"}
    put_image(account, "chest.manifest", before + json.dumps(line).encode() + b"\n")
    return lambda: put_image(account, "chest.manifest", before)


def empty_manifest(account: Account, request: dict[str, Any]) -> Undo:
    before = account.read("chest.manifest")
    put_image(account, "chest.manifest", b"")
    return lambda: put_image(account, "chest.manifest", before)


def image_in_another_region(account: Account, request: dict[str, Any]) -> Undo:
    other = "eu-west-1" if account.region != "eu-west-1" else "us-east-2"
    s3, name = boto3.client("s3", region_name=other), f"elsewhere-of-{account.bucket}"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": other})  # type: ignore[typeddict-item]
    s3.put_bucket_cors(Bucket=name, CORSConfiguration={"CORSRules": [CORS_RULE]})  # type: ignore[list-item]
    before = account.read("chest.manifest")
    line = json.dumps({"source-ref": f"s3://{name}/1.png"})
    put_image(account, "chest.manifest", before + line.encode() + b"\n")

    def undo() -> None:
        put_image(account, "chest.manifest", before)
        s3.delete_bucket(Bucket=name)

    return undo


def output_to_no_bucket(account: Account, request: dict[str, Any]) -> Undo:
    before = request["OutputConfig"]["S3OutputPath"]
    request["OutputConfig"]["S3OutputPath"] = "s3://no-such-bucket-anywhere/jobs"
    return lambda: request["OutputConfig"].update(S3OutputPath=before)


def role_policy(account: Account, *statements: dict[str, Any]) -> Undo:
    """Put other rights in place of the role's."""
    iam, role = account.client("iam"), account.role_arn.rpartition("/")[2]
    before = iam.get_role_policy(RoleName=role, PolicyName="work")["PolicyDocument"]
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    iam.put_role_policy(RoleName=role, PolicyName="work", PolicyDocument=json.dumps(document))
    return lambda: iam.put_role_policy(RoleName=role, PolicyName="work", PolicyDocument=json.dumps(before))


def allow(action: str | list[str], resource: str = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def rights_on_sagemaker_buckets_only(account: Account, _: dict[str, Any]) -> Undo:
    return role_policy(account, allow("s3:*", "arn:aws:s3:::*sagemaker*"), allow(["kms:*", "logs:*", "cloudwatch:*"]))


def read_only(account: Account, _: dict[str, Any]) -> Undo:
    return role_policy(account, allow(["s3:Get*", "s3:List*"]), allow(["kms:*", "logs:*", "cloudwatch:*"]))


def no_rights_on_the_key(account: Account, _: dict[str, Any]) -> Undo:
    return role_policy(account, allow(["s3:*", "logs:*", "cloudwatch:*"]))


def no_log(account: Account, _: dict[str, Any]) -> Undo:
    return role_policy(account, allow(["s3:*", "kms:*"]))


def rights_from_one_address(account: Account, _: dict[str, Any]) -> Undo:
    where = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    return role_policy(account, allow("s3:*", Condition=where), allow(["kms:*", "logs:*", "cloudwatch:*"]))


def trust_in_lambda(account: Account, _: dict[str, Any]) -> Undo:
    iam, role = account.client("iam"), account.role_arn.rpartition("/")[2]
    before = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    after = json.loads(json.dumps(before).replace("sagemaker.", "lambda."))
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(after))
    return lambda: iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(before))


def another_role(account: Account, request: dict[str, Any]) -> Undo:
    before = request["RoleArn"]
    request["RoleArn"] = f"{before}-gone"
    return lambda: request.update(RoleArn=before)


def key_disabled(account: Account, _: dict[str, Any]) -> Undo:
    kms, key = account.client("kms"), account.key_arn.rpartition("/")[2]
    kms.disable_key(KeyId=key)
    return lambda: kms.enable_key(KeyId=key)


def key_gone_soon(account: Account, _: dict[str, Any]) -> Undo:
    kms, key = account.client("kms"), account.key_arn.rpartition("/")[2]
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)

    def undo() -> None:
        kms.cancel_key_deletion(KeyId=key)
        kms.enable_key(KeyId=key)

    return undo


def bucket_policy(account: Account, *statements: dict[str, Any]) -> Undo:
    s3 = account.client("s3")
    arn = f"arn:aws:s3:::{account.bucket}"
    document = {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": f"S{n}", "Effect": "Deny", "Principal": "*", "Resource": [arn, f"{arn}/*"], **each}
            for n, each in enumerate(statements)
        ],
    }
    s3.put_bucket_policy(Bucket=account.bucket, Policy=json.dumps(document))
    return lambda: s3.delete_bucket_policy(Bucket=account.bucket)


def only_another_key(account: Account, _: dict[str, Any]) -> Undo:
    other = account.key_arn[:-4] + "0000"
    condition = {"StringNotEquals": {"s3:x-amz-server-side-encryption-aws-kms-key-id": other}}
    return bucket_policy(account, {"Action": "s3:PutObject", "Condition": condition})


def only_by_our_endpoint(account: Account, _: dict[str, Any]) -> Undo:
    condition = {"StringNotEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}}
    return bucket_policy(account, {"Action": "s3:GetObjectVersion", "Condition": condition})


def by_endpoints_with_workers_outside(account: Account, _: dict[str, Any]) -> Undo:
    condition = {"StringNotEquals": {"aws:SourceVpce": ["vpce-1a2b3c4d", SERVICE_VPC_ENDPOINTS[account.region]]}}
    return bucket_policy(account, {"Action": "s3:GetObjectVersion", "Condition": condition})


def images_from_other_addresses(account: Account, _: dict[str, Any]) -> Undo:
    sagemaker = account.client("sagemaker")
    sagemaker.update_workforce(WorkforceName=account.workforce, SourceIpConfig={"Cidrs": ["198.51.100.0/24"]})
    condition = {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    undo = bucket_policy(account, {"Action": "s3:GetObjectVersion", "Condition": condition})

    def both() -> None:
        undo()
        sagemaker.update_workforce(WorkforceName=account.workforce, SourceIpConfig={"Cidrs": []})

    return both


def portal_for_private_addresses(account: Account, _: dict[str, Any]) -> Undo:
    sagemaker = account.client("sagemaker")
    sagemaker.update_workforce(WorkforceName=account.workforce, SourceIpConfig={"Cidrs": ["10.0.0.0/16"]})
    return lambda: sagemaker.update_workforce(WorkforceName=account.workforce, SourceIpConfig={"Cidrs": []})


def bound_to(account: Account, **how: str) -> Undo:
    sagemaker = account.client("sagemaker")

    def bind(**constraints: str) -> None:
        sagemaker.update_workteam(
            WorkteamName=account.workteam,
            WorkerAccessConfiguration={"S3Presign": {"IamPolicyConstraints": constraints}},
        )

    bind(**how)
    return lambda: bind(SourceIp="Disabled", VpcSourceIp="Disabled")


def bound_to_a_vpc_that_is_not(account: Account, _: dict[str, Any]) -> Undo:
    return bound_to(account, VpcSourceIp="Enabled")


def no_such_team(account: Account, request: dict[str, Any]) -> Undo:
    request["HumanTaskConfig"]["WorkteamArn"] += "-gone"
    return lambda: request["HumanTaskConfig"].update(WorkteamArn=account.workteam_arn)


def nobody(account: Account, _: dict[str, Any]) -> Undo:
    cognito = account.client("cognito-idp")
    names = [
        user["Username"]
        for user in cognito.list_users_in_group(UserPoolId=account.pool, GroupName=account.group)["Users"]
    ]
    for name in names:
        cognito.admin_remove_user_from_group(UserPoolId=account.pool, Username=name, GroupName=account.group)

    def undo() -> None:
        for name in names:
            cognito.admin_add_user_to_group(UserPoolId=account.pool, Username=name, GroupName=account.group)

    return undo


def nobody_signed_in(account: Account, request: dict[str, Any]) -> Undo:
    back = nobody(account, request)
    add_member(account, "newcomer@hospital.example", confirmed=False)

    def undo() -> None:
        account.client("cognito-idp").admin_delete_user(UserPoolId=account.pool, Username="newcomer@hospital.example")
        back()

    return undo


def more_workers_than_members(_: Account, request: dict[str, Any]) -> Undo:
    task = request["HumanTaskConfig"]
    task["NumberOfHumanWorkersPerDataObject"] = 5
    return lambda: task.update(NumberOfHumanWorkersPerDataObject=2)


def no_group(account: Account, request: dict[str, Any]) -> Undo:
    back = nobody(account, request)
    cognito = account.client("cognito-idp")
    cognito.delete_group(UserPoolId=account.pool, GroupName=account.group)

    def undo() -> None:
        cognito.create_group(UserPoolId=account.pool, GroupName=account.group)
        back()

    return undo


def silent_topic(account: Account, request: dict[str, Any]) -> Undo:
    arn = account.client("sns").create_topic(Name="work")["TopicArn"]
    statement = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sns:Publish"}
    document = {"Version": "2012-10-17", "Statement": [statement | {"Resource": arn}]}
    sns = account.client("sns")
    sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=json.dumps(document))
    request["OutputConfig"]["SnsTopicArn"] = arn
    return lambda: request["OutputConfig"].pop("SnsTopicArn")


def change_client(account: Account, **changes: Any) -> Undo:
    cognito = account.client("cognito-idp")
    ids = {"UserPoolId": account.pool, "ClientId": account.pool_client}
    before = cognito.describe_user_pool_client(**ids)["UserPoolClient"]
    kept = {
        name: before[name] for name in ("CallbackURLs", "LogoutURLs", "AllowedOAuthFlows", "AllowedOAuthScopes")
    } | {"AllowedOAuthFlowsUserPoolClient": True, "SupportedIdentityProviders": ["COGNITO"]}
    cognito.update_user_pool_client(**ids, **(kept | changes))
    return lambda: cognito.update_user_pool_client(**ids, **kept)


def another_callback(account: Account, _: dict[str, Any]) -> Undo:
    return change_client(account, CallbackURLs=["https://placeholder.example/callback"])


def no_code_flow(account: Account, _: dict[str, Any]) -> Undo:
    return change_client(account, AllowedOAuthFlows=["implicit"], AllowedOAuthScopes=["openid"])


def no_domain(account: Account, _: dict[str, Any]) -> Undo:
    cognito = account.client("cognito-idp")
    domain = cognito.describe_user_pool(UserPoolId=account.pool)["UserPool"]["Domain"]
    cognito.delete_user_pool_domain(UserPoolId=account.pool, Domain=domain)
    return lambda: cognito.create_user_pool_domain(UserPoolId=account.pool, Domain=domain)


def capital_letters(account: Account, _: dict[str, Any]) -> Undo:
    add_member(account, "Jane.Doe@Hospital.example")
    return lambda: account.client("cognito-idp").admin_delete_user(
        UserPoolId=account.pool, Username="Jane.Doe@Hospital.example"
    )


def too_many_at_a_time(_: Account, request: dict[str, Any]) -> Undo:
    request["HumanTaskConfig"]["MaxConcurrentTaskCount"] = 3000
    return lambda: request["HumanTaskConfig"].pop("MaxConcurrentTaskCount")


def no_time(_: Account, request: dict[str, Any]) -> Undo:
    task = request["HumanTaskConfig"]
    task["TaskAvailabilityLifetimeInSeconds"] = 1
    return lambda: task.pop("TaskAvailabilityLifetimeInSeconds")
