import re
from typing import Any

from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, Unknown, failed, is_set, passed, shown, unknown

RULE = Rule(
    id="GT207",
    title="Labeling jobs name their output key by its ARN",
    severity=Severity.MEDIUM,
    resource_types=("aws_sagemaker_labeling_job",),
    sources=("hcl", "job", "code", "live"),
    rationale=(
        "IAM conditions compare sagemaker:OutputKmsKeyArn with what the request says, so they need the key's full "
        "ARN: an alias or an id is denied where it should be allowed. And an alias can be moved to another key "
        "between two jobs, without a trace in either of them."
    ),
    remediation="Write the key's full ARN (arn:aws:kms:REGION:ACCOUNT:key/ID) as OutputConfig.KmsKeyId.",
    references=("https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html",),
    hipaa=("164.312(a)(1)", "164.312(a)(2)(iv)"),
    nist=("AC-3", "SC-12"),
    example_hcl="""\
resource "aws_sagemaker_labeling_job" "chest_ct" {
  labeling_job_name    = "chest-ct"
  label_attribute_name = "boxes"
  role_arn             = aws_iam_role.execution.arn

  output_config {
    s3_output_path = "s3://${aws_s3_bucket.labels.bucket}/jobs/"
    kms_key_id     = aws_kms_key.labels.arn
  }
}

resource "aws_kms_key" "labels" {
  description         = "Labels"
  enable_key_rotation = true
}
""",
    example_job="""\
{
  "LabelingJobName": "chest-ct",
  "OutputConfig": {
    "S3OutputPath": "s3://hospital-labels/jobs/",
    "KmsKeyId": "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
  },
  "HumanTaskConfig": {
    "WorkteamArn": "arn:aws:sagemaker:eu-west-1:111122223333:workteam/private-crowd/radiology"
  }
}
""",
)


_PATH = "output_config.kms_key_id"
_EXPECTED = "the key's full ARN, arn:aws:kms:REGION:ACCOUNT:key/ID"
# Type of what may be referred to -> its attribute that is a key's ARN.
_ARN_OF = {
    **dict.fromkeys(("aws_kms_key", "aws_kms_replica_key", "aws_kms_external_key", "data.aws_kms_key"), "arn"),
    **dict.fromkeys(("aws_kms_alias", "data.aws_kms_alias"), "target_key_arn"),
}
_ARN = re.compile(r"arn:[^:]+:kms:[^:]+:[^:]+:key/.+")


def check(resource: Resource, graph: Graph) -> Result | None:
    value = resource.peek(_PATH)
    if not is_set(value):
        return None  # GT206 speaks of jobs without a key.
    if isinstance(value, Unknown) and value.symbol:
        return _judge_reference(value, graph)
    if _ARN.fullmatch(shown(value)):
        return passed(shown(value), _PATH)
    if isinstance(value, Unknown) and "alias/" not in value.text:
        return unknown(f"{shown(value)} proves no ARN", _PATH, _EXPECTED)
    return failed(_PATH, value, _EXPECTED)


def _judge_reference(value: Any, graph: Graph) -> Result:
    target = graph.target(value)
    if target is None or target.type not in _ARN_OF:
        return unknown(f"{shown(value)} proves no ARN", _PATH, _EXPECTED)
    attribute = value.symbol.rpartition(".")[2]
    if attribute == _ARN_OF[target.type]:
        return passed(f"{target.address}.{attribute}", _PATH)
    return failed(_PATH, f"{target.address}.{attribute}, which is no key's ARN", _EXPECTED)
