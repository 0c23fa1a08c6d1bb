data "aws_caller_identity" "this" {}

data "aws_partition" "this" {}

data "aws_region" "this" {}

locals {
  account_id = data.aws_caller_identity.this.account_id
  partition  = data.aws_partition.this.partition
  region     = data.aws_region.this.id
}

################################################################################
# Execution role: with it Ground Truth reads images and writes labels
################################################################################

resource "aws_iam_role" "execution" {
  name                 = var.execution_role_name
  description          = "Ground Truth reads images and writes labels with this role"
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  max_session_duration = 3600
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["sagemaker.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }
  }
}

resource "aws_iam_policy" "execution" {
  name        = var.execution_role_name
  description = "What Ground Truth needs for bounding-box jobs; its use of the keys stands in the key policies"
  policy      = data.aws_iam_policy_document.execution.json
}

resource "aws_iam_role_policy_attachment" "execution" {
  role       = aws_iam_role.execution.name
  policy_arn = aws_iam_policy.execution.arn
}

data "aws_iam_policy_document" "execution" {
  statement {
    sid       = "FindObjects"
    actions   = ["s3:ListBucket", "s3:GetBucketLocation"]
    resources = [var.bucket_arns.scans, var.bucket_arns.labels]
  }

  statement {
    sid       = "ReadImagesAndManifests"
    actions   = ["s3:GetObject"]
    resources = ["${var.bucket_arns.scans}/*"]
  }

  statement {
    sid       = "ReadConfigurationAndWriteLabels"
    actions   = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"]
    resources = ["${var.bucket_arns.labels}/*"]
  }

  statement {
    sid     = "WriteLogs"
    actions = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    resources = [
      "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:/aws/sagemaker/*",
    ]
  }

  # CloudWatch metrics have no ARN; the namespace is what can be named.
  statement {
    sid       = "CountWork"
    actions   = ["cloudwatch:PutMetricData"]
    resources = ["*"]

    condition {
      test     = "StringLike"
      variable = "cloudwatch:namespace"
      values   = ["AWS/SageMaker*", "/aws/sagemaker/*"]
    }
  }
}
