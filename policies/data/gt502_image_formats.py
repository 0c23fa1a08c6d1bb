from gtctl.audit.jobs import as_list, member
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, failed, passed
from gtctl.ground_truth import IMAGE_SUFFIXES

RULE = Rule(
    id="GT502",
    title="Manifests name JPEG and PNG images, no DICOM files",
    severity=Severity.HIGH,
    resource_types=("gtctl_input_manifest",),
    sources=("data",),
    rationale=(
        "A DICOM file holds the patient's name, birth date and numbers beside the picture, and a link to it hands all "
        "of that to the worker's browser. The page of a bounding-box task shows JPEG and PNG only, so that nobody "
        "gains anything by it."
    ),
    remediation="Render the scans to de-identified PNG first (gtctl scans prepare), and build the manifest from these.",
    references=(
        "https://docs.aws.amazon.com/sagemaker/latest/dg/sms-supported-data-formats.html",
        "https://docs.aws.amazon.com/sagemaker/latest/dg/input-data-limits.html",
    ),
    hipaa=("164.502(b)", "164.514(b)(2)"),
    nist=("AC-4", "SI-19(4)"),
    example_job="""\
{"source-ref": "s3://hospital-scans/chest-ct/0c6b2f.png"}
{"source-ref": "s3://hospital-scans/chest-ct/4be71a.png"}
""",
)

_MEDICAL = {".dcm", ".dicom", ".dic", ".ima", ".nii", ".nii.gz", ".mha", ".mhd", ".nrrd", ".svs"}


def check(resource: Resource, graph: Graph) -> Result | None:
    formats = as_list(resource.get("formats"))
    wrong = [each for each in formats if member(each, "name") not in IMAGE_SUFFIXES]
    if not wrong:
        return passed("JPEG and PNG", "formats")
    wrong.sort(key=lambda each: member(each, "name") not in _MEDICAL)
    seen = ", ".join(
        f"{member(each, 'count')} x {member(each, 'name') or 'no suffix'} (line {member(each, 'line')})"
        for each in wrong
    )
    return failed("formats", seen, ", ".join(IMAGE_SUFFIXES))
