"""``gtctl job render`` of chains and against a running job, and ``gtctl job cost``, as a user meets them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gtctl.cli import run
from gtctl.jobs import difference
from gtctl.jobs.render import Rendered
from tests.jobs.samples import EXAMPLE, STACK, write_spec

CHAIN = EXAMPLE.with_name("chest-ct-chain.yaml")
FILES = {"job.json", "label-categories.json", "template.liquid"}


@pytest.fixture
def stack(tmp_path: Path) -> str:
    path = tmp_path / "stack.json"
    path.write_text(json.dumps(STACK))
    return str(path)


def test_a_chain_is_written_job_by_job(tmp_path: Path, stack: str) -> None:
    out = tmp_path / "out"
    assert run(["job", "render", str(CHAIN), "--stack", stack, "--output", str(out)]) == 0
    assert {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()} == {
        f"{job}/{file}" for job in ("chest-ct-boxes", "chest-ct-verified", "chest-ct-adjusted") for file in FILES
    }


def test_a_chain_with_a_step_that_could_not_be_launched_is_not_written(
    tmp_path: Path, stack: str, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = tmp_path / "chain.yaml"
    text = CHAIN.read_text()
    spec.write_text(text.replace("    workers:\n      per_object: 1", "    workers: {workteam_arn: nobody}"))
    assert run(["job", "render", str(spec), "--stack", stack, "--output", str(tmp_path / "out")]) == 2
    assert not (tmp_path / "out").exists()
    assert "'nobody' is not the ARN of a workteam" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "compared"), [("CHEST-CT-verified", "chest-ct-verified"), ("another", "chest-ct-boxes")]
)
def test_diff_compares_the_job_of_that_name(
    name: str, compared: str, stack: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fake(rendered: Rendered, asked: str) -> str:
        return f"{asked} {rendered.request['LabelingJobName']}\n"

    monkeypatch.setattr(difference, "difference", fake)
    assert run(["job", "render", str(CHAIN), "--stack", stack, "--diff", name]) == 0
    assert capsys.readouterr().out == f"{name} {compared}\n"


def test_diff_says_when_there_is_none(
    stack: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(difference, "difference", lambda *_: "")
    assert run(["job", "render", str(EXAMPLE), "--stack", stack, "--diff", "chest-ct"]) == 0
    assert capsys.readouterr().out == "no difference from chest-ct\n"


@pytest.mark.parametrize("options", [[], ["--output", "out", "--diff", "chest-ct"]])
def test_render_is_told_one_thing_to_do(options: list[str], stack: str) -> None:
    assert run(["job", "render", str(EXAMPLE), "--stack", stack, *options]) == 2


def test_cost_counts_every_step_and_names_what_nobody_has_verified(
    stack: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["job", "cost", str(CHAIN), "--stack", stack, "--objects", "2000", "--retries", "10"]) == 0
    out = capsys.readouterr().out
    assert [line.split()[:3] for line in out.splitlines()[1:4]] == [
        ["chest-ct-boxes", "bounding-box", "2,200"],
        ["chest-ct-verified", "verification", "2,200"],
        ["chest-ct-adjusted", "adjustment", "2,200"],
    ]
    assert "in all 528.00 USD" in out
    assert "unverified: the fee does not grow with the number of workers" in out


def test_cost_reads_the_manifest_and_a_price_table_of_the_users(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["job", "cost", "--show-prices"]) == 0
    prices = tmp_path / "prices.toml"
    prices.write_text(capsys.readouterr().out.replace("0.08", "0.5").replace('"USD"', '"EUR"'))
    manifest = tmp_path / "input.manifest"
    manifest.write_text('{"source-ref": "s3://b/1.png"}\n' * 3)
    spec = write_spec(tmp_path, input__manifest=str(manifest))
    assert run(["job", "cost", str(spec), "--prices", str(prices), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["total"], document["currency"], document["jobs"][0]["objects"]) == (1.5, "EUR", 3)
