"""A spec against a job that is there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.loaders import Loader

from gtctl.errors import BadInput
from gtctl.jobs.difference import REQUEST_MEMBERS, difference
from gtctl.jobs.render import Rendered, with_digest
from tests.account import TEMPLATE, Account


def test_all_that_describe_gives_back_of_a_request_is_compared() -> None:
    shapes = Loader().load_service_model("sagemaker", "service-2")["shapes"]
    request, described = (
        shapes[f"{name}LabelingJob{end}"]["members"] for name, end in (("Create", "Request"), ("Describe", "Response"))
    )
    assert set(REQUEST_MEMBERS) == request.keys() & described.keys()


@pytest.fixture
def job(account: Account) -> Rendered:
    """A job that runs, as it was rendered."""
    request: dict[str, Any] = account.request("there", Tags=[{"Key": "b", "Value": "1"}, {"Key": "a", "Value": "2"}])
    labels = account.read("labels.json")
    rendered = with_digest(Rendered(request, labels, TEMPLATE.encode()))
    account.client("sagemaker").create_labeling_job(**rendered.request)
    return rendered


def test_the_same_job_has_no_difference(job: Rendered) -> None:
    assert difference(job, "there") == ""


def test_the_difference_shows_what_a_launch_would_change(job: Rendered, account: Account) -> None:
    request = job.request | {"LabelAttributeName": "other"}
    request["HumanTaskConfig"] = request["HumanTaskConfig"] | {
        "UiConfig": {"UiTemplateS3Uri": f"s3://{account.bucket}/new.liquid"}
    }
    request["LabelCategoryConfigS3Uri"] = f"s3://{account.bucket}/elsewhere.json"
    template = TEMPLATE.replace('header="Draw"', 'header="Draw \x1b[31mred"').encode()
    lines = difference(with_digest(replace(job, request=request, worker_template=template)), "there").splitlines()
    assert "--- there/job.json" in lines
    assert '-  "LabelAttributeName": "boxes",' in lines
    assert '+  "LabelAttributeName": "other",' in lines
    assert "--- there/template.liquid" in lines
    assert (
        '+header="Draw \N{REPLACEMENT CHARACTER}[31mred" labels="{{ task.input.labels | to_json | escape }}">' in lines
    )
    assert not any("gtctl:launch-digest" in line for line in lines)
    assert not any("label-categories" in line or "elsewhere" in line for line in lines), "the labels are the same"


def test_a_job_that_is_not_there_is_said(job: Rendered) -> None:
    with pytest.raises(BadInput, match="there is no labeling job elsewhere in"):
        difference(job, "elsewhere")


def test_a_file_of_the_job_that_is_gone_is_said(job: Rendered, account: Account) -> None:
    account.client("s3").delete_object(Bucket=account.bucket, Key="labels.json")
    request = job.request | {"LabelCategoryConfigS3Uri": f"s3://{account.bucket}/new.json"}
    with pytest.raises(BadInput, match=r"labels.json, a file of the job, is gone"):
        difference(replace(job, request=request), "there")


def test_a_file_that_may_not_be_read_is_the_services_refusal(job: Rendered, monkeypatch: pytest.MonkeyPatch) -> None:
    refusal = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetObject")

    def denied(*_: Any) -> str:
        raise refusal

    monkeypatch.setattr("gtctl.jobs.difference._text", denied)
    request = job.request | {"LabelCategoryConfigS3Uri": "s3://somewhere-else/new.json"}
    with pytest.raises(ClientError, match="AccessDenied"):
        difference(replace(job, request=request), "there")
