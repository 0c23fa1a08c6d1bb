"""What rules ask about trails: which events of which buckets they record, and where evidence lies.

Event selectors: CloudTrail User Guide, "Logging data events", in both styles.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gtctl.audit.graph import UNRESOLVED_MODULE, Graph, elsewhere
from gtctl.audit.model import Hole, Resource, Undecided, Unknown, all_of, any_of, may_equal

KEPT_DAYS = 2192
"""Six years: how long 45 CFR 164.316(b)(2)(i) wants evidence to be kept."""

_OBJECTS = "AWS::S3::Object"
_S3_ARN = "arn:?:s3:::"
_TRAILS = ("aws_cloudtrail", "aws_cloudtrail_event_data_store")


def parts(resource: Resource, path: str) -> list[Resource]:
    """The blocks at ``path``, each to be asked like a resource."""
    return [replace(resource, attributes=block) for block in resource.blocks(path)]


def trails(graph: Graph) -> list[Resource]:
    """The trails and event data stores.

    Undecided where code has none: one may be in a module whose code is not there, or outside of this code.
    """
    found = graph.of_type(*_TRAILS)
    if not found and not graph.complete:
        modules = graph.of_type(UNRESOLVED_MODULE)
        where = f"{modules[0].address} may hold one, and its code is not there" if modules else "it may be elsewhere"
        raise Undecided(f"this code has no trail: {where}")
    return found


def is_recorded(bucket: Resource, graph: Graph, *, reads: bool) -> bool:
    """Whether some trail records every read (else: every write) of an object in ``bucket``."""

    def records(trail: Resource) -> bool:
        return _runs(trail, bucket) and (
            any_of(parts(trail, "event_selector"), lambda block: _basic(block, bucket, graph, reads))
            or any_of(parts(trail, "advanced_event_selector"), lambda block: _advanced(block, bucket, graph, reads))
        )

    return any_of(trails(graph), records)


def records_management(trail: Resource) -> bool:
    """Whether ``trail`` records who changed and started what: all management events that write, of all services."""
    basic, advanced = parts(trail, "event_selector"), parts(trail, "advanced_event_selector")
    if not basic and not advanced:
        return trail.type == "aws_cloudtrail"  # a trail's default; a data store's is all management events, too

    def writes(block: Resource) -> bool:
        return (
            block.get("include_management_events") not in (False, "false")
            and block.get("read_write_type") in (None, "All", "WriteOnly")
            and all_of(
                block.blocks("exclude_management_event_sources"), lambda source: source == "rdsdata.amazonaws.com"
            )
        )

    def whole(block: Resource) -> bool:
        fields = parts(block, "field_selector")
        return any_of(
            fields,
            lambda field: (
                field.get("field") == "eventCategory"
                and any_of(field.blocks("equals"), lambda value: value == "Management")
            ),
        ) and all_of(fields, lambda field: field.get("field") == "eventCategory" or _only_writes(field))

    return any_of(basic, writes) or any_of(advanced, whole)


def _only_writes(field: Resource) -> bool:
    return field.get("field") == "readOnly" and any_of(field.blocks("equals"), lambda value: _text(value) == "false")


def of_all_regions(trail: Resource) -> bool:
    """Whether ``trail`` records all Regions, and what belongs to none."""
    return trail.get("is_multi_region_trail") in (True, "true") and trail.get("include_global_service_events") not in (
        False,
        "false",
    )


def takes_trail(group: Resource, graph: Graph) -> bool:
    """Whether a trail writes to the log group ``group``."""

    def writes(trail: Resource) -> bool:
        # The ARN of a group, and ":*" for its streams.
        value = _without(trail.peek("cloud_watch_logs_group_arn"), ":*")
        target = graph.target(value, "aws_cloudwatch_log_group")
        if target:
            return target is group
        if isinstance(value, str) and isinstance(group.peek("arn"), str):
            return False  # another account's or Region's, whatever its name
        if ":log-group:" not in _literal(value):
            return False
        equal = may_equal(_after(value, ":log-group:"), group.peek("name"))
        if equal is None:
            raise Undecided(f"whether {trail.address} writes to {group.address} is not known")
        return equal

    return any_of(
        [trail for trail in graph.of_type("aws_cloudtrail") if trail.peek("cloud_watch_logs_group_arn") is not None],
        writes,
    )


def receives_trail(bucket: Resource, graph: Graph) -> list[Resource]:
    """The trails that deliver to ``bucket``."""
    return graph.related(bucket, "aws_cloudtrail", "s3_bucket_name")


def receives_access_logs(bucket: Resource, graph: Graph) -> list[Resource]:
    """The buckets' logging settings that name ``bucket`` as their target."""
    return graph.related(bucket, "aws_s3_bucket_logging", "target_bucket")


def _runs(trail: Resource, bucket: Resource) -> bool:
    if trail.get("enable_logging") in (False, "false") or trail.get("suspend") in (True, "true"):
        return False
    if elsewhere(trail, bucket) and not of_all_regions(trail):
        return False
    if not set(trail.when) <= set(bucket.when):
        raise Undecided(f"whether {trail.address} exists hangs on {', '.join(trail.when)}")
    return True


