"""Who could see the images of one labeling job or flow definition, under which key, from which network.

Teams, groups and workforces are those of today: how they were when a past job ran, nobody tells any more.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gtctl.audit.graph import Graph, elsewhere
from gtctl.audit.jobs import CLASSIFICATION_TAG
from gtctl.audit.model import Resource, Undecided, Unknown, Unread, Verdict
from gtctl.audit.outcome import Exposure
from gtctl.audit.principals import in_the_jobs_account
from gtctl.audit.rule import shown
from gtctl.audit.settings import CLASSIFICATIONS, Settings
from gtctl.audit.workteams import workteam
from gtctl.ground_truth import WorkteamKind

JOB, FLOW = "aws_sagemaker_labeling_job", "aws_sagemaker_flow_definition"
TYPES = (JOB, FLOW)
"""Types of what shows images to people."""

UNCLASSIFIED = "unclassified"
_ANY = "any network"
_MANIFEST = "input_config.data_source.s3_data_source.manifest_s3_uri"
_TOPIC = "input_config.data_source.sns_data_source.sns_topic_arn"
_MEMBERS = "member_definition.cognito_member_definition"
_PRESIGN = "worker_access_configuration.s3_presign.iam_policy_constraints"
_OUTSIDE = {
    WorkteamKind.PUBLIC: ("public", "whoever works for Amazon Mechanical Turk"),
    WorkteamKind.VENDOR: ("vendor", "the vendor knows whom it employs"),
}


@dataclass(frozen=True, slots=True)
class _People:
    """Who works in a team, and from where. count: None where that cannot be known; ``why`` says why, or what else."""

    count: int | None
    why: str
    network: str


def exposure(job: Resource, graph: Graph, settings: Settings, account: str, region: str) -> Exposure:
    """The exposure of ``job``, a resource of one of TYPES, beside the teams and workforces in ``graph``.

    A flow definition is told as one more job: its images come with each human loop, so no input is named. account,
    region: where the job ran; "" takes them from the role and the workteam.
    """
    block = "human_task_config" if job.type == JOB else "human_loop_config"
    arn = job.peek(f"{block}.workteam_arn")
    region = region or _field(arn, 3)
    workforce, people, why = _who(arn, job, graph, region)
    class_ = _classification(job, settings)
    verdict, reason = _judged(workforce, why, class_)
    return Exposure(
        account=account or _field(job.peek("role_arn"), 4),
        region=region,
        job=_name(job),
        job_arn=_text(job.peek("labeling_job_arn" if job.type == JOB else "arn")) or _arn_of(job),
        status=_status(job),
        workforce=workforce,
        workteam=_text(arn),
        viewers=people.count,
        viewers_reason=people.why,
        network=f"{people.network} (as it is today)" if _is_over(job) and workforce == "private" else people.network,
        input_location=_input(job),
        output_location=_text(job.peek("output_config.s3_output_path")),
        output_key=_key(job.peek("output_config.kms_key_id")),
        classification=class_,
        first=_moment(job.peek("creation_time")),
        last=_moment(job.peek("last_modified_time")) or _moment(job.peek("creation_time")),
        objects=_number(job.peek("label_counters.human_labeled")),
        verdict=verdict,
        reason=reason,
    )


def _judged(workforce: str, why: str, class_: str) -> tuple[Verdict, str]:
    if workforce == "private":
        return Verdict.PASS, why
    if class_ == "public":
        return Verdict.PASS, f"{why}; the settings declare the images public"
    images = "images that nobody classified" if class_ == UNCLASSIFIED else f"sensitive images ({class_})"
    if workforce == "unknown":
        return Verdict.UNKNOWN, f"{why}: it is not excluded that strangers saw {images}"
    return Verdict.FAIL, f"{why} could see {images}"


# Who


def _who(arn: Any, job: Resource, graph: Graph, region: str) -> tuple[str, _People, str]:
    """The workforce, the people, and the first half of a reason."""
    if arn is None:
        return "unknown", _People(None, "no workteam is named", "not known"), "the job names no workteam"
    try:
        team = workteam(arn, graph)
        if team.kind in _OUTSIDE:
            workforce, people = _OUTSIDE[team.kind]
            whose = "the public workforce" if workforce == "public" else "a vendor's workforce"
            return workforce, _People(None, people, _ANY), whose
        if team.kind is WorkteamKind.UNKNOWN:
            return "unknown", _People(None, "whose team it is, its name does not tell", "not known"), _no_team(arn)
        if not team.ours and not in_the_jobs_account(arn, job, graph):
            other = f"the private workteam is one of another account ({team.account})"
            return "unknown", _People(None, "the team is another account's", "not known"), other
        return "private", *_private(arn, graph, region)
    except Undecided as reason:
        return "unknown", _People(None, str(reason), "not known"), f"whose workteam it is cannot be told: {reason}"


def _no_team(arn: Any) -> str:
    return f"{shown(arn)} proves no kind of workteam"


def _private(arn: Any, graph: Graph, region: str) -> tuple[_People, str]:
    own = "a private workteam of the own account"
    try:
        team = graph.target(arn, "aws_sagemaker_workteam")
    except Undecided as reason:
        return _People(None, str(reason), _network(None, graph, region)), own
    if team is None:
        gone = "the team is no longer there" if graph.complete else "the team is not in what was looked at"
        return _People(None, gone, _network(None, graph, region)), f"{own}, by its ARN; {gone}"
    count, why = _viewers(team, graph)
    return _People(count, why, _network(team, graph, region)), own


def _viewers(team: Resource, graph: Graph) -> tuple[int | None, str]:
    """How many people of the team's groups have an account that they have used; and why not, or what else is known."""
    members = [block for found in team.all(_MEMBERS) for block in (found if isinstance(found, list) else [found])]
    if not members:
        return None, "the organization's identity provider knows who is in its groups"
    confirmed = invited = 0
    for member in members:
        group = _group(member, graph)
        if group is None:
            return None, "a group of the team was not found"
        counts = [group.peek("confirmed_count"), group.peek("user_count")]
        if reason := next((each.reason for each in counts if isinstance(each, Unknown)), ""):
            return None, reason
        if not all(isinstance(each, int) for each in counts):
            return None, "the people in the team's group were not counted"
        confirmed += counts[0]
        invited += counts[1] - counts[0]
    notes = [f"{invited} more are invited"] if invited else []
    if len(members) > 1:
        notes.append("at most: one person may be in several of its groups")
    return confirmed, "; ".join(notes)


