"""Which events raise an alert, as moto's own matcher of EventBridge patterns sees it."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import botocore.loaders
import botocore.model
import botocore.validate
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto.events.models import EventPattern, EventPatternParser

from tests.audit_trail.conftest import Patterns

ACCOUNT = "123456789012"
TEAMS = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:workteam/private-crowd/"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/0a0a0a0a-aaaa-4aaa-8aaa-0a0a0a0a0a0a"
VOLUME_KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/0b0b0b0b-bbbb-4bbb-8bbb-0b0b0b0b0b0b"
LOGS_KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/0c0c0c0c-cccc-4ccc-8ccc-0c0c0c0c0c0c"
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:radiology-alerts"

JOB: dict[str, Any] = {
    "LabelingJobName": "chest-ct",
    "LabelAttributeName": "boxes",
    "InputConfig": {"DataSource": {"S3DataSource": {"ManifestS3Uri": "s3://radiology-scans/ct/input.manifest"}}},
    "OutputConfig": {"S3OutputPath": "s3://radiology-labels/jobs", "KmsKeyId": KEY},
    "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/radiology-labeling-execution",
    "HumanTaskConfig": {
        "WorkteamArn": f"{TEAMS}readers",
        "UiConfig": {"UiTemplateS3Uri": "s3://radiology-labels/template.liquid"},
        "TaskTitle": "Find nodules",
        "TaskDescription": "Draw a box around each nodule",
        "NumberOfHumanWorkersPerDataObject": 3,
        "TaskTimeLimitInSeconds": 600,
    },
}
AUTOMATED: dict[str, Any] = JOB | {
    "LabelingJobAlgorithmsConfig": {
        "LabelingJobAlgorithmSpecificationArn": "arn:aws:sagemaker:us-east-1:027400017018:labeling-job-algorithm-specification/object-detection",  # noqa: E501
        "LabelingJobResourceConfig": {"VolumeKmsKeyId": VOLUME_KEY},
    }
}
FLOW: dict[str, Any] = {
    "FlowDefinitionName": "second-look",
    "HumanLoopConfig": {
        "WorkteamArn": f"{TEAMS}readers",
        "HumanTaskUiArn": f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:human-task-ui/boxes",
        "TaskTitle": "Look again",
        "TaskDescription": "Is each nodule boxed?",
        "TaskCount": 1,
    },
    "OutputConfig": {"S3OutputPath": "s3://radiology-labels/reviews", "KmsKeyId": KEY},
    "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/radiology-labeling-execution",
}
REQUESTS = {"CreateLabelingJob": JOB, "CreateFlowDefinition": FLOW}
SETTINGS = {"CreateLabelingJob": "HumanTaskConfig", "CreateFlowDefinition": "HumanLoopConfig"}
SUBJECT = {"CreateLabelingJob": "labeling-job", "CreateFlowDefinition": "flow-definition"}
BOTH = pytest.mark.parametrize("call", list(REQUESTS))

Raised = Callable[..., set[str]]


@pytest.fixture(params=["named", "any"])
def raised(request: pytest.FixtureRequest, patterns: Patterns) -> Raised:
    """The rules that an event raises, in both forms of the module."""
    return _raised(patterns[request.param])


def _raised(patterns: dict[str, str]) -> Raised:
    parsed = {rule: EventPattern(text, EventPatternParser(text).parse()) for rule, text in patterns.items()}
    return lambda event: {rule for rule, pattern in parsed.items() if pattern.matches_event(event)}


def in_cloudtrail(value: Any) -> Any:
    """Request parameters as CloudTrail records them: names begin with a lower-case letter."""
    if isinstance(value, dict):
        return {name[0].lower() + name[1:]: in_cloudtrail(member) for name, member in value.items()}
    return value


def event(call: str, parameters: dict[str, Any] | None, service: str = "sagemaker", **detail: Any) -> Any:
    """What EventBridge gets of an API call that CloudTrail recorded."""
    return {
        "version": "0",
        "id": "5a1e3c1c-0000-4000-8000-000000000000",
        "detail-type": "AWS API Call via CloudTrail",
        "source": f"aws.{service}",
        "account": ACCOUNT,
        "time": "2026-11-02T08:00:00Z",
        "region": "us-east-1",
        "resources": [],
        "detail": {
            "eventVersion": "1.11",
            "userIdentity": {"type": "AssumedRole", "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/launcher/someone"},
            "eventTime": "2026-11-02T08:00:00Z",
            "eventSource": f"{service}.amazonaws.com",
            "eventName": call,
            "awsRegion": "us-east-1",
            "requestParameters": in_cloudtrail(parameters),
            "responseElements": None,
            "eventCategory": "Management",
        }
        | detail,
    }


def changed(request: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy of the request with one member set, or removed where the value is ``...``."""
    copy = deepcopy(request)
    *parents, last = path.split(".")
    member = copy
    for parent in parents:
        member = member[parent]
    if value is ...:
        del member[last]
    else:
        member[last] = value
    return copy


