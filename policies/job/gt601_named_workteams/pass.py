"""Refuses arn:aws:sagemaker:eu-west-1:394669845002:workteam/public-crowd/default."""

TEAM = "arn:aws:sagemaker:eu-west-1:111122223333:workteam/private-crowd/radiology"
# Owned by AWS, as the public workteam is; but it is a page.
PAGE = "arn:aws:sagemaker:eu-west-1:394669845002:human-task-ui/VideoObjectDetection"


def refuse(team: str) -> None:
    if team == "arn:aws:sagemaker:eu-west-1:394669845002:workteam/public-crowd/default":
        raise ValueError("arn:aws:sagemaker:eu-west-1:394669845002:workteam/public-crowd/default is refused")


POLICY = {
    "Effect": "Deny",
    "Action": "sagemaker:CreateLabelingJob",
    "Condition": {
        "ArnEquals": {"sagemaker:WorkteamArn": "arn:aws:sagemaker:eu-west-1:394669845002:workteam/public-crowd/default"}
    },
}
