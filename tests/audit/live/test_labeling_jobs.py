"""All jobs that were ever run: one call for each page and one for each job, and never more than a few in memory."""

from __future__ import annotations

import gc
import tracemalloc
from typing import Any

from gtctl.audit import engine, registry
from gtctl.audit.evidence import live
from gtctl.audit.model import Evidence, Resource, Unknown
from gtctl.audit.settings import Settings
from tests.audit.live.answers import Answers, Refuse, answering, answers, merged


def with_jobs(number: int) -> Answers:
    """The good account with ``number`` jobs, a hundred on each page."""
    [summary] = answers()["sagemaker:ListLabelingJobs"]["LabelingJobSummaryList"]
    arn = summary["LabelingJobArn"]
    jobs = [summary | {"LabelingJobName": f"job-{at}", "LabelingJobArn": f"{arn}-{at}"} for at in range(number)]
    pages = [{"LabelingJobSummaryList": jobs[at : at + 100]} for at in range(0, number, 100)]
    job = answers()["sagemaker:DescribeLabelingJob chest-ct"]
    told: Answers = merged(answers(), {"sagemaker:ListLabelingJobs": pages, "sagemaker:DescribeLabelingJob": job})
    return told


def stream(told: Answers, refuse: Refuse = lambda call, region: "") -> list[Resource]:
    with answering(told, refuse):
        return list(live.collect(told["regions"]).jobs())


def test_each_job_is_told_once_and_in_the_order_of_the_listing() -> None:
    names = [job.address for job in stream(with_jobs(250))]
    assert names == [f'aws_sagemaker_labeling_job.job-{at}["eu-west-1"]' for at in range(250)]


def test_jobs_take_one_call_for_each_page_and_one_for_each_job_and_no_memory() -> None:
    told = with_jobs(300)
    seen: list[int] = []

    def counted(account: Any) -> Any:
        for number, job in enumerate(account.jobs()):
            if number in (100, 299):
                gc.collect()
                seen.append(tracemalloc.get_traced_memory()[0])
            yield job

    with answering(told):
        account = live.collect(told["regions"])
        before = account.requests.copy()
        evidence = Evidence(account.base.resources, stream=counted(account), complete=True)
        tracemalloc.start()
        findings = sum(1 for _ in engine.judge([evidence], registry.rules(), Settings()))
        tracemalloc.stop()
    assert findings > 300 * 15
    assert account.requests - before == {"sagemaker:ListLabelingJobs": 3, "sagemaker:DescribeLabelingJob": 300}
    early, late = seen
    # 200 jobs that are kept would be more than a megabyte.
    assert late - early < 200_000


def test_a_job_that_may_not_be_described_has_what_the_listing_tells() -> None:
    [job] = stream(answers(), lambda call, region: "AccessDenied" if "Describe" in call else "")
    assert job.get("human_task_config.workteam_arn").endswith("private-crowd/radiology")
    assert job.get("input_config.data_source.s3_data_source.manifest_s3_uri") == "s3://hospital-scans/ct/input.manifest"
    assert job.get("labeling_job_status") == "Completed"
    for path in ("output_config", "role_arn", "tags", "human_task_config.public_workforce_task_price"):
        value = job.peek(path)
        assert isinstance(value, Unknown) and "sagemaker:DescribeLabelingJob on arn:" in value.reason


def test_a_job_has_the_shape_that_rules_and_the_exposure_read() -> None:
    [job] = stream(answers())
    assert job.location.file == "arn:aws:sagemaker:eu-west-1:111122223333:labeling-job/chest-ct"
    assert job.get("labeling_job_arn") == job.location.file
    assert job.get("label_counters.human_labeled") == 10
    assert job.get("creation_time") < job.get("last_modified_time")
    assert job.get("tags") == {"gtctl:classification": "phi"}
    assert "job_reference_code" not in job.attributes
