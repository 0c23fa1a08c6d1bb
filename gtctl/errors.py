"""The errors a user is meant to read: one line that says what is wrong, where, and what to do.

Exit codes (a contract with other people's scripts):
0 fine; 1 the check found violations, or the job failed; 2 bad usage or bad input;
3 the environment failed (no credentials, throttled out, service refused).
"""

from __future__ import annotations


class GtctlError(Exception):
    """Base of every error that is printed as one line. Raise one of the three below."""

    exit_code = 3


class Refused(GtctlError):
    """A check found a violation, or a job ended badly (exit code 1)."""

    exit_code = 1


class BadInput(GtctlError):
    """The user's input or usage is wrong (exit code 2)."""

    exit_code = 2


class EnvironmentFailed(GtctlError):
    """What is around us failed: credentials, network, service, disk (exit code 3)."""

    exit_code = 3
