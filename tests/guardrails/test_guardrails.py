"""The permissions boundary, the policy and the service control policy, each alone, before an independent simulator."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from tests.guardrails.cases import ACCOUNT, FORMS, KINDS, cases, principals
from tests.guardrails.conftest import Documents, Simulate

LIMITS = {"boundary": 6144, "policy": 6144, "scp": 5120}
CASES = {name: cases(form) for name, form in FORMS.items()}


def every(documents: Documents) -> list[dict[str, Any]]:
    return [
        {"form": form, "kind": kind, "document": document}
        for form, kinds in documents.items()
        for kind, document in kinds.items()
    ]


def test_each_document_alone_refuses_every_bad_request_and_allows_the_good_ones(
    documents: Documents, simulate: Simulate
) -> None:
    questions = {form: [case.question for case in asked] for form, asked in CASES.items()}
    mistakes = simulate(documents=every(documents), cases=questions, checked=True, mistakes=20)
    assert [mistake for found in mistakes for mistake in found] == []


def test_there_are_enough_cases_of_either_sort_for_every_document() -> None:
    for asked in CASES.values():
        for kind in KINDS:
            refused = [case.refused for case in asked if kind in case.kinds]
            assert refused.count(True) >= 400
            assert refused.count(False) >= 30


def test_every_part_of_every_denial_is_needed(documents: Documents, simulate: Simulate) -> None:
    mutants = [
        document | {"part": part, "document": mutant, "tries": tries(document["form"], actions)}
        for document in every(documents)
        for part, actions, mutant in without_one_part(document["document"])
    ]
    questions = {form: [case.question for case in asked] for form, asked in CASES.items()}
    mistakes = simulate(documents=mutants, cases=questions, checked=False, mistakes=1)
    unnoticed = [
        f"{mutant['form']} {mutant['kind']} without {mutant['part']}"
        for mutant, found in zip(mutants, mistakes, strict=True)
        if not found
    ]
    assert len(mutants) > 300
    assert unnoticed == []


def tries(form: str, actions: list[str]) -> list[int]:
    """Which cases can tell that a statement on these actions has changed: well mixed, so that one is found soon."""
    patterns = [action.lower() for action in actions]
    found = [
        index
        for index, case in enumerate(CASES[form])
        if any(fnmatchcase(case.action.lower(), pattern) for pattern in patterns)
    ]
    random.Random(0).shuffle(found)
    return found


def without_one_part(document: dict[str, Any]) -> Iterator[tuple[str, list[str], dict[str, Any]]]:
    """The document without one denial, one of its conditions, or one entry of one of its lists: (what, actions, it)."""
    for number, statement in enumerate(document["Statement"]):
        if statement["Effect"] != "Deny":
            continue
        actions = [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
        yield statement["Sid"], actions, document | {"Statement": [s for s in document["Statement"] if s != statement]}
        for path in parts(statement):
            mutant = copy.deepcopy(document)
            holder = mutant["Statement"][number]
            for step in path[:-1]:
                holder = holder[step]
            del holder[path[-1]]
            if mutant["Statement"][number].get("Condition") == {}:
                del mutant["Statement"][number]["Condition"]
            yield f"{statement['Sid']} {path}", actions, mutant


def parts(statement: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    """Where the parts of a statement lie that can be left out with the rest still a statement."""
    for name in ("Action", "Resource"):
        if isinstance(statement[name], list):
            yield from ((name, index) for index in range(len(statement[name])))
    for operator, tested in statement.get("Condition", {}).items():
        yield "Condition", operator
        for key, values in tested.items():
            if isinstance(values, list) and len(values) > 1:
                yield from (("Condition", operator, key, index) for index in range(len(values)))


def test_the_documents_are_within_the_limits_of_aws(documents: Documents) -> None:
    for document in every(documents):
        assert len(json.dumps(document["document"], separators=(",", ":"))) <= LIMITS[document["kind"]]


def test_a_boundary_lets_nobody_do_more_than_labeling(documents: Documents, simulate: Simulate) -> None:
    iam, sagemaker = f"arn:aws:iam::{ACCOUNT}", f"arn:aws:sagemaker:us-east-1:{ACCOUNT}"
    calls: list[tuple[str, str, dict[str, str]]] = [
        ("iam:PassRole", f"{iam}:role/admin", {"iam:PassedToService": "sagemaker.amazonaws.com"}),
        ("iam:PassRole", f"{iam}:role/scans-labeling-execution", {"iam:PassedToService": "lambda.amazonaws.com"}),
        ("sts:AssumeRole", f"{iam}:role/admin", {}),
        ("iam:CreateAccessKey", f"{iam}:user/admin", {}),
        ("sagemaker:UpdateWorkteam", f"{sagemaker}:workteam/readers", {}),
        ("sagemaker:CreateWorkforce", f"{sagemaker}:workforce/other", {}),
    ]
    questions = [
        {
            "name": f"{action} {resource}",
            "principal": principals(FORMS["any_team"])["launcher"],
            "action": action,
            "resource": resource,
            "account": ACCOUNT,
            "context": context,
            "expected": {"boundary": "ImplicitlyDenied"},
        }
        for action, resource, context in calls
    ]
    boundary = {"form": "any_team", "kind": "boundary", "document": documents["any_team"]["boundary"]}
    mistakes = simulate(documents=[boundary], cases={"any_team": questions}, checked=True, mistakes=20)
    assert mistakes == [[]]
