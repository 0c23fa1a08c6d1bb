from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

import pytest

from gtctl.ground_truth import public_workteam_arn
from gtctl.sandbox.simulated_workers import ensure_members

ANSWER = {
    "answerContent": {
        "boundingBox": {
            "boundingBoxes": [{"label": "nodule", "left": 1, "top": 2, "width": 3, "height": 4}],
            "inputImageProperties": {"width": 64, "height": 48},
        }
    },
    "acceptanceTime": 1.0,
    "submissionTime": 2.5,
}


class Portal:
    def __init__(self, endpoint: str, region: str, job: str) -> None:
        self.base = f"{endpoint}/_gtctl/portal/{region}/{job}"

    def call(self, path: str, worker: str | None = None, body: Any = None) -> tuple[int, str]:
        query = "?" + urllib.parse.urlencode({"worker": worker}) if worker else ""
        data = json.dumps(body).encode() if body is not None else None
        try:
            with urllib.request.urlopen(urllib.request.Request(f"{self.base}/{path}{query}", data)) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()


@pytest.fixture
def job(account: Any, sandbox: Any) -> tuple[Portal, list[str]]:
    account.client("sagemaker").create_labeling_job(**account.request("portal"))
    account.wait("portal", "InProgress")
    ensure_members(account.workteam, account.region, 3)
    portal = Portal(sandbox.endpoint, account.region, "portal")
    return portal, json.loads(portal.call("workers")[1])


def test_a_worker_sees_the_rendered_page_with_a_readable_image(job: tuple[Portal, list[str]]) -> None:
    portal, workers = job
    status, page = portal.call("tasks/0", workers[0])
    assert status == 200
    assert 'labels="[&#34;nodule&#34;, ' in page


def test_a_worker_answers_an_object_once(job: tuple[Portal, list[str]]) -> None:
    portal, workers = job
    assert portal.call("tasks/0", workers[0], ANSWER)[0] == 204
    assert portal.call("tasks/0", workers[0], ANSWER)[0] == 409
    assert json.loads(portal.call("tasks", workers[0])[1]) == [1]


def test_an_object_takes_as_many_answers_as_the_job_asks_for(job: tuple[Portal, list[str]]) -> None:
    portal, workers = job
    assert [portal.call("tasks/0", worker, ANSWER)[0] for worker in workers] == [204, 204, 409]


def test_somebody_who_is_not_in_the_team_sees_nothing(job: tuple[Portal, list[str]]) -> None:
    portal, _ = job
    assert portal.call("tasks", "00000000-0000-0000-0000-000000000000")[0] == 403
    assert portal.call("tasks/0", "00000000-0000-0000-0000-000000000000", ANSWER)[0] == 403


def test_a_disabled_worker_sees_nothing(job: tuple[Portal, list[str]], account: Any) -> None:
    portal, workers = job
    cognito = account.client("cognito-idp")
    for user in cognito.list_users_in_group(UserPoolId=account.pool, GroupName=account.group)["Users"]:
        cognito.admin_disable_user(UserPoolId=account.pool, Username=user["Username"])
    assert portal.call("tasks", workers[0])[0] == 403


@pytest.mark.parametrize(
    "change",
    [
        {"boundingBoxes": [{"label": "spoon", "left": 1, "top": 2, "width": 3, "height": 4}]},
        {"boundingBoxes": [{"label": "nodule", "left": -1, "top": 2, "width": 3, "height": 4}]},
        {"boundingBoxes": [{"label": "nodule"}]},
        {"inputImageProperties": {"width": 0, "height": 48}},
    ],
)
def test_an_answer_that_makes_no_sense_is_refused(job: tuple[Portal, list[str]], change: dict[str, Any]) -> None:
    portal, workers = job
    box = ANSWER["answerContent"]["boundingBox"] | change  # type: ignore[index]
    assert portal.call("tasks/0", workers[0], ANSWER | {"answerContent": {"boundingBox": box}})[0] == 400


def test_unknown_jobs_pages_and_tasks_are_not_found(job: tuple[Portal, list[str]]) -> None:
    portal, workers = job
    assert portal.call("tasks/99", workers[0])[0] == 404
    assert portal.call("nonsense", workers[0])[0] == 404
    portal.base += "-not"
    assert portal.call("tasks", workers[0])[0] == 404


def test_nobody_works_on_a_public_job(account: Any, sandbox: Any) -> None:
    request = account.request("public")
    request["HumanTaskConfig"]["WorkteamArn"] = public_workteam_arn(account.region)
    account.client("sagemaker").create_labeling_job(**request)
    account.wait("public", "InProgress")
    assert Portal(sandbox.endpoint, account.region, "public").call("workers") == (200, "[]")
