"""Reads job documents: requests of CreateLabelingJob and its relatives as JSON or YAML.

A request is found wherever it lies in a document: alone, in a list, in several YAML documents, as the spec of a
Kubernetes resource, in a state machine, in gtctl's own job spec. Label category files are documents of a job, too.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from gtctl.audit.evidence.code_text import add_mentions, with_placeholders
from gtctl.audit.evidence.requests import Requests, Table, operation_of
from gtctl.audit.model import Evidence, Location, Problem, Resource, Unknown

_MANY = 200_000
_LONGEST_FIRST_LINE = 1_000_000
_KUBERNETES = {
    "LabelingJob": "CreateLabelingJob",
    "FlowDefinition": "CreateFlowDefinition",
    "TrainingJob": "CreateTrainingJob",
    "Workteam": "CreateWorkteam",
    "Workforce": "CreateWorkforce",
}
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"(\s*:)?')
_COMMAND = re.compile(r"sagemaker\s+(?:create|update)-")
_LINES = (".jsonl", ".ndjson")
_REQUEST = re.compile(rb"(?i)human_?-?(task|loop)|algorithm_?-?spec|member_?-?def|workteam|workforce|-crowd|sagemaker")


class _TooLarge(ValueError):
    pass


def read(files: Mapping[str, bytes]) -> Iterator[Evidence]:
    """One Evidence for each file."""
    for file, content in files.items():
        try:
            yield _evidence(file, content)
        except (ValueError, RecursionError, ImportError) as error:
            why = "it is nested too deeply" if isinstance(error, RecursionError) else " ".join(str(error).split())[:200]
            found = Requests("job", file)
            add_mentions(content.decode(errors="replace"), found)
            yield Evidence(found.resources, [Problem(Location(file), f"cannot be read: {why}")])


def _evidence(file: str, content: bytes) -> Evidence:
    if file.endswith(_LINES):
        return _lines(file, content)
    if _is_manifest(content):
        from gtctl.audit.evidence import data

        return next(data.read({file: content}))
    found = Requests("job", file)
    for document in documents(file, content.decode()):
        add_requests(document, found)
    return Evidence(found.resources, noted=found.disk.noted)


def _lines(file: str, content: bytes) -> Evidence:
    """A document on each line, or an input manifest: of which nothing is parsed that names no workteam."""
    found = Requests("job", file)
    problems = []
    if b'"source-ref"' in content:
        from gtctl.audit.evidence import data

        found.resources.append(data.manifest(file, content))
    for number, line in enumerate(io.BytesIO(content), 1):
        if not _REQUEST.search(line):
            continue
        try:
            add_requests(json_document(line.decode(), number), found, number)
        except (ValueError, RecursionError) as error:
            problems.append(Problem(Location(file, number), f"cannot be read: {' '.join(str(error).split())[:200]}"))
            add_mentions(line.decode(errors="replace"), found, number)
    return Evidence(found.resources, problems, noted=found.disk.noted)


def _is_manifest(content: bytes) -> bool:
    """Whether the first line is that of an input manifest: they come with any suffix."""
    first = content[:_LONGEST_FIRST_LINE].lstrip().partition(b"\n")[0]
    if b'"source-ref"' not in first:
        return False
    try:
        line = json.loads(first)
    except (ValueError, RecursionError):
        return False
    return isinstance(line, dict) and "source-ref" in line


def documents(file: str, text: str) -> Iterator[Any]:
    """The JSON document, or the YAML documents, in ``text``. Raises ValueError where it is neither."""
    if not file.endswith((".yaml", ".yml")):
        yield json_document(text)
        return
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
    try:
        while loader.check_node():
            yield _Yaml(loader).value(loader.get_node())
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error
    finally:
        loader.dispose()


def json_document(text: str, line: int = 1) -> Any:
    """The JSON document in ``text``, which begins on ``line``; its objects are Tables that know their lines."""
    repeated = False

    def table(pairs: list[tuple[str, Any]]) -> Table:
        nonlocal repeated
        made = Table(dict(pairs))
        if len(made) < len(pairs):
            repeated = True
            for key in made:
                values = [value for name, value in pairs if name == key]
                if len(values) > 1:
                    made[key] = Unknown(f"{key} stands there {len(values)} times", options=tuple(values))
        return made

    document = json.loads(text, object_pairs_hook=table)
    if not repeated:
        # Outside of strings there is no quote: the keys come in the order in which they are read.
        _number_keys(document, _key_lines(text, line))
    return document


def _key_lines(text: str, line: int) -> Iterator[int]:
    at = 0
    for match in _STRING.finditer(text):
        line += text.count("\n", at, match.start())
        at = match.start()
        if match[1]:
            yield line


def _number_keys(value: Any, lines: Iterator[int]) -> None:
    if isinstance(value, Table):
        for key, item in value.items():
            value.lines[key] = next(lines, 0)
            _number_keys(item, lines)
    elif isinstance(value, list):
        for item in value:
            _number_keys(item, lines)


class _Yaml:
    """Values of YAML's nodes, safe whatever refers to what."""

    def __init__(self, loader: Any) -> None:
        self.loader = loader
        self.count = 0

    def value(self, node: Any, above: tuple[int, ...] = ()) -> Any:
        import yaml

        self.count += 1
        if self.count > _MANY:
            raise _TooLarge("it is too large")
        if id(node) in above:
            return Unknown("the value holds itself")
        above = (*above, id(node))
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, above) for item in node.value]
        if isinstance(node, yaml.MappingNode):
            if _is_template(node):
                return Unknown("a template's expression is not resolved")
            return self._table(node, above)
        if node.tag.startswith("tag:yaml.org"):
            try:
                made = self.loader.construct_object(node)
            except (ValueError, OverflowError):
                return node.value
            return made if made is None or isinstance(made, (str, int, float, bool)) else node.value
        if node.tag in ("!Ref", "!GetAtt", "!ImportValue"):
            return Unknown(f"{node.tag} {node.value} is known later")
        return node.value

    def _table(self, node: Any, above: tuple[int, ...]) -> Table:
        made = Table()
        merged: list[Any] = []
        for key_node, value_node in node.value:
            value = self.value(value_node, above)
            if key_node.tag == "tag:yaml.org,2002:merge":
                merged += value if isinstance(value, list) else [value]
                continue
            key = str(getattr(key_node, "value", "")) if not isinstance(key_node.value, list) else "?"
            if key in made:
                value = Unknown(f"{key} stands there twice", options=(made[key], value))
            made[key] = value
            made.lines[key] = key_node.start_mark.line + 1
        for table in merged:
            for key, item in table.items() if isinstance(table, Table) else ():
                if key not in made:
                    made[key] = item
                    made.lines[key] = table.lines.get(key, 1)
        return made


