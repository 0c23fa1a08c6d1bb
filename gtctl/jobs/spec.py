"""The job spec: one YAML file that says what is labeled, by whom, and where everything lies.

The model below is also published as JSON Schema (job-spec.schema.json, ``gtctl job schema``).
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    WithJsonSchema,
    model_validator,
)

from gtctl.errors import BadInput
from gtctl.ground_truth import MAX_LABEL_CHARACTERS, MAX_LABELS
from gtctl.jobs.references import resolve
from gtctl.jobs.rules import MAX_AVAILABILITY_SECONDS, MAX_TIME_LIMIT_SECONDS
from gtctl.jobs.spec_errors import explained
from gtctl.jobs.values import Markdown, duration, markdown, one_line, whole
from gtctl.jobs.yaml_text import read_yaml

Classification = Literal["phi", "legal", "financial", "pii", "public"]
TaskType = Literal["bounding-box", "verification", "adjustment"]
BuiltInInstructions = Literal["chest-ct", "head-ct", "abdomen-ct"]
Language = Literal["en", "ko"]

MAX_OWN_TAGS = 42
"""The service takes 50 tags on a job; gtctl adds up to eight."""
MAX_SHORT_CHARACTERS = 4_000
MAX_FULL_CHARACTERS = 40_000


def _label(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


def _attribute_name(name: str) -> str:
    if not re.fullmatch(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,126}", name):
        raise ValueError("must be letters, digits and hyphens, as the earlier job's output.label_attribute")
    return name


def _own_tags(tags: dict[str, str]) -> dict[str, str]:
    for key in tags:
        if key.lower().startswith(("gtctl:", "aws:")):
            raise ValueError(f"{key}: tags that start with gtctl: or aws: are not yours to set")
    return tags


class Part(BaseModel):
    """A section of a spec: what it does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Instructions(Part):
    """What the workers are told, in Markdown: your own, a built-in guide, or the guide with parts of your own.

    Images are ``![caption](s3://bucket/key.png)``, or a PNG or JPEG beside the spec, which is uploaded at launch.
    HTML is shown as text, and so are links: the page leads nowhere else.
    """

    builtin: BuiltInInstructions | None = Field(default=None, description="A guide that comes with gtctl.")
    language: Language = Field(default="en", description="Of the built-in guide and of the page's own words.")
    short: Annotated[Markdown, *markdown(MAX_SHORT_CHARACTERS)] | None = Field(
        default=None, description="Stands beside every image."
    )
    full: Annotated[Markdown, *markdown(MAX_FULL_CHARACTERS)] | None = Field(
        default=None, description="Opens when a worker asks for the instructions."
    )

    @model_validator(mode="after")
    def _complete(self) -> Instructions:
        missing = [name for name in ("short", "full") if getattr(self, name) is None]
        if missing and self.builtin is None:
            raise ValueError(f"{' and '.join(missing)} missing: write them, or name a built-in guide (builtin)")
        return self


class Task(Part):
    """The task as workers see it."""

    type: TaskType = Field(
        default="bounding-box",
        description="Draw boxes; verify an earlier job's boxes (choose one of the labels, comment); adjust its boxes.",
    )
    title: Annotated[str, AfterValidator(one_line)] = Field(
        min_length=1, max_length=128, description="One line in the workers' list; heads the task page."
    )
    description: Annotated[str, AfterValidator(one_line)] = Field(
        min_length=1, max_length=255, description="One line that says what is to be done."
    )
    instructions: Instructions
    template: str | None = Field(
        default=None,
        min_length=1,
        description="Your own Jinja2 template of the page: a file beside the spec, see docs/jobs.md.",
    )


class Label(Part):
    """A label of a box; in a verification a verdict on all boxes of an image."""

    name: Annotated[str, AfterValidator(one_line)] = Field(min_length=1, max_length=MAX_LABEL_CHARACTERS)
    description: str | None = Field(default=None, min_length=1, max_length=4_000)


# A label is written as its name alone, or as a mapping with a description.
_LABEL_NAME_SCHEMA = {"type": "string", "minLength": 1, "maxLength": MAX_LABEL_CHARACTERS}
_LABEL_SCHEMA = {
    "anyOf": [
        _LABEL_NAME_SCHEMA,
        {
            "type": "object",
            "additionalProperties": False,
            "required": ["name"],
            "properties": {
                "name": _LABEL_NAME_SCHEMA,
                "description": {"type": "string", "minLength": 1, "description": "Shown in the full instructions."},
            },
        },
    ]
}
# What the service takes as LabelAttributeName; it goes into the page's template too.
_EarlierAttribute = Annotated[str, AfterValidator(_attribute_name)]
_Labels = tuple[Annotated[Label, BeforeValidator(_label), WithJsonSchema(_LABEL_SCHEMA)], ...]
Tags = Annotated[dict[str, str], AfterValidator(_own_tags)]

