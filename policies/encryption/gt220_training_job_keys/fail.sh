aws sagemaker create-training-job --training-job-name chest-ct \
  --algorithm-specification TrainingImage=111122223333.dkr.ecr.eu-west-1.amazonaws.com/detector:1,TrainingInputMode=Pipe \
  --output-data-config S3OutputPath=s3://hospital-labels/models/ \
  --resource-config InstanceType=ml.p3.2xlarge,InstanceCount=1,VolumeSizeInGB=50
