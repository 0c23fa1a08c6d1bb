"""Job documents: a request is found however it is spelled and wherever it lies."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gtctl.audit.evidence import READERS, source_of
from gtctl.audit.graph import Graph
from gtctl.audit.model import Evidence, Resource, Undecided
from gtctl.audit.workteams import workteam
from gtctl.ground_truth import WorkteamKind

PUBLIC = "arn:aws:sagemaker:eu-west-1:394669845002:workteam/public-crowd/default"
PRIVATE = "arn:aws:sagemaker:eu-west-1:111122223333:workteam/private-crowd/radiology"
REQUEST = {
    "LabelingJobName": "chest-ct",
    "OutputConfig": {"S3OutputPath": "s3://labels/jobs/", "KmsKeyId": "key"},
    "HumanTaskConfig": {"WorkteamArn": PUBLIC, "TaskTitle": "Chest CT"},
    "Tags": [{"Key": "team", "Value": "lungs"}],
}


def read(text: str, file: str = "job.json") -> Evidence:
    assert source_of(file, text.encode()) == "job"
    [found] = READERS["job"].load()({file: text.encode()})
    return found


def jobs(text: str, file: str = "job.json") -> list[Resource]:
    return [each for each in read(text, file).resources if each.type == "aws_sagemaker_labeling_job"]


def references(text: str, file: str = "job.json") -> list[WorkteamKind]:
    found = read(text, file)
    assert not found.problems
    return [
        workteam(each.peek("workteam_arn"), Graph([])).kind
        for each in found.resources
        if each.type == "gtctl_workteam_reference"
    ]


def respelled(value: Any, spell: Any) -> Any:
    if isinstance(value, dict):
        return {spell(key): respelled(item, spell) for key, item in value.items()}
    return [respelled(item, spell) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize(
    "spell",
    [
        str,
        lambda key: key[0].lower() + key[1:],
        str.upper,
        str.lower,
        lambda key: key.replace("S3", "s3_").replace("Kms", "kms_").replace("Config", "_config"),
        lambda key: key.replace("Arn", "ARN").replace("Id", "ID"),
    ],
    ids=["API", "Kubernetes", "upper", "lower", "mixed", "acronyms"],
)
def test_the_spelling_of_a_member_does_not_hide_it(spell: Any) -> None:
    [job] = jobs(json.dumps(respelled(REQUEST, spell)))
    assert job.get("human_task_config.workteam_arn") == PUBLIC
    assert job.get("output_config.kms_key_id") == "key"
    assert job.get("output_config.s3_output_path") == "s3://labels/jobs/"
    assert job.get("tags") == {"team": "lungs"}


@pytest.mark.parametrize(
    "document",
    [
        [{"unrelated": 1}, REQUEST],
        {"request": REQUEST},
        {"apiVersion": "sagemaker.services.k8s.aws/v1alpha1", "kind": "LabelingJob", "spec": REQUEST},
        {"States": {"Label": {"Type": "Task", "Parameters": REQUEST}}},
    ],
    ids=["list", "wrapped", "Kubernetes", "state machine"],
)
def test_a_request_is_found_wherever_it_lies(document: Any) -> None:
    assert [job.address for job in jobs(json.dumps(document))] == ["aws_sagemaker_labeling_job.chest-ct"]


def test_each_document_of_a_yaml_file_is_read_with_its_lines() -> None:
    text = f"""\
# nightly
LabelingJobName: one
HumanTaskConfig: &task
  TaskTitle: Chest CT
  WorkteamArn: {PUBLIC}
---
LabelingJobName: two
HumanTaskConfig:
  <<: {{TaskTitle: Chest CT}}
  WorkteamArn: {PRIVATE}
