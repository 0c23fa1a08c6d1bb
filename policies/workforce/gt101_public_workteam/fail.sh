#!/bin/sh
TEAM="arn:aws:sagemaker:$AWS_REGION:394669845002:workteam/public-crowd/default"

aws sagemaker create-labeling-job \
  --labeling-job-name "chest-ct-$(date +%F)" \
  --human-task-config '{"TaskTitle": "Chest CT", "WorkteamArn": "'"$TEAM"'"}'
