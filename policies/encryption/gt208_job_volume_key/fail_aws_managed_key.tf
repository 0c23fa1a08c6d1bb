resource "aws_sagemaker_labeling_job" "chest_ct" {
  labeling_job_name    = "chest-ct"
  label_attribute_name = "boxes"
  role_arn             = "arn:aws:iam::111122223333:role/labeling"

  labeling_job_algorithms_config {
    labeling_job_algorithm_specification_arn = "arn:aws:sagemaker:us-east-1:027400017018:labeling-job-algorithm-specification/object-detection"

    labeling_job_resource_config {
      volume_kms_key_id = "alias/aws/ebs"
    }
  }
}
