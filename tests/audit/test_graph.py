"""How resources of a graph are found: by name, in their Region, and where some could not be read."""

from __future__ import annotations

from typing import Any

import pytest

from gtctl.audit.graph import Graph, elsewhere
from gtctl.audit.model import Hole, Location, Resource, Undecided, Unknown, Unread

KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234"


def made(type_: str, label: str, **attributes: Any) -> Resource:
    return Resource(type_, f"{type_}.{label}", attributes, "live", Location("aws://111122223333"))


def hidden(type_: str, **known: Any) -> Resource:
    return Resource(type_, f"{type_}.*", Unread("it needs LIST", known), "live", Location("aws://111122223333"))


def test_text_finds_what_has_it_as_its_id_arn_or_name_and_a_bucket_by_its_arn() -> None:
    key = made("aws_kms_key", "k", id="1234", key_id="1234", arn=KEY)
    bucket = made("aws_s3_bucket", "b", id="scans", bucket="scans")
    graph = Graph([key, bucket])
    assert graph.target(KEY) is key and graph.target("1234", "aws_kms_key") is key
    assert graph.target("arn:aws:s3:::scans") is bucket
    assert graph.target("1234", "aws_s3_bucket") is None and graph.target("arn:aws:s3:::labels") is None


def test_an_arn_that_may_be_of_something_unread_is_undecided() -> None:
    graph = Graph([hidden("aws_kms_key", arn=Unknown("r", ("arn:aws:kms:eu-west-1:111122223333:key/", Hole())))])
    with pytest.raises(Undecided, match="it needs LIST"):
        graph.target(KEY)
    assert graph.target(KEY.replace("eu-west-1", "us-east-1")) is None
    assert graph.target("arn:aws:logs:eu-west-1:111122223333:log-group:trail") is None


def test_a_name_that_may_be_of_something_unread_is_undecided_only_for_its_type() -> None:
    graph = Graph([hidden("aws_cognito_user_pool")])
    with pytest.raises(Undecided):
        graph.target("eu-west-1_workers", "aws_cognito_user_pool")
    assert graph.target("eu-west-1_workers") is None
    assert graph.target("eu-west-1_workers", "aws_s3_bucket") is None


def test_a_name_is_one_of_its_own_region_and_an_arn_or_a_bucket_of_any() -> None:
    rule = made("aws_cloudwatch_event_rule", "r", name="alert", region="eu-west-1")
    here = made("aws_cloudwatch_event_target", "here", rule="alert", region="eu-west-1")
    there = made("aws_cloudwatch_event_target", "there", rule="alert", region="us-east-1")
    assert Graph([rule, here, there]).related(rule, "aws_cloudwatch_event_target", "rule") == [here]
    bucket = made("aws_s3_bucket", "b", bucket="trail", region="eu-west-1")
    trail = made("aws_cloudtrail", "t", s3_bucket_name="trail", region="us-east-1")
    assert Graph([bucket, trail]).related(bucket, "aws_cloudtrail", "s3_bucket_name") == [trail]


def test_only_known_regions_tell_two_places_apart() -> None:
    one, other, open_ = (made("t", name, region=name) for name in ("eu-west-1", "us-east-1", "x"))
    assert elsewhere(one, other) and not elsewhere(one, one)
    assert not elsewhere(one, made("t", "n")) and not elsewhere(one, made("t", "n", region=Unknown("open")))
    assert elsewhere(one, open_)


def test_a_resource_that_is_asked_about_and_none_of_the_graph_is_not_kept() -> None:
    bucket = made("aws_s3_bucket", "b", bucket="scans")
    graph = Graph([bucket])
    for number in range(3):
        graph.related(made("aws_sagemaker_labeling_job", f"j{number}"), "aws_s3_bucket_policy", "bucket")
    graph.related(bucket, "aws_s3_bucket_policy", "bucket")
    assert list(graph._names) == [bucket]
