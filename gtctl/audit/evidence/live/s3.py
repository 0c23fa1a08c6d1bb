"""Buckets: each setting is a resource of its own, as in Terraform; one that is not set is no resource."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gtctl.audit.evidence.live.reading import NotRead, Reader
from gtctl.audit.model import Resource
from gtctl.audit.outcome import Gap

_PUBLIC_ACCESS = {
    "BlockPublicAcls": "block_public_acls",
    "BlockPublicPolicy": "block_public_policy",
    "IgnorePublicAcls": "ignore_public_acls",
    "RestrictPublicBuckets": "restrict_public_buckets",
}
_ACCOUNT_BLOCK = "aws_s3_account_public_access_block"


def collect(reader: Reader, regions: Collection[str]) -> list[Resource]:
    """The buckets of ``regions`` and the account's public access block."""
    types = ("aws_s3_bucket", *(setting.type for setting in _SETTINGS))
    listed, found = reader.listed("s3:ListBuckets", reader.home, "Buckets", *types)
    # A bucket that says nothing about its Region is looked at.
    ours = [bucket for bucket in listed if bucket.get("BucketRegion") in (None, *regions)]
    for region in sorted({bucket["BucketRegion"] for bucket in listed if bucket not in ours}):
        number = sum(1 for bucket in listed if bucket.get("BucketRegion") == region)
        what = "1 bucket" if number == 1 else f"{number} buckets"
        reader.note(Gap(what=what, why="the Region was not asked for", account=reader.account, region=region))
    settings = _settings(
        reader, [(bucket["Name"], bucket.get("BucketRegion") or reader.home) for bucket in ours], _SETTINGS
    )
    for bucket in ours:
        found.append(_bucket(reader, bucket["Name"], bucket.get("BucketRegion")))
    return [*found, *settings, *_of_the_account(reader)]


def named(reader: Reader, buckets: Mapping[str, str], operations: Collection[str]) -> list[Resource]:
    """Some buckets (name -> Region), of their settings those that ``operations`` give, and the account's block."""
    found = [_bucket(reader, name, region) for name, region in buckets.items()]
    chosen = [setting for setting in _SETTINGS if setting.operation in operations]
    return [*found, *_settings(reader, buckets.items(), chosen), *_of_the_account(reader)]


def _bucket(reader: Reader, name: str, region: str | None) -> Resource:
    arn = f"arn:{reader.partition}:s3:::{name}"
    return reader.resource("aws_s3_bucket", name, {"id": name, "bucket": name, "arn": arn, "region": region}, arn)


def _settings(reader: Reader, buckets: Iterable[tuple[str, str]], settings: Collection[_Setting]) -> list[Resource]:
    asked = [(name, region, setting) for name, region in buckets for setting in settings]
    return [resource for resource in reader.map(lambda each: _setting(reader, *each), asked) if resource]


def _of_the_account(reader: Reader) -> list[Resource]:
    try:
        answer = reader.call(
            "s3control:GetPublicAccessBlock",
            reader.home,
            absent="NoSuchPublicAccessBlockConfiguration",
            AccountId=reader.account,
        )
    except NotRead as reason:
        return [reader.stand_in(_ACCOUNT_BLOCK, str(reason))]
    if not (attributes := _public_access(answer)):
        return []
    attributes["account_id"] = reader.account
    return [reader.resource(_ACCOUNT_BLOCK, "this", attributes, f"aws://{reader.account}/{_ACCOUNT_BLOCK}")]


@dataclass(frozen=True, slots=True)
class _Setting:
    """type: of the resource that it becomes. absent: the error code where it is not set. read: the attributes, from
    the answer; nothing where the answer says that it is not set.
    """

    operation: str
    type: str
    absent: str
    read: Callable[[Mapping[str, Any]], dict[str, Any]]


