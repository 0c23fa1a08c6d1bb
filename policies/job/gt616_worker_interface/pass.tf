resource "aws_sagemaker_labeling_job" "chest_ct" {
  labeling_job_name = "chest-ct"

  human_task_config {
    workteam_arn = "arn:aws:sagemaker:eu-west-1:111122223333:workteam/private-crowd/radiology"

    ui_config {
      ui_template_s3_uri = "s3://hospital-labels/config/template.liquid"
    }
  }
}
