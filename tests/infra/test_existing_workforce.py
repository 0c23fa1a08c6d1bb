"""A workforce that the account has already is noticed before anything is built."""

from __future__ import annotations

from typing import Any

import pytest

from gtctl.errors import BadInput
from gtctl.infra import existing_workforce
from tests.account import Account


def _plan(region: str, *actions: str) -> dict[str, Any]:
    change = {"type": "aws_sagemaker_workforce", "change": {"actions": list(actions)}}
    return {"variables": {"region": {"value": region}}, "resource_changes": [change]}


def _check(plan: dict[str, Any], sandbox: Any) -> list[str]:
    said: list[str] = []
    existing_workforce.check(plan, sandbox.environment(), said.append)
    return said


def test_a_second_workforce_is_refused_with_the_words_that_adopt_the_first(sandbox: Any, account: Account) -> None:
    with pytest.raises(BadInput) as refused:
        _check(_plan(account.region, "create"), sandbox)
    for part in (account.workforce, account.region, account.pool, account.pool_client, "existing_workforce = {"):
        assert part in str(refused.value)


@pytest.mark.parametrize("actions", [["no-op"], ["update"], ["delete", "create"], ["delete"]])
def test_changes_of_the_stacks_own_workforce_are_nobodys_business(
    sandbox: Any, account: Account, actions: list[str]
) -> None:
    assert _check(_plan(account.region, *actions), sandbox) == []


def test_an_account_without_one_may_have_one(sandbox: Any) -> None:
    assert _check(_plan("eu-north-1", "create"), sandbox) == []


def test_an_account_that_does_not_answer_is_told_of_and_stops_nothing() -> None:
    nowhere = {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "none",
    }
    said: list[str] = []
    existing_workforce.check(_plan("us-east-1", "create"), nowhere, said.append)
    assert len(said) == 1
    assert said[0].startswith("Could not see whether us-east-1 has a workforce already")
