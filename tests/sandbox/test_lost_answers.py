"""A client that has lost the answer and asks again gets it, and nothing is done twice."""

from __future__ import annotations

import io
import json
import urllib.parse
import urllib.request
import uuid
from typing import Any

import pytest

from gtctl.sandbox import lost_answers
from gtctl.sandbox.lost_answers import answered_once
from tests.account import client


class App:
    """Counts how often it is asked."""

    def __init__(self, *statuses: str) -> None:
        self.statuses = list(statuses)
        self.asked = 0

    def __call__(self, environ: Any, start_response: Any) -> list[bytes]:
        self.asked += 1
        environ["wsgi.input"].read()
        start_response(self.statuses.pop(0) if self.statuses else "200 OK", [("x-number", str(self.asked))])
        return [b"answer ", b"%d" % self.asked]


def ask(served: Any, attempt: int, invocation: str = "a", method: str = "POST") -> tuple[str, bytes]:
    said: list[str] = []

    def start(status: str, headers: Any, error: Any = None, /) -> Any:
        said.append(status)

    body = io.BytesIO(b"{}")
    environ = {
        "REQUEST_METHOD": method,
        "CONTENT_LENGTH": "2",
        "wsgi.input": body,
        "HTTP_AMZ_SDK_INVOCATION_ID": invocation,
        "HTTP_AMZ_SDK_REQUEST": f"attempt={attempt}; max=3",
    }
    answer = b"".join(served(environ, start))
    assert body.read() == b"", "closing a connection with something unread in it breaks it"
    return said[-1], answer


def test_the_second_attempt_gets_the_first_answer() -> None:
    app = App("409 Conflict")
    served = answered_once(app)
    assert ask(served, 1) == ask(served, 2) == ask(served, 3) == ("409 Conflict", b"answer 1")
    assert app.asked == 1


def test_other_calls_are_calls_of_their_own() -> None:
    app = App()
    served = answered_once(app)
    assert [ask(served, 1, name)[1] for name in ("a", "b")] == [b"answer 1", b"answer 2"]
    assert ask(served, 2, "of a lost request")[1] == b"answer 3"
    # A client that numbers nothing anew means a new call.
    assert ask(served, 1, "a")[1] == b"answer 4"


def test_what_failed_is_tried_again() -> None:
    app = App("500 Internal Server Error")
    served = answered_once(app)
    assert [ask(served, attempt)[0] for attempt in (1, 2)] == ["500 Internal Server Error", "200 OK"]


def test_reading_is_asked_anew() -> None:
    served = answered_once(App())
    assert [ask(served, attempt, method="GET")[1] for attempt in (1, 2)] == [b"answer 1", b"answer 2"]


def test_only_the_last_answers_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lost_answers, "KEPT", 2)
    served = answered_once(App())
    for name in ("a", "b", "c"):
        ask(served, 1, name)
    assert [ask(served, 2, name)[1] for name in ("a", "c")] == [b"answer 4", b"answer 3"]


def test_a_policy_that_was_made_is_not_said_to_exist_already(sandbox: Any) -> None:
    invocation, body = str(uuid.uuid4()), {"Action": "CreatePolicy", "Version": "2010-05-08", "PolicyName": "made-once"}
    document = {"Statement": [{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::scans"}]}
    body["PolicyDocument"] = json.dumps({"Version": "2012-10-17"} | document)
    answers = []
    for attempt in (1, 2):
        headers = {
            "amz-sdk-invocation-id": invocation,
            "amz-sdk-request": f"attempt={attempt}; max=2",
            "Authorization": "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/iam/aws4_request, Signature=y",
        }
        asked = urllib.request.Request(sandbox.endpoint, urllib.parse.urlencode(body).encode(), headers)
        with urllib.request.urlopen(asked, timeout=30) as answer:
            answers.append(answer.read())
    assert answers[0] == answers[1]
    iam = client("iam", "us-east-1")
    [made] = [each for each in iam.list_policies(Scope="Local")["Policies"] if each["PolicyName"] == "made-once"]
    iam.delete_policy(PolicyArn=made["Arn"])
