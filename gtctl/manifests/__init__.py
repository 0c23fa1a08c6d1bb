"""Input manifests of labeling jobs: built from S3 or from a ledger, and validated."""
