"""The resources of one evaluation and how they point at each other: by reference and by name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from gtctl.audit.model import Hole, Resource, Undecided, Unknown, may_equal
from gtctl.audit.settings import Settings

# What others may name a resource by, besides id, arn and name.
_NAMED_BY = {
    "aws_s3_bucket": ("bucket",),
    "aws_kms_key": ("key_id",),
    "aws_sagemaker_workteam": ("workteam_name",),
    "aws_sagemaker_workforce": ("workforce_name",),
    "aws_sagemaker_labeling_job": ("labeling_job_name",),
}
UNRESOLVED_MODULE = "module"
"""Type of the resource that stands for a module whose code is not there: it may hold anything."""


class Graph:
    """Every resource that belongs together (one root module, one plan, one job), and the user's settings."""

    def __init__(self, resources: Iterable[Resource], settings: Settings | None = None) -> None:
        self.all = list(resources)
        self.settings = settings or Settings()
        self._by_type: dict[str, list[Resource]] = defaultdict(list)
        self._by_address: dict[str, Resource] = {}
        for resource in self.all:
            self._by_type[resource.type].append(resource)
            self._by_address[resource.address] = resource
        self._links: dict[tuple[str, str], dict[str, list[Resource]]] = {}
        self._loose: dict[tuple[str, str], list[tuple[Resource, Any]]] = {}
        self._names: dict[Resource, list[Any]] = {}

    def of_type(self, *types: str) -> list[Resource]:
        """The resources of these types."""
        return [resource for type_ in types for resource in self._by_type[type_]]

    def target(self, value: Any, *types: str) -> Resource | None:
        """The resource (of ``types``, if given) that ``value`` points at; None where that is none of this graph.

        ``value`` comes from ``Resource.peek``. Raises Undecided where it is unknown and refers to nothing in
        particular. Text that names something we do not manage gives None, as does a null.
        """
        if isinstance(value, Unknown):
            if found := self._referred(value):
                return found if not types or found.type in types else None
            if not any(isinstance(part, str) for part in value.parts):
                value.undecided()
        elif not isinstance(value, str):
            return None
        candidates = self.of_type(*types) if types else self.all
        return next((resource for resource in candidates if self._is_named(resource, value)), None)

    def related(self, resource: Resource, type_: str, attribute: str, *, every: bool = False) -> list[Resource]:
        """The resources of ``type_`` whose ``attribute`` points at ``resource``: a bucket's encryption settings.

        Raises Undecided where none surely does and one may, be it hidden in a module whose code is not there.
        With ``every`` also where some surely do and another may: for questions that one more could change.
        """
        links, loose = self._index(type_, attribute)
        certain = []
        reason = ""
        for candidate in links.get(resource.address, ()):
            if set(candidate.when) <= set(resource.when):
                certain.append(candidate)
            else:
                reason = f"whether {candidate.address} exists hangs on {', '.join(candidate.when)}"
        if certain and not every:
            return certain
        for candidate, value in loose:
            match self._is_named(resource, value):
                case True if set(candidate.when) <= set(resource.when):
                    certain.append(candidate)
                case True:
                    reason = reason or f"whether {candidate.address} exists hangs on {', '.join(candidate.when)}"
                case None:
                    why = value.reason if isinstance(value, Unknown) else "the name is not known"
                    reason = reason or f"whether {candidate.address} belongs to {resource.address} is open: {why}"
        reason = reason or self._hidden(resource)
        if reason and (every or not certain):
            raise Undecided(reason)
        return certain

    def _index(self, type_: str, attribute: str) -> tuple[dict[str, list[Resource]], list[tuple[Resource, Any]]]:
        """By the target's address those that refer to it; and those whose target only a name can tell, with it."""
        key = (type_, attribute)
        if key not in self._links:
            links: dict[str, list[Resource]] = defaultdict(list)
            loose = []
            for candidate in self._by_type[type_]:
                value = candidate.peek(attribute)
                target = self._referred(value) if isinstance(value, Unknown) else None
                if target:
                    links[target.address].append(candidate)
                else:
                    loose.append((candidate, value))
            self._links[key], self._loose[key] = links, loose
        return self._links[key], self._loose[key]

    def _referred(self, value: Unknown) -> Resource | None:
        name = value.symbol or value.refers
        while name:
            if name in self._by_address:
                return self._by_address[name]
            # An ARN in the text of another: arn:...:x-dflt/* refers to nothing; a.b.arn refers to a.b.
            name = name.rpartition(".")[0]
        return None

    def _is_named(self, resource: Resource, value: Any) -> bool | None:
        if resource not in self._names:
            # Looked up once: each is compared with the name that every companion gives.
            self._names[resource] = _names_of(resource)
        return _names(resource, self._names[resource], value)

    def _hidden(self, resource: Resource) -> str:
        for module in self._by_type[UNRESOLVED_MODULE]:
            if _mentions(module.attributes, resource.address):
                return f"{module.address} gets {resource.address}, and its code is not there"
        return ""


def _names_of(resource: Resource) -> list[Any]:
    attributes = ("id", "arn", "name", *_NAMED_BY.get(resource.type, ()))
    return [name for name in map(resource.peek, attributes) if name is not None]


def _names(resource: Resource, names: list[Any], value: Any) -> bool | None:
    """Whether ``value`` is one of the names, ids and ARNs of ``resource``; None where that is open."""
    if value is None:
        return False
    answer: bool | None = False
    for name in names:
        match may_equal(name, value):
            case True:
                return True
            case None:
                answer = None
    if resource.type == "aws_s3_bucket" and isinstance(value, str) and value.startswith("arn:"):
        return _names(resource, names, value.rpartition(":::")[2])
    return answer


def _mentions(value: Any, address: str) -> bool:
    if isinstance(value, Unknown):
        holes = [value.refers, *(part.name for part in value.parts if isinstance(part, Hole))]
        return any(name == address or name.startswith(f"{address}.") for name in holes)
    if isinstance(value, dict):
        return any(_mentions(item, address) for item in value.values())
    if isinstance(value, list):
        return any(_mentions(item, address) for item in value)
    return False
