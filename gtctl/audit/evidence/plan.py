"""Reads plans: the output of ``terraform show -json PLANFILE``.

Values are Terraform's own. What is known only after apply is Unknown; to what it will refer stands in the plan's
configuration, without indices and local values: a reference to one of several instances is taken to mean the one
with the same key as whoever refers to it, and only where nothing else takes part in the expression.

Format: https://developer.hashicorp.com/terraform/internals/json-format
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from gtctl.audit.evidence.policy_documents import policy_document
from gtctl.audit.model import Evidence, Hole, Location, Problem, Resource, Unknown

_GONE = ({"delete"}, {"forget"})
# What a resource that has it always gives a value to.
_NEVER_NULL = {"id", "arn", "key_id", "account_id", "partition", "region", "json", "unique_id", "name", "bucket"}
# Arguments that the code may leave to the provider, by type. Where it does, they count as not set, as they do when the
# code itself is read. (Others stay unknown: a dynamic block does not appear in the configuration either.)
_UNSET = {
    "aws_cognito_user_pool": {"user_pool_tier"},
    "aws_kms_key": {"multi_region", "policy", "rotation_period_in_days"},
    "aws_s3_bucket": {
        "acl",
        "cors_rule",
        "grant",
        "lifecycle_rule",
        "logging",
        "object_lock_configuration",
        "policy",
        "replication_configuration",
        "server_side_encryption_configuration",
        "versioning",
        "website",
    },
}
_STEP = re.compile(r'([^.\[\]]+)|\[("(?:[^"\\]|\\.)*"|\d+)\]')


def read(files: Mapping[str, bytes]) -> Iterator[Evidence]:
    """One Evidence for each plan."""
    for file, content in files.items():
        try:
            plan = json.loads(content)
            read_plan = _Plan(plan, file)
            found = list(read_plan.resources())
            if b"crowd" in content:
                from gtctl.audit.evidence.code_references import concealed, references

                named = [made for each in (*found, *read_plan.besides()) for made in references(each)]
                named += [concealed(made) for each in read_plan.secrets() for made in references(each)]
                # Before the resources at whose addresses they stand: those are what others refer to.
                found = named + found
            yield Evidence(found)
        except (ValueError, RecursionError) as error:
            yield Evidence(problems=[Problem(Location(file), f"is not JSON: {' '.join(str(error).split())[:200]}")])
        except (LookupError, TypeError, AttributeError):
            message = "is not a plan as `terraform show -json` prints it"
            yield Evidence(problems=[Problem(Location(file), message)])


@dataclass(frozen=True, slots=True)
class _Declared:
    """A resource in the plan's configuration: its expressions, and the module it stands in."""

    expressions: Mapping[str, Any]
    each: Mapping[str, Any]
    module: str


