"""Where the Terraform code and the policies lie: at the top of a checkout, or inside the wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def asset_root() -> Path:
    """The directory that holds ``terraform/``, ``modules/`` and ``policies/``."""
    in_wheel = _PACKAGE / "_assets"
    return in_wheel if in_wheel.is_dir() else _PACKAGE.parent
