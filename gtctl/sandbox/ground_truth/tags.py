"""ListTags, AddTags and DeleteTags for what Ground Truth has; moto has them for everything else."""

from __future__ import annotations

from gtctl.sandbox.ground_truth.errors import invalid, not_found
from gtctl.sandbox.ground_truth.state import Json, RegionState

_KINDS = ("workteam", "labeling-job", "flow-definition", "workforce")


def is_ours(request: Json) -> bool:
    """Whether the request's ResourceArn names a Ground Truth resource."""
    return _kind(request) in _KINDS


def from_request(request: Json) -> dict[str, str]:
    """The Tags member of a Create request as a mapping. A key given twice is refused."""
    entries = request.get("Tags", [])
    tags = {tag["Key"]: tag["Value"] for tag in entries}
    if len(tags) != len(entries):
        raise invalid("Duplicate tag keys are not allowed.")
    return tags


def as_list(tags: dict[str, str]) -> list[Json]:
    """A mapping of tags as the API writes them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _kind(request: Json) -> str:
    parts = str(request.get("ResourceArn", "")).split(":", 5)
    return parts[5].partition("/")[0] if len(parts) == 6 else ""


def _tags_of(region: RegionState, request: Json) -> dict[str, str]:
    if _kind(request) == "workforce":
        # What the service says: workforces can be created with tags, but not listed by them.
        raise invalid("Invalid resource type: workforce")
    try:
        return region.tags[request["ResourceArn"]]
    except KeyError:
        raise not_found("Requested resource not found.") from None


def list_tags(region: RegionState, request: Json) -> Json:
    """ListTags."""
    return {"Tags": as_list(_tags_of(region, request))}


def add_tags(region: RegionState, request: Json) -> Json:
    """AddTags."""
    with region.lock:
        tags = _tags_of(region, request)
        merged = tags | from_request(request)
        if len(merged) > 50:
            raise invalid("A resource can have at most 50 tags.")
        tags.update(merged)
        return {"Tags": as_list(tags)}


def delete_tags(region: RegionState, request: Json) -> Json:
    """DeleteTags."""
    with region.lock:
        tags = _tags_of(region, request)
        for key in request["TagKeys"]:
            tags.pop(key, None)
        return {}


OPERATIONS = {"ListTags": list_tags, "AddTags": add_tags, "DeleteTags": delete_tags}
