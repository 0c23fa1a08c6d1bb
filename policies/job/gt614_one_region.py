from typing import Any

from gtctl.audit.jobs import arn_fields
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, failed, may_equal, passed, shown, unknown, worst

RULE = Rule(
    id="GT614",
    title="Everything that a job names lies in its own Region",
    severity=Severity.MEDIUM,
    resource_types=("aws_sagemaker_labeling_job",),
    sources=("hcl", "job", "code", "live"),
    rationale=(
        "A job works in the Region of its workteam. A key, topic or function of another Region makes it fail, and "
        "tells that images or labels were meant to leave the Region in which they may be kept."
    ),
    remediation="Name the key, the topics and the functions of the workteam's Region.",
    references=(
        "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateLabelingJob.html",
        "https://docs.aws.amazon.com/sagemaker/latest/dg/input-data-limits.html",
    ),
    hipaa=("164.312(a)(1)", "164.312(e)(1)"),
    nist=("AC-4",),
    example_job="""\
{
  "LabelingJobName": "chest-ct",
  "OutputConfig": {
    "S3OutputPath": "s3://hospital-labels/jobs/",
    "KmsKeyId": "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
  },
  "HumanTaskConfig": {
    "WorkteamArn": "arn:aws:sagemaker:eu-west-1:111122223333:workteam/private-crowd/radiology",
    "PreHumanTaskLambdaArn": "arn:aws:lambda:eu-west-1:568282634449:function:PRE-BoundingBox"
  }
}
""",
)

_TEAM = "human_task_config.workteam_arn"
_PATHS = (
    "human_task_config.pre_human_task_lambda_arn",
    "human_task_config.annotation_consolidation_config.annotation_consolidation_lambda_arn",
    "output_config.kms_key_id",
    "output_config.sns_topic_arn",
    "input_config.data_source.sns_data_source.sns_topic_arn",
    "labeling_job_algorithms_config.labeling_job_algorithm_specification_arn",
    "labeling_job_algorithms_config.labeling_job_resource_config.volume_kms_key_id",
)


def check(resource: Resource, graph: Graph) -> Result | None:
    team = resource.peek(_TEAM)
    if team is None:
        return None
    return worst(_PATHS, lambda path: _judge(resource.peek(path), path, team, graph))


def _judge(value: Any, path: str, team: Any, graph: Graph) -> Result | None:
    if value is None or (isinstance(value, str) and not value.startswith("arn:")):
        return None
    if not _tell(value, team) and graph.target(value) and graph.target(team):
        # Made by the same code, which makes all of it in one Region, or says where it does not.
        return None
    own, other = arn_fields(team), arn_fields(value)
    if own is None or other is None:
        return None
    match may_equal(own["region"], other["region"]):
        case True:
            return passed(f"all in {shown(own['region'])}", path)
        case False:
            return failed(path, value, f"something of {shown(own['region'])}, where the workteam is")
    return unknown(f"whether {shown(value)} lies in the workteam's Region is open", path)


def _tell(*values: Any) -> bool:
    """Whether the values are ARNs that tell their Regions by themselves."""
    return all(isinstance(value, str) and value.startswith("arn:") for value in values)
