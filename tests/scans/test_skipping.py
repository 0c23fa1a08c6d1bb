"""Every reason is explained, where it is printed and in the guide."""

from __future__ import annotations

from pathlib import Path

from gtctl.scans.skipping import Reason

GUIDE = Path(__file__).parents[2] / "docs/scans.md"


def test_the_guide_explains_every_reason_in_the_words_of_the_program() -> None:
    guide = GUIDE.read_text().splitlines()
    for reason in Reason:
        assert f"| `{reason.value}` | {reason.explanation} |" in guide
