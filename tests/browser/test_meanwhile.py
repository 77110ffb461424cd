"""What happens while something else does: an answer on its way, another tab, a server that warms up, texts too long."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from rag.types import Article
from tests.browser.visits import ask, visiting
from tests.web_stage import HIP_THRUST, StageAssistant, on_stage, stage_rooms

SLOW = "The hip thrust is a push because the feet press into the floor. [1]"


@pytest.fixture
def assistant() -> StageAssistant:
    return StageAssistant()


@pytest.fixture
def url(assistant: StageAssistant, tmp_path: Path) -> Iterator[str]:
    with on_stage(stage_rooms(assistant, tmp_path)) as address:
        yield address


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    with visiting(browser, url) as visitor:
        yield visitor


def send(page: Page, question: str) -> None:
    page.locator("#question").fill(question)
    page.locator("#question").press("Enter")


def kept(page: Page) -> list[dict[str, object]]:
    """The turns of the conversation that the browser keeps."""
    found = page.evaluate("Object.entries(localStorage).find(([key]) => key.startsWith('pushpull.chat.'))?.[1] ?? null")
    return list(json.loads(found)["turns"]) if found else []


class TestWhileAnAnswerIsOnItsWay:
    def test_it_says_so_before_the_first_word(self, page: Page, assistant: StageAssistant) -> None:
        assistant.text, assistant.pause = SLOW, 0.6
        send(page, "is it a push")
        expect(page.locator(".thinking")).to_have_text("Looking through the articles", timeout=500)
        expect(page.get_by_role("button", name="Ask again", exact=True)).to_have_count(0)
        expect(page.get_by_role("button", name="Edit and ask again")).to_have_count(0)

    def test_a_deleted_conversation_stays_deleted(self, page: Page, assistant: StageAssistant) -> None:
        assistant.text, assistant.pause = SLOW, 0.12
        send(page, "is it a push")
        expect(page.locator(".said.partial")).to_contain_text("The")
        page.get_by_role("button", name="Delete the conversation").click()
        page.get_by_role("button", name="Delete", exact=True).click()
        page.wait_for_timeout(500)
        assert kept(page) == []
        expect(page.locator("#chats li")).to_have_count(0)

    def test_an_earlier_question_can_be_edited_and_asked(self, page: Page, assistant: StageAssistant) -> None:
        ask(page, "first")
        assistant.text, assistant.pause = SLOW, 0.12
        send(page, "second")
        expect(page.locator(".said.partial")).to_contain_text("The")
        page.get_by_role("button", name="Edit and ask again").first.click()
        page.get_by_role("textbox", name="Edit the question").fill("another first")
        page.get_by_role("textbox", name="Edit the question").press("Enter")
        expect(page.locator(".question h2")).to_have_text(["another first"])
        expect(page.locator(".said:not(.partial)")).to_contain_text("into the floor.")

    def test_another_conversation_that_was_stopped_does_not_look_asked(
        self, page: Page, assistant: StageAssistant
    ) -> None:
        assistant.text, assistant.pause = SLOW, 0.12
        for question in ("first talk", "second talk"):
            page.get_by_role("button", name="New conversation").first.click()
            send(page, question)
            expect(page.locator(".said.partial")).to_contain_text("The")
        page.locator("#chats").get_by_role("button", name="first talk").click()
        expect(page.locator(".answer")).to_contain_text("Stopped.")
        expect(page.locator(".partial, .thinking")).to_have_count(0)


class TestTwoTabs:
    def test_what_one_asks_the_other_shows(self, page: Page, url: str) -> None:
        ask(page, "first")
        other = page.context.new_page()
        other.goto(page.url)
        ask(other, "second")
        expect(page.locator(".question h2")).to_have_text(["first", "second"])
        ask(page, "third")
        assert [turn["question"] for turn in kept(page)] == ["first", "second", "third"]

    def test_both_ask_at_once_and_nothing_is_lost(self, page: Page, assistant: StageAssistant) -> None:
        ask(page, "first")
        other = page.context.new_page()
        other.goto(page.url)
        expect(other.locator(".question h2")).to_have_text(["first"])
        assistant.text, assistant.pause = SLOW, 0.12
        send(page, "mine")
        send(other, "yours")
        for tab in (page, other):
            expect(tab.locator(".said:not(.partial)")).to_have_count(3)
            expect(tab.locator(".said").last).to_contain_text("into the floor.", timeout=30_000)
        assert sorted(str(turn["question"]) for turn in kept(page) if turn["answer"]) == ["first", "mine", "yours"]

    def test_an_answer_that_came_in_another_tab_outlives_a_tab_that_has_not_heard_of_it(self, page: Page) -> None:
        ask(page, "first")
        stale = {**kept(page)[0], "answer": None, "partial": ""}
        after = page.evaluate(
            """async (stale) => {
                const store = await import("/ui/store.js");
                const id = location.hash.split("/").pop();
                store.save({ id, title: "first", turns: [stale, store.freshTurn("second")] });
                return store.find(id).turns.map((turn) => [turn.question, turn.answer !== null]);
            }""",
            stale,
        )
        assert after == [["first", True], ["second", False]]

    def test_an_answer_that_another_tab_overwrote_is_kept_again(self, page: Page) -> None:
        ask(page, "first")
        other = page.context.new_page()
        other.goto(page.url)
        expect(other.locator(".question h2")).to_have_text(["first"])
        other.evaluate(
            """() => {
                const key = "pushpull.chat." + location.hash.split("/").pop();
                const chat = JSON.parse(localStorage.getItem(key));
                chat.turns[0].answer = null;
                localStorage.setItem(key, JSON.stringify(chat));
            }"""
        )
        page.wait_for_function(
            "JSON.parse(Object.entries(localStorage).find(([k]) => k.startsWith('pushpull.chat.'))[1]).turns[0].answer"
        )
        expect(page.locator(".said")).to_contain_text("Push.")

    def test_a_new_name_is_seen_in_both(self, page: Page) -> None:
        ask(page, "first")
        other = page.context.new_page()
        other.goto(page.url)
        other.get_by_role("button", name="Rename the conversation").click()
        other.get_by_role("textbox", name="Name").fill("Thrusts")
        other.get_by_role("button", name="Rename", exact=True).click()
        expect(page.locator("#chat-title")).to_have_text("Thrusts")
        expect(page.locator("#chats")).to_have_text("Thrusts")


class TestWhileItWarmsUp:
    def test_what_has_the_focus_keeps_it(self, browser: Browser, tmp_path: Path) -> None:
        rooms = stage_rooms(StageAssistant(), tmp_path, opens_after=3)
        with on_stage(rooms, wait=False) as url, visiting(browser, url) as page:
            page.get_by_role("link", name="Library").focus()
            page.wait_for_timeout(1500)
            expect(page.get_by_role("link", name="Library")).to_be_focused()

    def test_the_library_comes_by_itself(self, browser: Browser, tmp_path: Path) -> None:
        rooms = stage_rooms(StageAssistant(), tmp_path, opens_after=5)
        with on_stage(rooms, wait=False) as url, visiting(browser, url) as page:
            page.get_by_role("link", name="Library").click()
            expect(page.locator(".shelf")).to_have_text("The articles are still being read.")
            expect(page.locator(".articles li")).to_have_count(1, timeout=20_000)


class TestWhatIsTooLong:
    def test_a_question_is_neither_cut_nor_sent(self, page: Page, assistant: StageAssistant) -> None:
        send(page, "x" * 4010)
        expect(page.locator(".excess")).to_have_text("10 characters too many: 4,000 are the most.")
        assert len(page.locator("#question").input_value()) == 4010 and assistant.asked == []
        page.locator("#question").fill("💪" * 4000)
        expect(page.locator(".excess")).to_be_hidden()

    def test_a_long_question_is_folded_above_its_answer(self, page: Page) -> None:
        ask(page, "Why is the hip thrust called a push? " * 100)
        expect(page.locator(".said")).to_be_in_viewport()
        page.get_by_role("button", name="Show it whole").click()
        expect(page.locator(".said")).not_to_be_in_viewport()
        expect(page.get_by_role("button", name="Fold it")).to_have_attribute("aria-expanded", "true")

    def test_an_answer_longer_than_the_server_takes_back_blocks_nothing(
        self, page: Page, assistant: StageAssistant
    ) -> None:
        assistant.text = "The hip thrust is a push. [1] " * 400
        for number in range(8):
            ask(page, f"question {number}")
        expect(page.get_by_role("alert")).to_have_count(0)
        assert 0 < len(assistant.asked[-1][1]) < 8

    def test_a_long_conversation_opens_and_goes_on_at_its_end(self, page: Page) -> None:
        ask(page, "first")
        page.evaluate(
            """() => {
              const key = Object.keys(localStorage).find((each) => each.startsWith("pushpull.chat."));
              const chat = JSON.parse(localStorage[key]);
              const turn = (_, i) => ({ ...chat.turns[0], id: `t${i}`, question: `question ${i}` });
              localStorage[key] = JSON.stringify({ ...chat, turns: Array.from({ length: 200 }, turn) });
            }"""
        )
        page.reload()
        expect(page.get_by_role("heading", name="question 199")).to_be_in_viewport()
        ask(page, "and one more")
        expect(page.get_by_role("heading", name="and one more")).to_be_in_viewport()


class TestWhileAnArticleOpens:
    OTHER = Article("other", "The Other", "other.md", "# The Other\n\nThis is the other one.\n")

    @pytest.fixture
    def assistant(self) -> StageAssistant:
        return StageAssistant((HIP_THRUST, self.OTHER))

    def test_one_that_comes_late_does_not_take_the_place_of_the_next(self, page: Page, url: str) -> None:
        held: list[Route] = []

        def hold(route: Route) -> None:
            held.append(route)

        page.route("**/api/articles/hip-thrust", hold)
        page.goto(f"{url}/#/library")
        page.get_by_role("button", name="Hip Thrust", exact=True).click()
        page.get_by_role("button", name="The Other", exact=True).click()
        expect(page.locator("#reader h2")).to_have_text("The Other")
        held[0].continue_()
        page.wait_for_timeout(400)
        expect(page.locator("#reader h2")).to_have_text("The Other")
        expect(page.locator(".reader-body")).to_contain_text("This is the other one.")

    def test_one_that_was_replaced_is_fetched_anew(self, page: Page, assistant: StageAssistant) -> None:
        ask(page, "is it a push")
        page.locator(".cite").click()
        expect(page.locator("mark.now")).to_have_text("1The hip thrust is a push.")
        changed = Article("hip-thrust", "Hip Thrust", "hip-thrust.md", "# Hip Thrust\n\nNew. The hip thrust pushes.\n")
        assistant.articles, assistant.quotes = (changed,), ("The hip thrust pushes.",)
        assistant.__post_init__()
        ask(page, "is it still")
        page.locator(".turn.last .cite").click()
        expect(page.locator("mark.now")).to_have_text("1The hip thrust pushes.")
        expect(page.locator("#reader .notice")).to_have_count(0)
