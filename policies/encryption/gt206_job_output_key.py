from gtctl.audit.keys import customer_key
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity

RULE = Rule(
    id="GT206",
    title="Labeling jobs encrypt their output with a customer managed key",
    severity=Severity.HIGH,
    resource_types=("aws_sagemaker_labeling_job",),
    sources=("hcl", "job", "code", "live"),
    rationale=(
        "Labels say what is on an image, and the output repeats its address and who worked on it. A job that names "
        "no key writes all of it under the AWS managed key of S3, whatever the bucket's own default is meant to be."
    ),
    remediation="Set OutputConfig.KmsKeyId to the ARN of your own key.",
    references=(
        "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_LabelingJobOutputConfig.html",
        "https://docs.aws.amazon.com/sagemaker/latest/dg/sms-security-kms-permissions.html",
    ),
    hipaa=("164.312(a)(2)(iv)", "164.312(e)(2)(ii)"),
    nist=("SC-13a", "SC-28(1)"),
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


def check(resource: Resource, graph: Graph) -> Result | None:
    return customer_key(resource, "output_config.kms_key_id", graph)
