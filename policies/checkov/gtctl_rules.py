"""Registers every rule as a checkov check: GT101 is CKV_GT_101, for Terraform code, plans, and job documents.

The verdicts are those of ``gtctl check``, because they come from the same readers and the same engine: checkov says
which resource of which file it is about to judge, and gets what gtctl found there. Its own parsed resources are not
used: they do not tell what is unknown from what is not set, and hold no companions of a resource.

gtctl does not have to be installed beside checkov. It is loaded from where this file lies, the checkout or the
installed wheel, without putting that folder on the path: the packages of another environment stay out of checkov's.
"""

# Checkov lives in an environment of its own, where mypy does not look:
# mypy: disable-error-code="import-not-found", allow-subclassing-any

from __future__ import annotations

import importlib.util
import logging
import os
import re
import sys
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from checkov.common.bridgecrew.severities import get_severity
from checkov.common.checks.base_check import BaseCheck
from checkov.common.models.enums import CheckCategories, CheckResult
from checkov.json_doc.base_json_check import BaseJsonCheck
from checkov.terraform.checks.data.base_check import BaseDataCheck
from checkov.terraform.checks.resource.base_resource_check import BaseResourceCheck
from checkov.yaml_doc.base_yaml_check import BaseYamlCheck


def _load_gtctl() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036  # checkov itself still runs on older ones
        raise ImportError(f"gtctl's rules need Python 3.11 or later; this checkov runs on {sys.version.split()[0]}")
    if "gtctl" in sys.modules:
        return
    for folder in Path(__file__).resolve().parents:
        package = folder / "gtctl"
        if (package / "audit" / "engine.py").is_file():
            spec = importlib.util.spec_from_file_location(
                "gtctl", package / "__init__.py", submodule_search_locations=[str(package)]
            )
            if spec and spec.loader:
                module = sys.modules["gtctl"] = importlib.util.module_from_spec(spec)
                spec.loader.exec_module(module)
            return


class _NotLoaded(BaseResourceCheck):
    """Fails for every AWS resource. Checkov goes on without checks that it cannot load: that must not look clean."""

    def __init__(self, why: str) -> None:
        name = "gtctl's rules can be loaded"
        super().__init__(name, "CKV_GT_000", [CheckCategories.GENERAL_SECURITY], supported_resources=["aws_*"])
        self.why = why

    def scan_resource_conf(self, conf: Any) -> CheckResult:
        self.details.append(self.why)
        return CheckResult.FAILED


try:
    _load_gtctl()
    from gtctl.audit import registry, settings
    from gtctl.audit.check import Options, check
    from gtctl.audit.model import Finding, Verdict
    from gtctl.audit.rule import Rule
    from gtctl.errors import GtctlError

    RULES = registry.rules()
except Exception as error:
    _NotLoaded(f"{type(error).__name__}: {error}")
    raise

if TYPE_CHECKING:
    Found = dict[tuple[str, str], dict[str, Finding]]
    """File (without links) and address of a resource -> rule id -> the gravest finding."""

_CATEGORIES = {
    "workforce": CheckCategories.IAM,
    "encryption": CheckCategories.ENCRYPTION,
    "access": CheckCategories.IAM,
    "logging": CheckCategories.LOGGING,
}
_GRAVEST_FIRST = [Verdict.FAIL, Verdict.UNKNOWN, Verdict.PASS]
_RESULTS = {Verdict.PASS: CheckResult.PASSED, Verdict.FAIL: CheckResult.FAILED, Verdict.UNKNOWN: CheckResult.UNKNOWN}
_KEYS = re.compile(r'\[(?:"(?:[^"\\]|\\.)*"|[^\]"]*)\]')
_PAGES = "https://github.com/gtctl/gtctl/blob/main/docs/rules"


# What gtctl finds


@cache
def _found(files: frozenset[str]) -> Found:
    """What ``gtctl check`` finds in these files, passes included."""
    paths = sorted(files)
    report = check(paths, Options(with_passed=True), settings.load(paths=paths))
    found: Found = {}
    for finding in report.findings:
        for name in _names(finding):
            key = os.path.realpath(finding.file), name
            by_rule = found.setdefault(key, {})
            by_rule[finding.rule_id] = min(by_rule.get(finding.rule_id, finding), finding, key=_gravity)
    if report.count(Verdict.UNKNOWN):
        _say_once("gtctl: some verdicts are UNKNOWN, which checkov leaves out of its report; gtctl check shows them")
    return found


def _names(finding: Finding) -> set[str]:
    """The addresses under which checkov may know the resource; "" for a document, which it judges as a whole."""
    address = finding.resource
    if finding.source == "plan":
        return {address}
    if finding.source == "hcl" and finding.file.endswith(".json"):
        # Checkov takes Terraform's JSON syntax for any other document.
        return {"", address}
    if finding.source == "hcl":
        # One resource where gtctl has instances; or a module by itself where gtctl has found who calls it.
        return {address, _without_keys(address), _in_its_module(address)}
    return {""}


@cache
def _say_once(message: str) -> None:
    logging.warning(message)


def _gravity(finding: Finding) -> tuple[bool, int]:
    return bool(finding.waiver), _GRAVEST_FIRST.index(finding.verdict)


def _without_keys(address: str) -> str:
    return _KEYS.sub("", address)


def _in_its_module(address: str) -> str:
    """``module.a["x"].module.b.data.t.n[0]`` -> ``data.t.n``."""
    return re.sub(r"^(?:module\.[^.]+\.)+", "", _without_keys(address))


