resource "aws_s3_object" "labels" {
  bucket                 = "hospital-labels"
  key                    = "config/labels.json"
  content                = "{}"
  server_side_encryption = var.encryption
}

variable "encryption" {
  type = string
}
