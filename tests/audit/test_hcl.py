"""What the reader of Terraform code does where the code does not tell everything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gtctl.audit import engine
from gtctl.audit.evidence import hcl
from gtctl.audit.graph import Graph
from gtctl.audit.iam import statements, structure
from gtctl.audit.model import Evidence, Hole, Resource, Unknown, Verdict
from gtctl.audit.registry import rule

BUCKET = 'resource "aws_s3_bucket" "scans" {\n  bucket = "hospital-scans"\n}\n'


def encryption(count: str = "", bucket: str = "aws_s3_bucket.scans.id", key: str = "aws_kms_key.scans.arn") -> str:
    return f"""\
resource "aws_kms_key" "scans" {{}}
resource "aws_s3_bucket_server_side_encryption_configuration" "scans" {{
  {count}
  bucket = {bucket}
  rule {{
    apply_server_side_encryption_by_default {{
      sse_algorithm     = "aws:kms"
      kms_master_key_id = {key}
    }}
  }}
}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "code").mkdir()
    return tmp_path / "code"


def read(folder: Path, text: str = "", **others: str) -> Evidence:
    """The evidence of a folder with main.tf and other files (``a__b_tf`` is a/b.tf)."""
    for name, content in {"main_tf": text, **others}.items():
        file = folder / name.replace("__", "/").replace("_tf_json", ".tf.json").replace("_tf", ".tf")
        file.parent.mkdir(exist_ok=True)
        file.write_text(content)
    [evidence] = hcl.read({str(folder / "main.tf"): b""})
    return evidence


def of(evidence: Evidence, address: str) -> Resource:
    [found] = [resource for resource in evidence.resources if resource.address == address]
    return found


def encrypted(folder: Path, text: str, **others: str) -> Verdict:
    """What GT201 says about the one bucket."""
    evidence = read(folder, text, **others)
    entry = rule("GT201")
    assert entry
    [bucket] = [resource for resource in evidence.resources if resource.type == "aws_s3_bucket"]
    result = engine.verdict(entry, bucket, Graph(evidence.resources), strict=True)
    assert result
    return result.verdict


def test_a_companion_is_found_by_reference_and_by_name(folder: Path) -> None:
    assert encrypted(folder, BUCKET + encryption()) is Verdict.PASS
    assert encrypted(folder, BUCKET + encryption(bucket='"hospital-scans"')) is Verdict.PASS
    assert encrypted(folder, BUCKET + encryption(bucket='"another"')) is Verdict.FAIL


def test_a_companion_is_found_where_both_take_an_unknown_name_from_the_same_place(folder: Path) -> None:
    named = 'variable "prefix" {}\n' + BUCKET.replace("hospital-", "${var.prefix}-")
    assert encrypted(folder, named + encryption(bucket='"${var.prefix}-scans"')) is Verdict.PASS
    assert encrypted(folder, named + encryption(bucket='"${var.prefix}-labels"')) is Verdict.UNKNOWN


def test_a_companion_that_may_not_exist_proves_nothing(folder: Path) -> None:
    switch = 'variable "encrypt" {\n  type = bool\n}\n'
    maybe = "count = var.encrypt ? 1 : 0"
    assert encrypted(folder, switch + BUCKET + encryption(maybe)) is Verdict.UNKNOWN
    both = BUCKET.replace("bucket =", f"{maybe}\n  bucket =")
    assert encrypted(folder, switch + both + encryption(maybe, "aws_s3_bucket.scans[0].id")) is Verdict.PASS


def test_instances_of_an_unknown_collection_are_judged_through_one_of_them(folder: Path) -> None:
    text = 'variable "names" {\n  type = set(string)\n}\n' + BUCKET.replace(
        'bucket = "hospital-scans"', "for_each = var.names\n  bucket = each.key"
    )
    assert encrypted(folder, text) is Verdict.FAIL
    same = encryption("for_each = var.names", "aws_s3_bucket.scans[each.key].id")
    assert encrypted(folder, text + same) is Verdict.PASS
    chained = encryption("for_each = aws_s3_bucket.scans", "each.value.id")
    assert encrypted(folder, text + chained) is Verdict.PASS
    other = 'variable "others" {\n  type = set(string)\n}\n' + same.replace("= var.names", "= var.others")
    assert encrypted(folder, text + other) is Verdict.UNKNOWN


def test_a_module_whose_code_is_not_there_may_hold_anything(folder: Path) -> None:
    call = 'module "settings" {\n  source = "acme/settings/aws"\n  bucket = %s\n}\n'
    assert encrypted(folder, BUCKET + call % "aws_s3_bucket.scans.id") is Verdict.UNKNOWN
    assert encrypted(folder, BUCKET + call % '"another"') is Verdict.FAIL


