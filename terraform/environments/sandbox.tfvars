# The stack on the local sandbox. Only what a throw-away copy needs differs from a real account.
region                      = "us-east-1"
name_prefix                 = "gtctl-sandbox"
source_ip_cidrs             = ["127.0.0.0/8"]
force_destroy               = true
deletion_protection         = false
keep_log_groups             = false
kms_deletion_window_in_days = 7
max_retries                 = 2
s3_use_path_style           = true

# The provider waits 55 s for lifecycle rules to settle and 25 s for a queue, on AWS as here.
noncurrent_version_days      = null
abort_incomplete_upload_days = null
logs_expiration_days         = null
keep_undelivered_alerts      = false
