"""The errors of the SageMaker API (JSON protocol: ``__type`` and ``message``)."""

from __future__ import annotations


class ApiError(Exception):
    """An error answer. ``code`` is the service's error code, such as ValidationException."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


class JobFailed(Exception):
    """The job cannot run; the message becomes its FailureReason."""


def invalid(message: str) -> ApiError:
    """A ValidationException."""
    return ApiError("ValidationException", message)


def in_use(message: str) -> ApiError:
    """A ResourceInUse error: the name is taken."""
    return ApiError("ResourceInUse", message)


def not_found(message: str) -> ApiError:
    """A ResourceNotFound error."""
    return ApiError("ResourceNotFound", message)


def limit_exceeded(message: str) -> ApiError:
    """A ResourceLimitExceeded error."""
    return ApiError("ResourceLimitExceeded", message)
