"""The command line: one module per command group, loaded only when its command is called."""

from __future__ import annotations

import importlib
import os
import sys

import click

from gtctl import __version__
from gtctl.errors import GtctlError

# command name -> (module below gtctl.cli, one line of help). The help stands here so that
# `gtctl --help` needs none of the modules.
COMMANDS = {
    "audit": ("audit", "Audit code, plans and the account: reports, evidence, who could see what."),
    "check": ("check", "Check Terraform code, plans and job documents by the rules."),
    "demo": ("demo", "The whole flow on the sandbox: scans in, labels out."),
    "doctor": ("doctor", "Say what this machine has, and what is missing."),
    "infra": ("infra", "Plan, apply and destroy the Terraform stack."),
    "job": ("job", "Render, launch and follow labeling jobs."),
    "labels": ("labels", "Bring labels back in formats that training code reads."),
    "manifest": ("manifest", "Build, validate, split, sample and merge input manifests."),
    "rules": ("rules", "List and explain the rules of the check."),
    "sandbox": ("sandbox", "The local AWS: start, stop, annotate."),
    "scans": ("scans", "Turn DICOM scans into de-identified 8-bit PNG."),
    "train": ("train", "Train on labels: render and launch training jobs."),
}


class _LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"gtctl.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in self.list_commands(ctx)])


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="gtctl")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def gtctl(debug: bool) -> None:
    """Label sensitive images on SageMaker Ground Truth: private workforce, your own key, always.

    \b
    Exit codes: 0 fine; 1 violations found, or the job failed;
    2 bad usage or input; 3 the environment failed.
    """
    if debug:
        os.environ["GTCTL_DEBUG"] = "1"


def main() -> None:
    """Entry point of the ``gtctl`` script."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command line and return its exit code; errors are printed as one line on stderr."""
    try:
        code = gtctl.main(arguments, prog_name="gtctl", standalone_mode=False)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return 2
    except click.ClickException as error:
        click.echo(f"gtctl: {_usage(error)}", err=True)
        return 2
    except (click.Abort, KeyboardInterrupt):
        click.echo("gtctl: interrupted", err=True)
        return 130
    except BrokenPipeError:
        # The reader of our output has gone (`gtctl ... | head`): not an error, nothing left to say.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if os.environ.get("GTCTL_DEBUG"):
            raise
        message, exit_code = _one_line(error)
        click.echo(f"gtctl: {message}", err=True)
        return exit_code
    return code if isinstance(code, int) else 0


def _usage(error: click.ClickException) -> str:
    message = " ".join(error.format_message().split()).removesuffix(".")
    context = error.ctx if isinstance(error, click.UsageError) else None
    return f"{message}; see: {context.command_path} --help" if context else message


def _one_line(error: Exception) -> tuple[str, int]:
    if isinstance(error, GtctlError):
        return str(error), error.exit_code
    if type(error).__module__.partition(".")[0] in {"botocore", "boto3"}:
        from gtctl.aws import explain

        return explain(error), 3
    if isinstance(error, ModuleNotFoundError):
        from gtctl.cli.extras import missing_extra

        return missing_extra(error), 3
    if isinstance(error, OSError):
        return f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}", 3
    return f"unexpected {type(error).__name__}; run again with --debug to see where, and report it", 3
