"""Keys: the customer's own with policy and rotation, and AWS managed ones as what a lookup by their alias finds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gtctl.audit.evidence.live.reading import NotRead, Reader
from gtctl.audit.model import Hole, Resource, Unknown

_MANAGED = "alias/aws/"
_LOOKUP = "data.aws_kms_key"


def collect(reader: Reader, region: str) -> list[Resource]:
    """The keys and aliases of a Region."""
    aliases, unread_aliases = reader.listed("kms:ListAliases", region, "Aliases", "aws_kms_alias")
    keys, unread_keys = reader.listed("kms:ListKeys", region, "Keys", "aws_kms_key")
    managed = {alias.get("TargetKeyId"): alias for alias in aliases if alias["AliasName"].startswith(_MANAGED)}
    found = [_looked_up(reader, region, f"{_arn(reader, region)}{key}", a["AliasName"]) for key, a in managed.items()]
    found += [_alias(reader, region, alias) for alias in aliases if alias not in managed.values()]
    ours = [key["KeyArn"] for key in keys if key["KeyId"] not in managed]
    for resources in reader.map(lambda arn: key_of(reader, region, arn, bool(unread_aliases)), ours):
        found += resources
    return [*found, *unread_aliases, *unread_keys]


def key_of(reader: Reader, region: str, arn: str, may_be_managed: bool = False) -> list[Resource]:
    """A key by its ARN. ``may_be_managed``: whether the aliases, which tell AWS managed keys, could not be read."""
    key = arn.rpartition("/")[2]
    known: dict[str, Any] = {"id": key, "key_id": key, "arn": arn}
    try:
        metadata = reader.call("kms:DescribeKey", region, on=arn, KeyId=arn)["KeyMetadata"]
    except NotRead as reason:
        unread = reader.unread("aws_kms_key", key, known, reason, arn, region)
        return [_looked_up(reader, region, arn, Unknown(str(reason))), unread] if may_be_managed else [unread]
    if metadata.get("KeyManager") == "AWS":
        name = Unknown("the key's alias was not read", (_MANAGED, Hole()), nullable=False)
        return [_looked_up(reader, region, arn, name)]
    known |= {
        "description": metadata.get("Description"),
        "is_enabled": metadata.get("Enabled"),
        "key_state": metadata.get("KeyState"),
        "enabled": metadata.get("Enabled"),
        "key_usage": metadata.get("KeyUsage"),
        "customer_master_key_spec": metadata.get("KeySpec"),
        "custom_key_store_id": metadata.get("CustomKeyStoreId"),
        "multi_region": metadata.get("MultiRegion", False),
        "deletion_window_in_days": metadata.get("PendingDeletionWindowInDays"),
        "policy": _policy(reader, region, arn),
    }
    if _rotates(metadata):
        known |= _rotation(reader, region, arn)
    return [reader.resource(_type(metadata), key, known, arn, region)]


def _type(metadata: Mapping[str, Any]) -> str:
    replica = metadata.get("MultiRegionConfiguration", {}).get("MultiRegionKeyType") == "REPLICA"
    if metadata.get("Origin") == "EXTERNAL":
        return "aws_kms_replica_external_key" if replica else "aws_kms_external_key"
    return "aws_kms_replica_key" if replica else "aws_kms_key"


def _policy(reader: Reader, region: str, arn: str) -> Any:
    try:
        return reader.call("kms:GetKeyPolicy", region, on=arn, KeyId=arn, PolicyName="default")["Policy"]
    except NotRead as reason:
        return Unknown(str(reason), nullable=False)


def _rotates(metadata: Mapping[str, Any]) -> bool:
    """Whether KMS rotates such keys at all, and tells about it: symmetric ones of its own making that are in use."""
    return (
        metadata.get("KeySpec") == "SYMMETRIC_DEFAULT"
        and metadata.get("Origin") == "AWS_KMS"
        and metadata.get("KeyState") not in ("PendingDeletion", "PendingReplicaDeletion")
    )


def _rotation(reader: Reader, region: str, arn: str) -> dict[str, Any]:
    try:
        status = reader.call("kms:GetKeyRotationStatus", region, on=arn, KeyId=arn)
    except NotRead as reason:
        return {name: Unknown(str(reason)) for name in ("enable_key_rotation", "rotation_period_in_days")}
    return {
        "enable_key_rotation": status.get("KeyRotationEnabled", False),
        "rotation_period_in_days": status.get("RotationPeriodInDays"),
    }


def _looked_up(reader: Reader, region: str, arn: str, name: Any) -> Resource:
    """What Terraform's lookup gives: the name that was asked for, and the key that has it."""
    attributes = {"id": arn.rpartition("/")[2], "arn": arn, "key_id": name}
    return reader.resource(_LOOKUP, arn.rpartition("/")[2], attributes, arn, region)


def _alias(reader: Reader, region: str, alias: Mapping[str, Any]) -> Resource:
    target = alias.get("TargetKeyId")
    attributes = {
        "id": alias["AliasName"],
        "name": alias["AliasName"],
        "arn": alias["AliasArn"],
        "target_key_id": target,
        "target_key_arn": f"{_arn(reader, region)}{target}" if target else None,
    }
    return reader.resource("aws_kms_alias", alias["AliasName"], attributes, alias["AliasArn"], region)


def _arn(reader: Reader, region: str) -> str:
    return f"arn:{reader.partition}:kms:{region}:{reader.account}:key/"
