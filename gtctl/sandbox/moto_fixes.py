"""Where moto, as released, stands in the way of correct Terraform code, or is slow. Each fix says what it mends."""

from __future__ import annotations

import json
from collections.abc import Callable
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

import flask
from moto.cloudtrail.models import CloudTrailBackend
from moto.cognitoidp import models as cognito_models
from moto.cognitoidp.exceptions import InvalidParameterException
from moto.cognitoidp.models import CognitoIdpBackend
from moto.core.config import default_user_config
from moto.core.responses import ActionResult
from moto.iam.access_control import PermissionResult
from moto.iam.exceptions import IAMException
from moto.iam.models import ManagedPolicy
from moto.iam.responses import IamResponse
from moto.kms import models as kms_models
from moto.kms import responses as kms_responses
from moto.kms.exceptions import AccessDeniedException
from moto.logs.exceptions import ResourceNotFoundException
from moto.logs.models import LogsBackend
from moto.logs.responses import LogsResponse
from moto.s3.models import OWNER, FakeBucket
from moto.s3.responses import S3Response

from gtctl.sandbox.bucket_policies import context_of, decision, many

LOG_DELIVERY = "logging.s3.amazonaws.com"
DEFAULT_ROTATION_DAYS = 365
_ENABLE_KEY_ROTATION: Any = kms_responses.KmsResponse.enable_key_rotation
_KEY_ROTATION_STATUS: Any = kms_responses.KmsResponse.get_key_rotation_status
_BUCKET_NOTIFICATION: Any = S3Response.get_bucket_notification
_BUCKET_REPLICATION: Any = S3Response.get_bucket_replication
_REPLICATION_RULE = (
    "ID",
    "Priority",
    "Status",
    "DeleteMarkerReplication",
    "Destination",
    "ExistingObjectReplication",
    "SourceSelectionCriteria",
)
_SET_ONCE = ("AliasAttributes", "UserPoolTags", "UsernameAttributes", "UsernameConfiguration")
_RESULTS = {"Deny": PermissionResult.DENIED, "Allow": PermissionResult.PERMITTED, None: PermissionResult.NEUTRAL}


def apply() -> None:
    """Mend moto in this process."""
    bucket: Any = FakeBucket
    bucket._log_permissions_enabled_policy = staticmethod(may_deliver_logs)
    bucket.get_permission = permission
    s3: Any = S3Response
    s3.all_buckets = all_buckets
    s3.get_bucket_notification = bucket_notification
    s3.get_bucket_replication = bucket_replication
    kms: Any = kms_responses
    kms.validate_policy = refuse_what_the_key_policy_denies
    kms.KmsResponse.enable_key_rotation = enable_key_rotation
    kms.KmsResponse.get_key_rotation_status = key_rotation_status
    cloudtrail: Any = CloudTrailBackend
    cloudtrail.delete_trail = delete_trail
    keys: Any = kms_models
    keys.generate_private_key = _none_for_symmetric_keys(keys.generate_private_key)
    pools: Any = cognito_models
    pools.jwk = _PoolKey(pools.jwk.RSAKey.import_key)
    cognito: Any = CognitoIdpBackend
    cognito.update_user_pool = update_user_pool
    cognito.set_user_pool_mfa_config = _and_what_describes_it(cognito.set_user_pool_mfa_config)
    cognito.delete_user_pool = _unless_protected(cognito.delete_user_pool)
    iam: Any = IamResponse
    iam.simulate_principal_policy = refuse_to_simulate
    policy: Any = ManagedPolicy
    policy.policy_name = property(lambda self: self.name)  # which GetAccountAuthorizationDetails lacks
    # Without these no role can be given a policy of AWS's own.
    default_user_config["iam"]["load_aws_managed_policies"] = True
    logs: Any = LogsBackend
    logs.delete_log_group = _and_its_tags(logs.delete_log_group)
    logs_api: Any = LogsResponse
    logs_api.associate_kms_key = associate_kms_key
    logs_api.disassociate_kms_key = disassociate_kms_key


