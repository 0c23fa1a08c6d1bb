"""What carries messages about work: topics, queues, and the rules of EventBridge with their targets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gtctl.audit.evidence.live.reading import NotRead, Reader
from gtctl.audit.model import Resource

_TOPIC, _TOPIC_POLICY = "aws_sns_topic", "aws_sns_topic_policy"
_QUEUE, _QUEUE_POLICY = "aws_sqs_queue", "aws_sqs_queue_policy"
_RULE, _TARGET = "aws_cloudwatch_event_rule", "aws_cloudwatch_event_target"


def topics(reader: Reader, region: str) -> list[Resource]:
    """The topics of a Region and their policies."""
    listed, found = reader.listed("sns:ListTopics", region, "Topics", _TOPIC, _TOPIC_POLICY)
    for resources in reader.map(lambda topic: topic_of(reader, region, topic["TopicArn"]), listed):
        found += resources
    return found


def topic_of(reader: Reader, region: str, arn: str) -> list[Resource]:
    name = arn.rpartition(":")[2]
    try:
        attributes = reader.call("sns:GetTopicAttributes", region, on=arn, TopicArn=arn)["Attributes"]
    except NotRead as reason:
        known = {"id": arn, "arn": arn, "name": name}
        return [reader.unread(type_, name, known, reason, arn, region) for type_ in (_TOPIC, _TOPIC_POLICY)]
    topic = {"id": arn, "arn": arn, "name": name, "kms_master_key_id": attributes.get("KmsMasterKeyId")}
    policy = {"arn": arn, "policy": attributes.get("Policy")}
    return [
        reader.resource(_TOPIC, name, topic, arn, region),
        reader.resource(_TOPIC_POLICY, name, policy, arn, region),
    ]


def queues(reader: Reader, region: str) -> list[Resource]:
    """The queues of a Region, and the policies of those that have one."""
    listed, found = reader.listed("sqs:ListQueues", region, "QueueUrls", _QUEUE, _QUEUE_POLICY)
    for resources in reader.map(lambda url: _queue(reader, region, url), listed):
        found += resources
    return found


def _queue(reader: Reader, region: str, url: str) -> list[Resource]:
    name = url.rpartition("/")[2]
    arn = f"arn:{reader.partition}:sqs:{region}:{reader.account}:{name}"
    known = {"id": url, "url": url, "name": name, "arn": arn}
    policy = {"id": url, "queue_url": url}
    wanted = ["KmsMasterKeyId", "Policy", "SqsManagedSseEnabled"]
    try:
        answer = reader.call("sqs:GetQueueAttributes", region, on=arn, QueueUrl=url, AttributeNames=wanted)
    except NotRead as reason:
        return [
            reader.unread(_QUEUE, name, known, reason, arn, region),
            reader.unread_if_any(_QUEUE_POLICY, name, policy, reason, arn, region),
        ]
    attributes = answer.get("Attributes", {})
    known["kms_master_key_id"] = attributes.get("KmsMasterKeyId")
    known["sqs_managed_sse_enabled"] = attributes.get("SqsManagedSseEnabled") == "true"
    found = [reader.resource(_QUEUE, name, known, arn, region)]
    if attributes.get("Policy"):
        policy["policy"] = attributes["Policy"]
        found.append(reader.resource(_QUEUE_POLICY, name, policy, arn, region))
    return found


def event_rules(reader: Reader, region: str) -> list[Resource]:
    """The rules on the default bus of a Region, where events of CloudTrail come, and their targets."""
    rules, found = reader.listed("events:ListRules", region, "Rules", _RULE, _TARGET)
    for resources in reader.map(lambda rule: _rule(reader, region, rule), rules):
        found += resources
    return found


def _rule(reader: Reader, region: str, rule: Mapping[str, Any]) -> list[Resource]:
    name, arn = rule["Name"], rule["Arn"]
    attributes = {
        "id": name,
        "name": name,
        "arn": arn,
        "event_bus_name": rule.get("EventBusName"),
        "event_pattern": rule.get("EventPattern"),
        "schedule_expression": rule.get("ScheduleExpression"),
        "state": rule.get("State"),
    }
    targets, found = reader.listed(
        "events:ListTargetsByRule", region, "Targets", _TARGET, on=arn, of=(f"{name}/*", {"rule": name}), Rule=name
    )
    for target in targets:
        own = {"rule": name, "target_id": target["Id"], "arn": target["Arn"]}
        found.append(reader.resource(_TARGET, f"{name}/{target['Id']}", own, arn, region))
    return [reader.resource(_RULE, name, attributes, arn, region), *found]