"""
    first, second = jobs(text, "jobs.yaml")
    assert first.line_of("human_task_config.workteam_arn") == 5
    assert (first.location.line, first.location.end) == (2, 5)
    assert second.line_of("human_task_config.workteam_arn") == 10
    assert second.get("human_task_config.task_title") == "Chest CT"


def test_a_request_in_the_text_of_another_document_is_read() -> None:
    text = json.dumps(REQUEST).replace("public-", "\\u0070ublic-")
    for indented in (text, json.dumps([REQUEST], indent=2).replace("\n", "\n    ")):
        manifest = f"apiVersion: v1\nkind: ConfigMap\ndata:\n  job.json: |\n    {indented}\n"
        [job] = jobs(manifest, "config.yaml")
        assert job.get("human_task_config.workteam_arn") == PUBLIC
        assert job.get("output_config.kms_key_id") == "key"
        assert job.location.line == 4
    deny = json.dumps({"Effect": "Deny", "Resource": PUBLIC})
    assert references(json.dumps({"Policies": [deny, "{"], "note": "workteam-arn"})) == []
    assert references(json.dumps({"texts": [f'{{"team": "{PUBLIC}"}}', f"{{{PUBLIC}"]})) == [WorkteamKind.PUBLIC] * 2


def test_the_lines_of_json_members_are_known() -> None:
    [job] = jobs(json.dumps(REQUEST, indent=1))
    assert job.line_of("human_task_config.workteam_arn") == 8
    assert job.line_of("output_config.kms_key_id") == 5


def test_a_member_that_stands_there_twice_is_neither_of_the_two() -> None:
    for text in (
        f'{{"HumanTaskConfig": {{"WorkteamArn": "{PUBLIC}", "WorkteamArn": "{PRIVATE}"}}}}',
        f'{{"HumanTaskConfig": {{"WorkteamArn": "{PUBLIC}", "workteamArn": "{PRIVATE}"}}}}',
    ):
        [job] = jobs(text)
        with pytest.raises(Undecided):
            job.get("human_task_config.workteam_arn")
        assert WorkteamKind.PUBLIC in references(text)


def test_placeholders_are_unknown_and_what_stands_around_them_is_known() -> None:
    team = "arn:${P}:sagemaker:${R}:394669845002:workteam/public-crowd/default"
    [job] = jobs(json.dumps({"HumanTaskConfig": {"WorkteamArn": team}}))
    assert workteam(job.peek("human_task_config.workteam_arn"), Graph([])).kind is WorkteamKind.PUBLIC
    [job] = jobs(json.dumps({"HumanTaskConfig": {"WorkteamArn": "{{ team }}"}}))
    with pytest.raises(Undecided):
        job.get("human_task_config.workteam_arn")


@pytest.mark.parametrize(
    "kind",
    [
        *(
            "{{ kind }}-crowd",
            "${kind}-crowd",
            "<<kind>>-crowd",
            "<%= kind %>-crowd",
            "$KIND-crowd",
            "[[ kind ]]-crowd",
        ),
        *(
            "@kind@-crowd",
            "__KIND__-crowd",
            "$(KIND)-crowd",
            "#{kind}-crowd",
            "%s-crowd",
            "{kind}-crowd",
            "{{ crowd }}",
        ),
        *("pr${x}-crowd", "${a}${b}-crowd"),
    ],
)
def test_a_team_whose_kind_a_template_gives_is_unknown_wherever_it_stands(kind: str) -> None:
    team = f"arn:aws:sagemaker:eu-west-1:111122223333:workteam/{kind}/radiology"
    for file, text in (
        ("values.json", json.dumps({"team": team})),
        ("values.yaml", f"labeling:\n  team: '{team}'\n"),
        ("values.yaml.j2", f"team: {team}\n"),
    ):
        source = source_of(file, text.encode())
        assert source
        [found] = READERS[source].load()({file: text.encode()})
        assert not found.problems
        [reference] = found.resources
        with pytest.raises(Undecided):
            workteam(reference.peek("workteam_arn"), Graph([]))


def test_a_pattern_of_a_policy_names_no_team() -> None:
    for pattern in ("*-crowd/*", "${aws:PrincipalTag/kind}-crowd/*", "private-crowd/*"):
        text = json.dumps({"workteam_arn": f"arn:aws:sagemaker:*:*:workteam/{pattern}"})
        assert references(text) == []


def test_an_expression_of_a_template_without_quotes_is_unknown() -> None:
    [job] = jobs("HumanTaskConfig:\n  WorkteamArn: {{ .Values.team }}\n  TaskTitle: CT\n", "job.yaml")
    assert job.get("human_task_config.task_title") == "CT"
    with pytest.raises(Undecided):
        job.get("human_task_config.workteam_arn")


@pytest.mark.parametrize("suffix", [".jsonl", ".ndjson"])
def test_each_line_of_a_file_of_documents_is_read(suffix: str) -> None:
    lines = [{"unrelated": 1}, REQUEST, {"source-ref": "s3://scans/1.png"}]
    found = read("\n".join(map(json.dumps, lines)) + '\n{"WorkteamArn": \n', f"jobs{suffix}")
    by_type = {each.type: each for each in found.resources}
    job = by_type["aws_sagemaker_labeling_job"]
    assert (job.location.line, job.line_of("human_task_config.workteam_arn")) == (2, 2)
    assert by_type["gtctl_input_manifest"].get("object_count") == 3
    assert [problem.location.line for problem in found.problems] == [4]


def test_a_state_machine_s_path_is_unknown() -> None:
    [job] = jobs(json.dumps({"HumanTaskConfig": {"WorkteamArn.$": "$.team", "TaskTitle": "CT"}}))
    with pytest.raises(Undecided):
        job.get("human_task_config.workteam_arn")


def test_what_an_update_does_not_name_is_unknown() -> None:
    found = read(json.dumps({"WorkteamName": "lungs", "WorkerAccessConfiguration": {"S3Presign": {}}}))
    [team] = found.resources
    assert team.type == "aws_sagemaker_workteam"
    with pytest.raises(Undecided):
        team.get("notification_configuration")


def test_gtctl_s_own_job_spec_is_a_job() -> None:
    text = f"""\