_PerObject = Annotated[int, *whole(1, 9)]
_TimeLimit = Annotated[int, *duration(30, MAX_TIME_LIMIT_SECONDS)]
_Availability = Annotated[int, *duration(60, MAX_AVAILABILITY_SECONDS)]
_ConcurrentTasks = Annotated[int, *whole(1, 5_000)]


class Workers(Part):
    """Who labels, and under which limits."""

    workteam_arn: str = Field(description="A private workteam; anything else is refused. Its Region is the job's.")
    per_object: _PerObject = Field(description="How many workers see each image, 1 to 9.")
    time_limit: _TimeLimit = Field(description="How long a worker may take for one image, 30s to 8h.")
    availability: _Availability | None = Field(
        default=None, description="How long a task stays open, up to 30d; without it the service's 30 days."
    )
    max_concurrent_tasks: _ConcurrentTasks | None = Field(
        default=None, description="Images out with workers at the same time; without it the service's 1000."
    )


class Input(Part):
    """What is labeled: the images of a manifest, or those of an earlier job together with its labels."""

    manifest: str | None = Field(
        default=None, description="S3 URI of the input manifest; in the Region of the job, like the images."
    )
    from_job: str | None = Field(
        default=None, min_length=1, description="An earlier job with the same output.path: its output manifest."
    )
    label_attribute: _EarlierAttribute | None = Field(
        default=None, description="Verification, adjustment: the key of the boxes in that manifest."
    )

    @model_validator(mode="after")
    def _one_source(self) -> Input:
        if (self.manifest is None) == (self.from_job is None):
            raise ValueError("give either manifest or from_job")
        return self


def _key_is_required(schema: dict[str, Any]) -> None:
    schema["required"].append("kms_key_arn")


class Output(Part):
    """Where the labels go."""

    # Editors see the key as required; here it may be missing, so that the refusal can say why it is needed.
    model_config = ConfigDict(json_schema_extra=_key_is_required)

    path: str = Field(description="S3 URI of the folder for the output; the job writes below <path>/<name>/.")
    kms_key_arn: str | None = Field(
        default=None, description="Full ARN of the key that encrypts the output. A launch without it is refused."
    )
    label_attribute: str = Field(
        default="bounding-boxes", description="The key of the labels in the output manifest's lines."
    )


class StepWorkers(Part):
    """What is different about the workers of a later step."""

    workteam_arn: str | None = Field(default=None, description="Another private workteam of the same Region.")
    per_object: _PerObject | None = None
    time_limit: _TimeLimit | None = None
    availability: _Availability | None = None
    max_concurrent_tasks: _ConcurrentTasks | None = None


class StepOutput(Part):
    """Where a later step's labels go: into the lines of the same manifest, below a key of their own."""

    label_attribute: str = Field(description="The key of this step's labels; every step has another.")


class Step(Part):
    """A job on the result of the job before it. What is not said here is as in the first job."""

    name: str = Field(min_length=1, max_length=63)
    task: Task
    labels: _Labels = Field(
        default=(), max_length=MAX_LABELS, description="Without them the first job's; a verification needs its own."
    )
    workers: StepWorkers = StepWorkers()
    output: StepOutput
    tags: Tags = Field(default={}, max_length=MAX_OWN_TAGS, description="Added to the first job's.")


