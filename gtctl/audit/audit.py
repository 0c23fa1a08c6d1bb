"""`gtctl audit`: files, checkov's checks and the account, judged by the same rules, in one report."""

from __future__ import annotations

import datetime
import os
import platform
import subprocess
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from gtctl import __version__
from gtctl.audit import attestations, baseline, drift, engine, frameworks, plans
from gtctl.audit.check import Files, Options, chosen, conclude, judge, read, with_modules
from gtctl.audit.checkov import merge, run
from gtctl.audit.evidence import state
from gtctl.audit.exposure import TYPES, exposure
from gtctl.audit.graph import Graph
from gtctl.audit.masking import masked
from gtctl.audit.model import Evidence, Finding, Location, Resource, Severity, Verdict
from gtctl.audit.outcome import Audit, Exposure, Gap, Scope, Tally
from gtctl.audit.registry import Registered
from gtctl.audit.report import Report
from gtctl.audit.report.summary import by_gravity
from gtctl.audit.settings import Settings
from gtctl.errors import BadInput

if TYPE_CHECKING:
    from gtctl.audit.evidence.live import Account

Say = Callable[[str], None]
"""Takes a line about what is going on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be audited.

    paths: files and folders; none of them to look at no files. regions: of the account; none to look at no account.
    checkov: whether to run its checks. baseline: an earlier JSON report. attestations: a file of them. states: files
    of Terraform states, which are compared with the account, as the plans in ``paths`` are.
    """

    paths: Sequence[str] = ()
    regions: Sequence[str] = ()
    options: Options = field(default_factory=Options)
    fail_on: Severity = Severity.LOW
    checkov: bool = True
    baseline: Path | None = None
    attestations: Path | None = None
    states: Sequence[Path] = ()


class Keeper(Protocol):
    """Keeps evidence while it comes (``bundle.writing.Collected``)."""

    def resource(self, resource: Resource) -> None: ...
    def passed(self, finding: Finding) -> None: ...


def audit(wanted: Wanted, settings: Settings, *, keep: Keeper | None = None, say: Say = lambda _: None) -> Report:
    """The report of an audit, masked: nothing of it has to be kept from whoever may read it.

    What cannot be read is a gap and a finding that is UNKNOWN. Raises BadInput for paths, rules, baselines and
    attestations that are none, EnvironmentFailed where the credentials are good for nothing.
    """
    started = _now()
    rules = chosen(wanted.options.select, wanted.options.ignore)
    earlier = baseline.load(wanted.baseline) if wanted.baseline else None
    vouched = attestations.load(wanted.attestations) if wanted.attestations else ()
    applied = [resource for file in wanted.states for resource in state.load(file)]
    say("Reading files")
    files = read(wanted.paths, settings)
    looked = _Looked(keep)
    with _checkov(wanted, files, settings) as running:
        findings = judge(files, rules, settings, looked.piece, modules=True)
        files = with_modules(files, [judged.evidence for judged in looked.judged], settings)
        account = _live(wanted.regions, say) if wanted.regions else None
        if account:
            findings += _judged_live(account, rules, settings, looked, wanted.options.with_passed, say)
        exposures = looked.exposures if account else _described([judged.evidence for judged in looked.judged], settings)
        drifted = _drift(looked.judged, applied, account, rules, settings)
        if running.processes:
            say("Waiting for checkov")
        said = running.outcome()
    say("Writing")
    judged = looked.judged
    merged = merge.merge(plans.told_once(findings, judged), said.records, judged, files.contents)
    looked.passes(merged.findings)
    looked.passed.update(merged.passed)
    gaps = [*said.gaps, *(account.gaps if account else ())]
    report = conclude(
        [*merged.findings, *map(_finding, gaps)],
        files,
        {entry.rule.id: entry.rule for entry in rules} | dict(merged.rules),
        wanted.options,
        settings,
        account=account is not None,
    )
    tallies = _tallies(report.findings, looked.passed)
    controls = {rule_id: rule.controls for rule_id, rule in report.rules.items()}
    scope = _scope(wanted, started, looked, account, said, gaps)
    report = masked(
        replace(
            report,
            passed=looked.passed.total(),
            fail_on=wanted.fail_on,
            audit=Audit(
                scope=scope,
                exposures=by_gravity(exposures),
                drift=drifted.differences,
                not_comparable=drifted.not_comparable,
                frameworks=frameworks.assess(tallies, controls, vouched),
            ),
        )
    )
    if not earlier or not report.audit:
        return report
    complete = wanted.checkov and not said.gaps
    # Compared as it is reported: the earlier report is masked, too.
    comparison = baseline.compare(
        earlier,
        report.findings,
        checked=lambda rule_id: rule_id in report.rules or (complete and rule_id.startswith("CKV")),
        sources=scope.sources,
        gaps=gaps,
    )
    return replace(report, audit=replace(report.audit, comparison=comparison))


