"""Labeling jobs: create, describe, list, stop.

What the service refuses at once is refused here with a ValidationException; what it finds out while it works
on the data (objects, keys, buckets) ends in a failed job or failed objects, in ``job_run``.
Source: SageMaker API reference (CreateLabelingJob) and the Developer Guide, "Create a labeling job (API)".
"""

from __future__ import annotations

import json
import re
import secrets
import threading
import time
import urllib.parse

from botocore.exceptions import ClientError

from gtctl.ground_truth import BUILT_IN_LAMBDA_ACCOUNTS, TASK_FUNCTIONS
from gtctl.sandbox.ground_truth import job_run, listing, tags, workteams
from gtctl.sandbox.ground_truth.cloud import client
from gtctl.sandbox.ground_truth.errors import in_use, invalid, not_found
from gtctl.sandbox.ground_truth.state import Json, LabelingJob, RegionState

_LAMBDA_ARN = re.compile(r"arn:aws[a-z\-]*:lambda:([a-z0-9\-]*):([0-9]{12}):function:(.+)")
_RESERVED_ATTRIBUTES = {"source", "source-ref"}


def create(region: RegionState, request: Json) -> Json:
    """CreateLabelingJob."""
    _check_attribute(request["LabelAttributeName"])
    _check_choices(request)
    _check_lambdas(region, request["HumanTaskConfig"])
    check_role(region, request["RoleArn"])
    new_tags = tags.from_request(request)
    with region.lock:
        workteams.check_usable(region, request["HumanTaskConfig"]["WorkteamArn"])
        name = request["LabelingJobName"]
        if name.lower() in region.jobs:
            raise in_use(f"Labeling job name {name} is already in use in this account and Region.")
        now = time.time()
        job = LabelingJob(
            name=name,
            arn=region.arn("labeling-job", name.lower()),
            region=region.name,
            request={key: value for key, value in request.items() if key != "Tags"},
            reference_code=secrets.token_hex(16),
            created=now,
            modified=now,
        )
        region.jobs[name.lower()] = job
        region.tags[job.arn] = new_tags
    threading.Thread(target=job_run.run, args=(job,), daemon=True, name=f"job {name}").start()
    return {"LabelingJobArn": job.arn}


def describe(region: RegionState, request: Json) -> Json:
    """DescribeLabelingJob."""
    job = get(region, request["LabelingJobName"])
    return {
        **job.request,
        "LabelingJobArn": job.arn,
        "LabelingJobStatus": job.status,
        "LabelCounters": job.counters(),
        "CreationTime": job.created,
        "LastModifiedTime": job.modified,
        "JobReferenceCode": job.reference_code,
        "Tags": tags.as_list(region.tags[job.arn]),
        **_outcome(job),
    }


def list_(region: RegionState, request: Json) -> Json:
    """ListLabelingJobs."""
    found = [
        job
        for job in list(region.jobs.values())
        if listing.name_contains(job.name, request)
        and listing.within(job.created, request, "CreationTime")
        and listing.within(job.modified, request, "LastModifiedTime")
        and request.get("StatusEquals", job.status) == job.status
    ]
    keys = {"Name": lambda j: j.name.lower(), "CreationTime": lambda j: j.created, "Status": lambda j: j.status}
    chosen, token = listing.page(found, request, keys, "CreationTime")
    return {"LabelingJobSummaryList": [_summary(job) for job in chosen], **token}


def list_for_workteam(region: RegionState, request: Json) -> Json:
    """ListLabelingJobsForWorkteam."""
    workteams.check_usable(region, request["WorkteamArn"])
    found = [
        job
        for job in list(region.jobs.values())
        if job.request["HumanTaskConfig"]["WorkteamArn"] == request["WorkteamArn"]
        and listing.within(job.created, request, "CreationTime")
        and request.get("JobReferenceCodeContains", "") in job.reference_code
    ]
    chosen, token = listing.page(found, request, {"CreationTime": lambda j: j.created}, "CreationTime")
    return {"LabelingJobSummaryList": [_summary_for_workteam(region, job) for job in chosen], **token}


def stop(region: RegionState, request: Json) -> Json:
    """StopLabelingJob. What workers have answered so far is kept; a job that has ended cannot be stopped."""
    job = get(region, request["LabelingJobName"])
    with job.changed:
        if job.status not in {"Initializing", "InProgress", "Stopping"}:
            raise invalid(f"The labeling job is in status {job.status}; only a job in progress can be stopped.")
        job.set_status("Stopping")
    return {}


def get(region: RegionState, name: str) -> LabelingJob:
    """The job of that name, in whatever case. Raises ResourceNotFound."""
    try:
        return region.jobs[name.lower()]
    except KeyError:
        raise not_found("Requested resource not found.") from None


def _outcome(job: LabelingJob) -> Json:
    outcome: Json = {}
    if job.failure_reason:
        outcome["FailureReason"] = job.failure_reason[:1024]
    if job.status in {"Completed", "Stopped"}:
        outcome["LabelingJobOutput"] = {"OutputDatasetS3Uri": job_run.output_manifest_uri(job)}
    return outcome