class JobSpec(Part):
    """A labeling job of SageMaker Ground Truth on images, done by a private workforce, and jobs that follow it.

    Text may hold ${stack.NAME} (outputs of the Terraform stack) and ${env.NAME}; $${ stands for a literal ${.
    """

    name: str = Field(
        min_length=1, max_length=63, description="Unique in account and Region, whatever its case; letters, digits, -."
    )
    classification: Classification | None = Field(
        default=None, description="What the images are. Without it they count as sensitive."
    )
    task: Task
    labels: _Labels = Field(
        min_length=1, max_length=MAX_LABELS, description="1 to 50 labels; the worker's page is made for up to 10."
    )
    workers: Workers
    input: Input
    output: Output
    role_arn: str = Field(description="The role that Ground Truth assumes to read the images and write the labels.")
    tags: Tags = Field(default={}, max_length=MAX_OWN_TAGS, description="Tags of the job.")
    then: tuple[Step, ...] = Field(
        default=(), description="Jobs that follow, each on the output of the one before: a chain."
    )

    _folder: Path = PrivateAttr(default_factory=Path)

    @property
    def folder(self) -> Path:
        """Where the files lie that the spec names: the folder of the spec's file."""
        return self._folder

    @property
    def manifest(self) -> str:
        """S3 URI of the input manifest; of an earlier job's output manifest where the input is a job."""
        if self.input.manifest is not None:
            return self.input.manifest
        # The layout of a job's output: Developer Guide, "Labeling job output data".
        return f"{self.output.path.rstrip('/')}/{self.input.from_job}/manifests/output/output.manifest"

    @model_validator(mode="after")
    def _consistent(self) -> JobSpec:
        earlier, own = self.input.label_attribute, self.output.label_attribute
        if self.task.type == "bounding-box":
            if earlier is not None:
                raise ValueError("input.label_attribute: is for verification and adjustment only")
        elif earlier is None:
            raise ValueError(f"input.label_attribute: is missing: which boxes are the {self.task.type}'s?")
        elif earlier == own:
            raise ValueError(f"output.label_attribute: must differ from input.label_attribute, {own}")
        _check_chain(self)
        return self

    def steps(self) -> tuple[JobSpec, ...]:
        """The jobs of this spec in their order, each without followers; step N+1 reads what step N wrote."""
        made = [_copied(self, then=())]
        boxes = self.input.label_attribute if self.task.type == "verification" else self.output.label_attribute
        for step in self.then:
            before = made[-1]
            workers = step.workers.model_dump(exclude_none=True)
            shown = None if step.task.type == "bounding-box" else boxes
            made.append(
                _copied(
                    self,
                    name=step.name,
                    task=step.task,
                    labels=step.labels or self.labels,
                    workers=self.workers.model_copy(update=workers),
                    input=Input(from_job=before.name, label_attribute=shown),
                    output=self.output.model_copy(update={"label_attribute": step.output.label_attribute}),
                    tags=self.tags | step.tags,
                    then=(),
                )
            )
            if step.task.type != "verification":
                boxes = step.output.label_attribute
        return tuple(made)


def _check_chain(spec: JobSpec) -> None:
    names = {spec.name.lower()}
    attributes = {spec.output.label_attribute, spec.input.label_attribute}
    for index, step in enumerate(spec.then):
        if step.name.lower() in names:
            raise ValueError(f"then[{index}].name: {step.name} is another step's name, or differs from it only by case")
        if step.output.label_attribute in attributes:
            raise ValueError(f"then[{index}].output.label_attribute: another step has {step.output.label_attribute}")
        if step.task.type == "verification" and not step.labels:
            raise ValueError(f"then[{index}].labels: is missing: the verdicts that workers choose from")
        if spec.task.type == "verification" and not step.labels:
            raise ValueError(f"then[{index}].labels: is missing: the first job's are verdicts")
        names.add(step.name.lower())
        attributes.add(step.output.label_attribute)


def _copied(spec: JobSpec, **changes: Any) -> JobSpec:
    made = spec.model_copy(update=changes)
    made._folder = spec._folder
    return made


def load(path: Path, stack: Mapping[str, Any] | None = None, environment: Mapping[str, str] | None = None) -> JobSpec:
    """The job spec in the YAML file ``path``, its references resolved from ``stack`` and ``environment``.

    ``stack`` holds the Terraform stack's outputs by name; ``environment`` is the process's unless given.
    Raises BadInput in one line with the file, the YAML path and what is wrong.
    """
    document = read_yaml(path)
    try:
        resolved = resolve(document, stack or {}, os.environ if environment is None else environment)
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from error
    try:
        loaded = JobSpec.model_validate(resolved)
    except ValidationError as error:
        found = "; ".join(dict.fromkeys(explained(details, _FIELDS) for details in error.errors(include_url=False)))
        # Not chained: pydantic's own text repeats the values.
        raise BadInput(f"{path}: {found}") from None
    loaded._folder = path.absolute().parent
    return loaded


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a job spec, as published in job-spec.schema.json."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **JobSpec.model_json_schema()}


_FIELDS = {
    "": list(JobSpec.model_fields),
    "task": list(Task.model_fields),
    "instructions": list(Instructions.model_fields),
    "labels": list(Label.model_fields),
    "workers": list(Workers.model_fields),
    "input": list(Input.model_fields),
    "output": list(Output.model_fields),
    "then": list(Step.model_fields),
}
