"""Labeling jobs: a spec in YAML becomes a CreateLabelingJob request, is checked, launched once and followed."""
