"""API requests as Terraform resources: names in snake case, structures as blocks (lists of one dict).

Source: provider resource ``aws_sagemaker_labeling_job`` (6.29) and its older siblings, whose arguments are those of
the API with few exceptions; members from the API reference of the operations below.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from gtctl.audit.evidence.disk import Disk
from gtctl.audit.model import Location, Resource, Unknown

OPERATIONS = {
    "CreateLabelingJob": "aws_sagemaker_labeling_job",
    "CreateFlowDefinition": "aws_sagemaker_flow_definition",
    "CreateTrainingJob": "aws_sagemaker_training_job",
    "CreateWorkteam": "aws_sagemaker_workteam",
    "UpdateWorkteam": "aws_sagemaker_workteam",
    "CreateWorkforce": "aws_sagemaker_workforce",
    "UpdateWorkforce": "aws_sagemaker_workforce",
}
"""API operation -> Terraform type of what it makes or changes."""

_MEMBERS: dict[str, tuple[str, ...]] = {
    "CreateLabelingJob": (
        "labeling_job_name",
        "label_attribute_name",
        "input_config",
        "output_config",
        "role_arn",
        "label_category_config_s3_uri",
        "stopping_conditions",
        "labeling_job_algorithms_config",
        "human_task_config",
        "tags",
    ),
    "CreateFlowDefinition": (
        "flow_definition_name",
        "human_loop_request_source",
        "human_loop_activation_config",
        "human_loop_config",
        "output_config",
        "role_arn",
        "tags",
    ),
    "CreateTrainingJob": (
        "training_job_name",
        "hyper_parameters",
        "algorithm_specification",
        "role_arn",
        "input_data_config",
        "output_data_config",
        "resource_config",
        "vpc_config",
        "stopping_condition",
        "tags",
        "enable_network_isolation",
        "enable_inter_container_traffic_encryption",
        "enable_managed_spot_training",
        "checkpoint_config",
        "environment",
    ),
    "CreateWorkteam": (
        "workteam_name",
        "workforce_name",
        "member_definition",
        "description",
        "notification_configuration",
        "worker_access_configuration",
        "tags",
    ),
    "CreateWorkforce": (
        "workforce_name",
        "cognito_config",
        "oidc_config",
        "source_ip_config",
        "workforce_vpc_config",
        "ip_address_type",
        "tags",
    ),
    "input_config": ("data_source", "data_attributes"),
    "data_source": ("s3_data_source", "sns_data_source"),
    "s3_data_source": ("manifest_s3_uri", "s3_data_type", "s3_uri", "s3_data_distribution_type", "attribute_names"),
    "sns_data_source": ("sns_topic_arn",),
    "data_attributes": ("content_classifiers",),
    "output_config": ("s3_output_path", "kms_key_id", "sns_topic_arn"),
    "stopping_conditions": ("max_human_labeled_object_count", "max_percentage_of_input_dataset_labeled"),
    "labeling_job_algorithms_config": (
        "labeling_job_algorithm_specification_arn",
        "initial_active_learning_model_arn",
        "labeling_job_resource_config",
    ),
    "labeling_job_resource_config": ("volume_kms_key_id", "vpc_config"),
    "vpc_config": ("security_group_ids", "subnets"),
    "algorithm_specification": (
        "training_image",
        "algorithm_name",
        "training_input_mode",
        "metric_definitions",
        "container_entrypoint",
        "container_arguments",
    ),
    "input_data_config": (
        "channel_name",
        "data_source",
        "content_type",
        "compression_type",
        "record_wrapper_type",
        "input_mode",
        "shuffle_config",
    ),
    "output_data_config": ("s3_output_path", "kms_key_id", "compression_type"),
    "resource_config": (
        "instance_type",
        "instance_count",
        "volume_size_in_gb",
        "volume_kms_key_id",
        "keep_alive_period_in_seconds",
        "instance_groups",
    ),
    "stopping_condition": ("max_runtime_in_seconds", "max_wait_time_in_seconds"),
    "checkpoint_config": ("s3_uri", "local_path"),
    "human_task_config": (
        "workteam_arn",
        "ui_config",
        "pre_human_task_lambda_arn",
        "task_keywords",
        "task_title",
        "task_description",
        "number_of_human_workers_per_data_object",
        "task_time_limit_in_seconds",
        "task_availability_lifetime_in_seconds",
        "max_concurrent_task_count",
        "annotation_consolidation_config",
        "public_workforce_task_price",
    ),
    "ui_config": ("ui_template_s3_uri", "human_task_ui_arn"),
    "annotation_consolidation_config": ("annotation_consolidation_lambda_arn",),
    "public_workforce_task_price": ("amount_in_usd",),
    "amount_in_usd": ("dollars", "cents", "tenth_fractions_of_a_cent"),
    "human_loop_config": (
        "workteam_arn",
        "human_task_ui_arn",
        "task_title",
        "task_description",
        "task_count",
        "task_availability_lifetime_in_seconds",
        "task_time_limit_in_seconds",
        "task_keywords",
        "public_workforce_task_price",
    ),
    "member_definition": ("cognito_member_definition", "oidc_member_definition"),
    "cognito_member_definition": ("user_pool", "user_group", "client_id"),
    "oidc_member_definition": ("groups",),
    "notification_configuration": ("notification_topic_arn",),
    "worker_access_configuration": ("s3_presign",),
    "s3_presign": ("iam_policy_constraints",),
    "iam_policy_constraints": ("source_ip", "vpc_source_ip"),
    "cognito_config": ("user_pool", "client_id"),
    "oidc_config": (
        "client_id",
        "client_secret",
        "issuer",
        "authorization_endpoint",
        "token_endpoint",
        "user_info_endpoint",
        "logout_endpoint",
        "jwks_uri",
        "scope",
        "authentication_request_extra_params",
    ),
    "source_ip_config": ("cidrs",),
    "workforce_vpc_config": ("vpc_id", "security_group_ids", "subnets"),
}
"""Operation or structure -> its members, as Terraform names them. Update operations have those of their Create."""

_CREATES = {"UpdateWorkteam": "CreateWorkteam", "UpdateWorkforce": "CreateWorkforce"}
STRUCTURES = frozenset(name for name in _MEMBERS if name[0].islower())
"""Members that are structures: blocks in Terraform."""
LISTS = frozenset(
    {"attribute_names", "content_classifiers", "task_keywords", "cidrs", "security_group_ids", "subnets", "groups"}
)
_RENAMED = {"member_definitions": "member_definition"}
_MAPS = {"authentication_request_extra_params", "environment", "hyper_parameters"}
_NAMES = ("labeling_job_name", "training_job_name", "flow_definition_name", "workteam_name", "workforce_name")
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
# What tells a request, and of which operation, in the order in which they are asked.
_TELLS = {
    "human_task_config": "CreateLabelingJob",
    "human_loop_config": "CreateFlowDefinition",
    "algorithm_specification": "CreateTrainingJob",
    "member_definition": "CreateWorkteam",
    "worker_access_configuration": "UpdateWorkteam",
    "cognito_config": "CreateWorkforce",
    "oidc_config": "CreateWorkforce",
    "source_ip_config": "UpdateWorkforce",
    "workforce_vpc_config": "UpdateWorkforce",
}


class Table(dict[str, Any]):
    """An object of a document or a program, with what else is known of it.

    lines: key -> line. open: why there may be more members than these; "" where there are none.
    """

    __slots__ = ("lines", "open")

    def __init__(self, entries: Mapping[str, Any] | None = None, open_: str = "") -> None:
        super().__init__(entries or {})
        self.lines: dict[str, int] = {}
        self.open = open_


def _squeezed(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


_KNOWN = {_squeezed(name): name for names in _MEMBERS.values() for name in names} | {
    _squeezed(name): known for name, known in _RENAMED.items()
}


def snake(name: str) -> str:
    """``ManifestS3Uri`` or ``manifestS3URI`` -> ``manifest_s3_uri``; snake case stays as it is.

    Members that the service knows are found whatever the case and separators of their spelling.
    """
    if known := _KNOWN.get(_squeezed(name)):
        return known
    # S3 is one word, and the digit must not end it early.
    text = _WORD.sub("_", name.replace("S3", "S3_" if name != "S3" else "S3")).lower()
    return re.sub(r"_+", "_", text).strip("_")


def attributes(request: Mapping[str, Any], structure: str = "") -> dict[str, Any]:
    """The request's members as Terraform's attributes, whichever way their names are spelled.

    ``structure`` is the operation or the member that ``request`` is the value of. Members that the service does
    not know are kept: what is misspelled is not silently the same as what is absent.
    """
    converted: dict[str, Any] = {}
    for name, value in request.items():
        text = str(name)
        if text.endswith(".$"):
            # Step Functions: the value is a path into the state's input.
            text, value = text[:-2], Unknown(f"{text} comes from the state's input")
        key = snake(text)
        new = _tags(value) if key == "tags" else _value(value, key)
        if key in converted and (isinstance(new, Unknown) or not _same(converted[key], new)):
            new = Unknown(f"{text} stands there twice", options=(converted[key], new))
        converted[key] = new
    if isinstance(request, Table) and request.open:
        for name in members_of(structure):
            converted.setdefault(name, Unknown(request.open))
    return converted


def members_of(structure: str) -> tuple[str, ...]:
    """The members of an operation's request, or of a structure, as Terraform names them."""
    return _MEMBERS.get(_CREATES.get(structure, structure), ())


