resource "aws_sagemaker_workteam" "radiology" {
  workteam_name  = "radiology"
  workforce_name = "hospital"
  description    = "Radiologists of the hospital"

  member_definition {
    oidc_member_definition {
      groups = ["radiology", "trainees"]
    }
  }
}

resource "aws_sagemaker_workteam" "cardiology" {
  workteam_name  = "cardiology"
  workforce_name = "hospital"
  description    = "Cardiologists of the hospital"

  member_definition {
    oidc_member_definition {
      groups = ["cardiology", "trainees"]
    }
  }
}
