"""The tests that the modules and the root bring along (`terraform test`), with a mocked provider."""

from __future__ import annotations

import re

import pytest

from tests.terraform.conftest import MODULES, RunTerraform


@pytest.mark.timeout(600)
@pytest.mark.parametrize("folder", [*(f"modules/{name}" for name in MODULES), "terraform", "terraform/bootstrap"])
def test_its_own_tests_pass(terraform: RunTerraform, folder: str) -> None:
    said = terraform(folder, "test")
    assert re.search(r"Success! [1-9]\d* passed, 0 failed", said), said
