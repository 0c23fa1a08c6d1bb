from gtctl.audit.jobs import as_list, member
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, failed, passed

RULE = Rule(
    id="GT504",
    title="Lines of manifests carry no identifier of a person along",
    severity=Severity.HIGH,
    resource_types=("gtctl_input_manifest",),
    sources=("data",),
    rationale=(
        "Attributes beside source-ref go through to the output manifest and to the functions of the task as they are. "
        "What names a patient there reaches people and places that only need the image."
    ),
    remediation="Leave the attribute out, or put a random id there and keep the mapping apart.",
    references=(
        "https://docs.aws.amazon.com/sagemaker/latest/dg/sms-input-data-input-manifest.html",
        "https://www.hhs.gov/hipaa/for-professionals/special-topics/de-identification/index.html",
    ),
    hipaa=("164.502(b)", "164.514(b)(2)"),
    nist=("SI-19(4)",),
    example_job="""\
{"source-ref": "s3://hospital-scans/chest-ct/0c6b2f.png"}
{"source-ref": "s3://hospital-scans/chest-ct/4be71a.png"}
""",
)


def check(resource: Resource, graph: Graph) -> Result | None:
    found = [each for each in as_list(resource.get("identifiers")) if member(each, "place") == "attribute"]
    if not found:
        return passed("nothing that looks like one", "identifiers")
    seen = ", ".join(f"{each.get('kind')} in {each.get('count')} lines, first {each.get('line')}" for each in found)
    return failed("identifiers", seen, "no identifiers")
