mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111122223333" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_data "aws_region" {
    defaults = { id = "eu-central-1" }
  }

  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }
}

variables {
  name_prefix = "lung-ct"

  kms_key_arns = {
    scans  = "arn:aws:kms:eu-central-1:111122223333:key/scans"
    labels = "arn:aws:kms:eu-central-1:111122223333:key/labels"
    logs   = "arn:aws:kms:eu-central-1:111122223333:key/logs"
  }
}

run "buckets_are_closed_versioned_logged_and_encrypted_with_their_own_key" {
  command = plan

  variables {
    tags = { data-classification = "phi" }
  }

  assert {
    condition     = { for purpose, bucket in aws_s3_bucket.this : purpose => bucket.bucket } == { scans = "lung-ct-scans-111122223333", labels = "lung-ct-labels-111122223333", logs = "lung-ct-logs-111122223333" }
    error_message = "There must be a bucket each for scans, labels and logs, named after prefix and account."
  }

  assert {
    condition     = alltrue([for purpose in ["scans", "labels"] : one(one(aws_s3_bucket_server_side_encryption_configuration.this[purpose].rule).apply_server_side_encryption_by_default).kms_master_key_id == var.kms_key_arns[purpose]])
    error_message = "Scans and labels must be encrypted with their own keys."
  }

  assert {
    condition     = alltrue([for block in aws_s3_bucket_public_access_block.this : block.block_public_acls && block.block_public_policy && block.ignore_public_acls && block.restrict_public_buckets])
    error_message = "Nothing may be public."
  }

  assert {
    condition     = alltrue([for purpose in ["scans", "labels", "logs"] : aws_s3_bucket_versioning.this[purpose].versioning_configuration[0].status == "Enabled" && one(aws_s3_bucket_ownership_controls.this[purpose].rule).object_ownership == "BucketOwnerEnforced" && aws_s3_bucket_notification.this[purpose].eventbridge && aws_s3_bucket.this[purpose].tags["data-classification"] == "phi"])
    error_message = "Every bucket must keep versions, own its objects, report to EventBridge and carry the tags."
  }

  assert {
    condition     = { for purpose, logging in aws_s3_bucket_logging.this : purpose => logging.target_prefix } == { scans = "s3/scans/", labels = "s3/labels/" }
    error_message = "Scans and labels must be logged, each below its own prefix."
  }

  assert {
    condition     = one(aws_s3_bucket_cors_configuration.scans.cors_rule).allowed_methods == toset(["GET"]) && one(aws_s3_bucket_cors_configuration.scans.cors_rule).expose_headers == toset(["Access-Control-Allow-Origin"])
    error_message = "The scans bucket must have the CORS rule that Ground Truth asks for."
  }

  assert {
    condition     = length(aws_iam_role.replication) == 0 && length(aws_s3_bucket_object_lock_configuration.this) == 0
    error_message = "Replication and Object Lock must be asked for."
  }
}

run "policies_deny_plain_http_old_tls_other_accounts_and_other_keys" {
  command = plan

  assert {
    condition     = alltrue([for document in data.aws_iam_policy_document.bucket : length(setsubtract(["DenyPlainHttp", "DenyOldTls", "DenyOtherAccounts"], [for statement in document.statement : statement.sid if statement.effect == "Deny" && statement.actions == toset(["s3:*"]) && length(statement.resources) == 2])) == 0])
    error_message = "Every bucket must deny plain HTTP, old TLS and other accounts everything."
  }

  assert {
    condition     = alltrue([for purpose in ["scans", "labels"] : length(setsubtract(["DenyOtherEncryption", "DenyOtherKey", "DenyAwsManagedKey", "DenyCustomerProvidedKeys"], [for statement in data.aws_iam_policy_document.bucket[purpose].statement : statement.sid if statement.effect == "Deny"])) == 0])
    error_message = "Scans and labels must deny every other way to encrypt."
  }

  assert {
    condition     = one([for statement in data.aws_iam_policy_document.bucket["labels"].statement : { for condition in statement.condition : condition.test => condition.values } if statement.sid == "DenyOtherKey"]) == { Null = tolist(["false"]), ArnNotEquals = tolist(["arn:aws:kms:eu-central-1:111122223333:key/labels"]) }
    error_message = "A put to labels must not name another key than theirs."
  }

  assert {
    condition     = alltrue([for document in data.aws_iam_policy_document.bucket : length([for statement in document.statement : statement if contains(["DenyMissingEncryption", "DenyOutsideVpcEndpoints", "AllowTrailToWrite"], statement.sid)]) == 0])
    error_message = "Encryption headers, VPC endpoints and the trail must be asked for."
  }

  assert {
    condition     = [for statement in data.aws_iam_policy_document.bucket["logs"].statement : statement.resources if statement.sid == "AllowServerAccessLogs"] == [toset(["arn:aws:s3:::lung-ct-logs-111122223333/s3/*"])]
    error_message = "S3 must be able to deliver access logs below s3/ and nowhere else."
  }
}

