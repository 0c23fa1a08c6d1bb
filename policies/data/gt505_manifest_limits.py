from gtctl.audit.jobs import as_list, member
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, failed, passed

RULE = Rule(
    id="GT505",
    title="Manifests keep the format and the limits of the service",
    severity=Severity.MEDIUM,
    resource_types=("gtctl_input_manifest",),
    sources=("data",),
    rationale=(
        "A line that cannot be read, or is too long, ends a job after part of the images has been looked at, with "
        "labels that say nothing about the rest."
    ),
    remediation="Correct the lines (gtctl manifest validate names all of them), or use several jobs.",
    references=(
        "https://docs.aws.amazon.com/sagemaker/latest/dg/sms-input-data-input-manifest.html",
        "https://docs.aws.amazon.com/sagemaker/latest/dg/input-data-limits.html",
    ),
    hipaa=("164.312(c)(1)",),
    example_job="""\
{"source-ref": "s3://hospital-scans/chest-ct/0c6b2f.png"}
{"source-ref": "s3://hospital-scans/chest-ct/4be71a.png"}
""",
)


def check(resource: Resource, graph: Graph) -> Result | None:
    problems = as_list(resource.get("problems"))
    if not problems:
        return passed(f"{resource.get('object_count')} images", "object_count")
    line, message = (member(problems[0], name) for name in ("line", "message"))
    more = f" ({resource.get('problem_count')} problems in all)" if len(problems) > 1 else ""
    return failed("problems", f"line {line}: {message}{more}", "lines that the service reads")
