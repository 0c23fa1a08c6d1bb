import boto3

sagemaker = boto3.client("sagemaker", region_name="eu-west-1")

task = {
    "WorkteamArn": "arn:aws:sagemaker:eu-west-1:111122223333:workteam/private-crowd/radiology",
}
request = {
    "RoleArn": "arn:aws:iam::111122223333:role/labeling",
    "OutputConfig": {
        "S3OutputPath": "s3://hospital-labels/jobs/",
        "KmsKeyId": "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    },
}
request["HumanTaskConfig"] = task

sagemaker.create_labeling_job(LabelingJobName="chest-ct", **request)
