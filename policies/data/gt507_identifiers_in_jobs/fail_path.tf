resource "aws_sagemaker_labeling_job" "chest_ct" {
  labeling_job_name = "chest-ct"

  human_task_config {
    workteam_arn = "arn:aws:sagemaker:eu-west-1:111122223333:workteam/private-crowd/radiology"
  }

  output_config {
    s3_output_path = "s3://hospital-labels/DOE^JANE/"
    kms_key_id     = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
  }
}
