"""Simulated workers: they open the real worker page, load the image from its URL, draw boxes and submit.

They are no radiologists. Boxes are put on high-contrast regions of the image, deterministically by seed, image
and label; each worker deviates a little from the others and sometimes misses one, so that consolidation has
something to do.
"""

from __future__ import annotations

import hashlib
import io
import json
import random
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Sequence
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

from gtctl import aws
from gtctl.errors import BadInput, EnvironmentFailed
from gtctl.ground_truth import WorkteamKind, workteam_kind
from gtctl.sandbox.process import Running

if TYPE_CHECKING:
    import numpy as np

MISSED_BOX_PROBABILITY = 0.05
ABSENT_LABEL_PROBABILITY = 0.2
CANDIDATES = 40


def annotate(
    sandbox: Running,
    job: str,
    region: str,
    workers: int,
    seed: int,
    on_answer: Callable[[], None] = lambda: None,
) -> int:
    """Let ``workers`` simulated workers answer every open task of ``job``. Returns the number of answers.

    They are Cognito users of the job's work team, made here where the team has too few members. Calls
    ``on_answer`` after each answer. Raises BadInput where the job cannot be worked on.
    """
    details = _wait_until_in_progress(job, region)
    arn = details["HumanTaskConfig"]["WorkteamArn"]
    if workteam_kind(arn) is not WorkteamKind.PRIVATE:
        raise BadInput(f"the job {job} does not go to a private work team: simulated workers are members of one")
    _ensure_members(arn.rpartition("/")[2], region, workers)
    portal = f"{sandbox.endpoint}/_gtctl/portal/{region}/{urllib.parse.quote(job)}"
    members = json.loads(_http(f"{portal}/workers"))[:workers]
    answers = 0
    # The job hands out tasks in batches: go on until nobody finds an open one.
    while True:
        before = answers
        for number, member in enumerate(members):
            query = urllib.parse.urlencode({"worker": member})
            for task in json.loads(_http(f"{portal}/tasks?{query}")):
                _answer_task(f"{portal}/tasks/{task}?{query}", seed, number)
                answers += 1
                on_answer()
        if answers == before:
            return answers


def _answer_task(url: str, seed: int, worker: int) -> None:
    accepted = time.time()
    page = _WorkerPage()
    page.feed(_http(url).decode("utf-8"))
    if page.image_url is None or not page.labels:
        raise BadInput("the worker page has no crowd-bounding-box with src and labels: check the worker template")
    image = _http(page.image_url)
    boxes, width, height = draw(image, page.labels, seed, worker)
    content = {
        "boundingBox": {"boundingBoxes": boxes, "inputImageProperties": {"width": width, "height": height}},
    }
    submission = {"answerContent": content, "acceptanceTime": accepted, "submissionTime": time.time()}
    try:
        _http(url, json.dumps(submission).encode())
    except _Gone:
        return  # another worker gave the last answer that was needed


def draw(image: bytes, labels: Sequence[str], seed: int, worker: int) -> tuple[list[dict[str, Any]], int, int]:
    """The boxes one worker draws on one image (PNG or JPEG bytes), and the image's width and height in pixels."""
    import numpy as np
    from PIL import Image

    with Image.open(io.BytesIO(image)) as opened:
        pixels = np.asarray(opened.convert("L"), dtype=np.float32)
    height, width = pixels.shape
    digest = hashlib.sha256(image).hexdigest()
    boxes = []
    for label in labels:
        shared = random.Random(f"{seed}/{digest}/{label}")  # noqa: S311 - a simulation, not a secret
        if shared.random() < ABSENT_LABEL_PROBABILITY:
            continue
        left, top, box_width, box_height = _place(pixels, shared)
        own = random.Random(f"{seed}/{digest}/{label}/{worker}")  # noqa: S311
        if own.random() < MISSED_BOX_PROBABILITY:
            continue
        new_left = _clamp(left + own.uniform(-0.05, 0.05) * box_width, 0, width - 2)
        new_top = _clamp(top + own.uniform(-0.05, 0.05) * box_height, 0, height - 2)
        boxes.append(
            {
                "label": label,
                "left": new_left,
                "top": new_top,
                "width": _clamp(box_width * own.uniform(0.93, 1.07), 2, width - new_left),
                "height": _clamp(box_height * own.uniform(0.93, 1.07), 2, height - new_top),
            }
        )
    return boxes, width, height


