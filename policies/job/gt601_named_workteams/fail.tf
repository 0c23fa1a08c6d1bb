resource "aws_ssm_parameter" "team" {
  name  = "/labeling/team"
  type  = "String"
  value = "arn:aws:sagemaker:eu-west-1:394669845002:workteam/public-crowd/default"
}
