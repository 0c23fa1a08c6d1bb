"""What an audit tells beyond the findings of a check: its scope, who could see what, requirements, drift, changes.

Only shapes, shared by those who fill them and by the report writers; the findings themselves are in ``model``.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gtctl.audit.model import Finding, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Something that should have been evidence and could not be read.

    what: "buckets", "trails in eu-west-1", "checkov's checks". why: in words that end a sentence.
    permission: the IAM action that was denied; "" where another thing stood in the way. account, region: "" where
    they do not apply.
    """

    what: str
    why: str
    permission: str = ""
    account: str = ""
    region: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What was looked at, how and when; every time is UTC.

    paths: as given. sources: reader -> number of resources it gave ("hcl", "plan", "job", "code", "live", "checkov").
    commit: of the checkout that the paths lie in, with "+changes" where it is not clean; "" outside of one.
    versions: tool -> version ("gtctl", "python", "boto3", "checkov"). requests: calls to AWS, by operation.
    """

    started: datetime.datetime
    finished: datetime.datetime
    accounts: Sequence[str] = ()
    regions: Sequence[str] = ()
    principal: str = ""
    paths: Sequence[str] = ()
    sources: Mapping[str, int]
    commit: str = ""
    versions: Mapping[str, str]
    requests: Mapping[str, int]
    gaps: Sequence[Gap] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """Who could see the images of one labeling job, past or present, under which key, from which network.

    workforce: "private", "public", "vendor" or "unknown". workteam: its ARN, "" where the job names none.
    viewers: how many people are in the team now; None where that cannot be known (``viewers_reason`` says why).
    network: the networks that the portal is open to, for people; "any network" where it is open to all.
    output_key: as the job names it; "" for none. classification: one of ``settings.CLASSIFICATIONS`` or
    "unclassified", which counts as sensitive. first, last: creation and last change; objects: labeled by people.
    verdict: FAIL where sensitive images went to a public or vendor workforce, UNKNOWN where that is not excluded.
    """

    account: str
    region: str
    job: str
    job_arn: str
    status: str
    workforce: str
    workteam: str
    viewers: int | None
    viewers_reason: str = ""
    network: str
    input_location: str
    output_location: str
    output_key: str
    classification: str
    first: datetime.datetime | None
    last: datetime.datetime | None
    objects: int | None
    verdict: Verdict
    reason: str


class Coverage(StrEnum):
    """What the audit can say about one requirement."""

    MET = "met"
    VIOLATED = "violated"
    UNKNOWN = "unknown"
    ATTESTED = "attested"
    NOT_COVERED = "not covered"


@dataclass(slots=True, kw_only=True)
class Tally:
    """How often a rule came to which verdict. A failure that is waived counts as waived only."""

    failed: int = 0
    unknown: int = 0
    passed: int = 0
    waived: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Attestation:
    """What a person vouches for because no tool can decide it (a signed agreement, training)."""

    framework: str
    requirement: str
    statement: str
    owner: str
    date: datetime.date
    expires: datetime.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One requirement of a framework and what became of it.

    group: the part of the framework it stands in. level: how binding it is, in the framework's words ("addressable").
    rules: ids of the rules (and checkov's checks) that speak about it. failed, unknown, passed, waived: verdicts of
    theirs. reason: why it is not simply met or violated, in words that end a sentence.
    by_hand: people decide it, no tool can; such a requirement is never MET. attestation: what somebody vouches for.
    """

    id: str
    title: str
    coverage: Coverage
    group: str = ""
    level: str = ""
    reason: str = ""
    rules: Sequence[str] = ()
    failed: int = 0
    unknown: int = 0
    passed: int = 0
    waived: int = 0
    by_hand: bool = False
    attestation: Attestation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Framework:
    """A framework's requirements, in its own order. key: the name under which rules map to it ("HIPAA")."""

    key: str
    title: str
    version: str
    source: str
    requirements: Sequence[Requirement]

    def count(self, coverage: Coverage) -> int:
        """How many requirements came out as ``coverage``."""
        return sum(1 for requirement in self.requirements if requirement.coverage is coverage)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One attribute that the code (a plan or a state) and the account do not agree on.

    address: in the code. live: the address of the same resource in the account; "" where it is not there.
    planned, observed: values for people. rules: ids of the rules that read the attribute.
    """

    address: str
    live: str
    type: str
    attribute: str
    planned: str
    observed: str
    rules: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """This audit beside an earlier one (``--baseline``): what was open (FAIL or UNKNOWN) by what became of it.

    not_seen: gone, but this audit did not look there, or could not: nobody knows whether it is fixed.
    """

    baseline: str
    baseline_finished: str
    new: Sequence[Finding]
    fixed: Sequence[Mapping[str, str]]
    unchanged: Sequence[Finding]
    not_seen: Sequence[Mapping[str, str]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """Everything an audit adds to a check's report.

    not_comparable: how many attributes are known only after apply, or could not be read: there may be more drift.
    """

    scope: Scope
    exposures: Sequence[Exposure] = ()
    frameworks: Sequence[Framework] = ()
    drift: Sequence[Difference] = ()
    not_comparable: int = 0
    comparison: Comparison | None = None
