"""What rules ask about the Cognito pools and clients that workers sign in with."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from gtctl.audit.graph import Graph, elsewhere
from gtctl.audit.model import Hole, Resource, Undecided, Unknown, any_of, may_equal
from gtctl.audit.rule import Result, Verdict

_CLIENT = "aws_cognito_user_pool_client"
_MANAGED = "aws_cognito_managed_user_pool_client"
CLIENTS = (_CLIENT, _MANAGED)
"""Types of app clients. A managed one takes over a client that is there: what it sets holds for that client."""
_POOL = "aws_cognito_user_pool"
# Who says from which pool workers come -> where.
_USERS = {
    "aws_sagemaker_workforce": "cognito_config.user_pool",
    "aws_sagemaker_workteam": "member_definition.cognito_member_definition.user_pool",
}


def where_workers_sign_in(result: Result | None, holder: Resource, graph: Graph) -> Result | None:
    """``result``, unless it is a failure of a pool, or a client of a pool, that serves somebody else than workers.

    That is known only where all of the account is seen, or the code says which pools the workers' are; else every pool
    may be theirs.
    """
    if result is None or result.verdict is not Verdict.FAIL:
        return result
    named = [
        (value,)
        for type_, path in _USERS.items()
        for user in graph.of_type(type_)
        if not elsewhere(user, holder)
        for value in user.all(path)
    ]
    if not named:
        return None if graph.complete else result
    pool: Any = holder if holder.type == _POOL else holder.peek("user_pool_id")
    return result if any_of(named, lambda value: _same_pool(pool, value[0], graph)) else None


def judge_client(
    client: Resource, path: str, graph: Graph, judge: Callable[[Any], Result], *, default: Any = None
) -> Result | None:
    """What ``judge`` says about the setting at ``path``; None where another resource for the same client tells it.

    default: what a client has where nothing sets it.
    """
    value = client.peek(path)
    if value is not None and not isinstance(value, Unknown):
        return where_workers_sign_in(judge(value), client, graph)
    if isinstance(value, Unknown) and (client.type == _MANAGED or _is_told(client, path)):
        value.undecided()
    others = _same_client(client, graph)
    if any_of(others, lambda other: client.type == _MANAGED or _is_told(other, path)):
        return None
    if value is None and client.type == _MANAGED:
        value = Unknown(f"{path} is not set here, and the client keeps what it has")
    if isinstance(value, Unknown):
        value.undecided()
    return where_workers_sign_in(judge(default), client, graph)


def _is_told(client: Resource, path: str) -> bool:
    """Whether the code says anything here: in a plan, what it leaves out is unknown and refers to itself."""
    value = client.peek(path)
    if isinstance(value, Unknown):
        return value.symbol != f"{client.address}.{path}"
    return value is not None


def _same_client(client: Resource, graph: Graph) -> list[Resource]:
    """The resources of the other type that stand for the same client. Undecided where one may."""
    other_type = _CLIENT if client.type == _MANAGED else _MANAGED
    found = []
    for other in graph.of_type(other_type):
        managed, plain = (client, other) if client.type == _MANAGED else (other, client)
        if not _fits(managed, plain) or not _same_pool(client.peek("user_pool_id"), other.peek("user_pool_id"), graph):
            continue
        if not set(other.when) <= set(client.when):
            raise Undecided(f"whether {other.address} exists hangs on {', '.join(other.when)}")
        found.append(other)
    return found


def _fits(managed: Resource, plain: Resource) -> bool:
    name = _text(plain.peek("name"))
    pattern, prefix = managed.peek("name_pattern"), managed.peek("name_prefix")
    if prefix is not None and name.startswith(_text(prefix)):
        return True
    try:
        return pattern is not None and re.search(_text(pattern), name) is not None
    except re.error:
        return False


def _text(value: Any) -> str:
    """The text with a mark for each hole: equal holes, equal marks."""
    if not isinstance(value, Unknown):
        return str(value)
    if any(isinstance(part, Hole) and not part.name for part in value.parts):
        value.undecided()
    marks = (f"\ue000{part.name.encode().hex()}\ue001" if isinstance(part, Hole) else part for part in value.parts)
    return "".join(marks)


def _same_pool(left: Any, right: Any, graph: Graph) -> bool:
    """Whether two values name one pool; ``left`` may be the pool itself."""
    equal = None if isinstance(left, Resource) else may_equal(left, right)
    if equal is None:
        pools = [item if isinstance(item, Resource) else graph.target(item, _POOL) for item in (left, right)]
        if not pools[0] or not pools[1]:
            raise Undecided("which user pool the workers sign in with is not known")
        return pools[0] is pools[1]
    return equal
