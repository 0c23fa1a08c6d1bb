from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from gtctl.ground_truth import built_in_lambda_arn, public_workteam_arn
from gtctl.sandbox.simulated_workers import annotate


def _refused(account: Any, request: dict[str, Any]) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        account.client("sagemaker").create_labeling_job(**request)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def _human(request: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return request | {"HumanTaskConfig": request["HumanTaskConfig"] | changes}


def _run(account: Any, sandbox: Any, name: str = "ct", workers: int = 2, **changes: Any) -> dict[str, Any]:
    account.client("sagemaker").create_labeling_job(**account.request(name, **changes))
    annotate(sandbox, name, account.region, workers=workers, seed=3)
    done: dict[str, Any] = account.wait(name)
    return done


def _keys(account: Any, prefix: str) -> list[str]:
    pages = account.client("s3").get_paginator("list_objects_v2").paginate(Bucket=account.bucket, Prefix=prefix)
    return [entry["Key"] for page in pages for entry in page.get("Contents", [])]


def test_a_job_runs_to_its_end_and_counts_what_was_labeled(account: Any, sandbox: Any) -> None:
    done = _run(account, sandbox)

    assert done["LabelingJobStatus"] == "Completed"
    assert done["LabelCounters"] == {
        "TotalLabeled": 2,
        "HumanLabeled": 2,
        "MachineLabeled": 0,
        "FailedNonRetryableError": 0,
        "Unlabeled": 0,
    }
    assert done["LabelingJobOutput"]["OutputDatasetS3Uri"] == (
        f"s3://{account.bucket}/out/ct/manifests/output/output.manifest"
    )


def test_the_output_tree_has_the_documented_layout_and_is_encrypted_with_the_jobs_key(
    account: Any, sandbox: Any
) -> None:
    _run(account, sandbox)

    keys = _keys(account, "out/ct/")
    folders = {key.rpartition("/")[0].removeprefix("out/ct/") for key in keys}
    assert folders == {
        "annotations/worker-response/iteration-1/0",
        "annotations/worker-response/iteration-1/1",
        "annotations/consolidated-annotation/consolidation-request/iteration-1",
        "annotations/consolidated-annotation/consolidation-response/iteration-1",
        "annotations/intermediate/1",
        "manifests/output",
    }
    for key in keys:
        head = account.client("s3").head_object(Bucket=account.bucket, Key=key)
        assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", account.key_arn), key


def test_the_output_manifest_carries_the_input_line_and_the_boxes(account: Any, sandbox: Any) -> None:
    _run(account, sandbox)

    lines = [json.loads(line) for line in account.read("out/ct/manifests/output/output.manifest").splitlines()]
    assert [line["slice"] for line in lines] == [0, 1]
    assert lines[1]["boxes"]["image_size"] == [{"width": 65, "height": 48, "depth": 1}]
    metadata = lines[1]["boxes-metadata"]
    assert metadata["type"] == "groundtruth/object-detection"
    assert metadata["job-name"] == "labeling-job/ct"
    assert len(metadata["objects"]) == len(lines[1]["boxes"]["annotations"]) > 0
    assert set(metadata["class-map"]) == {str(box["class_id"]) for box in lines[1]["boxes"]["annotations"]}
    assert set(metadata["class-map"].values()) <= {"nodule", "결절"}


def test_answers_are_recorded_per_worker_with_the_cognito_identity(account: Any, sandbox: Any) -> None:
    _run(account, sandbox)

    [key] = _keys(account, "out/ct/annotations/worker-response/iteration-1/0/")
    answers = json.loads(account.read(key))["answers"]
    identities = [answer["workerMetadata"]["identityData"] for answer in answers]
    users = account.client("cognito-idp").list_users_in_group(UserPoolId=account.pool, GroupName=account.group)["Users"]
    assert len({answer["workerId"] for answer in answers}) == 2
    assert {identity["sub"] for identity in identities} == {
        a["Value"] for user in users for a in user["Attributes"] if a["Name"] == "sub"
    }
    assert answers[0]["answerContent"]["boundingBox"]["inputImageProperties"] == {"width": 64, "height": 48}


def test_simulated_workers_draw_the_same_boxes_for_the_same_seed(account: Any, sandbox: Any) -> None:
    _run(account, sandbox, "first")
    _run(account, sandbox, "second")

    def boxes(name: str) -> list[Any]:
        lines = account.read(f"out/{name}/manifests/output/output.manifest").splitlines()
        return [json.loads(line)["boxes"]["annotations"] for line in lines]

    assert boxes("first") == boxes("second")


def test_tasks_are_handed_out_in_batches_of_the_concurrent_task_count(account: Any, sandbox: Any) -> None:
    request = account.request("batched", images=3)
    request["HumanTaskConfig"]["MaxConcurrentTaskCount"] = 2
    account.client("sagemaker").create_labeling_job(**request)
    annotate(sandbox, "batched", account.region, workers=2, seed=0)

    assert account.wait("batched")["LabelCounters"]["TotalLabeled"] == 3
    responses = _keys(account, "out/batched/annotations/worker-response/")
    assert {key.split("/")[4] for key in responses} == {"iteration-1", "iteration-2"}


def test_a_job_name_is_taken_whatever_its_case(account: Any) -> None:
    account.client("sagemaker").create_labeling_job(**account.request("Case"))

    assert _refused(account, account.request("CASE"))[0] == "ResourceInUse"


def test_a_lambda_of_another_region_is_refused(account: Any) -> None:
    other = "eu-west-2" if account.region != "eu-west-2" else "eu-west-1"
    arn = built_in_lambda_arn(other, "PRE-BoundingBox")

    code, message = _refused(account, _human(account.request("wrong-lambda"), PreHumanTaskLambdaArn=arn))

    assert code == "ValidationException"
    assert "not a built-in function" in message


def test_a_value_that_only_begins_like_the_pattern_is_refused(account: Any) -> None:
    code, message = _refused(account, account.request("trailing") | {"LabelingJobName": "trailing_name"})

    assert code == "ValidationException"
    assert "labelingJobName" in message
    assert "regular expression pattern" in message


@pytest.mark.parametrize("name", ["source", "source-ref", "boxes-metadata", "boxes-ref"])
def test_a_reserved_label_attribute_is_refused(account: Any, name: str) -> None:
    assert _refused(account, account.request("reserved") | {"LabelAttributeName": name})[0] == "ValidationException"


def test_an_unknown_workteam_is_refused(account: Any) -> None:
    arn = account.workteam_arn + "-not"

    assert _refused(account, _human(account.request("no-team"), WorkteamArn=arn)) == (
        "ValidationException",
        f"The work team {arn} does not exist.",
    )


def test_a_role_that_sagemaker_may_not_assume_is_refused(account: Any) -> None:
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    role = account.client("iam").create_role(RoleName=f"nobody-{account.region}", AssumeRolePolicyDocument=policy)

    code, message = _refused(account, account.request("no-trust") | {"RoleArn": role["Role"]["Arn"]})

    assert code == "ValidationException"
    assert "Could not assume role" in message


def test_public_and_vendor_teams_exist_so_that_refusing_them_can_be_tested(account: Any) -> None:
    sagemaker = account.client("sagemaker")
    [vendor] = sagemaker.list_subscribed_workteams()["SubscribedWorkteams"]
    for number, arn in enumerate([public_workteam_arn(account.region), vendor["WorkteamArn"]]):
        sagemaker.create_labeling_job(**_human(account.request(f"exposed-{number}"), WorkteamArn=arn))
        assert account.wait(f"exposed-{number}", "InProgress")["HumanTaskConfig"]["WorkteamArn"] == arn
    assert "/vendor-crowd/" in vendor["WorkteamArn"]


def test_without_cors_every_object_fails_as_on_aws(account: Any) -> None:
    account.client("s3").delete_bucket_cors(Bucket=account.bucket)
    account.client("sagemaker").create_labeling_job(**account.request("no-cors"))

    done = account.wait("no-cors")

    assert done["LabelCounters"]["FailedNonRetryableError"] == 2
    line = json.loads(account.read("out/no-cors/manifests/output/output.manifest").splitlines()[0])
    assert "CORS" in line["boxes-metadata"]["failure-reason"]


def test_a_missing_or_unreadable_object_fails_alone(account: Any, sandbox: Any) -> None:
    request = account.request("holes", images=3)
    account.client("s3").delete_object(Bucket=account.bucket, Key="images/holes/0.png")
    account.put("images/holes/1.png", b"DICM is not a picture")
    account.client("sagemaker").create_labeling_job(**request)
    annotate(sandbox, "holes", account.region, workers=2, seed=0)

    counters = account.wait("holes")["LabelCounters"]
    assert (counters["TotalLabeled"], counters["FailedNonRetryableError"]) == (1, 2)


def test_a_missing_manifest_fails_the_job(account: Any) -> None:
    request = account.request("no-manifest")
    account.client("s3").delete_object(Bucket=account.bucket, Key="no-manifest.manifest")
    account.client("sagemaker").create_labeling_job(**request)

    done = account.wait("no-manifest")
    assert done["LabelingJobStatus"] == "Failed"
    assert "NoSuchKey" in done["FailureReason"]


def test_a_key_that_does_not_exist_fails_the_job(account: Any) -> None:
    request = account.request("no-key")
    request["OutputConfig"]["KmsKeyId"] = account.key_arn.rpartition("/")[0] + "/00000000-0000-0000-0000-000000000000"
    account.client("sagemaker").create_labeling_job(**request)

    done = account.wait("no-key")
    assert (done["LabelingJobStatus"], "output key" in done["FailureReason"]) == ("Failed", True)


@pytest.mark.parametrize(
    ("key", "content", "reason"),
    [
        ("labels.json", b"{", "label category file is not valid"),
        ("labels.json", b'{"labels": [{"label": {"name": "nodule"}}]}', "A label must have"),
        ("labels.json", b'{"labels": [{"label": "nodule"}, {"label": "nodule"}]}', "different labels"),
        ("template.liquid", b"\xff\xfe<crowd-form>", "not UTF-8"),
    ],
)
def test_files_that_cannot_be_read_fail_the_job(account: Any, key: str, content: bytes, reason: str) -> None:
    request = account.request("unreadable")
    account.put(key, content)
    account.client("sagemaker").create_labeling_job(**request)

    done = account.wait("unreadable")
    assert (done["LabelingJobStatus"], reason in done["FailureReason"]) == ("Failed", True)


def test_a_bucket_in_another_region_fails_the_job(account: Any) -> None:
    import boto3

    other = "eu-west-2" if account.region != "eu-west-2" else "eu-west-1"
    bucket = f"elsewhere-{account.bucket}"
    s3: Any = boto3.client("s3", region_name=other)
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": other})
    request = account.request("far") | {"OutputConfig": {"S3OutputPath": f"s3://{bucket}/out"}}
    account.client("sagemaker").create_labeling_job(**request)

    done = account.wait("far")
    assert done["LabelingJobStatus"] == "Failed"
    assert other in done["FailureReason"]


def test_a_stopped_job_keeps_what_was_answered(account: Any, sandbox: Any) -> None:
    request = account.request("halted", images=2)
    account.client("sagemaker").create_labeling_job(**request)
    annotate(sandbox, "halted", account.region, workers=1, seed=0)
    account.client("sagemaker").stop_labeling_job(LabelingJobName="halted")

    done = account.wait("halted")
    assert done["LabelingJobStatus"] == "Stopped"
    assert done["LabelCounters"]["Unlabeled"] == 2
    lines = account.read("out/halted/manifests/output/output.manifest").splitlines()
    assert [set(json.loads(line)) for line in lines] == [{"source-ref", "slice"}] * 2
    with pytest.raises(ClientError, match="only a job in progress"):
        account.client("sagemaker").stop_labeling_job(LabelingJobName="halted")


def test_jobs_are_listed_by_page_in_the_order_asked_for(account: Any) -> None:
    sagemaker = account.client("sagemaker")
    for name in ("page-b", "page-a", "page-c"):
        sagemaker.create_labeling_job(**account.request(name))
    query = {"NameContains": "PAGE", "SortBy": "Name", "SortOrder": "Descending", "MaxResults": 2}

    first = sagemaker.list_labeling_jobs(**query)
    second = sagemaker.list_labeling_jobs(**query, NextToken=first["NextToken"])

    names = [job["LabelingJobName"] for job in first["LabelingJobSummaryList"] + second["LabelingJobSummaryList"]]
    assert names == ["page-c", "page-b", "page-a"]
    assert "NextToken" not in second
    with pytest.raises(ClientError, match="NextToken"):
        sagemaker.list_labeling_jobs(**(query | {"SortBy": "Status"}), NextToken=first["NextToken"])


def test_jobs_are_filtered_by_status_and_time(account: Any) -> None:
    sagemaker = account.client("sagemaker")
    sagemaker.create_labeling_job(**account.request("filtered"))
    created = account.wait("filtered", "InProgress")["CreationTime"]

    def names(**query: Any) -> set[str]:
        found = sagemaker.list_labeling_jobs(NameContains="filtered", **query)["LabelingJobSummaryList"]
        return {job["LabelingJobName"] for job in found}

    assert names(StatusEquals="InProgress", CreationTimeBefore=created.replace(year=2100)) == {"filtered"}
    assert names(StatusEquals="Completed") == set()
    assert names(CreationTimeAfter=created.replace(year=2100)) == set()


def test_jobs_of_a_workteam_are_listed_with_what_is_pending(account: Any) -> None:
    account.client("sagemaker").create_labeling_job(**account.request("mine"))
    account.wait("mine", "InProgress")

    [job] = account.client("sagemaker").list_labeling_jobs_for_workteam(WorkteamArn=account.workteam_arn)[
        "LabelingJobSummaryList"
    ]
    assert (job["LabelingJobName"], job["LabelCounters"]["PendingHuman"]) == ("mine", 2)


def test_tags_of_jobs_and_workteams_can_be_read_and_changed(account: Any) -> None:
    sagemaker = account.client("sagemaker")
    tags = [{"Key": "classification", "Value": "phi"}]
    arn = sagemaker.create_labeling_job(**account.request("tagged"), Tags=tags)["LabelingJobArn"]

    sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "team", "Value": "ct"}])
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["classification"])

    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "ct"}]
    assert sagemaker.list_tags(ResourceArn=account.workteam_arn)["Tags"] == []


