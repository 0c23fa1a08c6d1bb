from typing import Any

from gtctl.audit.jobs import whole_number
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, failed, passed, worst
from gtctl.jobs.rules import MAX_AVAILABILITY_SECONDS, MAX_CONCURRENT_TASKS_UNASKED, MAX_TIME_LIMIT_SECONDS

RULE = Rule(
    id="GT613",
    title="Tasks keep within the limits of a private workforce",
    severity=Severity.LOW,
    resource_types=("aws_sagemaker_labeling_job",),
    sources=("hcl", "job", "code", "live"),
    rationale=(
        "An image may be open for 8 hours, a task may wait for 30 days, and up to 9 people may work on it. A job "
        "beyond that is refused, or ends with images that nobody has looked at."
    ),
    remediation="Choose values within the limits; more than 1,000 concurrent tasks need a request to AWS Support.",
    references=("https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_HumanTaskConfig.html",),
    hipaa=("164.312(a)(2)(iii)", "164.312(c)(1)"),
    nist=("AC-12",),
    example_job="""\
{
  "LabelingJobName": "chest-ct",
  "HumanTaskConfig": {
    "WorkteamArn": "arn:aws:sagemaker:eu-west-1:111122223333:workteam/private-crowd/radiology",
    "NumberOfHumanWorkersPerDataObject": 3,
    "TaskTimeLimitInSeconds": 1800,
    "TaskAvailabilityLifetimeInSeconds": 864000,
    "MaxConcurrentTaskCount": 200
  }
}
""",
)

_LIMITS = {
    "task_time_limit_in_seconds": (30, MAX_TIME_LIMIT_SECONDS),
    "task_availability_lifetime_in_seconds": (60, MAX_AVAILABILITY_SECONDS),
    "number_of_human_workers_per_data_object": (1, 9),
    "max_concurrent_task_count": (1, MAX_CONCURRENT_TASKS_UNASKED),
}


def check(resource: Resource, graph: Graph) -> Result | None:
    return worst(list(_LIMITS), lambda name: _judge(resource, name))


def _judge(resource: Resource, name: str) -> Result | None:
    path = f"human_task_config.{name}"
    value: Any = resource.get(path)
    if value is None:
        return None
    low, high = _LIMITS[name]
    # Tasks on video and point clouds may take longer.
    if name == "task_time_limit_in_seconds" and resource.get("human_task_config.ui_config.human_task_ui_arn"):
        high = 7 * 86_400
    if not low <= whole_number(value) <= high:
        return failed(path, value, f"{low} to {high}")
    return passed(f"{name} is {value}", path)
