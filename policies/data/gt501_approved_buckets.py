from fnmatch import fnmatchcase

from gtctl.audit.jobs import as_list, member
from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, failed, passed, unknown

RULE = Rule(
    id="GT501",
    title="Manifests name images in buckets that the settings know",
    severity=Severity.HIGH,
    resource_types=("gtctl_input_manifest",),
    sources=("data",),
    rationale=(
        "A manifest decides which images people get to see. An image in a bucket that nobody has classified may come "
        "from anywhere: another patient group, another hospital, a colleague's test bucket without a key."
    ),
    remediation="Name the bucket under [classification] in gtctl.toml, or take its lines out of the manifest.",
    references=(
        "https://docs.aws.amazon.com/sagemaker/latest/dg/sms-input-data-input-manifest.html",
        "https://docs.aws.amazon.com/sagemaker/latest/dg/input-data-limits.html",
    ),
    hipaa=("164.308(a)(4)(ii)(B)", "164.502(b)"),
    nist=("AC-3", "AC-4"),
    cis=("2.1.3",),
    example_job="""\
{"source-ref": "s3://hospital-scans/chest-ct/0c6b2f.png"}
{"source-ref": "s3://hospital-scans/chest-ct/4be71a.png"}
""",
)


def check(resource: Resource, graph: Graph) -> Result | None:
    known = [name.removeprefix("s3://").partition("/")[0] for name in graph.settings.classification]
    # A pattern that fits every bucket says what unknown data counts as, not that it is known.
    known = [name for name in known if name.strip("*")]
    buckets = as_list(resource.get("buckets"))
    for bucket in buckets:
        if not member(bucket, "name"):
            return failed("buckets", f"line {member(bucket, 'line')} names no object in S3", "s3://BUCKET/KEY")
    if not known:
        return unknown("the settings know no bucket: name yours under [classification] in gtctl.toml", "buckets")
    strange = [bucket for bucket in buckets if not any(fnmatchcase(str(bucket["name"]), pattern) for pattern in known)]
    if strange:
        first = strange[0]
        observed = f"{first['name']} from line {first.get('line')} on, and {len(strange) - 1} more buckets"
        return failed("buckets", observed, f"buckets of the settings: {', '.join(sorted(set(known)))}")
    return passed(", ".join(bucket["name"] for bucket in buckets), "buckets")
