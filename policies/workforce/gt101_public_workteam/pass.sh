#!/bin/sh
TEAM="arn:aws:sagemaker:$AWS_REGION:$ACCOUNT:workteam/private-crowd/radiology"

aws sagemaker create-labeling-job --labeling-job-name chest-ct --human-task-config "WorkteamArn=$TEAM,TaskTitle=CT"