def permission(bucket: Any, action: str, resource: str) -> PermissionResult:
    """What the bucket's policy says of the request being served. moto's own answer leaves conditions out."""
    policy = json.loads(bucket.policy) if bucket.policy else {}
    return _RESULTS[decision(policy, action, resource, context_of(dict(flask.request.headers)))]


def all_buckets(response: Any) -> Any:
    """ListBuckets with the Region of each bucket, which moto leaves out."""
    response.data["Action"] = "ListAllMyBuckets"
    response._authenticate_and_authorize_s3_action()
    asked = {name: response._get_param(name.replace("_", "-")) for name in ("prefix", "bucket_region", "max_buckets")}
    buckets = [
        {"Name": each.name, "CreationDate": each.creation_date_ISO8601, "BucketRegion": each.region_name}
        for each in response.backend.list_buckets(**asked)
    ]
    response.data["Action"] = "ListBuckets"
    return response.serialized(ActionResult({"Owner": {"ID": OWNER, "DisplayName": "sandbox"}, "Buckets": buckets}))


def bucket_notification(response: Any) -> Any:
    """GetBucketNotificationConfiguration with EventBridge, which moto leaves out. Other targets are moto's own part."""
    found = response.backend.get_bucket_notification_configuration(response.bucket_name)
    if not found or found.event_bridge is None or found.topic or found.queue or found.cloud_function:
        return _BUCKET_NOTIFICATION(response)
    response.data["Action"] = "GetBucketNotificationConfiguration"
    return response.serialized(ActionResult({"EventBridgeConfiguration": {}}))


def bucket_replication(response: Any) -> Any:
    """GetBucketReplication, with what a rule says of encrypted objects and delete markers. moto leaves both out."""
    found = response.backend.get_bucket_replication(response.bucket_name)
    if not found:
        return _BUCKET_REPLICATION(response)
    response.data["Action"] = "GetBucketReplication"
    defaults = {"DeleteMarkerReplication": {"Status": "Disabled"}, "Filter": {"Prefix": ""}}
    rules = [defaults | {name: rule[name] for name in _REPLICATION_RULE if rule.get(name)} for rule in found["Rule"]]
    configuration = {"Role": found["Role"], "Rules": rules}
    return response.serialized(ActionResult({"ReplicationConfiguration": configuration}))


def refuse_to_simulate(_response: Any) -> Any:
    """SimulatePrincipalPolicy is not there, and says so. moto breaks down, which clients take for a passing failure."""
    raise IAMException("NotImplemented", "The sandbox does not simulate policies.")


def refuse_what_the_key_policy_denies(key: Any, action: str) -> None:
    """Raise AccessDeniedException where the key's policy denies the action. moto's own check leaves conditions out."""
    if decision(json.loads(key.policy or "{}"), action, key.arn, context_of({})) == "Deny":
        raise AccessDeniedException(message=f"The key policy of {key.arn} denies {action}.")


def _none_for_symmetric_keys(generate: Callable[[str], Any]) -> Callable[[str], Any]:
    """Symmetric keys have no private key. moto makes one for them too, which takes up to a tenth of a second."""
    return lambda key_spec: None if key_spec == "SYMMETRIC_DEFAULT" else generate(key_spec)


class _PoolKey:
    """In place of joserfc's module ``jwk``, as far as moto uses it for user pools: to read the key that all pools have.

    moto reads it for every pool anew, which takes a fifth of a second.
    """

    def __init__(self, read: Callable[[dict[str, str]], Any]) -> None:
        self._read = cache(lambda content: read(json.loads(content)))
        self.RSAKey = self

    def import_key(self, content: dict[str, str]) -> Any:
        return self._read(json.dumps(content))


def enable_key_rotation(request: Any) -> str:
    """EnableKeyRotation, with the period that moto forgets. It can be changed by calling again."""
    answer: str = _ENABLE_KEY_ROTATION(request)
    period = request._get_param("RotationPeriodInDays")
    if period or not hasattr(_key_of(request), "rotation_period_in_days"):
        _key_of(request).rotation_period_in_days = period or DEFAULT_ROTATION_DAYS
    return answer


def key_rotation_status(request: Any) -> str:
    """GetKeyRotationStatus, with the period where rotation is on."""
    status: dict[str, Any] = json.loads(_KEY_ROTATION_STATUS(request))
    if status["KeyRotationEnabled"]:
        status["RotationPeriodInDays"] = _key_of(request).rotation_period_in_days
    return json.dumps(status)


