from gtctl.audit.principals import account_of, in_the_jobs_account
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, Unknown, failed, is_set, passed, shown

RULE = Rule(
    id="GT213",
    title="Output keys are of the account that runs the job",
    severity=Severity.HIGH,
    resource_types=("aws_sagemaker_labeling_job", "aws_sagemaker_flow_definition"),
    sources=("hcl", "job", "code", "live"),
    rationale=(
        "Whoever owns the key decides who reads the labels, and can take them away from you by disabling it. A key of "
        "another account, copied along with somebody's example, gives both to its owner."
    ),
    remediation=(
        "Name a key of the account that the job's role belongs to; where keys are kept in an account of their own, "
        "list it under own_accounts in gtctl.toml."
    ),
    references=("https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html",),
    hipaa=("164.312(a)(1)", "164.312(a)(2)(iv)"),
    nist=("AC-20", "SC-12"),
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
  "RoleArn": "arn:aws:iam::111122223333:role/labeling-execution",
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
# What this code makes or finds with the account's own credentials.
_OURS = ("aws_kms_key", "aws_kms_replica_key", "aws_kms_external_key", "aws_kms_alias", "data.aws_kms_alias")


def check(resource: Resource, graph: Graph) -> Result | None:
    value = resource.peek(_PATH)
    if not is_set(value):
        return None  # GT206 and GT209 speak of jobs without a key.
    if isinstance(value, Unknown) and (target := graph.target(value, *_OURS)):
        return passed(target.address, _PATH)
    if account_of(value) is None:
        return passed("an alias or id, which KMS looks for in the own account", _PATH)
    if in_the_jobs_account(value, resource, graph):
        return passed(shown(value), _PATH)
    return failed(_PATH, f"{shown(value)}, which is in another account", "a key of the account that runs the job")
