"""The pages of the rules are those that the rules would write today."""

from __future__ import annotations

from pathlib import Path

from gtctl.audit.pages import pages
from gtctl.cli import run

DOCS = Path(__file__).parent.parent.parent / "docs" / "rules"


def test_the_pages_are_up_to_date() -> None:
    written = {file.name: file.read_text() for file in DOCS.iterdir()}
    assert written == pages(), "write them anew: python -m gtctl.audit.pages docs/rules"


def test_a_rule_can_be_shown(capsys: object) -> None:
    assert run(["rules", "show", "gt101"]) == 0
    assert run(["rules", "show", "GT999"]) == 2
    assert run(["rules", "list"]) == 0
    assert run(["rules", "list", "--json"]) == 0
