data "aws_caller_identity" "this" {}

data "aws_partition" "this" {}

locals {
  account_id = data.aws_caller_identity.this.account_id
  partition  = data.aws_partition.this.partition

  tags = merge({ "gtctl:stack" = var.name_prefix }, var.tags)

  # The service's own names, and the trail's.
  log_group_names = concat(
    ["/aws/sagemaker/LabelingJobs", "/aws/sagemaker/groundtruth/WorkerActivity"],
    var.create_trail ? ["/aws/cloudtrail/${var.name_prefix}-trail"] : [],
  )

  # The keys are made first and name in their policies who will use them, so these ARNs are built here.
  role_arns = {
    for name in ["labeling-execution", "labeling-launcher", "labeling-auditor", "replication"] :
    name => "arn:${local.partition}:iam::${local.account_id}:role/${var.name_prefix}-${name}"
  }
  trail_arn = var.create_trail ? "arn:${local.partition}:cloudtrail:${var.region}:${local.account_id}:trail/${var.name_prefix}-trail" : null
}

################################################################################
# Data: keys and buckets
################################################################################

module "kms" {
  source = "../modules/kms"

  name_prefix             = var.name_prefix
  separate_keys           = var.separate_keys
  deletion_window_in_days = var.kms_deletion_window_in_days
  rotation_period_in_days = var.kms_rotation_period_in_days
  administrator_role_arns = var.kms_administrator_role_arns
  execution_role_arn      = local.role_arns["labeling-execution"]
  data_role_arns          = concat(length(var.launcher_trusted_arns) > 0 ? [local.role_arns["labeling-launcher"]] : [], var.data_role_arns)
  settings_reader_role_arns = concat(
    length(var.launcher_trusted_arns) > 0 ? [local.role_arns["labeling-launcher"]] : [],
    length(var.auditor_trusted_arns) > 0 ? [local.role_arns["labeling-auditor"]] : [],
  )
  log_reader_role_arns        = var.log_reader_role_arns
  replication_role_arn        = var.replication == null ? null : local.role_arns["replication"]
  allow_auto_labeling_volumes = var.allow_auto_labeling
  cloudtrail_arn              = local.trail_arn
  log_group_arns              = [for name in local.log_group_names : "arn:${local.partition}:logs:${var.region}:${local.account_id}:log-group:${name}"]
  allow_notifications         = true
  tags                        = local.tags
}

module "storage" {
  source = "../modules/storage"

  name_prefix                  = var.name_prefix
  kms_key_arns                 = module.kms.key_arns
  require_encryption_headers   = var.require_encryption_headers
  noncurrent_version_days      = var.noncurrent_version_days
  abort_incomplete_upload_days = var.abort_incomplete_upload_days
  scans_expiration_days        = var.scans_expiration_days
  labels_expiration_days       = var.labels_expiration_days
  logs_expiration_days         = var.logs_expiration_days
  object_lock                  = var.object_lock
  replication                  = var.replication
  vpc_endpoint_ids             = var.vpc_endpoint_ids
  cloudtrail_arn               = local.trail_arn
  force_destroy                = var.force_destroy
  tags                         = local.tags
}

################################################################################
# People: workforce and roles
################################################################################

module "workforce" {
  source = "../modules/workforce"

  name_prefix         = var.name_prefix
  workteams           = var.workteams
  source_ip_cidrs     = var.source_ip_cidrs
  vpc                 = var.vpc
  allow_any_network   = var.allow_any_network
  bind_images_to      = var.bind_images_to
  cognito             = var.cognito
  oidc                = var.oidc
  oidc_client_secret  = var.oidc_client_secret
  existing_workforce  = var.existing_workforce
  deletion_protection = var.deletion_protection
  notifications       = var.notify_workers ? { kms_key_arn = module.kms.key_arns["logs"] } : null
  tags                = local.tags
}

module "guardrails" {
  source = "../modules/guardrails"

  name_prefix            = var.name_prefix
  workteam_arns          = values(module.workforce.workteam_arns)
  output_kms_key_arns    = [module.kms.key_arns["labels"]]
  regions                = [var.region]
  allow_flow_definitions = var.allow_flow_definitions
  exempt_role_arns       = var.guardrail_exempt_role_arns
  tags                   = local.tags
}

module "iam" {
  source = "../modules/iam"

  name_prefix                       = var.name_prefix
  bucket_arns                       = module.storage.bucket_arns
  workteam_arns                     = values(module.workforce.workteam_arns)
  output_kms_key_arns               = [module.kms.key_arns["labels"]]
  scans_kms_key_arns                = [module.kms.key_arns["scans"]]
  user_pool_id                      = module.workforce.user_pool_id
  notification_topic_arns           = var.notify_workers ? [module.workforce.notification_topic_arn] : []
  launcher_trusted_arns             = var.launcher_trusted_arns
  auditor_trusted_arns              = var.auditor_trusted_arns
  trusted_account_ids               = var.trusted_account_ids
  require_mfa                       = var.require_mfa
  permissions_boundary_arn          = var.permissions_boundary_arn
  launcher_permissions_boundary_arn = module.guardrails.permissions_boundary_arn
  tags                              = local.tags
}

################################################################################
# Evidence: trail, logs, alerts
################################################################################

module "audit_trail" {
  source = "../modules/audit_trail"

  name_prefix              = var.name_prefix
  bucket_arns              = module.storage.bucket_arns
  logs_bucket_name         = module.storage.bucket_names["logs"]
  kms_key_arn              = module.kms.key_arns["logs"]
  watched_kms_key_arns     = [module.kms.key_arns["scans"]]
  private_workteam_arns    = values(module.workforce.workteam_arns)
  output_kms_key_arns      = [module.kms.key_arns["labels"]]
  create_trail             = var.create_trail
  create_log_groups        = var.create_log_groups
  keep_log_groups          = var.keep_log_groups
  retention_in_days        = var.log_retention_in_days
  allow_short_retention    = var.allow_short_log_retention
  alert_emails             = var.alert_emails
  notify_job_states        = var.notify_job_states
  create_dead_letter_queue = var.keep_undelivered_alerts
  tags                     = local.tags
}
