#!/bin/sh
# Never arn:aws:sagemaker:eu-west-1:394669845002:workteam/public-crowd/default
TEAM="arn:aws:sagemaker:eu-west-1:$ACCOUNT:workteam/private-crowd/radiology"
export TEAM
