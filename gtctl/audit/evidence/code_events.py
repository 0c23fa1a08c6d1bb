"""Handlers that a program registers with botocore: they may change a request after the program has written it down.

Events: https://boto3.amazonaws.com/v1/documentation/api/latest/guide/events.html; a name is that of the event, the
service and the operation, of which the later parts may be missing, or ``*``.
"""

from __future__ import annotations

from typing import Any

from gtctl.audit.evidence.requests import OPERATIONS
from gtctl.audit.model import Unknown, may_equal

REGISTER = {"register", "register_first", "register_last"}
# The events between the caller's arguments and what is sent.
_CHANGING = (
    *("provide-client-params", "before-parameter-build", "before-call", "request-created"),
    *("choose-signer", "before-sign", "before-send"),
)


def concerned(event: Any, on_events: bool) -> tuple[str, ...]:
    """The operations whose requests a handler of ``event`` may change.

    on_events: whether it is surely registered with botocore, and not with something else that registers things.
    """
    if isinstance(event, Unknown) and not on_events and not any(isinstance(part, str) for part in event.parts):
        return ()
    if not isinstance(event, (str, Unknown)):
        return ()
    return tuple(operation for operation in OPERATIONS if any(_may_be(event, name, operation) for name in _CHANGING))


def _may_be(event: Any, name: str, operation: str) -> bool:
    if isinstance(event, Unknown):
        whole = (name, f"{name}.sagemaker", f"{name}.sagemaker.{operation}")
        return any(may_equal(event, each) is not False for each in whole)
    parts = event.split(".")
    wanted = (name, "sagemaker", operation)
    return len(parts) <= 3 and all(part in ("*", each) for part, each in zip(parts, wanted, strict=False))
