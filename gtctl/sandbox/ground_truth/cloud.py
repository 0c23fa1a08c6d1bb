"""The services beside Ground Truth (S3, Cognito, IAM, KMS, STS), called over HTTP like any client does."""

from __future__ import annotations

import threading
from typing import Any

from botocore.exceptions import ClientError

from gtctl import aws

_clients: dict[tuple[str, str], Any] = {}
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


def role_client(service: str, region: str, role_arn: str, session_name: str) -> Any:
    """A client with the credentials of a role, as Ground Truth assumes the job's execution role."""
    import boto3
    from botocore.config import Config

    credentials = client("sts", region).assume_role(RoleArn=role_arn, RoleSessionName=session_name)["Credentials"]
    session = boto3.Session(
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
        region_name=region,
    )
    made: Any = session
    return made.client(service, config=Config(signature_version="s3v4") if service == "s3" else None)
