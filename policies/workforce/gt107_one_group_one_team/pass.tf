variable "teams" {
  type    = set(string)
  default = ["radiology", "cardiology"]
}

resource "aws_cognito_user_group" "this" {
  for_each = var.teams

  name         = "physicians-${each.key}"
  user_pool_id = "us-east-1_Example12"
}

resource "aws_sagemaker_workteam" "this" {
  for_each = var.teams

  workteam_name  = each.key
  workforce_name = "hospital"
  description    = "Physicians of the hospital"

  member_definition {
    cognito_member_definition {
      client_id  = "1example23456789"
      user_pool  = "us-east-1_Example12"
      user_group = aws_cognito_user_group.this[each.key].name
    }
  }
}
