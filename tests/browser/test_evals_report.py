"""The accuracy report in a real browser: it asks for nothing, runs nothing it quotes, filters, prints, reads aloud."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Dialog, Page, expect

from evals import commands
from rag.settings import Settings
from tests.evals_world import opener, question_lines, write_corpus, write_questions

HOSTILE = '<script>document.title = "owned"</script><img src="https://example.org/x.png" onerror="alert(1)"> & \'"'


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of two sides, on questions some of which fail and one of which is hostile."""
    folder = tmp_path_factory.mktemp("report")
    corpus = write_corpus(folder / "corpus")
    with (corpus / "row.md").open("a", encoding="utf-8") as article:
        article.write(f"\nThe row has {HOSTILE} in it.\n")
    hostile = {"id": f"hostile {HOSTILE}", "kind": HOSTILE, "question": f"Does the row have {HOSTILE} in it?"}
    questions = write_questions(folder / "q.jsonl", [*question_lines(), hostile | {"must": [[r"<b>"]]}])
    words = ["--questions", str(questions), "--corpus", str(corpus), "--out", str(folder / "out")]

    def blind(settings: Settings) -> Any:
        return opener(blind_to=("dip", "squat") if settings.k == 10 else ("dip", "row"))(settings)

    commands.evaluate([*words, "--set", "k=10", "--set", "k=1"], blind)
    return folder / "out" / "report.html"


@contextmanager
def opened(
    browser: Browser, report: Path, *, script: bool = True, dark: bool = False
) -> Iterator[tuple[Page, list[str]]]:
    """The page, and whatever it does that it should not: requests, errors, dialogs."""
    context = browser.new_context(
        java_script_enabled=script,
        color_scheme="dark" if dark else "light",
        viewport={"width": 1200, "height": 900},
    )
    page = context.new_page()
    faults: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        faults.append(dialog.message)
        dialog.dismiss()

    page.on("request", lambda request: faults.append(request.url) if request.url != report.as_uri() else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text))
    page.on("dialog", dismiss)
    page.goto(report.as_uri())
    yield page, faults
    context.close()


def shown(page: Page) -> list[str]:
    """The outcomes of the questions that are visible, in order."""
    outcomes: list[str] = page.eval_on_selector_all(
        ".card", "cards => cards.filter(c => c.offsetParent).map(c => c.dataset.outcome)"
    )
    return outcomes


def test_it_asks_for_nothing_and_runs_nothing_that_it_quotes(browser: Browser, report: Path) -> None:
    with opened(browser, report) as (page, faults):
        page.click("#unfold")
        assert faults == []
        assert page.title() == "Accuracy of k=10 on q.jsonl"
        assert page.locator(".asked", has_text=f"Does the row have {HOSTILE} in it?").count() == 1
        assert page.locator("img").count() == 0


def test_failures_come_first_and_filters_choose(browser: Browser, report: Path) -> None:
    with opened(browser, report) as (page, _):
        every = shown(page)
        assert every == sorted(every, key=["error", "wrong", "right"].index)
        assert every.count("wrong") == 7
        page.select_option("[name=outcome]", "wrong error")
        assert shown(page) == ["wrong"] * 7
        assert page.inner_text("#count") == "7 of 37 questions"
        page.select_option("[name=outcome]", "")
        page.select_option("[name=kind]", "near-miss")
        assert len(shown(page)) == 12
        page.fill("[name=text]", "invented SQUAT")
        assert len(shown(page)) == 1


def test_a_marker_leads_to_its_quote_in_context(browser: Browser, report: Path) -> None:
    with opened(browser, report) as (page, _):
        page.click("#unfold")
        answer = page.locator(".answer:has(a)").first
        link = answer.locator("a").first
        quote = page.locator(f"[id='{(link.get_attribute('href') or '')[1:]}']")
        link.click()
        assert quote.locator("mark").inner_text() in answer.inner_text()
        expect(quote).to_be_visible()


def test_without_its_script_every_question_can_be_opened(browser: Browser, report: Path) -> None:
    with opened(browser, report, script=False) as (page, _):
        assert page.locator("#filters").is_hidden()
        assert page.locator(".card").count() == 37
        card = page.locator(".card").first
        card.locator("summary").first.click()
        expect(card.locator(".reply").first).to_be_visible()


def test_on_paper_what_failed_is_there_in_full(browser: Browser, report: Path) -> None:
    with opened(browser, report) as (page, _):
        assert not page.locator(".answer").first.is_visible()
        texts = ".card.wrong .answer, .card.wrong .expected"
        page.emulate_media(media="print")
        heights = page.eval_on_selector_all(texts, "all => all.map(a => a.getBoundingClientRect().height)")
        assert len(heights) >= 10
        assert min(heights) > 10
        assert not page.locator(".card.right .answer").first.is_visible()
        assert page.locator("#filters").is_hidden()


def test_a_flip_leads_to_its_question_whatever_is_filtered(browser: Browser, report: Path) -> None:
    with opened(browser, report) as (page, faults):
        page.select_option("[name=outcome]", "right")
        link = page.locator("section[aria-labelledby=changes] a").first
        link.click()
        card = page.locator(link.get_attribute("href") or "")
        expect(card.locator(".reply").first).to_be_visible()
        expect(card.locator("code").first).to_have_text(link.inner_text())
        expect(page.locator("[name=outcome]")).to_have_value("")
        assert faults == []


def test_the_keyboard_alone_opens_a_question(browser: Browser, report: Path) -> None:
    with opened(browser, report) as (page, _):
        page.focus("[name=text]")
        page.keyboard.type("squat")
        page.keyboard.press("Tab")  # the button
        page.keyboard.press("Tab")  # the first question that is left
        page.keyboard.press("Enter")
        card = page.locator(".card[open]")
        assert "squat" in card.locator(".asked").inner_text().lower()
        expect(card.locator(".answer").first).to_be_visible()
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none"


@pytest.mark.parametrize(("dark", "width"), [(False, 1200), (True, 1200), (False, 360)], ids=["light", "dark", "phone"])
def test_a_screen_reader_can_use_it(browser: Browser, report: Path, dark: bool, width: int) -> None:
    with opened(browser, report, dark=dark) as (page, _):
        page.set_viewport_size({"width": width, "height": 900})
        page.click("#unfold")
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        pictures = page.eval_on_selector_all(
            "svg[role=img]", "all => all.map(s => s.querySelector('desc').textContent)"
        )
        assert len(pictures) == 4
        assert all(len(words) > 20 for words in pictures)


@pytest.mark.parametrize("width", [360, 768, 1440])
def test_nothing_sticks_out(browser: Browser, report: Path, width: int) -> None:
    with opened(browser, report) as (page, _):
        page.set_viewport_size({"width": width, "height": 800})
        page.click("#unfold")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