def _setting(reader: Reader, bucket: str, region: str, setting: _Setting) -> Resource | None:
    arn = f"arn:{reader.partition}:s3:::{bucket}"
    try:
        answer = reader.call(f"s3:{setting.operation}", region, on=arn, absent=setting.absent, Bucket=bucket)
    except NotRead as reason:
        return reader.unread_if_any(setting.type, bucket, {"bucket": bucket}, reason, arn)
    attributes = setting.read(answer)
    return reader.resource(setting.type, bucket, {"bucket": bucket, **attributes}, arn) if attributes else None


def _encryption(answer: Mapping[str, Any]) -> dict[str, Any]:
    rules = []
    for rule in answer.get("ServerSideEncryptionConfiguration", {}).get("Rules", ()):
        default = rule.get("ApplyServerSideEncryptionByDefault", {})
        applied = {"sse_algorithm": default.get("SSEAlgorithm"), "kms_master_key_id": default.get("KMSMasterKeyID")}
        rules.append(
            {
                "apply_server_side_encryption_by_default": [applied],
                "bucket_key_enabled": rule.get("BucketKeyEnabled", False),
            }
        )
    return {"rule": rules} if rules else {}


def _policy(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {"policy": answer["Policy"]} if answer.get("Policy") else {}


def _public_access(answer: Mapping[str, Any]) -> dict[str, Any]:
    block = answer.get("PublicAccessBlockConfiguration")
    return {ours: block.get(theirs, False) for theirs, ours in _PUBLIC_ACCESS.items()} if block else {}


def _ownership(answer: Mapping[str, Any]) -> dict[str, Any]:
    rules = answer.get("OwnershipControls", {}).get("Rules", ())
    # Without controls (buckets made before April 2023) objects belong to who writes them, and ACLs are enabled.
    return {"rule": [{"object_ownership": rule["ObjectOwnership"]} for rule in rules] or _OBJECT_WRITER}


_OBJECT_WRITER = [{"object_ownership": "ObjectWriter"}]


def _acl(answer: Mapping[str, Any]) -> dict[str, Any]:
    grants = [
        {
            "permission": grant.get("Permission"),
            "grantee": [
                {
                    "type": grant.get("Grantee", {}).get("Type"),
                    "id": grant.get("Grantee", {}).get("ID"),
                    "uri": grant.get("Grantee", {}).get("URI"),
                }
            ],
        }
        for grant in answer.get("Grants", ())
    ]
    return {"access_control_policy": [{"grant": grants}]}


def _cors(answer: Mapping[str, Any]) -> dict[str, Any]:
    rules = [
        {
            "allowed_headers": rule.get("AllowedHeaders", []),
            "allowed_methods": rule.get("AllowedMethods", []),
            "allowed_origins": rule.get("AllowedOrigins", []),
            "expose_headers": rule.get("ExposeHeaders", []),
            "max_age_seconds": rule.get("MaxAgeSeconds"),
        }
        for rule in answer.get("CORSRules", ())
    ]
    return {"cors_rule": rules} if rules else {}


def _logging(answer: Mapping[str, Any]) -> dict[str, Any]:
    enabled = answer.get("LoggingEnabled")
    if not enabled:
        return {}
    return {"target_bucket": enabled.get("TargetBucket"), "target_prefix": enabled.get("TargetPrefix", "")}


def _versioning(answer: Mapping[str, Any]) -> dict[str, Any]:
    if not answer.get("Status"):
        return {}
    return {
        "versioning_configuration": [{"status": answer["Status"], "mfa_delete": answer.get("MFADelete", "Disabled")}]
    }


def _lock(answer: Mapping[str, Any]) -> dict[str, Any]:
    configuration = answer.get("ObjectLockConfiguration")
    if not configuration:
        return {}
    retention = configuration.get("Rule", {}).get("DefaultRetention")
    found: dict[str, Any] = {"object_lock_enabled": configuration.get("ObjectLockEnabled")}
    if retention:
        kept = {"mode": retention.get("Mode"), "days": retention.get("Days"), "years": retention.get("Years")}
        found["rule"] = [{"default_retention": [kept]}]
    return found


def _lifecycle(answer: Mapping[str, Any]) -> dict[str, Any]:
    rules = [_lifecycle_rule(rule) for rule in answer.get("Rules", ())]
    return {"rule": rules} if rules else {}


def _lifecycle_rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"id": rule.get("ID"), "status": rule.get("Status"), "prefix": rule.get("Prefix")}
    if expiration := rule.get("Expiration"):
        found["expiration"] = [{"days": expiration.get("Days"), "date": _text(expiration.get("Date"))}]
    if filter_ := rule.get("Filter"):
        both = filter_.get("And", {})
        found["filter"] = [
            {
                "prefix": filter_.get("Prefix"),
                "tag": [_tag(filter_["Tag"])] if filter_.get("Tag") else [],
                "and": [{"prefix": both.get("Prefix"), "tags": _tags(both.get("Tags", ()))}] if both else [],
            }
        ]
    return found