run "logs_are_delivered_to_sse_s3_unless_kms_is_chosen" {
  command = plan

  assert {
    condition     = one(one(aws_s3_bucket_server_side_encryption_configuration.logs.rule).apply_server_side_encryption_by_default).sse_algorithm == "AES256"
    error_message = "The default of the logs bucket must be SSE-S3."
  }
}

run "logs_can_be_encrypted_with_the_logs_key" {
  command = plan

  variables {
    logs_default_encryption = "aws:kms"
  }

  assert {
    condition     = one(one(aws_s3_bucket_server_side_encryption_configuration.logs.rule).apply_server_side_encryption_by_default).kms_master_key_id == "arn:aws:kms:eu-central-1:111122223333:key/logs" && one(aws_s3_bucket_server_side_encryption_configuration.logs.rule).bucket_key_enabled
    error_message = "The logs bucket must be encrypted with the logs key."
  }
}

run "a_put_must_name_its_encryption_where_headers_are_required" {
  command = plan

  variables {
    require_encryption_headers = true
  }

  assert {
    condition     = { for purpose, document in data.aws_iam_policy_document.bucket : purpose => contains([for statement in document.statement : statement.sid], "DenyMissingEncryption") } == { scans = true, labels = true, logs = false }
    error_message = "Scans and labels must deny puts without headers; logs are delivered without."
  }
}

################################################################################
# VPC endpoints
################################################################################

