"""The Ground Truth operations of the SageMaker API: workforces, workteams, labeling jobs, flow definitions,
their tags.

Requests are checked against botocore's own service model. Where AWS documents an error's code and message,
they are used; where it documents none, the code is the documented one and the wording is ours.
"""
