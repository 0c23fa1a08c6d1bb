"""Workteams that Terraform code and plans name outside of jobs are found, wherever they stand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gtctl.audit.evidence import hcl, plan
from gtctl.audit.graph import Graph
from gtctl.audit.model import Resource, Undecided
from gtctl.audit.workteams import workteam

PUBLIC = "arn:aws:sagemaker:eu-west-1:394669845002:workteam/public-crowd/default"
VENDOR = "arn:aws:sagemaker:eu-west-1:999988887777:workteam/vendor-crowd/labelers"


def references(resources: Any) -> list[tuple[str, str, int]]:
    """Address, kind of the workteam and line of each reference."""
    return [(each.address, kind(each), each.line_of("workteam_arn")) for each in resources if is_reference(each)]


def is_reference(resource: Resource) -> bool:
    return resource.type == "gtctl_workteam_reference"


def kind(reference: Resource) -> str:
    try:
        return workteam(reference.peek("workteam_arn"), Graph([])).kind.name
    except Undecided:
        return "OPEN"


def found(folder: Path, text: str, **others: str) -> list[tuple[str, str, int]]:
    for name, content in {"main.tf": text, **{name.replace("_", "."): text for name, text in others.items()}}.items():
        (folder / name).write_text(content)
    [evidence] = hcl.read({str(folder / "main.tf"): b""})
    assert not evidence.problems
    return references(evidence.resources)


@pytest.mark.parametrize(
    "value",
    [
        f'"{PUBLIC}"',
        f'["no", "{PUBLIC}"]',
        f'{{ a = {{ b = "{PUBLIC}" }} }}',
        f'jsonencode({{ HumanTaskConfig = {{ WorkteamArn = "{PUBLIC}" }} }})',
        f'jsonencode({{ n = var.unknown, HumanTaskConfig = {{ WorkteamArn = "{PUBLIC}" }} }})',
        f'"export TEAM={PUBLIC}\\nlaunch"',
        'format("arn:aws:sagemaker:%s:394669845002:workteam/%s-crowd/default", var.unknown, "public")',
        f'var.unknown ? "{PUBLIC}" : "none"',
        'file("team.txt")',
        'templatefile("job.tftpl", { kind = "public" })',
        f'base64encode("{PUBLIC}") == "x" ? "a" : "{PUBLIC}"',
    ],
)
def test_whatever_a_resource_is_given(tmp_path: Path, value: str) -> None:
    code = f'resource "aws_x" "y" {{\n  count = 1\n  value = {value}\n}}\nvariable "unknown" {{}}\n'
    template = "team: arn:aws:sagemaker:eu-west-1:394669845002:workteam/${kind}-crowd/default\n"
    assert found(tmp_path, code, team_txt=PUBLIC, job_tftpl=template) == [("aws_x.y[0]", "PUBLIC", 3)]


def test_blocks_modules_provisioners_and_outputs(tmp_path: Path) -> None:
    code = f"""\
resource "aws_x" "block" {{
  dynamic "environment" {{
    for_each = ["{PUBLIC}"]
    content {{
      team = environment.value
    }}
  }}
}}

resource "aws_x" "script" {{
  provisioner "local-exec" {{
    command = "launch {PUBLIC}"
  }}
}}

data "external" "launch" {{
  query = {{ team = "{VENDOR}" }}
}}

module "elsewhere" {{
  source = "acme/labeling/aws"
  team   = "{PUBLIC}"
}}

output "team" {{
  value = "{PUBLIC}"
}}
"""
    assert found(tmp_path, code) == [
        ("aws_x.block", "PUBLIC", 5),
        ("data.external.launch", "VENDOR", 17),
        ("module.elsewhere", "PUBLIC", 20),
        ("aws_x.script", "PUBLIC", 12),
        ("output.team", "PUBLIC", 26),
    ]


def test_what_a_job_names_is_the_job_s_and_no_team_is_named_twice(tmp_path: Path) -> None:
    code = f"""\
