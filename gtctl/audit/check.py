"""`gtctl check`: finds the files, lets the readers and the engine at them, applies waivers, and builds the report."""

from __future__ import annotations

import datetime
import os
import posixpath
import stat
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from gtctl.audit import engine, evidence, registry, waivers
from gtctl.audit.evidence.disk import utf8
from gtctl.audit.model import Evidence, Finding, Location, Severity, Verdict
from gtctl.audit.registry import Registered
from gtctl.audit.report import Report
from gtctl.audit.rule import Rule
from gtctl.audit.settings import Settings
from gtctl.errors import BadInput

if TYPE_CHECKING:
    from gtctl.audit.cache import Cache

_LARGEST_FILE = 200 << 20
_NOT_OURS = {"node_modules", "__pycache__"}
_OF_PIPELINES = {".github", ".gitlab", ".circleci", ".buildkite", ".azure-pipelines"}
_SUFFIXES = tuple({suffix for reader in evidence.READERS.values() for suffix in reader.suffixes})


@dataclass(frozen=True, slots=True)
class Options:
    """What of the findings is wanted. select, ignore: beginnings of rule ids; least: the least severity."""

    select: Sequence[str] = ()
    ignore: Sequence[str] = ()
    least: Severity = Severity.LOW
    strict: bool = False
    with_passed: bool = False


@dataclass(frozen=True, slots=True)
class Files:
    """What there is to check below some paths.

    by_source: source -> file -> content, of what a reader can say something about. names: of all files that could be
    read. problems: files that could not, and why. whole: whether the paths hold a folder, so that all of something was
    looked at.
    """

    by_source: Mapping[str, Mapping[str, bytes]]
    names: Collection[str]
    problems: Sequence[tuple[Location, str]]
    whole: bool

    @property
    def contents(self) -> dict[str, bytes]:
        """File -> content, of every source."""
        return {file: content for files in self.by_source.values() for file, content in files.items()}


def check(paths: Sequence[str], options: Options, settings: Settings, *, cached: Path | None = None) -> Report:
    """Check files and folders. Raises BadInput for a path that does not exist, or a rule that there is not.

    cached: folder with the verdicts of earlier runs (``cache.folder()``).
    """
    rules = chosen(options.select, options.ignore)
    files = read(paths, settings)
    if cached:
        from gtctl.audit.cache import Cache

        findings = judge_what_changed(files, rules, settings, Cache(cached, rules, settings))
    else:
        findings = judge(files, rules, settings)
    return conclude(findings, files, {entry.rule.id: entry.rule for entry in rules}, options, settings)


def read(paths: Sequence[str], settings: Settings) -> Files:
    """The files below ``paths``. Raises BadInput for a path that does not exist."""
    contents, problems = _read(paths, settings)
    by_source: dict[str, dict[str, bytes]] = {}
    for file, content in contents.items():
        if source := evidence.source_of(file, content):
            by_source.setdefault(source, {})[file] = content
    return Files(by_source, contents.keys(), problems, any(Path(path).is_dir() for path in paths))


def judge(
    files: Files,
    rules: Sequence[Registered],
    settings: Settings,
    seen: Callable[[Evidence, Sequence[Finding]], None] = lambda *_: None,
    *,
    modules: bool = False,
) -> list[Finding]:
    """What the rules say about ``files``, passes included, each once.

    seen: gets every piece of evidence, with what the rules say about it. modules: whether to report on the modules that
    ``files`` call, too, wherever they lie (``with_modules`` gives their code).
    """
    findings = [engine.own_finding("GT001", place, why, "a file that can be read") for place, why in files.problems]
    wanted = {_absolute(file) for file in files.names}
    for source, contents in files.by_source.items():
        for _, read_unit in evidence.READERS[source].units(contents):
            for piece in read_unit():
                said = engine.judge([piece], rules, settings)
                found = list(said if modules else _about(wanted, said))
                seen(piece, found)
                findings += found
    return _unique(findings)


def judge_what_changed(files: Files, rules: Sequence[Registered], settings: Settings, cache: Cache) -> list[Finding]:
    """As ``judge``, with the verdicts of earlier runs on what has not changed since."""
    findings = [engine.own_finding("GT001", place, why, "a file that can be read") for place, why in files.problems]
    wanted = {_absolute(file) for file in files.names}
    for source, contents in files.by_source.items():
        for unit, read_unit in evidence.READERS[source].units(contents):

            def judged(
                noted: dict[str, str], read_unit: Callable[[], Iterator[Evidence]] = read_unit
            ) -> Iterator[Finding]:
                for piece in read_unit():
                    noted.update(piece.noted)
                    yield from engine.judge([piece], rules, settings)

            given = contents.get(unit) if not evidence.READERS[source].several_files else None
            findings += _about(wanted, cache.findings(source, unit, given, judged))
    cache.trim()
    return _unique(findings)


