# Everything in the labeling account: the boundary and the policy, for listed workteams and keys.
provider "aws" {
  region = "us-east-1"
}

data "aws_caller_identity" "this" {}

data "aws_partition" "this" {}

locals {
  account_id = data.aws_caller_identity.this.account_id
  partition  = data.aws_partition.this.partition
}

module "guardrails" {
  source = "../../"

  name_prefix         = "radiology"
  workteam_arns       = ["arn:${local.partition}:sagemaker:us-east-1:${local.account_id}:workteam/private-crowd/readers"]
  output_kms_key_arns = [aws_kms_key.labels.arn]
  regions             = ["us-east-1"]

  allow_flow_definitions = false

  tags = { data = "phi" }
}

resource "aws_kms_key" "labels" {
  #checkov:skip=CKV2_AWS_64:An example; modules/kms makes keys with a policy
  description             = "Labels"
  enable_key_rotation     = true
  deletion_window_in_days = 30
}

# A role that launches labeling jobs: whatever is attached to it later, it stays within the boundary.
resource "aws_iam_role" "launcher" {
  name                 = "radiology-labeling-launcher"
  permissions_boundary = module.guardrails.permissions_boundary_arn

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { AWS = local.account_id }
    }]
  })
}

# A role that cannot live within the boundary gets the denials.
resource "aws_iam_role_policy_attachment" "data_scientists" {
  role       = aws_iam_role.data_scientists.name
  policy_arn = module.guardrails.policy_arn
}

resource "aws_iam_role" "data_scientists" {
  name               = "radiology-data-scientists"
  assume_role_policy = aws_iam_role.launcher.assume_role_policy
}
