resource "aws_sagemaker_labeling_job" "chest_ct" {
  labeling_job_name    = "chest-ct"
  label_attribute_name = "boxes"
  role_arn             = "arn:aws:iam::111122223333:role/labeling"

  output_config {
    s3_output_path = "s3://hospital-labels/jobs/"
    kms_key_id     = local.key_arn
  }
}

locals {
  key_arn = "arn:aws:kms:us-east-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab"
}