def test_what_a_value_hangs_on_is_said_in_the_reason(folder: Path) -> None:
    evidence = read(folder, 'variable "key" {}\nlocals {\n  key = var.key\n}\n' + BUCKET + encryption(key="local.key"))
    value = of(evidence, "aws_s3_bucket_server_side_encryption_configuration.scans").peek(
        "rule.apply_server_side_encryption_by_default.kms_master_key_id"
    )
    assert isinstance(value, Unknown)
    assert value.reason == "var.key has no value in the code"
    assert value.nullable


def test_text_keeps_what_is_known_of_it(folder: Path) -> None:
    evidence = read(folder, 'variable "p" {}\nresource "x" "y" {\n  name = lower("ARN:${var.p}:/S")\n}\n')
    value = of(evidence, "x.y").peek("name")
    assert isinstance(value, Unknown)
    assert [part for part in value.parts if isinstance(part, str)] == ["arn:", ":/s"]


def test_a_dynamic_block_of_an_unknown_collection_is_an_unknown_block(folder: Path) -> None:
    text = 'resource "x" "y" {\n  dynamic "b" {\n    for_each = var.on ? [1] : []\n    content {}\n  }\n}'
    [block] = of(read(folder, 'variable "on" {}\n' + text), "x.y").all("b")[0]
    assert isinstance(block, Unknown)


@pytest.mark.parametrize("spelled", ["document", "jsonencode", "heredoc", "source_documents"])
def test_a_policy_keeps_its_known_statements_whichever_way_it_is_written(folder: Path, spelled: str) -> None:
    ways = {
        "document": 'data "aws_iam_policy_document" "d" {\n  statement {\n    sid = "S"\n    actions = ["a:B"]\n'
        '    resources = [var.r]\n  }\n}\nresource "p" "p" {\n  policy = data.aws_iam_policy_document.d.json\n}',
        "jsonencode": 'resource "p" "p" {\n  policy = jsonencode({ Statement = [{ Sid = "S", Effect = "Allow", '
        'Action = "a:B", Resource = var.r }] })\n}',
        "heredoc": 'resource "p" "p" {\n  policy = <<EOF\n{"Statement": {"Sid": "S", "Effect": "Allow", '
        '"Action": "a:B", "Resource": "${var.r}"}}\nEOF\n}',
        "source_documents": 'data "aws_iam_policy_document" "a" {\n  statement {\n    sid = "S"\n'
        '    actions = ["a:B"]\n    resources = [var.r]\n  }\n}\ndata "aws_iam_policy_document" "d" {\n'
        "  source_policy_documents = [data.aws_iam_policy_document.a.json]\n}\n"
        'resource "p" "p" {\n  policy = data.aws_iam_policy_document.d.json\n}',
    }
    evidence = read(folder, 'variable "r" {}\n' + ways[spelled])
    [statement] = statements(of(evidence, "p.p").peek("policy"))
    assert (statement.sid, statement.allows, statement.covers("a:b")) == ("S", True, True)
    assert isinstance(statement.resources[0], Unknown)


def test_override_files_and_the_json_syntax_are_read(folder: Path) -> None:
    evidence = read(
        folder,
        BUCKET,
        override_tf='resource "aws_s3_bucket" "scans" {\n  bucket = "overridden"\n}\n',
        more_tf_json='{"resource": {"x": {"y": {"name": "n-${upper(\\"a\\")}", "block": [{"z": 1}]}}}}',
    )
    assert of(evidence, "aws_s3_bucket.scans").get("bucket") == "overridden"
    assert of(evidence, "x.y").get("name") == "n-A"
    assert of(evidence, "x.y").get("block.z") == 1


def test_a_resource_that_is_declared_twice_is_a_problem(folder: Path) -> None:
    evidence = read(folder, BUCKET, more_tf=BUCKET)
    assert [problem.message for problem in evidence.problems] == ["aws_s3_bucket.scans is declared twice"]


def test_lines_are_those_of_the_attributes(folder: Path) -> None:
    resource = of(read(folder, BUCKET + encryption()), "aws_s3_bucket_server_side_encryption_configuration.scans")
    assert resource.location.line == 5
    assert resource.line_of("rule.apply_server_side_encryption_by_default.sse_algorithm") == 10
    assert resource.line_of("rule.missing") == 8


@pytest.mark.parametrize(
    "text",
    [
        'resource "a" "b" {',
        'locals {\n  a = local.a\n  b = local.b\n}\nresource "x" "y" {\n  z = local.a\n}',
        'module "m" {\n  source = "./"\n}',
        'resource "x" "y" {\n  count = 1000000000\n  z = count.index\n}',
        'resource "x" "y" {\n  z = [for i in range(100000000) : i]\n}',
        "locals {\n  a = " + "(" * 5000 + ")" * 5000 + "\n}",
        'resource "x" "y" {\n  z = ' + "!" * 5000 + "true\n}",
        'resource "x" "y" {\n  z = "${"\n}',
        'resource "x" "y" {\n  z = <<EOF\n}',
        "\x00",
    ],
)
def test_code_that_terraform_would_refuse_raises_nothing(folder: Path, text: str) -> None:
    evidence: Any = read(folder, text)
    assert evidence.problems or all(isinstance(resource, Resource) for resource in evidence.resources)


