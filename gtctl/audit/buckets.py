"""What rules ask about buckets."""

from __future__ import annotations

from collections.abc import Mapping

from gtctl.audit.conditions import Probe, Request, denied
from gtctl.audit.graph import Graph
from gtctl.audit.iam import Statement, statements
from gtctl.audit.model import Resource, any_of, is_set
from gtctl.audit.rule import Result, Verdict

# Whoever asks is a person or role, none that a policy names and no AWS service.
_CALLER: Request = {
    "aws:principalarn": Probe.OTHER,
    "aws:principalisawsservice": "false",
    "aws:securetransport": "true",
    "aws:viaawsservice": "false",
    "s3:x-amz-server-side-encryption": Probe.ABSENT,
    "s3:x-amz-server-side-encryption-aws-kms-key-id": Probe.ABSENT,
    "s3:x-amz-server-side-encryption-customer-algorithm": Probe.ABSENT,
}


def policy(bucket: Resource, graph: Graph) -> list[Statement]:
    """The statements of the bucket's policy, wherever it is declared; none where it has none."""
    separate = graph.related(bucket, "aws_s3_bucket_policy", "bucket")
    values = [holder.peek("policy") for holder in separate] or [bucket.peek("policy")]
    return [statement for value in values if is_set(value) for statement in statements(value)]


def refuses(bucket: Resource, graph: Graph, action: str, request: Mapping[str, str | Probe]) -> bool:
    """Whether the bucket's policy denies ``action`` on every object to whoever asks as ``request`` says."""
    return denied(policy(bucket, graph), action, {**_CALLER, **request})


def where_images_lie(result: Result, bucket: Resource, graph: Graph) -> Result | None:
    """``result``, unless it is a failure of a bucket that holds no images.

    That is one which the settings call public, or to which access logs or a trail are delivered.
    """
    if result.verdict is not Verdict.FAIL:
        return result
    if not graph.settings.is_sensitive(bucket.peek("bucket")):
        return None
    # Asked last: where logs go is often a variable, and a bucket that passes need not wait for it.
    return None if _gets_logs(bucket, graph) else result


def _gets_logs(bucket: Resource, graph: Graph) -> bool:
    def of_others() -> bool:
        # A bucket that logs into itself holds whatever else it is for.
        own = graph.related(bucket, "aws_s3_bucket_logging", "bucket")
        return any(logging not in own for logging in graph.related(bucket, "aws_s3_bucket_logging", "target_bucket"))

    def of_a_trail() -> bool:
        return bool(graph.related(bucket, "aws_cloudtrail", "s3_bucket_name"))

    return any_of((of_others, of_a_trail), lambda question: bool(question()))