@pytest.mark.parametrize(
    ("call", "request_"),
    [("CreateLabelingJob", JOB), ("CreateLabelingJob", AUTOMATED), ("CreateFlowDefinition", FLOW)],
)
def test_what_is_private_and_encrypted_raises_nothing(raised: Raised, call: str, request_: dict[str, Any]) -> None:
    model = botocore.model.ServiceModel(botocore.loaders.Loader().load_service_model("sagemaker", "service-2"))
    shape = model.operation_model(call).input_shape
    assert shape is not None
    assert not botocore.validate.ParamValidator().validate(request_, shape).has_errors()
    assert raised(event(call, request_)) == set()


@BOTH
@pytest.mark.parametrize(
    "workteam",
    [
        "arn:aws:sagemaker:us-east-1:394669845002:workteam/public-crowd/default",
        f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:workteam/public-crowd/default",
        f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:workteam/vendor-crowd/somebody",
        "arn:aws:sagemaker:us-east-1:999999999999:workteam/private-crowd/readers",
        f"arn:aws:sagemaker:eu-west-1:{ACCOUNT}:workteam/private-crowd/readers",
        f"arn:aws-cn:sagemaker:us-east-1:{ACCOUNT}:workteam/private-crowd/readers",
        f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:workteam/Private-Crowd/readers",
        f"{TEAMS}readers".upper(),
        f" {TEAMS}readers",
        f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:workteam/readers",
        "readers",
        "",
        None,
        ...,
    ],
)
def test_another_workteam_or_none_raises_an_alert(raised: Raised, call: str, workteam: Any) -> None:
    request = changed(REQUESTS[call], f"{SETTINGS[call]}.WorkteamArn", workteam)
    assert raised(event(call, request)) == {f"{SUBJECT[call]}-not-private"}


@BOTH
@pytest.mark.parametrize("workteam", [f"{TEAMS}others", f"{TEAMS}readers-2", f"{TEAMS}Readers"])
def test_a_private_workteam_that_is_not_named_raises_an_alert_where_workteams_are_named(
    patterns: Patterns, call: str, workteam: str
) -> None:
    found = event(call, changed(REQUESTS[call], f"{SETTINGS[call]}.WorkteamArn", workteam))
    assert _raised(patterns["named"])(found) == {f"{SUBJECT[call]}-not-private"}
    assert _raised(patterns["any"])(found) == set()


@given(workteam=st.text() | st.text().map(lambda text: TEAMS[: len(text)] + text))
def test_no_text_but_the_workteams_own_arn_passes(patterns: Patterns, workteam: str) -> None:
    found = event("CreateLabelingJob", changed(JOB, "HumanTaskConfig.WorkteamArn", workteam))
    expected = set() if workteam == f"{TEAMS}readers" else {"labeling-job-not-private"}
    assert _raised(patterns["named"])(found) == expected


@BOTH
@pytest.mark.parametrize(
    "key",
    [
        KEY.replace("0a0a0a0a0a0a", "0a0a0a0a0a0d"),
        KEY.replace(ACCOUNT, "999999999999"),
        KEY.upper(),
        KEY.partition("/")[2],
        f"arn:aws:kms:us-east-1:{ACCOUNT}:alias/radiology-labels",
        "alias/aws/s3",
        VOLUME_KEY,
        "",
        None,
        ...,
    ],
)
def test_output_with_another_key_or_none_raises_an_alert(raised: Raised, call: str, key: Any) -> None:
    assert raised(event(call, changed(REQUESTS[call], "OutputConfig.KmsKeyId", key))) == {
        f"{SUBJECT[call]}-not-encrypted"
    }


