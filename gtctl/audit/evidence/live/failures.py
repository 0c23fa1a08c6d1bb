"""Why a call told nothing, in words that end a sentence, and without anything that the service's message may hold."""

from __future__ import annotations

from dataclasses import dataclass

from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from gtctl.audit.evidence.live.permissions import Call

# A HEAD has no body that could tell more than its status.
_DENIED = ("403", "AccessDenied", "AccessDeniedException", "AuthorizationError", "AuthorizationErrorException")
_THROTTLED = (
    "PriorRequestNotComplete",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
)
# Of credentials that are good: they have just told who we are.
_REGION_IS_OFF = ("InvalidAccessKeyId", "InvalidClientTokenId", "OptInRequired", "UnrecognizedClientException")
_EXPIRED = ("ExpiredToken", "ExpiredTokenException", "RequestExpired")


@dataclass(frozen=True, slots=True)
class Failure:
    """why: the reason. permission: the action that is denied, if one is. lasting: whether every other call to the
    service in this Region would end so, too. kind: equal for failures that are one gap.
    """

    why: str
    permission: str = ""
    lasting: bool = False
    kind: str = ""


def failure(error: Exception, call: Call, resource: str, region: str) -> Failure:
    """What stood in the way of ``call`` on ``resource`` (an ARN, or a pattern of one)."""
    code = code_of(error)
    if code in _DENIED:
        why = f"it needs {call.action} on {resource}: {code}"
        return Failure(why, permission=call.action, kind=code)
    if code in _THROTTLED:
        return Failure(f"{call.operation} was throttled to the end: {code}", kind=code)
    if code in _REGION_IS_OFF:
        return Failure(f"the Region {region} is not switched on for this account: {code}", lasting=True, kind=code)
    if isinstance(error, (EndpointConnectionError, ConnectionClosedError, ConnectTimeoutError)):
        return Failure(f"{call.service} could not be reached in {region}: {code}", lasting=True, kind=code)
    if isinstance(error, ReadTimeoutError):
        return Failure(f"{call.operation} was not answered in time: {code}", kind=code)
    return Failure(f"{call.operation} failed: {code}", kind=code)


def is_expiry(error: Exception) -> bool:
    """Whether the credentials ended: nothing more can be asked."""
    return code_of(error) in _EXPIRED


def code_of(error: Exception) -> str:
    """The service's error code; the kind of error where no service answered."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", "Unknown"))
    return type(error).__name__