def path(member: str) -> str:
    """Where the member ``OutputConfig.KmsKeyId`` of a request ends up among the attributes."""
    return ".".join(snake(name) for name in member.split("."))


def operation_of(document: Mapping[str, Any]) -> str | None:
    """The operation that ``document`` is a request for; None where it is none.

    A description of the request's shape (a JSON Schema, a service model) has the same names but no values below.
    """
    keys = {snake(str(key).removesuffix(".$")): value for key, value in document.items()}
    for tell, operation in _TELLS.items():
        if tell not in keys or (operation.startswith("Update") and not {"workteam_name", "workforce_name"} & set(keys)):
            continue
        known = keys.keys() & set(members_of(operation))
        if _speaks(keys[tell], tell) or (len(known) > 1 and not isinstance(keys[tell], (Mapping, list))):
            return operation
    return None


def _speaks(value: Any, structure: str) -> bool:
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, Mapping) and {snake(str(name)) for name in item} & set(_MEMBERS[structure]):
            return True
    return False


@dataclass(slots=True)
class Requests:
    """Collects requests as the resources of one graph, each with an address of its own.

    disk: reads what the file names.
    """

    source: str
    file: str
    resources: list[Resource] = field(default_factory=list)
    disk: Disk = field(default_factory=Disk)
    _addresses: set[str] = field(default_factory=set)

    def address(self, type_: str, name: Any, line: int) -> str:
        """An address that nothing else has: by ``name`` where it is known, else by the line."""
        base = f"{type_}.{name}" if isinstance(name, str) and name else f"{type_}.line_{line}"
        found, number = base, 2
        while found in self._addresses:
            found, number = f"{base}[{number}]", number + 1
        self._addresses.add(found)
        return found

    def add(self, operation: str, request: Mapping[str, Any], location: Location) -> Resource:
        """The resource that ``operation`` makes of ``request`` (an API request in any spelling)."""
        type_ = OPERATIONS[operation]
        if operation.startswith("Update"):
            kept = Table(request)
            kept.lines = request.lines if isinstance(request, Table) else {}
            kept.open = f"{operation} leaves alone what it does not name"
            request = kept
        converted = attributes(request, operation)
        name = next((converted[key] for key in _NAMES if key in converted), None)
        address = self.address(type_, name, location.line)
        made = Resource(type_, address, converted, self.source, location, dict(_lines(request)))
        self.resources.append(made)
        return made

    def open_all(self, operation: str, reason: str) -> None:
        """Make all of what is known of ``operation``'s requests unknown, but their addresses: it may be changed."""
        for at, resource in enumerate(self.resources):
            if resource.type == OPERATIONS[operation]:
                names = dict.fromkeys([*resource.attributes, *members_of(operation)])
                self.resources[at] = replace(resource, attributes={name: Unknown(reason) for name in names})

    def reference(self, arn: Any, line: int) -> None:
        """A workteam that the file names outside of any request; none that one of its requests names, too."""
        team = _text(arn).partition(":workteam/")[2]
        if any(team in known for known in self._teams()):
            return
        type_ = "gtctl_workteam_reference"
        address = self.address(type_, None, line)
        self.resources.append(Resource(type_, address, {"workteam_arn": arn}, self.source, Location(self.file, line)))

    def _teams(self) -> Iterator[str]:
        for resource in self.resources:
            for block in ("human_task_config", "human_loop_config"):
                for team in resource.all(f"{block}.workteam_arn"):
                    # One of several is proven by none of them.
                    if not (isinstance(team, Unknown) and team.options):
                        yield _text(team)


