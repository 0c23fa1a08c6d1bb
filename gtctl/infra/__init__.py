"""Drives Terraform: which one, where its provider comes from, and the stack it builds."""
