"""Chatting: streaming, stopping, asking again, several conversations, what is kept, what is offered next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.visits import ask, visiting
from tests.web_stage import StageAssistant, on_stage, stage_rooms

SLOW = "The hip thrust is a push because the feet press into the floor. [1]"


@dataclass
class Stage:
    """One server for all the tests here; each begins with an assistant that says its usual words."""

    url: str
    assistant: StageAssistant
    folder: Path


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    assistant, folder = StageAssistant(), tmp_path_factory.mktemp("conversations")
    with on_stage(stage_rooms(assistant, folder)) as url:
        yield Stage(url, assistant, folder)


@pytest.fixture
def assistant(stage: Stage) -> StageAssistant:
    usual = StageAssistant()
    for field in fields(usual):
        setattr(stage.assistant, field.name, getattr(usual, field.name))
    return stage.assistant


@pytest.fixture
def page(browser: Browser, stage: Stage, assistant: StageAssistant) -> Iterator[Page]:
    with visiting(browser, stage.url) as visitor:
        yield visitor


def slow(assistant: StageAssistant) -> None:
    assistant.text, assistant.pause = SLOW, 0.12


class TestAsking:
    def test_the_answer_streams_in(self, page: Page, assistant: StageAssistant) -> None:
        slow(assistant)
        page.locator("#question").fill("is it a push")
        page.locator("#question").press("Enter")
        partial = page.locator(".said.partial")
        expect(partial).to_contain_text("The hip thrust")
        assert "floor" not in partial.inner_text()
        expect(page.locator(".said:not(.partial)")).to_contain_text("into the floor.")

    def test_escape_stops_it(self, page: Page, assistant: StageAssistant) -> None:
        slow(assistant)
        page.locator("#question").fill("is it a push")
        page.locator("#question").press("Enter")
        expect(page.locator(".said.partial")).to_contain_text("The")
        page.keyboard.press("Escape")
        expect(page.locator(".answer")).to_contain_text("Stopped.")
        page.wait_for_timeout(400)
        said = assistant.said
        page.wait_for_timeout(400)
        assert assistant.said == said < len(SLOW.split())
        expect(page.get_by_role("button", name="Send")).to_be_visible()

    def test_the_button_stops_it_and_it_can_be_asked_again(self, page: Page, assistant: StageAssistant) -> None:
        slow(assistant)
        page.locator("#question").fill("is it a push")
        page.locator("#question").press("Enter")
        page.get_by_role("button", name="Stop").click()
        assistant.pause = 0.0
        page.get_by_role("button", name="Ask again", exact=True).click()
        expect(page.locator(".answer")).to_contain_text("into the floor")
        expect(page.locator("article.turn")).to_have_count(1)

    def test_edit_and_ask_again_drops_what_came_after(self, page: Page, assistant: StageAssistant) -> None:
        ask(page, "first")
        ask(page, "second")
        page.locator("article.turn").first.hover()
        page.get_by_role("button", name="Edit and ask again").first.click()
        page.get_by_role("textbox", name="Edit the question").fill("another first")
        page.get_by_role("button", name="Ask again", exact=True).first.click()
        expect(page.locator("article.turn")).to_have_count(1)
        expect(page.locator(".question h2")).to_have_text("another first")
        page.locator(".meta").wait_for()
        assert assistant.asked[-1] == ("another first", ())

    def test_what_came_before_is_sent_along(self, page: Page, assistant: StageAssistant) -> None:
        ask(page, "first")
        ask(page, "second")
        question, history = assistant.asked[-1]
        assert (question, [turn.question for turn in history]) == ("second", ["first"])

    @pytest.mark.parametrize("width", [390, 820, 1280])
    def test_the_new_question_stands_alone_at_the_top(self, page: Page, width: int) -> None:
        page.set_viewport_size({"width": width, "height": 844})
        ask(page, "first")
        ask(page, "second")
        page.wait_for_timeout(700)  # the page scrolls there gently
        bar, head = page.locator(".bar").bounding_box(), page.locator(".turn.last").bounding_box()
        before = page.locator(".meta").first.bounding_box()
        assert bar and head and before
        under = bar["y"] + bar["height"]
        assert under - 8 <= head["y"] <= under - 1, "the line between two questions is out of sight"
        assert before["y"] + before["height"] <= bar["y"] + bar["height"]

    def test_an_error_is_one_clear_line_and_the_next_question_works(
        self, page: Page, assistant: StageAssistant
    ) -> None:
        assistant.quotes = ("This is in no article.",)
        ask(page, "what now")
        expect(page.get_by_role("alert")).to_contain_text("Something went wrong")
        assistant.quotes = ("The hip thrust is a push.",)
        ask(page, "and now")
        expect(page.locator(".answer").nth(1)).to_contain_text("Push.")

    def test_the_arrows_go_through_what_was_asked(self, page: Page) -> None:
        ask(page, "first")
        ask(page, "second")
        field = page.locator("#question")
        for key, shown in [("Up", "second"), ("Up", "first"), ("Up", "first"), ("Down", "second"), ("Down", "")]:
            field.press(f"Arrow{key}")
            expect(field).to_have_value(shown)

    def test_copy_takes_the_sources_along(self, page: Page) -> None:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        ask(page, "is it a push")
        page.get_by_role("button", name="Copy the answer").click()
        expect(page.locator("#toast")).to_have_text("Copied")
        copied = page.evaluate("navigator.clipboard.readText()")
        assert "[1] Hip Thrust (hip-thrust.md, characters" in copied and "“The hip thrust is a push.”" in copied


class TestWhatIsShown:
    def test_the_verdict_stands_out(self, page: Page, assistant: StageAssistant) -> None:
        assistant.extra = {"verdict": "push"}
        ask(page, "push or pull")
        verdict = page.locator(".verdict")
        expect(verdict).to_have_text("Verdict: Push")
        size = "(element) => parseFloat(getComputedStyle(element).fontSize)"
        assert verdict.evaluate(size) > 1.5 * page.locator(".said").evaluate(size)

    def test_a_refusal_looks_different_and_offers_related_passages(self, page: Page, assistant: StageAssistant) -> None:
        assistant.text, assistant.quotes, assistant.extra = "The articles don't say.", (), {"kind": "refusal"}
        ask(page, "what is a prime number")
        answer = page.locator(".answer.refusal")
        expect(answer).to_contain_text("Not in the articles")
        expect(answer.locator(".cite")).to_have_count(0)
        answer.get_by_role("link").first.click()
        expect(page.locator("#reader mark.now").first).to_be_in_viewport()

    def test_a_courtesy_is_plain(self, page: Page, assistant: StageAssistant) -> None:
        assistant.text, assistant.quotes, assistant.extra = "You're welcome.", (), {"kind": "courtesy"}
        ask(page, "thanks")
        expect(page.locator(".answer")).to_have_text("You're welcome.")
        expect(page.locator(".thumbs")).to_have_count(0)

    def test_what_was_searched_for_is_seen_on_a_follow_up(self, page: Page, assistant: StageAssistant) -> None:
        ask(page, "is a hip thrust a push")
        expect(page.locator(".understood")).to_have_count(0)
        assistant.extra = {"standalone_question": "Which muscles does the hip thrust work?"}
        ask(page, "which muscles?")
        expect(page.locator(".understood")).to_have_text("Searched for: Which muscles does the hip thrust work?")

    def test_a_notice_is_shown(self, page: Page, assistant: StageAssistant) -> None:
        assistant.extra = {"notices": ("The model did not answer.",)}
        ask(page, "q")
        expect(page.locator(".notice")).to_have_text("The model did not answer.")

    def test_starters_and_follow_ups_come_from_the_articles(self, page: Page, assistant: StageAssistant) -> None:
        starter = page.locator(".empty").get_by_role("button", name="Is the hip thrust good for the glutes?")
        starter.click()
        offers = page.locator(".follow-ups")
        expect(offers).to_contain_text("Does the hip thrust need a bench?")
        expect(offers).not_to_contain_text("good for the glutes")
        offers.get_by_role("button").first.click()
        expect(page.locator("article.turn")).to_have_count(2)
        page.locator(".meta").nth(1).wait_for()
        assert assistant.asked[1][0] == "Does the hip thrust need a bench?"


class TestKeeping:
    def test_conversations_outlast_a_reload_with_their_citations(self, page: Page) -> None:
        ask(page, "is it a push")
        page.reload()
        expect(page.locator(".answer")).to_contain_text("The hip thrust is a push.")
        page.locator(".cite").click()
        expect(page.locator("mark.now")).to_have_text("1The hip thrust is a push.")

    def test_and_a_restart_of_the_server(self, browser: Browser, tmp_path: Path) -> None:
        rooms = stage_rooms(StageAssistant(), tmp_path)
        context = browser.new_context()
        with on_stage(rooms) as url:
            page = context.new_page()
            page.goto(url)
            ask(page, "is it a push")
        with on_stage(stage_rooms(StageAssistant(), tmp_path), port=int(url.rpartition(":")[2])) as url:
            page = context.new_page()
            page.goto(url)
            page.get_by_role("button", name="is it a push").click()
            page.locator(".cite").click()
            expect(page.locator("mark.now")).to_be_in_viewport()
        context.close()

    def test_several_side_by_side(self, page: Page) -> None:
        ask(page, "first talk")
        page.get_by_role("button", name="New conversation").first.click()
        expect(page.locator("article.turn")).to_have_count(0)
        ask(page, "second talk")
        page.locator("#chats").get_by_role("button", name="first talk").click()
        expect(page.locator(".question h2")).to_have_text("first talk")

    def test_back_leads_from_a_conversation_to_the_first_page(self, page: Page) -> None:
        ask(page, "first talk")
        page.get_by_role("button", name="New conversation").first.click()
        page.locator("#chats").get_by_role("button", name="first talk").click()
        expect(page.locator(".question h2")).to_have_text("first talk")
        page.go_back()
        expect(page.locator("article.turn")).to_have_count(0)
        page.go_forward()
        expect(page.locator(".question h2")).to_have_text("first talk")

    def test_rename_and_delete(self, page: Page) -> None:
        ask(page, "first talk")
        page.get_by_role("button", name="Rename the conversation").click()
        page.get_by_role("textbox", name="Name").fill("Thrusts")
        page.get_by_role("button", name="Rename", exact=True).click()
        expect(page.locator("#chats")).to_have_text("Thrusts")
        page.reload()
        expect(page.locator("#chats")).to_have_text("Thrusts")
        page.get_by_role("button", name="Delete the conversation").click()
        page.get_by_role("button", name="Cancel").click()
        expect(page.locator("#chats")).to_have_text("Thrusts")
        page.get_by_role("button", name="Delete the conversation").click()
        page.get_by_role("button", name="Delete", exact=True).click()
        expect(page.locator("#chats li")).to_have_count(0)
        page.reload()
        expect(page.locator("#chats li")).to_have_count(0)

    def test_clear(self, page: Page) -> None:
        ask(page, "first talk")
        page.get_by_role("button", name="Clear the conversation").click()
        page.get_by_role("button", name="Clear", exact=True).click()
        expect(page.locator("article.turn")).to_have_count(0)
        expect(page.locator("#chats")).to_have_text("first talk")

    def test_export_as_markdown(self, page: Page, assistant: StageAssistant) -> None:
        assistant.extra = {"verdict": "push"}
        ask(page, "Is it a push?")
        with page.expect_download() as download:
            page.get_by_role("button", name="Export as Markdown").click()
        text = Path(download.value.path()).read_text(encoding="utf-8")
        assert download.value.suggested_filename == "is-it-a-push.md"
        assert text.startswith("# Is it a push?\n\n## Is it a push?\n\n**push**\n\nPush. The hip thrust is a push. [1]")
        assert "- [1] Hip Thrust (hip-thrust.md, characters 14–39): “The hip thrust is a push.”" in text

    def test_nobody_sees_anothers(self, browser: Browser, page: Page) -> None:
        ask(page, "my secret")
        with visiting(browser, page.url.split("#")[0]) as other:
            expect(other.locator("#chats li")).to_have_count(0)


class TestFeedback:
    def test_a_thumb_and_a_comment_reach_the_server(self, page: Page, stage: Stage) -> None:
        ask(page, "is it a push")
        page.get_by_role("button", name="Bad answer").click()
        page.get_by_role("textbox", name="Comment").fill("It is a pull.")
        page.get_by_role("button", name="Send", exact=True).first.click()
        expect(page.locator("#toast")).to_have_text("Thank you")
        lines = (stage.folder / "feedback" / "votes.jsonl").read_text(encoding="utf-8").splitlines()
        assert len(lines) == 2 and '"vote": "down"' in lines[0] and "It is a pull." in lines[1]
        page.reload()
        bad = page.get_by_role("button", name="Bad answer")
        expect(bad).to_have_attribute("aria-pressed", "true")
        bad.click()  # the vote was given: once more is for another comment
        expect(page.get_by_role("textbox", name="Comment")).to_be_focused()
        expect(bad).to_have_attribute("aria-pressed", "true")


class TestWarming:
    def test_the_page_is_there_before_the_assistant_and_says_so(self, browser: Browser, tmp_path: Path) -> None:
        rooms = stage_rooms(StageAssistant(), tmp_path, opens_after=2.5)
        with on_stage(rooms, wait=False) as url, visiting(browser, url) as page:
            expect(page.locator(".status")).to_contain_text("Reading the articles: 1 of 3. You can ask already.")
            ask(page, "is it a push")
            expect(page.locator(".answer")).to_contain_text("The hip thrust is a push.")
            expect(page.locator(".status")).to_be_empty()

    def test_what_is_wrong_is_said(self, browser: Browser, tmp_path: Path) -> None:
        rooms = stage_rooms(StageAssistant(), tmp_path, fails="the corpus folder corpus is missing: make it")
        with on_stage(rooms) as url, visiting(browser, url) as page:
            expect(page.locator(".status")).to_contain_text("the corpus folder corpus is missing: make it")
            ask(page, "q")
            expect(page.get_by_role("alert")).to_contain_text("is missing")

    def test_a_lost_server_is_said_and_found_again(self, browser: Browser, tmp_path: Path) -> None:
        context = browser.new_context()
        page = context.new_page()
        with on_stage(stage_rooms(StageAssistant(), tmp_path)) as url:
            page.goto(url)
            page.locator("#question").wait_for()
        ask(page, "are you there")
        expect(page.get_by_role("alert")).to_contain_text("Is it still running?")
        with on_stage(stage_rooms(StageAssistant(), tmp_path), port=int(url.rpartition(":")[2])):
            page.get_by_role("button", name="Ask again", exact=True).click()
            expect(page.locator(".answer")).to_contain_text("The hip thrust is a push.")
        context.close()
