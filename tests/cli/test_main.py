"""The contract of the command line: exit codes, one line on stderr, no traceback."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest

from gtctl import cli
from gtctl.errors import BadInput, EnvironmentFailed, Refused


@pytest.mark.parametrize(("error", "code"), [(Refused("no"), 1), (BadInput("no"), 2), (EnvironmentFailed("no"), 3)])
def test_each_kind_of_error_has_its_exit_code_and_one_line(
    error: Exception, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli.gtctl, "main", _raising(error))
    assert cli.run(["x"]) == code
    assert capsys.readouterr().err == "gtctl: no\n"


def test_an_unexpected_error_hides_its_text_and_says_how_to_see_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli.gtctl, "main", _raising(ValueError("patient Doe^John")))
    assert cli.run(["x"]) == 3
    shown = capsys.readouterr().err
    assert "Doe" not in shown
    assert "--debug" in shown


def test_debug_shows_the_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli.gtctl, "main", _raising(ValueError("here")))
    monkeypatch.setenv("GTCTL_DEBUG", "1")
    with pytest.raises(ValueError, match="here"):
        cli.run(["x"])


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(cli.gtctl, "main", _raising(ModuleNotFoundError(name="pydicom")))
    assert cli.run(["x"]) == 3
    assert "pip install 'gtctl[dicom]'" in capsys.readouterr().err


def test_ctrl_c_is_no_traceback(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(cli.gtctl, "main", _raising(KeyboardInterrupt()))
    assert cli.run(["x"]) == 130
    assert capsys.readouterr().err == "gtctl: interrupted\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nonsense"], "No such command 'nonsense'; see: gtctl --help"),
        (["job", "--nonsense"], "No such option '--nonsense'; see: gtctl job --help"),
        (
            ["job", "launch", "none.yaml"],
            "Invalid value for '[SPEC]': File 'none.yaml' does not exist; see: gtctl job l",
        ),
        (["manifest", "build"], "Missing argument '[S3_URI] OUTPUT'; see: gtctl manifest build --help"),
        (["check", "--format", "nonsense"], "Invalid value for '--format': 'nonsense' is not one of 'text', 'json'"),
    ],
)
def test_bad_usage_is_exit_code_2_and_one_line(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"gtctl: {said}"), error
    assert error.count("\n") == 1


def test_without_a_command_the_help_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["job"]) == 2
    assert "Commands:" in capsys.readouterr().err


def test_a_reader_that_goes_away_is_no_error() -> None:
    command = f"{sys.executable} -m gtctl job schema | head -c 10"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.stdout.startswith("{")


@pytest.mark.parametrize("name", sorted(cli.COMMANDS))
def test_every_command_is_there_and_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run([name, "--help"]) == 0
    text = capsys.readouterr().out
    assert text.startswith(f"Usage: gtctl {name}")
    context = click.Context(cli.gtctl)
    command = cli.gtctl.get_command(context, name)
    subcommands = command.commands if isinstance(command, click.Group) else {}
    for subcommand in subcommands:
        assert cli.run([name, subcommand, "--help"]) == 0
        assert len(capsys.readouterr().out.splitlines()) > 5


def _raising(error: BaseException) -> object:
    def main(*_: object, **__: object) -> None:
        raise error

    return main
