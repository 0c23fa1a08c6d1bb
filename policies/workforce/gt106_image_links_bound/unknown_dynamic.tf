variable "bound" {
  type = bool
}

resource "aws_sagemaker_workteam" "radiology" {
  workteam_name  = "radiology"
  workforce_name = "hospital"
  description    = "Radiologists of the hospital"

  member_definition {
    cognito_member_definition {
      client_id  = "1example23456789"
      user_pool  = "us-east-1_Example12"
      user_group = "radiology"
    }
  }

  dynamic "worker_access_configuration" {
    for_each = var.bound ? [1] : []

    content {
      s3_presign {
        iam_policy_constraints {
          source_ip = "Enabled"
        }
      }
    }
  }
}
