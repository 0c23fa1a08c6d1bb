"""From a training spec to the CreateTrainingJob request, and what is wrong with it.

Source: SageMaker Developer Guide, "Provide dataset metadata to training jobs with an augmented manifest file"
(AugmentedManifestFile, Pipe mode, AttributeNames in the order in which they are streamed) and "Object Detection
Algorithm" (RecordIO wrapping, channels train and validation); API reference, CreateTrainingJob.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from gtctl import service_model
from gtctl.audit.settings import Settings
from gtctl.aws import parse_s3_uri
from gtctl.errors import BadInput, Refused
from gtctl.jobs.refusals import CLASSIFICATION_TAG
from gtctl.jobs.render import DIGEST_TAG
from gtctl.train.spec import Channel, TrainSpec

_SOURCE_ATTRIBUTE = "source-ref"


def render(spec: TrainSpec) -> dict[str, Any]:
    """The request in boto3's spelling, with its digest as a tag; the same spec gives the same request.

    Raises BadInput for places that are no S3 URIs.
    """
    output, instances = spec.output, spec.instances
    for uri in (spec.input.train, spec.input.validation, output.path):
        if uri is not None:
            parse_s3_uri(uri)
    channels = [_channel("train", spec.input.train, spec.input)]
    if spec.input.validation:
        channels.append(_channel("validation", spec.input.validation, spec.input))
    tags = spec.tags | {CLASSIFICATION_TAG: spec.classification or "unclassified"}
    request: dict[str, Any] = {
        "TrainingJobName": spec.name,
        "HyperParameters": dict(sorted(spec.hyperparameters.items())),
        "AlgorithmSpecification": {"TrainingImage": spec.image, "TrainingInputMode": "Pipe"},
        "RoleArn": spec.role_arn,
        "InputDataConfig": channels,
        "OutputDataConfig": {"S3OutputPath": output.path, "KmsKeyId": output.kms_key_arn},
        "ResourceConfig": {
            "InstanceType": instances.type,
            "InstanceCount": instances.count,
            "VolumeSizeInGB": instances.volume_gb,
            "VolumeKmsKeyId": instances.volume_kms_key_arn or output.kms_key_arn,
        },
        "VpcConfig": {"SecurityGroupIds": spec.network.security_groups, "Subnets": spec.network.subnets},
        "StoppingCondition": {"MaxRuntimeInSeconds": spec.time_limit},
        "EnableNetworkIsolation": True,
        "EnableInterContainerTrafficEncryption": True,
        "Tags": [{"Key": key, "Value": value} for key, value in sorted(tags.items())],
    }
    request["Tags"].append({"Key": DIGEST_TAG, "Value": digest(request)})
    return request


def digest(request: dict[str, Any]) -> str:
    """SHA-256 (hexadecimal) over the request, but for its own tag."""
    tags = [tag for tag in request["Tags"] if tag["Key"] != DIGEST_TAG]
    canonical = json.dumps(request | {"Tags": tags}, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def require_launchable(request: dict[str, Any], source: str, settings: Settings) -> None:
    """Raise BadInput where the service model does not take the request, Refused where the rules do not.

    What a rule cannot prove is refused, too; a waiver in gtctl.toml lets pass, as for ``gtctl check``.
    """
    if problems := service_model.problems("CreateTrainingJob", request):
        raise BadInput(f"{source}: {'; '.join(f'{each.path}: {each.message}' for each in problems)}")
    if found := _findings(request, source, settings):
        raise Refused(f"{source}: refused: {'; '.join(found)}")


def _findings(request: dict[str, Any], source: str, settings: Settings) -> list[str]:
    import datetime

    from gtctl.audit import engine, registry
    from gtctl.audit.evidence.requests import OPERATIONS, Requests
    from gtctl.audit.model import Evidence, Location, Verdict
    from gtctl.audit.waivers import waive

    type_ = OPERATIONS["CreateTrainingJob"]
    job = Requests("job", source).add("CreateTrainingJob", request, Location(source))
    chosen = [entry for entry in registry.rules() if type_ in entry.rule.resource_types]
    today = datetime.datetime.now(datetime.UTC).date()
    judged = list(engine.judge([Evidence([job], complete=False)], chosen, settings))
    return [
        f"{each.rule_id} {each.message}: {each.observed}"
        for each in waive(judged, settings.waivers, {}, today=today, complete=False, rules=set())
        if each.verdict is not Verdict.PASS and not each.waiver
    ]


def write(request: dict[str, Any], path: Path) -> None:
    """The request as a JSON file."""
    from gtctl.files import atomic_write

    with atomic_write(path) as stream:
        stream.write(json.dumps(request, ensure_ascii=False, indent=2) + "\n")


def _channel(name: str, manifest: str, channel: Channel) -> dict[str, Any]:
    return {
        "ChannelName": name,
        "DataSource": {
            "S3DataSource": {
                "S3DataType": "AugmentedManifestFile",
                "S3Uri": manifest,
                "S3DataDistributionType": "FullyReplicated",
                "AttributeNames": [_SOURCE_ATTRIBUTE, channel.label_attribute],
            }
        },
        "ContentType": channel.content_type,
        "RecordWrapperType": channel.record_wrapper,
        "CompressionType": "None",
        "InputMode": "Pipe",
    }
