import boto3

networks = ["0.0.0.0/1", "128.0.0.0/1"]
boto3.client("sagemaker").create_workforce(
    WorkforceName="hospital",
    CognitoConfig={"UserPool": "us-east-1_Example12", "ClientId": "1example23456789"},
    SourceIpConfig={"Cidrs": networks},
)
