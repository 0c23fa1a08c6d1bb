"""Runs checkov on the Terraform code and plans of an audit and reads what it says.

Checkov is another program in another environment: found by ``$GTCTL_CHECKOV``, beside gtctl's own environment, or on
the PATH. It gets no setting of the user's and none of the checked tree's (a ``.checkov.yaml`` there could switch checks
off, or name Python code to run), and no network. Whatever goes wrong becomes a Gap.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from fnmatch import translate
from pathlib import Path
from typing import IO, Any

from gtctl.audit.check import Files
from gtctl.audit.outcome import Gap
from gtctl.audit.settings import Settings

CHECKS = "CKV_AWS_*,CKV2_AWS_*"
WHAT = "checkov's built-in AWS checks"
_SECONDS = 600.0
_MOST_OUTPUT = 500 << 20
_RESULTS = {"passed_checks": "PASSED", "failed_checks": "FAILED", "skipped_checks": "SKIPPED"}


@dataclass(frozen=True, slots=True)
class Record:
    """What one check says about one resource. file: absolute. result: PASSED, FAILED or SKIPPED (with its comment).

    connects: whether the check looks at how resources are connected.
    """

    check: str
    name: str
    result: str
    comment: str
    resource: str
    source: str
    file: str
    line: int
    end: int
    keys: Sequence[str]
    connects: bool = False


@dataclass(slots=True)
class Outcome:
    """What checkov said; version: "" where it did not get to say so."""

    records: list[Record] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    version: str = ""


@dataclass(frozen=True, slots=True)
class _Process:
    source: str
    process: subprocess.Popen[bytes]
    output: IO[bytes]
    errors: IO[bytes]


@dataclass(frozen=True, slots=True)
class Running:
    """Checkov at work; ``outcome`` waits for it."""

    processes: Sequence[_Process]
    gaps: Sequence[Gap]

    def outcome(self) -> Outcome:
        """Everything that it found. Takes as long as checkov does."""
        outcome = Outcome(gaps=list(self.gaps))
        deadline = time.monotonic() + _SECONDS
        for each in self.processes:
            try:
                code = each.process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                outcome.gaps.append(_gap(each.source, f"checkov did not end within {_SECONDS:.0f} seconds"))
                continue
            try:
                _read(each, code, outcome)
            except (ValueError, LookupError, TypeError, AttributeError) as error:
                why = f"checkov ended with exit code {code} and no result that can be read"
                outcome.gaps.append(
                    _gap(each.source, f"{why}{_last_line(each.errors) or f' ({type(error).__name__})'}")
                )
        return outcome


def find() -> str | None:
    """Checkov's program, where there is one."""
    if named := os.environ.get("GTCTL_CHECKOV"):
        return shutil.which(named)
    beside = Path(sys.prefix).parent / ".venv-checkov" / "bin" / "checkov"
    return str(beside) if os.access(beside, os.X_OK) else shutil.which("checkov")


@contextmanager
def started(paths: Sequence[str], files: Files, settings: Settings) -> Iterator[Running]:
    """Checkov over the Terraform code and plans among ``files``, side by side; stopped when the block ends."""
    code, plans = list(files.by_source.get("hcl", ())), list(files.by_source.get("plan", ()))
    if not code and not plans:
        yield Running((), ())
        return
    program = find()
    if program is None:
        named = os.environ.get("GTCTL_CHECKOV")
        why = f"GTCTL_CHECKOV={named} is no program" if named else "checkov is not installed"
        advice = "install it into an environment of its own (python3 -m venv .venv-checkov && .venv-checkov/bin/pip"
        advice += " install checkov) beside gtctl's, or name its program in GTCTL_CHECKOV"
        yield Running((), [Gap(what=WHAT, why=f"{why}: {advice}")])
        return
    with tempfile.TemporaryDirectory(prefix="gtctl-checkov-") as home:
        processes: list[_Process] = []
        try:
            gaps: list[Gap] = []
            for source, arguments in (
                ("hcl", _directories(paths, code, settings)),
                ("plan", [f"--file={Path(plan).absolute()}" for plan in plans]),
            ):
                if not arguments:
                    continue
                try:
                    processes.append(_start(program, source, arguments, home))
                except OSError as error:
                    gaps.append(_gap(source, f"{program} cannot be started: {error.strerror or error}"))
            yield Running(processes, gaps)
        finally:
            for each in processes:
                with suppress(ProcessLookupError):
                    if each.process.poll() is None:
                        os.killpg(each.process.pid, signal.SIGKILL)
                each.process.wait()
                each.output.close()
                each.errors.close()


