"""The whole flow on the sandbox: stack, scans, manifest, job, workers, labels.

Each step is the command that a user would type, run as a process of its own; what it printed goes to a log.
"""

from __future__ import annotations

import json
import os
import secrets
import shlex
import shutil
import signal
import string
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from gtctl import aws
from gtctl.assets import asset_root
from gtctl.errors import EnvironmentFailed
from gtctl.files import atomic_write
from gtctl.ground_truth import public_workteam_arn
from gtctl.sandbox import process

WORKERS = 3
SEED = 7
WINDOW = "file"
FACES = "accept"
"""The sample series shows no head, but its files do not say so."""
INTERRUPT_SECONDS = 60

Report = Callable[[str, str, float], None]
"""Called after each step with its title, what came of it, and how many seconds it took."""

_RESULTS = (
    "dicom",
    "scans",
    "ledger.jsonl",
    "quarantine.jsonl",
    "input.manifest",
    "stack.json",
    "job.yaml",
    "job.json",
    "label-categories.json",
    "template.liquid",
    "output.manifest",
    "labels.coco.json",
    "contact-sheet.png",
    "demo.log",
)

_SPEC = """\
# The labeling job of the demo. ${{stack.NAME}} is an output of the Terraform stack.
name: {name}
classification: phi
task:
  title: Find structures in CT slices
  description: Draw a tight box around each structure
  instructions:
    short: Draw one box around each structure you see.
    full: |
      Draw the smallest box that holds the whole structure.

      Submit the slice without a box if you see none.
labels:
  - name: finding
    description: Something that needs a second look
  - name: landmark
    description: A structure to find the way by
workers:
  workteam_arn: {workteam}
  per_object: {workers}
  time_limit: 10m
input:
  manifest: s3://${{stack.scans_bucket}}/{name}/input.manifest
output:
  path: s3://${{stack.labels_bucket}}/jobs
  kms_key_arn: ${{stack.labels_kms_key_arn}}
  label_attribute: structures
role_arn: ${{stack.execution_role_arn}}
"""


class _Commands:
    """Runs gtctl commands with the sandbox's environment and logs what they print."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self.environment: dict[str, str] = dict(os.environ)

    def run(self, *arguments: str, expect: int = 0) -> str:
        """Run ``gtctl ARGUMENTS`` and return its stdout. Raises EnvironmentFailed unless it exits with ``expect``.

        The command is a session of its own: Ctrl-C reaches it once, through us, and we wait for its clean end.
        """
        with self.log.open("a", encoding="utf-8") as log:
            log.write(f"$ gtctl {shlex.join(arguments)}\n")
            log.flush()
            started = subprocess.Popen(
                [sys.executable, "-m", "gtctl", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                env=self.environment,
                text=True,
                start_new_session=True,
            )
            try:
                printed, _ = started.communicate()
            except BaseException:
                started.send_signal(signal.SIGINT)
                # It goes on printing until it has ended, and would wait for ever for somebody to read that.
                started.communicate(timeout=INTERRUPT_SECONDS)
                raise
            log.write(printed)
        if started.returncode != expect:
            raise EnvironmentFailed(
                f"gtctl {' '.join(arguments[:2])} ended with {started.returncode}: {self._last_line()} (see {self.log})"
            )
        return printed

    def _last_line(self) -> str:
        lines = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return next((line for line in reversed(lines) if line.startswith("gtctl: ")), lines[-1])


def run(folder: Path, report: Report, destroy: bool = False) -> None:
    """Run the demo; its results lie in ``folder`` afterwards, replacing those of an earlier run.

    Sandbox and stack stay up for a look around unless ``destroy``. A run that fails or is interrupted takes back
    what it started. Raises EnvironmentFailed where a step fails.
    """
    _clear(folder)
    gtctl = _Commands(folder / "demo.log")
    # No date: the name is part of the images' keys, which tell nothing about anybody.
    name = f"demo-{''.join(secrets.choice(string.ascii_lowercase) for _ in range(6))}"
    with _terminable(), ExitStack() as undo:
        stack = _stack(gtctl, folder, report, undo)
        with _step(report, "Make sample CT series") as said:
            from gtctl.demo.sample_scans import write_series

            said.append(write_series(folder / "dicom").note)
        images = f"s3://{stack['scans_bucket']}/{name}/images/"
        with _step(report, "Turn DICOM into de-identified PNG, encrypted in S3") as said:
            options = ["--window", WINDOW, "--faces", FACES, "--ledger", str(folder / "ledger.jsonl")]
            key = ["--kms-key-arn", stack["scans_kms_key_arn"]]
            printed = gtctl.run("scans", "prepare", str(folder / "dicom"), images, *options, *key, "--json")
            summary = json.loads(printed)
            said.append(f"{summary['images_prepared']} images, {summary['files_quarantined']} broken files quarantined")
        with _step(report, "Build the input manifest"):
            manifest = f"s3://{stack['scans_bucket']}/{name}/input.manifest"
            gtctl.run("manifest", "build", "--ledger", str(folder / "ledger.jsonl"), "--images", images, manifest, *key)
            gtctl.run("manifest", "validate", manifest, "--s3")
            _fetch(manifest, folder / "input.manifest")
        _launch(gtctl, folder, name, stack, report, undo)
        with _step(report, "Workers draw boxes (SIMULATED: the boxes mean nothing medically)") as said:
            said.append(gtctl.run("sandbox", "annotate", name, "--workers", str(WORKERS), "--seed", str(SEED)).strip())
            gtctl.run("job", "watch", name, "--interval", "0.5", "--timeout", "120")
        with _step(report, "Export the labels as COCO") as said:
            output = json.loads(gtctl.run("job", "status", name, "--json"))["output_manifest"]
            _fetch(output, folder / "output.manifest")
            gtctl.run(
                "labels",
                "export",
                "--format",
                "coco",
                str(folder / "output.manifest"),
                str(folder / "labels.coco.json"),
            )
            said.append(f"{len(json.loads((folder / 'labels.coco.json').read_bytes())['annotations'])} boxes")
        with _step(report, "Draw the contact sheet"):
            from gtctl.demo.contact_sheet import write_contact_sheet
            from gtctl.scans import ledger

            s3 = aws.client("s3")
            for image in ledger.by_image(folder / "ledger.jsonl"):
                _fetch(images + image, folder / "scans" / image, s3)
            write_contact_sheet(folder / "scans", folder / "labels.coco.json", folder / "contact-sheet.png")
        undo.pop_all()
        if destroy:
            with _step(report, "Destroy the stack and stop the sandbox"):
                gtctl.run("infra", "destroy", "--target", "sandbox")
                gtctl.run("sandbox", "down")


def _stack(gtctl: _Commands, folder: Path, report: Report, undo: ExitStack) -> dict[str, Any]:
    """Sandbox and stack, and how to take them back; gives the stack's outputs."""
    with _step(report, "Start the sandbox, a local AWS") as said:
        already = process.find() is not None
        gtctl.run("sandbox", "up")
        running = process.find()
        if running is None:
            raise EnvironmentFailed(f"the sandbox ended at once (log: {process.log_file()})")
        if not already:
            undo.callback(process.down)
        os.environ.update(running.environment())
        gtctl.environment.update(running.environment())
        said.append(running.endpoint)
    with _step(report, "Apply the Terraform stack: keys, buckets, workforce, roles") as said:
        gtctl.run("infra", "apply", "--target", "sandbox")
        printed = gtctl.run("infra", "output", "--target", "sandbox", "--json")
        with atomic_write(folder / "stack.json") as stream:
            stream.write(printed)
        stack: dict[str, Any] = json.loads(printed)
        said.append(f"team {stack['workteam_arn'].rpartition(':')[2]}")
    return stack


