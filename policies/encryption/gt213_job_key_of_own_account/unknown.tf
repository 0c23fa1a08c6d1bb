resource "aws_sagemaker_labeling_job" "chest_ct" {
  labeling_job_name    = "chest-ct"
  label_attribute_name = "boxes"
  role_arn             = "arn:aws:iam::111122223333:role/labeling"

  output_config {
    s3_output_path = "s3://hospital-labels/jobs/"
    kms_key_id     = var.key_arn
  }
}

variable "key_arn" {
  type = string
}