def _basic(selector: Resource, bucket: Resource, graph: Graph, reads: bool) -> bool:
    if selector.get("read_write_type") not in (None, "All", "ReadOnly" if reads else "WriteOnly"):
        return False

    def takes_in(block: Resource) -> bool:
        return block.get("type") == _OBJECTS and any_of(
            block.blocks("values"), lambda value: _covers(value, bucket, graph)
        )

    return any_of(parts(selector, "data_resource"), takes_in)


def _advanced(selector: Resource, bucket: Resource, graph: Graph, reads: bool) -> bool:
    fields = parts(selector, "field_selector")

    def says(name: str, wanted: str) -> bool:
        return any_of(
            fields,
            lambda field: field.get("field") == name and any_of(field.blocks("equals"), lambda value: value == wanted),
        )

    def narrows(field: Resource) -> bool:
        match field.get("field"):
            case "eventCategory" | "resources.type":
                return False
            case "readOnly":
                return not any_of(field.blocks("equals"), lambda value: _text(value) == str(reads).lower())
            case "resources.ARN":
                return _leaves_out(field, bucket, graph)
        return True  # some events, or somebody's, only

    return says("eventCategory", "Data") and says("resources.type", _OBJECTS) and not any_of(fields, narrows)


def _leaves_out(field: Resource, bucket: Resource, graph: Graph) -> bool:
    """Whether a condition on the ARN of objects leaves out any object of ``bucket``."""
    if any_of(("equals", "ends_with", "not_ends_with"), lambda operator: bool(field.blocks(operator))):
        return True
    starts = field.blocks("starts_with")
    if starts and not any_of(starts, lambda value: _covers(value, bucket, graph)):
        return True
    return any_of(
        (*field.blocks("not_equals"), *field.blocks("not_starts_with")), lambda value: _touches(value, bucket, graph)
    )


def _covers(value: Any, bucket: Resource, graph: Graph) -> bool:
    """Whether every object of ``bucket`` has an ARN that begins with ``value``."""
    start = _literal(value)
    if start.rstrip(":") == _S3_ARN.rstrip(":"):
        return True  # arn:aws:s3 and arn:aws:s3:::, every bucket
    name = bucket.peek("bucket")
    if isinstance(value, str) and isinstance(name, str):
        return f"{name}/".startswith(value.partition(":::")[2])
    if "/" in start.removesuffix("/"):
        return False  # a part of a bucket
    return _names(_without(value, "/"), bucket, graph)


def _touches(value: Any, bucket: Resource, graph: Graph) -> bool:
    """Whether ``value`` is, or begins, the ARN of some object of ``bucket``."""
    name = bucket.peek("bucket")
    if isinstance(value, str) and isinstance(name, str):
        start = value.partition(":::")[2]
        return f"{name}/".startswith(start) or start.startswith(f"{name}/")
    return _names(_before(value, "/"), bucket, graph)


def _names(value: Any, bucket: Resource, graph: Graph) -> bool:
    """Whether ``value`` is the ARN of ``bucket``."""
    target = graph.target(value, "aws_s3_bucket")
    if target is bucket and isinstance(value, Unknown) and value.refers:
        value.undecided()  # it refers to the bucket, and there may be more text behind it
    if target:
        return target is bucket
    name = bucket.peek("bucket")
    if _literal(value).startswith(_S3_ARN):
        value = _after(value, ":::")
    equal = False if name is None and isinstance(value, str) else may_equal(value, name)
    if equal is None:
        (value if isinstance(value, Unknown) else name).undecided()
    return bool(equal)


def _literal(value: Any) -> str:
    """The text of ``value`` with its holes as ?, the partition always."""
    if not isinstance(value, Unknown):
        text = str(value)
    else:
        text = "".join(part if isinstance(part, str) else "?" for part in value.parts)
    head, _, rest = text.partition(":")
    return f"arn:?:{rest.partition(':')[2]}" if head == "arn" and ":" in rest else text


def _without(value: Any, suffix: str) -> Any:
    if not isinstance(value, Unknown):
        return str(value).removesuffix(suffix)
    if not isinstance(value.parts[-1], str):
        return value
    last = value.parts[-1].removesuffix(suffix)
    return Unknown(value.reason, (*value.parts[:-1], *([last] if last else [])), nullable=False)


def _after(value: Any, mark: str) -> Any:
    """What follows the first ``mark`` in the known text of ``value``."""
    if not isinstance(value, Unknown):
        return str(value).partition(mark)[2]
    for at, part in enumerate(value.parts):
        if isinstance(part, str) and mark in part:
            rest = part.partition(mark)[2]
            return Unknown(value.reason, (*([rest] if rest else []), *value.parts[at + 1 :]), nullable=False)
    return value


def _before(value: Any, mark: str) -> Any:
    """What comes before the first ``mark`` in the known text of ``value``."""
    if not isinstance(value, Unknown):
        return str(value).partition(mark)[0]
    kept: list[str | Hole] = []
    for part in value.parts:
        if isinstance(part, str) and mark in part:
            kept += [part.partition(mark)[0]] if part.partition(mark)[0] else []
            break
        kept.append(part)
    return Unknown(value.reason, tuple(kept), nullable=False)


def _text(value: Any) -> str:
    # Terraform's true is a text here.
    return str(value).lower() if isinstance(value, bool) else value
