"""The shapes that readers, rules and report writers share. Read this file first, then ``rule.py``.

A reader turns files into ``Resource`` objects; their types and attributes are Terraform's (blocks are lists of
dicts, as in a plan). A value that cannot be resolved is ``Unknown``, at whatever depth. Whoever looks at an Unknown
as if it were known (compares it, tests it, iterates over it) gets ``Undecided``, which the engine turns into the
verdict UNKNOWN: so a rule in plain Python cannot pass what it could not see.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, NoReturn


class Verdict(StrEnum):
    PASS = "PASS"  # noqa: S105
    FAIL = "FAIL"
    UNKNOWN = "UNKNOWN"


class Severity(StrEnum):
    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        """0 for critical, 3 for low."""
        return list(Severity).index(self)


class Undecided(Exception):
    """A rule needed a value that is unknown. The text is the reason."""


@dataclass(frozen=True, slots=True)
class Hole:
    """The part of a string that is not known. Equal names stand for equal text; "" equals nothing.

    The name of what another resource gives is its address and attribute: ``module.a.aws_kms_key.this["x"].arn``.
    """

    name: str = ""


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()


@dataclass(frozen=True, slots=True, eq=False)
class Unknown:
    """A value that could not be resolved.

    reason: why, in words that end a sentence ("var.key_arn has no value").
    parts: what is known of the text: literal pieces and holes. ``(Hole("aws_kms_key.k.arn"),)`` is a plain reference.
    nullable: whether it may turn out to be null; what a resource computes, or text around a hole, is never null.
    json: the structure of JSON text (a policy) whose leaves are partly unknown.
    refers: address and attribute of what it refers to, where there may be more text around it that is not known (a
    plan does not tell ``x.arn`` from ``"${x.arn}/*"``): good for finding the resource, no proof that two are equal.
    options: the values it may have, where they are known and only the choice is open (``var.x ? "a" : "b"``).
    maybe: what it is, if it is there at all (a dynamic block over an unknown collection).
    """

    reason: str
    parts: tuple[str | Hole, ...] = (Hole(),)
    nullable: bool = True
    json: Any = MISSING
    refers: str = ""
    options: tuple[Any, ...] = ()
    maybe: Any = MISSING

    def undecided(self) -> NoReturn:
        raise Undecided(self.reason)

    @property
    def symbol(self) -> str:
        """The name of the one thing it refers to; "" where it is more than a plain reference."""
        if len(self.parts) == 1 and isinstance(self.parts[0], Hole):
            return self.parts[0].name
        return ""

    @property
    def text(self) -> str:
        """For people: what is known, holes as ``${name}``."""
        return "".join(part if isinstance(part, str) else f"${{{part.name or '?'}}}" for part in self.parts)

    def __eq__(self, other: object) -> NoReturn:
        self.undecided()

    def __ne__(self, other: object) -> NoReturn:
        self.undecided()

    def __hash__(self) -> NoReturn:
        self.undecided()

    def __bool__(self) -> NoReturn:
        self.undecided()

    def _cannot(self, *_: object) -> NoReturn:
        self.undecided()

    __lt__ = __le__ = __gt__ = __ge__ = __contains__ = __iter__ = __len__ = __getitem__ = _cannot
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __mod__ = __int__ = __float__ = _cannot

    def __getattr__(self, name: str) -> NoReturn:
        # value.startswith(...), value.get(...): the methods of the text or dict that it might have been.
        if name.startswith("__"):
            raise AttributeError(name)
        self.undecided()


class Unread(Mapping[str, Any]):
    """The attributes of something that could not be read: ``known`` ones, and an Unknown for every other name."""

    def __init__(self, reason: str, known: Mapping[str, Any] | None = None) -> None:
        self.reason = reason
        self.known = dict(known or {})

    def __getitem__(self, name: str) -> Any:
        return self.known[name] if name in self.known else Unknown(self.reason)

    def __iter__(self) -> Iterator[str]:
        # For whoever writes evidence down: one entry that says why there are no others.
        yield from (*self.known, "*")

    def __len__(self) -> int:
        return len(self.known) + 1


@dataclass(frozen=True, slots=True)
class Location:
    """``file`` is the path as the user gave it (relative where theirs was), ``line`` counts from 1.

    ``end`` is the last line of what begins there; 0 where that is not known.
    """

    file: str
    line: int = 1
    end: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Resource:
    """One thing to judge, whatever it was read from.

    type: Terraform's name: ``aws_s3_bucket``; a data source's with ``data.`` before it.
    address: unique in its graph: ``module.storage.aws_s3_bucket.this["scans"]``.
    attributes: Terraform's attributes; blocks are lists of dicts; any value at any depth may be Unknown. Unread where
    nothing could be read but that it is there, or may be.
    source: the reader that made it (hcl, plan, job, code, live).
    lines: the line of an attribute, by path: ``{"rule[0].bucket_key_enabled": 7}``; as many as are cheap to know.
    when: what its existence hangs on, where that is open ("var.create_trail"); empty where it surely exists.
    """

    type: str
    address: str
    attributes: Mapping[str, Any]
    source: str
    location: Location
    lines: Mapping[str, int] = field(default_factory=dict)
    when: tuple[str, ...] = ()

    def get(self, path: str) -> Any:
        """The known value at ``path`` ("a.b.c"); None where it is absent or null. Blocks need no index.

        Raises Undecided where it is Unknown, and where there are several blocks on the way (use ``all``).
        """
        value = self.peek(path)
        if isinstance(value, Unknown):
            value.undecided()
        return value

    def peek(self, path: str) -> Any:
        """As ``get``, but gives an Unknown back: for questions to ``is_set``, ``Graph.target``, ``text_matches``."""
        found = self.all(path)
        if len(found) > 1:
            return Unknown(f"{path} stands there {len(found)} times")
        return found[0] if found else None

    def all(self, path: str) -> list[Any]:
        """The values at ``path`` in every block on the way, Unknowns included, absent ones left out."""
        values: list[Any] = [self.attributes]
        for name in path.split("."):
            values = list(_step(values, name))
        return values

    def blocks(self, path: str) -> list[Mapping[str, Any]]:
        """The blocks at ``path``. Elements may be Unknown (a dynamic block): ask them through ``any_of``."""
        return [block for found in self.all(path) for block in _each(found)]

    def line_of(self, path: str) -> int:
        """The line of the attribute at ``path``, or of the nearest thing around it."""
        wanted = path.replace("[0]", "")
        known = {name.replace("[0]", ""): line for name, line in self.lines.items()}
        while wanted:
            if wanted in known:
                return known[wanted]
            wanted = wanted.rpartition(".")[0]
        return self.location.line


def _step(values: list[Any], name: str) -> Iterator[Any]:
    for value in values:
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, Unknown):
                yield from _within(item, name)
            elif isinstance(item, Mapping) and item.get(name, None) is not None:
                yield item[name]


def _within(block: Unknown, name: str) -> Iterator[Any]:
    """What stands at ``name`` in a block that is unknown, may not be there, or is one of several."""
    if block.maybe is not MISSING:
        yield from (Unknown(block.reason, maybe=found) for found in _step([block.maybe], name))
        return
    found = [list(_step([option], name)) for option in block.options]
    if found and all(len(values) == 1 for values in found):
        yield Unknown(block.reason, options=tuple(value for (value,) in found))
    elif not found or any(found):
        yield Unknown(block.reason, (Hole(f"{block.symbol}.{name}" if block.symbol and not found else ""),))


def _each(value: Any) -> Sequence[Any]:
    if isinstance(value, Unknown) and isinstance(value.maybe, list):
        return [Unknown(value.reason, maybe=item) for item in value.maybe]
    return value if isinstance(value, list) else [value]


@dataclass(frozen=True, slots=True)
class Problem:
    """What a reader could not read: one file, and why."""

    location: Location
    message: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one reader found.

    stream: more of it, too many to keep: each is judged beside ``resources``, and forgotten.
    complete: whether what is not among ``resources`` is nowhere (an account), or may be elsewhere (code).
    noted: what of the disk it depends on besides the file itself (``evidence.disk``).
    """

    resources: Sequence[Resource] = ()
    problems: Sequence[Problem] = ()
    stream: Iterable[Resource] = ()
    complete: bool = False
    noted: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """One verdict on one resource, as it appears in the JSON report (every field but ``place`` is part of it).

    controls: framework -> requirement ids. waiver: owner, reason and expiry where one covers it. also: ids of other
    tools' checks that say the same.
    place: where the whole resource stands; ``line`` is that of the attribute.
    """

    rule_id: str
    verdict: Verdict
    severity: Severity
    resource: str
    source: str
    file: str
    line: int
    observed: str
    expected: str
    message: str
    remediation: str
    controls: Mapping[str, Sequence[str]]
    place: Location
    waiver: Mapping[str, str] | None = None
    also: Sequence[str] = ()


