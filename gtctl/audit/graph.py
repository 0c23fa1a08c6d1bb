"""The resources of one evaluation and how they point at each other: by reference and by name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from gtctl.audit.model import Hole, Resource, Undecided, Unknown, Unread, may_equal
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


@dataclass(slots=True)
class _Companions:
    """Resources of one type by what one attribute of theirs points at.

    linked: the target's address -> those that refer to it. named: text -> those that give it, or an ARN that ends with
    it, with the whole text. open: those that give something unknown, with it.
    """

    linked: dict[str, list[Resource]] = field(default_factory=lambda: defaultdict(list))
    named: dict[str, list[tuple[Resource, str]]] = field(default_factory=lambda: defaultdict(list))
    open: list[tuple[Resource, Unknown]] = field(default_factory=list)


@dataclass(slots=True)
class _Names:
    """What a resource goes by: known texts, and what is open."""

    is_bucket: bool
    texts: list[str] = field(default_factory=list)
    open: list[Unknown] = field(default_factory=list)

    @property
    def certain(self) -> list[str]:
        """The names whose whole text is known."""
        return [*self.texts, *(str(name.parts[0]) for name in self.open if len(name.parts) == 1 and _is_text(name))]

    @property
    def keys(self) -> set[str]:
        """Where ``_Companions.named`` has what may fit."""
        return {*self.texts, *map(_tail, self.texts)}

    def fit(self, value: Any) -> bool | None:
        """Whether ``value`` is the name, the id or the ARN; None where that is open."""
        if isinstance(value, Unknown):
            return self._fit_unknown(value)
        if not isinstance(value, str):
            return False
        if value in self.texts:
            return True
        answers = [may_equal(name, value) for name in self.open]
        if value.startswith("arn:"):
            if self.is_bucket:
                return self.fit(value.rpartition(":::")[2])
            # Of which account and Region it is, the name does not say.
            answers += [None for name in self.texts if value.endswith((f":{name}", f"/{name}"))]
        return True if True in answers else None if None in answers else False

    def _fit_unknown(self, value: Unknown) -> bool | None:
        answers = [may_equal(name, value) for name in (*self.texts, *self.open)]
        if True in answers:
            return True
        if not answers or None in answers:
            return None
        last = value.parts[-1]
        is_arn = isinstance(value.parts[0], Hole) or value.parts[0].startswith("arn:")
        ends = [not isinstance(last, str) or _tail(last) in (_tail(name), "") for name in self.texts]
        return None if is_arn and (any(ends) or self.open) else False


class Graph:
    """Every resource that belongs together (one root module, one plan, one account), and the user's settings.

    complete: whether what is not here is nowhere, or may be elsewhere. A resource of a stream can be asked about
    without being one of these, and is not kept.
    """

    def __init__(
        self, resources: Iterable[Resource], settings: Settings | None = None, *, complete: bool = False
    ) -> None:
        self.all = list(resources)
        self.settings = settings or Settings()
        self.complete = complete
        self._by_type: dict[str, list[Resource]] = defaultdict(list)
        self._by_address: dict[str, Resource] = {}
        for resource in self.all:
            self._by_type[resource.type].append(resource)
            self._by_address[resource.address] = resource
        self._companions: dict[tuple[str, str], _Companions] = {}
        self._names: dict[Resource, _Names] = {}
        self._named: dict[str, list[Resource]] | None = None
        self._unread = [(each, each.attributes) for each in self.all if isinstance(each.attributes, Unread)]

    def of_type(self, *types: str) -> list[Resource]:
        """The resources of these types."""
        return [resource for type_ in types for resource in self._by_type[type_]]

    def target(self, value: Any, *types: str) -> Resource | None:
        """The resource (of ``types``, if given) that ``value`` points at; None where that is none of this graph.

        ``value`` comes from ``Resource.peek``. Raises Undecided where it is unknown and refers to nothing in
        particular, or may name something that could not be read. Text that names something we do not manage gives
        None, as does a null.
        """
        if isinstance(value, Unknown):
            if found := self._referred(value):
                return found if not types or found.type in types else None
            if not any(isinstance(part, str) for part in value.parts):
                value.undecided()
            candidates = self.of_type(*types) if types else self.all
            return next((resource for resource in candidates if self._names_of(resource).fit(value)), None)
        if not isinstance(value, str):
            return None
        for resource in self._with_name(value):
            if not types or resource.type in types:
                return resource
        self._raise_where_unread(value, *types)
        return None

    def related(self, resource: Resource, type_: str, attribute: str, *, every: bool = False) -> list[Resource]:
        """The resources of ``type_`` whose ``attribute`` points at ``resource``: a bucket's encryption settings.

        Raises Undecided where none surely does and one may, be it hidden in a module whose code is not there.
        With ``every`` also where some surely do and another may: for questions that one more could change.
        """
        companions = self._companions_of(type_, attribute)
        certain = []
        reason = ""
        for candidate in companions.linked.get(resource.address, ()):
            if set(candidate.when) <= set(resource.when):
                certain.append(candidate)
            else:
                reason = f"whether {candidate.address} exists hangs on {', '.join(candidate.when)}"
        if certain and not every:
            return certain
        for candidate, value in self._loose(companions, self._names_of(resource)):
            # A name that is no ARN is one of its Region's; only buckets have theirs for themselves everywhere.
            if resource.type != "aws_s3_bucket" and elsewhere(candidate, resource) and not _is_arn(value):
                continue
            match self._names_of(resource).fit(value):
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

    def _with_name(self, text: str) -> list[Resource]:
        """The resources that surely go by ``text``."""
        if self._named is None:
            self._named = defaultdict(list)
            for resource in self.all:
                for name in dict.fromkeys(self._names_of(resource).certain):
                    self._named[name].append(resource)
        found = self._named.get(text, [])
        if text.startswith("arn:"):
            buckets = self._named.get(text.rpartition(":::")[2], [])
            found = [*found, *(resource for resource in buckets if resource.type == "aws_s3_bucket")]
        return found

    def _raise_where_unread(self, text: str, *types: str) -> None:
        """Raise Undecided where ``text`` may be the ARN of something that could not be read, or its name.

        A name alone may be anything's: that counts only where the type is asked for.
        """
        for resource, unread in self._unread:
            if types and resource.type not in types:
                continue
            arn = unread.known.get("arn")
            by_arn = text.startswith("arn:") and arn is not None
            if may_equal(arn, text) is None if by_arn else bool(types):
                raise Undecided(unread.reason)

    def _companions_of(self, type_: str, attribute: str) -> _Companions:
        key = (type_, attribute)
        if key not in self._companions:
            found = self._companions[key] = _Companions()
            for candidate in self._by_type[type_]:
                value = candidate.peek(attribute)
                if isinstance(value, Unknown):
                    if target := self._referred(value):
                        found.linked[target.address].append(candidate)
                    else:
                        found.open.append((candidate, value))
                elif isinstance(value, str):
                    # By the last part, too: what an ARN ends with is the name.
                    for text in {value, _tail(value)}:
                        found.named[text].append((candidate, value))
        return self._companions[key]

    def _loose(self, companions: _Companions, names: _Names) -> Iterable[tuple[Resource, Any]]:
        """Those companions of which only a name can tell whether they belong to what has these ``names``."""
        if names.open:
            yield from {id(each): each for found in companions.named.values() for each in found}.values()
        else:
            yield from {id(each): each for text in names.keys for each in companions.named.get(text, ())}.values()
        yield from companions.open

    def _referred(self, value: Unknown) -> Resource | None:
        name = value.symbol or value.refers
        while name:
            if name in self._by_address:
                return self._by_address[name]
            # An ARN in the text of another: arn:...:x-dflt/* refers to nothing; a.b.arn refers to a.b.
            name = name.rpartition(".")[0]
        return None

    def _names_of(self, resource: Resource) -> _Names:
        # Looked up once: each is compared with the name that every companion gives.
        if resource in self._names:
            return self._names[resource]
        names = _names(resource)
        if self._by_address.get(resource.address) is resource:
            self._names[resource] = names
        return names

    def _hidden(self, resource: Resource) -> str:
        for module in self._by_type[UNRESOLVED_MODULE]:
            if _mentions(module.attributes, resource.address):
                return f"{module.address} gets {resource.address}, and its code is not there"
        return ""


def elsewhere(left: Resource, right: Resource) -> bool:
    """Whether two resources surely lie in different Regions."""
    regions = [resource.peek("region") for resource in (left, right)]
    return all(isinstance(region, str) for region in regions) and regions[0] != regions[1]


def _names(resource: Resource) -> _Names:
    found = _Names(is_bucket=resource.type == "aws_s3_bucket")
    for attribute in ("id", "arn", "name", *_NAMED_BY.get(resource.type, ())):
        value = resource.peek(attribute)
        if isinstance(value, str):
            found.texts.append(value)
        elif isinstance(value, Unknown) and value.symbol != f"{resource.address}.{attribute}":
            # What the provider makes up for something new is not written down anywhere yet.
            found.open.append(value)
    return found


def _is_text(name: Unknown) -> bool:
    return all(isinstance(part, str) for part in name.parts)


def _is_arn(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("arn:")


def _tail(name: str) -> str:
    return name.rpartition(":")[2].rpartition("/")[2]


def _mentions(value: Any, address: str) -> bool:
    if isinstance(value, Unknown):
        holes = [value.refers, *(part.name for part in value.parts if isinstance(part, Hole))]
        return any(name == address or name.startswith(f"{address}.") for name in holes)
    if isinstance(value, dict):
        return any(_mentions(item, address) for item in value.values())
    if isinstance(value, list):
        return any(_mentions(item, address) for item in value)
    return False
