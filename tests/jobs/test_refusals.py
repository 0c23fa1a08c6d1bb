"""What is refused, whatever else is right about a job."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gtctl.ground_truth import BUILT_IN_LAMBDA_ACCOUNTS, public_workteam_arn
from gtctl.jobs import refusals as module
from gtctl.jobs.refusals import refusals
from tests.jobs.samples import ACCOUNT, KEY, WORKTEAM, request

TEAM = "HumanTaskConfig.WorkteamArn"
PRICE = "HumanTaskConfig.PublicWorkforceTaskPrice"
OUTPUT_KEY = "OutputConfig.KmsKeyId"


def refused(value: object) -> list[str]:
    return [finding.path for finding in refusals(value)]  # type: ignore[arg-type]


def test_a_private_job_with_its_own_key_is_not_refused() -> None:
    assert refused(request()) == []


@pytest.mark.parametrize("region", BUILT_IN_LAMBDA_ACCOUNTS)
def test_the_public_workteam_is_refused_in_every_region(region: str) -> None:
    assert refused(request(HumanTaskConfig__WorkteamArn=public_workteam_arn(region))) == [TEAM]


@pytest.mark.parametrize(
    "arn",
    [
        None,
        "",
        "radiology",
        ["arn"],
        WORKTEAM.replace("private-crowd", "public-crowd"),
        WORKTEAM.replace("private-crowd", "vendor-crowd"),
        WORKTEAM.replace("private-crowd", "Private-Crowd"),
        WORKTEAM.replace("private-crowd/", ""),
        WORKTEAM.replace("radiology", ""),
        f"{WORKTEAM}/../../public-crowd/default",
        f"{WORKTEAM}\n",
        f" {WORKTEAM}",
        WORKTEAM.replace(ACCOUNT, "394669845002"),
        WORKTEAM.replace(ACCOUNT, "210987654321"),
        WORKTEAM.replace(ACCOUNT, ""),
        WORKTEAM.replace("us-east-1", "*"),
    ],
)
def test_a_workteam_that_is_not_proven_private_is_refused(arn: Any) -> None:
    assert refused(request(HumanTaskConfig__WorkteamArn=arn)) == [TEAM]


def test_the_reason_names_what_the_workteam_is() -> None:
    (public,) = refusals(request(HumanTaskConfig__WorkteamArn=public_workteam_arn("us-east-1")))
    assert "Mechanical Turk" in public.message
    vendor_arn = WORKTEAM.replace("private-crowd", "vendor-crowd")
    (vendor,) = refusals(request(HumanTaskConfig__WorkteamArn=vendor_arn))
    assert "vendor" in vendor.message


@pytest.mark.parametrize("price", [{"AmountInUsd": {"Cents": 4}}, {}, 0, ""])
def test_a_public_price_is_refused_even_when_it_is_empty(price: object) -> None:
    assert refused(request(HumanTaskConfig__PublicWorkforceTaskPrice=price)) == [PRICE]


def test_a_null_price_is_refused_too() -> None:
    job = request()
    job["HumanTaskConfig"]["PublicWorkforceTaskPrice"] = None
    assert refused(job) == [PRICE]


@pytest.mark.parametrize(
    "key",
    [
        None,
        "",
        7,
        "11111111-2222-3333-4444-555555555555",
        "alias/labels",
        f"arn:aws:kms:us-east-1:{ACCOUNT}:alias/labels",
        f"arn:aws:kms:us-east-1:{ACCOUNT}:key/",
        f"arn:aws:kms:us-east-1:{ACCOUNT}:key/labels",
        f"arn:aws:kms:*:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555",
        f"{KEY} ",
        f"{KEY}\n",
    ],
)
def test_an_output_without_a_full_key_arn_is_refused(key: Any) -> None:
    assert refused(request(OutputConfig__KmsKeyId=key)) == [OUTPUT_KEY]


def test_a_multi_region_key_is_a_key() -> None:
    key = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/mrk-{'0a' * 16}"
    assert refused(request(OutputConfig__KmsKeyId=key)) == []


PII = "FreeOfPersonallyIdentifiableInformation"


@pytest.mark.parametrize(
    ("classification", "expected"),
    [("phi", True), ("unclassified", True), (None, True), ("public", False)],
)
def test_only_public_images_may_be_declared_free_of_personal_information(
    classification: str | None, expected: bool
) -> None:
    tags = [{"Key": "gtctl:classification", "Value": classification}] if classification else None
    job = request(Tags=tags, InputConfig__DataAttributes={"ContentClassifiers": [PII]})
    assert bool(refusals(job)) is expected


def test_a_second_classification_cannot_make_images_public() -> None:
    tags = [{"Key": "gtctl:classification", "Value": value} for value in ("public", "phi")]
    assert refusals(request(Tags=tags, InputConfig__DataAttributes={"ContentClassifiers": [PII]}))


def test_every_reason_is_given() -> None:
    job = request(
        HumanTaskConfig__WorkteamArn=public_workteam_arn("us-east-1"),
        HumanTaskConfig__PublicWorkforceTaskPrice={"AmountInUsd": {"Cents": 4}},
        OutputConfig__KmsKeyId=None,
    )
    assert refused(job) == [TEAM, PRICE, OUTPUT_KEY]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=5,
)


@given(ANYTHING)
def test_whatever_is_no_job_is_refused_and_never_an_error(value: object) -> None:
    assert {TEAM, OUTPUT_KEY} <= set(refused(value))


@given(st.sampled_from(["HumanTaskConfig", "OutputConfig", "RoleArn", "Tags", "InputConfig"]), ANYTHING)
def test_a_job_with_anything_in_one_member_is_never_an_error(member: str, value: object) -> None:
    found = refused(request() | {member: value})
    if member in {"HumanTaskConfig", "OutputConfig"}:
        assert found


@given(st.text(alphabet="/-_.:*aZ9 private-crowdpublic", max_size=30))
def test_only_one_name_behind_private_crowd_proves_a_private_workteam(name: str) -> None:
    arn = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:workteam/{name}"
    if refused(request(HumanTaskConfig__WorkteamArn=arn)) == []:
        kind, _, team = name.partition("/")
        assert kind == "private-crowd"
        assert team.replace("-", "").isalnum()


def test_the_refusals_know_nothing_of_boto3() -> None:
    tree = ast.parse(Path(module.__file__).read_text())
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not any(name.split(".")[0] in {"boto3", "botocore"} or name == "gtctl.aws" for name in imported)
