"""Log groups: their key and how long they keep what they get. No entry is read."""

from __future__ import annotations

from gtctl.audit.evidence.live.reading import Reader
from gtctl.audit.model import Resource

_GROUP = "aws_cloudwatch_log_group"


def collect(reader: Reader, region: str) -> list[Resource]:
    """The log groups of a Region."""
    groups, found = reader.listed("logs:DescribeLogGroups", region, "logGroups", _GROUP)
    for group in groups:
        name = group["logGroupName"]
        # The older member ends in ":*", for the streams of the group.
        arn = group.get("logGroupArn") or group["arn"].removesuffix(":*")
        attributes = {
            "id": name,
            "name": name,
            "arn": arn,
            "kms_key_id": group.get("kmsKeyId"),
            "retention_in_days": group.get("retentionInDays"),
        }
        found.append(reader.resource(_GROUP, name, attributes, arn, region))
    return found
