"""The job spec: one YAML file that says what is labeled, by whom, and where everything lies.

The model below is also published as JSON Schema (job-spec.schema.json, ``gtctl job schema``).
"""

from __future__ import annotations

import difflib
import os
import re
import unicodedata
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WithJsonSchema
from pydantic_core import ErrorDetails

from gtctl.errors import BadInput
from gtctl.ground_truth import MAX_LABEL_CHARACTERS, MAX_LABELS
from gtctl.jobs.references import resolve
from gtctl.jobs.rules import MAX_AVAILABILITY_SECONDS, MAX_TIME_LIMIT_SECONDS
from gtctl.jobs.yaml_text import read_yaml

Classification = Literal["phi", "legal", "financial", "pii", "public"]

MAX_OWN_TAGS = 48
"""The service takes 50 tags on a job; gtctl adds two."""

_A_REFERENCE = {"type": "string", "pattern": r"^\$\{.+\}$", "description": "a reference"}
_UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_DURATION = re.compile(r"(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?", re.ASCII)


def _whole(low: int, high: int) -> tuple[BeforeValidator, WithJsonSchema]:
    """A whole number from ``low`` to ``high``, given as a number or as text."""

    def read(value: Any) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", str(value)) or not low <= int(value) <= high:
            raise ValueError(f"must be a whole number between {low} and {high}")
        return int(value)

    schema = {"anyOf": [{"type": "integer", "minimum": low, "maximum": high}, _A_REFERENCE]}
    return BeforeValidator(read), WithJsonSchema(schema)


def _duration(low: int, high: int) -> tuple[BeforeValidator, WithJsonSchema]:
    """A number of seconds from ``low`` to ``high``, given as such or as 30m, 8h, 10d, 1h30m."""

    def read(value: Any) -> int:
        text = str(value).strip()
        if re.fullmatch(r"[0-9]{1,9}", text):
            seconds = int(text)
        elif text and (match := _DURATION.fullmatch(text)):
            seconds = sum(int(number or 0) * unit for number, unit in zip(match.groups(), _UNITS.values(), strict=True))
        else:
            raise ValueError("must be a duration such as 30m, 8h, 10d, or a number of seconds")
        if not low <= seconds <= high:
            raise ValueError(f"must be between {_words(low)} and {_words(high)}")
        return seconds

    pattern = r"^([0-9]+|([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?)$"
    schema = {
        "anyOf": [
            {"type": "integer", "minimum": low, "maximum": high},
            {"type": "string", "minLength": 1, "pattern": pattern, "examples": ["30m", "8h", "10d"]},
            _A_REFERENCE,
        ]
    }
    return BeforeValidator(read), WithJsonSchema(schema)


def _words(seconds: int) -> str:
    for suffix, unit in _UNITS.items():
        if seconds % unit == 0:
            return f"{seconds // unit}{suffix}"
    return f"{seconds}s"


def _one_line(text: str) -> str:
    # Not str.isprintable(): it refuses the zero-width joiners that Persian and Indic scripts are written with.
    if text != text.strip() or any(unicodedata.category(character) in {"Cc", "Zl", "Zp"} for character in text):
        raise ValueError("must be one line without control characters and without spaces around it")
    return text


