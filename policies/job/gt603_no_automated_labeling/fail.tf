resource "aws_sagemaker_labeling_job" "chest_ct" {
  labeling_job_name = "chest-ct"

  human_task_config {
    workteam_arn = "arn:aws:sagemaker:eu-west-1:111122223333:workteam/private-crowd/radiology"
  }

  input_config {
    data_source {
      s3_data_source {
        manifest_s3_uri = "s3://hospital-scans/chest-ct/input.manifest"
      }
    }
  }

  labeling_job_algorithms_config {
    labeling_job_algorithm_specification_arn = "arn:aws:sagemaker:eu-west-1:027400017018:labeling-job-algorithm-specification/object-detection"
  }
}
