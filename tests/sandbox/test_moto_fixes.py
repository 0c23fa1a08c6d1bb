"""What the sandbox mends in moto, seen through boto3."""

from __future__ import annotations

from typing import Any

import pytest

from tests.account import client

REGION = "ap-south-1"


def test_a_trail_is_deleted_by_its_arn(sandbox: Any) -> None:
    client("s3", "us-east-1").create_bucket(Bucket="trail-files")
    cloudtrail = client("cloudtrail", REGION)
    arn = cloudtrail.create_trail(Name="gone-soon", S3BucketName="trail-files")["TrailARN"]
    cloudtrail.delete_trail(Name=arn)
    with pytest.raises(cloudtrail.exceptions.TrailNotFoundException):
        cloudtrail.delete_trail(Name=arn)


def test_a_new_log_group_has_no_tags_of_an_older_one_with_its_name(sandbox: Any) -> None:
    logs = client("logs", REGION)
    arn = f"arn:aws:logs:{REGION}:123456789012:log-group:/twice"
    logs.create_log_group(logGroupName="/twice", tags={"of": "the first"})
    assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == {"of": "the first"}
    logs.delete_log_group(logGroupName="/twice")
    logs.create_log_group(logGroupName="/twice")
    assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == {}
