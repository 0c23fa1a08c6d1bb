"""What the user says about their account: ``gtctl.toml``, or ``[tool.gtctl]`` of pyproject.toml."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

CLASSIFICATIONS = ("phi", "legal", "financial", "pii", "public")


@dataclass(frozen=True, slots=True)
class Settings:
    """classification: pattern of a bucket or S3 URI -> one of CLASSIFICATIONS; the longest pattern that fits wins.
    allowed_workteams: patterns of workteam ARNs that may see images; empty: any private one of our accounts.
    own_accounts: account ids that are ours; empty: not known.
    severity: rule id -> severity. exclude: patterns of paths that are not read.
    """

    classification: Mapping[str, str] = field(default_factory=dict)
    allowed_workteams: Sequence[str] = ()
    own_accounts: Sequence[str] = ()
    severity: Mapping[str, str] = field(default_factory=dict)
    exclude: Sequence[str] = ()

    def is_sensitive(self, place: Any) -> bool:
        """Whether images at ``place`` (bucket name or S3 URI) are sensitive: all are that are not declared public."""
        if not isinstance(place, str):
            return True
        bucket_and_key = place.removeprefix("s3://")
        fitting = [
            pattern
            for pattern in self.classification
            if fnmatchcase(bucket_and_key, pattern.removeprefix("s3://"))
            or fnmatchcase(bucket_and_key, f"{pattern.removeprefix('s3://').rstrip('/*')}/*")
        ]
        return not fitting or self.classification[max(fitting, key=len)] != "public"
