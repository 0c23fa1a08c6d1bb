import boto3

networks = ["198.51.100.0/24"]
boto3.client("sagemaker").create_workforce(
    WorkforceName="hospital",
    CognitoConfig={"UserPool": "us-east-1_Example12", "ClientId": "1example23456789"},
    SourceIpConfig={"Cidrs": networks},
)
