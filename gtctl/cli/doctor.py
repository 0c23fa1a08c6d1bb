"""``gtctl doctor``: what this machine has, and what is missing."""

from __future__ import annotations

import json

import click


@click.command("doctor", context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--live", is_flag=True, help="Also ask the AWS account: who you are, and whether it uses Ground Truth.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON (schema_version 1).")
def command(live: bool, as_json: bool) -> None:
    """Say what this machine has, and what is missing; one line each, marked ok, missing or unknown.

    Exit code 0: the flow on the sandbox has what it needs; 3: it does not (lines marked with *).
    Without --live AWS is asked nothing. --live only reads: it needs sts:GetCallerIdentity,
    sagemaker:ListLabelingJobs and sagemaker:ListWorkforces, and says "unknown" for what it may not ask.

    \b
    Example:
      gtctl doctor
      gtctl doctor --live --json
    """
    from gtctl.doctor import examine

    findings = []
    for finding in examine(live):
        findings.append(finding)
        if not as_json:
            needed = "*" if finding.needed else " "
            click.echo(f"{finding.mark:<8}{needed} {finding.name:<17} {finding.text}")
    ready = not any(finding.needed and finding.mark == "missing" for finding in findings)
    if as_json:
        rows = [{"name": f.name, "mark": f.mark, "text": f.text, "needed": f.needed} for f in findings]
        click.echo(json.dumps({"schema_version": 1, "ready": ready, "findings": rows}, indent=2))
    else:
        click.echo(
            "Ready for the flow on the sandbox." if ready else "Something the flow on the sandbox needs (*) is missing."
        )
    if not ready:
        raise click.exceptions.Exit(3)