def first_unknown(value: Any) -> Unknown | None:
    """The first Unknown in ``value``, at any depth."""
    if isinstance(value, Unknown):
        return value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        if (found := first_unknown(item)) is not None:
            return found
    return None


def is_set(value: Any) -> bool:
    """Whether ``value`` is given at all: not null, not empty. Undecided where that is not known."""
    if isinstance(value, Unknown):
        if value.nullable:
            value.undecided()
        return True
    return value is not None and value not in ("", [], {})


def any_of(items: Sequence[Any], predicate: Callable[[Any], bool]) -> bool:
    """Whether ``predicate`` holds for any item; Undecided only if none surely does and some are unknown."""
    undecided: Undecided | None = None
    for item in items.undecided() if isinstance(items, Unknown) else items:
        try:
            if _holds(predicate, item):
                return True
        except Undecided as reason:
            undecided = undecided or reason
    if undecided:
        raise undecided
    return False


def _holds(predicate: Callable[[Any], bool], item: Any) -> bool:
    if isinstance(item, Unknown) and item.maybe is not MISSING:
        # There or not: where the predicate does not hold, it makes no difference.
        return _holds(predicate, item.maybe) and item.undecided()
    if isinstance(item, Unknown) and item.options:
        answers = {_holds(predicate, option) for option in item.options}
        return answers.pop() if len(answers) == 1 else item.undecided()
    return bool(predicate(item))


def all_of(items: Sequence[Any], predicate: Callable[[Any], bool]) -> bool:
    """Whether ``predicate`` holds for every item; Undecided only if none surely fails and some are unknown."""
    return not any_of(items, lambda item: not predicate(item))


def may_equal(left: Any, right: Any) -> bool | None:
    """Whether two texts are equal: True or False where that is certain, None where it depends on what is unknown."""
    if not isinstance(left, Unknown) and not isinstance(right, Unknown):
        return bool(left == right)
    first, second = _parts(left), _parts(right)
    if first == second and all(not isinstance(part, Hole) or part.name for part in first):
        return True
    for parts, other in ((first, second), (second, first)):
        if all(isinstance(part, str) for part in other) and not _fits(parts, "".join(map(str, other))):
            return False
    return None


def _parts(value: Any) -> tuple[str | Hole, ...]:
    return value.parts if isinstance(value, Unknown) else (str(value),)


def _fits(parts: tuple[str | Hole, ...], text: str) -> bool:
    import re

    return bool(re.fullmatch("".join(re.escape(p) if isinstance(p, str) else ".*" for p in parts), text, re.DOTALL))
