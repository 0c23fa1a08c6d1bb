from gtctl.audit.jobs import as_list, member
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, failed, passed

RULE = Rule(
    id="GT503",
    title="Object keys in manifests hold no identifier of a person",
    severity=Severity.HIGH,
    resource_types=("gtctl_input_manifest",),
    sources=("data",),
    rationale=(
        "The key of each image stands in the manifest, in the output, in logs and in the worker's browser, and most of "
        "these are not encrypted with a key of yours. A record number or a name in it names the patient in all of them."
    ),
    remediation="Store the images under random or hashed names (gtctl scans prepare does), and keep the mapping apart.",
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
    found = [each for each in as_list(resource.get("identifiers")) if member(each, "place") == "object key"]
    if not found:
        return passed("nothing that looks like one", "identifiers")
    seen = ", ".join(f"{each.get('kind')} in {each.get('count')} lines, first {each.get('line')}" for each in found)
    return failed("identifiers", seen, "no identifiers")
