variable "template" {}

resource "aws_sagemaker_human_task_ui" "boxes" {
  human_task_ui_name = "boxes"

  ui_template {
    content = var.template
  }
}
