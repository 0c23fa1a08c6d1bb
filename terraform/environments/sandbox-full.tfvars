# Every option at once, on the local sandbox: what the tests apply, and a place to look options up.
region      = "us-east-1"
name_prefix = "gtctl-full"

tags = {
  data-classification = "phi"
  owner               = "radiology"
}

# Keys
separate_keys               = true
kms_deletion_window_in_days = 7
kms_rotation_period_in_days = 180
data_role_arns              = ["arn:aws:iam::123456789012:role/pacs-export"]
allow_auto_labeling         = true

# Buckets; the provider waits 55 s for lifecycle rules to settle, so they are left out here
noncurrent_version_days      = null
abort_incomplete_upload_days = null
logs_expiration_days         = null
require_encryption_headers   = true
object_lock                  = { mode = "GOVERNANCE", days = 30 }
vpc_endpoint_ids             = ["vpce-0123456789abcdef0"]

replication = {
  scans = {
    bucket_arn  = "arn:aws:s3:::radiology-copies-scans"
    kms_key_arn = "arn:aws:kms:us-west-2:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
  }
  labels = {
    bucket_arn  = "arn:aws:s3:::radiology-copies-labels"
    kms_key_arn = "arn:aws:kms:us-west-2:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
  }
}

# Workforce
workteams = {
  chest = { description = "Chest radiologists" }
  neuro = { description = "Neuroradiologists", notify = false }
}
source_ip_cidrs = ["127.0.0.0/8", "203.0.113.0/24"]
bind_images_to  = "worker_ip"
cognito = {
  password_minimum_length = 16
  temporary_password_days = 1
  access_token_minutes    = 15
  id_token_minutes        = 15
  refresh_token_hours     = 4
}

# Roles and guardrails
launcher_trusted_arns      = ["arn:aws:iam::123456789012:role/ml-platform", "arn:aws:iam::123456789012:user/alice"]
auditor_trusted_arns       = ["arn:aws:iam::210987654321:role/compliance"]
trusted_account_ids        = ["210987654321"]
require_mfa                = true
allow_flow_definitions     = false
guardrail_exempt_role_arns = ["arn:aws:iam::123456789012:role/terraform"]

# Evidence
log_retention_in_days   = 3653
alert_emails            = ["security@hospital.example"]
keep_undelivered_alerts = true

# A throw-away copy
force_destroy       = true
deletion_protection = false
keep_log_groups     = false
max_retries         = 2
s3_use_path_style   = true
