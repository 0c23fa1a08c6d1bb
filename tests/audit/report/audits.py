"""Audits as a hospital would see them, and one that somebody filled to break a report."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import replace

from gtctl.audit import frameworks
from gtctl.audit.model import Finding, Location, Severity, Verdict
from gtctl.audit.outcome import (
    Attestation,
    Audit,
    Comparison,
    Difference,
    Exposure,
    Gap,
    Scope,
    Tally,
)
from gtctl.audit.report import Report
from tests.audit.report.samples import NAMES, NASTY

ACCOUNT, REGION = "111122223333", "eu-central-1"
HOSTILE = (
    "<script>document.title='owned'</script>\"><img src=x onerror=document.title='owned'> javascript:alert(1) "
    f"\x1b[31mred\x1b[0m \u202eesrever\u202c {{{{7*7}}}} </table></details>{NASTY}"
)
"""Markup, script, terminal colours, reversed text and a template, for whatever a report quotes."""

_STARTED = datetime.datetime(2026, 11, 26, 8, 0, tzinfo=datetime.UTC)
_KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def exposure(number: int = 0, **changes: object) -> Exposure:
    """A labeling job that went to the private team "radiology", as it should; ``changes`` are fields of Exposure."""
    name = f"chest-ct-{number:04}"
    sample = Exposure(
        account=ACCOUNT,
        region=REGION,
        job=name,
        job_arn=f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:labeling-job/{name}",
        status="Completed",
        workforce="private",
        workteam=f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:workteam/private-crowd/radiology",
        viewers=7,
        network="10.20.0.0/16, 198.51.100.0/24",
        input_location=f"s3://hospital-scans/manifests/{name}.manifest",
        output_location=f"s3://hospital-labels/{name}/",
        output_key=_KEY,
        classification="phi",
        first=_STARTED - datetime.timedelta(days=30 + number),
        last=_STARTED - datetime.timedelta(days=29 + number),
        objects=480,
        verdict=Verdict.PASS,
        reason="a private team of this account",
    )
    return replace(sample, **changes)  # type: ignore[arg-type]


PUBLIC = exposure(
    1,
    job="pilot-xray-2024",
    job_arn=f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:labeling-job/pilot-xray-2024",
    workforce="public",
    workteam=f"arn:aws:sagemaker:{REGION}:394669845002:workteam/public-crowd/default",
    viewers=None,
    viewers_reason="the public workforce is open to anybody",
    network="any network",
    output_key="",
    classification="unclassified",
    objects=1200,
    verdict=Verdict.FAIL,
    reason="images that count as sensitive went to the public workforce",
)
VENDOR = exposure(
    2,
    job="mri-tumours-vendor",
    status="Stopped",
    workforce="vendor",
    workteam="arn:aws:sagemaker:eu-central-1:222233334444:workteam/vendor-crowd/pixel-labelers",
    viewers=None,
    viewers_reason="a vendor's team cannot be looked into",
    network="any network",
    verdict=Verdict.FAIL,
    reason="PHI went to a vendor's workforce",
)
OPEN = exposure(
    3,
    job="spine-2025-03",
    workforce="unknown",
    viewers=None,
    viewers_reason="needs sagemaker:DescribeWorkteam: AccessDenied",
    network="not known",
    verdict=Verdict.UNKNOWN,
    reason="the workteam could not be read",
)
FACES = exposure(
    4, job="stock-photos", workforce="public", viewers=None, classification="public", reason="images declared public"
)


def finding(rule_id: str, **changes: object) -> Finding:
    """A live failure of ``rule_id``; ``changes`` are fields of Finding."""
    rule = NAMES[rule_id]
    kind = rule.resource_types[0] if rule.resource_types else ""
    file = f"aws://{ACCOUNT}/{REGION}/{kind}"
    sample = Finding(
        rule_id=rule.id,
        verdict=Verdict.FAIL,
        severity=rule.severity,
        resource=f"{kind}.hospital",
        source="live",
        file=file,
        line=1,
        observed="not set",
        expected="as the rule says",
        message=rule.title,
        remediation=rule.remediation,
        controls=rule.controls,
        place=Location(file),
    )
    return replace(sample, **changes)  # type: ignore[arg-type]


FINDINGS = (
    finding(
        "GT101",
        resource="aws_sagemaker_labeling_job.pilot-xray-2024",
        file=PUBLIC.job_arn,
        observed=PUBLIC.workteam,
        expected="a private workteam",
    ),
    finding(
        "GT102",
        resource="aws_sagemaker_labeling_job.mri-tumours-vendor",
        file=VENDOR.job_arn,
        observed=VENDOR.workteam,
        expected="a private workteam",
    ),
    finding("GT206", resource="aws_sagemaker_labeling_job.pilot-xray-2024", file=PUBLIC.job_arn, expected="a KMS key"),
    finding("GT110", observed="OFF", expected="ON"),
    finding(
        "GT110",
        source="hcl",
        file="terraform/main.tf",
        line=41,
        resource="module.workforce.aws_cognito_user_pool.this",
        observed="OPTIONAL",
        expected="ON",
    ),
    finding("GT210", verdict=Verdict.UNKNOWN, observed="needs kms:GetKeyRotationStatus: AccessDenied", expected=""),
    finding("GT404", verdict=Verdict.UNKNOWN, observed="needs cloudtrail:GetTrailStatus: AccessDenied", expected=""),
    finding(
        "GT409",
        resource="aws_s3_bucket_versioning.hospital-scratch",
        observed="Suspended",
        expected="Enabled",
        waiver={"owner": "Grace Hopper", "reason": "scratch data, rebuilt nightly", "expires": "2026-12-15"},
    ),
    finding(
        "GT202",
        source="hcl",
        file="terraform/scratch.tf",
        line=12,
        resource="aws_s3_bucket.scratch",
        waiver={"reason": "no load on this bucket", "file": "terraform/scratch.tf", "line": "11"},
    ),
)  # fmt: skip

BAA = Attestation(
    framework="HIPAA",
    requirement="164.308(b)(1)",
    statement="Business associate agreement with AWS signed in AWS Artifact",
    owner="Ada Lovelace, privacy officer",
    date=datetime.date(2026, 2, 1),
    expires=datetime.date(2027, 1, 31),
)
TRAINING = Attestation(
    framework="HIPAA",
    requirement="164.308(a)(5)(i)",
    statement="All labelers were trained",
    owner="Grace Hopper",
    date=datetime.date(2025, 1, 10),
    expires=datetime.date(2026, 1, 9),
)
OFFICIAL = replace(
    BAA, requirement="164.308(a)(2)", statement="Ada Lovelace is the security official", owner="Board of directors"
)


def scope(**changes: object) -> Scope:
    sample = Scope(
        started=_STARTED,
        finished=_STARTED + datetime.timedelta(seconds=94),
        accounts=(ACCOUNT,),
        regions=(REGION, "us-east-1"),
        principal=f"arn:aws:sts::{ACCOUNT}:assumed-role/gtctl-auditor",
        paths=("terraform",),
        sources={"live": 214, "hcl": 96},
        commit="f0e02bb4c1d2+changes",
        versions={"gtctl": "0.1.0", "python": "3.11.9", "boto3": "1.40.1"},
        requests={"sagemaker:ListLabelingJobs": 4, "sagemaker:DescribeLabelingJob": 214, "s3:GetBucketPolicy": 9},
        gaps=(
            Gap(
                what="status of trails",
                why="AccessDenied",
                permission="cloudtrail:GetTrailStatus",
                account=ACCOUNT,
                region=REGION,
            ),
            Gap(what="checkov's checks", why="checkov is not installed"),
        ),
    )
    return replace(sample, **changes)  # type: ignore[arg-type]


def tallies(findings: Sequence[Finding], passing: int = 3) -> dict[str, Tally]:
    """What the findings come to, with ``passing`` verdicts more of every rule."""
    counted = {rule_id: Tally(passed=passing) for rule_id, rule in NAMES.items() if rule.sources}
    for each in findings:
        tally = counted.setdefault(each.rule_id, Tally())
        if each.waiver:
            tally.waived += 1
        elif each.verdict is Verdict.FAIL:
            tally.failed += 1
        elif each.verdict is Verdict.UNKNOWN:
            tally.unknown += 1
    return counted


def audit(findings: Sequence[Finding] = FINDINGS, **changes: object) -> Audit:
    sample = Audit(
        scope=scope(),
        exposures=(PUBLIC, VENDOR, OPEN, *(exposure(number) for number in range(10, 30)), FACES),
        frameworks=frameworks.assess(
            tallies(findings),
            {rule_id: rule.controls for rule_id, rule in NAMES.items()},
            (BAA, TRAINING, OFFICIAL),
            today=_STARTED.date(),
        ),
        drift=(
            Difference(
                address="module.storage.aws_s3_bucket_public_access_block.this",
                live="aws_s3_bucket_public_access_block.hospital-scans",
                type="aws_s3_bucket_public_access_block",
                attribute="block_public_policy",
                planned="true",
                observed="false",
                rules=("GT315",),
            ),
            Difference(
                address="module.audit_trail.aws_cloudtrail.this",
                live="",
                type="aws_cloudtrail",
                attribute="",
                planned="planned",
                observed="not there",
                rules=("GT401", "GT404"),
            ),
        ),
        comparison=Comparison(
            baseline="2026-10.json",
            baseline_finished="2026-10-26T08:01:10Z",
            new=findings[:2],
            fixed=(
                {
                    "rule_id": "GT203",
                    "severity": "high",
                    "resource": "aws_s3_bucket.hospital-scans",
                    "file": f"aws://{ACCOUNT}/{REGION}/aws_s3_bucket",
                    "message": "Buckets refuse plain HTTP",
                },
            ),
            unchanged=findings[2:5],
        ),
    )
    return replace(sample, **changes)  # type: ignore[arg-type]


def full_report(**changes: object) -> Report:
    """The report of a live audit in which every part has something to say."""
    sample = Report(findings=FINDINGS, rules=NAMES, files=38, passed=642, audit=audit())
    return replace(sample, **changes)  # type: ignore[arg-type]


def clean_report() -> Report:
    """An audit that found nothing."""
    return Report(
        findings=(),
        rules=NAMES,
        files=38,
        passed=642,
        audit=audit((), exposures=(exposure(),), drift=(), comparison=None, scope=scope(gaps=())),
    )


def hostile_report() -> Report:
    """Every text that comes from outside is HOSTILE."""
    findings = tuple(
        replace(
            each,
            resource=f"{each.resource}{HOSTILE}",
            file=f"{each.file}{HOSTILE}",
            observed=HOSTILE,
            expected=HOSTILE,
            source=f"{each.source}{HOSTILE}",
            waiver=dict.fromkeys(each.waiver, HOSTILE) | ({"line": "3"} if "line" in each.waiver else {})
            if each.waiver
            else None,
        )
        for each in FINDINGS
    )
    exposures = [
        replace(
            each,
            job=HOSTILE,
            job_arn=HOSTILE,
            status=HOSTILE,
            workteam=HOSTILE,
            viewers_reason=HOSTILE,
            network=HOSTILE,
            input_location=HOSTILE,
            output_location=HOSTILE,
            output_key=HOSTILE,
            reason=HOSTILE,
        )
        for each in (PUBLIC, VENDOR, OPEN, exposure(5))
    ]
    said = replace(BAA, statement=HOSTILE, owner=HOSTILE)
    return full_report(
        findings=findings,
        audit=audit(
            findings,
            exposures=exposures,
            scope=scope(
                principal=HOSTILE,
                paths=(HOSTILE,),
                accounts=(HOSTILE,),
                regions=(HOSTILE,),
                commit=HOSTILE,
                sources={HOSTILE: 3},
                versions={HOSTILE: HOSTILE},
                requests={HOSTILE: 1},
                gaps=(Gap(what=HOSTILE, why=HOSTILE, permission=HOSTILE, account=HOSTILE, region=HOSTILE),),
            ),
            frameworks=frameworks.assess({}, {}, (said,), today=_STARTED.date()),
            drift=(
                Difference(
                    address=HOSTILE, live=HOSTILE, type=HOSTILE, attribute=HOSTILE, planned=HOSTILE, observed=HOSTILE,
                    rules=(HOSTILE,),
                ),
            ),
            comparison=Comparison(
                baseline=HOSTILE,
                baseline_finished=HOSTILE,
                new=findings[:1],
                fixed=(dict.fromkeys(("rule_id", "severity", "resource", "file", "message"), HOSTILE),),
                unchanged=findings[1:2],
            ),
        ),
    )  # fmt: skip


def large_report(jobs: int) -> Report:
    """``jobs`` labeling jobs, one in ten of them on the public workforce."""
    exposures = [
        replace(PUBLIC, job=f"public-{number}") if number % 10 == 0 else exposure(number) for number in range(jobs)
    ]
    findings = tuple(
        replace(FINDINGS[0], resource=f"aws_sagemaker_labeling_job.{each.job}", severity=Severity.CRITICAL)
        for each in exposures
        if each.workforce == "public"
    )
    return full_report(findings=findings, audit=audit(findings, exposures=exposures))
