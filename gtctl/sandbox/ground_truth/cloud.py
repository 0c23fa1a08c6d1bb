"""The services beside Ground Truth (S3, Cognito, IAM, KMS, STS), called over HTTP like any client does."""

from __future__ import annotations

import threading
import time
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from gtctl import aws

ROLE_SECONDS = 3600

_clients: dict[tuple[str, str], Any] = {}
_role_clients: dict[tuple[str, str], tuple[float, Any]] = {}
_lock = threading.Lock()


def client(service: str, region: str) -> Any:
    """A shared boto3 client (they are thread-safe) for ``service`` in ``region``."""
    with _lock:
        key = (service, region)
        if key not in _clients:
            _clients[key] = aws.client(service, region, max_pool_connections=20)
        return _clients[key]


def error_code(error: ClientError) -> str:
    """The service's error code, such as NoSuchKey or 404."""
    return str(error.response.get("Error", {}).get("Code", ""))


def role_s3(region: str, role_arn: str) -> Any:
    """An S3 client with the credentials of a role, as Ground Truth assumes the job's execution role.

    It is kept for half of the hour that the credentials are good for.
    """
    with _lock:
        kept = _role_clients.get((region, role_arn))
    if kept and time.monotonic() - kept[0] < ROLE_SECONDS / 2:
        return kept[1]
    client_ = _new_role_s3(region, role_arn)
    with _lock:
        _role_clients[region, role_arn] = (time.monotonic(), client_)
    return client_


def _new_role_s3(region: str, role_arn: str) -> Any:
    credentials = client("sts", region).assume_role(RoleArn=role_arn, RoleSessionName="GroundTruth")["Credentials"]
    session = boto3.Session(
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
        region_name=region,
    )
    made: Any = session
    return made.client("s3", config=Config(signature_version="s3v4"))