def _replication(answer: Mapping[str, Any]) -> dict[str, Any]:
    configuration = answer.get("ReplicationConfiguration")
    if not configuration:
        return {}
    rules = [_replication_rule(rule) for rule in configuration.get("Rules", ())]
    return {"role": configuration.get("Role"), "rule": rules}


def _replication_rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    destination = rule.get("Destination", {})
    key = destination.get("EncryptionConfiguration", {}).get("ReplicaKmsKeyID")
    selected = rule.get("SourceSelectionCriteria", {}).get("SseKmsEncryptedObjects", {}).get("Status")
    return {
        "id": rule.get("ID"),
        "status": rule.get("Status"),
        "source_selection_criteria": [{"sse_kms_encrypted_objects": [{"status": selected}]}] if selected else [],
        "destination": [
            {
                "bucket": destination.get("Bucket"),
                "encryption_configuration": [{"replica_kms_key_id": key}] if key else [],
            }
        ],
    }


def _tag(tag: Mapping[str, Any]) -> dict[str, Any]:
    return {"key": tag.get("Key"), "value": tag.get("Value")}


def _tags(tags: Collection[Mapping[str, Any]]) -> dict[str, Any]:
    return {tag["Key"]: tag.get("Value") for tag in tags}


def _text(value: datetime.datetime | None) -> str | None:
    return value.isoformat() if value else None


_SETTINGS = (
    _Setting(
        "GetBucketEncryption",
        "aws_s3_bucket_server_side_encryption_configuration",
        "ServerSideEncryptionConfigurationNotFoundError",
        _encryption,
    ),
    _Setting("GetBucketPolicy", "aws_s3_bucket_policy", "NoSuchBucketPolicy", _policy),
    _Setting(
        "GetPublicAccessBlock",
        "aws_s3_bucket_public_access_block",
        "NoSuchPublicAccessBlockConfiguration",
        _public_access,
    ),
    _Setting(
        "GetBucketOwnershipControls",
        "aws_s3_bucket_ownership_controls",
        "OwnershipControlsNotFoundError",
        _ownership,
    ),
    _Setting("GetBucketAcl", "aws_s3_bucket_acl", "", _acl),
    _Setting("GetBucketCors", "aws_s3_bucket_cors_configuration", "NoSuchCORSConfiguration", _cors),
    _Setting("GetBucketLogging", "aws_s3_bucket_logging", "", _logging),
    _Setting("GetBucketVersioning", "aws_s3_bucket_versioning", "", _versioning),
    _Setting(
        "GetObjectLockConfiguration",
        "aws_s3_bucket_object_lock_configuration",
        "ObjectLockConfigurationNotFoundError",
        _lock,
    ),
    _Setting(
        "GetBucketLifecycleConfiguration",
        "aws_s3_bucket_lifecycle_configuration",
        "NoSuchLifecycleConfiguration",
        _lifecycle,
    ),
    _Setting(
        "GetBucketReplication",
        "aws_s3_bucket_replication_configuration",
        "ReplicationConfigurationNotFoundError",
        _replication,
    ),
)
