"""Whether there is somebody to do the work: workteam, groups, members, notifications."""

from __future__ import annotations

from collections.abc import Iterator

from gtctl.ground_truth import WorkteamKind, workteam_kind
from gtctl.jobs.findings import member
from gtctl.jobs.preflight.model import Check, Outcome, check, failed, passed, unknown
from gtctl.jobs.preflight.policies import Answer, Question, by_resource, document
from gtctl.jobs.preflight.rights import SERVICE
from gtctl.jobs.preflight.scene import GROUP, TOPIC, Scene
from gtctl.jobs.rules import MAX_AVAILABILITY_SECONDS

_DAY = 86_400


def _team(scene: Scene) -> str:
    return scene.workteam_arn


@check("PF401", "The workteam exists and is a private one", _team)
def workteam_exists(scene: Scene) -> Iterator[Outcome]:
    if workteam_kind(scene.workteam_arn) is not WorkteamKind.PRIVATE:
        yield failed(scene.workteam_arn, "it is not private", "name a private workteam", "aws sagemaker list-workteams")
    elif scene.workteam() is None:
        yield failed(
            scene.workteam_arn,
            f"account {scene.reader.account} has no such workteam in {scene.region}",
            "name one that exists",
            f"aws sagemaker list-workteams --region {scene.region} --query 'Workteams[].WorkteamArn'",
        )
    else:
        yield passed(scene.workteam_arn)


@check("PF402", "The groups of the workteam exist", _team)
def groups_exist(scene: Scene) -> Iterator[Outcome]:
    for pool, _, group in scene.groups():
        if scene.graph.target(f"{pool}/{group}", GROUP) is None:
            yield failed(
                f"{pool}/{group}",
                "the workteam names a group that is not in the user pool",
                "make the group, or give the workteam another",
                f"aws cognito-idp create-group --user-pool-id {pool} --group-name {group}",
            )
        else:
            yield passed(f"{pool}/{group}")


@check("PF403", "The workteam has members who have signed in, enough for every image", _team)
def has_members(scene: Scene) -> Iterator[Outcome]:
    team = scene.workteam()
    if team is None:
        return  # has a check of its own
    groups = scene.groups()
    if not groups:
        yield unknown(
            scene.workteam_arn,
            "its members are in an identity provider of your own, which nobody can ask",
            "make sure that the groups of the workteam have members, and accept it with --accept-unknown",
            f"aws sagemaker describe-workteam --workteam-name {team.get('workteam_name')}",
        )
        return
    members, needed = scene.members(), _answers_per_image(scene)
    pool, _, group = groups[0]
    if not members.total:
        yield failed(scene.workteam_arn, "nobody is in its groups: the job would stand still", *_invite(pool, group))
    elif not members.confirmed:
        yield failed(
            scene.workteam_arn,
            f"none of its {members.total} members has signed in yet",
            "let them sign in to the portal with their invitation, or invite them anew",
            f"aws cognito-idp list-users-in-group --user-pool-id {pool} --group-name {group}"
            " --query 'Users[].[Username,UserStatus]'",
        )
    elif members.total < needed:
        yield failed(
            scene.workteam_arn,
            f"each image needs {needed} workers, and it has {members.total} members: no image would be done",
            f"invite more, or set workers.per_object to {members.total}",
            _invite(pool, group)[1],
        )
    else:
        yield passed(scene.workteam_arn, f"{members.confirmed} of {members.total} members have signed in")


def _invite(pool: str, group: str) -> tuple[str, str]:
    return "invite somebody, with the address in place of WORKER", (
        f"aws cognito-idp admin-create-user --user-pool-id {pool} --username WORKER"
        " --user-attributes Name=email,Value=WORKER Name=email_verified,Value=true"
        f" && aws cognito-idp admin-add-user-to-group --user-pool-id {pool} --group-name {group} --username WORKER"
    )


