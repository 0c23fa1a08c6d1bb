"""What the sandbox's Ground Truth remembers: per Region, in memory, gone when the process ends."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from gtctl.ground_truth import TASK_FUNCTIONS

Json = dict[str, Any]
"""A request, an answer or a part of one, in the API's own spelling."""


@dataclass(slots=True)
class Answer:
    """What one worker submitted for one object."""

    worker_sub: str
    worker_id: str
    issuer: str
    content: Json
    accepted: float
    submitted: float


@dataclass(slots=True)
class DataObject:
    """One line of the input manifest on its way through the job."""

    id: int
    line: Json
    uri: str
    image_size: dict[str, int] | None = None
    answers: list[Answer] = field(default_factory=list)
    failure: str | None = None
    label: Json | None = None
    open: bool = False


@dataclass(slots=True)
class LabelingJob:
    """A labeling job: the request it came from, and how far it is. counted: LabelCounters of a job of the past."""

    name: str
    arn: str
    region: str
    request: Json
    reference_code: str
    created: float
    modified: float
    status: str = "Initializing"
    failure_reason: str | None = None
    labels: list[str] = field(default_factory=list)
    earlier: str | None = None
    """Verification, adjustment: the key of an earlier job's boxes in the manifest's lines."""
    worker_template: str = ""
    objects: list[DataObject] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)
    counted: dict[str, int] | None = None

    @property
    def task(self) -> str:
        """What is done with boxes: a key of TASK_FUNCTIONS."""
        function = self.request["HumanTaskConfig"]["PreHumanTaskLambdaArn"].rpartition(":PRE-")[2]
        return next(task for task, name in TASK_FUNCTIONS.items() if name == function)

    @property
    def label_type(self) -> str:
        """``type`` in the metadata of the job's labels."""
        return "groundtruth/label-verification" if self.task == "verification" else "groundtruth/object-detection"

    @property
    def workers_per_object(self) -> int:
        """How many answers an object needs."""
        return int(self.request["HumanTaskConfig"]["NumberOfHumanWorkersPerDataObject"])

    def set_status(self, status: str, failure_reason: str | None = None) -> None:
        """Move to another status and wake everybody who waits for it."""
        with self.changed:
            self.status = status
            self.failure_reason = failure_reason
            self.modified = time.time()
            self.changed.notify_all()

    def counters(self) -> dict[str, int]:
        """LabelCounters as DescribeLabelingJob gives them."""
        if self.counted is not None:
            return self.counted
        labeled = sum(1 for o in self.objects if o.label is not None)
        failed = sum(1 for o in self.objects if o.failure is not None)
        return {
            "TotalLabeled": labeled,
            "HumanLabeled": labeled,
            "MachineLabeled": 0,
            "FailedNonRetryableError": failed,
            "Unlabeled": len(self.objects) - labeled - failed,
        }


@dataclass(slots=True)
class RegionState:
    """Everything Ground Truth holds in one Region of the account."""

    name: str
    account: str
    workforce: Json | None = None
    workteams: dict[str, Json] = field(default_factory=dict)
    flow_definitions: dict[str, Json] = field(default_factory=dict)
    jobs: dict[str, LabelingJob] = field(default_factory=dict)
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def arn(self, kind: str, name: str) -> str:
        """The ARN of one of this account's SageMaker resources in this Region."""
        return f"arn:aws:sagemaker:{self.name}:{self.account}:{kind}/{name}"


class State:
    """All Regions."""

    def __init__(self, account: str) -> None:
        self.account = account
        self._regions: dict[str, RegionState] = {}
        self._lock = threading.Lock()

    def region(self, name: str) -> RegionState:
        """The state of one Region, made on first use."""
        with self._lock:
            return self._regions.setdefault(name, RegionState(name, self.account))

    def jobs(self) -> Iterator[LabelingJob]:
        """Every job of every Region."""
        for region in list(self._regions.values()):
            yield from list(region.jobs.values())

    def close(self) -> None:
        """Wake the threads of running jobs, so that the process can end."""
        for job in self.jobs():
            if job.status in {"Initializing", "InProgress"}:
                job.set_status("Failed", "the sandbox was stopped")
