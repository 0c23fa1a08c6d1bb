"""What the reports of an audit tell beyond those of a check, in the formats that are not made for it."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from xml.etree import ElementTree

import click
import pytest

from gtctl.audit.model import Verdict
from gtctl.audit.report import FORMATS, Report, csv_format, html_format, junit, markdown, sarif, text, writer
from gtctl.audit.report.summary import answer, by_gravity
from tests.audit.report.audits import (
    FACES,
    OPEN,
    PUBLIC,
    VENDOR,
    audit,
    clean_report,
    exposure,
    full_report,
    hostile_report,
    scope,
)
from tests.audit.report.samples import EVERYTHING, report
from tests.audit.report.test_sarif import run_of


def of(*exposures: object, gaps: bool = False) -> Report:
    changes = {} if gaps else {"gaps": ()}
    return full_report(audit=audit(exposures=exposures, scope=scope(**changes)))


# The answer


@pytest.mark.parametrize(
    ("shown", "verdict", "said"),
    [
        (of(PUBLIC, OPEN, exposure()), Verdict.FAIL, "Sensitive images of 1 labeling job could be seen by people"),
        (of(OPEN, exposure()), Verdict.UNKNOWN, "For 1 labeling job it is not proven"),
        (of(exposure(1), exposure(2)), Verdict.PASS, "Only the private workforce could see sensitive images, in all 2"),
        (of(exposure(1), gaps=True), Verdict.UNKNOWN, "the one labeling job that could be read"),
        (of(), Verdict.PASS, "There is no labeling job."),
        (of(gaps=True), Verdict.UNKNOWN, "There is no labeling job that could be read."),
        (report(*EVERYTHING), Verdict.FAIL, "3 violations found."),
        (report(EVERYTHING[1]), Verdict.UNKNOWN, "No violation found; 1 verdict is open."),
        (report(), Verdict.PASS, "No violation found."),
    ],
)
def test_the_first_sentence_is_never_better_than_the_evidence(shown: Report, verdict: Verdict, said: str) -> None:
    assert answer(shown)[0] is verdict and said in answer(shown)[1]


def test_public_and_vendor_exposure_of_sensitive_images_comes_first() -> None:
    mixed = [exposure(1), FACES, OPEN, VENDOR, exposure(0), PUBLIC]
    assert [each.job for each in by_gravity(mixed)] == [
        PUBLIC.job,
        VENDOR.job,
        OPEN.job,
        FACES.job,
        "chest-ct-0000",
        "chest-ct-0001",
    ]


# Every format


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_audit_gives_the_same_bytes(name: str) -> None:
    assert writer(name)(full_report()) == writer(name)(full_report())


@pytest.mark.parametrize("name", FORMATS)
def test_no_format_repeats_control_characters_or_marks_of_direction(name: str) -> None:
    written = click.unstyle(writer(name)(hostile_report()))
    written.encode()
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]", written)


def test_formats_of_the_command_line_load_no_template_engine() -> None:
    code = "import sys, gtctl.cli.check, gtctl.audit.report.json_format; sys.exit('jinja2' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


# Each of them


def test_sarif_says_when_it_was_made_what_could_not_be_read_and_what_came_of_it() -> None:
    run = run_of(sarif.render(full_report()))
    [invocation] = run["invocations"]
    assert invocation["endTimeUtc"] == "2026-11-26T08:01:34Z"
    assert len(invocation["toolExecutionNotifications"]) == 2
    assert run["properties"]["exposures"] == {"FAIL": 2, "UNKNOWN": 1, "PASS": 21}
    assert run["properties"]["coverage"]["HIPAA"]["violated"] == 9
    places = [each["locations"][0]["physicalLocation"]["artifactLocation"] for each in run["results"]]
    assert places[0] == {"uri": "arn:aws:sagemaker:eu-central-1:111122223333:labeling-job/pilot-xray-2024"}


def test_junit_has_the_scope_as_properties_and_no_other_tests() -> None:
    suites = ElementTree.fromstring(junit.render(full_report()))  # noqa: S314
    assert suites.get("tests") == "9"
    facts = {each.get("name"): each.get("value") for each in suites.iter("property")}
    assert facts["accounts"] == "111122223333" and "9 violated" in str(facts["HIPAA Security Rule"])


def test_markdown_has_the_answer_the_exposures_the_posture_and_the_rest() -> None:
    lines = markdown.render(full_report()).splitlines()
    assert lines[0] == "# gtctl audit failed" and lines[2].startswith("**Sensitive images of 2 labeling jobs")
    titles = [line for line in lines if line.startswith("## ")]
    assert titles[:3] == ["## Who could see the images", "## Requirements", "## Failed"]
    assert titles[-2:] == ["## Drift", "## Could not be read"]
    assert any(line.startswith("| exposed | `pilot-xray-2024` | public |") for line in lines)
    hostile = markdown.render(hostile_report())
    assert "<script" not in re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", hostile)


def test_text_ends_with_the_audit_on_one_screen() -> None:
    written = click.unstyle(text.render(full_report()))
    screen = written[written.index("gtctl audit FAILED") :].splitlines()
    assert len(screen) <= 40 and max(map(len, screen)) <= 160
    assert any("pilot-xray-2024" in line for line in screen) and any(line.startswith("HIPAA") for line in screen)


def test_csv_has_the_findings_of_an_audit() -> None:
    assert len(csv_format.render(full_report()).splitlines()) == 1 + len(full_report().findings)


# HTML without a browser


def test_html_is_one_file_with_a_policy_for_its_own_style_and_script_only() -> None:
    written = html_format.render(full_report())
    [policy] = re.findall(r'Content-Security-Policy" content="([^"]+)"', written)
    assert policy.startswith("default-src 'none'; style-src 'sha256-") and "unsafe" not in policy
    assert written.count("<script>") == written.count("<style>") == 1
    assert not re.search(r"""\s(src|srcset|style|on\w+)=|url\(|@import""", written)


def test_html_of_a_clean_audit_and_of_a_check_have_only_the_parts_they_can_fill() -> None:
    clean = html_format.render(clean_report())
    assert "Nothing was found" in clean and "Nothing is waived." in clean and "Everything in scope was read." in clean
    assert 'id="drift"' not in clean and 'id="changes"' not in clean
    check = html_format.render(report(*EVERYTHING))
    assert "Check of image labeling" in check and 'id="requirements"' not in check and 'id="exposure"' not in check


def test_html_shows_what_lies_in_another_account_in_full_and_the_rest_shortly() -> None:
    written = html_format.render(of(replace(VENDOR, output_key="arn:aws:kms:eu-central-1:999988887777:key/1")))
    assert "arn:aws:kms:eu-central-1:999988887777:key/1" in written
    assert ">key/1234abcd-12ab-34cd-56ef-1234567890ab<" in html_format.render(of(VENDOR))
