import os

TEAM = os.environ.get("TEAM", "arn:aws:sagemaker:eu-west-1:394669845002:workteam/public-crowd/default")
