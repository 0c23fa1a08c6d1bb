"""Every check, in an account of the sandbox that is whole: one thing is broken, one check says so, with its command."""

from __future__ import annotations

import io
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest

from gtctl.audit.evidence.live.reading import Reader
from gtctl.audit.graph import Graph
from gtctl.audit.model import Verdict
from gtctl.audit.settings import Settings
from gtctl.ground_truth import CORS_RULE, SERVICE_VPC_ENDPOINTS
from gtctl.jobs.dataset import read as read_dataset
from gtctl.jobs.preflight import Scene, run
from gtctl.jobs.preflight.model import Outcome
from gtctl.jobs.preflight.registry import checks
from gtctl.jobs.preflight.scene import read
from gtctl.jobs.render import render
from gtctl.jobs.spec import load
from tests.account import Account, png
from tests.faults import ACCESS_DENIED, Fault, Request, faulty
from tests.jobs.launching import add_member, launch, make_ready, share_sessions, spec_for

Undo = Callable[[], Any]
Break = Callable[[Account, dict[str, Any]], Undo]
_whole: dict[str, tuple[Account, dict[str, Any]]] = {}


@pytest.fixture(autouse=True)
def _one_session(sandbox: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    share_sessions(monkeypatch)


@pytest.fixture
def whole(sandbox: Any, request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Account, dict[str, Any]]:
    """An account in which a job can be launched, made once; and the job's request."""
    if not _whole:
        account = make_ready(request.getfixturevalue("account"))
        rendered = render(load(spec_for(account, tmp_path, "chest")))
        _whole["it"] = account, rendered.request
    return _whole["it"]


def look(account: Account, request: dict[str, Any], *only: str) -> list[tuple[str, Outcome]]:
    """What the checks ``only`` (or all) say that is not PASS, by id."""
    scene = scene_of(account, request)
    found = [(check.id, outcome) for _, check, outcome in run(scene, only)]
    scene.reader.close()
    assert found or only == ("PF402",), "a check that says nothing proves nothing"
    return [(id_, outcome) for id_, outcome in found if outcome.verdict is not Verdict.PASS]


def scene_of(account: Account, request: dict[str, Any]) -> Scene:
    uri = request["InputConfig"]["DataSource"]["S3DataSource"]["ManifestS3Uri"]
    key = uri.partition(f"{account.bucket}/")[2]

    dataset = read_dataset(io.BytesIO(account.read(key)), uri)
    return read(request, dataset, Settings())


def test_nothing_is_said_of_an_account_that_is_whole(whole: tuple[Account, dict[str, Any]]) -> None:
    assert look(*whole) == []


# What is broken, and how it is mended again.


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


FAIL, UNKNOWN = Verdict.FAIL, Verdict.UNKNOWN
BROKEN: list[tuple[Break, str, Verdict, str, str]] = [
    (no_cors, "PF203", FAIL, "no CORS rule lets a page GET", "aws s3api put-bucket-cors"),
    (cors_for_one_origin, "PF203", UNKNOWN, "name some origins only", "https://portal.example"),
    (image_gone, "PF204", FAIL, "1 of 2 images that were looked at (line 2): there is no such object", "aws s3 ls"),
    (dicom_named_png, "PF204", FAIL, "the object is DICOM", "gtctl manifest validate"),
    (sixteen_bits, "PF204", FAIL, "with 16 bits", "gtctl scans prepare"),
    (line_that_names_a_patient, "PF201", FAIL, "line 3", "gtctl manifest validate"),
    (empty_manifest, "PF103", FAIL, "it names no image", "gtctl manifest validate"),
    (image_in_another_region, "PF202", FAIL, "reads and writes in its own Region only", "aws s3 sync"),
    (output_to_no_bucket, "PF202", FAIL, "there is no such bucket", "aws s3api head-bucket"),
    (rights_on_sagemaker_buckets_only, "PF302", FAIL, "the role may not s3:GetObject", "aws iam attach-role-policy"),
    (rights_from_one_address, "PF302", UNKNOWN, "hangs on aws:sourceip", "aws iam list-attached-role-policies"),
    (read_only, "PF303", FAIL, "the role may not s3:PutObject", "aws iam create-policy"),
    (only_another_key, "PF303", FAIL, "statement S0 denies it", "aws s3api get-bucket-policy"),
    (no_rights_on_the_key, "PF304", FAIL, "the role may not kms:GenerateDataKey", "aws kms put-key-policy"),
    (no_rights_on_the_key, "PF305", FAIL, "the role may not kms:Decrypt", "aws kms get-key-policy"),
    (no_log, "PF306", FAIL, "the role may not logs:CreateLogStream", "aws iam create-policy"),
    (trust_in_lambda, "PF301", FAIL, "sagemaker.amazonaws.com may not assume it", "aws iam update-assume-role-policy"),
    (another_role, "PF301", FAIL, "there is no such role", "aws iam get-role"),
    (key_disabled, "PF307", FAIL, "it is disabled", "aws kms enable-key"),
    (key_gone_soon, "PF307", FAIL, "it is pending deletion", "aws kms cancel-key-deletion"),
    (only_by_our_endpoint, "PF602", FAIL, "by which Ground Truth comes, is not among them", "get-bucket-policy"),
    (by_endpoints_with_workers_outside, "PF602", FAIL, "workers would see no image", "update-workforce"),
    (images_from_other_addresses, "PF602", FAIL, "refuses 198.51.100.0/24", "get-bucket-policy"),
    (portal_for_private_addresses, "PF601", FAIL, "workers see a blank page", "aws sagemaker update-workforce"),
    (bound_to_a_vpc_that_is_not, "PF601", UNKNOWN, "the workforce is in none", "aws sagemaker update-workteam"),
    (no_such_team, "PF401", FAIL, "has no such workteam", "aws sagemaker list-workteams"),
    (nobody, "PF403", FAIL, "nobody is in its groups", "aws cognito-idp admin-create-user"),
    (nobody_signed_in, "PF403", FAIL, "none of its 1 members has signed in yet", "list-users-in-group"),
    (more_workers_than_members, "PF403", FAIL, "each image needs 5 workers, and it has 2", "admin-create-user"),
    (no_group, "PF402", FAIL, "a group that is not in the user pool", "aws cognito-idp create-group"),
    (no_time, "PF404", FAIL, "each has 0 s for one", "gtctl manifest split"),
    (silent_topic, "PF405", FAIL, "workers hear of no work", "aws sns get-topic-attributes"),
    (no_domain, "PF502", FAIL, "it has no domain", "aws cognito-idp create-user-pool-domain"),
    (another_callback, "PF503", FAIL, "/oauth2/idpresponse (callback)", "update-user-pool-client"),
    (no_code_flow, "PF504", FAIL, "the flow code is not allowed; the scopes email, profile", "update-user-pool-client"),
    (capital_letters, "PF505", FAIL, "those of 1 members have capitals", "list-users-in-group"),
    (too_many_at_a_time, "PF103", UNKNOWN, "3,000 tasks at a time", "aws support create-case"),
]


@contextmanager
def broken(break_: Break, account: Account, request: dict[str, Any]) -> Iterator[None]:
    undo = break_(account, request)
    try:
        yield
    finally:
        undo()


@pytest.mark.parametrize(
    ("break_", "check", "verdict", "observed", "command"),
    BROKEN,
    ids=[f"{each[1]}-{each[0].__name__}" for each in BROKEN],
)
def test_what_is_broken_is_found_with_its_fix_and_command(
    whole: tuple[Account, dict[str, Any]], break_: Break, check: str, verdict: Verdict, observed: str, command: str
) -> None:
    with broken(break_, *whole):
        found = [outcome for id_, outcome in look(*whole, check) if id_ == check]
    assert any(outcome.verdict is verdict and observed in outcome.observed for outcome in found), found
    assert all(outcome.fix and outcome.command for outcome in found)
    assert any(command in outcome.command for outcome in found), found
    assert not any("Doe" in str(outcome) or "hospital" in str(outcome) for outcome in found)


def test_every_check_is_seen_to_fail(whole: tuple[Account, dict[str, Any]]) -> None:
    proven_elsewhere = {"PF101", "PF102", "PF501"}
    assert {check.id for group in checks().values() for check in group} - proven_elsewhere == {
        each[1] for each in BROKEN
    }


def test_the_printed_commands_mend_what_is_broken(whole: tuple[Account, dict[str, Any]]) -> None:
    """CORS, the client and the role's rights: those whose command needs nothing filled in."""
    account, request = whole
    aws = Path(sys.executable).with_name("aws")
    for break_, check in ((no_cors, "PF203"), (another_callback, "PF503"), (no_log, "PF306")):
        with broken(break_, account, request):
            for outcome in {outcome.command: outcome for _, outcome in look(account, request, check)}.values():
                for command in outcome.command.split(" && "):
                    words = [str(aws), "--region", account.region, *shlex.split(command)[1:]]
                    done = subprocess.run(words, check=False, capture_output=True, text=True, timeout=60)
                    assert done.returncode == 0, done.stderr
            assert look(account, request, check) == []


def test_a_name_in_use_is_found_whatever_its_case(whole: tuple[Account, dict[str, Any]], tmp_path: Path) -> None:
    account, request = whole
    launch(render(load(spec_for(account, tmp_path, "taken"))))
    [(_, outcome)] = look(account, request | {"LabelingJobName": "TAKEN"}, "PF102")
    assert "a job taken exists" in outcome.observed
    assert outcome.command == f"gtctl job status taken --region {account.region}"


def test_an_account_that_shows_no_sign_of_having_used_the_service_is_unknown(
    whole: tuple[Account, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = scene_of(*whole)
    scene.graph = Graph([], complete=True)
    monkeypatch.setattr(scene.reader, "call", lambda *_, **__: {"LabelingJobSummaryList": []})
    [(_, check, outcome)] = run(scene, ["PF101"])
    scene.reader.close()
    assert (check.severity, outcome.verdict) == ("medium", Verdict.UNKNOWN)
    assert "takes no new customers" in outcome.observed
    assert outcome.command == "gtctl doctor --live"


def test_a_workforce_that_is_not_active_is_found(whole: tuple[Account, dict[str, Any]]) -> None:
    scene = scene_of(*whole)
    workforce = scene.workforce()
    assert workforce is not None
    workforce.attributes["status"] = "Failed"  # type: ignore[index]
    [(_, _, outcome)] = run(scene, ["PF501"])
    scene.reader.close()
    assert (outcome.verdict, outcome.observed) == (Verdict.FAIL, "its status is Failed")


def test_what_may_not_be_read_is_unknown_with_the_right_that_is_missing(
    whole: tuple[Account, dict[str, Any]], sandbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything but S3's objects is refused, which is all that whoever prepares images may do."""
    objects = re.compile(r"/[^/?]+/[^?]+")

    def refuse(request: Request) -> Fault | None:
        is_object = request.method in ("GET", "HEAD") and objects.match(request.path)
        if is_object or request.path.startswith("/?Action=GetCallerIdentity"):
            return None
        return Fault(400, "AccessDeniedException") if request.operation else ACCESS_DENIED

    account, request = whole
    key = "chest.manifest"
    dataset = read_dataset(io.BytesIO(account.read(key)), f"s3://{account.bucket}/{key}")
    identity = account.client("sts").get_caller_identity()
    monkeypatch.setattr(Reader, "_identity", lambda self, regions: (regions[0], identity))
    with faulty(sandbox.endpoint, refuse) as endpoint, monkeypatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", endpoint)
        scene = read(request, dataset, Settings())
        found = [(check.id, outcome) for _, check, outcome in run(scene)]
        scene.reader.close()
    assert not any(outcome.verdict is Verdict.FAIL for _, outcome in found), found
    unknown = {id_: outcome for id_, outcome in found if outcome.verdict is Verdict.UNKNOWN}
    assert unknown.keys() >= {"PF101", "PF102", "PF202", "PF203", "PF301", "PF302", "PF304", "PF401", "PF403", "PF602"}
    for id_, right in {
        "PF102": "sagemaker:ListLabelingJobs",
        "PF202": "s3:ListBucket",
        "PF203": "s3:GetBucketCORS",
        "PF301": "iam:GetRole",
        "PF302": "s3:GetBucketPolicy",
        "PF304": "kms:DescribeKey",
        "PF401": "sagemaker:ListWorkteams",
    }.items():
        assert f"it needs {right} on " in unknown[id_].observed
        assert unknown[id_].command == "gtctl job check --print-policy"
