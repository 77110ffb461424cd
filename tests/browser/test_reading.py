"""Reading the proof: the article beside the chat, at the very sentence, whatever file it came from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from rag.reading.articles import read_article
from rag.types import Article
from tests import documents
from tests.browser.visits import ask, visiting
from tests.web_stage import StageAssistant, on_stage, stage_rooms

QUOTE = "It is a pull, because the hand resists a load that would open it."
KINDS = {
    ".md": documents.as_markdown,
    ".txt": documents.as_text,
    ".html": documents.as_html,
    ".pdf": documents.as_pdf,
    ".docx": documents.as_docx,
    ".epub": documents.as_epub,
}


@pytest.fixture(scope="module")
def articles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Article]:
    """The same article, read from every kind of file."""
    folder = tmp_path_factory.mktemp("documents")
    found = {}
    for kind, make in KINDS.items():
        (folder / f"carry{kind}").write_bytes(make())
        found[kind] = read_article(folder, f"carry{kind}", article_id=f"carry-{kind[1:]}")
    return found


@pytest.fixture(scope="module")
def assistant(articles: dict[str, Article]) -> StageAssistant:
    return StageAssistant(list(articles.values()), text="It is a pull. [1]", quotes=(QUOTE,))


@pytest.fixture(scope="module")
def stage(assistant: StageAssistant, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with on_stage(stage_rooms(assistant, tmp_path_factory.mktemp("reading"))) as url:
        yield url


@pytest.fixture
def page(browser: Browser, stage: str) -> Iterator[Page]:
    with visiting(browser, stage) as visitor:
        yield visitor


@pytest.fixture(autouse=True)
def usual(assistant: StageAssistant, articles: dict[str, Article]) -> None:
    assistant.articles = list(articles.values())
    assistant.text, assistant.quotes = "It is a pull. [1]", (QUOTE,)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_file_opens_at_the_sentence(
    page: Page, assistant: StageAssistant, articles: dict[str, Article], kind: str
) -> None:
    assistant.articles = [articles[kind]]
    ask(page, "is it a push or a pull")
    page.locator(".cite").click()
    marks = page.locator("#reader mark.now")
    expect(marks.first).to_be_in_viewport()
    assert "".join(marks.all_text_contents()).removeprefix("1") == QUOTE
    shown = page.locator("#reader .reader-body").inner_text()
    for sentence in ("The suitcase carry is a pull.", "Brace, then stand up without leaning.", "Overhead carry"):
        assert sentence in shown
    assert "**" not in shown and "##" not in shown and "|" not in shown


def test_the_heading_of_the_section_is_named(page: Page) -> None:
    ask(page, "is it a push or a pull")
    page.locator(".cite").click()
    expect(page.locator("#reader h2")).to_have_text(documents.TITLE)
    expect(page.locator(".reader-source")).to_contain_text("Is the suitcase carry a push or a pull?")


def test_enter_and_tap_open_it_too(browser: Browser, page: Page, stage: str) -> None:
    ask(page, "is it a push or a pull")
    page.locator(".cite").focus()
    page.keyboard.press("Enter")
    expect(page.locator("mark.now").first).to_be_in_viewport()
    context = browser.new_context(viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    phone = context.new_page()
    phone.goto(stage)
    ask(phone, "is it a push or a pull")
    phone.locator(".cite").tap()
    expect(phone.locator("mark.now").first).to_be_in_viewport()
    expect(phone.locator("#main")).to_have_attribute("inert", "")
    phone.get_by_role("button", name="Close the article").tap()
    expect(phone.locator("#reader")).to_be_hidden()
    context.close()


def test_a_citation_opened_in_a_window_of_its_own_shows_the_sentence(page: Page, stage: str) -> None:
    ask(page, "is it a push or a pull")
    other = page.context.new_page()
    other.goto(f"{stage}/{page.locator('.cite').get_attribute('href')}")
    expect(other.locator("mark.now").first).to_be_in_viewport()
    assert "".join(other.locator("mark.now").all_text_contents()).removeprefix("1") == QUOTE


@pytest.mark.parametrize("address", ["#/article/%E0%A4%A", "#/article/", "#/article/x/9-1", "#/chat/%", "#/nowhere"])
def test_a_broken_address_breaks_nothing(page: Page, stage: str, address: str) -> None:
    page.goto("about:blank")
    page.goto(f"{stage}/{address}")
    ask(page, "is it a push or a pull")
    expect(page.locator(".cite")).to_be_visible()


def test_steps_and_lists_are_shown_as_such(page: Page, assistant: StageAssistant) -> None:
    assistant.text = "How it is done:\n3. It is a pull. [1]\n4. Stand.\n\n- One.\n- Two.\nAnd that is all."
    ask(page, "how do I do it")
    said = page.locator(".answer .said")
    expect(said.locator("ol > li")).to_have_text(["It is a pull.1", "Stand."])
    assert said.locator("ol").evaluate("(list) => list.start") == 3
    expect(said.locator("ul > li")).to_have_text(["One.", "Two."])
    expect(said.locator("p")).to_have_text(["How it is done:", "And that is all."])


def test_a_citation_never_begins_a_line(page: Page, assistant: StageAssistant) -> None:
    assistant.text = "It is a pull, because the hand resists a load. [1] It is a pull. [1] It pulls the hand open. [1]"
    ask(page, "is it a push or a pull")
    for width in range(300, 460, 8):
        page.set_viewport_size({"width": width, "height": 800})
        starts = page.evaluate(
            """[...document.querySelectorAll(".cite")].filter((mark) =>
              mark.getBoundingClientRect().left < mark.closest("p").getBoundingClientRect().left + 8).length"""
        )
        assert starts == 0, width


def test_an_article_of_a_megabyte_opens_at_its_sentence(browser: Browser, tmp_path: Path) -> None:
    line = "The hip thrust is a push because the feet press into the floor. " * 5
    text = "\n\n".join([*[line] * 1500, "This very sentence is quoted.", *[line] * 1500])
    big = StageAssistant((Article("big", "Big", "big.md", text),), quotes=("This very sentence is quoted.",))
    with on_stage(stage_rooms(big, tmp_path)) as url, visiting(browser, url) as page:
        ask(page, "where")
        page.locator(".cite").click()
        expect(page.locator("mark.now")).to_be_in_viewport(timeout=20_000)
        page.wait_for_timeout(300)
        expect(page.locator("mark.now")).to_be_in_viewport()


def test_hover_and_focus_preview_the_quote(page: Page) -> None:
    ask(page, "is it a push or a pull")
    page.locator(".cite").hover()
    expect(page.get_by_role("tooltip")).to_contain_text(QUOTE)
    page.locator(".question h2").hover()
    expect(page.get_by_role("tooltip")).to_have_count(0)


def test_two_citations_in_one_article_are_both_highlighted(page: Page, assistant: StageAssistant) -> None:
    assistant.text = "It is a pull. [1] Start light. [2]"
    assistant.quotes = (QUOTE, "A quarter of your body weight is plenty at first.")
    ask(page, "is it a pull, and how heavy")
    page.locator(".cite").nth(1).click()
    for marker, quote in enumerate(assistant.quotes, 1):
        marks = page.locator(f"#reader mark[data-marker='{marker}']").all_text_contents()
        assert "".join(marks).removeprefix(str(marker)) == quote
    expect(page.locator(".reader-count")).to_have_text("2 of 2")
    page.get_by_role("button", name="Next quote").click()
    expect(page.locator(".reader-count")).to_have_text("1 of 2")
    expect(page.locator("mark.now").first).to_be_in_viewport()


def test_an_older_answer_shows_its_own_sources(page: Page, assistant: StageAssistant) -> None:
    ask(page, "is it a pull")
    assistant.text, assistant.quotes = "Start light. [1]", ("A quarter of your body weight is plenty at first.",)
    ask(page, "how heavy")
    page.locator(".cite").nth(1).click()
    expect(page.locator("mark.now")).to_contain_text("A quarter of your body weight")
    page.locator(".cite").nth(0).click()
    expect(page.locator("mark.now").first).to_contain_text("It is a pull")


def test_relevance_is_shown_in_words(page: Page) -> None:
    ask(page, "is it a push or a pull")
    expect(page.locator(".sources .meter")).to_have_text("strong match")


def test_an_article_that_changed_is_owned_up_to(page: Page, assistant: StageAssistant) -> None:
    ask(page, "is it a push or a pull")
    article = assistant.articles[0]
    known = assistant.index._articles
    moved = Article(article.article_id, article.title, article.source, f"A new first line.\n\n{article.text}")
    try:
        known[article.article_id] = moved
        page.locator(".cite").click()
        expect(page.locator("mark.now").first).to_contain_text("It is a pull")
        page.get_by_role("button", name="Close the article").click()
        page.reload()
        known[article.article_id] = Article(article.article_id, article.title, article.source, "All is new.\n")
        page.locator(".cite").click()
        expect(page.locator("#reader .notice")).to_contain_text("The article has changed since this answer")
        del known[article.article_id]
        page.reload()
        page.locator(".cite").click()
        expect(page.locator("#reader .notice")).to_contain_text("not in the library any more")
    finally:
        known[article.article_id] = article
