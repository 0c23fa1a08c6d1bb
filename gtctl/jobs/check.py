"""Everything that can be said about a job without an account: the service model, the documented rules, the refusals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gtctl import service_model
from gtctl.errors import BadInput, Refused
from gtctl.jobs import rules
from gtctl.jobs.findings import Finding
from gtctl.jobs.refusals import refusals
from gtctl.jobs.render import Rendered
from gtctl.jobs.template_lint import template_errors

NO_FIELDS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Examination:
    """What was found in a job; without refusals and errors it may be launched."""

    refusals: list[Finding]
    errors: list[Finding]
    warnings: list[Finding]


def examine(rendered: Rendered) -> Examination:
    """Check the request and the files of ``rendered``. Asks nobody: no client, no network."""
    request, labels = rendered.request, rendered.label_categories
    model = [Finding(problem.path, problem.message) for problem in service_model.problems("CreateLabelingJob", request)]
    errors = [*model, *rules.request_errors(request)]
    task = rules.task_of(request)
    if rendered.worker_template is not None and task is not None:
        errors += template_errors(rendered.worker_template, task, request.get("LabelAttributeName"))
    warnings = rules.request_warnings(request)
    if labels is not None:
        label_errors = rules.label_file_errors(labels)
        errors += label_errors
        warnings += [] if label_errors else rules.label_file_warnings(labels)
    return Examination(refusals(request), errors, warnings)


def require_launchable(
    rendered: Rendered, source: str | None = None, fields: Mapping[str, str] = NO_FIELDS
) -> list[Finding]:
    """Raise Refused with every reason to refuse ``rendered``, else BadInput with its errors; return the warnings.

    ``source`` is the file to name in the error; ``fields`` says where in it a member of the request comes from.
    """
    found = examine(rendered)
    place = f"{source}: " if source else ""
    if found.refusals:
        raise Refused(f"{place}refused: {_one_line(found.refusals, fields)}")
    if found.errors:
        raise BadInput(f"{place}{_one_line(found.errors, fields)}")
    return [_in_source(warning, fields) for warning in found.warnings]


def _one_line(findings: list[Finding], fields: Mapping[str, str]) -> str:
    text = "; ".join(str(_in_source(finding, fields)) for finding in findings)
    return " ".join(text.split())  # the names of unknown members are the file's, line breaks and all


def _in_source(finding: Finding, fields: Mapping[str, str]) -> Finding:
    return Finding(fields.get(finding.path, finding.path), finding.message)
