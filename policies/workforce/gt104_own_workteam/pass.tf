data "aws_caller_identity" "this" {}

resource "aws_sagemaker_flow_definition" "review" {
  flow_definition_name = "review"
  role_arn             = "arn:aws:iam::${data.aws_caller_identity.this.account_id}:role/labeling"

  human_loop_config {
    human_task_ui_arn = "arn:aws:sagemaker:us-east-1:111122223333:human-task-ui/review"
    task_count        = 1
    task_title        = "Review"
    task_description  = "Compare the boxes with the image"
    workteam_arn      = "arn:aws:sagemaker:us-east-1:${data.aws_caller_identity.this.account_id}:workteam/private-crowd/radiology"
  }

  output_config {
    s3_output_path = "s3://labels/review/"
  }
}