resource "aws_sagemaker_flow_definition" "review" {{
  tags = {{ was = "{VENDOR}", had = "{VENDOR}" }}

  human_loop_config {{
    workteam_arn = "{PUBLIC}"
  }}
}}
"""
    assert found(tmp_path, code) == [("aws_sagemaker_flow_definition.review", "VENDOR", 2)]


def test_who_refuses_or_watches_names_nobody_to_work(tmp_path: Path) -> None:
    statement = f'{{"Effect": "Deny", "Condition": {{"ArnEquals": {{"sagemaker:WorkteamArn": "{PUBLIC}"}}}}}}'
    code = f"""\
resource "aws_iam_policy" "heredoc" {{
  description = "Refuses {PUBLIC}"
  policy = <<-EOT
    {{"Statement": [{statement}]}}
  EOT
}}

resource "aws_cloudwatch_event_rule" "public" {{
  event_pattern = jsonencode({{
    detail = {{ requestParameters = {{ humanTaskConfig = {{ workteamArn = ["{PUBLIC}"] }} }} }}
  }})
}}

resource "aws_x" "patterns" {{
  value = ["arn:aws:sagemaker:*:394669845002:workteam/public-crowd/*", "sagemaker:WorkteamType is public-crowd"]
}}
"""
    assert found(tmp_path, code) == []


def test_a_kind_that_is_open_is_open(tmp_path: Path) -> None:
    team = PUBLIC.replace("public", "${var.kind}")
    code = f'resource "aws_x" "y" {{\n  v = "{team}"\n}}\nvariable "kind" {{}}\n'
    assert found(tmp_path, code) == [("aws_x.y", "OPEN", 2)]


def test_values_that_are_nested_too_deeply_are_open(tmp_path: Path) -> None:
    deep = "[" * 120 + f'"{PUBLIC}"' + "]" * 120
    assert found(tmp_path, f'resource "aws_x" "y" {{\n  v = {deep}\n}}\n') == [("aws_x.y", "OPEN", 2)]


def test_plans(tmp_path: Path) -> None:
    def change(address: str, after: Any, *actions: str) -> dict[str, Any]:
        return {
            "address": address,
            "mode": "managed",
            "type": "aws_x",
            "change": {
                "actions": actions or ("create",),
                "after": after,
                "after_unknown": {},
                "after_sensitive": {"secret": True, "block": [{"secret": True}]},
            },
        }

    document = {
        "planned_values": {
            "outputs": {"team": {"value": VENDOR}, "later": {}, "own": {"sensitive": True, "value": PUBLIC}},
            "root_module": {},
        },
        "configuration": {
            "root_module": {
                "resources": [
                    {
                        "address": "aws_x.list",
                        "type": "aws_x",
                        "provisioners": [
                            {"type": "local-exec", "expressions": {"command": {"constant_value": f"launch {VENDOR}"}}}
                        ],
                    }
                ]
            }
        },
        "resource_changes": [
            change("aws_x.list", {"v": [{"w": PUBLIC}]}),
            change("aws_x.text", {"v": json.dumps({"WorkteamArn": PUBLIC})}),
            change("aws_x.secret", {"secret": f"password and {PUBLIC}"}),
            change("aws_x.block", {"block": [{"secret": PUBLIC, "other": "x"}]}),
            change("aws_x.gone", None, "delete"),
            change("aws_x.policy", {"v": json.dumps({"Statement": [{"Effect": "Deny", "Resource": PUBLIC}]})}),
        ],
    }
    [evidence] = plan.read({"plan.json": json.dumps(document).encode()})
    assert references(evidence.resources) == [
        ("aws_x.list", "PUBLIC", 1),
        ("aws_x.text", "PUBLIC", 1),
        ("aws_x.list", "VENDOR", 1),
        ("output.team", "VENDOR", 1),
        ("aws_x.secret", "PUBLIC", 1),
        ("aws_x.block", "PUBLIC", 1),
        ("output.own", "PUBLIC", 1),
    ]
    shown = [each.peek("workteam_arn") for each in evidence.resources if each.address.endswith(("secret", "block"))]
    assert "394669845002" not in str(shown) and "password" not in str(shown)
