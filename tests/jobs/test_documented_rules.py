"""Every documented fact about CreateLabelingJob for boxes, and what says so when a request breaks it.

A fact that only the account can show (a name in use, a quota) belongs to the preflight and is not here; nor are the
types, lengths and patterns of single members, which the service model has (test_service_model.py).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from gtctl.jobs.check import examine
from gtctl.jobs.render import Rendered
from gtctl.jobs.rules import task_of
from tests.jobs.samples import KEY, WORKTEAM, request

HUMAN = "HumanTaskConfig"
PRE = f"{HUMAN}.PreHumanTaskLambdaArn"
ACS = f"{HUMAN}.AnnotationConsolidationConfig.AnnotationConsolidationLambdaArn"
ALGORITHM = "LabelingJobAlgorithmsConfig.LabelingJobAlgorithmSpecificationArn"
OBJECTS = "arn:aws:sagemaker:us-east-1:027400017018:labeling-job-algorithm-specification/object-detection"
UI = "arn:aws:sagemaker:us-east-1:394669845002:human-task-ui/PointCloudObjectDetection"
TOPIC = "arn:aws:sns:us-east-1:123456789012:input"
SNS = "InputConfig.DataSource.SnsDataSource"


def built_in(function: str, region: str = "us-east-1", account: str = "432418664414") -> str:
    return f"arn:aws:lambda:{region}:{account}:function:{function}"


class Fact(NamedTuple):
    """A fact, a value that breaks it, and where the finding must point; ``kind`` is errors, warnings or refusals."""

    words: str
    member: str
    value: Any
    kind: str = "errors"
    at: str | None = None


FACTS = [
    # The service model has these; a full match is what the service means, since the patterns lost their anchors.
    Fact("a name has no underscore", "LabelingJobName", "chest_ct"),
    Fact("a name has no dot", "LabelingJobName", "chest.ct"),
    Fact("a pattern covers the whole value", "LabelingJobName", "chest-ct!"),
    Fact("a title has at most 128 characters", f"{HUMAN}.TaskTitle", "x" * 129),
    Fact("1 to 9 workers", f"{HUMAN}.NumberOfHumanWorkersPerDataObject", 10),
    Fact("at least 30 seconds for a task", f"{HUMAN}.TaskTimeLimitInSeconds", 29),
    Fact("at least 60 seconds open", f"{HUMAN}.TaskAvailabilityLifetimeInSeconds", 59),
    Fact("at most 5000 tasks at a time", f"{HUMAN}.MaxConcurrentTaskCount", 5_001),
    Fact("keywords have no hyphens", f"{HUMAN}.TaskKeywords", ["chest-ct"], at=f"{HUMAN}.TaskKeywords[0]"),
    Fact("two content classifiers exist", "InputConfig.DataAttributes", {"ContentClassifiers": ["FreeOfPhi"]},
         at="InputConfig.DataAttributes.ContentClassifiers[0]"),
    Fact("a stop is at 1 to 100 per cent", "StoppingConditions", {"MaxPercentageOfInputDatasetLabeled": 101},
         at="StoppingConditions.MaxPercentageOfInputDatasetLabeled"),
    Fact("no volume key without automated labeling", "VolumeKmsKeyId", KEY),
    # The model lacks these.
    Fact("a box job needs its pre-annotation function", PRE, None),
    Fact("a box job needs its consolidation function", ACS, None),
    Fact("the functions are those of the Region's account", PRE, built_in("PRE-BoundingBox", account="326177286064")),
    Fact("the functions are those of the Region", PRE, built_in("PRE-BoundingBox", "eu-west-1", "568282634449")),
    Fact("the functions are those of box tasks", PRE, built_in("PRE-SemanticSegmentation")),
    Fact("PRE- and ACS- are not each other", ACS, built_in("PRE-BoundingBox")),
    Fact("PRE- and ACS- belong to one task", ACS, built_in("ACS-AdjustmentBoundingBox")),
    Fact("passing data through makes no boxes", PRE, built_in("PRE-PassThrough")),
    Fact("built-in tasks are in twelve Regions", f"{HUMAN}.WorkteamArn", WORKTEAM.replace("us-east-1", "eu-north-1")),
    Fact("the label attribute does not end in -metadata", "LabelAttributeName", "boxes-metadata"),
    Fact("that of boxes does not end in -ref", "LabelAttributeName", "boxes-ref"),
    Fact("source is reserved", "LabelAttributeName", "source"),
    Fact("source-ref is reserved", "LabelAttributeName", "source-ref"),
    Fact("boxes have a template", f"{HUMAN}.UiConfig.UiTemplateS3Uri", None),
    Fact("and no human task UI", f"{HUMAN}.UiConfig.HumanTaskUiArn", UI),
    Fact("a template is .html or .liquid", f"{HUMAN}.UiConfig.UiTemplateS3Uri", "s3://clinic-labels/page.txt"),
    Fact("a job needs an input manifest", "InputConfig.DataSource.S3DataSource", None),
    Fact("a streaming job does not end by itself", SNS, {"SnsTopicArn": TOPIC}, "warnings"),
    Fact("its topic is in the job's Region", SNS, {"SnsTopicArn": TOPIC.replace("us-east-1", "eu-west-1")},
         at=f"{SNS}.SnsTopicArn"),
    Fact("boxes need label categories", "LabelCategoryConfigS3Uri", None),
    Fact("at most 8 hours for an image", f"{HUMAN}.TaskTimeLimitInSeconds", 28_801),
    Fact("open for at most 30 days", f"{HUMAN}.TaskAvailabilityLifetimeInSeconds", 2_592_001),
    Fact("more than 1000 at a time only by AWS Support", f"{HUMAN}.MaxConcurrentTaskCount", 1_001, "warnings"),
    Fact("keywords are for the public workforce", f"{HUMAN}.TaskKeywords", ["ct"], "warnings"),
    Fact("automated labeling of boxes is object detection", ALGORITHM, OBJECTS.replace("object-detection", "text")),
    Fact("its algorithm is AWS's", ALGORITHM, OBJECTS.replace("027400017018", "123456789012")),
    Fact("its algorithm is in the job's Region", ALGORITHM, OBJECTS.replace("us-east-1", "eu-west-1")),
    Fact("S3 is named by s3://", "InputConfig.DataSource.S3DataSource.ManifestS3Uri", "https://clinic-scans.s3/x"),
    Fact("the key is in the job's Region", "OutputConfig.KmsKeyId", KEY.replace("us-east-1", "eu-west-1")),
    # What would let images out.
    Fact("a public workteam", f"{HUMAN}.WorkteamArn",
         "arn:aws:sagemaker:us-east-1:394669845002:workteam/public-crowd/default", "refusals"),
    Fact("a vendor's workteam", f"{HUMAN}.WorkteamArn",
         "arn:aws:sagemaker:us-east-1:123456789012:workteam/vendor-crowd/x", "refusals"),
    Fact("a price is for the public workforce", f"{HUMAN}.PublicWorkforceTaskPrice",
         {"AmountInUsd": {"Cents": 3, "TenthFractionsOfACent": 6}}, "refusals"),
    Fact("without a key AWS's own is taken", "OutputConfig.KmsKeyId", None, "refusals"),
    Fact("patients' images are not free of personal information", "InputConfig.DataAttributes.ContentClassifiers",
         ["FreeOfPersonallyIdentifiableInformation"], "refusals"),
]  # fmt: skip


def test_the_request_that_is_changed_breaks_nothing() -> None:
    found = examine(Rendered(request(), None, None))
    assert (found.errors, found.warnings, found.refusals) == ([], [], [])


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.words)
def test_a_request_that_breaks_a_documented_fact_is_told_so(fact: Fact) -> None:
    changes = {fact.member.replace(".", "__"): fact.value}
    found = getattr(examine(Rendered(request(**changes), None, None)), fact.kind)
    assert (fact.at or fact.member) in [finding.path for finding in found]


def test_automated_labeling_of_boxes_breaks_no_rule_of_the_service() -> None:
    found = examine(Rendered(request(**{ALGORITHM.replace(".", "__"): OBJECTS}), None, None))
    assert found.errors == []


@pytest.mark.parametrize(
    ("function", "task"),
    [("BoundingBox", "bounding-box"), ("VerificationBoundingBox", "verification"), ("NamedEntityRecognition", None)],
)
def test_the_task_of_a_request_is_told_by_its_function(function: str, task: str | None) -> None:
    assert task_of(request(**{PRE.replace(".", "__"): built_in(f"PRE-{function}")})) == task
    assert task_of({}) is None