def _summary(job: LabelingJob) -> Json:
    task = job.request["HumanTaskConfig"]
    return {
        "LabelingJobName": job.name,
        "LabelingJobArn": job.arn,
        "CreationTime": job.created,
        "LastModifiedTime": job.modified,
        "LabelingJobStatus": job.status,
        "LabelCounters": job.counters(),
        "WorkteamArn": task["WorkteamArn"],
        "PreHumanTaskLambdaArn": task["PreHumanTaskLambdaArn"],
        "AnnotationConsolidationLambdaArn": task["AnnotationConsolidationConfig"]["AnnotationConsolidationLambdaArn"],
        "InputConfig": job.request["InputConfig"],
        **_outcome(job),
    }


def _summary_for_workteam(region: RegionState, job: LabelingJob) -> Json:
    counters = job.counters()
    return {
        "LabelingJobName": job.name,
        "JobReferenceCode": job.reference_code,
        "WorkRequesterAccountId": region.account,
        "CreationTime": job.created,
        "LabelCounters": {
            "HumanLabeled": counters["HumanLabeled"],
            "PendingHuman": counters["Unlabeled"],
            "Total": len(job.objects),
        },
        "NumberOfHumanWorkersPerDataObject": job.workers_per_object,
    }


def _check_attribute(name: str) -> None:
    if name in _RESERVED_ATTRIBUTES or name.endswith(("-metadata", "-ref")):
        raise invalid(
            f"LabelAttributeName {name} is not allowed: it must not be source or source-ref, nor end in "
            "-metadata or -ref."
        )


def _check_choices(request: Json) -> None:
    """Members of which the service wants exactly one, which the model cannot say."""
    sources = request["InputConfig"]["DataSource"]
    if ("S3DataSource" in sources) == ("SnsDataSource" in sources):
        raise invalid("Exactly one of S3DataSource and SnsDataSource must be provided.")
    ui = request["HumanTaskConfig"]["UiConfig"]
    if ("UiTemplateS3Uri" in ui) == ("HumanTaskUiArn" in ui):
        raise invalid("Exactly one of UiTemplateS3Uri and HumanTaskUiArn must be provided.")
    # From here on the sandbox is narrower than the service, and says so.
    if "SnsDataSource" in sources:
        raise invalid("The sandbox does not run streaming jobs: give an S3DataSource.")
    if "HumanTaskUiArn" in ui:
        raise invalid("The sandbox runs bounding-box jobs, whose worker template is given by UiTemplateS3Uri.")
    if "LabelingJobAlgorithmsConfig" in request:
        raise invalid("The sandbox does not do automated data labeling.")


def _check_lambdas(region: RegionState, task: Json) -> None:
    if region.name not in BUILT_IN_LAMBDA_ACCOUNTS:
        raise invalid(f"Ground Truth has no built-in task types in {region.name}.")
    consolidation = task.get("AnnotationConsolidationConfig", {})
    given = {
        "PreHumanTaskLambdaArn": (task.get("PreHumanTaskLambdaArn", ""), "PRE"),
        "AnnotationConsolidationLambdaArn": (consolidation.get("AnnotationConsolidationLambdaArn", ""), "ACS"),
    }
    tasks = set()
    for member, (arn, side) in given.items():
        match = _LAMBDA_ARN.fullmatch(arn)
        if not match:
            raise invalid(f"The sandbox runs built-in bounding-box jobs: {member} must be given.")
        lambda_region, account, name = match.groups()
        if lambda_region != region.name or account != BUILT_IN_LAMBDA_ACCOUNTS[region.name]:
            raise invalid(f"{member} {arn} is not a built-in function of {region.name}.")
        functions = [f"{side}-{task}" for task in TASK_FUNCTIONS.values()]
        if name not in functions:
            raise invalid(f"The sandbox runs bounding-box jobs: {member} must name one of {', '.join(functions)}.")
        tasks.add(name.removeprefix(side))
    if len(tasks) > 1:
        raise invalid("PreHumanTaskLambdaArn and AnnotationConsolidationLambdaArn belong to different task types.")


def check_role(region: RegionState, arn: str) -> None:
    """Raise ValidationException unless the role exists and SageMaker may assume it."""
    name = arn.rpartition("/")[2]
    try:
        role = client("iam", region.name).get_role(RoleName=name)["Role"]
    except ClientError as error:
        raise invalid(f"Could not assume role {arn}. Please ensure that the role exists.") from error
    if role["Arn"] != arn or not _trusts_sagemaker(role["AssumeRolePolicyDocument"]):
        raise invalid(
            f"Could not assume role {arn}. Please ensure that the role exists and allows principal "
            "'sagemaker.amazonaws.com' to assume the role."
        )


def _trusts_sagemaker(document: Json | str) -> bool:
    policy = json.loads(urllib.parse.unquote(document)) if isinstance(document, str) else document
    statements = policy.get("Statement", [])
    for statement in statements if isinstance(statements, list) else [statements]:
        principal = statement.get("Principal", {})
        services = principal.get("Service", []) if isinstance(principal, dict) else []
        if statement.get("Effect") == "Allow" and "sagemaker.amazonaws.com" in (
            services if isinstance(services, list) else [services]
        ):
            return True
    return False


OPERATIONS = {
    "CreateLabelingJob": create,
    "DescribeLabelingJob": describe,
    "ListLabelingJobs": list_,
    "ListLabelingJobsForWorkteam": list_for_workteam,
    "StopLabelingJob": stop,
}
