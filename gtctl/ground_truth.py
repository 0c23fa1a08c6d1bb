"""Facts about SageMaker Ground Truth that more than one part of gtctl needs, as data.

Sources: the CreateLabelingJob API reference (built-in Lambda accounts), the SageMaker Developer Guide
pages "Create and manage workforces", "Input data" and "Bounding box".
"""

from __future__ import annotations

import re
from enum import StrEnum

BUILT_IN_LAMBDA_ACCOUNTS: dict[str, str] = {
    "us-east-1": "432418664414",
    "us-east-2": "266458841044",
    "us-west-2": "081040173940",
    "ca-central-1": "918755190332",
    "eu-west-1": "568282634449",
    "eu-west-2": "487402164563",
    "eu-central-1": "203001061592",
    "ap-northeast-1": "477331159723",
    "ap-northeast-2": "845288260483",
    "ap-south-1": "565803892007",
    "ap-southeast-1": "377565633583",
    "ap-southeast-2": "454466003867",
}
"""Region -> account that owns the built-in PRE- and ACS- functions. Other Regions have none."""

TASK_FUNCTIONS = {
    "bounding-box": "BoundingBox",
    "verification": "VerificationBoundingBox",
    "adjustment": "AdjustmentBoundingBox",
}
"""What a job does with boxes -> the name of its built-in functions, behind ``PRE-`` and ``ACS-``."""

SERVICE_VPC_ENDPOINTS: dict[str, str] = {
    "us-east-1": "vpce-08408e335ebf95b40",
    "us-east-2": "vpce-02569ba1c40aad0bc",
    "us-west-2": "vpce-0ea07aa498eb78469",
    "ca-central-1": "vpce-0d46ea4c9ff55e1b7",
    "eu-west-1": "vpce-0788e7ed8628e595d",
    "eu-west-2": "vpce-0bccd56798f4c5df0",
    "eu-central-1": "vpce-0865e7194a099183d",
    "ap-northeast-1": "vpce-0247996a1a1807dbd",
    "ap-northeast-2": "vpce-007893f89e05f2bbf",
    "ap-south-1": "vpce-0d7fcda14e1783f11",
    "ap-southeast-1": "vpce-0e7e67b32e9efed27",
    "ap-southeast-2": "vpce-0b7609e6f305a77d4",
}
"""Region -> the endpoint through which Ground Truth reaches buckets: a bucket that is open to some VPC endpoints only
must let it in ("Run a labeling job in a VPC")."""

PUBLIC_WORKTEAM_ACCOUNT = "394669845002"
"""AWS's account that owns the public workteam; it also owns AWS's own task UIs, so alone it proves nothing."""

# Limits of a bounding-box job ("Input data quotas", "Supported data formats", CreateLabelingJob).
MAX_MANIFEST_LINE_CHARACTERS = 100_000
MAX_MANIFEST_ATTRIBUTE_CHARACTERS = 20_000
MAX_DATASET_OBJECTS = 100_000
MAX_IMAGE_BYTES = 40_000_000
MAX_IMAGE_PIXELS = 100_000_000
MAX_LABELS = 50
MAX_LABEL_CHARACTERS = 256
WORKER_PAGE_LABELS = 10
"""The crowd-bounding-box element documents 10 labels, the service quota says 50: warn above this one."""
IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png")
CROWD_ELEMENTS_SCRIPT = "https://assets.crowd.aws/crowd-html-elements.js"
CORS_RULE = {
    "AllowedHeaders": [],
    "AllowedMethods": ["GET"],
    "AllowedOrigins": ["*"],
    "ExposeHeaders": ["Access-Control-Allow-Origin"],
}
"""Every bucket that holds images needs this rule, or its tasks fail ("CORS permission requirement")."""

_WORKTEAM_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")


class WorkteamKind(StrEnum):
    """Who may see the images. The values are those of the IAM condition key sagemaker:WorkteamType."""

    PRIVATE = "private-crowd"
    PUBLIC = "public-crowd"
    VENDOR = "vendor-crowd"
    UNKNOWN = "unknown"


_WORKTEAM_ARN = re.compile(
    r"arn:aws[a-z\-]*:sagemaker:(?P<region>[a-z0-9\-]+):(?P<account>[0-9]{12}):workteam/(?P<kind>[^/]+)/(?P<name>.+)"
)


def workteam_kind(arn: str) -> WorkteamKind:
    """The kind of workteam an ARN names; UNKNOWN where the ARN does not prove one.

    A "private-crowd" ARN of the account that owns the public workteam is nobody's private team, nor is one whose
    name the service would not take: UNKNOWN.
    """
    match = _WORKTEAM_ARN.fullmatch(arn)
    if not match:
        return WorkteamKind.UNKNOWN
    try:
        kind = WorkteamKind(match["kind"])
    except ValueError:
        return WorkteamKind.UNKNOWN
    if kind is WorkteamKind.PRIVATE and (
        match["account"] == PUBLIC_WORKTEAM_ACCOUNT or not _WORKTEAM_NAME.fullmatch(match["name"])
    ):
        return WorkteamKind.UNKNOWN
    return kind


def public_workteam_arn(region: str) -> str:
    """The ARN of the public (Mechanical Turk) workteam in ``region``."""
    return f"arn:aws:sagemaker:{region}:{PUBLIC_WORKTEAM_ACCOUNT}:workteam/public-crowd/default"


def built_in_lambda_arn(region: str, function: str) -> str:
    """The ARN of a built-in function such as ``PRE-BoundingBox``. Raises KeyError where the Region has none."""
    return f"arn:aws:lambda:{region}:{BUILT_IN_LAMBDA_ACCOUNTS[region]}:function:{function}"
