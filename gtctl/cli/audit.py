"""``gtctl audit``: everything that says who could see the images, with reports and an evidence bundle."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gtctl.audit.model import Severity
from gtctl.audit.report import FORMATS
from gtctl.cli.check import prefixes
from gtctl.errors import BadInput, EnvironmentFailed

if TYPE_CHECKING:
    from gtctl.audit.bundle.signatures import Signer
    from gtctl.audit.report import Report

_FILE = click.Path(dir_okay=False, path_type=Path)
_EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)
_CONTEXT = {"help_option_names": ["-h", "--help"]}


class _Audit(click.Command):
    """A command with PATHs that is a group, too: ``verify`` is a command of it (a folder of that name: ./verify)."""

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> click.Context:
        if args[:1] == ["verify"]:
            return verify.make_context(f"{info_name} verify", args[1:], parent, **extra)
        return super().make_context(info_name, args, parent, **extra)


@click.command("audit", cls=_Audit, context_settings=_CONTEXT)
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--live", is_flag=True, help="Read the AWS account, too: all of it, and every labeling job ever run.")
@click.option(
    "--region",
    "regions",
    multiple=True,
    metavar="REGION",
    help='Region to read with --live; repeatable; "all" for every one with Ground Truth  [default: the environment\'s]',
)
@click.option("--print-policy", is_flag=True, help="Print the IAM policy that --live needs, and nothing else.")
@click.option(
    "--select", multiple=True, callback=prefixes, metavar="RULES", help="Only these: GT101, or GT2 for GT2xx."
)
@click.option("--ignore", multiple=True, callback=prefixes, metavar="RULES", help="Not these.")
@click.option("--no-checkov", is_flag=True, help="Leave out checkov's own AWS checks. The report says so.")
@click.option("--attestations", type=_EXISTING, help="What people vouch for: a TOML or YAML file.")
@click.option("--baseline", type=_EXISTING, help="An earlier JSON report: what is new, fixed, unchanged since.")
@click.option(
    "--state",
    "states",
    type=_EXISTING,
    multiple=True,
    help="A Terraform state to compare the account with: terraform show -json, or its file. A plan in PATHs is, too.",
)
@click.option(
    "--fail-on",
    type=click.Choice([str(severity) for severity in Severity]),
    default=str(Severity.LOW),
    show_default=True,
    help="Exit with 1 for what is at least this severe.",
)
@click.option("--strict", is_flag=True, help="What is unknown counts as failed.")
@click.option("--passed", is_flag=True, help="Report what passed, too.")
@click.option(
    "--format", "format_", type=click.Choice(list(FORMATS)), help="Of the report that is printed [default: text]"
)
@click.option("--output", type=_FILE, help="Write the report to a file.")
@click.option(
    "--report-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write the report in every format: DIR/report.html, report.json, ...",
)
@click.option("--bundle", type=_FILE, help="Write an evidence bundle (zip).")
@click.option("--previous", type=_EXISTING, help="The bundle before, to chain this one to.")
@click.option(
    "--sign-key", metavar="FILE|ARN", help="Sign the bundle: an Ed25519 private key (PEM), or a key in KMS by its ARN."
)
@click.option(
    "--config", type=_EXISTING, help="Settings; else the nearest gtctl.toml, or [tool.gtctl] in pyproject.toml."
)
def command(
    paths: tuple[str, ...],
    live: bool,
    regions: tuple[str, ...],
    print_policy: bool,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    no_checkov: bool,
    attestations: Path | None,
    baseline: Path | None,
    states: tuple[Path, ...],
    fail_on: str,
    strict: bool,
    passed: bool,
    format_: str | None,
    output: Path | None,
    report_dir: Path | None,
    bundle: Path | None,
    previous: Path | None,
    sign_key: str | None,
    config: Path | None,
) -> int:
    """Audit Terraform code, plans, job documents and scripts in PATHs, and with --live the AWS account.

    Without a PATH and without --live it audits the working folder. Everything goes through the rules of gtctl check
    and, where checkov is installed, checkov's AWS checks. What cannot be read, or not be proven, is unknown with its
    reason. Identifiers of people and secrets are masked in every report.

    \b
    Examples:
      gtctl audit terraform/ modules/
      gtctl audit --live --region us-east-1 --region eu-west-1 --report-dir build/audit
      gtctl audit terraform/ plan.json --live --report-dir out --bundle out/evidence.zip
      gtctl audit --live --baseline last/report.json --fail-on high
      gtctl audit --print-policy > auditor-policy.json
      gtctl audit verify evidence.zip --public-key audit.pem

    Exit code 0: no violation; 1: violations (with --strict also what is unknown); 2: bad usage or input; 3: no
    credentials, or the disk refused.

    gtctl audit verify --help tells how a bundle is checked.
    """
    if print_policy:
        from gtctl.audit.evidence.live.permissions import policy

        click.echo(json.dumps(policy(), indent=2))
        return 0
    from gtctl.audit.audit import Wanted, audit
    from gtctl.audit.check import Options
    from gtctl.audit.settings import load

    if (regions or states) and not live:
        raise BadInput(f"{'--region' if regions else '--state'} goes with --live")
    if (previous or sign_key) and not bundle:
        raise BadInput(f"{'--previous' if previous else '--sign-key'} goes with --bundle")
    chain, signer = _before_the_audit(previous, sign_key)
    for place in (output and output.parent, report_dir, bundle and bundle.parent):
        if place:
            _make(place)
    wanted = Wanted(
        paths=paths or (() if live else (".",)),
        regions=_regions(regions) if live else (),
        options=Options(select, ignore, strict=strict, with_passed=passed),
        fail_on=Severity(fail_on),
        checkov=not no_checkov,
        baseline=baseline,
        attestations=attestations,
        states=states,
    )
    settings = load(config, wanted.paths)
    with _collecting(bundle) as collected:
        with _status() as say:
            report = audit(wanted, settings, keep=collected, say=say)
        written = _write(report, report_dir, output, format_)
        if bundle:
            from gtctl.audit.bundle.writing import write

            digest = write(bundle, collected, report, previous=chain, signer=signer)
            written.append(f"{bundle}: evidence bundle{' (signed)' * bool(signer)}, SHA-256 of its manifest {digest}")
    _say(report, written, format_ if format_ or report_dir else "text", printed=output is None)
    return 1 if report.violated else 0


@click.command("verify", context_settings=_CONTEXT)
@click.argument("bundle", type=_EXISTING)
@click.option("--previous", type=_EXISTING, help="The bundle that it should follow.")
@click.option("--public-key", type=_EXISTING, help="Of whoever should have signed it (PEM).")
def verify(bundle: Path, previous: Path | None, public_key: Path | None) -> int:
    """Check an evidence bundle, offline: every file against its manifest, the signature, the chain.

    Exit code 1 names the file that was changed, added or taken away. That nothing is wrong proves little by itself:
    whoever changes a file can write a new manifest. So compare the SHA-256 that is printed with one that you kept, give
    the bundle before with --previous, or the public key of whoever signs your bundles with --public-key.

    \b
    Examples:
      gtctl audit verify evidence.zip
      gtctl audit verify evidence.zip --previous last-month.zip --public-key audit.pem
    """
    from gtctl.audit.bundle.verifying import verify as verified

    found = verified(bundle, previous=previous, public_key=public_key)
    click.echo(f"{bundle}: all {len(found.manifest.files)} files are as the manifest says")
    click.echo(f"SHA-256 of the manifest: {found.sha256}")
    if found.chained:
        click.echo(f"Follows {previous}")
    elif found.manifest.previous:
        click.echo(f"Names as the manifest before: {found.manifest.previous} (--previous checks it)")
    if found.trusted:
        click.echo(f"Signed with the key {public_key}")
    elif found.signed_by:
        click.echo(f"Signed with the key {found.signed_by}: whose that is, --public-key proves")
    else:
        click.echo("Not signed: this proves something only if you know the SHA-256 above from elsewhere")
    return 0


def _before_the_audit(previous: Path | None, sign_key: str | None) -> tuple[str, Signer | None]:
    """What a bundle needs, looked at before the work is done. Raises BadInput or Refused where it is no good."""
    chain, signer = "", None
    if previous:
        from gtctl.audit.bundle.verifying import verify as verified

        chain = verified(previous).sha256
    if sign_key:
        from gtctl.audit.bundle.signatures import signer as load_signer

        signer = load_signer(sign_key)
    return chain, signer


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EnvironmentFailed(f"cannot write to {folder}: {error.strerror}") from error


def _regions(named: Sequence[str]) -> Sequence[str]:
    from gtctl import aws
    from gtctl.ground_truth import BUILT_IN_LAMBDA_ACCOUNTS

    if "all" in named:
        return sorted(BUILT_IN_LAMBDA_ACCOUNTS)
    return named or (aws.session().region_name,)


def _collecting(bundle: Path | None) -> Any:
    if not bundle:
        return nullcontext()
    from gtctl.audit.bundle.writing import collecting

    return collecting()


def _write(report: Report, report_dir: Path | None, output: Path | None, format_: str | None) -> list[str]:
    """Writes the reports that go to files; what was written, one line each."""
    from gtctl.audit import report_files

    written = []
    if report_dir:
        report_files.write(report, report_dir)
        names = [name.removeprefix("report.") for name in report_files.NAMES.values()]
        written.append(f"{report_dir / 'report.html'}: the report, and beside it {', '.join(names[1:])}")
    if output:
        from gtctl.files import atomic_write

        with atomic_write(output) as stream:
            stream.write(report_files.written(format_ or "text", report))
        written.append(f"{output}: the report as {format_ or 'text'}")
    return written


def _say(report: Report, written: Sequence[str], format_: str | None, *, printed: bool) -> None:
    """The report itself, where it goes to the terminal; else what fits on a screen."""
    if format_ and printed:
        from gtctl.audit.report import writer

        click.echo(writer(format_)(report), nl=False)
        for line in written:
            click.echo(line, err=True)
    else:
        from gtctl.audit.report.overview import render

        click.echo(render(report, written), nl=False)


@contextmanager
def _status() -> Iterator[Callable[[str], None]]:
    """Shows what is going on, in one line on stderr, if that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console

    with Console(stderr=True).status("Starting") as status:
        yield lambda text: status.update(text)