def test_an_unknown_job_is_not_found(account: Any) -> None:
    with pytest.raises(ClientError) as caught:
        account.client("sagemaker").describe_labeling_job(LabelingJobName="nobody")
    assert caught.value.response["Error"]["Code"] == "ResourceNotFound"


def test_other_sagemaker_operations_are_motos(account: Any) -> None:
    assert account.client("sagemaker").list_models()["Models"] == []


def test_render_ui_template_gives_the_page_the_worker_sees(account: Any) -> None:
    from tests.account import TEMPLATE, png

    uri = account.put("one.png", png())
    answer = account.client("sagemaker").render_ui_template(
        UiTemplate={"Content": TEMPLATE},
        Task={"Input": json.dumps({"taskObject": uri, "labels": ['a"b']})},
        RoleArn=account.role_arn,
    )

    assert answer["Errors"] == []
    assert "X-Amz-Signature=" in answer["RenderedContent"]
    assert "[&#34;a\\&#34;b&#34;]" in answer["RenderedContent"]


def test_render_ui_template_reports_a_broken_template(account: Any) -> None:
    answer = account.client("sagemaker").render_ui_template(
        UiTemplate={"Content": "{{ task.input | nonsense }}"}, Task={"Input": "{}"}, RoleArn=account.role_arn
    )

    assert answer["Errors"][0]["Code"] == "LiquidError"