def _start(program: str, source: str, arguments: Sequence[str], home: str) -> _Process:
    framework = {"hcl": "terraform", "plan": "terraform_plan"}[source]
    # Joined with "=": checkov would take its settings from a folder that stands by itself behind -d.
    command = [program, *arguments, "--framework", framework, f"--check={CHECKS}", "--output=json", "--compact"]
    command += ["--skip-download", "--soft-fail"]
    environment = {"HOME": home, "TMPDIR": home, "PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8"}
    # Nothing that it is asked for needs the network; should it try, it ends at once.
    environment |= {"HTTP_PROXY": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9", "LOG_LEVEL": "ERROR"}
    output, errors = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115
    process = subprocess.Popen(
        command,
        cwd=home,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=errors,
        start_new_session=True,
    )
    return _Process(source, process, output, errors)


def _directories(paths: Sequence[str], code: Sequence[str], settings: Settings) -> list[str]:
    """The folders to look at: those among ``paths``, and those of files that were named; not those within another."""
    folders = {_absolute(Path(path) if Path(path).is_dir() else Path(path).parent) for path in paths}
    holding = {_absolute(Path(file).parent) for file in code}
    wanted = [folder for folder in sorted(folders) if any(_within(each, folder) for each in holding)]
    topmost = [folder for folder in wanted if not any(_within(folder, other) for other in wanted if other != folder)]
    here = settings.folder or Path.cwd().as_posix()
    skipped = [translate(f"{here}/{pattern.rstrip('/')}") for pattern in settings.exclude]
    return [f"--directory={folder}" for folder in topmost] + [
        f"--skip-path={pattern}" for pattern in skipped if topmost
    ]


def _absolute(path: Path) -> str:
    return os.path.normpath(path.absolute())


def _within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder.rstrip('/')}/")


def _read(each: _Process, code: int, outcome: Outcome) -> None:
    each.output.seek(0)
    text = each.output.read(_MOST_OUTPUT).decode(errors="replace")
    reports = [
        report for document in _documents(text) for report in (document if isinstance(document, list) else [document])
    ]
    if code or not reports:
        raise ValueError
    for report in reports:
        # Without anything to look at, the report is the bare summary.
        outcome.version = str(report.get("summary", report)["checkov_version"])
        results = report.get("results", {})
        outcome.records += [
            _record(entry, _RESULTS[group], each.source) for group in _RESULTS for entry in results.get(group, ())
        ]
        for file in results.get("parsing_errors", ()):
            outcome.gaps.append(Gap(what=f"{WHAT} of {file}", why="checkov cannot parse the file"))


def _documents(text: str) -> Iterator[Any]:
    """One JSON document for each folder that it has looked at, one after the other."""
    decoder, at = json.JSONDecoder(), 0
    while at < len(text.rstrip()):
        while text[at].isspace():
            at += 1
        document, at = decoder.raw_decode(text, at)
        yield document


def _record(entry: Mapping[str, Any], result: str, source: str) -> Record:
    first, last = entry["file_line_range"]
    return Record(
        check=entry["check_id"],
        name=entry["check_name"],
        result=result,
        comment=str(entry["check_result"].get("suppress_comment") or ""),
        resource=entry["resource"],
        source=source,
        file=os.path.realpath(entry["file_abs_path"]),
        line=max(int(first), 1),
        end=int(last),
        keys=[str(key) for key in entry["check_result"].get("evaluated_keys") or ()],
        connects=".graph." in str(entry.get("check_class")),
    )


def _gap(source: str, why: str) -> Gap:
    return Gap(what=f"{WHAT} of {'plans' if source == 'plan' else 'Terraform code'}", why=why)


def _last_line(errors: IO[bytes]) -> str:
    errors.seek(0)
    lines = errors.read(1 << 20).decode(errors="replace").split("\n")
    last = next((" ".join(line.split()) for line in reversed(lines) if line.strip()), "")
    return f": {last[:200]}" if last else ""
