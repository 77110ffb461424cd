"""Whoever reads it, however: light and dark, wide and narrow, without a mouse, without sight, without movement."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader

from rag.types import Article
from tests.browser.visits import ask, visiting
from tests.web_stage import StageAssistant, on_stage, stage_rooms

LOOKS = {"light": (1280, 820, "light"), "dark": (1280, 820, "dark"), "tablet": (820, 1100, "light")}
LOOKS |= {"phone": (390, 844, "light"), "dark phone": (390, 844, "dark")}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with on_stage(stage_rooms(StageAssistant(extra={"verdict": "push"}), tmp_path_factory.mktemp("looks"))) as url:
        yield url


def grave(page: Page) -> list[str]:
    """What axe-core calls serious or critical on the page as it is."""
    page.wait_for_timeout(300)  # after transitions, so that contrast is measured on what stays
    found = Axe().run(page).response["violations"]
    return [
        f"{each['id']}: {[node['target'] for node in each['nodes']]}"
        for each in found
        if each["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_grave(browser: Browser, stage: str, look: str) -> None:
    width, height, scheme = LOOKS[look]
    with visiting(browser, stage, width, height, scheme) as page:
        page.locator(".offers button").first.wait_for()
        assert grave(page) == [], "the first page"
        ask(page, "is a hip thrust push or pull")
        assert grave(page) == [], "an answer"
        page.locator(".cite").first.click()
        page.locator("mark.now").wait_for()
        assert grave(page) == [], "the article"
        page.keyboard.press("Escape")
        page.goto(f"{stage}/#/library")
        page.locator(".articles li").first.wait_for()
        assert grave(page) == [], "the library"
        page.get_by_role("button", name="Remove Hip Thrust").click()
        assert grave(page) == [], "a question before something is done"
        page.keyboard.press("Escape")
        page.goto(f"{stage}/#/accuracy")
        expect(page.get_by_role("heading", name="Accuracy")).to_be_visible()
        assert grave(page) == [], "the accuracy report"


@pytest.mark.parametrize("look", LOOKS)
def test_nothing_is_wider_than_the_window(browser: Browser, stage: str, look: str) -> None:
    width, height, scheme = LOOKS[look]
    with visiting(browser, stage, width, height, scheme) as page:
        ask(page, "supercalifragilistic" * 12)
        page.locator(".cite").first.click()
        page.locator("mark.now").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for part in ("#main", "#reader", ".field", ".question h2"):
            box = page.locator(part).first.bounding_box()
            assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= width + 1, part


def test_everything_by_keyboard_alone(browser: Browser, stage: str) -> None:
    with visiting(browser, stage) as page:
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("#question")).to_be_focused()
        page.keyboard.type("is a hip thrust push or pull")
        page.keyboard.press("Enter")
        page.locator(".cite").wait_for()
        page.locator(".cite").focus()
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Tab")
        expect(page.get_by_role("tooltip")).to_contain_text("The hip thrust is a push.")
        page.keyboard.press("Enter")
        expect(page.locator("mark.now")).to_be_in_viewport()
        page.keyboard.press("Escape")
        expect(page.locator("#reader")).to_be_hidden()
        expect(page.locator(".cite")).to_be_focused()
        page.keyboard.press("/")
        expect(page.locator("#question")).to_be_focused()
        page.keyboard.press("ArrowUp")
        expect(page.locator("#question")).to_have_value("is a hip thrust push or pull")


def test_a_screen_reader_is_told_the_answer(browser: Browser, stage: str) -> None:
    with visiting(browser, stage) as page:
        ask(page, "is a hip thrust push or pull")
        expect(page.locator("#live")).to_have_text("push. Push. The hip thrust is a push.")
        assert page.locator("main:not([role=presentation])").count() == 1
        expect(page.get_by_role("navigation", name="Conversations")).to_be_visible()
        expect(page.get_by_role("textbox", name="Your question")).to_be_visible()


def test_large_text_leaves_room_for_the_title_on_a_phone(browser: Browser, tmp_path: Path) -> None:
    assistant = StageAssistant(quotes=("The hip thrust is a push.", "The glutes do the work."))
    with on_stage(stage_rooms(assistant, tmp_path)) as url, visiting(browser, url, 390, 844) as page:
        page.add_style_tag(content="html { font-size: 200% }")
        ask(page, "is a hip thrust push or pull")
        page.locator(".cite").first.click()
        page.locator("mark.now").wait_for()
        box = page.locator("#reader h2").bounding_box()
        assert box is not None and box["width"] > 200 > box["height"]
        expect(page.get_by_role("button", name="Close the article")).to_be_in_viewport()


def test_large_text_still_fits(browser: Browser, stage: str) -> None:
    with visiting(browser, stage, 800, 900) as page:
        page.add_style_tag(content="html { font-size: 200% }")
        ask(page, "is a hip thrust push or pull")
        assert page.evaluate("document.documentElement.scrollWidth") <= 800
        expect(page.locator("#question")).to_be_in_viewport()


@pytest.mark.parametrize("width", [1000, 1280])
def test_large_text_leaves_room_for_the_chat_beside_an_article(browser: Browser, stage: str, width: int) -> None:
    with visiting(browser, stage, width, 820) as page:
        page.add_style_tag(content="html { font-size: 200% }")
        ask(page, "is a hip thrust push or pull")
        page.locator(".cite").first.click()
        page.locator("mark.now").wait_for()
        main, reader = page.locator("#main").bounding_box(), page.locator("#reader").bounding_box()
        assert main and reader and main["width"] > 0.25 * width
        for part in (".question h2", ".field", ".below", ".hint", ".send"):
            box = page.locator(part).bounding_box()
            assert box and main["x"] <= box["x"] and box["x"] + box["width"] <= reader["x"] + 1, part


def test_a_text_runs_in_the_direction_of_its_own_letters(browser: Browser, tmp_path: Path) -> None:
    article = Article("dafa", "الدفع", "dafa.md", "# الدفع\n\nالدفع هو حركة.\n")
    assistant = StageAssistant((article,), text="الدفع هو حركة. [1]", quotes=("الدفع هو حركة.",))
    with on_stage(stage_rooms(assistant, tmp_path)) as url, visiting(browser, url) as page:
        ask(page, "ما هو الدفع؟")
        page.locator(".cite").click()
        page.locator("mark.now").wait_for()
        for text in (".question h2", ".said p", ".reader-text p"):
            rightmost = page.locator(text).evaluate(
                """(element) => {
                  const range = document.createRange();
                  range.selectNodeContents(element);
                  return element.getBoundingClientRect().right - range.getBoundingClientRect().right;
                }"""
            )
            assert rightmost < 4, text


def test_a_conversation_is_printed_whole(browser: Browser, stage: str) -> None:
    with visiting(browser, stage) as page:
        for number in range(8):
            ask(page, f"question number {number}")
        pages = PdfReader(BytesIO(page.pdf())).pages
        printed = "\n".join(each.extract_text() for each in pages)
        assert [number for number in range(8) if f"question number {number}" not in printed] == []


def test_reduced_motion_moves_nothing(browser: Browser, stage: str) -> None:
    with visiting(browser, stage) as page:
        page.emulate_media(reduced_motion="reduce")
        ask(page, "is a hip thrust push or pull")
        moving = page.evaluate("document.getAnimations().filter((each) => each.playState === 'running').length")
        assert moving == 0


def test_a_chosen_theme_outlasts_a_reload(browser: Browser, stage: str) -> None:
    def paper() -> str:
        return str(page.evaluate("getComputedStyle(document.getElementById('pushpull')).backgroundColor"))

    with visiting(browser, stage) as page:
        light = paper()
        page.get_by_role("button", name="Theme").click()
        page.get_by_role("button", name="Theme: light").click()
        dark = paper()
        page.reload()
        page.locator("#question").wait_for()
        assert paper() == dark != light


def test_no_html_is_ever_written_by_the_scripts() -> None:
    folder = Path(__file__).parents[2] / "web" / "static"
    for script in folder.glob("*.js"):
        text = script.read_text(encoding="utf-8")
        for way in (
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "new Function",
            "srcdoc",
        ):
            assert way not in text, f"{script.name} uses {way}"
