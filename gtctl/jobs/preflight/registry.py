"""Finds the checks: every one stands in the ``CHECKS`` of the module of its subject, in the order of reports."""

from __future__ import annotations

from gtctl.jobs.preflight import images, network, rights, service, signin, workers
from gtctl.jobs.preflight.model import Check

SUBJECTS = {
    "Service": service,
    "Manifest and images": images,
    "The job's role and keys": rights,
    "Workers": workers,
    "Signing in": signin,
    "Network": network,
}
"""What a group of checks is about -> its module."""


def checks() -> dict[str, tuple[Check, ...]]:
    """Subject -> its checks."""
    return {subject: tuple(module.CHECKS) for subject, module in SUBJECTS.items()}
