# The stack on the local sandbox. Only what a throw-away copy needs differs from a real account.
region                      = "us-east-1"
name_prefix                 = "gtctl-sandbox"
source_ip_cidrs             = ["127.0.0.0/8"]
force_destroy               = true
deletion_protection         = false
kms_deletion_window_in_days = 7
max_retries                 = 2
s3_use_path_style           = true

# The provider waits most of a minute for a lifecycle rule to settle, and the sandbox keeps nothing for long.
noncurrent_version_days = null
