"""Checkov's built-in AWS checks beside the rules: run in checkov's own environment, told once for each problem."""
