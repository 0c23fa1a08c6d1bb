"""What holds for any input: no reader raises, and no way of writing a violation makes it pass."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gtctl.audit import engine
from gtctl.audit.evidence import READERS
from gtctl.audit.evidence.hcl.syntax import HclError, parse
from gtctl.audit.graph import Graph
from gtctl.audit.model import Evidence, Verdict
from gtctl.audit.registry import rules
from tests.policies.fixtures import Fixture, fixtures

ROOT = Path(__file__).parent.parent.parent
REAL_CODE = sorted([*ROOT.glob("terraform/*.tf"), *ROOT.glob("modules/*/*.tf")])
FAILING = [fixture for fixture in fixtures("hcl") if fixture.expected == "fail"]
WORDS = st.sampled_from(
    [
        *'{}[]()"=,.:?%$<>!&|*+-/#\n\\ ',
        "${",
        "%{",
        "<<EOF\n",
        "for",
        "in",
        "if",
        "null",
        "resource",
        "x",
        "1",
        "é",
        "\x00",
    ]
)


JSON_TEXT: st.SearchStrategy[bytes] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "HumanTaskConfig",
                    "WorkteamArn",
                    "resource_changes",
                    "change",
                    "after",
                    "actions",
                    "address",
                    "type",
                    "mode",
                    "planned_values",
                    "configuration",
                    "root_module",
                    "resources",
                    "Tags",
                    "x",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=15,
).map(lambda value: json.dumps(value).encode())


def judge_everything(pieces: list[Evidence]) -> None:
    """Every rule on every resource: an engine that judges strange evidence must not raise either."""
    for piece in pieces:
        graph = Graph(piece.resources)
        for resource in piece.resources:
            for entry in rules():
                if resource.type in entry.rule.resource_types:
                    engine.verdict(entry, resource, graph)


@given(st.lists(WORDS, max_size=40).map("".join))
@settings(max_examples=300, deadline=None)
def test_any_text_is_parsed_or_refused_with_a_line(text: str) -> None:
    try:
        parse(text)
    except HclError as error:
        assert 1 <= error.line <= text.count("\n") + 1


@given(st.sampled_from(REAL_CODE), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damaged_code_raises_nothing(tmp_path: Path, file: Path, chance: random.Random) -> None:
    (tmp_path / "main.tf").write_text(damaged(file.read_text(), chance))
    judge_everything(list(READERS["hcl"].load()({str(tmp_path / "main.tf"): b""})))


@pytest.mark.parametrize("source", ["plan", "job"])
@given(content=st.one_of(st.binary(max_size=200), JSON_TEXT))
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_read_or_a_problem(source: str, content: bytes) -> None:
    for name in ("x.json", "x.yaml"):
        judge_everything(list(READERS[source].load()({name: content})))


def damaged(text: str, chance: random.Random) -> str:
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(text))
        until = at + chance.randint(0, 30)
        text = (
            text[:at] + chance.choice(["", "{", "}", '"', "${", "\n", "null", text[until : until + 40]]) + text[until:]
        )
    return text


# Rewriting code without changing what it means


def renamed(text: str) -> dict[str, str]:
    labels = re.findall(r'^(?:resource|data) "(\w+)" "(\w+)"', text, re.MULTILINE)
    for type_, name in labels:
        text = re.sub(rf'"{type_}" "{name}"', f'"{type_}" "{name}_renamed"', text)
        text = re.sub(rf"\b{type_}\.{name}\b", f"{type_}.{name}_renamed", text)
    return {"main.tf": text}


def reordered(text: str) -> dict[str, str]:
    blocks = re.split(r"(?<=^\}\n)\n*", text, flags=re.MULTILINE)
    return {"main.tf": "\n".join(reversed(blocks))}


def moved_into_a_module(text: str) -> dict[str, str]:
    return {"inner/main.tf": text, "main.tf": 'module "inner" {\n  source = "./inner"\n}\n'}


def through_locals(text: str) -> dict[str, str]:
    """Every text in an attribute takes the way through a local value."""
    values: list[str] = []

    def replaced(match: re.Match[str]) -> str:
        values.append(match[2])
        return f"{match[1]}local.moved_{len(values) - 1}\n"

    text = re.sub(
        r'^( +\w+ *= )("[^"\n]*")\n', lambda m: m[0] if "each." in m[0] else replaced(m), text, flags=re.MULTILINE
    )
    moved = "".join(f"  moved_{at} = {value}\n" for at, value in enumerate(values))
    return {"main.tf": f"{text}\nlocals {{\n{moved}}}\n"}


def through_a_variable_of_a_module(text: str) -> dict[str, str]:
    """As through locals, with the values given from outside."""
    files = through_locals(text)["main.tf"]
    code, _, values = files.rpartition("locals {\n")
    names = re.findall(r"^  (moved_\d+) = (.*)$", values, re.MULTILINE)
    # What refers to something of the module itself cannot be given from outside.
    outside = {name: value for name, value in names if "${" not in value}
    for name in outside:
        code = re.sub(rf"\blocal\.{name}\b", f"var.{name}", code)
    inside = "".join(f"  {name} = {value}\n" for name, value in names if name not in outside)
    declared = "".join(f'variable "{name}" {{}}\n' for name in outside)
    given = "".join(f"  {name} = {value}\n" for name, value in outside.items())
    return {
        "inner/main.tf": f"{code}\nlocals {{\n{inside}}}\n{declared}",
        "main.tf": f'module "inner" {{\n  source = "./inner"\n{given}}}\n',
    }


def counted(text: str) -> dict[str, str]:
    """Each resource once more, by count."""
    if "for_each" in text or "count" in text:
        return {"main.tf": text}
    types = re.findall(r'^resource "(\w+)" "(\w+)"', text, re.MULTILINE)
    for type_, name in types:
        text = re.sub(rf'(resource "{type_}" "{name}" {{\n)', r"\1  count = 1\n", text)
        text = re.sub(rf"(?<![\w.\"]){type_}\.{name}\b(?!\[)", f"{type_}.{name}[0]", text)
    return {"main.tf": text}


REWRITES: list[Callable[[str], dict[str, str]]] = [
    renamed,
    reordered,
    moved_into_a_module,
    through_locals,
    through_a_variable_of_a_module,
    counted,
]


@pytest.mark.parametrize("rewrite", REWRITES, ids=lambda rewrite: rewrite.__name__)
@pytest.mark.parametrize("fixture", FAILING, ids=lambda fixture: fixture.name)
def test_a_violation_does_not_pass_for_being_written_otherwise(
    fixture: Fixture, rewrite: Callable[[str], dict[str, str]], tmp_path: Path
) -> None:
    for name, text in rewrite(fixture.file.read_text()).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    found: set[Verdict] = set()
    for piece in READERS["hcl"].load()({str(tmp_path / "main.tf"): b""}):
        assert not piece.problems
        graph = Graph(piece.resources)
        for resource in piece.resources:
            if resource.type in fixture.entry.rule.resource_types:
                result = engine.verdict(fixture.entry, resource, graph)
                found |= {result.verdict} if result else set()
    assert Verdict.FAIL in found