class _Plan:
    def __init__(self, plan: Mapping[str, Any], file: str) -> None:
        self.file = file
        self.given = plan["planned_values"].get("outputs") or {}
        self.changes = [
            change for change in plan.get("resource_changes", ()) if set(change["change"]["actions"]) not in _GONE
        ]
        self.declared: dict[str, _Declared] = {}
        self.calls: dict[str, Mapping[str, Any]] = {}
        self.outputs: dict[str, Mapping[str, Any]] = {}
        self.provisioners: dict[str, tuple[str, Any]] = {}
        self._declare(plan.get("configuration", {}).get("root_module", {}), "")
        self.instances: dict[str, list[str]] = {}
        prior = plan.get("prior_state", {}).get("values", {}).get("root_module", {})
        changed = {change["address"] for change in self.changes}
        self.known_data = [
            entry for entry in _state(prior) if entry["mode"] == "data" and entry["address"] not in changed
        ]
        for entry in [*self.changes, *self.known_data]:
            self.instances.setdefault(_without_keys(entry["address"]), []).append(entry["address"])

    def resources(self) -> Iterator[Resource]:
        found = [self._planned(change) for change in self.changes]
        found += [self._resource(entry, entry.get("values") or {}) for entry in self.known_data]
        documents = {
            f"{resource.address}.json": policy_document(resource.attributes)
            for resource in found
            if resource.type == "data.aws_iam_policy_document"
        }
        for resource in found:
            attributes = {name: _with_documents(value, documents) for name, value in resource.attributes.items()}
            yield replace(resource, attributes=attributes)

    def besides(self) -> Iterator[Resource]:
        """What else speaks: provisioners, as part of their resource, and what the root module gives to others."""
        for address, (type_, provisioners) in self.provisioners.items():
            yield Resource(type_, address, {"provisioner": provisioners}, "plan", Location(self.file))
        for name, output in self.given.items():
            # A secret one is named without its value.
            value = None if output.get("sensitive") else output.get("value")
            yield Resource("output", f"output.{name}", {"value": value}, "plan", Location(self.file))

    def secrets(self) -> Iterator[Resource]:
        """Resources with what is sensitive in them, and nothing else: not to be shown."""
        for entry in self.changes:
            values = _sensitive(entry["change"].get("after"), entry["change"].get("after_sensitive"))
            if isinstance(values, Mapping):
                yield self._resource(entry, values)
        for name, output in self.given.items():
            if output.get("sensitive"):
                yield Resource("output", f"output.{name}", {"value": output.get("value")}, "plan", Location(self.file))

    def _resource(self, entry: Mapping[str, Any], attributes: Mapping[str, Any]) -> Resource:
        type_ = f"data.{entry['type']}" if entry["mode"] == "data" else entry["type"]
        return Resource(type_, entry["address"], attributes, "plan", Location(self.file))

    def _planned(self, entry: Mapping[str, Any]) -> Resource:
        change, address = entry["change"], entry["address"]
        declared = self.declared.get(_without_keys(address), _Declared({}, {}, ""))
        after = change.get("after") or {}
        unknown = change.get("after_unknown") or {}
        sensitive = change.get("after_sensitive") or {}
        names = [*after, *(name for name in unknown if name not in after)]
        attributes = {
            name: self._value(
                after.get(name),
                unknown.get(name) if isinstance(unknown, Mapping) else None,
                sensitive.get(name) if isinstance(sensitive, Mapping) else None,
                declared.expressions.get(name),
                f"{address}.{name}",
                entry,
            )
            for name in names
        }
        return self._resource(entry, attributes)

    def _value(self, after: Any, unknown: Any, sensitive: Any, expression: Any, place: str, entry: Any) -> Any:
        if unknown is True:
            return self._unknown(expression, place, entry)
        if sensitive is True:
            return Unknown(f"{place} is sensitive")
        if isinstance(after, Mapping) or (after is None and isinstance(unknown, Mapping) and unknown):
            known = after or {}
            return {
                name: self._value(
                    known.get(name),
                    _at(unknown, name),
                    _at(sensitive, name),
                    _at(expression, name),
                    f"{place}.{name}",
                    entry,
                )
                for name in [*known, *(name for name in _names(unknown) if name not in known)]
            }
        if isinstance(after, list):
            # The expression of a list is that of all its elements.
            whole = expression if isinstance(expression, Mapping) and len(after) == 1 else None
            return [
                self._value(
                    item, _at(unknown, at), _at(sensitive, at), _at(expression, at) or whole, f"{place}[{at}]", entry
                )
                for at, item in enumerate(after)
            ]
        return after

    def _unknown(self, expression: Any, place: str, entry: Mapping[str, Any]) -> Unknown | None:
        name = place.rpartition(".")[2]
        reason = f"{place} is known after apply"
        if not expression:
            if place == f"{entry['address']}.{name}" and name in _UNSET.get(entry["type"], ()):
                return None
            return Unknown(reason, (Hole(place),), nullable=name not in _NEVER_NULL)
        module = self.declared[_without_keys(entry["address"])].module
        reference = self._resolved(expression, module, entry)
        if not reference:
            return Unknown(reason)
        return Unknown(reason, nullable=reference.rpartition(".")[2] not in _NEVER_NULL, refers=reference)

    # References

    def _declare(self, module: Mapping[str, Any], path: str) -> None:
        for resource in module.get("resources", ()):
            each = resource.get("for_each_expression") or {}
            address = f"{path}{resource['address']}"
            self.declared[address] = _Declared(resource.get("expressions") or {}, each, path)
            if provisioners := resource.get("provisioners"):
                self.provisioners[address] = resource["type"], provisioners
        for name, output in module.get("outputs", {}).items():
            self.outputs[f"{path}{name}"] = output.get("expression") or {}
        for name, call in module.get("module_calls", {}).items():
            inner = f"{path}module.{name}."
            self.calls[inner] = call.get("expressions") or {}
            self._declare(call.get("module") or {}, inner)

    def _resolved(self, expression: Any, module: str, entry: Mapping[str, Any], depth: int = 0) -> str:
        """The address and attribute of the one thing that ``expression`` refers to; "" where that is open."""
        references = expression.get("references") if isinstance(expression, Mapping) else None
        if not references or depth > 20:
            return ""
        # Each reference is followed by those to the wholes that it is a part of.
        wholes = {reference for reference in references if any(_is_part(other, reference) for other in references)}
        leaves = [reference for reference in references if reference not in wholes]
        own = [leaf for leaf in leaves if not leaf.startswith(("each.", "count."))]
        each = [leaf for leaf in leaves if leaf.startswith("each.")]
        if (not own and each == ["each.value"]) or (not own and len(each) == 1 and each[0].startswith("each.value.")):
            collection = self.declared[_without_keys(entry["address"])].each
            base = self._resolved(collection, module, entry, depth + 1)
            return base.removesuffix(".id") + (each[0].removeprefix("each.value") or ".id") if base else ""
        if len(own) != 1 or set(each) - {"each.key"}:
            return ""
        kind, _, rest = own[0].partition(".")
        if kind == "var":
            name, _, attribute = rest.partition(".")
            argument = self.calls.get(module, {}).get(re.split(r"\[", name)[0])
            return self._resolved(argument, _parent(module), entry, depth + 1) if module and not attribute else ""
        if kind == "module":
            call, _, output = rest.partition(".")
            inner = f"{module}module.{call.partition('[')[0]}."
            name = re.split(r"[.\[]", output)[0]
            return self._resolved(self.outputs.get(f"{inner}{name}"), inner, entry, depth + 1)
        if kind in ("local", "path", "terraform", "self"):
            return ""
        return self._instance(own[0], module, entry)

    def _instance(self, reference: str, module: str, entry: Mapping[str, Any]) -> str:
        steps = list(_STEP.finditer(reference))
        length = 3 if reference.startswith("data.") else 2
        if len(steps) < length:
            return ""
        base = f"{module}{reference[: steps[length - 1].end()]}"
        rest = reference[steps[length - 1].end() :]
        candidates = self.instances.get(base, [])
        if keyed := re.match(r"\[(?:\"(?:[^\"\\]|\\.)*\"|\d+)\]", rest):
            candidates = [address for address in candidates if address.endswith(base.rpartition(".")[2] + keyed[0])]
            rest = rest[keyed.end() :]
        if len(candidates) > 1:
            key = f"[{json.dumps(entry['index'])}]" if "index" in entry else None
            candidates = [address for address in candidates if key and address.endswith(key)]
        return f"{candidates[0]}{rest or '.id'}" if len(candidates) == 1 else ""


