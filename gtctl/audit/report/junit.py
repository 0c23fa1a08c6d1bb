"""JUnit XML, for the test views of build servers: a suite for each file, a test case for each finding.

What fails the check is a failure; what is unknown, or waived, is a skipped test with its reason. A check that found
nothing is one test that passed, for servers that take a report without tests for an error.
"""

from __future__ import annotations

from itertools import groupby
from xml.etree import ElementTree

from gtctl.audit.model import Finding, Verdict
from gtctl.audit.report import Report, one_line, relative, said, waived
from gtctl.audit.report.summary import facts


def render(report: Report) -> str:
    suites = ElementTree.Element("testsuites", name="gtctl audit" if report.audit else "gtctl check")
    if report.audit:
        _scope(suites, report)
    for file, findings in groupby(report.findings, key=lambda finding: finding.file):
        suite = ElementTree.SubElement(suites, "testsuite", name=one_line(relative(file)))
        for finding in findings:
            _case(suite, finding, report)
    if not report.findings:
        suite = ElementTree.SubElement(suites, "testsuite", name="gtctl check")
        name = f"nothing found in {report.files} file{'s' * (report.files != 1)}"
        ElementTree.SubElement(suite, "testcase", classname="gtctl", name=name, time="0")
    for each in (*suites, suites):
        each.set("tests", str(len(list(each.iter("testcase")))))
        each.set("failures", str(len(list(each.iter("failure")))))
        each.set("errors", "0")
        each.set("skipped", str(len(list(each.iter("skipped")))))
    ElementTree.indent(suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(suites, encoding="unicode")}\n'


def _scope(suites: ElementTree.Element, report: Report) -> None:
    """A suite without tests whose properties say what was audited, and what came of it."""
    suite = ElementTree.SubElement(suites, "testsuite", name="audit")
    properties = ElementTree.SubElement(suite, "properties")
    for name, value in facts(report):
        ElementTree.SubElement(properties, "property", name=one_line(name), value=one_line(value))


def _case(suite: ElementTree.Element, finding: Finding, report: Report) -> None:
    file = one_line(relative(finding.file))
    about = one_line(finding.resource) or file
    case = ElementTree.SubElement(
        suite,
        "testcase",
        classname=file,
        name=f"{finding.rule_id} {about}",
        file=file,
        line=str(finding.line),
        time="0",
    )
    if finding.waiver:
        ElementTree.SubElement(case, "skipped", message=f"waived: {waived(finding)}")
    elif report.counts_as_failed(finding):
        failure = ElementTree.SubElement(case, "failure", message=said(finding), type=f"{finding.severity}")
        failure.text = f"{file}:{finding.line}\nfix: {one_line(finding.remediation)}"
    elif finding.verdict is Verdict.UNKNOWN:
        ElementTree.SubElement(case, "skipped", message=said(finding))
