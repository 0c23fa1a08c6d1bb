resource "aws_sagemaker_labeling_job" "chest_ct" {
  labeling_job_name = "chest-ct"

  human_task_config {
    workteam_arn                            = "arn:aws:sagemaker:eu-west-1:111122223333:workteam/private-crowd/radiology"
    number_of_human_workers_per_data_object = 3
  }
}
