"""What Terraform is told about the target: the sandbox (started when needed) or the caller's own AWS account."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Callable
from pathlib import Path
from typing import Literal, get_args
from urllib.parse import urlsplit

from gtctl.errors import BadInput, EnvironmentFailed
from gtctl.files import atomic_write

Target = Literal["sandbox", "aws"]
TARGETS: tuple[Target, ...] = get_args(Target)
Say = Callable[[str], None]
"""Takes one line for the user about what is going on."""

_STATE = "terraform.tfstate"


class NoStack(EnvironmentFailed):
    """The sandbox holds nothing of this stack: it does not run, or it is another one than the stack was applied to."""


def aws_environment(env: str) -> dict[str, str]:
    """The caller's environment. Raises BadInput when it, or ``env``, says that the sandbox is meant."""
    if env == "sandbox":
        raise BadInput("--env sandbox describes the sandbox and must not reach an account: name another with --env")
    for name, value in sorted(os.environ.items()):
        if name.startswith("AWS_ENDPOINT_URL") and _is_loopback(value):
            raise BadInput(f"--target aws, but {name} points to this machine ({value}): unset it, or use the sandbox")
    return dict(os.environ)


def sandbox_environment(folder: Path, start: bool, say: Say) -> dict[str, str]:
    """Variables that lead to the sandbox and cannot lead elsewhere; ``folder`` is the stack's.

    Starts the sandbox when it does not run and ``start`` is True. The state of a stack that was applied to another
    sandbox than this one refers to things that are gone: it is set aside. Raises NoStack when ``start`` is False
    and this sandbox never had the stack.
    """
    from gtctl.sandbox import process

    if start:
        running, started = process.up()
        if started:
            say(f"Started the sandbox: {running.endpoint} (stop it with gtctl sandbox down)")
    elif found := process.find():
        running = found
    else:
        raise NoStack("no sandbox is running, so no stack is applied to one: run gtctl infra apply")
    record = folder / "sandbox-instance"
    state = folder / "terraform" / _STATE
    if not record.is_file() or record.read_text(encoding="utf-8") != running.id:
        if state.exists():
            aside = folder / f"{_STATE}.gone"
            state.replace(aside)
            say(f"This is a new, empty sandbox: set the state of the old one aside as {aside}")
        with atomic_write(record) as stream:
            stream.write(running.id)
    if not start and not state.exists():
        raise NoStack("no stack is applied to this sandbox: run gtctl infra apply")
    # Profiles, endpoints of single services and the settings files could lead to a real account.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_") and name != "TF_WORKSPACE"}
    files = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    return kept | files | running.environment()


def _is_loopback(url: str) -> bool:
    host = (urlsplit(url if "//" in url else f"//{url}").hostname or "").rstrip(".").lower()
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    return address.is_loopback or address.is_unspecified
