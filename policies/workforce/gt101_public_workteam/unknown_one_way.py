import os

import boto3

TEAM = "arn:aws:sagemaker:eu-west-1:111122223333:workteam/private-crowd/radiology"
if os.environ.get("PILOT"):
    TEAM = "arn:aws:sagemaker:eu-west-1:394669845002:workteam/public-crowd/default"
boto3.client("sagemaker").create_labeling_job(LabelingJobName="chest-ct", HumanTaskConfig={"WorkteamArn": TEAM})
