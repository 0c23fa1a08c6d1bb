from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError
from hypothesis import given
from hypothesis import strategies as st

from gtctl import aws
from gtctl.errors import BadInput, EnvironmentFailed

BUCKETS = st.from_regex(r"[a-z0-9][a-z0-9.\-]{1,61}[a-z0-9]", fullmatch=True)


@given(BUCKETS, st.text(min_size=1).filter(lambda key: not key.startswith("/")))
def test_every_bucket_and_key_survives_the_way_to_a_uri_and_back(bucket: str, key: str) -> None:
    assert aws.parse_s3_uri(str(aws.S3Location(bucket, key))) == aws.S3Location(bucket, key)


@pytest.mark.parametrize("uri", ["", "bucket/key", "https://bucket/key", "s3://", "s3:///key", "s3://user@bucket/key"])
def test_what_is_no_s3_uri_is_refused(uri: str) -> None:
    with pytest.raises(BadInput, match="is not an S3 URI"):
        aws.parse_s3_uri(uri)


def test_a_location_is_joined_like_a_folder() -> None:
    assert str(aws.S3Location("b", "out/").join("/job/", "x.json")) == "s3://b/out/job/x.json"
    assert str(aws.S3Location("b", "").join("x.json")) == "s3://b/x.json"


def test_without_a_region_the_user_is_told_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(EnvironmentFailed, match="AWS_REGION"):
        aws.session()
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    assert aws.session().region_name == "eu-west-1"


def test_errors_are_one_line_without_request_details() -> None:
    details: Any = {"Error": {"Code": "AccessDenied", "Message": "User is not\nauthorized"}}
    line = aws.explain(ClientError(details, "CreateLabelingJob"))
    assert line == "AWS refused CreateLabelingJob: AccessDenied: User is not authorized"
    assert "no AWS credentials" in aws.explain(NoCredentialsError())
    presigned = EndpointConnectionError(endpoint_url="https://bucket/x?X-Amz-Signature=secret")
    assert "X-Amz" not in aws.explain(presigned)
