resource "aws_sagemaker_labeling_job" "chest_ct" {
  labeling_job_name    = "chest-ct"
  label_attribute_name = "boxes"
  role_arn             = "arn:aws:iam::111122223333:role/labeling"

  human_task_config {
    workteam_arn                            = "arn:aws:sagemaker:us-east-1:444455556666:workteam/private-crowd/radiology"
    task_title                              = "Chest CT"
    task_description                        = "Draw boxes"
    number_of_human_workers_per_data_object = 3
    task_time_limit_in_seconds              = 600
  }
}
