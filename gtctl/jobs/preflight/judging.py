"""The project's rules, judged on the request and on what it touches in the account."""

from __future__ import annotations

from collections.abc import Sequence

from gtctl.audit import engine, registry
from gtctl.audit.evidence.requests import Requests
from gtctl.audit.graph import Graph
from gtctl.audit.model import Evidence, Finding, Location, Resource, Verdict
from gtctl.audit.settings import Settings
from gtctl.jobs.render import Rendered

FAMILIES = ("workforce", "encryption", "access", "data", "job")
"""Families of rules that a launch is judged by. What is logged is the audit's affair, which sees all trails."""


def request(rendered: Rendered, source: str) -> Resource:
    """The request as a resource; ``source`` is the file that it comes from."""
    return Requests("job", source).add("CreateLabelingJob", rendered.request, Location(source))


def judge(job: Resource, graph: Graph | None, settings: Settings) -> list[Finding]:
    """What the rules say, passes included; without ``graph`` (the account) on the request alone."""
    chosen = [entry for entry in registry.rules() if entry.family in FAMILIES]
    resources: Sequence[Resource] = [job, *(graph.all if graph else ())]
    return list(engine.judge([Evidence(resources, complete=graph is not None)], chosen, settings))


def command(finding: Finding, graph: Graph | None) -> str:
    """The command that mends what a rule found; where none does it alone, the one that says what does."""
    resource = next((each for each in graph.all if each.address == finding.resource), None) if graph else None
    if resource is not None and finding.rule_id == "GT110" and finding.verdict is Verdict.FAIL:
        return (
            f"aws cognito-idp set-user-pool-mfa-config --user-pool-id {resource.get('id')}"
            " --software-token-mfa-configuration Enabled=true --mfa-configuration ON"
        )
    return f"gtctl rules show {finding.rule_id}"
