"""Facts about the service, taken a second time from where the service documents them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from botocore.loaders import Loader

from gtctl.ground_truth import (
    BUILT_IN_LAMBDA_ACCOUNTS,
    PUBLIC_WORKTEAM_ACCOUNT,
    WorkteamKind,
    built_in_lambda_arn,
    public_workteam_arn,
    workteam_kind,
)

ARN = re.compile(r"arn:aws:lambda:([a-z0-9-]+):(\d{12}):function:([A-Za-z0-9-]+)")
BOX_FUNCTIONS = [
    f"{side}-{task}"
    for side in ("PRE", "ACS")
    for task in ("BoundingBox", "VerificationBoundingBox", "AdjustmentBoundingBox")
]


def documented_functions() -> set[tuple[str, str, str]]:
    """(Region, account, function) of every built-in function named in the service model's documentation."""
    shapes: dict[str, Any] = Loader().load_service_model("sagemaker", "service-2")["shapes"]
    pre = shapes["HumanTaskConfig"]["members"]["PreHumanTaskLambdaArn"]["documentation"]
    members = shapes["AnnotationConsolidationConfig"]["members"]
    return set(ARN.findall(pre + members["AnnotationConsolidationLambdaArn"]["documentation"]))


def test_the_account_table_is_the_one_in_the_service_models_documentation() -> None:
    documented = {(region, account) for region, account, _ in documented_functions()}
    assert documented == set(BUILT_IN_LAMBDA_ACCOUNTS.items())


@pytest.mark.parametrize("function", BOX_FUNCTIONS)
def test_every_region_has_every_bounding_box_function(function: str) -> None:
    documented = {
        f"arn:aws:lambda:{r}:{account}:function:{name}"
        for r, account, name in documented_functions()
        if name == function
    }
    assert documented == {built_in_lambda_arn(region, function) for region in BUILT_IN_LAMBDA_ACCOUNTS}


def test_a_region_without_built_in_functions_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        built_in_lambda_arn("eu-north-1", "PRE-BoundingBox")


def test_the_public_workteam_is_public_in_every_region() -> None:
    for region in BUILT_IN_LAMBDA_ACCOUNTS:
        assert workteam_kind(public_workteam_arn(region)) is WorkteamKind.PUBLIC


TEAM = "arn:aws:sagemaker:us-east-1:123456789012:workteam"


@pytest.mark.parametrize(
    ("arn", "kind"),
    [
        (f"{TEAM}/private-crowd/radiology", WorkteamKind.PRIVATE),
        ("arn:aws-us-gov:sagemaker:us-gov-west-1:123456789012:workteam/private-crowd/r", WorkteamKind.PRIVATE),
        (f"{TEAM}/public-crowd/default", WorkteamKind.PUBLIC),
        (f"{TEAM}/vendor-crowd/listing-1", WorkteamKind.VENDOR),
        (f"{TEAM}/radiology", WorkteamKind.UNKNOWN),
        (f"{TEAM}/unknown/radiology", WorkteamKind.UNKNOWN),
        (f"{TEAM}/Private-Crowd/radiology", WorkteamKind.UNKNOWN),
        (f"{TEAM}/private-crowd/", WorkteamKind.UNKNOWN),
        (f"x{TEAM}/private-crowd/radiology", WorkteamKind.UNKNOWN),
        (f"arn:aws:sagemaker:us-east-1:{PUBLIC_WORKTEAM_ACCOUNT}:workteam/private-crowd/x", WorkteamKind.UNKNOWN),
        (f"{TEAM}/private-crowd/x/../../public-crowd/default", WorkteamKind.UNKNOWN),
        ("", WorkteamKind.UNKNOWN),
    ],
)
def test_the_kind_of_a_workteam_is_read_from_its_arn_or_unknown(arn: str, kind: WorkteamKind) -> None:
    assert workteam_kind(arn) is kind