@pytest.mark.parametrize("key", [KEY, VOLUME_KEY.upper(), "", None, ...])
def test_automated_labeling_on_volumes_with_another_key_or_none_raises_an_alert(raised: Raised, key: Any) -> None:
    path = "LabelingJobAlgorithmsConfig.LabelingJobResourceConfig"
    job = changed(AUTOMATED, f"{path}.VolumeKmsKeyId", key)
    assert raised(event("CreateLabelingJob", job)) == {"labeling-job-not-encrypted"}
    job = changed(AUTOMATED, path, ...)
    assert raised(event("CreateLabelingJob", job)) == {"labeling-job-not-encrypted"}


@BOTH
@pytest.mark.parametrize("parameters", [{}, None])
def test_a_call_whose_parameters_were_not_recorded_raises_every_alert(
    raised: Raised, call: str, parameters: Any
) -> None:
    every = {f"{SUBJECT[call]}-not-private", f"{SUBJECT[call]}-not-encrypted"}
    assert raised(event(call, parameters)) == every
    omitted = event(call, {"omitted": True, "originalSize": 102401, "reason": "requestParameters too large"})
    assert raised(omitted) == every
    # Were the names ever recorded in another case, nothing could be seen to be right.
    del omitted["detail"]["requestParameters"]
    assert raised(omitted) == every
    omitted["detail"]["requestParameters"] = REQUESTS[call]
    assert raised(omitted) == every


@BOTH
def test_a_call_that_was_refused_is_told_even_without_parameters(raised: Raised, call: str) -> None:
    for code in ("AccessDenied", "AccessDeniedException"):
        assert raised(event(call, None, errorCode=code)) == {"job-refused"}
        public = changed(REQUESTS[call], f"{SETTINGS[call]}.WorkteamArn", "arn:aws:sagemaker:us-east-1:394669845002:x")
        assert raised(event(call, public, errorCode=code)) == {"job-refused", f"{SUBJECT[call]}-not-private"}


@BOTH
@pytest.mark.parametrize("code", ["ValidationException", "ResourceInUse", "ThrottlingException"])
def test_a_call_that_started_nothing_raises_nothing(raised: Raised, call: str, code: str) -> None:
    assert raised(event(call, REQUESTS[call], errorCode=code)) == set()
    assert raised(event(call, None, errorCode=code)) == set()


def test_automated_labeling_that_did_not_start_raises_nothing(raised: Raised) -> None:
    job = changed(AUTOMATED, "LabelingJobAlgorithmsConfig.LabelingJobResourceConfig", ...)
    assert raised(event("CreateLabelingJob", job, errorCode="ValidationException")) == set()


def test_another_call_that_was_refused_raises_nothing(raised: Raised) -> None:
    assert raised(event("DescribeLabelingJob", None, errorCode="AccessDenied")) == set()