@check("PF404", "The members can do all images before the tasks end", _team)
def can_be_done_in_time(scene: Scene) -> Iterator[Outcome]:
    team = scene.workteam()
    if team is None or not scene.dataset or not scene.groups():
        return
    members = scene.members()
    if not members.total or not scene.dataset.objects:
        return
    given = member(scene.request, "HumanTaskConfig.TaskAvailabilityLifetimeInSeconds")
    seconds = min(given if isinstance(given, int) else MAX_AVAILABILITY_SECONDS, MAX_AVAILABILITY_SECONDS)
    answers = scene.dataset.objects * _answers_per_image(scene)
    each = seconds * members.total / answers
    text = (
        f"{answers:,} answers in {seconds / _DAY:.3g} days by {members.total} members: each has {each:,.0f} s for one, "
        "day and night"
    )
    if each < 1:
        yield failed(
            scene.workteam_arn,
            text,
            "invite more workers, label fewer images, or give the tasks more time (workers.availability)",
            f"gtctl manifest split {scene.manifest} PARTS/ --objects {max(1, scene.dataset.objects // 10)}",
        )
    else:
        yield passed(scene.workteam_arn, text)


@check("PF405", "Ground Truth may publish to the topics that tell of work", lambda scene: "topics")
def topics_work(scene: Scene) -> Iterator[Outcome]:
    for arn in scene.topic_arns():
        topic = scene.graph.target(arn, TOPIC)
        if topic is None:
            continue
        key = topic.get("kms_master_key_id")
        policies = scene.graph.of_type("aws_sns_topic_policy")
        policy = next((each.get("policy") for each in policies if each.peek("arn") == arn), None)
        question = Question("sns:Publish", arn, SERVICE, _of_the_team(scene))
        decision = by_resource(document(policy), question)
        if decision.answer is Answer.OPEN:
            yield unknown(arn, f"Ground Truth may publish or not: {decision.why}")
        elif decision.answer is not Answer.ALLOWED:
            yield failed(
                arn,
                f"its policy does not let {SERVICE} publish: workers hear of no work",
                "let the service sns:Publish, with aws:SourceAccount as condition; members"
                " who were in the team before the topic must subscribe themselves",
                f"aws sns get-topic-attributes --topic-arn {arn} --query Attributes.Policy --output text",
            )
        elif isinstance(key, str) and key.startswith("arn:"):
            yield from _key_of_topic(scene, arn, key)
        else:
            yield passed(arn)


def _key_of_topic(scene: Scene, topic: str, arn: str) -> Iterator[Outcome]:
    key = scene.key(arn)
    if key is None:
        yield failed(
            topic, "its key does not exist", "give the topic another key", f"aws kms describe-key --key-id {arn}"
        )
        return
    context = _of_the_team(scene) | {
        "kms:viaservice": f"sns.{scene.region}.amazonaws.com",
        "kms:calleraccount": scene.reader.account,
    }
    for action in ("kms:GenerateDataKey", "kms:Decrypt"):
        decision = by_resource(document(key.get("policy")), Question(action, arn, SERVICE, context))
        if decision.answer in (Answer.DENIED, Answer.NOT_ALLOWED):
            yield failed(
                topic,
                f"the policy of its key does not let {SERVICE} {action}: no message would be sent",
                f"let {SERVICE} {action} in the key's policy",
                f"aws kms get-key-policy --key-id {arn} --policy-name default --output text",
            )
            return
    yield passed(topic)


def _of_the_team(scene: Scene) -> dict[str, str]:
    """What is known of a call that Ground Truth makes for the workteam."""
    return {
        "aws:sourceaccount": scene.reader.account,
        "aws:sourcearn": scene.workteam_arn,
        "aws:securetransport": "true",
    }


def _answers_per_image(scene: Scene) -> int:
    return int(member(scene.request, "HumanTaskConfig.NumberOfHumanWorkersPerDataObject"))


CHECKS: tuple[Check, ...] = (workteam_exists, groups_exist, has_members, can_be_done_in_time, topics_work)
