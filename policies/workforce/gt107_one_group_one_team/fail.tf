resource "aws_sagemaker_workteam" "this" {
  for_each = { radiology = "physicians", cardiology = "physicians" }

  workteam_name  = each.key
  workforce_name = "hospital"
  description    = "Physicians of the hospital"

  member_definition {
    cognito_member_definition {
      client_id  = "1example23456789"
      user_pool  = "us-east-1_Example12"
      user_group = each.value
    }
  }
}
