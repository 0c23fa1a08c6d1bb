"""The check of SageMaker requests against botocore's bundled service model."""

from __future__ import annotations

import ipaddress
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import regex
from botocore.loaders import Loader
from hypothesis import given
from hypothesis import strategies as st

from gtctl import service_model
from gtctl.service_model import problems, service_message

WORKTEAM = "arn:aws:sagemaker:us-east-1:123456789012:workteam/private-crowd/radiology"


def labeling_job(**changes: Any) -> dict[str, Any]:
    request: dict[str, Any] = {
        "LabelingJobName": "chest-ct",
        "LabelAttributeName": "lesions",
        "InputConfig": {"DataSource": {"S3DataSource": {"ManifestS3Uri": "s3://scans/input.manifest"}}},
        "OutputConfig": {"S3OutputPath": "s3://labels/out"},
        "RoleArn": "arn:aws:iam::123456789012:role/labeling",
        "HumanTaskConfig": {
            "WorkteamArn": WORKTEAM,
            "UiConfig": {"UiTemplateS3Uri": "s3://labels/template.liquid"},
            "TaskTitle": "Draw boxes",
            "TaskDescription": "Draw a box around every nodule",
            "NumberOfHumanWorkersPerDataObject": 3,
            "TaskTimeLimitInSeconds": 600,
        },
    }
    return request | changes


def found(operation: str, parameters: dict[str, Any]) -> list[tuple[str, str]]:
    return [(problem.path, problem.kind) for problem in problems(operation, parameters)]


def test_a_complete_request_has_no_problems() -> None:
    assert problems("CreateLabelingJob", labeling_job()) == []


def test_a_missing_required_member_is_found_however_deep_it_belongs() -> None:
    request = labeling_job()
    del request["HumanTaskConfig"]["UiConfig"]
    del request["RoleArn"]
    assert found("CreateLabelingJob", request) == [("RoleArn", "required"), ("HumanTaskConfig.UiConfig", "required")]


def test_null_counts_as_absent_as_it_does_for_the_service() -> None:
    assert found("CreateLabelingJob", labeling_job(RoleArn=None, StoppingConditions=None)) == [("RoleArn", "required")]


def test_an_unknown_member_is_found() -> None:
    assert found("CreateLabelingJob", labeling_job(Workteam=WORKTEAM)) == [("Workteam", "unknown")]


def test_every_member_is_unknown_to_an_operation_without_input() -> None:
    assert found("DisableSagemakerServicecatalogPortfolio", {}) == []
    assert found("GetSagemakerServicecatalogPortfolioStatus", {"Name": "x"}) == [("Name", "unknown")]


def test_an_operation_that_sagemaker_does_not_have_is_an_error() -> None:
    with pytest.raises(KeyError):
        problems("CreateLabellingJob", {})


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("", "length"),
        ("x" * 64, "length"),
        ("ct_chest", "pattern"),
        ("-ct", "pattern"),
        ("ct\n", "pattern"),
        (7, "type"),
    ],
)
def test_a_job_name_is_checked_for_type_length_and_the_whole_pattern(value: object, kind: str) -> None:
    assert ("LabelingJobName", kind) in found("CreateLabelingJob", labeling_job(LabelingJobName=value))


@pytest.mark.parametrize(("value", "kind"), [(0, "range"), (10, "range"), ("3", "type"), (True, "type"), (2.5, "type")])
def test_a_number_is_checked_for_type_and_range(value: object, kind: str) -> None:
    request = labeling_job()
    request["HumanTaskConfig"]["NumberOfHumanWorkersPerDataObject"] = value
    assert found("CreateLabelingJob", request) == [("HumanTaskConfig.NumberOfHumanWorkersPerDataObject", kind)]


