import boto3

sagemaker = boto3.client("sagemaker", region_name="eu-west-1")

task = {
    "WorkteamArn": "arn:aws:sagemaker:eu-west-1:394669845002:workteam/public-crowd/default",
}
request = {}
request["HumanTaskConfig"] = task

sagemaker.create_labeling_job(LabelingJobName="chest-ct", **request)