def _text(value: Any) -> str:
    return value.text if isinstance(value, Unknown) else str(value)


def _lines(value: Any, above: str = "") -> Iterator[tuple[str, int]]:
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, Mapping):
            known = item.lines if isinstance(item, Table) else {}
            for name, inner in item.items():
                place = f"{above}{snake(str(name))}"
                if known.get(name):
                    yield place, known[name]
                yield from _lines(inner, f"{place}.")


def _value(value: Any, key: str) -> Any:
    if isinstance(value, Mapping):
        return dict(value) if key in _MAPS else [attributes(value, key)]
    if isinstance(value, list):
        return [attributes(item, key) if isinstance(item, Mapping) else item for item in value]
    if isinstance(value, Unknown) and (value.options or isinstance(value.maybe, (Mapping, list))):
        return _converted_options(value, key)
    return value


def _converted_options(value: Unknown, key: str) -> Unknown:
    options = tuple(_value(option, key) for option in value.options)
    maybe = _value(value.maybe, key) if isinstance(value.maybe, (Mapping, list)) else value.maybe
    return replace(value, options=options, maybe=maybe)


def _tags(value: Any) -> Any:
    if not isinstance(value, list):
        return dict(value) if isinstance(value, Mapping) else value
    tags: dict[str, Any] = {}
    for tag in value:
        pair = {str(name).lower(): item for name, item in tag.items()} if isinstance(tag, Mapping) else {}
        if not isinstance(pair.get("key"), str) or (isinstance(tag, Table) and tag.open):
            return Unknown("not every tag is known")
        tags[pair["key"]] = pair.get("value", "")
    return tags


def _same(left: Any, right: Any) -> bool:
    """Whether two values are surely equal."""
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return left is right
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(_same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_same, left, right))
    return type(left) is type(right) and bool(left == right)
