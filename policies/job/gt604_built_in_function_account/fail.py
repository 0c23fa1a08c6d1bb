import boto3

sagemaker = boto3.client("sagemaker", region_name="eu-west-1")

task = {
    "WorkteamArn": "arn:aws:sagemaker:eu-west-1:111122223333:workteam/private-crowd/radiology",
    "PreHumanTaskLambdaArn": "arn:aws:lambda:eu-west-1:432418664414:function:PRE-BoundingBox",
    "AnnotationConsolidationConfig": {
        "AnnotationConsolidationLambdaArn": "arn:aws:lambda:eu-west-1:568282634449:function:ACS-BoundingBox",
    },
}
request = {}
request["HumanTaskConfig"] = task

sagemaker.create_labeling_job(LabelingJobName="chest-ct", **request)
