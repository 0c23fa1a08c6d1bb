"""moto is asked one thing at a time, whatever many clients do; what it fails at is logged by name only."""

from __future__ import annotations

import io
import logging
import threading
import time
from typing import Any

import pytest

from gtctl.sandbox.one_at_a_time import one_at_a_time


def environ(body: bytes = b"", **more: str) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/DOE^JANE/scan.png",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "HTTP_AUTHORIZATION": "AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/iam/aws4_request, Signature=abc",
        **more,
    }


def start(status: str, headers: Any, error: Any = None, /) -> Any:
    return None


def test_no_two_calls_are_answered_at_once() -> None:
    inside = 0
    most = 0

    def app(environ: Any, start_response: Any) -> list[bytes]:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        time.sleep(0.002)
        inside -= 1
        return [environ["wsgi.input"].read()]

    served = one_at_a_time(app)
    answers: list[bytes] = []
    threads = [
        threading.Thread(target=lambda n=n: answers.extend(served(environ(b"%d" % n), start))) for n in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1
    assert sorted(answers, key=int) == [b"%d" % n for n in range(16)]


@pytest.mark.parametrize(
    ("more", "body", "name"),
    [
        ({}, b"Action=CreatePolicy&PolicyName=Jane", "iam CreatePolicy"),
        ({"HTTP_X_AMZ_TARGET": "TrentService.CreateKey"}, b"{}", "TrentService.CreateKey"),
        ({}, b"pixels", "iam POST"),
    ],
)
def test_what_fails_is_logged_by_the_name_of_the_operation_alone(
    caplog: pytest.LogCaptureFixture, more: dict[str, str], body: bytes, name: str
) -> None:
    def answers_500(environ: Any, start_response: Any) -> list[bytes]:
        start_response("500 Internal Server Error", [])
        return []

    def raises(environ: Any, start_response: Any) -> list[bytes]:
        raise RuntimeError("dictionary changed size during iteration")

    with caplog.at_level(logging.ERROR):
        one_at_a_time(answers_500)(environ(body, **more), start)
        with pytest.raises(RuntimeError):
            one_at_a_time(raises)(environ(body, **more), start)
    assert caplog.messages == [f"{name} was answered with 500 Internal Server Error", f"{name} failed"]