def test_enums_are_checked() -> None:
    request = labeling_job()
    request["InputConfig"]["DataAttributes"] = {"ContentClassifiers": ["FreeOfAdultContent", "FreeOfEverything"]}
    assert found("CreateLabelingJob", request) == [("InputConfig.DataAttributes.ContentClassifiers[1]", "enum")]


def test_a_list_is_checked_for_its_length_and_every_item() -> None:
    tags = [{"Key": f"k{number}", "Value": "v"} for number in range(51)]
    tags[1] = {"Key": "", "Value": "semi;colon"}
    assert found("CreateLabelingJob", labeling_job(Tags=tags)) == [
        ("Tags", "length"),
        ("Tags[1].Key", "length"),
        ("Tags[1].Value", "pattern"),
    ]
    assert found("CreateLabelingJob", labeling_job(Tags="team=ct")) == [("Tags", "type")]


def test_letters_of_every_script_are_letters_in_a_tag() -> None:
    assert problems("CreateLabelingJob", labeling_job(Tags=[{"Key": "부서", "Value": "Röntgen Ж 放射"}])) == []


def test_digits_of_other_scripts_are_not_digits_in_an_arn() -> None:
    role = "arn:aws:iam::١٢٣٤٥٦٧٨٩٠١٢:role/labeling"
    assert found("CreateLabelingJob", labeling_job(RoleArn=role)) == [("RoleArn", "pattern")]


def test_the_keys_and_values_of_a_map_are_checked() -> None:
    request = {
        "ModelName": "m",
        "PrimaryContainer": {"Image": "i", "Environment": {"GOOD": "v", "not good": 3}},
        "ExecutionRoleArn": "arn:aws:iam::123456789012:role/labeling",
    }
    assert found("CreateModel", request) == [
        ('PrimaryContainer.Environment["not good"]', "pattern"),
        ('PrimaryContainer.Environment["not good"]', "type"),
    ]


def test_a_union_takes_exactly_one_of_its_members() -> None:
    shapes = Loader().load_service_model("sagemaker", "service-2")["shapes"]
    assert shapes["CollectionConfig"]["union"], "the model has changed: choose another union"
    feature = {"FeatureName": "f", "FeatureType": "String", "CollectionType": "Vector"}
    request = {
        "FeatureGroupName": "g",
        "RecordIdentifierFeatureName": "f",
        "EventTimeFeatureName": "t",
        "FeatureDefinitions": [feature | {"CollectionConfig": {}}],
    }
    assert found("CreateFeatureGroup", request) == [("FeatureDefinitions[0].CollectionConfig", "union")]


@pytest.mark.parametrize(
    "value", [1764000000, 1764000000.25, "2026-11-24T09:00:00Z", datetime(2026, 11, 24, tzinfo=UTC)]
)
def test_a_timestamp_may_be_a_number_a_text_or_a_datetime(value: object) -> None:
    assert problems("ListLabelingJobs", {"CreationTimeAfter": value}) == []


@pytest.mark.parametrize("value", ["yesterday", True, [1]])
def test_what_is_no_timestamp_is_found(value: object) -> None:
    assert found("ListLabelingJobs", {"CreationTimeAfter": value}) == [("CreationTimeAfter", "type")]


def workforce(cidr: str) -> dict[str, Any]:
    return {"WorkforceName": "w", "SourceIpConfig": {"Cidrs": [cidr]}}


@pytest.mark.parametrize("cidr", ["203.0.113.0/24", "10.1.2.3/8", "2001:db8::/32", "::1/128", "2001:db8::10.0.0.1/96"])
def test_cidrs_of_both_families_are_valid(cidr: str) -> None:
    assert problems("CreateWorkforce", workforce(cidr)) == []


@pytest.mark.parametrize(
    "cidr", ["10.0.0.0", "10.0.0.0/33", "10.0.0/24", "10.0.0.0/255.0.0.0", "2001:db8::/129", "host/8"]
)
def test_what_is_no_cidr_is_refused(cidr: str) -> None:
    assert found("CreateWorkforce", workforce(cidr)) == [("SourceIpConfig.Cidrs[0]", "pattern")]


