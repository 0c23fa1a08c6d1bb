import os

import boto3

key = os.environ["KEY_ARN"]
boto3.client("sagemaker").create_training_job(
    TrainingJobName="chest-ct",
    AlgorithmSpecification={"TrainingImage": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/detector:1"},
    OutputDataConfig={"S3OutputPath": "s3://hospital-labels/models/", "KmsKeyId": key},
    ResourceConfig={"InstanceType": "ml.p3.2xlarge", "InstanceCount": 1, "VolumeKmsKeyId": key},
)
