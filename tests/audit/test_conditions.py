"""Condition operators of IAM, on requests that a rule describes."""

from typing import Any

import pytest

from gtctl.audit.conditions import Probe, is_particular, met
from gtctl.audit.iam import Condition
from gtctl.audit.model import Hole, Undecided, Unknown


def holds(operator: str, values: list[Any], value: str | Probe) -> bool:
    return met([Condition(operator.lower(), "key", values)], {"key": value})


@pytest.mark.parametrize(
    ("operator", "values", "value", "expected"),
    [
        ("StringEquals", ["a", "b"], "b", True),
        ("StringEquals", ["a"], "A", False),
        ("StringEqualsIgnoreCase", ["a"], "A", True),
        ("StringNotEquals", ["a"], "b", True),
        ("StringLike", ["arn:*:key/?"], "arn:x:key/1", True),
        ("StringLike", ["[a]"], "a", False),
        ("ArnNotLike", ["arn:aws:*"], "arn:aws:x", False),
        ("Bool", [False], "false", True),
        # Negated operators hold where the key is missing, others only with IfExists.
        ("StringEquals", ["a"], Probe.ABSENT, False),
        ("StringEqualsIfExists", ["a"], Probe.ABSENT, True),
        ("StringNotEquals", ["a"], Probe.ABSENT, True),
        ("ForAllValues:StringEquals", ["a"], Probe.ABSENT, True),
        ("ForAnyValue:StringEquals", ["a"], Probe.ABSENT, False),
        ("Null", ["true"], Probe.ABSENT, True),
        ("Null", ["false"], Probe.ABSENT, False),
        ("Null", [False], "a", True),
        # A value that nobody names equals nothing, and fits a bare wildcard only.
        ("StringEquals", ["*"], Probe.OTHER, False),
        ("StringNotEquals", ["a"], Probe.OTHER, True),
        ("StringLike", ["*"], Probe.OTHER, True),
        ("StringNotLike", ["*"], Probe.OTHER, False),
    ],
)
def test_an_operator_decides_as_iam_does(operator: str, values: list[Any], value: str | Probe, expected: bool) -> None:
    assert holds(operator, values, value) is expected


def test_a_condition_on_a_key_that_nothing_is_told_of_is_not_surely_met() -> None:
    assert not met([Condition("stringnotequals", "aws:requestedregion", ["eu-west-1"])], {})


def test_a_reference_is_no_wildcard_and_a_variable_may_be_one() -> None:
    assert is_particular(Unknown("", (Hole("aws_kms_key.k.arn"),)))
    assert is_particular(Unknown("", ("arn:aws:kms:", Hole("var.region"))))
    with pytest.raises(Undecided):
        is_particular(Unknown("no value", (Hole("var.key.arn"),)))
    with pytest.raises(Undecided):
        holds("StringNotLike", [Unknown("no value", (Hole("var.keys"),))], Probe.OTHER)
