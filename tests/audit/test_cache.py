"""Verdicts of earlier runs: never another result than without them, and less work."""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as running
from hypothesis import strategies as st

from gtctl.audit import cache
from gtctl.audit.check import Options, check, judge, judge_what_changed, read
from gtctl.audit.evidence import READERS
from gtctl.audit.evidence.disk import fingerprint
from gtctl.audit.model import Finding
from gtctl.audit.registry import rules
from gtctl.audit.settings import Settings
from gtctl.cli import run

PUBLIC = "arn:aws:sagemaker:us-east-1:394669845002:workteam/public-crowd/default"
PRIVATE = "arn:aws:sagemaker:us-east-1:111122223333:workteam/private-crowd/radiology"
REVIEW = 'resource "aws_sagemaker_flow_definition" "review" {\n  human_loop_config {\n    workteam_arn = %s\n  }\n}\n'
CALL = 'module "inner" {\n  source = "../inner"\n  team   = %s\n}\n'
RULES = [entry for entry in rules() if entry.rule.id in ("GT101", "GT102", "GT601")]


def request(team: str) -> str:
    return json.dumps({"HumanTaskConfig": {"WorkteamArn": team}})


# File -> what may stand in it. Each hangs on others: by a module, a value, a text, a file that a command reads.
VARIANTS = {
    "stack/main.tf": [*(CALL % team for team in (f'"{PUBLIC}"', "var.team", 'file("team.txt")')), "not {"],
    "stack/variables.tf": ['variable "team" {}\n', f'variable "team" {{ default = "{PRIVATE}" }}\n'],
    "stack/terraform.tfvars": [f'team = "{PUBLIC}"', f'team = "{PRIVATE}"', "team = "],
    "stack/team.txt": [PUBLIC, PRIVATE, "x" * (2 << 20)],
    "inner/main.tf": ['variable "team" {}\n' + REVIEW % "var.team", 'variable "team" {}\n' + REVIEW % f'"{PRIVATE}"'],
    "inner/main.tofu": ['variable "team" {}\n' + REVIEW % f'"{PUBLIC}"'],
    "jobs/launch.sh": ["aws sagemaker create-labeling-job --cli-input-json file://job.txt\n"],
    "jobs/job.txt": [request(PUBLIC), request(PRIVATE)],
    "job.txt": [request(PUBLIC)],
    "jobs/job.json": [request(PUBLIC), request(PRIVATE), "{"],
    "jobs/launch.py": [f"client.create_labeling_job(**{request(team)})\n" for team in (PUBLIC, PRIVATE)],
}
EDITS = st.sampled_from([(name, text) for name, texts in VARIANTS.items() for text in [None, *texts]])


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder: a repository with one file of each kind."""
    folder = tmp_path / "repository"
    (folder / ".git").mkdir(parents=True)
    monkeypatch.chdir(folder)
    for name, texts in VARIANTS.items():
        write(folder / name, texts[0])
    return folder


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """The folder of the cache."""
    return tmp_path / "cache"


def write(file: Path, text: str | None) -> None:
    file.parent.mkdir(exist_ok=True)
    if text is None:
        file.unlink(missing_ok=True)
    else:
        file.write_text(text)


def found(kept: Path | None, settings: Settings = Settings(), paths: tuple[str, ...] = (".",)) -> list[Finding]:  # noqa: B008
    files = read(paths, settings)
    if kept is None:
        return judge(files, RULES, settings)
    return judge_what_changed(files, RULES, settings, cache.Cache(kept, RULES, settings))


@given(st.lists(EDITS, max_size=6))
@running(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_edited_the_result_is_that_of_a_run_without_a_cache(
    here: Path, kept: Path, edits: list[tuple[str, str | None]]
) -> None:
    for name, text in edits:
        write(here / name, text)
        assert found(kept) == found(None)
        assert found(kept, paths=("inner",)) == found(None, paths=("inner",))


def test_whatever_a_reader_opens_is_noted(here: Path) -> None:
    write(here / "stack/main.tf", VARIANTS["stack/main.tf"][2])
    files = read(["."], Settings())
    units = [
        (source, name, evidence)
        for source, contents in files.by_source.items()
        for name, evidence in READERS[source].units(contents)
    ]
    assert {source for source, _, _ in units} == {"hcl", "job", "code"}
    for _, _, evidence in units:
        list(evidence())  # what is imported on the way is no part of it
    heard: list[str] = []
    for source, name, _ in units:
        again = dict(READERS[source].units(files.by_source[source]))[name]
        with opened() as paths:
            pieces = list(again())
        noted = {question.split(" ")[-1] for piece in pieces for question in piece.noted}
        assert {os.path.normpath(path) for path in paths} <= {os.path.normpath(path) for path in noted}, name
        heard += paths
    assert {"jobs/job.txt", "stack/team.txt", "stack/terraform.tfvars"} <= set(heard)


@contextmanager
def opened() -> Iterator[list[str]]:
    """The files and folders that are opened in the block."""
    paths: list[str] = []
    listening = True

    def hear(event: str, arguments: tuple[Any, ...]) -> None:
        if listening and event in ("open", "os.scandir", "os.listdir") and isinstance(arguments[0], (str, Path)):
            paths.append(str(arguments[0]))

    sys.addaudithook(hear)
    try:
        yield paths
    finally:
        listening = False


def test_what_has_not_changed_is_not_read_again(here: Path, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = found(kept)

    def refused(*_: object) -> Any:
        raise AssertionError("it is read again")

    with monkeypatch.context() as patch:
        patch.setenv("GTCTL_DEBUG", "1")  # or it would be a finding
        patch.setattr("gtctl.audit.evidence.hcl._evidence", refused)
        patch.setattr("gtctl.audit.evidence.job.read", refused)
        patch.setattr("gtctl.audit.evidence.code.read", refused)
        assert found(kept) == first
        # A new file is read, and nothing else is.
        write(here / "jobs/new.manifest", '{"source-ref": "s3://scans/1.png"}\n')
        assert found(kept) == first
        write(here / "jobs/job.json", request(PRIVATE))
        with pytest.raises(AssertionError, match="read again"):
            found(kept)
    assert found(kept) == found(None) != first


def changed_settings(patch: pytest.MonkeyPatch) -> Settings:
    return Settings(severity={"GT101": "low"})


def changed_version(patch: pytest.MonkeyPatch) -> Settings:
    patch.setattr(cache, "__version__", "0.0.0")
    return Settings()


def changed_rule(patch: pytest.MonkeyPatch) -> Settings:
    code = list(cache._code())
    patch.setattr(cache, "_code", lambda: [*code[:-1], (code[-1][0], code[-1][1], code[-1][2] + 1)])
    return Settings()


@pytest.mark.parametrize("change", [changed_settings, changed_version, changed_rule])
def test_verdicts_of_other_rules_settings_or_versions_are_not_used(
    here: Path, kept: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[pytest.MonkeyPatch], Settings]
) -> None:
    found(kept)
    whitewash(kept)
    assert not found(kept)
    settings = change(monkeypatch)
    assert found(kept, settings) == found(None, settings)


def whitewash(kept: Path) -> None:
    """Let every entry say that nothing was found: whatever is used after this shows."""
    for file in kept.iterdir():
        entry = json.loads(file.read_bytes().partition(b"\n")[2])
        text = json.dumps(entry | {"findings": []}).encode()
        file.write_bytes(fingerprint(text).encode() + b"\n" + text)


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[: len(content) // 2],
        lambda content: content.replace(b"FAIL", b"PASS"),
        lambda content: bytes(len(content)),
        lambda content: b"\xff" + content,
    ],
)
def test_an_entry_that_is_not_as_it_was_written_is_written_anew(
    here: Path, kept: Path, damage: Callable[[bytes], bytes]
) -> None:
    first = found(kept)
    contents = {file: file.read_bytes() for file in kept.iterdir()}
    for file, content in contents.items():
        file.write_bytes(damage(content))
    assert found(kept) == first
    assert {file: file.read_bytes() for file in kept.iterdir()} == contents


def opened_to_others(kept: Path, patch: pytest.MonkeyPatch) -> None:
    kept.chmod(0o755)


def given_by_somebody_else(kept: Path, patch: pytest.MonkeyPatch) -> None:
    somebody = os.geteuid() + 1
    patch.setattr(os, "geteuid", lambda: somebody)


def led_elsewhere(kept: Path, patch: pytest.MonkeyPatch) -> None:
    kept.rename(kept.with_name("elsewhere"))
    kept.symlink_to(kept.with_name("elsewhere"))


def taken_by_a_file(kept: Path, patch: pytest.MonkeyPatch) -> None:
    kept.rename(kept.with_name("elsewhere"))
    kept.write_text("")


@pytest.mark.parametrize("strange", [opened_to_others, given_by_somebody_else, led_elsewhere, taken_by_a_file])
def test_a_folder_that_is_not_the_user_s_alone_is_not_used(
    here: Path, kept: Path, monkeypatch: pytest.MonkeyPatch, strange: Callable[[Path, pytest.MonkeyPatch], None]
) -> None:
    found(kept)
    whitewash(kept)
    strange(kept, monkeypatch)
    assert found(kept) == found(None) != []


def test_a_disk_that_refuses_changes_no_result(here: Path, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("gtctl.audit.cache.os.open", full)
        assert found(kept) == found(None)
    assert list(kept.iterdir()) == []


def test_the_cache_is_private_and_does_not_grow_without_end(
    here: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "MOST_BYTES", 20_000)
    for number in range(40):
        write(here / f"jobs/job-{number}.json", request(PUBLIC))
    found(kept)
    sizes = [file.stat().st_size for file in kept.iterdir()]
    assert 0 < sum(sizes) <= 20_000
    assert found(kept) == found(None)
    assert {stat.S_IMODE(file.stat().st_mode) for file in kept.iterdir()} == {0o600}
    assert stat.S_IMODE(kept.stat().st_mode) == 0o700


def test_several_runs_at_once_agree(here: Path, kept: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: found(kept), range(8)))
    assert all(result == found(None) for result in results)


def test_what_is_waived_or_not_wanted_is_decided_anew(here: Path, kept: Path) -> None:
    for options in (Options(select=("GT101",)), Options(with_passed=True), Options(strict=True)):
        again = check(["."], options, Settings(), cached=kept)
        assert again.findings == check(["."], options, Settings()).findings
    launch = here / "jobs" / "launch.py"
    launch.write_text("# gtctl:waive=GT101 images of cats\n" + launch.read_text())
    waived = check(["."], Options(), Settings(), cached=kept)
    assert sum(bool(finding.waiver) for finding in waived.findings) == 1


@pytest.mark.parametrize(
    ("environment", "place"),
    [
        ({"GTCTL_HOME": "{}/state", "XDG_CACHE_HOME": "{}/caches"}, "state/cache/check"),
        ({"XDG_CACHE_HOME": "{}/caches"}, "caches/gtctl/check"),
        ({"XDG_CACHE_HOME": "relative", "HOME": "{}/home"}, "home/.cache/gtctl/check"),
    ],
)
def test_the_command_keeps_verdicts_where_the_user_s_caches_are_unless_told_otherwise(
    here: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    environment: dict[str, str],
    place: str,
) -> None:
    for name in ("GTCTL_HOME", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value.format(tmp_path))
    arguments = ["check", "--select", "GT101", "--format", "json"]
    assert run([*arguments, "--no-cache"]) == 1
    assert not (tmp_path / place).exists()
    assert run(arguments) == run(arguments) == 1
    assert any((tmp_path / place).iterdir())
    # Three reports, which are all the same.
    text = capsys.readouterr().out
    third = len(text) // 3
    assert json.loads(text[:third])["summary"]["failed"] > 0
    assert text == text[:third] * 3
