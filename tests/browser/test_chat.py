"""Asking, and reading the answer and its proof."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.visits import ask


def test_an_answer_comes_with_numbered_citations(page: Page) -> None:
    ask(page, "is a hip thrust push or pull")
    expect(page.locator(".answer")).to_contain_text("push")
    expect(page.locator(".cite").first).to_have_text("1")
    expect(page.locator(".sources")).to_contain_text("Hip Thrust")


def test_asking_again_goes_on_with_the_conversation(page: Page) -> None:
    ask(page, "is a hip thrust push or pull")
    ask(page, "which muscles does it work most?")
    assert page.locator("article.turn").count() == 2
    expect(page.locator("article.turn").nth(1).locator(".understood")).to_contain_text("hip thrust")


def test_a_citation_opens_the_article_at_the_highlighted_sentence(page: Page) -> None:
    ask(page, "is a hip thrust push or pull")
    page.locator(".cite").first.click()
    mark = page.locator("#reader mark.now").first
    expect(mark).to_be_in_viewport()
    sentence = page.locator(".answer .said").inner_text().split(".")[0].strip()
    assert sentence in page.locator("#reader .reader-body").inner_text()
