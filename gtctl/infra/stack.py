"""The Terraform stack of one target and environment: plan, apply, destroy, and what it built.

A stack has a folder of its own, ``<state>/infra/<target>-<environment>/``. Its ``terraform/`` and ``modules/`` hold a
copy of the code; Terraform's data, its lock file and (without another backend) its state lie in ``terraform/``.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from gtctl.assets import asset_root
from gtctl.errors import BadInput, EnvironmentFailed
from gtctl.files import atomic_write, state_dir
from gtctl.infra import existing_workforce, provider_source
from gtctl.infra.driver import FLAG, Driver
from gtctl.infra.initialization import initialize
from gtctl.infra.staging import stage
from gtctl.infra.targets import Say, Target, aws_environment, sandbox_environment
from gtctl.infra.toolchain import find_terraform

_ENVIRONMENT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_LOG_TAIL_LINES = 25


class Output(NamedTuple):
    """An output of the stack; ``value`` is plain JSON data."""

    value: Any
    sensitive: bool


@dataclass(frozen=True, slots=True)
class Stack:
    """An opened stack. Its methods raise EnvironmentFailed when Terraform fails, after Terraform's own message."""

    folder: Path
    var_files: tuple[Path, ...]
    driver: Driver
    say: Say
    sandbox: Mapping[str, str] | None
    """The variables that lead to the sandbox; None for the caller's own account."""

    def plan(self, destroy: bool = False) -> bool:
        """Show what ``apply`` (or ``destroy``) would change; returns whether there is anything to change.

        The plan is kept for the ``apply`` that follows, which then does exactly what was shown. Raises BadInput when
        the account cannot have what is planned.
        """
        code = self.run(
            "plan",
            accepted=(0, 2),
            var_file=[str(file) for file in self.var_files],
            detailed_exitcode=FLAG,
            destroy=FLAG if destroy else None,
            out=str(self.saved_plan),
        )
        if code == 2 and not destroy:
            existing_workforce.check(json.loads(self.plan_as_json()), self.sandbox, self.say)
        return code == 2

    def plan_as_json(self) -> str:
        """The plan that ``plan`` has kept: every value of it, the secret ones too."""
        _, shown, _ = self.driver.cmd("show", str(self.saved_plan), json=FLAG, no_color=FLAG, capture_output=True)
        return str(shown)

    def apply(self) -> None:
        """Make it so, without asking: the plan that was shown, else a new one. Raises BadInput as ``plan`` does."""
        if self.saved_plan.exists() or self.plan():
            self.run("apply", str(self.saved_plan))
            self.saved_plan.unlink()

    def destroy(self) -> None:
        """Destroy everything in the state, without asking."""
        self.run("destroy", var_file=[str(file) for file in self.var_files], auto_approve=FLAG)

    def outputs(self) -> dict[str, Output]:
        """What the stack built, by output name. Raises EnvironmentFailed when nothing is applied."""
        code, out, err = self.driver.cmd("output", json=FLAG, no_color=FLAG, capture_output=True)
        if code:
            raise EnvironmentFailed(f"terraform output failed: {' '.join(err.split())[:300]}")
        found = {name: Output(entry["value"], entry["sensitive"]) for name, entry in json.loads(out).items()}
        if not found:
            raise EnvironmentFailed("nothing is applied here yet: run gtctl infra apply")
        return dict(sorted(found.items()))

    def run(
        self, command: str, *arguments: str, accepted: tuple[int, ...] = (0,), advice: str = "", **options: Any
    ) -> int:
        """Run a Terraform command with options as python-terraform spells them; returns its exit code.

        ``capture_output`` shows what Terraform says only when it fails. Raises EnvironmentFailed, with ``advice`` at
        the end, for an exit code that is not ``accepted``.
        """
        log = self.driver.log
        quiet = bool(options.pop("capture_output", False)) and not log
        plain = bool(quiet or log or os.environ.get("NO_COLOR")) or not os.isatty(1)
        try:
            options = {"input": False, "no_color": FLAG if plain else None} | options
            code, out, err = self.driver.cmd(command, *arguments, capture_output=quiet, **options)
        except OSError as error:
            raise EnvironmentFailed(f"cannot run {self.driver.terraform_bin_path}: {error.strerror}") from error
        if code in accepted:
            return code
        if quiet:
            self.say((out + err).strip())
        if log:
            for line in log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LOG_TAIL_LINES:]:
                self.say(line)
        for line in self._said_by_the_sandbox():
            self.say(f"sandbox: {line}")
        raise EnvironmentFailed(
            f"terraform {command} failed (exit code {code}), for the reason above; it ran in {self.driver.working_dir}"
            f"{advice and '; '}{advice}"
        )

    def _said_by_the_sandbox(self) -> list[str]:
        """The end of its log, which is empty while all is well."""
        if self.sandbox is None:
            return []
        from gtctl.sandbox import process

        return process.log_tail(_LOG_TAIL_LINES)

    @property
    def local_state(self) -> Path | None:
        """The state file, where the state is kept on this machine."""
        file = self.folder / "terraform" / "terraform.tfstate"
        return file if file.exists() else None

    @property
    def saved_plan(self) -> Path:
        """Where ``plan`` puts the plan; gone when the stack is closed."""
        return self.folder / "saved.tfplan"