def test_a_key_that_is_not_known_is_not_taken_for_text(folder: Path) -> None:
    evidence = read(
        folder,
        """
variable "key" {}
resource "aws_iam_policy" "x" {
  policy = jsonencode({ Statement = [{ Condition = { Null = { (var.key) = "true", other = "true" } } }] })
}
resource "aws_s3_bucket" "x" {
  for_each = { (var.key) = "a" }
  bucket   = "hospital-${each.key}"
}
resource "x" "y" {
  a = { (var.key) = "a" }["b"]
  b = { (var.key) = "a" }[var.key]
}
""",
    )
    [statement] = statements(of(evidence, "aws_iam_policy.x").peek("policy"))
    assert [(condition.operator, condition.key) for condition in statement.conditions] == [("null", "")]
    assert of(evidence, 'aws_s3_bucket.x["var.key"]').peek("bucket").parts == ("hospital-", Hole("var.key"))
    assert isinstance(of(evidence, "x.y").peek("a"), Unknown)
    assert of(evidence, "x.y").get("b") == "a"


def test_json_that_is_written_and_read_again_keeps_what_is_known(folder: Path) -> None:
    evidence = read(
        folder,
        """
variable "team" {}
variable "teams" {}
locals {
  either = jsondecode(length(var.teams) > 0 ? jsonencode([var.teams]) : jsonencode(["none"]))
}
resource "x" "y" {
  a = jsonencode(merge({ source = "a" }, jsondecode(jsonencode({ team = var.team, name = "b" }))))
  b = local.either
}
""",
    )
    pattern = structure(of(evidence, "x.y").peek("a"))
    assert (pattern["source"], pattern["name"], pattern["team"].symbol) == ("a", "b", "var.team")
    assert of(evidence, "x.y").peek("b").options[1] == ["none"]


# OpenTofu's files


def write(folder: Path, **files: str) -> list[Evidence]:
    """The evidence of files: ``main_tofu_json`` is main.tofu.json."""
    for name, text in files.items():
        (folder / name.replace("_", ".").replace("main.override", "main_override")).write_text(text)
    return list(hcl.read({str(folder / "main"): b""}))


def bucket(name: str) -> str:
    return BUCKET.replace("hospital-scans", name)


def test_code_of_opentofu_alone_is_read(folder: Path) -> None:
    json_syntax = '{"resource": {"aws_s3_bucket": {"labels": {"bucket": "labels"}}}}'
    [evidence] = write(folder, main_tofu=bucket("scans"), more_tofu_json=json_syntax)
    assert {resource.get("bucket") for resource in evidence.resources} == {"scans", "labels"}


def test_code_for_both_is_judged_as_each_of_the_two_reads_it(folder: Path) -> None:
    found = write(folder, main_tf=bucket("by-terraform"), main_tofu=bucket("by-tofu"), other_tf="", extra_tofu="")
    assert [[resource.get("bucket") for resource in each.resources] for each in found] == [
        ["by-terraform"],
        ["by-tofu"],
    ]


def test_a_module_of_opentofu_is_no_module_that_is_missing(folder: Path) -> None:
    (folder / "inner").mkdir()
    (folder / "inner" / "main.tofu").write_text(bucket("scans"))
    [evidence] = write(folder, main_tf='module "inner" {\n  source = "./inner"\n}\n')
    assert [resource.address for resource in evidence.resources] == ["module.inner.aws_s3_bucket.scans"]


@pytest.mark.parametrize("name", ["override_tf", "main_override_tf_json"])
def test_an_override_file_overrides_in_any_folder(folder: Path, name: str) -> None:
    text = '{"resource": {"aws_s3_bucket": {"scans": {"bucket": "other"}}}}' if "json" in name else bucket("other")
    [evidence] = write(folder, main_tf=bucket("scans"), **{name: text})
    assert not evidence.problems
    assert [resource.get("bucket") for resource in evidence.resources] == ["other"]


def test_a_byte_order_mark_is_no_part_of_the_code(folder: Path) -> None:
    (folder / "terraform.tfvars").write_bytes(b'\xef\xbb\xbfname = "scans"')
    (folder / "main.tf").write_bytes(b"\xef\xbb\xbf" + b'variable "name" {}\n' + bucket("${var.name}").encode())
    [evidence] = hcl.read({str(folder / "main.tf"): b""})
    assert not evidence.problems
    assert evidence.resources[0].get("bucket") == "scans"
