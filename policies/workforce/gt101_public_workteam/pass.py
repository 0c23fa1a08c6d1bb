import boto3

sagemaker = boto3.client("sagemaker", region_name="eu-west-1")

task = {
    "WorkteamArn": "arn:aws:sagemaker:eu-west-1:111122223333:workteam/private-crowd/radiology",
}
request = {}
request["HumanTaskConfig"] = task

sagemaker.create_labeling_job(LabelingJobName="chest-ct", **request)
