"""Writes a labeling stack of any size: units of 40 resources that refer to each other, one file each."""

from __future__ import annotations

from pathlib import Path

RESOURCES_PER_UNIT = 40
_BUCKETS = ("scans", "labels", "templates", "manifests", "logs", "archive")
_HEAD = """\
variable "region" { default = "us-east-1" }
data "aws_caller_identity" "this" {}
data "aws_partition" "this" {}
"""
_UNIT = """\
locals {{
  name_{n} = "hospital-${{var.region}}-{n}"
}}

resource "aws_kms_key" "k{n}" {{
  description         = "Images of ${{local.name_{n}}}"
  enable_key_rotation = {rotation}
}}

resource "aws_kms_alias" "k{n}" {{
  name          = "alias/${{local.name_{n}}}"
  target_key_id = aws_kms_key.k{n}.key_id
}}

resource "aws_sns_topic" "t{n}" {{
  name              = "${{local.name_{n}}}-tasks"
  kms_master_key_id = aws_kms_key.k{n}.arn
}}

resource "aws_sqs_queue" "q{n}" {{
  name              = "${{local.name_{n}}}-events"
  kms_master_key_id = aws_kms_key.k{n}.arn
}}

resource "aws_cloudwatch_log_group" "jobs{n}" {{
  name              = "/aws/sagemaker/LabelingJobs/{n}"
  retention_in_days = 2557
  kms_key_id        = aws_kms_key.k{n}.arn
}}

resource "aws_cloudwatch_log_group" "trail{n}" {{
  name              = "trail-{n}"
  retention_in_days = 30
}}

data "aws_iam_policy_document" "trust{n}" {{
  statement {{
    actions = ["sts:AssumeRole"]
    principals {{
      type        = "Service"
      identifiers = ["sagemaker.amazonaws.com"]
    }}
    condition {{
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.this.account_id]
    }}
  }}
}}

resource "aws_iam_role" "r{n}" {{
  name               = "${{local.name_{n}}}-labeling"
  assume_role_policy = data.aws_iam_policy_document.trust{n}.json
}}

resource "aws_iam_policy" "p{n}" {{
  name = "${{local.name_{n}}}-labeling"
  policy = jsonencode({{
    Version = "2012-10-17"
    Statement = [
      {{ Effect = "Allow", Action = ["s3:GetObject", "s3:PutObject"], Resource = "${{aws_s3_bucket.scans{n}.arn}}/*" }},
      {{ Effect = "Allow", Action = "sagemaker:CreateLabelingJob", Resource = "*" }},
    ]
  }})
}}

resource "aws_iam_role_policy_attachment" "a{n}" {{
  role       = aws_iam_role.r{n}.name
  policy_arn = aws_iam_policy.p{n}.arn
}}

resource "aws_sagemaker_workteam" "w{n}" {{
  workteam_name  = "radiology-{n}"
  workforce_name = "hospital"
  description    = "Radiologists"
  member_definition {{
    cognito_member_definition {{
      client_id  = "client"
      user_pool  = "pool"
      user_group = "radiology-{n}"
    }}
  }}
  notification_configuration {{
    notification_topic_arn = aws_sns_topic.t{n}.arn
  }}
}}
"""
_BUCKET = """
resource "aws_s3_bucket" "{name}" {{
  bucket = "${{local.name_{n}}}-{name}"
}}

resource "aws_s3_bucket_server_side_encryption_configuration" "{name}" {{
  bucket = aws_s3_bucket.{name}.id
  rule {{
    apply_server_side_encryption_by_default {{
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.k{n}.arn
    }}
    bucket_key_enabled = true
  }}
}}

resource "aws_s3_bucket_versioning" "{name}" {{
  bucket = aws_s3_bucket.{name}.id
  versioning_configuration {{
    status = "Enabled"
  }}
}}

resource "aws_s3_bucket_public_access_block" "{name}" {{
  bucket                  = aws_s3_bucket.{name}.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}}

resource "aws_s3_bucket_policy" "{name}" {{
  bucket = aws_s3_bucket.{name}.id
  policy = jsonencode({{
    Version = "2012-10-17"
    Statement = [{{
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = [aws_s3_bucket.{name}.arn, "${{aws_s3_bucket.{name}.arn}}/*"]
      Condition = {{ Bool = {{ "aws:SecureTransport" = "false" }} }}
    }}]
  }})
}}
"""


def write(folder: Path, resources: int) -> None:
    """Write a root module of ``resources`` resources (a multiple of 40); every third unit breaks a rule or two."""
    folder.mkdir(parents=True)
    (folder / "versions.tf").write_text(_HEAD)
    for n in range(resources // RESOURCES_PER_UNIT):
        buckets = "".join(_BUCKET.format(name=f"{name}{n}", n=n) for name in _BUCKETS)
        text = _UNIT.format(n=n, rotation=str(n % 3 > 0).lower()) + buckets
        (folder / f"unit_{n}.tf").write_text(text)