def _launch(gtctl: _Commands, folder: Path, name: str, stack: dict[str, Any], report: Report, undo: ExitStack) -> None:
    stack_file = ["--stack", str(folder / "stack.json")]
    with _step(report, "Try to launch to the public workforce") as said:
        public = folder / "public.yaml"
        public.write_text(_SPEC.format(name=name, workteam=public_workteam_arn(stack["region"]), workers=WORKERS))
        gtctl.run("job", "launch", str(public), *stack_file, expect=1)
        public.unlink()
        said.append("refused, before any call was made")
    # What a throw-away stack leaves out is waived in the settings that lie beside its variables.
    settings = ["--config", str(asset_root() / "terraform" / "environments" / "sandbox.toml")]
    spec = folder / "job.yaml"
    with atomic_write(spec) as stream:
        stream.write(_SPEC.format(name=name, workteam="${stack.workteam_arn}", workers=WORKERS))
    with _step(report, "Invite (SIMULATED) workers, and check the job in its account") as said:
        gtctl.run("sandbox", "invite", stack["workteam_name"], "--workers", str(WORKERS))
        said.append(gtctl.run("job", "check", str(spec), *stack_file, *settings).strip().splitlines()[-1])
    with _step(report, "Launch the labeling job to the private team") as said:
        gtctl.run("job", "render", str(spec), *stack_file, "--output", str(folder))
        gtctl.run("job", "launch", str(spec), *stack_file, *settings)
        undo.callback(gtctl.run, "job", "stop", name)
        said.append(name)


def _fetch(uri: str, target: Path, s3: Any = None) -> None:
    place = aws.parse_s3_uri(uri)
    body = (s3 or aws.client("s3")).get_object(Bucket=place.bucket, Key=place.key)["Body"]
    with atomic_write(target, "wb") as stream:
        for chunk in body.iter_chunks():
            stream.write(chunk)


@contextmanager
def _step(report: Report, title: str) -> Iterator[list[str]]:
    """Time a step; the block appends to the yielded list what is to be said about it."""
    said: list[str] = []
    start = time.monotonic()
    yield said
    report(title, "; ".join(said), time.monotonic() - start)


@contextmanager
def _terminable() -> Iterator[None]:
    """Let SIGTERM unwind like Ctrl-C, so that what was started is taken back."""

    def interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


def _clear(folder: Path) -> None:
    """Remove an earlier run's results, and nothing else that lies there."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in _RESULTS:
        old = folder / name
        if old.is_dir() and not old.is_symlink():
            shutil.rmtree(old)
        else:
            old.unlink(missing_ok=True)
