"""A real server over a few real articles, and a real headless Chromium that may reach nothing but this machine.

Where no Chromium is installed these tests are skipped; where the environment says CI, that is a failure instead.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.visits import CHROMIUMS, QUIET, ROOT, Served, serving, visiting
from tests.ollama_server import Script, ollama_server

ARTICLES = ("hip-thrust", "deadlift")


@pytest.fixture(scope="session")
def script() -> Script:
    """What the model server beside the web chat says."""
    return Script()


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory, script: Script) -> Iterator[Served]:
    """The web chat over three files, one of which cannot be read, with a model server beside it."""
    folder = tmp_path_factory.mktemp("web")
    corpus = folder / "corpus"
    corpus.mkdir()
    for name in ARTICLES:
        shutil.copy(ROOT / "corpus" / f"{name}.md", corpus)
    (corpus / "broken.md").write_bytes(b"\x00\x01\x02" * 100)
    with ollama_server(script) as models, serving(corpus, folder, RAG_BASE_URL=models) as server:
        yield server


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if path is None:
        reason = f"no Chromium is installed (looked for {', '.join(CHROMIUMS)})"
        if os.environ.get("CI"):
            pytest.fail(f"{reason}; CI must drive a real browser")
        pytest.skip(reason)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser, served: Served) -> Iterator[Page]:
    with visiting(browser, served.url) as visitor:
        yield visitor
