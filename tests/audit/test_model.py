"""Values that may not be there: what rules get to see of them."""

from typing import Any

import pytest

from gtctl.audit.graph import Graph
from gtctl.audit.model import Hole, Location, Resource, Undecided, Unknown, any_of, is_set


def resource(
    type_: str = "aws_s3_bucket", address: str = "", when: tuple[str, ...] = (), **attributes: Any
) -> Resource:
    return Resource(type_, address or f"{type_}.x", attributes, "hcl", Location("main.tf"), {}, when)


def maybe(block: Any) -> Unknown:
    return Unknown("whether there is a block is open", maybe=block)


def test_the_value_in_a_block_that_may_not_be_there_is_that_value_or_none() -> None:
    team = resource(access=[maybe({"bound": [{"ip": "Enabled"}]})])
    assert not any_of(team.all("access.bound.ip"), lambda value: value == "Disabled")
    with pytest.raises(Undecided):
        any_of(team.all("access.bound.ip"), lambda value: value == "Enabled")
    with pytest.raises(Undecided):
        is_set(team.peek("access.bound.ip"))
    assert team.all("access.bound.vpc") == []


def test_the_elements_in_a_block_that_may_not_be_there_are_seen_one_by_one() -> None:
    team = resource(network=[maybe({"cidrs": ["10.0.0.0/8", "10.1.0.0/16"]})])
    assert not any_of(team.blocks("network.cidrs"), lambda cidr: cidr == "0.0.0.0/0")
    with pytest.raises(Undecided):
        any_of(team.blocks("network.cidrs"), lambda cidr: cidr == "10.1.0.0/16")


def test_what_an_unknown_block_holds_is_not_taken_for_the_block_itself() -> None:
    team = resource(access=Unknown("no value", (Hole("var.access"),)))
    assert team.peek("access.ip").symbol == "var.access.ip"
    choice = Unknown("no value", options=({"ip": "Enabled"}, {"ip": "Disabled"}))
    assert not any_of(resource(access=[choice]).all("access.ip"), lambda value: value == "None")
    with pytest.raises(Undecided):
        any_of(resource(access=[choice]).all("access.ip"), lambda value: value == "Enabled")


def planned_bucket(**attributes: Any) -> Resource:
    computed = {name: Unknown("known after apply", (Hole(f"aws_s3_bucket.x.{name}"),), False) for name in ("id", "arn")}
    return resource(**{**computed, **attributes})


@pytest.mark.parametrize("trail_bucket", ["hospital-trail", "arn:aws:s3:::hospital-trail"])
def test_a_bucket_with_a_known_name_is_told_from_another_before_its_id_is_known(trail_bucket: str) -> None:
    bucket = planned_bucket(bucket="hospital-scans")
    trail = resource("aws_cloudtrail", s3_bucket_name=trail_bucket)
    own = resource("aws_cloudtrail", s3_bucket_name=trail_bucket.replace("trail", "scans"))
    assert Graph([bucket, trail]).related(bucket, "aws_cloudtrail", "s3_bucket_name") == []
    assert Graph([bucket, own]).related(bucket, "aws_cloudtrail", "s3_bucket_name") == [own]


@pytest.mark.parametrize(
    "bucket", [resource(), planned_bucket(bucket=Unknown("known after apply", (Hole("aws_s3_bucket.x.bucket"),)))]
)
def test_a_bucket_without_a_name_of_its_own_may_be_what_an_unknown_name_means(bucket: Resource) -> None:
    policy = resource("aws_s3_bucket_policy", bucket=Unknown("no value", (Hole("var.bucket"),)))
    with pytest.raises(Undecided):
        Graph([bucket, policy]).related(bucket, "aws_s3_bucket_policy", "bucket")