def with_modules(files: Files, pieces: Iterable[Evidence], settings: Settings) -> Files:
    """``files`` with the code of the modules that they call: for the waivers in it, and for other tools."""
    code = dict(files.by_source.get("hcl", {}))
    known = {_absolute(file) for file in code}
    for file in sorted({each.location.file for piece in pieces for each in piece.resources if each.source == "hcl"}):
        if _absolute(file) not in known and not settings.excludes(file):
            # The reader has just read it.
            code[file] = Path(file).read_bytes()
    return replace(files, by_source={**files.by_source, "hcl": code}) if code else files


def conclude(
    findings: Sequence[Finding],
    files: Files,
    rules: Mapping[str, Rule],
    options: Options,
    settings: Settings,
    *,
    account: bool = False,
) -> Report:
    """The report: with waivers, without what is not wanted. account: whether ``findings`` are about an account, too."""
    waived = waivers.waive(
        findings,
        settings.waivers,
        files.contents,
        today=datetime.datetime.now(datetime.UTC).date(),
        complete=files.whole,
        account=account,
        rules=set(rules),
    )
    kept = [finding for finding in waived if finding.severity.rank <= options.least.rank]
    shown = [finding for finding in kept if options.with_passed or finding.verdict is not Verdict.PASS]
    return Report(
        findings=sorted(shown, key=_order),
        rules=dict(rules) | engine.OWN_RULES,
        files=len(files.contents),
        passed=sum(1 for finding in kept if finding.verdict is Verdict.PASS),
        strict=options.strict,
    )


def chosen(select: Sequence[str], ignore: Sequence[str]) -> list[Registered]:
    """The rules whose ids begin with one of ``select`` (any, if it is empty) and with none of ``ignore``."""
    everything = registry.rules()
    for prefix in (*select, *ignore):
        if not any(entry.rule.id.startswith(prefix.upper()) for entry in everything):
            raise BadInput(f"there is no rule {prefix}; gtctl rules list shows them")
    chosen_ones = tuple(prefix.upper() for prefix in select) or ("",)
    left_out = tuple(prefix.upper() for prefix in ignore)
    return [
        entry
        for entry in everything
        if entry.rule.id.startswith(chosen_ones) and not (left_out and entry.rule.id.startswith(left_out))
    ]


def _about(wanted: set[str], findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings about the files that were asked about: a reader may have looked at more."""
    known: dict[str, bool] = {}
    for finding in findings:
        if finding.file not in known:
            known[finding.file] = _absolute(finding.file) in wanted
        if known[finding.file]:
            yield finding


def _absolute(file: str) -> str:
    return posixpath.normpath(Path(file).absolute())


def _unique(findings: list[Finding]) -> list[Finding]:
    """A module that several roots call is judged several times: one finding of each kind is enough."""
    seen: dict[tuple[str, str, int, str, Verdict], Finding] = {}
    for finding in findings:
        seen.setdefault((finding.rule_id, finding.file, finding.line, finding.resource, finding.verdict), finding)
    return list(seen.values())


def _order(finding: Finding) -> tuple[str, int, int, str, str]:
    return finding.file, finding.line, finding.severity.rank, finding.rule_id, finding.resource


def _read(paths: Sequence[str], settings: Settings) -> tuple[dict[str, bytes], list[tuple[Location, str]]]:
    contents: dict[str, bytes] = {}
    problems = []
    for path in paths:
        for file in _files(path, settings):
            try:
                status = Path(file).stat()
                if not stat.S_ISREG(status.st_mode):
                    continue
                if status.st_size > _LARGEST_FILE:
                    problems.append((Location(file), "is too large to be checked"))
                    continue
                contents[file] = utf8(Path(file).read_bytes())
            except OSError as error:
                problems.append((Location(file), f"cannot be read: {error.strerror or error}"))
    return contents, problems


def _files(path: str, settings: Settings) -> Iterator[str]:
    if Path(path).is_file():
        if _may_speak(path) and not settings.excludes(path):
            yield path
        return
    if not Path(path).is_dir():
        raise BadInput(f"{path}: there is no such file or folder")
    for folder, below, names in os.walk(path):
        folder = posixpath.normpath(folder)
        below[:] = sorted(name for name in below if _is_ours(folder, name, settings))
        for name in sorted(names):
            file = posixpath.join(folder, name) if folder != "." else name
            if _may_speak(file) and not settings.excludes(file):
                yield file


def _may_speak(file: str) -> bool:
    """Whether there is a reader for such a file: by its suffix, or its first line where it has none."""
    if file.endswith(_SUFFIXES):
        return True
    if "." in posixpath.basename(file):
        return False
    try:
        if not Path(file).is_file():
            return False  # a pipe may never end
        with Path(file).open("rb", buffering=0) as stream:
            return evidence.is_script(file, stream.read(2) or b"")
    except OSError:
        return False


def _is_ours(folder: str, name: str, settings: Settings) -> bool:
    path = posixpath.join(folder, name) if folder != "." else name
    if name.startswith(".") and name not in _OF_PIPELINES:
        return False
    return not (name in _NOT_OURS or settings.excludes(path) or Path(path, "pyvenv.cfg").exists())
