"""The reader of Terraform code against Terraform itself."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from gtctl.audit.evidence import hcl
from gtctl.audit.model import first_unknown
from tests.audit.terraform_plan import planned

LANGUAGE = Path(__file__).parent / "language"


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Address -> what Terraform makes of ``input``."""
    folder = tmp_path_factory.mktemp("language")
    shutil.copytree(LANGUAGE, folder, dirs_exist_ok=True)
    plan = json.loads(planned(folder, tmp_path_factory.mktemp("terraform")))
    return {change["address"]: change["change"]["after"].get("input") for change in plan["resource_changes"]}


@pytest.fixture(scope="module")
def read() -> dict[str, Any]:
    """Address -> what the reader makes of ``input``."""
    file = LANGUAGE / "main.tf"
    [evidence] = hcl.read({str(file): file.read_bytes()})
    assert not evidence.problems
    return {resource.address: resource.attributes.get("input") for resource in evidence.resources}


def test_the_reader_finds_the_instances_that_terraform_makes(expected: dict[str, Any], read: dict[str, Any]) -> None:
    assert read.keys() == expected.keys()


def test_the_reader_evaluates_expressions_as_terraform_does(expected: dict[str, Any], read: dict[str, Any]) -> None:
    for address, wanted in expected.items():
        assert first_unknown(read[address]) is None, address
        if isinstance(wanted, dict):
            for name, value in wanted.items():
                assert read[address].get(name) == value, f"{address} {name}"
        else:
            assert read[address] == wanted, address