@pytest.mark.parametrize(
    ("rule", "service", "call", "parameters"),
    [
        ("workforce-changed", "sagemaker", "UpdateWorkforce", {"workforceName": "w"}),
        ("workforce-changed", "sagemaker", "CreateWorkforce", {"workforceName": "w"}),
        ("workforce-changed", "sagemaker", "UpdateWorkteam", {"workteamName": "readers"}),
        ("workforce-changed", "sagemaker", "CreateWorkteam", {"workteamName": "others"}),
        ("key-changed", "kms", "DisableKey", {"keyId": KEY}),
        ("key-changed", "kms", "ScheduleKeyDeletion", {"keyId": KEY.partition("/")[2]}),
        ("key-changed", "kms", "ScheduleKeyDeletion", {"keyId": VOLUME_KEY}),
        ("key-changed", "kms", "DisableKey", {"keyId": VOLUME_KEY.partition("/")[2]}),
        ("key-changed", "kms", "PutKeyPolicy", {"keyId": LOGS_KEY}),
        ("key-changed", "kms", "PutKeyPolicy", {"keyId": LOGS_KEY.partition("/")[2]}),
        ("bucket-changed", "s3", "PutBucketPolicy", {"bucketName": "radiology-scans"}),
        ("bucket-changed", "s3", "DeleteBucketPolicy", {"bucketName": "radiology-labels"}),
        ("bucket-changed", "s3", "PutBucketPublicAccessBlock", {"bucketName": "radiology-logs"}),
        ("trail-changed", "cloudtrail", "StopLogging", {"name": "radiology-trail"}),
        ("trail-changed", "cloudtrail", "PutEventSelectors", {"trailName": "radiology-trail"}),
        ("log-group-changed", "logs", "DeleteLogGroup", {"logGroupName": "/aws/sagemaker/LabelingJobs"}),
        (
            "log-group-changed",
            "logs",
            "PutRetentionPolicy",
            {"logGroupName": "/aws/sagemaker/groundtruth/WorkerActivity"},
        ),
        ("log-group-changed", "logs", "DisassociateKmsKey", {"logGroupName": "/aws/cloudtrail/radiology-trail"}),
        ("alert-rule-changed", "events", "DisableRule", {"name": "radiology-labeling-job-not-private"}),
        ("alert-rule-changed", "events", "RemoveTargets", {"rule": "radiology-labeling-job-not-private"}),
        ("alert-topic-changed", "sns", "DeleteTopic", {"topicArn": TOPIC}),
        ("alert-topic-changed", "sns", "Unsubscribe", {"subscriptionArn": f"{TOPIC}:5a1e3c1c"}),
    ],
)
def test_a_change_to_what_keeps_images_in_raises_its_alert(
    raised: Raised, rule: str, service: str, call: str, parameters: dict[str, Any]
) -> None:
    assert raised(event(call, parameters, service)) == {rule}


@pytest.mark.parametrize(
    ("service", "call", "parameters"),
    [
        ("sagemaker", "DescribeWorkforce", {"workforceName": "w"}),
        ("sagemaker", "StopLabelingJob", {"labelingJobName": "chest-ct"}),
        ("sagemaker", "CreateTrainingJob", {"outputDataConfig": {"kmsKeyId": "another"}}),
        ("kms", "DisableKey", {"keyId": f"arn:aws:kms:us-east-1:{ACCOUNT}:key/somebody-elses"}),
        ("kms", "Decrypt", {"keyId": KEY}),
        ("s3", "GetBucketPolicy", {"bucketName": "radiology-scans"}),
        ("s3", "PutBucketPolicy", {"bucketName": "somebody-elses"}),
        ("logs", "CreateLogStream", {"logGroupName": "/aws/sagemaker/LabelingJobs"}),
        ("logs", "DeleteLogGroup", {"logGroupName": "/somebody/elses"}),
        ("cloudtrail", "LookupEvents", {}),
        ("events", "DisableRule", {"name": "somebody-elses"}),
        ("events", "DescribeRule", {"name": "radiology-labeling-job-not-private"}),
        ("sns", "Publish", {"topicArn": TOPIC}),
        ("sns", "DeleteTopic", {"topicArn": f"{TOPIC}-of-somebody-else"}),
        ("sns", "Unsubscribe", {"subscriptionArn": f"{TOPIC}-of-somebody-else:5a1e3c1c"}),
        ("sns", "GetSubscriptionAttributes", {"subscriptionArn": f"{TOPIC}:5a1e3c1c"}),
    ],
)
def test_everyday_calls_and_things_of_others_raise_nothing(
    raised: Raised, service: str, call: str, parameters: dict[str, Any]
) -> None:
    assert raised(event(call, parameters, service)) == set()


@pytest.mark.parametrize("status", ["Completed", "Failed", "Stopped"])
def test_the_end_of_a_job_is_announced(raised: Raised, status: str) -> None:
    found = event("none", None) | {
        "detail-type": "SageMaker Ground Truth Labeling Job State Change",
        "resources": [f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:labeling-job/chest-ct"],
        "detail": {"LabelingJobStatus": status},
    }
    assert raised(found) == {"job-state"}


def test_every_pattern_fits_eventbridges_quota(patterns: Patterns) -> None:
    assert max(len(text) for form in patterns.values() for text in form.values()) <= 2048
    assert all(json.loads(text)["source"] for form in patterns.values() for text in form.values())
