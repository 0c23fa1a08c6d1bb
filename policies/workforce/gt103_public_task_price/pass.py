import boto3

ACCOUNT = "111122223333"
sagemaker = boto3.client("sagemaker")
task = {
    "WorkteamArn": f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:workteam/private-crowd/radiology",
    "NumberOfHumanWorkersPerDataObject": 3,
}

sagemaker.create_labeling_job(
    LabelingJobName="chest-ct",
    RoleArn=f"arn:aws:iam::{ACCOUNT}:role/labeling",
    HumanTaskConfig=task,
)
