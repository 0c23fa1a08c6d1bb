resource "aws_s3_object_copy" "labels" {
  bucket             = "hospital-labels"
  key                = "config/labels.json"
  source             = "hospital-templates/labels.json"
  customer_algorithm = "AES256"
  customer_key       = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
}
