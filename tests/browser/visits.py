"""What the browser tests share: a server as a person starts it, a watched visitor, asking a question."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[2]
APP = (str(ROOT / "app.py"),)
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")


@dataclass(frozen=True)
class Served:
    """A server that runs: where it is, and the folders it works on."""

    url: str
    corpus: Path
    folder: Path
    process: subprocess.Popen[bytes]


@contextmanager
def started(corpus: Path, folder: Path, program: tuple[str, ...] = APP, **settings: str) -> Iterator[Served]:
    """The web chat over `corpus`, just started as `python app.py` starts it; or another program that listens on RAG_PORT."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    own = {"RAG_CORPUS": corpus, "RAG_INDEX": folder / "index", "RAG_FEEDBACK": folder / "feedback", "RAG_PORT": port}
    environment = os.environ | {name: str(value) for name, value in (own | settings).items()}
    process = subprocess.Popen([sys.executable, *program], cwd=ROOT, env=environment)
    try:
        yield Served(f"http://127.0.0.1:{port}", corpus, folder, process)
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def serving(corpus: Path, folder: Path, **settings: str) -> Iterator[Served]:
    """The same, warm when it is given."""
    with started(corpus, folder, APP, **settings) as server:
        wait_until_warm(server.url, server.process)
        yield server


def wait_until_warm(url: str, process: subprocess.Popen[bytes], seconds: float = 180) -> None:
    """Returns when the assistant answers; fails where the server ends or takes longer."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        assert process.poll() is None, "the server ended"
        try:
            if httpx.get(f"{url}/healthz").json()["assistant"] == "ready":
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise AssertionError(f"the server was not warm after {seconds} s")


@contextmanager
def visiting(browser: Browser, url: str, width: int = 1280, height: int = 820, scheme: str = "light") -> Iterator[Page]:
    """A visitor's page. Afterwards nothing outside was asked for, and no script failed."""
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme="dark" if scheme == "dark" else "light"
    )
    page = context.new_page()
    outside: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: None if is_local(request.url) else outside.append(request.url))
    page.on("console", lambda said: errors.append(said.text) if "Content Security Policy" in said.text else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("dialog", lambda dialog: errors.append(f"a dialog: {dialog.message}"))
    page.goto(url)
    page.locator("#question").wait_for()
    yield page
    context.close()
    assert outside == [], "the page asked for something outside this machine"
    assert errors == [], "a script failed"


def is_local(url: str) -> bool:
    """Whether a request stays on this machine."""
    parts = urlsplit(url)
    return parts.scheme in ("data", "blob") or parts.hostname in ("127.0.0.1", "localhost", "::1")


def ask(page: Page, question: str) -> None:
    """Types a question, sends it, and waits until its answer is whole."""
    turns = page.locator("article.turn")
    before = turns.count()
    page.locator("#question").fill(question)
    page.locator("#question").press("Enter")
    turns.nth(before).locator(".actions, .problem").first.wait_for(timeout=20_000)
