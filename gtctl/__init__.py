"""Private-workforce, customer-key-encrypted labeling on Amazon SageMaker Ground Truth."""

__version__ = "0.1.0"
