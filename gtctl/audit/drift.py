"""Where the code (a plan or a state) and the account do not agree on something that a rule reads.

What the rules read is found by watching them, so that it follows them by itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gtctl.audit import engine
from gtctl.audit.drift_values import agree, apart, bare, values
from gtctl.audit.graph import Graph
from gtctl.audit.model import Resource, Unread, first_unknown
from gtctl.audit.outcome import Difference
from gtctl.audit.registry import Registered
from gtctl.audit.settings import Settings

Reads = Mapping[str, Mapping[str, Sequence[str]]]
"""Type -> path of an attribute -> ids of the rules that read it."""

# What takes over something that another resource of the code has made: what it says counts.
_SAME_TYPE = {"aws_cognito_managed_user_pool_client": "aws_cognito_user_pool_client"}
# By what a resource is the same as another of its type, where neither ARN nor id tells; else by its name.
_NATURAL = {
    "aws_cognito_user_group": ("user_pool_id", "name"),
    "aws_cognito_user_pool_client": ("user_pool_id", "id"),
    "aws_cloudwatch_event_target": ("rule", "target_id"),
    "aws_kms_key": ("key_id",),
    "aws_s3_account_public_access_block": ("account_id",),
    "aws_sagemaker_flow_definition": ("flow_definition_name",),
    "aws_sagemaker_workforce": ("workforce_name",),
    "aws_sagemaker_workteam": ("workteam_name",),
    "aws_sns_topic_policy": ("arn",),
    "aws_sqs_queue_policy": ("queue_url",),
    **{f"aws_iam_{kind}_policy": (kind, "name") for kind in ("role", "user", "group")},
    **{f"aws_iam_{kind}_policy_attachment": (kind, "policy_arn") for kind in ("role", "user", "group")},
}
_SETTINGS_OF_BUCKETS = (
    "acl",
    "cors_configuration",
    "lifecycle_configuration",
    "logging",
    "object_lock_configuration",
    "ownership_controls",
    "policy",
    "public_access_block",
    "replication_configuration",
    "server_side_encryption_configuration",
    "versioning",
)
READ_LIVE = frozenset(
    {
        *_NATURAL,
        *(f"aws_s3_bucket_{setting}" for setting in _SETTINGS_OF_BUCKETS),
        "aws_cloudtrail",
        "aws_cloudwatch_event_rule",
        "aws_cloudwatch_log_group",
        "aws_cognito_identity_pool",
        "aws_cognito_user_pool",
        "aws_iam_group",
        "aws_iam_policy",
        "aws_iam_role",
        "aws_iam_user",
        "aws_kms_alias",
        "aws_s3_bucket",
        "aws_sns_topic",
        "aws_sqs_queue",
    }
)
"""Types of which everything that an account has is read: what is missing there is missing."""

# What every resource may be recognised by is looked up for all of them, whoever asks.
_NAMES = {"id", "arn", "name", "region", "account_id", "key_id", "workteam_name", "workforce_name"}
# Here an attribute that is not set is not there; elsewhere it is one that is not read, or told by another resource.
_LEAVES_OUT = {
    "aws_s3_bucket_object_lock_configuration",
    "aws_sagemaker_flow_definition",
    "aws_sagemaker_workforce",
    "aws_sagemaker_workteam",
}
_NOT_THE_SAME = {
    # An account tells it of keys that are about to be deleted.
    ("aws_kms_key", "deletion_window_in_days"),
    # The client is made by another resource.
    ("aws_cognito_managed_user_pool_client", "generate_secret"),
}
# Every bucket has a list; code seldom writes one down.
_ALWAYS_THERE = {"aws_s3_bucket_acl", "aws_sns_topic_policy"}
# What a service calls the state in which code leaves the attribute alone.
_LEFT_ALONE = {
    ("aws_cognito_user_pool", "deletion_protection"): "INACTIVE",
    ("aws_cognito_user_pool", "mfa_configuration"): "OFF",
    ("aws_cognito_user_pool", "user_pool_add_ons.advanced_security_mode"): "OFF",
    ("aws_cognito_user_pool", "username_configuration.case_sensitive"): "true",
}


@dataclass(frozen=True, slots=True)
class Drift:
    """compared: how many attributes were. not_comparable: how many could not be, because one side is not known."""

    differences: Sequence[Difference]
    compared: int
    not_comparable: int


def compare(
    planned: Sequence[Resource], live: Sequence[Resource], rules: Sequence[Registered], settings: Settings
) -> Drift:
    """What differs between the resources of the code and those of the account, where a rule reads it.

    Resources that are on one side only are differences, too: of the account those alone that belong to something in
    the code, or of whose type the code has some.
    """
    read = reads(planned, live, rules, settings)
    there = _by_type(live)
    differences: list[Difference] = []
    compared = not_comparable = 0
    matched: set[str] = set()
    owners: set[str] = set()
    told: set[tuple[str, str]] = set()
    for ours in sorted(planned, key=lambda each: each.type not in _SAME_TYPE):
        type_ = _type(ours)
        if type_ not in READ_LIVE or not read.get(type_):
            continue
        ids = _ids(read[type_])
        theirs = _match(ours, there.get(type_, ()))
        if theirs is None:
            if any(_stands_for_all(each) for each in there.get(type_, ())):
                not_comparable += 1
            elif (ours.address, "") not in told:
                told.add((ours.address, ""))
                differences.append(_only_here(ours, "", ids))
            continue
        matched.add(theirs.address)
        owners |= {name for name in (theirs.peek("id"), theirs.peek("name")) if isinstance(name, str)}
        for path, of_path in sorted(read[type_].items()):
            if (theirs.address, path) in told or not _is_told(ours, theirs, path):
                continue
            told.add((theirs.address, path))
            both = values(ours, path), values(theirs, path)
            if first_unknown([*both[0], *both[1]]) is not None:
                not_comparable += 1
                continue
            compared += 1
            if not agree(*both, _LEFT_ALONE.get((type_, path), "")):
                differences.append(_difference(ours, theirs, path, both, of_path))
    types = {_type(each) for each in planned}
    differences += [
        _only_here(replace(each, address=""), each.address, _ids(read[each.type]))
        for each in live
        if each.address not in matched and not each.when and read.get(each.type)
        if each.type in READ_LIVE - _ALWAYS_THERE and _is_ours(each, types, owners)
    ]
    return Drift(differences, compared, not_comparable)


def _is_told(ours: Resource, theirs: Resource, path: str) -> bool:
    """Whether both sides say something at ``path``, be it that it is not set."""
    type_, name = _type(ours), path.partition(".")[0]
    if path in _natural(type_) or (ours.type, path) in _NOT_THE_SAME:
        return False
    return name in ours.attributes and (
        isinstance(theirs.attributes, Unread) or name in theirs.attributes or type_ in _LEAVES_OUT
    )


def _is_ours(theirs: Resource, types: Collection[str], owners: Collection[str]) -> bool:
    """Whether something that is not in the code should be: no part of something else, or part of what is."""
    natural = _natural(theirs.type)
    if len(natural) == 1 and not theirs.type.startswith("aws_s3_bucket_"):
        return theirs.type in types
    owner = theirs.peek(natural[0])
    return isinstance(owner, str) and owner in owners


def _ids(paths: Mapping[str, Sequence[str]]) -> list[str]:
    return sorted({rule for rules in paths.values() for rule in rules})


def _only_here(resource: Resource, live: str, rules: Sequence[str]) -> Difference:
    planned, observed = ("not in the code", "there") if live else ("there", "not in the account")
    return Difference(
        address=resource.address or live,
        live=live,
        type=resource.type,
        attribute="",
        planned=planned,
        observed=observed,
        rules=rules,
    )


def _difference(
    ours: Resource, theirs: Resource, path: str, both: tuple[list[Any], list[Any]], rules: Sequence[str]
) -> Difference:
    planned, observed = apart(*both)
    return Difference(
        address=ours.address,
        live=theirs.address,
        type=ours.type,
        attribute=path,
        planned=planned,
        observed=observed,
        rules=rules,
    )


# What the rules read


def reads(
    planned: Sequence[Resource], live: Sequence[Resource], rules: Sequence[Registered], settings: Settings
) -> Reads:
    """What ``rules`` look at when they judge both sides: only values, not the blocks around them."""
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for resources, complete in ((planned, False), (live, True)):
        seen: set[tuple[str, str]] = set()
        watched = [_watched(each, seen) for each in resources]
        by_type = _by_type(watched)
        for entry in rules:
            seen.clear()
            # A new graph for each rule: what one has looked up, the next need not look up again.
            graph = Graph(watched, settings, complete=complete)
            for type_ in entry.rule.resource_types:
                for resource in by_type.get(_SAME_TYPE.get(type_, type_), ()):
                    if resource.type == type_:
                        engine.verdict(entry, resource, graph)
            for type_, path in seen:
                found[type_][path].add(entry.rule.id)
    return {
        type_: {
            path: sorted(ids)
            for path, ids in paths.items()
            if path not in _NAMES and (type_, path) != ("aws_s3_bucket", "bucket")
            if not any(other.startswith(f"{path}.") for other in paths)
        }
        for type_, paths in found.items()
    }


class _Watched(dict[str, Any]):
    """A block, or the attributes of a resource; notes the path of what is looked up in it."""

    def __init__(self, entries: Mapping[str, Any], note: Callable[[str], None], above: str) -> None:
        super().__init__({name: _inside(value, note, f"{above}{name}.") for name, value in entries.items()})
        self._note = note
        self._above = above

    def __getitem__(self, name: str) -> Any:
        self._note(f"{self._above}{name}")
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self._note(f"{self._above}{name}")
        return super().get(name, default)


def _inside(value: Any, note: Callable[[str], None], above: str) -> Any:
    if isinstance(value, Mapping):
        return _Watched(value, note, above)
    return [_inside(item, note, above) for item in value] if isinstance(value, list) else value


def _watched(resource: Resource, seen: set[tuple[str, str]]) -> Resource:
    if isinstance(resource.attributes, Unread):
        return resource
    type_ = _type(resource)
    return replace(resource, attributes=_Watched(resource.attributes, lambda path: seen.add((type_, path)), ""))


# Which is which


def _type(resource: Resource) -> str:
    return _SAME_TYPE.get(resource.type, resource.type)


def _by_type(resources: Iterable[Resource]) -> dict[str, list[Resource]]:
    found: dict[str, list[Resource]] = defaultdict(list)
    for resource in resources:
        found[_type(resource)].append(resource)
    return found


def _stands_for_all(resource: Resource) -> bool:
    return isinstance(resource.attributes, Unread) and bool(resource.when)


def _match(ours: Resource, candidates: Iterable[Resource]) -> Resource | None:
    """The same resource in the account: by ARN, else by id, else by what its type is told apart by."""
    candidates = [each for each in candidates if not _differ(ours.peek("arn"), each.peek("arn"))]
    natural = _natural(_type(ours))
    for names in [natural] if len(natural) > 1 else [("arn",), ("id",), natural]:
        wanted = [ours.peek(name) for name in names]
        if not all(isinstance(value, str) for value in wanted):
            continue
        for candidate in candidates:
            found = [candidate.peek(name) for name in names]
            if all(isinstance(value, str) for value in found) and found == wanted:
                return candidate
    return None


def _natural(type_: str) -> tuple[str, ...]:
    if type_.startswith("aws_s3_bucket"):
        return ("bucket",)
    return _NATURAL.get(type_, ("name",))


def _differ(left: Any, right: Any) -> bool:
    return isinstance(left, str) and isinstance(right, str) and bare(left) != bare(right)
