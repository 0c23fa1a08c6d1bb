resource "aws_s3_bucket" "scans" {
  bucket = "hospital-scans"
}

resource "aws_s3_bucket_cors_configuration" "scans" {
  bucket = aws_s3_bucket.scans.id

  cors_rule {
    allowed_methods = ["GET"]
    allowed_origins = ["*"]
    expose_headers  = ["Access-Control-Allow-Origin"]
  }
}

resource "aws_sagemaker_labeling_job" "chest_ct" {
  labeling_job_name = "chest-ct"

  human_task_config {
    workteam_arn = "arn:aws:sagemaker:eu-west-1:111122223333:workteam/private-crowd/radiology"
  }

  input_config {
    data_source {
      s3_data_source {
        manifest_s3_uri = "s3://${aws_s3_bucket.scans.bucket}/chest-ct/input.manifest"
      }
    }
  }
}
