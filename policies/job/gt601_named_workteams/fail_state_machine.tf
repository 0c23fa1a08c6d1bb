# Not planned: the provider has the service look at the definition, and the sandbox has no state machines.
resource "aws_sfn_state_machine" "label" {
  name     = "label"
  role_arn = "arn:aws:iam::111122223333:role/label"
  definition = jsonencode({
    StartAt = "Label"
    States = {
      Label = {
        Type     = "Task"
        Resource = "arn:aws:states:::aws-sdk:sagemaker:createLabelingJob"
        End      = true
        Parameters = {
          HumanTaskConfig = {
            WorkteamArn = "arn:aws:sagemaker:eu-west-1:999988887777:workteam/vendor-crowd/labelers"
          }
        }
      }
    }
  })
}