def _visible(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be empty")
    return text


def _label(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


def _own_tags(tags: dict[str, str]) -> dict[str, str]:
    for key in tags:
        if key.lower().startswith(("gtctl:", "aws:")):
            raise ValueError(f"{key}: tags that start with gtctl: or aws: are not yours to set")
    return tags


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Instructions(_Part):
    """What the workers are told. Plain text: it is shown exactly as written; a blank line starts a paragraph."""

    short: Annotated[str, AfterValidator(_visible)] = Field(max_length=4_000, description="Stands beside every image.")
    full: Annotated[str, AfterValidator(_visible)] = Field(
        max_length=40_000, description="Opens when a worker asks for the instructions."
    )


class Task(_Part):
    """The task as workers see it."""

    title: Annotated[str, AfterValidator(_one_line)] = Field(
        min_length=1, max_length=128, description="One line in the workers' list; heads the task page."
    )
    description: Annotated[str, AfterValidator(_one_line)] = Field(
        min_length=1, max_length=255, description="One line that says what is to be done."
    )
    instructions: Instructions


class Label(_Part):
    """A label of a box."""

    name: Annotated[str, AfterValidator(_one_line)] = Field(min_length=1, max_length=MAX_LABEL_CHARACTERS)
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


class Workers(_Part):
    """Who labels, and under which limits."""

    workteam_arn: str = Field(description="A private workteam; anything else is refused. Its Region is the job's.")
    per_object: Annotated[int, *_whole(1, 9)] = Field(description="How many workers see each image, 1 to 9.")
    time_limit: Annotated[int, *_duration(30, MAX_TIME_LIMIT_SECONDS)] = Field(
        description="How long a worker may take for one image, 30s to 8h."
    )
    availability: Annotated[int, *_duration(60, MAX_AVAILABILITY_SECONDS)] | None = Field(
        default=None, description="How long a task stays open, up to 30d; without it the service's 30 days."
    )
    max_concurrent_tasks: Annotated[int, *_whole(1, 5_000)] | None = Field(
        default=None, description="Images out with workers at the same time; without it the service's 1000."
    )


class Input(_Part):
    """What is labeled."""

    manifest: str = Field(description="S3 URI of the input manifest; in the Region of the job, like the images.")


def _key_is_required(schema: dict[str, Any]) -> None:
    schema["required"].append("kms_key_arn")


class Output(_Part):
    """Where the labels go."""

    # Editors see the key as required; here it may be missing, so that the refusal can say why it is needed.
    model_config = ConfigDict(json_schema_extra=_key_is_required)

    path: str = Field(description="S3 URI of the folder for the output; the job writes below <path>/<name>/.")
    kms_key_arn: str | None = Field(
        default=None, description="Full ARN of the key that encrypts the output. A launch without it is refused."
    )
    label_attribute: str = Field(
        default="bounding-boxes", description="The key of the boxes in the output manifest's lines."
    )


class JobSpec(_Part):
    """A labeling job of SageMaker Ground Truth: bounding boxes on images, drawn by a private workforce.

    Text may hold ${stack.NAME} (outputs of the Terraform stack) and ${env.NAME}; $${ stands for a literal ${.
    """

    name: str = Field(
        min_length=1, max_length=63, description="Unique in account and Region, whatever its case; letters, digits, -."
    )
    classification: Classification | None = Field(
        default=None, description="What the images are. Without it they count as sensitive."
    )
    task: Task
    labels: tuple[Annotated[Label, BeforeValidator(_label), WithJsonSchema(_LABEL_SCHEMA)], ...] = Field(
        min_length=1, max_length=MAX_LABELS, description="1 to 50 labels; the worker's page is made for up to 10."
    )
    workers: Workers
    input: Input
    output: Output
    role_arn: str = Field(description="The role that Ground Truth assumes to read the images and write the labels.")
    tags: Annotated[dict[str, str], AfterValidator(_own_tags)] = Field(
        default={}, max_length=MAX_OWN_TAGS, description="Tags of the job."
    )


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
        return JobSpec.model_validate(resolved)
    except ValidationError as error:
        found = "; ".join(dict.fromkeys(_explained(details) for details in error.errors(include_url=False)))
        # Not chained: pydantic's own text repeats the values.
        raise BadInput(f"{path}: {found}") from None


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a job spec, as published in job-spec.schema.json."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **JobSpec.model_json_schema()}


def _explained(details: ErrorDetails) -> str:
    context = details.get("ctx", {})
    given = details["input"]
    messages: dict[str, Callable[[], str]] = {
        "missing": lambda: "is missing",
        "extra_forbidden": lambda: f"is not a field here; {_suggestion(details['loc'])}",
        "value_error": lambda: str(context["error"]),
        "literal_error": lambda: f"must be one of {context['expected'].replace(chr(39), '')}",
        "string_type": lambda: "must be text",
        "dict_type": lambda: "must be a mapping (key: value)",
        "model_type": lambda: "must be a mapping (key: value)",
        "tuple_type": lambda: "must be a list",
        "string_too_short": lambda: "must not be empty",
        "string_too_long": lambda: f"must have at most {context['max_length']} characters, it has {len(given)}",
        "too_short": lambda: f"must have at least {context['min_length']} entry",
        "too_long": lambda: f"must have at most {context['max_length']} entries",
    }
    message = messages.get(details["type"], lambda: details["msg"])()
    return f"{_dotted(details['loc'])}: {message}"


def _dotted(location: tuple[int | str, ...]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).removeprefix(".")


def _suggestion(location: tuple[int | str, ...]) -> str:
    names = [part for part in location if isinstance(part, str)]
    known = _FIELDS[names[-2] if len(names) > 1 else ""]
    close = difflib.get_close_matches(names[-1], known, n=1)
    return f"did you mean {close[0]}?" if close else f"known here: {', '.join(known)}"


_FIELDS = {
    "": list(JobSpec.model_fields),
    "task": list(Task.model_fields),
    "instructions": list(Instructions.model_fields),
    "labels": list(Label.model_fields),
    "workers": list(Workers.model_fields),
    "input": list(Input.model_fields),
    "output": list(Output.model_fields),
}