@dataclass(slots=True)
class _Looked:
    """What was looked at so far. judged: evidence of files. passed: rule -> how often it passed. exposures: of the
    account's jobs.
    """

    keep: Keeper | None
    judged: list[plans.Judged] = field(default_factory=list)
    sources: Counter[str] = field(default_factory=Counter)
    passed: Counter[str] = field(default_factory=Counter)
    exposures: list[Exposure] = field(default_factory=list)

    def piece(self, piece: Evidence, findings: Sequence[Finding]) -> None:
        self.judged.append(plans.Judged(piece, findings))
        for resource in piece.resources:
            self.resource(resource)

    def resource(self, resource: Resource) -> None:
        self.sources[resource.source] += 1
        if self.keep:
            self.keep.resource(resource)

    def passes(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            if finding.verdict is Verdict.PASS:
                self.passed[finding.rule_id] += 1
                if self.keep:
                    self.keep.passed(finding)


def _checkov(wanted: Wanted, files: Files, settings: Settings) -> AbstractContextManager[run.Running]:
    if wanted.checkov:
        return run.started(wanted.paths, files, settings)
    return nullcontext(run.Running((), [Gap(what=run.WHAT, why="left out (--no-checkov)")] if wanted.paths else ()))


def _live(regions: Sequence[str], say: Say) -> Account:
    from gtctl.audit.evidence.live import collect

    say(f"Reading the account in {', '.join(regions)}")
    return collect(regions)


def _judged_live(
    account: Account, rules: Sequence[Registered], settings: Settings, looked: _Looked, with_passed: bool, say: Say
) -> list[Finding]:
    """What the rules say about the account; each job is judged while it comes, and forgotten."""
    graph = Graph(account.base.resources, settings, complete=account.base.complete)

    def exposed(job: Resource) -> Exposure:
        region = job.peek("region")
        return exposure(job, graph, settings, account.account, region if isinstance(region, str) else "")

    for resource in account.base.resources:
        looked.resource(resource)
        if resource.type in TYPES:
            looked.exposures.append(exposed(resource))

    def jobs() -> Iterator[Resource]:
        for number, job in enumerate(account.jobs(), 1):
            looked.resource(job)
            looked.exposures.append(exposed(job))
            yield job
            if number % 20 == 0:
                say(f"{number} labeling jobs")

    found = []
    for finding in engine.judge([replace(account.base, stream=jobs())], rules, settings):
        if finding.verdict is not Verdict.PASS or with_passed:
            found.append(finding)
        else:
            looked.passes([finding])
    return found


def _described(pieces: Iterable[Evidence], settings: Settings) -> list[Exposure]:
    """Of the jobs that documents describe: what there is to tell where no account was looked at."""
    return [
        exposure(resource, Graph(piece.resources, settings), settings, "", "")
        for piece in pieces
        for resource in piece.resources
        if resource.type in TYPES and resource.source == "job"
    ]


def _drift(
    judged: Iterable[plans.Judged],
    applied: Sequence[Resource],
    account: Account | None,
    rules: Sequence[Registered],
    settings: Settings,
) -> drift.Drift:
    planned = [each for piece in judged for each in piece.evidence.resources if each.source == "plan"]
    if account is None or not (planned or applied):
        return drift.Drift((), 0, 0)
    return drift.compare([*planned, *applied], account.base.resources, rules, settings)


def _finding(gap: Gap) -> Finding:
    """A gap as every format tells it, and every exit code counts it."""
    place = "/".join(part for part in (f"aws://{gap.account}", gap.region) if part) if gap.account else gap.what
    permission = f" (needs {gap.permission})" if gap.permission and gap.permission not in gap.why else ""
    return engine.own_finding(
        "GT005", Location(place), f"{gap.what}: {gap.why}{permission}", "to be read", Verdict.UNKNOWN
    )


def _scope(
    wanted: Wanted,
    started: datetime.datetime,
    looked: _Looked,
    account: Account | None,
    said: run.Outcome,
    gaps: Sequence[Gap],
) -> Scope:
    by_checkov = {"checkov": len({(each.file, each.resource) for each in said.records})} if said.version else {}
    return Scope(
        started=started,
        finished=_now(),
        accounts=[account.account] if account else [],
        regions=account.regions if account else [],
        principal=account.principal if account else "",
        paths=wanted.paths,
        sources=looked.sources | by_checkov,
        commit=_commit(wanted.paths),
        versions=_versions(account is not None, said.version),
        requests=dict(sorted(account.requests.items())) if account else {},
        gaps=gaps,
    )


def _tallies(findings: Sequence[Finding], passed: Mapping[str, int]) -> dict[str, Tally]:
    tallies = {rule_id: Tally(passed=times) for rule_id, times in passed.items()}
    for finding in findings:
        tally = tallies.setdefault(finding.rule_id, Tally())
        if finding.verdict is Verdict.PASS:
            continue
        if finding.waiver:
            tally.waived += 1
        elif finding.verdict is Verdict.FAIL:
            tally.failed += 1
        else:
            tally.unknown += 1
    return tallies


def _versions(live: bool, checkov: str) -> dict[str, str]:
    versions = {"gtctl": __version__, "python": platform.python_version()}
    if live:
        versions["boto3"] = version("boto3")
    return versions | ({"checkov": checkov} if checkov else {})


def _now() -> datetime.datetime:
    """The time, or the one that ``SOURCE_DATE_EPOCH`` gives to whoever wants the same bytes again."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    try:
        if given:
            return datetime.datetime.fromtimestamp(int(given), datetime.UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise BadInput(f"SOURCE_DATE_EPOCH={given} is no number of seconds since 1970") from error
    return datetime.datetime.now(datetime.UTC).replace(microsecond=0)


def _commit(paths: Sequence[str]) -> str:
    """The commit of the checkout that the first path lies in; "" where it lies in none, or there is no git."""
    if not paths:
        return ""
    folder = Path(paths[0]) if Path(paths[0]).is_dir() else Path(paths[0]).parent
    # The checkout's own settings may name programs to run.
    git = ["git", "-C", str(folder), "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"]
    try:
        head = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True, timeout=30, check=True)
        status = subprocess.run([*git, "status", "--porcelain"], capture_output=True, text=True, timeout=60, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return head.stdout.strip() + ("+changes" if status.stdout.strip() else "")
