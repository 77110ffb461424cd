"""The library, the models and the report, as a visitor sees them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from rag.generating.discovery import FoundModel
from tests.browser.visits import ROOT, Served, ask, visiting
from tests.ollama_server import MODEL, Script
from tests.web_stage import StageAssistant, on_stage, stage_rooms

NEW = """# The Zercher Squat

The Zercher squat is a squat in which the bar lies in the crooks of the elbows.

## Is the Zercher squat a push or a pull?

The Zercher squat is a push, because the legs press the floor away.
"""


@pytest.fixture
def page(browser: Browser, served: Served) -> Iterator[Page]:
    with visiting(browser, served.url) as visitor:
        visitor.goto(f"{served.url}/#/library")
        visitor.locator(".articles li").first.wait_for()
        yield visitor


def test_every_file_is_listed_with_its_state_and_why(page: Page) -> None:
    expect(page.locator(".articles li")).to_have_count(3)
    expect(page.locator(".articles li", has_text="hip-thrust.md").locator(".state")).to_have_text("indexed")
    broken = page.locator(".articles li", has_text="broken.md")
    expect(broken.locator(".state")).to_have_text("not read")
    assert len(broken.locator(".quiet").inner_text()) > 10


def test_an_article_is_read(page: Page) -> None:
    page.get_by_role("button", name="Hip Thrust", exact=False).first.click()
    expect(page.locator("#reader")).to_contain_text("The hip thrust is a push.")


def test_words_are_found_and_open_where_they_stand(page: Page) -> None:
    page.get_by_role("searchbox").fill("iliopsoas")
    page.locator(".hit").first.wait_for()
    page.locator(".article-name").first.click()
    expect(page.locator("#reader mark.now").first).to_be_in_viewport()


def test_nothing_found_is_said(page: Page) -> None:
    page.get_by_role("searchbox").fill("xylophone")
    expect(page.locator(".shelf")).to_have_text("No article has these words.")


def test_a_file_is_added_answers_and_is_removed(page: Page, served: Served, tmp_path: Path) -> None:
    file = tmp_path / "zercher-squat.md"
    file.write_text(NEW, encoding="utf-8")
    page.locator("#library-files").set_input_files(file)
    added = page.locator(".articles li", has_text="The Zercher Squat")
    expect(added.locator(".state")).to_have_text("new", timeout=60_000)
    page.goto(f"{served.url}/#/")
    ask(page, "is the zercher squat a push or a pull")
    expect(page.locator(".sources")).to_contain_text("The Zercher Squat")
    page.goto(f"{served.url}/#/library")
    page.get_by_role("button", name="Remove The Zercher Squat").click()
    page.get_by_role("button", name="Cancel").click()
    expect(added).to_have_count(1)
    page.get_by_role("button", name="Remove The Zercher Squat").click()
    page.get_by_role("button", name="Remove", exact=True).click()
    expect(added).to_have_count(0, timeout=60_000)
    assert not (served.corpus / "zercher-squat.md").exists()


@pytest.mark.parametrize(("name", "data"), [("tool.exe", b"MZ"), ("empty.md", b"")])
def test_what_cannot_be_added_is_said(page: Page, tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    page.locator("#library-files").set_input_files(tmp_path / name)
    expect(page.locator(".refused li")).to_contain_text(f"{name}: ")
    expect(page.locator(".articles li")).to_have_count(3)


def test_each_file_that_cannot_be_added_stays_listed_with_its_reason(browser: Browser, tmp_path: Path) -> None:
    files = {"new.md": b"# New\n\nText.", "tool.exe": b"MZ", "empty.md": b"", "huge.md": b"x" * 10_001}
    sent = [{"name": name, "mimeType": "text/plain", "buffer": data} for name, data in files.items()]
    with on_stage(stage_rooms(StageAssistant(), tmp_path)) as url, visiting(browser, url) as page:
        page.goto(f"{url}/#/library")
        page.locator("#library-files").set_input_files(sent)  # type: ignore[arg-type]
        expect(page.locator("#toast")).to_have_text("Added")
        refused = [text.partition(":")[0] for text in page.locator(".refused li").all_inner_texts()]
        assert refused == ["tool.exe", "empty.md", "huge.md"]
        assert (tmp_path / "corpus" / "new.md").exists() and not (tmp_path / "corpus" / "huge.md").exists()


def test_a_file_that_is_replaced_is_kept(browser: Browser, tmp_path: Path) -> None:
    file = {"name": "hip-thrust.md", "mimeType": "text/plain", "buffer": b"# Hip Thrust\n\nOther words."}
    with on_stage(stage_rooms(StageAssistant(), tmp_path)) as url, visiting(browser, url) as page:
        page.goto(f"{url}/#/library")
        page.locator("#library-files").set_input_files(file)  # type: ignore[arg-type]
        page.get_by_role("button", name="Replace", exact=True).click()
        expect(page.locator("#toast")).to_have_text("Added")
        (old,) = (tmp_path / "removed").iterdir()
        assert "The hip thrust is a push." in old.read_text(encoding="utf-8")
        assert "Other words." in (tmp_path / "corpus" / "hip-thrust.md").read_text(encoding="utf-8")


def test_a_public_site_cannot_be_changed(browser: Browser, tmp_path: Path) -> None:
    rooms = stage_rooms(StageAssistant(), tmp_path, editable=False)
    with on_stage(rooms) as url, visiting(browser, url) as page:
        page.goto(f"{url}/#/library")
        expect(page.locator(".articles li")).to_have_count(1)
        expect(page.locator(".drop")).to_have_count(0)
        expect(page.get_by_role("button", name="Remove")).to_have_count(0)
        assert page.request.delete(f"{url}/api/articles/hip-thrust.md").status in (404, 405)
        assert page.request.put(f"{url}/api/articles/x.md", data="x").status in (404, 405)
        assert [path.name for path in (tmp_path / "corpus").iterdir()] == ["hip-thrust.md"]


def test_chatting_goes_on_while_the_index_is_built(browser: Browser, tmp_path: Path) -> None:
    rooms = stage_rooms(StageAssistant(), tmp_path, indexing=3.0)
    with on_stage(rooms) as url, visiting(browser, url) as page:
        page.goto(f"{url}/#/library")
        page.locator("#library-files").set_input_files({"name": "a.md", "mimeType": "text/plain", "buffer": b"# A"})
        expect(page.locator(".job")).to_contain_text("Reading the articles: 1 of 4. The chat goes on meanwhile.")
        expect(page.get_by_role("progressbar", name="Indexing")).to_be_visible()
        page.goto(f"{url}/#/")
        ask(page, "is it a push")
        assert rooms.library.job.running
        page.goto(f"{url}/#/library")
        expect(page.locator(".job progress")).to_have_count(0)


def test_the_last_report_is_a_tab_in_a_sandbox(browser: Browser, tmp_path: Path) -> None:
    rooms = stage_rooms(StageAssistant(), tmp_path)
    with on_stage(rooms) as url, visiting(browser, url) as page:
        page.get_by_role("link", name="Accuracy").click()
        expect(page.locator(".view")).to_contain_text("python -m evals")
        (tmp_path / "reports").mkdir()
        report = "<h1>All well</h1><script>document.title = String(window.origin)</script>"
        (tmp_path / "reports" / "report.html").write_text(report, encoding="utf-8")
        page.reload()
        frame = page.frame_locator("iframe.report")
        expect(frame.get_by_role("heading")).to_have_text("All well")
        assert frame.locator("body").evaluate("window.origin") == "null"


def test_the_report_looks_like_the_page(browser: Browser, tmp_path: Path) -> None:
    rooms = stage_rooms(StageAssistant(), tmp_path)
    (tmp_path / "reports").mkdir()
    style = (ROOT / "evals" / "report" / "templates" / "report.css").read_text(encoding="utf-8")
    report = f"<html><head><style>{style}</style></head><body><h1>All well</h1></body></html>"
    (tmp_path / "reports" / "report.html").write_text(report, encoding="utf-8")
    paper = "getComputedStyle(document.{}).backgroundColor"
    with on_stage(rooms) as url, visiting(browser, url) as page:
        page.get_by_role("link", name="Accuracy").click()
        body = page.frame_locator("iframe.report").locator("body")
        for theme in ("as the system", "light", "dark"):
            page.get_by_role("button", name=f"Theme: {theme}").wait_for()
            expect(body).to_have_css("background-color", page.evaluate(paper.format("body")))
            if theme != "dark":
                page.get_by_role("button", name="Theme").click()
        fonts = "document.fonts.ready.then((all) => [...all].filter((f) => f.status === 'loaded').map((f) => f.family))"
        assert any("Source Serif" in family for family in body.evaluate(fonts))


def test_a_local_model_found_running_phrases_the_answer(browser: Browser, served: Served, script: Script) -> None:
    script.reply = "The hip thrust is a push because the feet press into the floor."
    with visiting(browser, served.url) as page:
        page.get_by_label("Who phrases the answer").select_option(f"ollama:{MODEL}")
        ask(page, "Why is the hip thrust a push?")
        expect(page.locator(".meta")).to_contain_text(f"Phrased by ollama:{MODEL}")
        expect(page.locator(".said")).to_contain_text("the feet press into the floor")
        page.locator(".cite").first.click()
        expect(page.locator("mark.now").first).to_contain_text("push")
        script.fault = "http-500"
        ask(page, "Is the hip thrust a push or a pull?")
        expect(page.locator(".notice")).to_have_count(1)
        expect(page.locator(".turn.last .meta")).to_contain_text("In the articles’ own words")
    script.fault = ""


class TestModels:
    QWEN = FoundModel("ollama:qwen3:4b", "Ollama at 127.0.0.1:11434")
    GONE = FoundModel("openai:gone", "vLLM", "http://127.0.0.1:1/v1")

    def test_alone_the_built_in_one_offers_no_choice(self, browser: Browser, tmp_path: Path) -> None:
        with on_stage(stage_rooms(StageAssistant(), tmp_path)) as url, visiting(browser, url) as page:
            ask(page, "is it a push")
            expect(page.get_by_label("Who phrases the answer")).to_be_hidden()

    def test_a_model_is_picked_and_its_cost_is_seen(self, browser: Browser, tmp_path: Path) -> None:
        speaker = StageAssistant(text="It pushes. [1]", extra={"model": "ollama:qwen3:4b", "seconds": 7.2})
        speakers = {"ollama:qwen3:4b": speaker}
        rooms = stage_rooms(StageAssistant(), tmp_path, models=[self.QWEN], speakers=speakers)
        with on_stage(rooms) as url, visiting(browser, url) as page:
            picker = page.get_by_label("Who phrases the answer")
            picker.select_option("ollama:qwen3:4b")
            ask(page, "is it a push")
            expect(page.locator(".answer")).to_contain_text("It pushes.")
            expect(page.locator(".meta")).to_have_text("Phrased by ollama:qwen3:4b · 7.2 s")
            expect(picker.locator("option[value='ollama:qwen3:4b']")).to_contain_text("about 7 s")
            page.reload()
            expect(picker).to_have_value("ollama:qwen3:4b")

    def test_one_that_is_down_is_said_and_the_built_in_one_answers(self, browser: Browser, tmp_path: Path) -> None:
        rooms = stage_rooms(StageAssistant(), tmp_path, models=[self.GONE])
        with on_stage(rooms) as url, visiting(browser, url) as page:
            page.get_by_label("Who phrases the answer").select_option("openai:gone")
            ask(page, "is it a push")
            expect(page.locator(".notice")).to_contain_text("cannot be used")
            expect(page.locator(".answer")).to_contain_text("The hip thrust is a push.")

    def test_the_picker_fits_the_window(self, browser: Browser, tmp_path: Path) -> None:
        long = FoundModel(f"openai:{'long-model-name-' * 8}", "llama.cpp at 127.0.0.1:8080")
        rooms = stage_rooms(StageAssistant(), tmp_path, models=[long])
        with on_stage(rooms) as url, visiting(browser, url, 390, 844) as page:
            picker = page.get_by_label("Who phrases the answer")
            picker.wait_for()
            box = picker.bounding_box()
            assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= 390

    def test_one_that_stopped_since_it_was_picked_is_said_too(self, browser: Browser, tmp_path: Path) -> None:
        models = [self.QWEN]
        rooms = stage_rooms(StageAssistant(), tmp_path, models=models)
        rooms.chat.answerers.fresh_seconds = 0.0
        with on_stage(rooms) as url, visiting(browser, url) as page:
            page.get_by_label("Who phrases the answer").select_option(self.QWEN.spec)
            rooms.chat.answerers._find = lambda: []
            ask(page, "is it a push")
            expect(page.locator(".notice")).to_contain_text(
                "qwen3:4b (Ollama at 127.0.0.1:11434) does not run any more"
            )
            expect(page.locator(".answer")).to_contain_text("The hip thrust is a push.")

    def test_no_model_can_be_named_that_was_not_found(self, browser: Browser, tmp_path: Path) -> None:
        with on_stage(stage_rooms(StageAssistant(), tmp_path)) as url, visiting(browser, url) as page:
            asked = {"question": "q", "model": "openai:http://evil.invalid"}
            assert page.request.post(f"{url}/api/ask", data=asked).status == 400
