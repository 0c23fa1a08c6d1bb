"""The Terraform code itself: formatted, valid, documented, in one style, and clean for checkov."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hcl2
import pytest

from gtctl.infra.toolchain import find_terraform
from tests.terraform.conftest import MODULES, ROOT, ROOTS, RunTerraform, copy_code

FILES = sorted(
    path for top in ("terraform", "modules") for path in (ROOT / top).rglob("*.tf") if ".terraform" not in path.parts
)
CHECKOV = ROOT / ".venv-checkov" / "bin" / "checkov"


def _blocks(file: str, kind: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Folder, name and body of each block ``kind`` in the files of that name."""
    for path in FILES:
        if path.name == file and "examples" not in path.parts:
            for block in hcl2.loads(path.read_text(encoding="utf-8")).get(kind, []):
                for name, body in block.items():
                    yield str(path.parent.relative_to(ROOT)), json.loads(name), body


def test_it_is_formatted() -> None:
    for top in ("terraform", "modules"):
        done = subprocess.run(
            [find_terraform().path, "fmt", "-check", "-diff", "-recursive"],
            cwd=ROOT / top,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.timeout(600)
def test_it_is_valid(terraform: RunTerraform, code: Path) -> None:
    """All that somebody may run Terraform in, as modules of one configuration: the provider is started once."""
    calls = ['variable "anything" {}']
    for number, folder in enumerate(ROOTS):
        required = [
            json.loads(name)
            for path in (code / folder).glob("*.tf")
            for block in hcl2.loads(path.read_text(encoding="utf-8")).get("variable", [])
            for name, body in block.items()
            if "default" not in body
        ]
        arguments = [f"{name} = var.anything" for name in required]
        calls += [f'module "m{number}" {{', f'source = "../{folder}"', *arguments, "}"]
    (code / "all").mkdir()
    (code / "all" / "main.tf").write_text("\n".join(calls))
    assert "Success!" in terraform("all", "validate")


@pytest.mark.parametrize("module", MODULES)
def test_a_module_has_everything_that_users_look_for(module: str) -> None:
    folder = ROOT / "modules" / module
    for name in ("main.tf", "variables.tf", "outputs.tf", "versions.tf", "README.md"):
        assert (folder / name).is_file(), name
    assert list(folder.glob("examples/*/main.tf"))
    assert list(folder.glob("tests/*.tftest.hcl"))
    assert "<!-- BEGIN_TF_DOCS -->" in (folder / "README.md").read_text(encoding="utf-8")


def test_the_readmes_tables_are_those_of_the_code() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/terraform_docs.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_every_variable_is_typed_and_described() -> None:
    for folder, name, body in _blocks("variables.tf", "variable"):
        assert body.get("type"), f"{folder}: {name} has no type"
        assert body.get("description"), f"{folder}: {name} has no description"
        # any takes everything, so a typing error would be found on the account only.
        assert "any" not in re.findall(r"\w+", body["type"]), f"{folder}: {name} has type any"


def test_every_variable_is_validated_here_or_in_the_module_that_gets_it() -> None:
    variables = {(folder, name): body for folder, name, body in _blocks("variables.tf", "variable")}
    checked = {key for key, body in variables.items() if body.get("validation")}
    for folder, _, module in _blocks("main.tf", "module"):
        source = str((ROOT / folder / json.loads(module["source"])).resolve().relative_to(ROOT))
        checked |= {
            (folder, name)
            for argument, value in module.items()
            if (source, argument) in checked
            for name in re.findall(r"\bvar\.(\w+)", str(value))
        }
    # A switch has no wrong value.
    switches = {key for key, body in variables.items() if body["type"] == "bool"}
    assert sorted(variables.keys() - checked - switches) == []


def test_every_output_is_described() -> None:
    for folder, name, body in _blocks("outputs.tf", "output"):
        assert body.get("description"), f"{folder}: {name} has no description"


def test_no_partition_is_taken_for_granted() -> None:
    for path in (path for path in FILES if "examples" not in path.parts):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            assert not re.search(r'"arn:aws:', line), f"{path.relative_to(ROOT)}:{number}: {line.strip()}"


def test_every_module_takes_the_same_versions() -> None:
    found = {
        path.read_text(encoding="utf-8") for path in FILES if path.name == "versions.tf" and "modules" in path.parts
    }
    assert len(found) == 1
    assert '">= 5.100.0, < 7.0.0"' in found.pop()


@pytest.mark.skipif(not CHECKOV.exists(), reason="checkov's environment is made by make setup")
@pytest.mark.timeout(300)
def test_checkov_finds_nothing_and_every_skip_has_its_reason(tmp_path: Path) -> None:
    copy_code(tmp_path)
    done = subprocess.run(
        [
            *(CHECKOV, "--directory", ".", "--framework", "terraform"),
            *("--skip-download", "--output", "json", "--quiet"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    report = json.loads(done.stdout)
    failed = [f"{c['check_id']} {c['resource']} ({c['file_path']})" for c in report["results"].get("failed_checks", [])]
    assert failed == []
    assert report["summary"]["parsing_errors"] == 0
    skips = [
        (path, line)
        for path in FILES
        for line in path.read_text(encoding="utf-8").splitlines()
        if "checkov:skip" in line
    ]
    for path, line in skips:
        # An auditor reads it: a sentence, not a word.
        assert re.search(r"checkov:skip=CKV2?_\w+: ?\S+( \S+){3,}", line), f"{path.relative_to(ROOT)}: {line.strip()}"
