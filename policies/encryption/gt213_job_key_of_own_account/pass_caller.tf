resource "aws_sagemaker_labeling_job" "chest_ct" {
  labeling_job_name    = "chest-ct"
  label_attribute_name = "boxes"
  role_arn             = "arn:aws:iam::${data.aws_caller_identity.this.account_id}:role/labeling"

  output_config {
    s3_output_path = "s3://hospital-labels/jobs/"
    kms_key_id     = "arn:aws:kms:us-east-1:${data.aws_caller_identity.this.account_id}:key/${var.key_id}"
  }
}

data "aws_caller_identity" "this" {}

variable "key_id" {
  type = string
}
