"""The sandbox: one local process that speaks the AWS API, so that everything runs without an account.

It is moto's server plus the Ground Truth operations of SageMaker that moto lacks (``ground_truth``), and
the pages on which workers answer (``portal``). Product code knows nothing of it: it reads the
``AWS_ENDPOINT_URL`` environment variable as every AWS client does.
"""
