"""Where moto, as released, stands in the way of correct Terraform code. Each fix says what it mends."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import Any

from moto.s3.models import FakeBucket

LOG_DELIVERY = "logging.s3.amazonaws.com"


def apply() -> None:
    """Mend moto in this process."""
    FakeBucket._log_permissions_enabled_policy = staticmethod(may_deliver_logs)


def may_deliver_logs(target_bucket: Any, target_prefix: str | None) -> bool:
    """Whether the bucket's policy lets S3 deliver access logs below the prefix.

    moto's own check fails with an AttributeError where an earlier statement has ``"Principal": "*"``, and knows
    no wildcards in resources.
    """
    if not target_bucket.policy:
        return False
    statements = _many(json.loads(target_bucket.policy).get("Statement"))
    delivered_to = f"arn:{target_bucket.partition}:s3:::{target_bucket.name}/{target_prefix or ''}example"
    return any(
        statement.get("Effect") == "Allow"
        and isinstance(principal := statement.get("Principal"), dict)
        and LOG_DELIVERY in _many(principal.get("Service"))
        and any(fnmatchcase("s3:PutObject", action) for action in _many(statement.get("Action")))
        and any(fnmatchcase(delivered_to, resource) for resource in _many(statement.get("Resource")))
        for statement in statements
    )


def _many(value: Any) -> list[Any]:
    """IAM writes a list of one as the one."""
    return value if isinstance(value, list) else [] if value is None else [value]
