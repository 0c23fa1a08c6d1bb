"""The HTML report in a real browser: search, filters, hostile texts, the network, light and dark, paper."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Dialog, Page

from gtctl.audit.report import Report, html_format
from tests.audit.report import audits
from tests.audit.report.audits import full_report, hostile_report, large_report
from tests.audit.report.samples import EVERYTHING, report

# A slow machine is no reason to fail.
_PATIENCE = 30_000


class Opened:
    """A page with the report, and what it asked the network for and logged while it was open."""

    def __init__(self, page: Page, folder: Path) -> None:
        self.page, self.folder = page, folder
        self.requests: list[str] = []
        self.errors: list[str] = []
        page.set_default_timeout(_PATIENCE)
        page.on("request", lambda request: self.requests.append(request.url))
        self.answered: list[str] = []
        page.on("requestfinished", lambda request: self.answered.append(request.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda message: self.errors.append(message.text))
        page.on("dialog", self._refuse)

    def _refuse(self, dialog: Dialog) -> None:
        self.errors.append(dialog.message)
        dialog.dismiss()

    def open(self, shown: Report) -> Page:
        file = self.folder / "report.html"
        file.write_text(html_format.render(shown), encoding="utf-8")
        self.page.goto(file.as_uri())
        return self.page


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Opened]:
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    yield Opened(context.new_page(), tmp_path)
    context.close()


def short_report() -> Report:
    """Every part of a full report, and of the requirements one of each group and coverage."""
    full = full_report()
    assert full.audit
    frameworks = [
        replace(each, requirements=list({(one.group, one.coverage): one for one in each.requirements}.values()))
        for each in full.audit.frameworks
    ]
    return replace(full, audit=replace(full.audit, frameworks=frameworks, exposures=full.audit.exposures[:5]))


def shown(page: Page, section: str) -> list[str]:
    """The rows of a section that can be seen, by their headers."""
    rows = page.locator(f"#{section} [data-row]:visible > th")
    return [text.split("\n")[0] for text in rows.all_inner_texts()]


def test_the_gravest_exposure_is_on_top_and_everything_shows_without_a_script(browser: Browser, tmp_path: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = Opened(context.new_page(), tmp_path).open(full_report())
    assert shown(page, "exposure")[:3] == ["pilot-xray-2024", "mri-tumours-vendor", "spine-2025-03"]
    assert len(shown(page, "findings")) == len(audits.FINDINGS)
    assert page.locator("form.filters:visible").count() == 0
    context.close()


def test_the_search_finds_words_of_a_row_and_of_what_stands_above_it(opened: Opened) -> None:
    page = opened.open(full_report())
    search = page.locator("#exposure form").get_by_role("searchbox")
    search.fill("PUBLIC-crowd any")
    page.get_by_text("1 of 24 shown").wait_for()
    assert shown(page, "exposure") == ["pilot-xray-2024"]
    page.locator("#findings").get_by_role("searchbox").fill("second factor")
    page.get_by_text("2 of 9 shown").wait_for()
    assert page.locator("#findings .rule:visible").count() == 1
    page.locator("#findings").get_by_role("button", name="Clear").click()
    page.locator("#findings output", has_not_text="shown").wait_for(state="attached")
    assert len(shown(page, "findings")) == len(audits.FINDINGS)
    assert not opened.errors


def test_findings_are_filtered_by_verdict_severity_framework_and_source(opened: Opened) -> None:
    page = opened.open(full_report())
    for name, option, count in (
        ("Verdict", "Failed", 5),
        ("Verdict", "Not proven", 2),
        ("Verdict", "Waived", 2),
        ("Severity", "critical", 2),
        ("Framework", "CIS AWS 3.0", 2),
        ("Source", "Terraform code", 2),
    ):
        chosen = page.locator("#findings").get_by_label(name, exact=True)
        chosen.select_option(option)
        page.get_by_text(f"{count} of 9 shown").wait_for()
        assert len(shown(page, "findings")) == count
        chosen.select_option("All")


def test_filters_work_together_and_unfold_what_they_find(opened: Opened) -> None:
    page = opened.open(full_report())
    section = page.locator("#requirements")
    assert "164.310(a)(1) Facility access controls" not in shown(page, "requirements")
    section.get_by_label("Coverage").select_option("Not covered by a tool")
    section.get_by_label("Framework").select_option("HIPAA")
    section.get_by_role("searchbox").fill("facility access")
    page.get_by_text("1 of 433 shown").wait_for()
    assert shown(page, "requirements") == ["164.310(a)(1) Facility access controls"]


def test_a_link_to_something_folded_unfolds_it(opened: Opened) -> None:
    page = opened.open(full_report())
    page.get_by_role("button", name="Fold all").click()
    assert not shown(page, "findings")
    page.locator("#requirements a[href='#rule-GT110']").first.click()
    page.locator("#rule-GT110[open]").wait_for()
    assert len(shown(page, "findings")) == 2


def test_hostile_texts_stay_texts(opened: Opened) -> None:
    page = opened.open(hostile_report())
    assert page.title() == "Audit of image labeling, 2026-11-26"
    # Only the program's own script, no picture, no frame, no handler, no link to a script.
    found = page.evaluate(
        """() => ({
            scripts: document.querySelectorAll('script').length,
            others: document.querySelectorAll('img, iframe, object, embed, base, b > script').length,
            handlers: [...document.querySelectorAll('*')].filter(
                (each) => [...each.attributes].some((one) => one.name.startsWith('on'))).length,
            links: [...document.querySelectorAll('[href], [src], [action]')].map(
                (each) => each.getAttribute('href')).filter((to) => !/^(#|https:|data:,$)/.test(to)),
        })"""
    )
    assert found == {"scripts": 1, "others": 0, "handlers": 0, "links": []}
    text = page.locator("main").inner_text()
    for piece in ("<script>document.title='owned'</script>", "<img src=x onerror=", "javascript:alert(1)", "{{7*7}}"):
        assert piece in text
    assert "49" not in page.locator(".facts").inner_text()
    # Neither colours of a terminal nor text that runs backwards.
    assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e\u2066-\u2069]", page.content())
    assert not opened.errors


def test_the_page_asks_the_network_for_nothing_and_its_policy_lets_nothing_through(opened: Opened) -> None:
    page = opened.open(full_report())
    assert [url for url in opened.requests if not url.startswith("data:")] == [page.url]
    assert page.evaluate("fetch('https://example.com/').then(() => 'sent', () => 'refused')") == "refused"
    page.evaluate(
        """() => {
            const script = document.createElement('script');
            script.textContent = "document.title = 'owned'";
            document.body.append(script);
            document.body.insertAdjacentHTML('beforeend', '<img src="https://example.com/x.png">');
        }"""
    )
    page.wait_for_timeout(50)
    assert page.title() != "owned"
    assert len([error for error in opened.errors if "Content Security Policy" in error]) >= 3
    assert [url for url in opened.answered if url.startswith("http")] == []


def complaints(page: Page, **options: object) -> list[str]:
    results = Axe().run(page, options={"resultTypes": ["violations"], **options})
    return [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in results.response["violations"]]


def test_axe_finds_nothing_to_complain_about(browser: Browser, tmp_path: Path) -> None:
    # Axe is a script of others, which the page's own policy would refuse.
    context = browser.new_context(bypass_csp=True, viewport={"width": 1440, "height": 1000})
    opened = Opened(context.new_page(), tmp_path)
    page = opened.open(short_report())
    assert complaints(page) == []
    page.emulate_media(color_scheme="dark")
    assert complaints(page, runOnly=["color-contrast"]) == []
    assert complaints(opened.open(report(*EVERYTHING))) == []
    context.close()


def test_light_and_dark_follow_the_system(browser: Browser, tmp_path: Path) -> None:
    brightness = {}
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme in schemes:
        context = browser.new_context(color_scheme=scheme)
        page = Opened(context.new_page(), tmp_path).open(report(*EVERYTHING))
        colours = page.evaluate("getComputedStyle(document.body).backgroundColor")
        brightness[scheme] = sum(map(int, re.findall(r"\d+", colours)[:3]))
        context.close()
    assert brightness["light"] > 600 and brightness["dark"] < 150


def test_a_narrow_window_needs_no_sideways_scrolling(opened: Opened) -> None:
    opened.page.set_viewport_size({"width": 390, "height": 844})
    page = opened.open(full_report())
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_keyboard_reaches_the_report_first_and_then_its_tables(opened: Opened) -> None:
    page = opened.open(full_report())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the report"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "report"


def test_on_paper_everything_is_unfolded_and_nothing_is_filtered(opened: Opened, tmp_path: Path) -> None:
    reader = shutil.which("pdftotext")
    if reader is None:
        pytest.skip("no pdftotext found: bash scripts/test-tools installs it where this is root on Debian")
    page = opened.open(full_report())
    page.locator("#findings").get_by_label("Severity").select_option("low")
    page.get_by_text("1 of 9 shown").wait_for()
    page.get_by_role("button", name="Fold all").click()
    printed = tmp_path / "report.pdf"
    page.pdf(path=printed, prefer_css_page_size=True)
    text = subprocess.run([reader, "-layout", str(printed), "-"], capture_output=True, text=True, check=True).stdout
    words = " ".join(text.split())
    # Folded on the screen; filtered on the screen; only for the screen.
    assert "Facility access controls" in words and "pilot-xray-2024" in words and "Workers sign in" in words
    assert "Search findings" not in words and "Fold all" not in words


def test_five_thousand_jobs_are_written_and_filtered_in_seconds(opened: Opened) -> None:
    started = time.process_time()
    document = large_report(5000)
    html_format.render(document)
    assert time.process_time() - started < 10
    page = opened.open(document)
    started = time.monotonic()
    page.locator("#exposure").get_by_label("Workforce").select_option("public")
    page.get_by_text("500 of 5,000 shown").wait_for()
    assert time.monotonic() - started < 20
    assert page.locator("#exposure [data-row]:not(.off)").count() == 500
