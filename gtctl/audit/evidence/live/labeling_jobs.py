"""Labeling jobs, all that were ever run: listed page by page, described several at a time, never all in memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from typing import Any

from gtctl.audit.evidence import requests
from gtctl.audit.evidence.live.reading import NotRead, Reader
from gtctl.audit.model import Resource

_TYPE = "aws_sagemaker_labeling_job"


def stream(reader: Reader, region: str) -> Iterator[Resource]:
    """The labeling jobs of a Region, the newest first; at the end what stands for those that could not be listed."""
    waiting: deque[Future[Resource]] = deque()
    try:
        for page in reader.pages("sagemaker:ListLabelingJobs", region, SortBy="CreationTime", SortOrder="Descending"):
            for summary in page.get("LabelingJobSummaryList", ()):
                waiting.append(reader.submit(_job, reader, region, summary))
                if len(waiting) > 2 * reader.workers:
                    yield waiting.popleft().result()
    except NotRead as reason:
        missing = [reader.stand_in(_TYPE, str(reason), region)]
    else:
        missing = []
    while waiting:
        yield waiting.popleft().result()
    yield from missing


def _job(reader: Reader, region: str, summary: Mapping[str, Any]) -> Resource:
    name, arn = summary["LabelingJobName"], summary["LabelingJobArn"]
    try:
        answer: Mapping[str, Any] = reader.call("sagemaker:DescribeLabelingJob", region, on=arn, LabelingJobName=name)
    except NotRead as reason:
        answer = _from_summary(summary, str(reason))
    return reader.resource(_TYPE, name, _attributes(answer), arn, region)


def _attributes(answer: Mapping[str, Any]) -> dict[str, Any]:
    attributes = requests.attributes(answer, "CreateLabelingJob")
    # The reference code is random: no rule may take it for somebody's number.
    return {
        name: value for name, value in attributes.items() if name not in ("response_metadata", "job_reference_code")
    }


def _from_summary(summary: Mapping[str, Any], reason: str) -> requests.Table:
    """The request of a job as far as the listing tells it: its workteam, functions and input; the rest is unknown."""
    task = {name: summary[name] for name in ("WorkteamArn", "PreHumanTaskLambdaArn") if name in summary}
    consolidation = {name: summary[name] for name in ("AnnotationConsolidationLambdaArn",) if name in summary}
    told = {name: value for name, value in summary.items() if name not in (*task, *consolidation)}
    if consolidation:
        task["AnnotationConsolidationConfig"] = consolidation
    return requests.Table(told | {"HumanTaskConfig": requests.Table(task, reason)}, reason)
