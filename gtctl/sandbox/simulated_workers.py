"""Simulated workers: they open the real worker page, load the image from its URL, answer and submit.

They are no radiologists: what they answer is made up, deterministically, in simulated_answers.py.
"""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import Any

from gtctl import aws
from gtctl.errors import BadInput, EnvironmentFailed
from gtctl.ground_truth import WorkteamKind, workteam_kind
from gtctl.sandbox.process import Running
from gtctl.sandbox.simulated_answers import WorkerPage, answer


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
    ensure_members(arn.rpartition("/")[2], region, workers)
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
    page = WorkerPage(_http(url).decode("utf-8"))
    if page.image_url is None or not page.labels:
        raise BadInput("the worker page has no element with an image and labels: check the worker template")
    content = answer(page, _http(page.image_url), seed, worker)
    submission = {"answerContent": content, "acceptanceTime": accepted, "submissionTime": time.time()}
    try:
        _http(url, json.dumps(submission).encode())
    except _Gone:
        return  # another worker gave the last answer that was needed


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


def ensure_members(team: str, region: str, workers: int) -> None:
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
