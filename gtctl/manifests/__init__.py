"""Input manifests of labeling jobs: built, validated, split, sampled, merged."""
