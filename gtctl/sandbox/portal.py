"""What workers talk to: their open tasks, the rendered worker page, and where answers are posted.

A small HTTP API below ``/_gtctl/portal/<Region>/<job>/``:

* ``GET workers``: the Cognito users (``sub``) who may work on the job.
* ``GET tasks?worker=SUB``: the ids of the objects this worker can still answer.
* ``GET tasks/ID?worker=SUB``: the worker page, HTML.
* ``POST tasks/ID?worker=SUB``: ``{"answerContent": {...}, "acceptanceTime": seconds, "submissionTime": seconds}``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import msgspec
from werkzeug.exceptions import BadRequest, Conflict, Forbidden, HTTPException, NotFound
from werkzeug.wrappers import Request, Response

from gtctl.ground_truth import WorkteamKind, workteam_kind
from gtctl.sandbox.ground_truth import answers
from gtctl.sandbox.ground_truth.cloud import client
from gtctl.sandbox.ground_truth.state import Answer, DataObject, Json, LabelingJob, State
from gtctl.sandbox.ground_truth.worker_page import render_task

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_ROUTE = re.compile(r"/_gtctl/portal/(?P<region>[a-z0-9-]+)/(?P<job>[^/]+)/(?P<what>workers|tasks)(?:/(?P<id>\d+))?")


BATCH_SECONDS = 30


class Portal:
    """A WSGI application: the worker portal of every workforce in the sandbox."""

    def __init__(self, state: State) -> None:
        self._state = state

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        try:
            response = self._answer(request)
        except HTTPException as error:
            response = Response(str(error.description), status=error.code, mimetype="text/plain")
        return response(environ, start_response)

    def _answer(self, request: Request) -> Response:
        route = _ROUTE.fullmatch(request.path)
        if not route:
            raise NotFound("There is no such page.")
        job = self._state.region(route["region"]).jobs.get(route["job"].lower())
        if job is None:
            raise NotFound(f"There is no labeling job {route['job']} in {route['region']}.")
        workers = _workers(self._state, job)
        if route["what"] == "workers":
            return _json(sorted(workers))
        worker = request.args.get("worker", "")
        if worker not in workers:
            raise Forbidden("This worker is not a confirmed, enabled member of the job's work team.")
        if route["id"] is None:
            return _json(_open_tasks(job, worker))
        if int(route["id"]) >= len(job.objects):
            raise NotFound("There is no such task.")
        item = job.objects[int(route["id"])]
        if request.method == "POST":
            _submit(job, item, worker, workers[worker], request.get_data())
            return Response(status=204)
        return Response(render_task(job, item), mimetype="text/html")


def _open_tasks(job: LabelingJob, worker: str) -> list[int]:
    """What this worker can answer. While the job prepares its next batch, the answer waits for it."""
    with job.changed:
        job.changed.wait_for(
            lambda: job.status != "InProgress" or any(item.open for item in job.objects), BATCH_SECONDS
        )
        return [item.id for item in job.objects if _may_answer(item, worker)]


def _may_answer(item: DataObject, worker: str) -> bool:
    return item.open and all(answer.worker_sub != worker for answer in item.answers)


def _submit(job: LabelingJob, item: DataObject, worker: str, issuer: str, body: bytes) -> None:
    try:
        content, accepted, submitted = answers.read(job, body)
    except ValueError as error:
        raise BadRequest(str(error)) from None
    with job.changed:
        if not _may_answer(item, worker):
            raise Conflict("The task is not available any more.")
        item.answers.append(
            Answer(
                worker_sub=worker,
                # The service's worker ids are opaque and stable; so are these.
                worker_id=hashlib.sha256(f"{issuer}/{worker}".encode()).hexdigest()[:16],
                issuer=issuer,
                content=content,
                accepted=accepted,
                submitted=submitted,
            )
        )
        if len(item.answers) >= job.workers_per_object:
            item.open = False
        job.changed.notify_all()


def _workers(state: State, job: LabelingJob) -> dict[str, str]:
    """``sub`` -> token issuer of everybody who may work on the job: confirmed, enabled members of its groups."""
    arn = job.request["HumanTaskConfig"]["WorkteamArn"]
    if workteam_kind(arn) is not WorkteamKind.PRIVATE:
        return {}
    team = state.region(job.region).workteams.get(arn.rpartition("/")[2], {})
    workers: dict[str, str] = {}
    for member in team.get("MemberDefinitions", []):
        if group := member.get("CognitoMemberDefinition"):
            issuer = f"https://cognito-idp.{job.region}.amazonaws.com/{group['UserPool']}"
            workers |= dict.fromkeys(_members(job.region, group), issuer)
    return workers


def _members(region: str, group: Json) -> Iterable[str]:
    pages = client("cognito-idp", region).get_paginator("list_users_in_group")
    for page in pages.paginate(UserPoolId=group["UserPool"], GroupName=group["UserGroup"]):
        for user in page["Users"]:
            if user["Enabled"] and user["UserStatus"] == "CONFIRMED":
                yield from (a["Value"] for a in user["Attributes"] if a["Name"] == "sub")


def _json(value: Any) -> Response:
    return Response(msgspec.json.encode(value), mimetype="application/json")