def _is_template(node: Any) -> bool:
    """Whether it is ``{{ expression }}`` without quotes, which YAML takes for an object in an object."""
    return node.flow_style and len(node.value) == 1 and isinstance(node.value[0][0].value, list)


def add_requests(document: Any, found: Requests, line: int = 1) -> None:
    """Add every request in ``document``, and the workteams and commands in its texts outside of requests."""
    if isinstance(document, list):
        for item in document:
            add_requests(item, found, line)
        return
    if isinstance(document, str):
        _add_text(document, found, line)
        return
    if isinstance(document, Unknown):
        for option in document.options:
            add_requests(option, found, line)
        return
    if not isinstance(document, Mapping):
        return
    lines = document.lines if isinstance(document, Table) else {}
    line = min(lines.values(), default=line)
    if resource := _label_categories(document, found, line):
        found.resources.append(resource)
        return
    operation, request = _request(document)
    if operation:
        end = max(_all_lines(request), default=line)
        found.add(operation, _with_unknowns(request), Location(found.file, line, end))
        # A team under a misspelled name, or in a text, is seen by nobody else.
        for text, at in _texts(request, line):
            add_mentions(text, found, at)
        return
    if document.get("Effect") == "Deny":
        return
    for key, item in document.items():
        # What a policy compares with is not what anybody uses.
        if key != "Condition":
            add_requests(item, found, lines.get(key, line))


