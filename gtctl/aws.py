"""The one place that makes boto3 clients: retries, timeouts, endpoint, Region, user agent.

The endpoint comes from the environment (``AWS_ENDPOINT_URL``), as boto3 itself reads it; nothing here
knows whether it speaks to AWS or to the sandbox.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from gtctl import __version__
from gtctl.errors import BadInput, EnvironmentFailed

if TYPE_CHECKING:
    from boto3.session import Session
    from botocore.exceptions import ClientError


@dataclass(frozen=True, slots=True)
class S3Location:
    """A bucket and a key (without leading slash; may be empty or a prefix)."""

    bucket: str
    key: str

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"

    def join(self, *parts: str) -> S3Location:
        """This location used as a folder, with ``parts`` below it."""
        return S3Location(self.bucket, "/".join(p.strip("/") for p in (self.key, *parts) if p.strip("/")))


def parse_s3_uri(uri: str) -> S3Location:
    """``s3://bucket/key`` to its parts. Raises BadInput for anything else."""
    parts = urlsplit(uri)
    if parts.scheme != "s3" or not parts.netloc or "@" in parts.netloc:
        raise BadInput(f"{uri!r} is not an S3 URI: write it as s3://bucket/key")
    # urlsplit would cut keys at '?' and '#', which are legal in object keys.
    return S3Location(parts.netloc, uri.removeprefix(f"s3://{parts.netloc}").removeprefix("/"))


def session(region: str | None = None) -> Session:
    """A boto3 session for ``region`` (default: the environment's). Raises EnvironmentFailed without a Region."""
    import boto3
    import botocore.session

    core = botocore.session.Session()
    core.register_component("data_loader", _data_loader(core.get_config_variable("data_path")))
    # boto3 itself reads only AWS_DEFAULT_REGION; Terraform and the other SDKs read AWS_REGION first.
    made = boto3.Session(region_name=region or os.environ.get("AWS_REGION"), botocore_session=core)
    if not made.region_name:
        raise EnvironmentFailed(
            'no AWS Region: set AWS_REGION or AWS_DEFAULT_REGION, or for the sandbox: eval "$(gtctl sandbox env)"'
        )
    return made


@cache
def _data_loader(path: str | None) -> Any:
    """What reads the descriptions of services, once for all sessions: that of SageMaker takes a tenth of a second."""
    from botocore.loaders import create_loader

    return create_loader(path)


def client(
    service: str,
    region: str | None = None,
    *,
    variables: Mapping[str, str] | None = None,
    within: Session | None = None,
    **overrides: Any,
) -> Any:
    """A boto3 client with our retries, timeouts and user agent; ``overrides`` are botocore Config options.

    ``within`` is a session to make it in.
    ``variables`` give endpoint and keys (``AWS_ENDPOINT_URL``, ``AWS_ACCESS_KEY_ID``, ``AWS_SECRET_ACCESS_KEY``) in
    place of the environment's, for a command that was told of a sandbox. Typed Any because the service is chosen at
    run time; callers annotate with the boto3-stubs type.
    """
    from botocore.config import Config

    settings: dict[str, Any] = {
        "retries": {"mode": "adaptive", "total_max_attempts": 8},
        "connect_timeout": 10,
        "read_timeout": 60,
        "user_agent_extra": f"gtctl/{__version__}",
    }
    made: Any = within or session(region)
    chosen = {"region_name": region} if region else {}
    if variables:
        chosen |= {
            "endpoint_url": variables["AWS_ENDPOINT_URL"],
            "aws_access_key_id": variables["AWS_ACCESS_KEY_ID"],
            "aws_secret_access_key": variables["AWS_SECRET_ACCESS_KEY"],
        }
    built = made.client(service, config=Config(**(settings | overrides)), **chosen)
    if service == "s3control":
        built.meta.events.register("request-created.s3-control", _without_account_below_number)
    return built


def _without_account_below_number(request: Any, **_: Any) -> None:
    """S3 Control is asked at ACCOUNT.HOST; an endpoint that is given as a number has no names below it."""
    parts = urlsplit(request.url)
    account, _, host = parts.netloc.partition(".")
    if account.isdigit() and re.fullmatch(r"[0-9.]+(:[0-9]+)?", host):
        request.url = request.url.replace(parts.netloc, host, 1)


def says_not_found(error: ClientError) -> bool:
    """Whether SageMaker says that there is no such resource.

    Declared is ResourceNotFound; many of its calls say it with a ValidationException ("Requested resource not found.").
    """
    details = error.response.get("Error", {})
    code, message = details.get("Code"), details.get("Message", "").lower()
    if code == "ValidationException":
        return "not found" in message or "could not find" in message
    return code in ("ResourceNotFound", "ResourceNotFoundException")


def explain(error: Exception) -> str:
    """One line for a boto3 or botocore error: what was refused and what to do, without request details."""
    from botocore import exceptions as b

    if isinstance(error, b.ClientError):
        details = error.response.get("Error", {})
        code = details.get("Code", "Unknown")
        text = " ".join(str(details.get("Message", "")).split())
        return f"AWS refused {error.operation_name}: {code}: {text}"
    if isinstance(error, (b.NoCredentialsError, b.PartialCredentialsError)):
        return 'no AWS credentials: configure them, or for the sandbox: eval "$(gtctl sandbox env)"'
    if isinstance(error, (b.EndpointConnectionError, b.ConnectTimeoutError, b.ReadTimeoutError)):
        return "AWS could not be reached: check the network, AWS_ENDPOINT_URL and the Region"
    return " ".join(str(error).split())