def _key_of(request: Any) -> Any:
    return request.kms_backend.describe_key(request.kms_backend.get_key_id(request._get_param("KeyId")))


def may_deliver_logs(target_bucket: Any, target_prefix: str | None) -> bool:
    """Whether the bucket's policy lets S3 deliver access logs below the prefix.

    moto's own check fails with an AttributeError where an earlier statement has ``"Principal": "*"``, and knows
    no wildcards in resources.
    """
    if not target_bucket.policy:
        return False
    delivered_to = f"arn:{target_bucket.partition}:s3:::{target_bucket.name}/{target_prefix or ''}example"
    return any(
        statement.get("Effect") == "Allow"
        and isinstance(principal := statement.get("Principal"), dict)
        and LOG_DELIVERY in many(principal.get("Service"))
        and any(fnmatchcase("s3:PutObject", action) for action in many(statement.get("Action")))
        and any(fnmatchcase(delivered_to, resource) for resource in many(statement.get("Resource")))
        for statement in many(json.loads(target_bucket.policy).get("Statement"))
    )


def delete_trail(backend: Any, name: str) -> None:
    """Delete a trail by its name or its ARN. moto's own deletes by name only and never says that nothing was there."""
    del backend.trails[backend.get_trail(name).trail_name]


def update_user_pool(backend: Any, user_pool_id: str, extended_config: dict[str, Any]) -> None:
    """UpdateUserPool, which leaves what only CreateUserPool can set. moto loses it, and the second factor.

    Source: API reference, UpdateUserPool (request) and CreateUserPool.
    """
    pool = backend.describe_user_pool(user_pool_id)
    pool.mfa_config = extended_config.get("MfaConfiguration") or "OFF"
    kept = {name: pool.extended_config[name] for name in _SET_ONCE if name in pool.extended_config}
    pool.update_extended_config(kept | extended_config)


def _and_what_describes_it(set_mfa: Callable[..., Any]) -> Callable[..., Any]:
    """SetUserPoolMfaConfig is seen in DescribeUserPool. moto goes on telling what the pool was made with."""

    def set_(backend: Any, user_pool_id: str, sms: Any, token: Any, mfa: str) -> Any:
        answer = set_mfa(backend, user_pool_id, sms, token, mfa)
        backend.describe_user_pool(user_pool_id).extended_config["MfaConfiguration"] = mfa
        return answer

    return set_


def _unless_protected(delete_user_pool: Callable[[Any, str], None]) -> Callable[[Any, str], None]:
    """DeleteUserPool refuses a pool with deletion protection. moto deletes it."""

    def delete(backend: Any, user_pool_id: str) -> None:
        if backend.describe_user_pool(user_pool_id).extended_config.get("DeletionProtection") == "ACTIVE":
            raise InvalidParameterException(
                "The user pool cannot be deleted because deletion protection is activated. "
                "Deletion protection must be inactivated first."
            )
        delete_user_pool(backend, user_pool_id)

    return delete


def _and_its_tags(delete_log_group: Callable[[Any, str], None]) -> Callable[[Any, str], None]:
    """Log groups take their tags with them. moto gives them to the next group of the same name."""

    def delete(backend: Any, log_group_name: str) -> None:
        group = backend.groups.get(log_group_name)
        delete_log_group(backend, log_group_name)
        backend.tagger.delete_all_tags_for_resource(group.arn)

    return delete


def associate_kms_key(response: Any) -> str:
    """AssociateKmsKey of CloudWatch Logs, for log groups. moto has none."""
    _log_group(response).kms_key_id = response._get_param("kmsKeyId")
    return "{}"


def disassociate_kms_key(response: Any) -> str:
    """DisassociateKmsKey of CloudWatch Logs, for log groups. moto has none."""
    _log_group(response).kms_key_id = None
    return "{}"


def _log_group(response: Any) -> Any:
    name = response._get_param("logGroupName")
    if name not in response.logs_backend.groups:
        raise ResourceNotFoundException()
    return response.logs_backend.groups[name]