@contextmanager
def opened(
    target: Target,
    env: str,
    *,
    say: Say,
    var_files: Sequence[Path] = (),
    backend_config: Path | None = None,
    upgrade: bool = False,
    start_sandbox: bool = True,
    source_root: Path | None = None,
    log: Path | None = None,
) -> Iterator[Stack]:
    """Make a stack ready to use, and keep other gtctl processes off it while the block runs.

    ``env`` names ``terraform/environments/<env>.tfvars``; ``var_files`` come after it. ``backend_config`` names a file
    with settings of the S3 backend; it is remembered for later calls. ``upgrade`` takes the newest provider that the
    code allows. ``log`` takes Terraform's output in place of the terminal; when Terraform fails, its end is said.

    For the target "sandbox" the sandbox is started when it does not run, unless ``start_sandbox`` is False: then
    targets.NoStack is raised when it does not run or has no such stack. The target "aws" takes the caller's
    environment.

    Raises BadInput for names and files that do not exist and for a target that the environment contradicts,
    EnvironmentFailed where Terraform, its provider, the sandbox or the disk fails.
    """
    source_root = source_root or asset_root()
    environment = aws_environment(env) if target == "aws" else {}
    if backend_config and target == "sandbox":
        raise BadInput(
            "the state of the sandbox's stack stays on this machine: --backend-config goes with --target aws"
        )
    files = (_environment_file(source_root, env), *(_existing(file) for file in var_files))
    terraform = find_terraform()
    source = provider_source.choose(terraform)
    folder = state_dir() / "infra" / f"{target}-{env}"
    with _locked(folder):
        if target == "sandbox":
            environment = sandbox_environment(folder, start_sandbox, say)
        stage(source_root, folder)
        if log:
            with atomic_write(log, "wb"):
                pass
        environment |= provider_source.environment(source, terraform, folder)
        sandbox = environment if target == "sandbox" else None
        driver = Driver(terraform, folder / "terraform", environment, log)
        stack = Stack(folder, files, driver, say, sandbox)
        # A sandbox has nothing to lose by another provider version; elsewhere the lock file decides.
        newest = upgrade or target == "sandbox"
        initialize(stack.run, say, folder, f"{terraform}, hashicorp/aws from {source}", backend_config, newest, upgrade)
        try:
            yield stack
        finally:
            # It holds every value, the secret ones too.
            stack.saved_plan.unlink(missing_ok=True)


def _environment_file(source_root: Path, env: str) -> Path:
    folder = source_root / "terraform" / "environments"
    file = folder / f"{env}.tfvars"
    if not _ENVIRONMENT_NAME.fullmatch(env) or not file.is_file():
        known = ", ".join(sorted(path.stem for path in folder.glob("*.tfvars"))) or "none"
        raise BadInput(f"--env {env}: no such environment in {folder} (there are: {known})")
    return file.absolute()


def _existing(file: Path) -> Path:
    if not file.is_file():
        raise BadInput(f"--var-file {file}: no such file")
    return file.absolute()


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    try:
        # The state holds every value of the stack, the secret ones too.
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = (folder / "lock").open("w")
    except OSError as error:
        raise EnvironmentFailed(f"cannot use {error.filename or folder}: {error.strerror or error}") from error
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise EnvironmentFailed(f"another gtctl works on the stack in {folder}: wait for it to end") from None
        yield
