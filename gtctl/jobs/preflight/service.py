"""Whether the service takes such a job from this account: lifecycle, the job's name, quotas."""

from __future__ import annotations

from collections.abc import Iterator

from gtctl.audit.model import Severity, Undecided
from gtctl.ground_truth import MAX_DATASET_OBJECTS
from gtctl.jobs.findings import member
from gtctl.jobs.preflight.model import Check, Outcome, check, failed, passed, unknown
from gtctl.jobs.preflight.scene import Scene
from gtctl.jobs.render import DIGEST_TAG
from gtctl.jobs.rules import MAX_CONCURRENT_TASKS_UNASKED


def _account(scene: Scene) -> str:
    return f"account {scene.reader.account} in {scene.region}"


@check("PF101", "Ground Truth still serves the account", _account, Severity.MEDIUM)
def known_to_the_service(scene: Scene) -> Iterator[Outcome]:
    try:
        if scene.workforce() is not None:
            yield passed(_account(scene), "it has a workforce, so the account has used Ground Truth in this Region")
            return
    except Undecided:
        pass  # a past job tells the same
    jobs = scene.reader.call("sagemaker:ListLabelingJobs", scene.region, MaxResults=1)["LabelingJobSummaryList"]
    if jobs:
        yield passed(_account(scene), "it has had labeling jobs in this Region")
        return
    yield unknown(
        _account(scene),
        "no sign that the account has used Ground Truth, which takes no new customers since mid-2026",
        "launch in the account and Region where you have used it, or ask AWS Support whether this account may",
        "gtctl doctor --live",
    )


@check("PF102", "The job's name is free", lambda scene: f"job {scene.name}")
def name_is_free(scene: Scene) -> Iterator[Outcome]:
    own = next((tag["Value"] for tag in scene.request.get("Tags", ()) if tag["Key"] == DIGEST_TAG), None)
    for page in scene.reader.pages("sagemaker:ListLabelingJobs", scene.region, NameContains=scene.name):
        for job in page["LabelingJobSummaryList"]:
            name = job["LabelingJobName"]
            if name.lower() != scene.name.lower():
                continue
            described = scene.reader.call(
                "sagemaker:DescribeLabelingJob", scene.region, on=job["LabelingJobArn"], LabelingJobName=name
            )
            theirs = next((tag["Value"] for tag in described.get("Tags", ()) if tag["Key"] == DIGEST_TAG), None)
            if name == scene.name and own and theirs == own:
                yield passed(
                    f"job {scene.name}", "it was launched already, as it is here: launched again, it is left alone"
                )
            else:
                yield failed(
                    f"job {scene.name}",
                    f"a job {name} exists ({job['LabelingJobStatus']}), and names are compared whatever their case",
                    "give this job another name",
                    f"gtctl job status {name} --region {scene.region}",
                )
            return
    yield passed(f"job {scene.name}")


@check("PF103", "The job keeps within the service's quotas", lambda scene: scene.manifest)
def within_quotas(scene: Scene) -> Iterator[Outcome]:
    if scene.dataset:
        objects = scene.dataset.objects
        if not objects:
            yield failed(
                scene.manifest,
                "it names no image",
                "build the manifest from a folder with images",
                f"gtctl manifest validate {scene.manifest}",
            )
        elif objects > MAX_DATASET_OBJECTS:
            jobs = -(-objects // MAX_DATASET_OBJECTS)
            yield passed(scene.manifest, f"{objects:,} objects: a campaign of {jobs} jobs, as a job takes 100,000")
        else:
            yield passed(scene.manifest, f"{objects:,} objects; a job takes {MAX_DATASET_OBJECTS:,}")
    tasks = member(scene.request, "HumanTaskConfig.MaxConcurrentTaskCount")
    if isinstance(tasks, int) and tasks > MAX_CONCURRENT_TASKS_UNASKED:
        yield unknown(
            f"job {scene.name}",
            f"{tasks:,} tasks at a time are more than the {MAX_CONCURRENT_TASKS_UNASKED:,} that an account has unasked",
            "ask AWS Support for them, or set workers.max_concurrent_tasks to 1000",
            "aws support create-case --service-code sagemaker --subject 'Ground Truth: concurrent tasks' "
            "--communication-body '...'",
        )


CHECKS: tuple[Check, ...] = (known_to_the_service, name_is_free, within_quotas)