run "content_is_reached_through_the_endpoints_and_ground_truths_own_only" {
  command = plan

  variables {
    vpc_endpoint_ids = ["vpce-0123456789abcdef0"]
  }

  assert {
    condition     = one([for statement in data.aws_iam_policy_document.bucket["scans"].statement : { for condition in statement.condition : condition.variable => condition.values } if statement.sid == "DenyOutsideVpcEndpoints"]) == { "aws:SourceVpce" = tolist(["vpce-0123456789abcdef0", "vpce-0865e7194a099183d"]), "aws:PrincipalIsAWSService" = tolist(["false"]) }
    error_message = "The endpoints named and Ground Truth's own of the Region must be let in."
  }

  assert {
    condition     = one([for statement in data.aws_iam_policy_document.bucket["scans"].statement : length(setintersection(statement.actions, ["s3:*", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy", "s3:ListBucket", "s3:GetBucket*", "s3:PutBucket*"])) if statement.sid == "DenyOutsideVpcEndpoints"]) == 0
    error_message = "The bucket's settings must stay reachable, else nobody could mend a wrong endpoint."
  }

  assert {
    condition     = !contains([for statement in data.aws_iam_policy_document.bucket["logs"].statement : statement.sid], "DenyOutsideVpcEndpoints")
    error_message = "Logs must stay deliverable."
  }
}

run "endpoints_are_refused_where_ground_truths_own_is_not_known" {
  command = plan

  override_data {
    target = data.aws_region.this
    values = { id = "eu-north-1" }
  }

  variables {
    vpc_endpoint_ids = ["vpce-0123456789abcdef0"]
  }

  expect_failures = [aws_s3_bucket_policy.this]
}

################################################################################
# Retention
################################################################################

run "logs_are_kept_for_six_years_and_scans_and_labels_until_told_otherwise" {
  command = plan

  assert {
    condition     = { for purpose, lifecycle in aws_s3_bucket_lifecycle_configuration.this : purpose => [for rule in lifecycle.rule : rule.id] } == { scans = ["incomplete-uploads", "noncurrent-versions", "delete-markers"], labels = ["incomplete-uploads", "noncurrent-versions", "delete-markers"], logs = ["incomplete-uploads", "noncurrent-versions", "expire", "delete-markers"] }
    error_message = "Only logs may expire unless told otherwise."
  }

  assert {
    condition     = one([for rule in aws_s3_bucket_lifecycle_configuration.this["logs"].rule : rule.expiration[0].days if rule.id == "expire"]) == 2192
    error_message = "Logs must be kept for six years."
  }
}

run "scans_and_labels_expire_when_told_to" {
  command = plan

  variables {
    scans_expiration_days  = 365
    labels_expiration_days = 730
  }

  assert {
    condition     = { for purpose in ["scans", "labels"] : purpose => one([for rule in aws_s3_bucket_lifecycle_configuration.this[purpose].rule : rule.expiration[0].days if rule.id == "expire"]) } == { scans = 365, labels = 730 }
    error_message = "Scans and labels must expire after the days given."
  }
}

run "without_any_retention_there_is_no_lifecycle" {
  command = plan

  variables {
    noncurrent_version_days      = null
    abort_incomplete_upload_days = null
    logs_expiration_days         = null
  }

  assert {
    condition     = length(aws_s3_bucket_lifecycle_configuration.this) == 0
    error_message = "S3 takes no lifecycle configuration without rules."
  }
}

run "object_lock_holds_scans_unless_told_otherwise" {
  command = plan

  variables {
    object_lock = { mode = "COMPLIANCE", days = 30 }
  }

  assert {
    condition     = { for purpose, lock in aws_s3_bucket_object_lock_configuration.this : purpose => "${lock.rule[0].default_retention[0].mode} ${lock.rule[0].default_retention[0].days}" } == { scans = "COMPLIANCE 30" }
    error_message = "Object Lock must hold new scans."
  }
}

run "object_lock_can_hold_labels_too" {
  command = plan

  variables {
    object_lock = { mode = "GOVERNANCE", days = 30, buckets = ["scans", "labels"] }
  }

  assert {
    condition     = keys(aws_s3_bucket_object_lock_configuration.this) == ["labels", "scans"]
    error_message = "Object Lock must hold scans and labels."
  }
}

################################################################################
# Logs, events, replication
################################################################################

run "the_trail_named_may_write_to_its_prefix" {
  command = plan

  variables {
    cloudtrail_arn = "arn:aws:cloudtrail:eu-central-1:111122223333:trail/lung-ct-trail"
  }

  assert {
    condition     = one([for statement in data.aws_iam_policy_document.bucket["logs"].statement : statement.resources if statement.sid == "AllowTrailToWrite"]) == toset(["arn:aws:s3:::lung-ct-logs-111122223333/${output.cloudtrail_prefix}/AWSLogs/111122223333/*"])
    error_message = "The trail must write below its prefix only."
  }

  assert {
    condition     = alltrue([for statement in data.aws_iam_policy_document.bucket["logs"].statement : contains([for condition in statement.condition : one(condition.values) if condition.variable == "aws:SourceArn"], var.cloudtrail_arn) if startswith(statement.sid, "AllowTrail")])
    error_message = "Only the trail named may write."
  }
}

run "events_can_be_turned_off" {
  command = plan

  variables {
    eventbridge_notifications = false
  }

  assert {
    condition     = length(aws_s3_bucket_notification.this) == 0
    error_message = "No bucket may report to EventBridge."
  }
}

run "scans_and_labels_are_copied_encrypted" {
  command = plan

  variables {
    vpc_endpoint_ids = ["vpce-0123456789abcdef0"]

    replication = {
      scans  = { bucket_arn = "arn:aws:s3:::copies-of-scans", kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/copies" }
      labels = { bucket_arn = "arn:aws:s3:::copies-of-labels", kms_key_arn = "arn:aws:kms:eu-west-1:999999999999:key/copies" }
    }
  }

  assert {
    condition     = one(aws_iam_role.replication).name == "lung-ct-replication"
    error_message = "The role must have the name that key policies expect."
  }

  assert {
    condition     = { for purpose, configuration in aws_s3_bucket_replication_configuration.this : purpose => configuration.rule[0].destination[0].encryption_configuration[0].replica_kms_key_id } == { for purpose, destination in var.replication : purpose => destination.kms_key_arn }
    error_message = "Copies must be encrypted with the destination's key."
  }

  assert {
    condition     = alltrue([for configuration in aws_s3_bucket_replication_configuration.this : configuration.rule[0].source_selection_criteria[0].sse_kms_encrypted_objects[0].status == "Enabled"])
    error_message = "Encrypted objects must be copied, and all of them are."
  }

  assert {
    condition = { for statement in data.aws_iam_policy_document.replication[0].statement : statement.sid => { actions = statement.actions, via = one(one(statement.condition).values) } if startswith(statement.sid, "Encrypt") } == {
      EncryptCopiesOfScans  = { actions = toset(["kms:Encrypt"]), via = "s3.eu-west-1.amazonaws.com" }
      EncryptCopiesOfLabels = { actions = toset(["kms:Decrypt", "kms:Encrypt"]), via = "s3.eu-west-1.amazonaws.com" }
    }
    error_message = "The role must use the destination's keys through S3, and decrypt with a foreign account's only."
  }

  assert {
    condition     = one([for statement in data.aws_iam_policy_document.bucket["scans"].statement : [for condition in statement.condition : one(condition.values) if condition.test == "ArnNotEquals"] if statement.sid == "DenyOutsideVpcEndpoints"]) == ["arn:aws:iam::111122223333:role/lung-ct-replication"]
    error_message = "S3 replicates from its own network and must be let in."
  }
}

################################################################################
# Bad input
################################################################################

run "bad_values_are_refused" {
  command = plan

  variables {
    name_prefix                  = "Lung_CT"
    tags                         = { owner = "radiology; oncology" }
    kms_key_arns                 = { scans = "alias/scans", labels = "labels", logs = "logs" }
    logs_default_encryption      = "none"
    vpc_endpoint_ids             = ["vpc-0123456789abcdef0"]
    cloudtrail_arn               = "lung-ct-trail"
    noncurrent_version_days      = 0
    abort_incomplete_upload_days = 0
    scans_expiration_days        = 0
    labels_expiration_days       = 0
    logs_expiration_days         = 0
  }

  expect_failures = [
    var.name_prefix,
    var.kms_key_arns,
    var.logs_default_encryption,
    var.vpc_endpoint_ids,
    var.cloudtrail_arn,
    var.noncurrent_version_days,
    var.abort_incomplete_upload_days,
    var.scans_expiration_days,
    var.labels_expiration_days,
    var.logs_expiration_days,
    var.tags,
  ]
}

run "a_lock_mode_that_s3_does_not_know_is_refused" {
  command = plan

  variables {
    object_lock = { mode = "governance", days = 30 }
  }

  expect_failures = [var.object_lock]
}

run "a_lock_of_no_day_is_refused" {
  command = plan

  variables {
    object_lock = { mode = "GOVERNANCE", days = 0 }
  }

  expect_failures = [var.object_lock]
}

run "a_lock_on_logs_is_refused" {
  command = plan

  variables {
    object_lock = { mode = "GOVERNANCE", days = 30, buckets = ["logs"] }
  }

  expect_failures = [var.object_lock]
}

run "a_copy_to_a_bucket_by_its_name_is_refused" {
  command = plan

  variables {
    replication = {
      scans  = { bucket_arn = "copies-of-scans", kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/copies" }
      labels = { bucket_arn = "arn:aws:s3:::copies-of-labels", kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/copies" }
    }
  }

  expect_failures = [var.replication]
}

run "a_copy_encrypted_by_an_alias_is_refused" {
  command = plan

  variables {
    replication = {
      scans  = { bucket_arn = "arn:aws:s3:::copies-of-scans", kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/copies" }
      labels = { bucket_arn = "arn:aws:s3:::copies-of-labels", kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:alias/copies" }
    }
  }

  expect_failures = [var.replication]
}

run "a_prefix_that_s3_keeps_for_itself_is_refused" {
  command = plan

  variables {
    name_prefix = "sthree-scans"
  }

  expect_failures = [var.name_prefix]
}

run "force_destroy_is_refused_where_compliance_mode_forbids_it" {
  command = plan

  variables {
    force_destroy = true
    object_lock   = { mode = "COMPLIANCE", days = 30 }
  }

  expect_failures = [var.force_destroy]
}
