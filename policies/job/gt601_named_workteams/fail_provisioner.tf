# Not planned: a plan does not hold a script into which something is put.
resource "terraform_data" "launch" {
  input = "chest-ct"

  provisioner "local-exec" {
    command = <<-EOT
      aws sagemaker create-labeling-job --labeling-job-name ${self.input} \
        --human-task-config WorkteamArn=arn:aws:sagemaker:eu-west-1:394669845002:workteam/public-crowd/default
    EOT
  }
}
