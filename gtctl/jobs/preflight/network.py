"""Whether workers' computers reach the portal and the images: lists of addresses, VPCs, and what images are bound to.

Sources: Developer Guide, "Manage a workforce" (allowed addresses), "Run a labeling job in a VPC" and the API reference
of S3Presign. Outside of the allowed addresses the portal is a blank page (HTTP 204).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from gtctl.audit.iam import Statement
from gtctl.audit.model import Resource
from gtctl.ground_truth import SERVICE_VPC_ENDPOINTS
from gtctl.jobs.preflight.model import Check, Outcome, check, failed, passed, unknown
from gtctl.jobs.preflight.policies import document
from gtctl.jobs.preflight.scene import Scene

_PRESIGN = "worker_access_configuration.s3_presign.iam_policy_constraints"


@check("PF601", "Workers reach the portal, and their images from the same address", lambda scene: "the workforce")
def portal_and_images_agree(scene: Scene) -> Iterator[Outcome]:
    workforce, team = scene.workforce(), scene.workteam()
    if workforce is None or team is None:
        return
    subject, name = str(workforce.get("arn")), workforce.get("workforce_name")
    ranges = _ranges(workforce)
    in_vpc = bool(workforce.get("workforce_vpc_config.vpc_id"))
    private = [str(each) for each in ranges if each.is_private and not each.is_loopback]
    if ranges and len(private) == len(ranges) and not in_vpc:
        yield failed(
            subject,
            f"its portal is open to {', '.join(private)} only, addresses that nobody has on the internet, and it is in"
            " no VPC: workers see a blank page",
            "allow the addresses by which workers leave their network, or put the portal into your VPC",
            f"aws sagemaker update-workforce --workforce-name {name} --source-ip-config Cidrs=ADDRESS/32",
        )
        return
    by_source = team.get(f"{_PRESIGN}.source_ip") == "Enabled"
    by_vpc = team.get(f"{_PRESIGN}.vpc_source_ip") == "Enabled"
    team_name = team.get("workteam_name")
    if by_vpc and not in_vpc:
        yield unknown(
            scene.workteam_arn,
            "images are bound to addresses within a VPC, and the workforce is in none: they load only where workers"
            " reach S3 by an endpoint of their own VPC",
            "bind them to SourceIp, or put the workforce into the VPC",
            f"aws sagemaker update-workteam --workteam-name {team_name} --worker-access-configuration"
            " 'S3Presign={IamPolicyConstraints={SourceIp=Enabled,VpcSourceIp=Disabled}}'",
        )
    elif by_source and in_vpc:
        yield unknown(
            scene.workteam_arn,
            "images are bound to the address from which the portal is opened, which within the VPC is a private one:"
            " where S3 is reached by another way, it refuses",
            "bind them to VpcSourceIp, and give the VPC an endpoint for S3",
            f"aws sagemaker update-workteam --workteam-name {team_name} --worker-access-configuration"
            " 'S3Presign={IamPolicyConstraints={SourceIp=Disabled,VpcSourceIp=Enabled}}'",
        )
    else:
        allowed = ", ".join(map(str, ranges)) or "any address"
        bound = "; images only from the address that opened the portal" if by_source else ""
        yield passed(subject, f"the portal is open to {allowed}{bound}")


@check("PF602", "Buckets that are closed to the internet let Ground Truth and the workers in", lambda scene: "buckets")
def closed_buckets_are_open_to_the_job(scene: Scene) -> Iterator[Outcome]:
    endpoint = SERVICE_VPC_ENDPOINTS.get(scene.region, "")
    for bucket in scene.buckets:
        subject = f"s3://{bucket}"
        denies = [each for each in document(scene.bucket_policy(bucket)) if each.effect == "Deny"]
        closed = [each for each in denies if _compares(each, "aws:sourcevpce", "not")]
        listed = [each for each in denies if _compares(each, "aws:sourceip", "notipaddress")]
        shut_out = [each for each in closed if not _exempts(each, scene) and not _lists(each, endpoint)]
        if shut_out:
            yield failed(
                subject,
                f"{_named(shut_out[0])} refuses what does not come by its VPC endpoints, and {endpoint}, by which"
                " Ground Truth comes, is not among them",
                f"add {endpoint} to aws:SourceVpce; while no job runs, for a change of the policy makes running ones"
                " fail",
                f"aws s3api get-bucket-policy --bucket {bucket} --query Policy --output text",
            )
        elif closed and bucket in scene.image_buckets and not _in_vpc(scene):
            yield failed(
                subject,
                f"{_named(closed[0])} refuses what does not come by VPC endpoints, and the workforce is in no VPC:"
                " workers would see no image",
                "put the workforce into the VPC, or keep the images in a bucket that the portal reaches",
                "aws sagemaker update-workforce --workforce-name NAME --workforce-vpc-config"
                " VpcId=VPC,SecurityGroupIds=GROUP,Subnets=SUBNET",
            )
        elif listed and bucket in scene.image_buckets:
            yield from _by_address(scene, subject, listed[0], bucket)
        else:
            yield passed(subject)


def _by_address(scene: Scene, subject: str, statement: Statement, bucket: str) -> Iterator[Outcome]:
    """A list of addresses in the bucket's policy beside that of the portal."""
    allowed = [
        ipaddress.ip_network(value, strict=False)
        for condition in statement.condition("aws:sourceip")
        for value in condition.values
    ]
    workforce = scene.workforce()
    outside = [
        str(each)
        for each in (_ranges(workforce) if workforce else [])
        if not any(each.version == wide.version and each.subnet_of(wide) for wide in allowed)  # type: ignore[arg-type]
    ]
    command = f"aws s3api get-bucket-policy --bucket {bucket} --query Policy --output text"
    if outside:
        yield failed(
            subject,
            f"{_named(statement)} refuses {', '.join(outside)}, from where the portal may be opened: workers would see"
            " no image",
            "allow the same addresses in both",
            command,
        )
    else:
        yield unknown(
            subject,
            f"{_named(statement)} refuses all but some addresses; from which Ground Truth itself reads is not"
            " documented",
            "except the job's role from the statement (aws:PrincipalArn)",
            command,
        )


def _ranges(workforce: Resource) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    found = workforce.get("source_ip_config.cidrs") or []
    return [ipaddress.ip_network(each, strict=False) for each in found]


def _in_vpc(scene: Scene) -> bool:
    workforce = scene.workforce()
    return bool(workforce and workforce.get("workforce_vpc_config.vpc_id"))


def _compares(statement: Statement, key: str, operator: str) -> bool:
    return any(operator in condition.operator for condition in statement.condition(key))


def _lists(statement: Statement, endpoint: str) -> bool:
    return any(endpoint in condition.values for condition in statement.condition("aws:sourcevpce"))


def _exempts(statement: Statement, scene: Scene) -> bool:
    """Whether the statement leaves the job's role alone."""
    return any(
        "not" in condition.operator and scene.role_arn in condition.values
        for condition in statement.condition("aws:principalarn")
    )


def _named(statement: Statement) -> str:
    return f"statement {statement.sid}" if statement.sid else "a statement of its policy"


CHECKS: tuple[Check, ...] = (portal_and_images_agree, closed_buckets_are_open_to_the_job)
