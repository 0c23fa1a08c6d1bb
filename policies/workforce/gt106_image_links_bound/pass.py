import boto3

access = {"S3Presign": {"IamPolicyConstraints": {"SourceIp": "Enabled"}}}
member = {"UserPool": "us-east-1_Example12", "UserGroup": "radiology", "ClientId": "1example23456789"}
boto3.client("sagemaker").create_workteam(
    WorkteamName="radiology",
    Description="Radiologists of the hospital",
    MemberDefinitions=[{"CognitoMemberDefinition": member}],
    WorkerAccessConfiguration=access,
)
