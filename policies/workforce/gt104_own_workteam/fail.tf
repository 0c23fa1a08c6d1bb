locals {
  other = "444455556666"
}

resource "aws_sagemaker_flow_definition" "review" {
  flow_definition_name = "review"
  role_arn             = "arn:aws:iam::111122223333:role/labeling"

  human_loop_config {
    human_task_ui_arn = "arn:aws:sagemaker:us-east-1:111122223333:human-task-ui/review"
    task_count        = 1
    task_title        = "Review"
    task_description  = "Compare the boxes with the image"
    workteam_arn      = "arn:aws:sagemaker:us-east-1:${local.other}:workteam/private-crowd/radiology"
  }

  output_config {
    s3_output_path = "s3://labels/review/"
  }
}