name: chest-ct
classification: phi
task: {{title: Chest CT, description: Boxes}}
labels: [nodule]
workers: {{workteam_arn: "{PUBLIC}", per_object: 2}}
input: {{manifest: s3://scans/input.manifest}}
output: {{path: s3://labels/jobs, kms_key_arn: "${{stack.key}}"}}
role_arn: ${{stack.role}}
"""
    [job] = jobs(text, "job.yaml")
    assert job.get("human_task_config.workteam_arn") == PUBLIC
    assert job.get("human_task_config.number_of_human_workers_per_data_object") == 2
    assert job.get("tags")["gtctl:classification"] == "phi"
    with pytest.raises(Undecided):
        job.get("output_config.kms_key_id")


@pytest.mark.parametrize(
    "document",
    [
        {"properties": {"HumanTaskConfig": {"type": "object", "properties": {"WorkteamArn": {"type": "string"}}}}},
        {"shapes": {"CreateLabelingJobRequest": {"members": {"HumanTaskConfig": {"shape": "HumanTaskConfig"}}}}},
        {"workteam_arn_description": "which WorkteamArn to use", "WorkteamArn": None},
    ],
    ids=["JSON Schema", "service model", "words"],
)
def test_what_describes_a_request_is_none(document: Any) -> None:
    assert read(json.dumps(document)).resources == []


def test_a_public_team_under_a_misspelled_name_is_still_named() -> None:
    assert references(json.dumps({"HumanTaskConfig": {"TaskTitle": "CT", "WorkTeam": PUBLIC}})) == [WorkteamKind.PUBLIC]
    assert references(json.dumps({"team": {"arn": PUBLIC}})) == [WorkteamKind.PUBLIC]


def test_a_policy_that_denies_or_compares_names_nobody() -> None:
    condition = {"ArnEquals": {"sagemaker:WorkteamArn": PUBLIC}}
    statement = {"Effect": "Deny", "Action": "sagemaker:CreateLabelingJob", "Condition": condition}
    assert references(json.dumps({"Statement": [statement]})) == []
    assert references(json.dumps({"Resource": "arn:aws:sagemaker:*:*:workteam/public-crowd/*"})) == []


def test_a_task_page_of_aws_lies_in_the_same_account_and_proves_nothing() -> None:
    page = "arn:aws:sagemaker:eu-west-1:394669845002:human-task-ui/VideoObjectDetection"
    text = json.dumps({"HumanTaskConfig": {"WorkteamArn": PRIVATE, "UiConfig": {"HumanTaskUiArn": page}}})
    assert references(text) == []


def test_commands_in_the_steps_of_a_workflow_are_read() -> None:
    text = f"""\
steps:
  - run: |
      aws sagemaker create-labeling-job \\
        --labeling-job-name nightly \\
        --human-task-config WorkteamArn={PUBLIC},TaskTitle=CT
"""
    [job] = jobs(text, "workflow.yml")
    assert job.get("human_task_config.workteam_arn") == PUBLIC
    assert job.get("labeling_job_name") == "nightly"


def test_a_yaml_file_that_refers_to_itself_or_grows_without_end_is_a_problem_and_no_more() -> None:
    assert not read("HumanTaskConfig: &a\n  TaskTitle: x\n  WorkteamArn: *a\n", "a.yaml").problems
    bomb = "a0: &a0 {WorkteamArn: x}\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9)
    )
    [problem] = read(bomb, "b.yaml").problems
    assert "too large" in problem.message


def test_a_broken_file_still_tells_whom_it_names() -> None:
    found = read(f'{{"HumanTaskConfig": {{"WorkteamArn": "{PUBLIC}"', "job.json")
    assert len(found.problems) == 1
    assert [each.type for each in found.resources] == ["gtctl_workteam_reference"]
