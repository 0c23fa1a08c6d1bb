"""The page of statistics in a real browser: it reaches nothing, shows boxes in their place, reads in light and dark."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser

from gtctl.errors import BadInput
from gtctl.labels.stats import Stats, compute
from gtctl.labels.stats_page import write
from gtctl.labels.thumbnails import maker
from gtctl.labels.worker_responses import beside
from tests.account import Account, png
from tests.labels.answers import WORKERS, answer, box, job, row

HOSTILE = "<img src=x onerror=\"document.title='owned'\">{{7*7}}\u202e"


def hostile(folder: Path) -> Stats:
    """Statistics of images that workers disagree on, with a label that is an attack."""
    boxes = [box(HOSTILE, 20, 10, 60, 40), box("nodule", 120, 40)]
    rows = [row(f"ct/{n}.png", (0, 20, 10, 60, 40), (1, 120, 40, 20, 20)) for n in range(3)]
    for each in rows:
        each["boxes-metadata"]["class-map"] = {"0": HOSTILE, "1": "nodule"}
    given = [answer(WORKERS[0], boxes, 10), answer(WORKERS[1], boxes[:1], 3000), answer(WORKERS[2], [], 2)]
    manifest = job(folder, rows, dict.fromkeys(range(3), given))
    return compute([manifest], [beside(manifest)])


def pictures(folder: Path) -> str:
    """A folder with the images of the statistics above."""
    folder.mkdir()
    for number in range(3):
        Image.new("L", (200, 100), 90).save(folder / f"{number}.png")
    return str(folder)


def test_the_page_shows_boxes_over_images_reaches_nothing_and_reads_in_light_and_dark(
    browser: Browser, tmp_path: Path
) -> None:
    file = tmp_path / "stats.html"
    write(hostile(tmp_path / "job"), file, pictures(tmp_path / "images"))
    # Axe is a script of others, which the page's own policy would refuse.
    context = browser.new_context(bypass_csp=True, viewport={"width": 1440, "height": 1000})
    page = context.new_page()
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(file.as_uri())
    assert [url for url in requests if not url.startswith("data:")] == [file.as_uri()]
    assert page.title() == "Labels and workers"
    assert page.locator("script, img, iframe, object, b > svg").count() == 0
    text = page.locator("main").inner_text()
    assert "<img src=x onerror=" in text and "{{7*7}}" in text
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", page.content())
    assert not any(worker in page.content() for worker in WORKERS)
    # The box takes the same part of the picture on the screen as in the image.
    picture = page.locator("#again image").first.bounding_box()
    shown = page.locator("#again rect.result").first.bounding_box()
    assert picture and shown
    scale = picture["width"] / 200
    assert shown["x"] - picture["x"] == pytest.approx(20 * scale, abs=3)
    assert shown["width"] == pytest.approx(60 * scale, abs=6)
    assert page.locator("#again li").count() == 3 and page.locator("figure svg").count() == 4
    assert page.locator("#again image").first.evaluate("each => each.getAttribute('href').slice(0, 22)") == (
        "data:image/jpeg;base64"
    )
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
        assert [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found] == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()


def test_a_manifest_leads_to_no_file_outside_of_the_folder_of_images(tmp_path: Path) -> None:
    thumbnail = maker(pictures(tmp_path / "images"))
    (tmp_path / "secret.png").write_bytes(png())
    (tmp_path / "images" / "link.png").symlink_to(tmp_path / "secret.png")
    (tmp_path / "images" / "text.png").write_text("no picture")
    assert thumbnail("s3://b/ct/0.png").startswith("data:image/jpeg;base64,")
    for key in ("../secret.png", "ct/../../secret.png", f"{tmp_path}/secret.png", "link.png", "text.png", "none.png"):
        assert thumbnail(f"s3://b/{key}") == ""
    with pytest.raises(BadInput, match="no folder"):
        maker(str(tmp_path / "nowhere"))


def test_images_in_s3_are_read_below_the_prefix_that_was_given_only(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", account.region)
    inside, outside = account.put("ct/a.png", png()), account.put("ct-other/a.png", png())
    thumbnail = maker(f"s3://{account.bucket}/ct")
    assert thumbnail(inside).startswith("data:image/jpeg;base64,")
    assert thumbnail(outside) == thumbnail(f"s3://{account.bucket}/ct/none.png") == ""
