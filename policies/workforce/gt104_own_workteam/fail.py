import boto3

ACCOUNT = "111122223333"
sagemaker = boto3.client("sagemaker")
task = {
    "WorkteamArn": "arn:aws:sagemaker:us-east-1:444455556666:workteam/private-crowd/radiology",
    "NumberOfHumanWorkersPerDataObject": 3,
}

sagemaker.create_labeling_job(
    LabelingJobName="chest-ct",
    RoleArn=f"arn:aws:iam::{ACCOUNT}:role/labeling",
    HumanTaskConfig=task,
)