def _place(pixels: np.ndarray[Any, Any], rng: random.Random) -> tuple[float, float, float, float]:
    """Left, top, width, height of the most structured of some random boxes inside the body."""
    import numpy as np

    height, width = pixels.shape
    body = pixels > max(8.0, float(pixels.max()) * 0.1)
    rows, columns = np.flatnonzero(body.any(axis=1)), np.flatnonzero(body.any(axis=0))
    top, bottom = (int(rows[0]), int(rows[-1]) + 1) if rows.size else (0, height)
    left, right = (int(columns[0]), int(columns[-1]) + 1) if columns.size else (0, width)
    best, best_score = (float(left), float(top), float(right - left), float(bottom - top)), -1.0
    for _ in range(CANDIDATES):
        w = max(2.0, (right - left) * rng.uniform(0.12, 0.3))
        h = max(2.0, (bottom - top) * rng.uniform(0.12, 0.3))
        x = left + rng.random() * max(0.0, right - left - w)
        y = top + rng.random() * max(0.0, bottom - top - h)
        patch = pixels[int(y) : int(y + h) + 1, int(x) : int(x + w) + 1]
        inside = body[int(y) : int(y + h) + 1, int(x) : int(x + w) + 1]
        score = float(patch.std()) * float(inside.mean()) ** 2
        if score > best_score:
            best, best_score = (x, y, w, h), score
    return best


def _clamp(value: float, low: float, high: float) -> int:
    return round(max(low, min(value, high)))


def _wait_until_in_progress(job: str, region: str) -> dict[str, Any]:
    sagemaker = aws.client("sagemaker", region)
    while True:
        details: dict[str, Any] = sagemaker.describe_labeling_job(LabelingJobName=job)
        status = details["LabelingJobStatus"]
        if status == "InProgress":
            return details
        if status != "Initializing":
            reason = details.get("FailureReason")
            raise BadInput(f"the job {job} is {status}{f' ({reason})' if reason else ''}: there is nothing to annotate")
        time.sleep(0.1)


def _ensure_members(team: str, region: str, workers: int) -> None:
    """Make confirmed users in the team's first group until it has ``workers`` members."""
    definition = aws.client("sagemaker", region).describe_workteam(WorkteamName=team)["Workteam"]
    groups = [m["CognitoMemberDefinition"] for m in definition["MemberDefinitions"] if "CognitoMemberDefinition" in m]
    if not groups:
        raise BadInput(f"the work team {team} has no Cognito group: simulated workers are Cognito users")
    pool, group = groups[0]["UserPool"], groups[0]["UserGroup"]
    cognito = aws.client("cognito-idp", region)
    present = len(cognito.list_users_in_group(UserPoolId=pool, GroupName=group)["Users"])
    for number in range(present, workers):
        email = f"simulated-worker-{number + 1}@sandbox.invalid"
        cognito.admin_create_user(
            UserPoolId=pool,
            Username=email,
            UserAttributes=[{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}],
            MessageAction="SUPPRESS",
        )
        password = "Sandbox-only-0!"  # noqa: S105 - of a user that exists in this process's memory
        cognito.admin_set_user_password(UserPoolId=pool, Username=email, Password=password, Permanent=True)
        cognito.admin_add_user_to_group(UserPoolId=pool, Username=email, GroupName=group)


class _Gone(Exception):
    """The portal says that the task is not available any more."""


def _http(url: str, body: bytes | None = None) -> bytes:
    """GET, or POST with a body. Errors never show the URL: it may be presigned."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data=body), timeout=60) as answer:  # noqa: S310
            content: bytes = answer.read()
            return content
    except urllib.error.HTTPError as error:
        if error.code == 409:
            raise _Gone from None
        text = error.read(300).decode("utf-8", errors="replace") if "X-Amz-" not in url else "image not readable"
        raise EnvironmentFailed(f"the worker portal answered {error.code}: {text}") from None
    except urllib.error.URLError as error:
        raise EnvironmentFailed(f"the worker portal could not be reached: {error.reason}") from None


class _WorkerPage(HTMLParser):
    """Finds what a worker needs on the page: the image's URL and the labels."""

    image_url: str | None = None
    labels: Sequence[str] = ()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "crowd-bounding-box":
            found = dict(attrs)
            self.image_url = found.get("src")
            self.labels = json.loads(found.get("labels") or "[]")
