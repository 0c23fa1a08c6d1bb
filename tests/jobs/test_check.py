"""Everything that is said about a job before anybody is asked."""

from __future__ import annotations

from typing import Any

import pytest

from gtctl.errors import BadInput, Refused
from gtctl.ground_truth import public_workteam_arn
from gtctl.jobs.check import examine, require_launchable
from gtctl.jobs.render import SPEC_FIELDS, Rendered
from tests.jobs.samples import rendered, request

PUBLIC = public_workteam_arn("us-east-1")


def raw(**changes: Any) -> Rendered:
    return Rendered(request(**changes), None, None)


def test_a_good_job_may_be_launched_without_a_word() -> None:
    assert require_launchable(rendered()) == []


def test_the_service_model_the_rules_and_the_label_file_are_all_asked() -> None:
    found = examine(rendered(name="chest_ct", output__label_attribute="x-ref", labels=["a", "a"]))
    assert [finding.path for finding in found.errors] == ["LabelingJobName", "LabelAttributeName", "labels"]
    assert found.refusals == []


def test_a_refusal_comes_before_an_error() -> None:
    with pytest.raises(Refused, match=r"^job.json: refused: HumanTaskConfig.WorkteamArn: .*Mechanical Turk"):
        require_launchable(raw(HumanTaskConfig__WorkteamArn=PUBLIC, LabelingJobName="a_b"), "job.json")


def test_findings_are_named_by_the_fields_of_the_spec() -> None:
    with pytest.raises(Refused, match=r"^ct.yaml: refused: workers.workteam_arn: "):
        require_launchable(rendered(workers__workteam_arn=PUBLIC), "ct.yaml", SPEC_FIELDS)
    with pytest.raises(BadInput, match=r"^ct.yaml: name: must match the pattern .*; output.label_attribute: "):
        require_launchable(rendered(name="chest_ct", output__label_attribute="source"), "ct.yaml", SPEC_FIELDS)


def test_a_spec_without_an_output_key_is_refused() -> None:
    with pytest.raises(Refused, match=r"output.kms_key_arn: is missing"):
        require_launchable(rendered(output__kms_key_arn=None), "ct.yaml", SPEC_FIELDS)


def test_every_error_is_on_one_line() -> None:
    with pytest.raises(BadInput) as refused:
        require_launchable(raw(**{"Labeling\nJob": "x"}))
    assert "\n" not in str(refused.value)


def test_warnings_do_not_stop_a_launch() -> None:
    warnings = require_launchable(rendered(labels=[f"l{n}" for n in range(11)]))
    assert [warning.path for warning in warnings] == ["labels"]