def _about(rule_id: str, files: frozenset[str], file: str, address: str) -> Finding | None:
    """The finding on one resource; with an empty address the gravest one in the document."""
    found, path = _found(files), os.path.realpath(file)
    unread = found.get((path, ""), {}).get("GT001")
    if unread:
        return unread
    # An instance that gtctl does not know by its key is judged as the gravest of those that it knows.
    names = (address, _without_keys(address))
    known = next((found[path, name] for name in names if (path, name) in found), {})
    return known.get(rule_id)


# What checkov asks


_parsed: dict[int, tuple[Any, dict[str, list[str]]]] = {}


def _files_by_address(graph: Any) -> dict[str, list[str]]:
    """The files in which checkov has found each address. A check is told only the end of its file's path."""
    if id(graph) not in _parsed:
        files: dict[str, list[str]] = defaultdict(list)
        for node in graph.nodes():
            # rustworkx gives (number, attributes), networkx the name of a node.
            attributes = node[1] if isinstance(node, tuple) else graph.nodes[node]
            files[str(attributes.get("__address__") or "")].append(str(attributes.get("file_path_") or ""))
        _parsed[id(graph)] = graph, dict(files)
    return _parsed[id(graph)][1]


class _Judged(BaseCheck):
    """A check that looks up what gtctl has found."""

    gtctl_rule: Rule

    def place(self, scanned_file: str, conf: Any, name: str, type_: str) -> tuple[frozenset[str], str, str]:
        """Which files gtctl has to see; which of them it is about; the resource's address in it."""
        raise NotImplementedError

    def run(
        self, scanned_file: str, entity_configuration: Any, entity_name: str, entity_type: str, skip_info: Any
    ) -> Any:
        self.details = []
        if skip_info:
            return {"result": CheckResult.SKIPPED, "suppress_comment": skip_info["suppress_comment"]}
        try:
            files, file, address = self.place(scanned_file, entity_configuration, entity_name, entity_type)
            finding = _about(self.gtctl_rule.id, files, file, address)
        except Exception as error:
            # Checkov drops a check that raises. Settings that cannot be read must not look like a clean stack.
            message = str(error) if isinstance(error, GtctlError) else f"{type(error).__name__}: {error}"
            _say_once(f"gtctl cannot judge: {message}")
            self.details = [f"gtctl cannot judge: {message}"]
            return {"result": CheckResult.FAILED, "evaluated_keys": []}
        if finding is None:
            return {"result": CheckResult.UNKNOWN, "evaluated_keys": []}
        self.details = [f"{name}: {text}" for name, text in _said(finding).items() if text]
        if finding.waiver:
            return {"result": CheckResult.SKIPPED, "suppress_comment": finding.waiver["reason"], "evaluated_keys": []}
        return {"result": _RESULTS[finding.verdict], "evaluated_keys": []}

    def scan_entity_conf(self, conf: Any, entity_type: str) -> CheckResult:
        return CheckResult.UNKNOWN

    scan_resource_conf = scan_data_conf = scan_entity_conf


def _said(finding: Finding) -> dict[str, str]:
    return {"observed": finding.observed, "expected": finding.expected, "fix": finding.remediation}


class _InTerraform(_Judged):
    def place(self, scanned_file: str, conf: Any, name: str, type_: str) -> tuple[frozenset[str], str, str]:
        address = str(conf.get("__address__") or f"{type_}.{name}")
        by_address = _files_by_address(self.graph)
        everywhere = frozenset(file for files in by_address.values() for file in files if file)
        candidates = by_address.get(address) or sorted(everywhere)
        file = next((file for file in candidates if file.endswith(scanned_file)), None)
        if file is None:
            raise LookupError(f"{address} is in none of the files that checkov has read")
        return everywhere, file, address


class _InDocument(_Judged):
    def place(self, scanned_file: str, conf: Any, name: str, type_: str) -> tuple[frozenset[str], str, str]:
        return frozenset([scanned_file]), scanned_file, ""


class _ResourceCheck(_InTerraform, BaseResourceCheck):
    pass


class _DataCheck(_InTerraform, BaseDataCheck):
    pass


class _JsonCheck(_InDocument, BaseJsonCheck):
    pass


class _YamlCheck(_InDocument, BaseYamlCheck):
    pass


def _register(rule: Rule, category: CheckCategories) -> None:
    known = {"name": rule.title, "id": rule.id.replace("GT", "CKV_GT_"), "categories": [category]}
    data = [type_.removeprefix("data.") for type_ in rule.resource_types if type_.startswith("data.")]
    resources = [type_ for type_ in rule.resource_types if not type_.startswith("data.")]
    if "gtctl_workteam_reference" in resources:
        # Whatever names a workteam.
        resources, data = ["*"], ["*"]
    checks: list[_Judged] = []
    # The constructors register. A rule is asked about all that the engine asks it about, proven by fixtures or not.
    if resources:
        checks.append(_ResourceCheck(**known, supported_resources=resources))
        checks.append(_JsonCheck(**known, supported_entities=["*"], block_type="document"))
        checks.append(_YamlCheck(**known, supported_entities=["*"], block_type="document"))
    if data:
        checks.append(_DataCheck(**known, supported_data=data))
    for each in checks:
        each.gtctl_rule = rule
        each.severity = get_severity(rule.severity)
        each.guideline = f"{_PAGES}/{rule.id}.md"


for _entry in RULES:
    _register(_entry.rule, _CATEGORIES.get(_entry.family, CheckCategories.GENERAL_SECURITY))