@given(st.ip_addresses(v=4), st.integers(0, 32))
def test_every_ipv4_cidr_is_valid(address: ipaddress.IPv4Address, prefix: int) -> None:
    assert problems("CreateWorkforce", workforce(f"{address}/{prefix}")) == []


@given(st.ip_addresses(v=6), st.integers(0, 128))
def test_every_ipv6_cidr_is_valid(address: ipaddress.IPv6Address, prefix: int) -> None:
    assert problems("CreateWorkforce", workforce(f"{address.exploded}/{prefix}")) == []


# The pattern as the request documents it, written out by hand: an oracle that shares no code with the module.
JOB_NAME = regex.compile(r"\A[a-zA-Z0-9](?:-*[a-zA-Z0-9]){0,62}\Z")


@given(st.text(alphabet="aZ9-_.\n é", max_size=70))
def test_job_names_agree_with_the_documented_pattern(name: str) -> None:
    valid = problems("CreateLabelingJob", labeling_job(LabelingJobName=name)) == []
    assert valid == (JOB_NAME.match(name) is not None and len(name) <= 63)


def test_a_model_in_the_users_home_changes_no_verdict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    newer = tmp_path / "sagemaker" / "2099-01-01" / "service-2.json"
    newer.parent.mkdir(parents=True)
    newer.write_text(json.dumps({"metadata": {}, "operations": {"CreateLabelingJob": {}}, "shapes": {}}))
    monkeypatch.setattr(Loader, "CUSTOMER_DATA_PATH", str(tmp_path))
    service_model._model.cache_clear()
    assert problems("CreateLabelingJob", labeling_job()) == []


def test_every_pattern_of_the_model_can_be_compiled() -> None:
    model = Loader().load_service_model("sagemaker", "service-2")
    patterns = [shape["pattern"] for shape in model["shapes"].values() if "pattern" in shape]
    assert len(patterns) > 400
    for pattern in patterns:
        service_model._compiled(pattern)


def test_the_service_message_reads_as_the_services_own() -> None:
    request = labeling_job()
    request["HumanTaskConfig"]["WorkteamArn"] = "radiology"
    assert service_message(problems("CreateLabelingJob", request)) == (
        "1 validation error detected: Value 'radiology' at 'humanTaskConfig.workteamArn' failed to satisfy constraint: "
        r"Member must satisfy regular expression pattern: arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]*:[0-9]{12}:workteam/.*"
    )


def test_the_service_message_joins_several_problems() -> None:
    request = labeling_job(Tags=[{"Key": "k", "Value": "v" * 257}])
    del request["LabelingJobName"]
    assert service_message(problems("CreateLabelingJob", request)) == (
        "2 validation errors detected: "
        "Value null at 'labelingJobName' failed to satisfy constraint: Member must not be null; "
        f"Value '{'v' * 257}' at 'tags.1.member.value' failed to satisfy constraint: "
        "Member must have length less than or equal to 256"
    )


def test_a_sensitive_value_is_not_repeated() -> None:
    endpoint = "https://idp.example.org/x"
    request = {
        "WorkforceName": "w",
        "OidcConfig": {
            "ClientId": "c",
            "ClientSecret": "geheimes wört",
            "Issuer": endpoint,
            "AuthorizationEndpoint": endpoint,
            "TokenEndpoint": endpoint,
            "UserInfoEndpoint": endpoint,
            "LogoutEndpoint": endpoint,
            "JwksUri": endpoint,
        },
    }
    (problem,) = problems("CreateWorkforce", request)
    assert problem.path == "OidcConfig.ClientSecret"
    assert "geheimes" not in f"{problem}{service_message([problem])}"
    assert service_message([problem]).startswith(
        "1 validation error detected: Value at 'oidcConfig.clientSecret' failed"
    )
