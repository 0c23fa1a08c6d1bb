variable "groups" {
  type = set(string)
}

resource "aws_sagemaker_workteam" "radiology" {
  workteam_name  = "radiology"
  workforce_name = "hospital"
  description    = "Radiologists of the hospital"

  dynamic "member_definition" {
    for_each = var.groups

    content {
      oidc_member_definition {
        groups = ["physicians"]
      }
    }
  }
}

resource "aws_sagemaker_workteam" "cardiology" {
  workteam_name  = "cardiology"
  workforce_name = "hospital"
  description    = "Cardiologists of the hospital"

  dynamic "member_definition" {
    for_each = var.groups

    content {
      oidc_member_definition {
        groups = ["physicians"]
      }
    }
  }
}
