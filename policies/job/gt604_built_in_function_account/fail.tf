resource "aws_sagemaker_labeling_job" "chest_ct" {
  labeling_job_name = "chest-ct"

  human_task_config {
    workteam_arn              = "arn:aws:sagemaker:eu-west-1:111122223333:workteam/private-crowd/radiology"
    pre_human_task_lambda_arn = "arn:aws:lambda:eu-west-1:432418664414:function:PRE-BoundingBox"

    annotation_consolidation_config {
      annotation_consolidation_lambda_arn = "arn:aws:lambda:eu-west-1:568282634449:function:ACS-BoundingBox"
    }
  }
}
