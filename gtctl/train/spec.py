"""The training spec: one YAML file that says what is trained, on which labels, and under which keys."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError

from gtctl.errors import BadInput
from gtctl.jobs.references import resolve
from gtctl.jobs.spec import Classification, Part, Tags
from gtctl.jobs.spec_errors import explained
from gtctl.jobs.values import duration, whole
from gtctl.jobs.yaml_text import read_yaml

DAY = 86_400
LONGEST_SECONDS = 28 * DAY


class Channel(Part):
    """Augmented manifests: what ``gtctl labels export --format manifest`` writes, put in S3."""

    train: str
    validation: str | None = None
    label_attribute: str
    content_type: str = "application/x-recordio"
    record_wrapper: Annotated[str, Field(pattern="^(RecordIO|None)$")] = "RecordIO"


class Output(Part):
    """Where the model goes, and under which key."""

    path: str
    kms_key_arn: str


class Instances(Part):
    """On what it trains. Without a key of its own, the disks are encrypted with the output's."""

    type: str
    count: Annotated[int, *whole(1, 100)] = 1
    volume_gb: Annotated[int, *whole(1, 16_384)] = 50
    volume_kms_key_arn: str | None = None


class Network(Part):
    """Where the training container reaches S3 from; it has network isolation in any case."""

    subnets: Annotated[list[str], Field(min_length=1)]
    security_groups: Annotated[list[str], Field(min_length=1)]


class TrainSpec(Part):
    """A training job. What protects the images is not to be chosen: it is always on."""

    name: str
    image: str
    role_arn: str
    input: Channel
    output: Output
    instances: Instances
    network: Network
    time_limit: Annotated[int, *duration(60, LONGEST_SECONDS)] = DAY
    hyperparameters: dict[str, str] = Field(default_factory=dict)
    classification: Classification | None = None
    tags: Tags = Field(default_factory=dict)


def load(path: Path, stack: Mapping[str, Any] | None = None) -> TrainSpec:
    """The training spec in the YAML file ``path``, its references resolved from ``stack`` and the environment.

    Raises BadInput in one line with the file, the YAML path and what is wrong.
    """
    document = read_yaml(path)
    try:
        resolved = resolve(document, stack or {}, os.environ)
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from error
    try:
        return TrainSpec.model_validate(resolved)
    except ValidationError as error:
        found = "; ".join(dict.fromkeys(explained(details, _FIELDS) for details in error.errors(include_url=False)))
        # Not chained: pydantic's own text repeats the values.
        raise BadInput(f"{path}: {found}") from None


_FIELDS = {
    "": list(TrainSpec.model_fields),
    "input": list(Channel.model_fields),
    "output": list(Output.model_fields),
    "instances": list(Instances.model_fields),
    "network": list(Network.model_fields),
}
