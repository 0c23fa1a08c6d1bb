"""Whether the job's role may do what Ground Truth does with it.

What it needs: Developer Guide, "Create a SageMaker AI execution role for a Ground Truth labeling job" and "Encrypt
output data and storage volume". Images are shown by addresses that are signed with the role, so it needs their key.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Sequence
from typing import Any

from gtctl.audit.conditions import Probe
from gtctl.audit.model import Severity, Undecided
from gtctl.aws import parse_s3_uri
from gtctl.ground_truth import SERVICE_VPC_ENDPOINTS
from gtctl.jobs.preflight.model import Check, Outcome, check, failed, passed, unknown
from gtctl.jobs.preflight.policies import Answer, Decision, Question, by_resource, document, of_key, together
from gtctl.jobs.preflight.role import Role
from gtctl.jobs.preflight.scene import Scene

SERVICE = "sagemaker.amazonaws.com"
OUTPUT_KEY_ACTIONS = (
    "kms:Encrypt",
    "kms:Decrypt",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:GenerateDataKey",
    "kms:DescribeKey",
)
_LOGS = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents")


def _role(scene: Scene) -> str:
    return scene.role_arn


@check("PF301", "Ground Truth may assume the role", _role)
def role_is_assumed(scene: Scene) -> Iterator[Outcome]:
    role = _known(scene)
    if not role.exists:
        yield failed(
            role.arn, "there is no such role", "correct role_arn", f"aws iam get-role --role-name {_name(role)}"
        )
        return
    if role.unread:
        yield unknown(role.arn, role.unread)
        return
    context = {
        "aws:sourceaccount": scene.reader.account,
        "aws:sourcearn": f"{_arn(scene, 'sagemaker')}:labeling-job/{scene.name}",
    }
    question = Question("sts:AssumeRole", role.arn, SERVICE, context)
    decision = by_resource(role.trust, question)
    yield _outcome(
        role.arn,
        decision,
        f"{SERVICE} may not assume it by its trust policy",
        f"let {SERVICE} assume it, for this account only",
        f"aws iam update-assume-role-policy --role-name {_name(role)} --policy-document {_trust(scene)}",
    )


@check("PF302", "The role may read manifest, images and configuration", _role)
def role_reads(scene: Scene) -> Iterator[Outcome]:
    role = _known(scene)
    uris = dict.fromkeys([scene.manifest, *scene.image_buckets.values(), *scene.configuration])
    needs = [("s3:GetObject", uri) for uri in uris]
    buckets = dict.fromkeys(parse_s3_uri(uri).bucket for uri in (scene.manifest, *scene.image_buckets.values()))
    needs += [(action, f"s3://{bucket}") for bucket in buckets for action in ("s3:ListBucket", "s3:GetBucketLocation")]
    yield from _on_objects(scene, role, needs)


@check("PF303", "The role may write the labels", _role)
def role_writes(scene: Scene) -> Iterator[Outcome]:
    role = _known(scene)
    written = f"{scene.output.rstrip('/')}/{scene.name}/manifests/output/output.manifest"
    bucket = f"s3://{parse_s3_uri(scene.output).bucket}"
    needs = [(action, written) for action in ("s3:PutObject", "s3:GetObject", "s3:AbortMultipartUpload")]
    needs += [(action, bucket) for action in ("s3:ListBucket", "s3:GetBucketLocation")]
    yield from _on_objects(scene, role, needs)


@check("PF304", "The role may use the output's key", _role)
def role_uses_output_key(scene: Scene) -> Iterator[Outcome]:
    yield from _on_key(scene, scene.output_key, OUTPUT_KEY_ACTIONS, "the labels")


@check("PF305", "The role may decrypt the manifest and the images", _role)
def role_decrypts_input(scene: Scene) -> Iterator[Outcome]:
    for key, uri in scene.input_keys().items():
        yield from _on_key(scene, key, ("kms:Decrypt",), f"s3://{parse_s3_uri(uri).bucket}")
    for uri in (scene.manifest, *scene.image_buckets.values()):
        if uri in scene.unread:
            yield unknown(uri, f"under which key it lies is not known: {scene.unread[uri]}")


@check("PF306", "The role may write the job's log and metrics", _role, Severity.LOW)
def role_logs(scene: Scene) -> Iterator[Outcome]:
    role = _known(scene)
    group = f"{_arn(scene, 'logs')}:log-group:/aws/sagemaker/LabelingJobs"
    for action in _LOGS:
        resource = group if action != "logs:PutLogEvents" else f"{group}:log-stream:{scene.name}"
        yield from _asked(scene, role, action, resource, [])
    yield from _asked(
        scene, role, "cloudwatch:PutMetricData", "*", [], {"cloudwatch:namespace": "/aws/sagemaker/LabelingJobs"}
    )


@check("PF307", "The keys are in service", lambda scene: scene.output_key)
def keys_are_in_service(scene: Scene) -> Iterator[Outcome]:
    for arn in dict.fromkeys([scene.output_key, *scene.input_keys()]):
        key = scene.key(arn)
        if key is None:
            yield failed(arn, "there is no such key", "correct the key's ARN", f"aws kms describe-key --key-id {arn}")
        elif key.type.startswith("data."):
            yield failed(
                arn,
                "an AWS managed key, whose policy cannot be changed",
                "encrypt with a key of your own",
                f"aws kms describe-key --key-id {arn}",
            )
        elif not key.get("is_enabled"):
            enable = f"aws kms enable-key --key-id {arn}"
            gone = str(key.get("key_state")).startswith("Pending")
            yield failed(
                arn,
                "it is pending deletion" if gone else "it is disabled",
                "cancel the deletion and enable the key" if gone else "enable the key",
                f"aws kms cancel-key-deletion --key-id {arn} && {enable}" if gone else enable,
            )
        else:
            yield passed(arn)


CHECKS: tuple[Check, ...] = (
    *(role_is_assumed, role_reads, role_writes, role_uses_output_key, role_decrypts_input, role_logs),
    keys_are_in_service,
)


def _arn(scene: Scene, service: str) -> str:
    return f"arn:{scene.reader.partition}:{service}:{scene.region}:{scene.reader.account}"


def _known(scene: Scene) -> Role:
    if scene.role is None:
        raise Undecided("the role was not read")
    return scene.role


def _on_objects(scene: Scene, role: Role, needs: Sequence[tuple[str, str]]) -> Iterator[Outcome]:
    for action, uri in needs:
        place = parse_s3_uri(uri)
        resource = f"arn:{scene.reader.partition}:s3:::{place.bucket}{'/' if place.key else ''}{place.key}"
        if scene.bucket_regions.get(place.bucket, "") is None:
            continue  # no such bucket: has a check of its own
        policy = scene.bucket_policy(place.bucket)
        context: dict[str, Any] = {"s3:resourceaccount": scene.reader.account}
        if action == "s3:PutObject":
            context |= {
                "s3:x-amz-server-side-encryption": "aws:kms",
                "s3:x-amz-server-side-encryption-aws-kms-key-id": scene.output_key,
                "s3:x-amz-server-side-encryption-customer-algorithm": Probe.ABSENT,
                "s3:x-amz-acl": Probe.ABSENT,
            }
        yield from _asked(scene, role, action, resource, document(policy), context)


def _asked(
    scene: Scene,
    role: Role,
    action: str,
    resource: str,
    policy: Sequence[Any],
    context: dict[str, Any] | None = None,
) -> Iterator[Outcome]:
    if not role.exists:
        return
    question = Question(action, resource, role.arn, _context(scene) | (context or {}))
    decision = together(role.may(question), by_resource(policy, question))
    if decision.answer is Answer.NOT_ALLOWED:
        fix, command = f"let the role {action} there", _grant(scene, action, resource)
    else:
        fix, command = "change the statement, or take the role out of it", _see_policy(decision, resource, role)
    yield _outcome(resource, decision, f"the role may not {action}", fix, command)


def _on_key(scene: Scene, arn: str, actions: Sequence[str], what: str) -> Iterator[Outcome]:
    role = _known(scene)
    key = scene.key(arn)
    if key is None or not role.exists:
        return
    policy = document(key.get("policy"))
    context = _context(scene) | {
        "kms:viaservice": f"s3.{scene.region}.amazonaws.com",
        "kms:calleraccount": scene.reader.account,
    }
    for action in actions:
        question = Question(action, arn, role.arn, context)
        yield _outcome(
            arn,
            of_key(role.may(question), policy, question),
            f"the role may not {action} for {what}",
            f"add a statement to the key's policy that lets the role {action}",
            f"aws kms get-key-policy --key-id {arn} --policy-name default --output text > policy.json"
            f" && $EDITOR policy.json && aws kms put-key-policy --key-id {arn} --policy-name default"
            " --policy file://policy.json",
        )


def _context(scene: Scene) -> dict[str, Any]:
    """What is known of every call that Ground Truth makes with the role."""
    known: dict[str, Any] = {
        "aws:principalarn": scene.role_arn,
        "aws:principalaccount": scene.reader.account,
        "aws:principaltype": "AssumedRole",
        "aws:principalisawsservice": "false",
        "aws:securetransport": "true",
        "s3:tlsversion": "1.2",  # the oldest that AWS speaks
        "aws:requestedregion": scene.region,
        "aws:resourceaccount": scene.reader.account,
    }
    if endpoint := SERVICE_VPC_ENDPOINTS.get(scene.region):
        known["aws:sourcevpce"] = endpoint
    return known


def _outcome(subject: str, decision: Decision, denial: str, fix: str, command: str) -> Outcome:
    """``denial`` says what is not allowed, should it be so."""
    if decision.answer is Answer.ALLOWED:
        return passed(subject)
    if decision.answer is Answer.OPEN:
        return unknown(subject, f"it may be that {denial}: {decision.why}", fix, command)
    return failed(subject, f"{denial}: {decision.why}", fix, command)


def _see_policy(decision: Decision, resource: str, role: Role) -> str:
    bucket = resource.partition(":s3:::")[2].partition("/")[0]
    if bucket and decision.statement and (decision.statement.principals or decision.statement.not_principals):
        return f"aws s3api get-bucket-policy --bucket {bucket} --query Policy --output text"
    return f"aws iam list-attached-role-policies --role-name {_name(role)}"


def _grant(scene: Scene, action: str, resource: str) -> str:
    """A managed policy: inline ones are hard to find, and a rule says so."""
    bucket, _, key = resource.partition(":s3:::")[2].partition("/")
    resource = f"{resource.partition('/')[0]}/*" if bucket and key else resource
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource}]}
    name = f"ground-truth-{action.partition(':')[2].lower()}{f'-{bucket}' if bucket else ''}"
    arn = f"arn:{scene.reader.partition}:iam::{scene.reader.account}:policy/{name}"
    return (
        f"aws iam create-policy --policy-name {name} --policy-document {shlex.quote(json.dumps(policy))}"
        f" && aws iam attach-role-policy --role-name {scene.role_arn.rpartition('/')[2]} --policy-arn {arn}"
    )


def _trust(scene: Scene) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": SERVICE},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": scene.reader.account}},
    }
    return shlex.quote(json.dumps({"Version": "2012-10-17", "Statement": [statement]}))


def _name(role: Role) -> str:
    return role.arn.rpartition("/")[2]
