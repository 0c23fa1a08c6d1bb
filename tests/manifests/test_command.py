"""``gtctl manifest`` as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import boto3
import pytest

from gtctl.cli import run
from gtctl.scans import ledger
from tests.manifests.test_build import put, references
from tests.scans.test_ledger import entry


def test_build_from_a_ledger(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "ledger.jsonl").write_bytes(ledger.lines([entry(1), entry(2)]))
    options = ["--ledger", str(tmp_path / "ledger.jsonl"), "--images", "s3://scans/study-1/"]
    output = tmp_path / "out.manifest"
    assert run(["manifest", "build", *options, str(output)]) == 0
    assert references(output) == [f"s3://scans/study-1/{number:032x}.png" for number in (1, 2)]
    assert capsys.readouterr().out == f"2 images in {output}\n"


def test_build_from_s3_counts_what_it_leaves_out(
    bucket: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(bucket, "s/a.png", "s/b.dcm")
    assert run(["manifest", "build", "s3://scans/s/", str(tmp_path / "out.manifest")]) == 0
    assert references(tmp_path / "out.manifest") == ["s3://scans/s/a.png"]
    assert capsys.readouterr().err == "left out 1 objects: not .jpg, .jpeg or .png\n"


def test_build_and_validate_in_s3(bucket: str, capsys: pytest.CaptureFixture[str]) -> None:
    put(bucket, "s/a.png")
    key = boto3.client("kms").create_key()["KeyMetadata"]["Arn"]
    assert run(["manifest", "build", "s3://scans/s/", "s3://scans/in.manifest", "--kms-key-arn", key]) == 0
    assert run(["manifest", "validate", "s3://scans/in.manifest"]) == 0
    assert run(["manifest", "validate", "s3://scans/missing.manifest"]) == 2
    assert "there is no object s3://scans/missing.manifest" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["out"],
        ["--ledger", "ledger.jsonl", "out"],
        ["--images", "s3://b/", "out"],
        ["--ledger", "ledger.jsonl", "--images", "s3://b/", "s3://b/", "out"],
        ["--ledger", "missing.jsonl", "--images", "s3://b/", "out"],
        ["a", "b", "c"],
        ["no-uri", "out"],
    ],
)
def test_build_explains_wrong_usage(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["manifest", "build", *arguments]) == 2
    assert capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_validate_lists_problems_by_line_and_ends_with_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("in.manifest").write_text('{"source-ref":"s3://b/a.png"}\n{}\n')
    assert run(["manifest", "validate", "in.manifest"]) == 1
    out, err = capsys.readouterr()
    assert out == 'in.manifest:2: no "source-ref": an image is named by its S3 URI there [source]\n'
    assert err == "gtctl: in.manifest: 1 problem (1 source)\n"
    assert run(["manifest", "validate", "in.manifest", "--json"]) == 1
    assert [each["line"] for each in json.loads(capsys.readouterr().out)["problems"]] == [2]


def test_validate_shows_the_first_hundred_problems(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in.manifest").write_text("{}\n" * 150)
    assert run(["manifest", "validate", str(tmp_path / "in.manifest")]) == 1
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 100
    assert "150 problems (150 source); the first 100 are shown" in err
