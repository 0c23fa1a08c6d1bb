"""Fixtures: a Ground Truth set-up made with plain boto3, one per test, in a Region of its own while the test runs."""

from __future__ import annotations

import io
import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import boto3
import pytest
from PIL import Image

from gtctl.ground_truth import BUILT_IN_LAMBDA_ACCOUNTS, CORS_RULE, built_in_lambda_arn

_numbers = itertools.count()
_regions = itertools.cycle(BUILT_IN_LAMBDA_ACCOUNTS)

TEMPLATE = """<script src="https://assets.crowd.aws/crowd-html-elements.js"></script>
<crowd-form><crowd-bounding-box name="boundingBox" src="{{ task.input.taskObject | grant_read_access }}"
header="Draw" labels="{{ task.input.labels | to_json | escape }}">
<full-instructions header="i">x</full-instructions><short-instructions>y</short-instructions>
</crowd-bounding-box></crowd-form>"""


@cache
def client(service: str, region: str) -> Any:
    """A boto3 client of the sandbox; making one takes a quarter of a second."""
    return boto3.client(service, region_name=region)  # type: ignore[call-overload]


def png(width: int = 64, height: int = 48, mode: str = "L") -> bytes:
    """A picture with a bright block in it."""
    image = Image.new(mode, (width, height))
    image.paste(Image.radial_gradient("L").resize((width // 2, height // 2)).convert(mode), (width // 4, height // 4))
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


@dataclass
class Account:
    """What a labeling job needs, by name."""

    region: str
    bucket: str
    key_arn: str
    role_arn: str
    pool: str
    pool_client: str
    group: str
    workforce: str
    workteam: str
    workteam_arn: str

    def client(self, service: str) -> Any:
        return client(service, self.region)

    def put(self, key: str, body: bytes) -> str:
        self.client("s3").put_object(Bucket=self.bucket, Key=key, Body=body)
        return f"s3://{self.bucket}/{key}"

    def read(self, key: str) -> bytes:
        body: bytes = self.client("s3").get_object(Bucket=self.bucket, Key=key)["Body"].read()
        return body

    def request(self, name: str, images: int = 2, **changes: Any) -> dict[str, Any]:
        """A CreateLabelingJob request over ``images`` pictures that lie in the bucket."""
        uris = [self.put(f"images/{name}/{n}.png", png(64 + n)) for n in range(images)]
        manifest = "".join(json.dumps({"source-ref": uri, "slice": n}) + "\n" for n, uri in enumerate(uris))
        labels = {"document-version": "2018-11-28", "labels": [{"label": "nodule"}, {"label": "결절"}]}
        request = {
            "LabelingJobName": name,
            "LabelAttributeName": "boxes",
            "InputConfig": {
                "DataSource": {"S3DataSource": {"ManifestS3Uri": self.put(f"{name}.manifest", manifest.encode())}}
            },
            "OutputConfig": {"S3OutputPath": f"s3://{self.bucket}/out", "KmsKeyId": self.key_arn},
            "RoleArn": self.role_arn,
            "LabelCategoryConfigS3Uri": self.put("labels.json", json.dumps(labels).encode()),
            "HumanTaskConfig": {
                "WorkteamArn": self.workteam_arn,
                "UiConfig": {"UiTemplateS3Uri": self.put("template.liquid", TEMPLATE.encode())},
                "PreHumanTaskLambdaArn": built_in_lambda_arn(self.region, "PRE-BoundingBox"),
                "TaskTitle": "Find nodules",
                "TaskDescription": "Draw a box around each nodule",
                "NumberOfHumanWorkersPerDataObject": 2,
                "TaskTimeLimitInSeconds": 600,
                "AnnotationConsolidationConfig": {
                    "AnnotationConsolidationLambdaArn": built_in_lambda_arn(self.region, "ACS-BoundingBox")
                },
            },
        }
        return request | changes

    def wait(self, name: str, *statuses: str) -> dict[str, Any]:
        """Until the job has one of the statuses; its end, unless given."""
        wanted = statuses or ("Completed", "Failed", "Stopped")
        return self.wait_until(name, lambda job: job["LabelingJobStatus"] in wanted)

    def wait_until(self, name: str, reached: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        import time

        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            job: dict[str, Any] = self.client("sagemaker").describe_labeling_job(LabelingJobName=name)
            if reached(job):
                return job
            time.sleep(0.05)
        raise AssertionError(f"{name} is still {job['LabelingJobStatus']}: {job['LabelCounters']}")


@pytest.fixture
def pool(sandbox: Any) -> Callable[..., tuple[str, str, str, str]]:
    """Make a Cognito pool with client, domain and group; gives Region, pool, client and group."""

    def make(domain: bool = True) -> tuple[str, str, str, str]:
        number, region = next(_numbers), next(_regions)
        sagemaker = client("sagemaker", region)
        while teams := sagemaker.list_workteams()["Workteams"]:  # ten at a time
            for team in teams:
                sagemaker.delete_workteam(WorkteamName=team["WorkteamName"])
        for workforce in sagemaker.list_workforces()["Workforces"]:
            sagemaker.delete_workforce(WorkforceName=workforce["WorkforceName"])
        cognito = client("cognito-idp", region)
        pool = cognito.create_user_pool(PoolName=f"pool-{number}")["UserPool"]["Id"]
        app = cognito.create_user_pool_client(UserPoolId=pool, ClientName="c", GenerateSecret=True)
        if domain:
            cognito.create_user_pool_domain(UserPoolId=pool, Domain=f"d{number}-{region}")
        cognito.create_group(UserPoolId=pool, GroupName="radiologists")
        return region, pool, app["UserPoolClient"]["ClientId"], "radiologists"

    return make


@pytest.fixture
def account(pool: Callable[..., tuple[str, str, str, str]]) -> Account:
    region, user_pool, client_id, group = pool()
    number = next(_numbers)
    sagemaker = client("sagemaker", region)
    workforce = f"workforce-{number}"
    sagemaker.create_workforce(WorkforceName=workforce, CognitoConfig={"UserPool": user_pool, "ClientId": client_id})
    member = {"CognitoMemberDefinition": {"UserPool": user_pool, "UserGroup": group, "ClientId": client_id}}
    team = sagemaker.create_workteam(WorkteamName=f"team-{number}", Description="d", MemberDefinitions=[member])
    s3 = client("s3", region)
    bucket = f"bucket-{number}-{region}"
    location = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    s3.create_bucket(Bucket=bucket, **location)
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [CORS_RULE]})
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
    iam = client("iam", region)
    role = iam.create_role(RoleName=f"labeling-{number}-{region}", AssumeRolePolicyDocument=json.dumps(trust))
    kms = client("kms", region)
    return Account(
        region=region,
        bucket=bucket,
        key_arn=kms.create_key()["KeyMetadata"]["Arn"],
        role_arn=role["Role"]["Arn"],
        pool=user_pool,
        pool_client=client_id,
        group=group,
        workforce=workforce,
        workteam=f"team-{number}",
        workteam_arn=team["WorkteamArn"],
    )
