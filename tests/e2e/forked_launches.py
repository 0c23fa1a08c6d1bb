"""Launches in processes that are killed: forked from one that has everything imported, so that a launch takes little.

usage: python -m tests.e2e.forked_launches SPEC SETTINGS POINTS SEED

The job of SPEC is launched under POINTS names. Each launch is killed with SIGKILL after a random time, and run again.
Prints a JSON object for each name: after how many seconds it was killed, whether it had ended before, and what the
second run said.
"""

from __future__ import annotations

import io
import json
import os
import random
import signal
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import yaml

from gtctl import aws
from gtctl.cli import run

_session: list[Any] = []


def main(spec: Path, settings: Path, points: int, seed: int) -> None:
    document = yaml.safe_load(spec.read_text())
    prepare(spec, document["workers"]["workteam_arn"].split(":")[3])
    usual = launched(spec, settings)["seconds"]
    chance = random.Random(seed)
    for number in range(points):
        job = spec.with_name(f"killed-{number}.yaml")
        job.write_text(yaml.safe_dump(document | {"name": f"killed-{seed}-{number}"}))
        # Every other one in the last third, where files are put and the job is created.
        delay = usual * chance.uniform(0.67 if number % 2 else 0, 1)
        ended = killed(job, settings, delay)
        again = launched(job, settings)
        if again["said"][0].startswith("launched"):
            usual = (usual + again["seconds"]) / 2
        found = {"name": f"killed-{seed}-{number}", "delay": delay, "ended": ended, **again}
        sys.stdout.write(json.dumps(found) + "\n")


def prepare(spec: Path, region: str) -> None:
    """Import everything, and read the service models, before there are children."""
    _session.append(aws.session(region))
    aws.session = lambda region=None: _session[0]
    for service in ("s3", "s3control", "sagemaker", "iam", "kms", "sts", "cognito-idp", "sns"):
        aws.client(service, region)
    with redirect_stdout(io.StringIO()):
        run(["job", "check", str(spec), "--offline"])


def killed(spec: Path, settings: Path, delay: float) -> bool:
    """Whether the launch had ended when it was to be killed."""
    child = os.fork()
    if not child:
        launch_and_exit(spec, settings, os.devnull)
    time.sleep(delay)
    ended, _ = os.waitpid(child, os.WNOHANG)
    if not ended:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return bool(ended)


def launched(spec: Path, settings: Path) -> dict[str, Any]:
    """What a launch that nobody disturbs says, and its exit code."""
    said, began = spec.with_suffix(".said"), time.monotonic()
    child = os.fork()
    if not child:
        launch_and_exit(spec, settings, str(said))
    _, status = os.waitpid(child, 0)
    lines = said.read_text().strip().splitlines()
    return {"code": os.waitstatus_to_exitcode(status), "said": lines[-1:], "seconds": time.monotonic() - began}


def launch_and_exit(spec: Path, settings: Path, output: str) -> None:
    with open(output, "w") as stream, redirect_stdout(stream), redirect_stderr(stream):  # noqa: PTH123
        code = run(["job", "launch", str(spec), "--config", str(settings)])
        stream.flush()
    os._exit(code)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
