provider "aws" {
  region      = var.region
  max_retries = var.max_retries

  # For S3-compatible endpoints that are reached by an address instead of a name.
  s3_use_path_style = var.s3_use_path_style
}
