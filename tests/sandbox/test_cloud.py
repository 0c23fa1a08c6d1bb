"""The clients with which the sandbox calls the services beside it."""

from __future__ import annotations

import json
import time
from typing import Any

import boto3
import pytest

from gtctl.sandbox.ground_truth import cloud


def test_a_roles_client_is_made_on_a_machine_that_has_just_started(
    sandbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}]}
    role = boto3.client("iam").create_role(RoleName="just-started", AssumeRolePolicyDocument=json.dumps(trust))
    monkeypatch.setattr(time, "monotonic", lambda: 5.0)
    made = cloud.role_s3("us-east-1", role["Role"]["Arn"])
    assert made is not None
    assert cloud.role_s3("us-east-1", role["Role"]["Arn"]) is made
