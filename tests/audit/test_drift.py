"""Code beside an account: what a rule reads and what differs is told, with the rules; nothing else is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gtctl.audit import registry
from gtctl.audit.drift import READ_LIVE, Drift, compare
from gtctl.audit.evidence import state
from gtctl.audit.model import Location, Resource, Unknown, Unread
from gtctl.audit.settings import Settings
from gtctl.errors import BadInput
from tests.audit.live.answers import answers, evidence

TRAIL: dict[str, Any] = {
    "arn": "arn:aws:cloudtrail:eu-west-1:111122223333:trail/evidence",
    "name": "evidence",
    "is_multi_region_trail": True,
    "enable_logging": True,
    "enable_log_file_validation": True,
    "kms_key_id": "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    "description": "not read by any rule",
}
BUCKET = {"id": "scans", "bucket": "scans", "arn": "arn:aws:s3:::scans"}


def ours(type_: str, attributes: dict[str, Any], name: str = "this") -> Resource:
    return Resource(type_, f"module.m.{type_}.{name}", attributes, "plan", Location("plan.json"))


def theirs(type_: str, attributes: Any, name: str = "there", when: tuple[str, ...] = ()) -> Resource:
    return Resource(type_, f"{type_}.{name}", attributes, "live", Location(f"aws://{name}"), when=when)


def drift(planned: list[Resource], live: list[Resource]) -> Drift:
    return compare(planned, live, registry.rules(), Settings())


def told(planned: list[Resource], live: list[Resource]) -> list[tuple[str, str, str, str]]:
    return [(each.address, each.attribute, each.planned, each.observed) for each in drift(planned, live).differences]


def test_a_changed_attribute_is_told_with_the_rules_that_read_it() -> None:
    changed = TRAIL | {"enable_logging": False}
    [difference] = drift([ours("aws_cloudtrail", TRAIL)], [theirs("aws_cloudtrail", changed)]).differences
    assert (difference.address, difference.live) == ("module.m.aws_cloudtrail.this", "aws_cloudtrail.there")
    assert (difference.attribute, difference.planned, difference.observed) == ("enable_logging", "true", "not set")
    assert "GT404" in difference.rules
    assert not set(difference.rules) & {"GT201", "GT402"}


def test_what_no_rule_reads_is_no_drift() -> None:
    assert told([ours("aws_cloudtrail", TRAIL)], [theirs("aws_cloudtrail", TRAIL | {"description": "other"})]) == []


def test_policies_that_say_the_same_in_other_words_are_no_drift() -> None:
    code = {"Statement": [{"Effect": "Allow", "Action": ["a:B", "a:C"], "Principal": {"AWS": "111122223333"}}]}
    said = {
        "Statement": {
            "Principal": {"AWS": ["arn:aws:iam::111122223333:root"]},
            "Action": ["a:C", "a:B"],
            "Effect": "Allow",
        }
    }
    planned, live = ({"bucket": "scans", "policy": json.dumps(each)} for each in (code, said))
    assert told([ours("aws_s3_bucket_policy", planned)], [theirs("aws_s3_bucket_policy", live)]) == []


@pytest.mark.parametrize(
    ("attribute", "planned", "live"),
    [
        ("source_ip_config", [{"cidrs": ["10.0.0.0/8", "192.0.2.0/24"]}], [{"cidrs": ["192.0.2.0/24", "10.0.0.0/8"]}]),
        ("cognito_config", [{"user_pool": "eu-west-1_x", "client_id": "1"}], [{"user_pool": "eu-west-1_x"}]),
        ("oidc_config", [], None),
    ],
)
def test_order_and_empty_blocks_make_no_difference(attribute: str, planned: Any, live: Any) -> None:
    known = {"workforce_name": "hospital", "source_ip_config": [{"cidrs": ["10.0.0.0/8"]}]}
    live_ = known | {attribute: live} if live is not None else known
    assert (
        told(
            [ours("aws_sagemaker_workforce", known | {attribute: planned})], [theirs("aws_sagemaker_workforce", live_)]
        )
        == []
    )


def test_a_setting_that_the_account_no_longer_has_is_drift() -> None:
    known = {"workforce_name": "hospital"}
    planned = ours("aws_sagemaker_workforce", known | {"source_ip_config": [{"cidrs": ["10.0.0.0/8"]}]})
    assert told([planned], [theirs("aws_sagemaker_workforce", known)]) == [
        ("module.m.aws_sagemaker_workforce.this", "source_ip_config.cidrs", "10.0.0.0/8", "not set")
    ]


def test_a_key_may_be_named_by_its_arn_or_its_id() -> None:
    group = {"name": "/aws/sagemaker/LabelingJobs", "kms_key_id": TRAIL["kms_key_id"], "retention_in_days": 2192}
    short = group | {"kms_key_id": "1234abcd-12ab-34cd-56ef-1234567890ab"}
    other = group | {"kms_key_id": "99999999-12ab-34cd-56ef-1234567890ab"}
    code = [ours("aws_cloudwatch_log_group", group)]
    assert told(code, [theirs("aws_cloudwatch_log_group", short)]) == []
    assert [each[1] for each in told(code, [theirs("aws_cloudwatch_log_group", other)])] == ["kms_key_id"]


def test_of_two_policies_only_the_statements_that_differ_are_told() -> None:
    both = {"Sid": "Both", "Effect": "Deny", "Action": "s3:*", "Principal": "*", "Resource": "*"}
    stranger = {"Sid": "Stranger", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}
    policies = [
        {"bucket": "scans", "policy": json.dumps({"Statement": statements})}
        for statements in ([both], [both, stranger])
    ]
    planned, live = ours("aws_s3_bucket_policy", policies[0]), theirs("aws_s3_bucket_policy", policies[1])
    [(_, attribute, wanted, found)] = told([planned], [live])
    assert (attribute, wanted) == ("policy", "nothing like it")
    assert "Stranger" in found and "Both" not in found


def test_what_is_on_one_side_only_is_told() -> None:
    versioning = {"bucket": "scans", "versioning_configuration": [{"status": "Enabled"}]}
    block = {"bucket": "scans", "block_public_acls": True}
    planned = [ours("aws_s3_bucket", BUCKET), ours("aws_s3_bucket_versioning", versioning)]
    other = {"id": "by-hand", "bucket": "by-hand", "arn": "arn:aws:s3:::by-hand"}
    live = [
        theirs("aws_s3_bucket", BUCKET),
        theirs("aws_s3_bucket", other, "by-hand"),
        # Of a bucket of the code, and of one that is told by itself already; and a kind of which the code has none.
        theirs("aws_s3_bucket_public_access_block", block),
        theirs("aws_s3_bucket_public_access_block", block | {"bucket": "by-hand"}, "by-hand"),
        theirs("aws_cloudtrail", TRAIL),
    ]
    assert told(planned, live) == [
        ("module.m.aws_s3_bucket_versioning.this", "", "there", "not in the account"),
        ("aws_s3_bucket.by-hand", "", "not in the code", "there"),
        ("aws_s3_bucket_public_access_block.there", "", "not in the code", "there"),
    ]


def test_what_is_not_known_on_either_side_is_counted_and_no_difference() -> None:
    later = TRAIL | {"kms_key_id": Unknown("known after apply"), "enable_logging": Unknown("known after apply")}
    found = drift([ours("aws_cloudtrail", later)], [theirs("aws_cloudtrail", TRAIL | {"enable_logging": False})])
    assert (found.differences, found.not_comparable) == ([], 2)
    assert found.compared > 0


def test_what_could_not_be_listed_is_not_missing() -> None:
    unread = theirs("aws_cloudtrail", Unread("it needs cloudtrail:DescribeTrails"), "*", when=("what was not read",))
    found = drift([ours("aws_cloudtrail", TRAIL)], [unread])
    assert (found.differences, found.not_comparable) == ([], 1)


def test_resources_of_one_name_are_told_apart_by_their_arns() -> None:
    here, there = TRAIL, TRAIL | {"arn": TRAIL["arn"].replace("eu-west-1", "us-east-1"), "enable_logging": False}
    live = [theirs("aws_cloudtrail", there, "far"), theirs("aws_cloudtrail", here, "near")]
    assert told([ours("aws_cloudtrail", here)], live) == [("aws_cloudtrail.far", "", "not in the code", "there")]


def test_a_client_that_another_resource_takes_over_is_what_that_says() -> None:
    base = {"id": "1", "user_pool_id": "eu-west-1_x", "name": "portal", "access_token_validity": None}
    managed = ours("aws_cognito_managed_user_pool_client", base | {"access_token_validity": 15})
    plain = ours("aws_cognito_user_pool_client", base)
    live = theirs("aws_cognito_user_pool_client", base | {"access_token_validity": 15})
    pool = theirs("aws_cognito_user_pool", {"id": "eu-west-1_x"})
    assert told([plain, managed], [live, pool]) == []
    changed = theirs("aws_cognito_user_pool_client", base | {"access_token_validity": 90})
    assert told([plain, managed], [changed, pool]) == [
        ("module.m.aws_cognito_managed_user_pool_client.this", "access_token_validity", "15", "90")
    ]


def test_every_type_that_is_read_in_an_account_is_compared() -> None:
    """Labeling jobs are not made by code; the others are what no code can make."""
    found = {each.type for each in evidence(answers()).resources}
    apart = {"aws_sagemaker_labeling_job", "gtctl_subscribed_workteam"}
    assert {type_ for type_ in found if not type_.startswith("data.")} - apart <= READ_LIVE


# States


def test_a_state_is_read_as_it_is_shown_and_as_it_is_written(tmp_path: Path) -> None:
    shown = {
        "format_version": "1.0",
        "values": {
            "root_module": {
                "child_modules": [
                    {
                        "resources": [
                            {
                                "mode": "managed",
                                "type": "aws_s3_bucket",
                                "address": 'module.m.aws_s3_bucket.this["a"]',
                                "values": BUCKET,
                            },
                            {"mode": "data", "type": "aws_region", "address": "data.aws_region.x", "values": {}},
                        ]
                    }
                ]
            }
        },
    }
    instance = {"index_key": "a", "attributes": BUCKET}
    managed = {
        "mode": "managed",
        "module": "module.m",
        "type": "aws_s3_bucket",
        "name": "this",
        "instances": [instance],
    }
    for document in (shown, {"version": 4, "resources": [managed, {"mode": "data"}]}):
        file = tmp_path / "state.json"
        file.write_text(json.dumps(document))
        [resource] = state.load(file)
        assert (resource.address, dict(resource.attributes)) == ('module.m.aws_s3_bucket.this["a"]', BUCKET)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "is not JSON"),
        ("[]", "is no state"),
        ('{"version": 3, "resources": []}', "is no state"),
        ('{"version": 4}', "is no state"),
        ('{"planned_values": {}}', "is a plan"),
    ],
)
def test_what_is_no_state_is_refused_in_one_line(tmp_path: Path, text: str, why: str) -> None:
    file = tmp_path / "state.json"
    file.write_text(text)
    with pytest.raises(BadInput, match=why) as caught:
        state.load(file)
    assert "\n" not in str(caught.value)
