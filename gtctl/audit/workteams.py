"""What the ARN of a workteam proves, even where parts of it are unknown."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from gtctl.audit.graph import Graph
from gtctl.audit.model import Hole, Undecided, Unknown
from gtctl.ground_truth import WorkteamKind, workteam_kind

_HOLE = "\ue000"
_ARN = re.compile(r"arn:[^:]+:sagemaker:[^:]+:(?P<account>[^:]+):workteam/(?P<kind>[^/]+)/(?P<name>.+)", re.DOTALL)


_PRIVATE_PATTERN = re.compile(r"arn:[^:]+:sagemaker:[^:]+:[^:]+:workteam/private-crowd/.+", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Workteam:
    """account: None where the ARN does not say it, or where Terraform makes the team itself (``ours``)."""

    kind: WorkteamKind
    account: str | None = None
    ours: bool = False


def workteam(value: Any, graph: Graph) -> Workteam:
    """The workteam that ``value`` (from ``Resource.peek``) names. Raises Undecided where its kind is open.

    A team that Terraform makes is private: nothing else can be made. A known text that proves nothing has the kind
    WorkteamKind.UNKNOWN.
    """
    if _is_ours(value, graph):
        return Workteam(WorkteamKind.PRIVATE, ours=True)
    if not isinstance(value, Unknown):
        match = _ARN.fullmatch(str(value))
        return Workteam(workteam_kind(str(value)), match["account"] if match else None)
    match = _ARN.fullmatch("".join(_HOLE if isinstance(part, Hole) else part for part in value.parts))
    if not match or _HOLE in match["kind"]:
        value.undecided()
    # The Region, the account, the partition and the name may be unknown and the kind still certain.
    account = None if _HOLE in match["account"] else match["account"]
    name = match["name"].replace(_HOLE, "x")
    return Workteam(
        workteam_kind(f"arn:aws:sagemaker:us-east-1:{account or '0' * 12}:workteam/{match['kind']}/{name}"), account
    )


def _is_ours(value: Any, graph: Graph) -> bool:
    try:
        return graph.target(value, "aws_sagemaker_workteam") is not None
    except Undecided:
        # Teams that could not be read: an ARN tells the kind by itself.
        if isinstance(value, Unknown):
            raise
        return False


def only_private(pattern: Any, graph: Graph) -> bool:
    """Whether a condition value of sagemaker:WorkteamArn or sagemaker:WorkteamType lets private teams in only.

    Raises Undecided where that is open.
    """
    if isinstance(pattern, Unknown):
        if graph.target(pattern, "aws_sagemaker_workteam"):
            return True
        if _PRIVATE_PATTERN.fullmatch("".join("x" if isinstance(part, Hole) else part for part in pattern.parts)):
            return True
        pattern.undecided()
    return pattern == WorkteamKind.PRIVATE or _PRIVATE_PATTERN.fullmatch(str(pattern)) is not None
