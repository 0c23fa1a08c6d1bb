"""What holds for any input: no reader raises, and no way of writing a violation makes it pass."""

from __future__ import annotations

import ast
import copy
import json
import random
import re
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gtctl.audit import engine
from gtctl.audit.evidence import READERS, source_of
from gtctl.audit.evidence.hcl.syntax import HclError, parse
from gtctl.audit.graph import Graph
from gtctl.audit.model import Evidence, Verdict
from gtctl.audit.registry import rules
from tests.policies.fixtures import Fixture, fixtures

ROOT = Path(__file__).parent.parent.parent
REAL_CODE = sorted([*ROOT.glob("terraform/*.tf"), *ROOT.glob("modules/*/*.tf")])
FAILING = [fixture for fixture in fixtures("hcl") if fixture.expected == "fail"]
JOBS = [each for each in fixtures("job") if each.expected == "fail" and "label_categories" not in str(each.file)]
PROGRAMS = [each for each in fixtures("code") if each.expected == "fail" and each.file.suffix == ".py"]
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


# Job documents


Document = Any


def keys(value: Document) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from keys(item)


def documents(file: Path) -> list[Document]:
    """What the file holds; nothing where it takes more than JSON to write that down (tags)."""
    try:
        return list(yaml.safe_load_all(file.read_text()))
    except yaml.YAMLError:
        return []


def of_keys(change: Callable[[str], str]) -> Callable[[Document], Document]:
    """Every key of an API request spelled otherwise; what others give names to stays as it is."""

    def changed(value: Document) -> Document:
        if isinstance(value, dict):
            return {change(key) if key in API_NAMES else key: changed(item) for key, item in value.items()}
        return [changed(item) for item in value] if isinstance(value, list) else value

    return changed


def backwards(value: Document) -> Document:
    """Every object with its members in the other order."""
    if isinstance(value, dict):
        return {key: backwards(value[key]) for key in reversed(value)}
    return [backwards(item) for item in value] if isinstance(value, list) else value


def wrapped(value: Document) -> Document:
    return {"jobs": [{"nightly": {"request": value}}]}


def in_a_text(value: Document) -> Document:
    return {"data": {"job.json": json.dumps(value)}}


def as_lines(found: list[Document]) -> dict[str, str]:
    return {"jobs.jsonl": "".join(json.dumps(each) + "\n" for each in found)}


def as_json(found: list[Document]) -> dict[str, str]:
    return {"jobs.json": json.dumps(found)}


def as_yaml(found: list[Document]) -> dict[str, str]:
    return {"jobs.yaml": yaml.safe_dump_all(found, sort_keys=False)}


def through_anchors(found: list[Document]) -> dict[str, str]:
    """Every text is written once, at the beginning, and referred to."""
    texts: list[str] = []

    def written(value: Document) -> str:
        if isinstance(value, dict):
            return "{" + ", ".join(f"{json.dumps(key)}: {written(item)}" for key, item in value.items()) + "}"
        if isinstance(value, list):
            return f"[{', '.join(map(written, value))}]"
        if not isinstance(value, str) or not value:
            return json.dumps(value)
        if value not in texts:
            texts.append(value)
        return f"*t{texts.index(value)} "

    lines = [f"- {written(each)}" for each in found]
    anchors = "".join(f"  - &t{at} {json.dumps(text)}\n" for at, text in enumerate(texts))
    return {"jobs.yaml": f"- texts:\n{anchors}" + "\n".join(lines) + "\n"}


def merged(found: list[Document]) -> dict[str, str]:
    """Every object takes its members from an earlier one: ``<<: *name``."""
    objects: list[str] = []

    def written(value: Document) -> str:
        if isinstance(value, dict):
            members = ", ".join(f"{json.dumps(key)}: {written(item)}" for key, item in value.items())
            objects.append(f"&o{len(objects)} {{{members}}}")
            return f"{{<<: *o{len(objects) - 1} }}"
        if isinstance(value, list):
            return f"[{', '.join(map(written, value))}]"
        return json.dumps(value)

    lines = [f"- {written(each)}" for each in found]
    anchors = "".join(f"  - {each}\n" for each in objects)
    return {"jobs.yaml": f"- parts:\n{anchors}" + "\n".join(lines) + "\n"}


API_NAMES = {key for fixture in JOBS for key in keys(documents(fixture.file))}
CHANGES: dict[str, Callable[[Document], Document]] = {
    "backwards": backwards,
    "wrapped": wrapped,
    "in a text": in_a_text,
    "snake case": of_keys(lambda key: re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key).lower()),
    "capitals": of_keys(str.upper),
    "small first letters": of_keys(lambda key: key[:1].lower() + key[1:]),
}
WRITERS = [as_json, as_yaml, as_lines, through_anchors, merged]


