import boto3


def launch(partition: str, region: str, **request: object) -> None:
    task = {"TaskTitle": "Chest CT"}
    task["WorkteamArn"] = f"arn:{partition}:sagemaker:{region}:394669845002:workteam/public-crowd/default"
    boto3.client("sagemaker").create_labeling_job(HumanTaskConfig=task, **request)