def _group(member: Any, graph: Graph) -> Resource | None:
    pool, name = (member.get(key) if isinstance(member, Mapping) else None for key in ("user_pool", "user_group"))
    if not isinstance(pool, str) or not isinstance(name, str):
        return None
    groups = graph.of_type("aws_cognito_user_group")
    of_pool = [group for group in groups if _same(group.peek("user_pool_id"), pool)]
    found = next((group for group in of_pool if _same(group.peek("name"), name)), None)
    # Groups that could not be listed are all the pool's groups.
    return found or next((group for group in of_pool if isinstance(group.attributes, Unread)), None)


def _same(value: Any, text: str) -> bool:
    return isinstance(value, str) and value == text


# From where


def _network(team: Resource | None, graph: Graph, region: str) -> str:
    """The networks that the portal is open to; and, where the team is known, where addresses of images work from."""
    images = "" if team is None else f"; {_images(team)}"
    workforces = [each for each in graph.of_type("aws_sagemaker_workforce") if not region or _in(each, region)]
    if team is not None:
        workforces = [each for each in workforces if not elsewhere(each, team)]
    if not workforces:
        return f"not known: its workforce is not there{images}"
    return f"{_portal(workforces[0])}{images}"


def _in(workforce: Resource, region: str) -> bool:
    return workforce.peek("region") in (None, region) if not isinstance(workforce.peek("region"), Unknown) else True


def _portal(workforce: Resource) -> str:
    cidrs = workforce.blocks("source_ip_config.cidrs")
    vpc = workforce.peek("workforce_vpc_config.vpc_id")
    unknown = [each for each in (*cidrs, vpc) if isinstance(each, Unknown)]
    if unknown:
        return f"not known: {unknown[0].reason}"
    inside = f" and the VPC {vpc}" if vpc else ""
    if not cidrs:
        return f"{_ANY}{inside}"
    return f"{', '.join(map(str, cidrs))}{inside}"


def _images(team: Resource) -> str:
    found = {name: team.peek(f"{_PRESIGN}.{name}") for name in ("source_ip", "vpc_source_ip")}
    if "Enabled" in [each for each in found.values() if isinstance(each, str)]:
        return "images only from the worker's own address"
    if any(isinstance(each, Unknown) for each in found.values()):
        return "where images can be fetched from is not known"
    return "images from any address while their link is valid"


# What


def _classification(job: Resource, settings: Settings) -> str:
    """What the settings say of the images and of the labels, and a tag of the job; the first sensitive one counts.

    Only what the settings say of the images makes them public: a tag is set by whoever launches the job.
    """
    images = settings.class_of(job.peek(_MANIFEST))
    tags = job.peek("tags")
    tag = tags.get(CLASSIFICATION_TAG) if isinstance(tags, Mapping) else None
    said = [images, tag, settings.class_of(job.peek("output_config.s3_output_path"))]
    sensitive = [each for each in said if isinstance(each, str) and each in CLASSIFICATIONS and each != "public"]
    if sensitive:
        return sensitive[0]
    return "public" if images == "public" else UNCLASSIFIED


def _input(job: Resource) -> str:
    if job.type == FLOW:
        return "comes with each human loop"
    return _text(job.peek(_MANIFEST)) or _text(job.peek(_TOPIC))


def _key(value: Any) -> str:
    return "not known" if isinstance(value, Unknown) and not _known_text(value) else _text(value)


def _name(job: Resource) -> str:
    name = _text(job.peek("labeling_job_name" if job.type == JOB else "flow_definition_name"))
    name = name or job.address.partition(".")[2]
    return f"flow definition {name}" if job.type == FLOW else name


def _status(job: Resource) -> str:
    status = job.peek("labeling_job_status" if job.type == JOB else "flow_definition_status")
    if status is None and job.source != "live":
        return f"described in {job.location.file}"
    return _text(status) or "not known"


def _field(arn: Any, number: int) -> str:
    """A field of an ARN, if it is known: 3 the Region, 4 the account."""
    fields = arn.split(":") if isinstance(arn, str) else []
    return fields[number] if len(fields) > 5 else ""


def _is_over(job: Resource) -> bool:
    return _text(job.peek("labeling_job_status")) in ("Completed", "Failed", "Stopped")


def _arn_of(job: Resource) -> str:
    return job.location.file if job.location.file.startswith("arn:") else ""


def _text(value: Any) -> str:
    """``value`` for people; "" where nothing is known of it."""
    if isinstance(value, Unknown):
        return value.text if _known_text(value) or value.symbol else ""
    return "" if value is None else str(value)


def _known_text(value: Unknown) -> bool:
    return any(isinstance(part, str) for part in value.parts)


def _moment(value: Any) -> datetime.datetime | None:
    if not isinstance(value, datetime.datetime):
        return None
    return value if value.tzinfo else value.replace(tzinfo=datetime.UTC)


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