def _all_lines(value: Any) -> Iterator[int]:
    for item in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        yield from _all_lines(item)
    if isinstance(value, Table):
        yield from value.lines.values()


def _texts(value: Any, line: int) -> Iterator[tuple[str, int]]:
    """Every text in ``value``, with its line."""
    if isinstance(value, str):
        yield value, line
    elif isinstance(value, Mapping):
        lines = value.lines if isinstance(value, Table) else {}
        for key, item in value.items():
            yield from _texts(item, lines.get(key, line))
    elif isinstance(value, (list, Unknown)):
        for item in value.options if isinstance(value, Unknown) else value:
            yield from _texts(item, line)


def _request(document: Mapping[str, Any]) -> tuple[str | None, Mapping[str, Any]]:
    kind = document.get("kind")
    if isinstance(kind, str) and str(document.get("apiVersion", "")).startswith("sagemaker.services.k8s.aws/"):
        spec = document.get("spec")
        return (_KUBERNETES.get(kind), spec) if isinstance(spec, Mapping) else (None, document)
    if spec := _own_spec(document):
        return "CreateLabelingJob", spec
    return operation_of(document), document


def _own_spec(document: Mapping[str, Any]) -> Table | None:
    """The request that gtctl would make of its own job spec; None where ``document`` is none."""
    parts = {name: document.get(name) for name in ("task", "workers", "input", "output")}
    if not all(isinstance(part, Mapping) for part in parts.values()) or "workteam_arn" not in parts["workers"]:  # type: ignore[operator]
        return None
    places = {
        "LabelingJobName": "name",
        "RoleArn": "role_arn",
        "LabelAttributeName": "output.label_attribute",
        "InputConfig.DataSource.S3DataSource.ManifestS3Uri": "input.manifest",
        "OutputConfig.S3OutputPath": "output.path",
        "OutputConfig.KmsKeyId": "output.kms_key_arn",
        "HumanTaskConfig.WorkteamArn": "workers.workteam_arn",
        "HumanTaskConfig.TaskTitle": "task.title",
        "HumanTaskConfig.TaskDescription": "task.description",
        "HumanTaskConfig.NumberOfHumanWorkersPerDataObject": "workers.per_object",
    }
    request = Table()
    for member, place in places.items():
        holder: Any = document
        *above, last = place.split(".")
        for name in above:
            holder = holder[name]
        if last in holder:
            target = request
            *structures, name = member.split(".")
            for structure in structures:
                target = target.setdefault(structure, Table())
            target[name] = holder[last]
            target.lines[name] = holder.lines.get(last, 1) if isinstance(holder, Table) else 1
    tags = document.get("tags")
    own = {"gtctl:classification": document.get("classification") or "unclassified"}
    request["Tags"] = own | (dict(tags) if isinstance(tags, Mapping) else {})
    return request


def _with_unknowns(value: Any) -> Any:
    """``value`` with the placeholders in its texts turned into what they are: unknown."""
    if isinstance(value, str):
        return with_placeholders(value)
    if isinstance(value, Table):
        made = Table({key: _with_unknowns(item) for key, item in value.items()}, value.open)
        made.lines = value.lines
        return made
    if isinstance(value, Mapping):
        return {key: _with_unknowns(item) for key, item in value.items()}
    return [_with_unknowns(item) for item in value] if isinstance(value, list) else value


def _add_text(text: str, found: Requests, line: int) -> None:
    if _COMMAND.search(text):
        from gtctl.audit.evidence.code_shell import add_commands

        add_commands(text, found, line)
        return
    try:
        document = json.loads(text) if text.lstrip()[:1] in ("{", "[") else None
    except (ValueError, RecursionError):
        document = None
    if isinstance(document, (dict, list)):
        add_requests(document, found, line)
    else:
        add_mentions(text, found, line)


def _label_categories(document: Mapping[str, Any], found: Requests, line: int) -> Resource | None:
    labels = document.get("labels")
    if "document-version" not in document or not isinstance(labels, list):
        return None
    type_ = "gtctl_label_categories"
    return Resource(type_, found.address(type_, None, line), dict(document), "job", Location(found.file, line))
