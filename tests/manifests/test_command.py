"""``gtctl manifest`` as it is typed."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import boto3
import pytest

from gtctl.cli import run
from gtctl.manifests.rules import Rule
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
        ["--list", "missing.txt", "out"],
        ["--list", "list.txt", "--ledger", "ledger.jsonl", "--images", "s3://b/", "out"],
        ["s3://b/", "--carry", "frame", "out"],
        ["s3://b/", "--attribute", "site", "out"],
        ["s3://b/", "--attribute", "PatientID=7", "out"],
        ["s3://b/", "--attribute", "site=x", "--attribute", "site=y", "out"],
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


def test_build_from_a_list_on_stdin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"a.png\nb.png\nnotes.txt\na.png\n")))
    output = tmp_path / "out.manifest"
    options = ["--list", "-", "--images", "s3://scans/ct/", "--attribute", "site=north=1"]
    assert run(["manifest", "build", *options, str(output)]) == 0
    assert [json.loads(line) for line in output.read_text().splitlines()] == [
        {"source-ref": f"s3://scans/ct/{name}.png", "site": "north=1"} for name in "ab"
    ]
    out, err = capsys.readouterr()
    assert out == f"2 images in {output}\n"
    assert err == "left out 1 objects: not .jpg, .jpeg or .png\nleft out 1 images that were there twice\n"


def test_what_the_ledger_knows_is_carried_along_and_patients_are_kept_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    entries = [entry(number, patient=f"{number % 2:020x}", frame=number) for number in range(6)]
    Path("ledger.jsonl").write_bytes(ledger.lines(entries))
    options = ["--ledger", "ledger.jsonl", "--images", "s3://scans/ct/", "--carry", "frame"]
    assert run(["manifest", "build", *options, "all.manifest"]) == 0
    assert [json.loads(line)["frame"] for line in Path("all.manifest").read_text().splitlines()] == list(range(6))
    capsys.readouterr()
    split = ["manifest", "split", "all.manifest", "parts", "--objects", "3", "--ledger", "ledger.jsonl"]
    assert run(split) == 0
    assert capsys.readouterr().out == "".join(
        f"parts/part-00{number}.manifest: 3 images, 1 of patient\n" for number in (1, 2)
    )
    assert run(split) == 2
    assert "name a new folder" in capsys.readouterr().err
    split[3] = "others"
    assert run([*split, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["parts"][1] == {"name": "part-002.manifest", "lines": 3, "groups": 1}
    parts = [f"parts/part-00{number}.manifest" for number in (1, 2)]
    assert run(["manifest", "validate", *parts]) == 0
    assert capsys.readouterr().out == "2 manifests: no problem found\n"
    assert run(["manifest", "merge", *parts, parts[0], "merged.manifest"]) == 0
    assert capsys.readouterr() == ("6 images in merged.manifest\n", "left out 3 lines whose image was there\n")
    assert run(["manifest", "sample", "merged.manifest", "pilot.manifest", "--lines", "2", "--seed", "7"]) == 0
    assert capsys.readouterr().out == "2 of 6 images in pilot.manifest\n"
    assert len(references(Path("pilot.manifest"))) == 2


def test_merge_lists_conflicts_and_writes_nothing_until_told_which_line_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for number in (1, 2):
        Path(f"{number}").write_text(f'{{"source-ref":"s3://b/DOE.png","n":{number}}}\n')
    assert run(["manifest", "merge", "1", "2", "out"]) == 1
    out, err = capsys.readouterr()
    assert out == "2:1: the same image as in 1:1, with other attributes\n"
    assert err.startswith("gtctl: 1 lines name an image")
    assert not Path("out").exists()
    assert run(["manifest", "merge", "1", "2", "out", "--keep-first"]) == 0
    assert json.loads(Path("out").read_text())["n"] == 1
    assert run(["manifest", "merge", "out"]) == 2


def test_a_rule_that_is_accepted_is_not_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    manifest = tmp_path / "in.manifest"
    manifest.write_text('{"source-ref":"s3://b/20261124/a.png"}\n{"source-ref":"s3://b/20261124/a.png"}\n')
    assert run(["manifest", "validate", str(manifest)]) == 1
    assert "3 problems (2 date, 1 duplicate)" in capsys.readouterr().err
    assert run(["manifest", "validate", str(manifest), "--accept", "date", "--json"]) == 1
    [problem] = json.loads(capsys.readouterr().out)["problems"]
    assert (problem["manifest"], problem["line"], problem["rule"]) == (str(manifest), 2, "duplicate")
    assert run(["manifest", "validate", str(manifest), "--accept", "date", "--accept", "duplicate", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["problems"] == []
    assert run(["manifest", "validate", str(manifest), "--accept", "dates"]) == 2


def test_the_help_and_the_guide_name_every_rule(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["manifest", "validate", "--help"]) == 0
    words = set(re.findall(r"[\w-]+", capsys.readouterr().out))
    assert set(Rule) <= words
    guide = (Path(__file__).parents[2] / "docs" / "manifests.md").read_text()
    assert {rule for rule in Rule if f"| `{rule}` |" not in guide} == set()
