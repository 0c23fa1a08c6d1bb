"""Measures how past labeling jobs are audited: ``python -m benchmarks.audit``.

A sandbox process holds the jobs; a process for each run reads and judges them. AWS is tens of milliseconds away and
the sandbox is not, so every call waits first, in all runs alike. Prints a table in Markdown: jobs, calls at once, wall
time, requests for each job, and the peak memory of the process that audits.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from unittest.mock import patch

REGION = "us-east-1"

FEW, MANY = 500, 5000
WORKERS = 8


class Run(NamedTuple):
    """What one process measured; public: how many jobs it found that went to the public workforce."""

    jobs: int
    workers: int
    seconds: float
    requests: int
    megabytes: float
    public: int


def audit(workers: int, milliseconds: float) -> dict[str, Any]:
    """Read the account's jobs and judge each by all rules, in this process."""
    from gtctl import aws
    from gtctl.audit import engine, registry
    from gtctl.audit.evidence import live
    from gtctl.audit.model import Evidence, Verdict
    from gtctl.audit.settings import Settings

    make = aws.client

    def distant(*arguments: Any, **options: Any) -> Any:
        client = make(*arguments, **options)
        client.meta.events.register("before-send", lambda **_: time.sleep(milliseconds / 1000))
        return client

    aws.client = distant
    account = live.collect([REGION], workers=workers)
    before = account.requests.total()
    start = time.perf_counter()
    evidence = Evidence(account.base.resources, stream=account.jobs(), complete=True)
    findings = engine.judge([evidence], registry.rules(), Settings())
    failed = sum(1 for finding in findings if finding.rule_id == "GT101" and finding.verdict is Verdict.FAIL)
    return {
        "seconds": time.perf_counter() - start,
        "requests": account.requests.total() - before,
        # Kilobytes on Linux, bytes on macOS.
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        / (1024 if sys.platform != "darwin" else 1024**2),
        "public": failed,
    }


@contextmanager
def sandbox(jobs: int) -> Iterator[dict[str, str]]:
    """The environment of a sandbox, in a process of its own, whose account has run ``jobs`` labeling jobs."""
    # Here, so that no run that is measured has the sandbox in its memory.
    from gtctl.sandbox import past_jobs, process

    with tempfile.TemporaryDirectory() as home, patch.dict(os.environ, GTCTL_HOME=home):
        running, _ = process.up()
        try:
            past_jobs.post(running, REGION, list(past_jobs.history(jobs, seed=0, region=REGION, now=time.time())))
            yield running.environment()
        finally:
            process.down()


def measure(jobs: int, workers: int, milliseconds: float, environment: dict[str, str]) -> Run:
    """One run in a process of its own. Raises RuntimeError where it failed."""
    command = [sys.executable, "-m", "benchmarks.audit", "--run", str(workers), "--milliseconds", str(milliseconds)]
    done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-500:])
    return Run(jobs, workers, **json.loads(done.stdout))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.audit", description=__doc__)
    parser.add_argument("--milliseconds", type=float, default=30.0, help="how far away AWS is; default 30")
    parser.add_argument("--run", type=int, metavar="WORKERS", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        print(json.dumps(audit(options.run, options.milliseconds)))
        return
    with sandbox(FEW) as account:
        one_by_one = measure(FEW, 1, options.milliseconds, account)
        runs = [one_by_one, measure(FEW, WORKERS, options.milliseconds, account)]
    with sandbox(MANY) as account:
        runs.append(measure(MANY, WORKERS, options.milliseconds, account))
    load = "/".join(f"{number:.1f}" for number in os.getloadavg())
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, load {load}, {options.milliseconds:g} ms to AWS\n")
    print("| jobs | calls at once | time | requests per job | peak memory | public jobs found |")
    print("|---|---|---|---|---|---|")
    for run in runs:
        measured = (f"{run.seconds:.1f} s", f"{run.requests / run.jobs:.2f}", f"{run.megabytes:.0f} MB")
        print(f"| {run.jobs} | {run.workers} | {' | '.join(measured)} | {run.public} |")
    print(f"\n{WORKERS} at once are {one_by_one.seconds / runs[1].seconds:.1f} times as fast as one by one.")


if __name__ == "__main__":
    main()
