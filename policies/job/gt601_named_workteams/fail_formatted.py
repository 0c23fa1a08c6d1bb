def team(partition: str, region: str) -> str:
    return f"arn:{partition}:sagemaker:{region}:394669845002:workteam/public-crowd/default"
