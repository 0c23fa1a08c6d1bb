#!/bin/sh
TEAM="arn:aws:sagemaker:$AWS_REGION:123456789012:workteam/vendor-crowd/labelers"
export TEAM