@pytest.mark.parametrize("fixture", [each for each in JOBS if documents(each.file)], ids=lambda each: each.name)
def test_a_violation_in_a_document_does_not_pass_for_being_written_otherwise(fixture: Fixture) -> None:
    found = documents(fixture.file)
    rewritten = {write.__name__: write(found) for write in WRITERS}
    rewritten |= {name: as_json([change(each) for each in found]) for name, change in CHANGES.items()}
    verdicts = {name: judged(fixture, "job", files) for name, files in rewritten.items()}
    assert {name for name, each in verdicts.items() if Verdict.FAIL not in each} == set()


# Programs


class _Rewriter(ast.NodeTransformer):
    """Leaves what the program documents alone."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        return node if isinstance(node.value, ast.Constant) else self.generic_visit(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        return node


class _Renamed(_Rewriter):
    def __init__(self, names: set[str]) -> None:
        self.names = names

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Name(f"{node.id}_renamed" if node.id in self.names else node.id, node.ctx)


class _ThroughVariables(_Rewriter):
    def __init__(self) -> None:
        self.values: list[str] = []

    def visit_Dict(self, node: ast.Dict) -> ast.AST:
        return ast.Dict(node.keys, [self.visit(value) for value in node.values])

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if not isinstance(node.value, str):
            return node
        self.values.append(node.value)
        return ast.Name(f"moved_{len(self.values) - 1}", ast.Load())


class _PutTogether(_Rewriter):
    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if not isinstance(node.value, str) or len(node.value) < 2:
            return node
        half = len(node.value) // 2
        return ast.BinOp(ast.Constant(node.value[:half]), ast.Add(), ast.Constant(node.value[half:]))


class _Backwards(_Rewriter):
    def visit_Dict(self, node: ast.Dict) -> ast.AST:
        self.generic_visit(node)
        # What is spread out overrides what stands before it.
        return node if None in node.keys else ast.Dict(node.keys[::-1], node.values[::-1])

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        return ast.Call(node.func, node.args, node.keywords[::-1])


class _AsCalls(_Rewriter):
    """{"A": 1} as dict(A=1)."""

    def visit_Dict(self, node: ast.Dict) -> ast.AST:
        self.generic_visit(node)
        keywords = []
        for key, value in zip(node.keys, node.values, strict=True):
            name = key.value if isinstance(key, ast.Constant) else None
            if key is not None and not (isinstance(name, str) and name.isidentifier()):
                return node
            keywords.append(ast.keyword(name if isinstance(name, str) else None, value))
        return ast.Call(ast.Name("dict", ast.Load()), [], keywords)


class _Spread(_Rewriter):
    """call(A=1) as call(**{"A": 1}), by getattr() where it is a method."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if any(each.arg is None for each in node.keywords) or not node.keywords:
            return node
        given = ast.Dict([ast.Constant(each.arg) for each in node.keywords], [each.value for each in node.keywords])
        func = node.func
        if isinstance(func, ast.Attribute):
            half = len(func.attr) // 2
            name = ast.BinOp(ast.Constant(func.attr[:half]), ast.Add(), ast.Constant(func.attr[half:]))
            func = ast.Call(ast.Name("getattr", ast.Load()), [func.value, name], [])
        return ast.Call(func, node.args, [ast.keyword(None, given)])


def rewritten_programs(tree: ast.Module) -> dict[str, str]:
    def by(rewriter: ast.NodeTransformer) -> str:
        changed = rewriter.visit(copy.deepcopy(tree))
        return ast.unparse(ast.fix_missing_locations(changed))

    assigned = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    through = _ThroughVariables()
    moved = by(through)
    constants = "".join(f"moved_{at} = {value!r}\n" for at, value in enumerate(through.values))
    text = ast.unparse(tree)
    return {
        "renamed": by(_Renamed(assigned)),
        "through variables": constants + moved,
        "put together": by(_PutTogether()),
        "backwards": by(_Backwards()),
        "as calls": by(_AsCalls()),
        "spread": by(_Spread()),
        "in a function": f"def main():\n{textwrap.indent(text, '    ')}\n\nmain()\n",
        "in a branch": f"if __name__ == '__main__':\n{textwrap.indent(text, '    ')}\n",
    }


@pytest.mark.parametrize("fixture", PROGRAMS, ids=lambda fixture: fixture.name)
def test_a_violation_in_a_program_does_not_pass_for_being_written_otherwise(fixture: Fixture) -> None:
    programs = rewritten_programs(ast.parse(fixture.file.read_text()))
    verdicts = {name: judged(fixture, "code", {"launch.py": text}) for name, text in programs.items()}
    assert {name for name, each in verdicts.items() if Verdict.FAIL not in each} == set()


def judged(fixture: Fixture, source: str, files: dict[str, str]) -> set[Verdict]:
    """What the fixture's rule says about files that a check would take for those of ``source``."""
    contents = {name: text.encode() for name, text in files.items()}
    assert {source_of(name, content) for name, content in contents.items()} == {source}
    found: set[Verdict] = set()
    for piece in READERS[source].load()(contents):
        assert not piece.problems
        graph = Graph(piece.resources)
        for resource in piece.resources:
            if resource.type in fixture.entry.rule.resource_types:
                result = engine.verdict(fixture.entry, resource, graph)
                found |= {result.verdict} if result else set()
    return found
