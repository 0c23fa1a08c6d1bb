#!/bin/sh
# TEAM=arn:aws:sagemaker:eu-west-1:111122223333:workteam/private-crowd/radiology
TEAM=arn:${P}:sagemaker:${R}:394669845002:workteam/public-crowd/default
export TEAM