def _sensitive(after: Any, sensitive: Any) -> Any:
    """The parts of ``after`` that are sensitive; None where none is."""
    if sensitive is True:
        return after
    if isinstance(after, Mapping) and isinstance(sensitive, Mapping):
        return {name: _sensitive(after.get(name), inner) for name, inner in sensitive.items() if inner}
    if isinstance(after, list) and isinstance(sensitive, list):
        return [_sensitive(item, inner) for item, inner in zip(after, sensitive, strict=False)]
    return None


def _with_documents(value: Any, documents: Mapping[str, Any]) -> Any:
    if isinstance(value, Unknown):
        return documents.get(value.refers, value)
    if isinstance(value, dict):
        return {name: _with_documents(item, documents) for name, item in value.items()}
    if isinstance(value, list):
        return [_with_documents(item, documents) for item in value]
    return value


def _state(module: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from module.get("resources", ())
    for child in module.get("child_modules", ()):
        yield from _state(child)


def _without_keys(address: str) -> str:
    return re.sub(r'\[(?:"(?:[^"\\]|\\.)*"|\d+)\]', "", address)


def _parent(module: str) -> str:
    return module[: module.rstrip(".").rfind("module.")]


def _is_part(reference: str, whole: str) -> bool:
    return reference.startswith((f"{whole}.", f"{whole}["))


def _at(value: Any, step: Any) -> Any:
    if value is True:
        return True
    if isinstance(value, Mapping):
        return value.get(step)
    if isinstance(value, list) and isinstance(step, int) and step < len(value):
        return value[step]
    return None


def _names(value: Any) -> list[str]:
    return list(value) if isinstance(value, Mapping) else []
