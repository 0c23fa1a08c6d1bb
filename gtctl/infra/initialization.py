"""``terraform init``, run only when something it depends on has changed, and the choice of the backend."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gtctl.errors import BadInput
from gtctl.files import atomic_write
from gtctl.infra.driver import FLAG
from gtctl.infra.staging import staged_code

_BACKEND_CODE = "gtctl_backend_override.tf"
_REMEMBERED = "remote.tfbackend"
_ADVICE = (
    "--upgrade gives up the provider version of an earlier run; GTCTL_PROVIDER_MIRROR names a folder with the "
    "provider for a machine that cannot reach the public registry"
)


def initialize(
    run: Callable[..., Any],
    say: Callable[[str], None],
    folder: Path,
    tools: str,
    backend_config: Path | None,
    take_newest: bool,
    force: bool,
) -> None:
    """Run ``terraform init`` in the stack's ``folder`` unless it ran with the same inputs.

    ``run`` runs a Terraform command and raises when it fails; ``say`` tells the user. ``tools`` describes Terraform
    and where the provider comes from. ``backend_config`` names a file with settings of the S3 backend; it is
    remembered, because a call without it would otherwise plan to build everything a second time. ``take_newest`` does
    not hold on to the provider version of the lock file; ``force`` runs init in any case. Raises BadInput when there
    is no such ``backend_config``.
    """
    code = folder / "terraform"
    backend = _backend(folder, backend_config)
    inputs = _digest(tools, folder, backend)
    stamp = code / ".terraform" / "gtctl-initialized"
    if not force and stamp.is_file() and stamp.read_text(encoding="utf-8") == inputs and _providers_are_there(code):
        return
    stamp.unlink(missing_ok=True)
    say(f"Initializing {tools}")
    with _local_state_pushed(run, say, code / "terraform.tfstate", backend):
        run(
            "init",
            # It talks at length about a lock file that is none of the user's business.
            capture_output=True,
            upgrade=FLAG if take_newest else None,
            reconfigure=FLAG if backend else None,
            backend_config=str(backend) if backend else None,
            advice=_ADVICE,
        )
    if backend and backend != folder / _REMEMBERED:
        shutil.copyfile(backend, folder / _REMEMBERED)
    with atomic_write(stamp) as stream:
        stream.write(inputs)


@contextmanager
def _local_state_pushed(
    run: Callable[..., Any], say: Callable[[str], None], state: Path, backend: Path | None
) -> Iterator[None]:
    """Around the init that first uses a remote ``backend``: what was built with a local state goes there with it.

    ``terraform state push`` takes it only where the backend holds nothing, or an older state of the same stack.
    """
    if not backend or not state.is_file() or not state.stat().st_size:
        yield
        return
    aside = state.with_name("terraform.tfstate.local")
    state.replace(aside)
    try:
        yield
        # This command knows neither of the options that the others get.
        options = {"capture_output": True, "input": None, "no_color": None}
        run("state push", str(aside), advice="the backend may hold the state of another stack", **options)
    except BaseException:
        aside.replace(state)
        # Otherwise the next init would insist on the backend.
        (state.parent / ".terraform" / state.name).unlink(missing_ok=True)
        raise
    say(f"The state that lay on this machine is in the backend now; the old file is {aside}")


def _backend(folder: Path, given: Path | None) -> Path | None:
    """The backend's settings, if it is not the local one; the code that selects it is written or removed."""
    remembered = folder / _REMEMBERED
    if given and not given.is_file():
        raise BadInput(f"--backend-config {given}: no such file")
    backend = given.absolute() if given else remembered if remembered.is_file() else None
    code = folder / "terraform" / _BACKEND_CODE
    if backend:
        with atomic_write(code) as stream:
            stream.write('terraform {\n  backend "s3" {}\n}\n')
    else:
        code.unlink(missing_ok=True)
    return backend


def _digest(tools: str, folder: Path, backend: Path | None) -> str:
    digest = hashlib.sha256(tools.encode())
    digest.update(backend.read_bytes() if backend else b"local")
    for name, content in staged_code(folder):
        digest.update(f"\0{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def _providers_are_there(code: Path) -> bool:
    # Terraform links to the packages of an unpacked mirror, which may have gone since.
    return all(package.exists() for package in (code / ".terraform" / "providers").glob("*/*/*/*/*"))
