"""Takes the pictures of the web chat that the README shows: `python -m tests.browser.screenshots`.

They are of the real page, over the project's own articles, and lie in docs/.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, sync_playwright

from tests.browser.visits import CHROMIUMS, QUIET, ROOT, ask, serving

DOCS = ROOT / "docs"
QUESTIONS = ("Is a hip thrust push or pull?", "Which muscles does it work most?")
SHOTS = {
    "screenshot": (1360, 850, "light"),
    "screenshot-dark": (1360, 850, "dark"),
    "screenshot-phone": (390, 844, "light"),
}


def main() -> int:
    """Writes docs/screenshot*.png."""
    path = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if path is None:
        print(f"no Chromium is installed (looked for {', '.join(CHROMIUMS)})", file=sys.stderr)
        return 1
    with TemporaryDirectory() as folder, serving(ROOT / "corpus", Path(folder)) as server, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=list(QUIET))
        shoot(
            browser, server.url, Path(folder) / "first.png", 390, 844, dark=False
        )  # a server's first questions take longer
        for name, (width, height, scheme) in SHOTS.items():
            shoot(browser, server.url, DOCS / f"{name}.png", width, height, dark=scheme == "dark")
    return 0


def shoot(browser: Browser, url: str, path: Path, width: int, height: int, *, dark: bool) -> None:
    """One picture: two questions asked, and the proof of the first opened where there is room beside the chat."""
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
        device_scale_factor=1.5,
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(url)
    page.locator("#question").wait_for()
    wide = width > 1000
    for question in QUESTIONS[: 1 if wide else 2]:
        ask(page, question)
    if wide:
        page.locator(".cite").first.click()
        page.locator("mark.now").first.wait_for()
    page.locator("#question").blur()
    page.mouse.move(0, 0)
    page.wait_for_timeout(500)
    page.screenshot(path=path)
    context.close()


if __name__ == "__main__":
    sys.exit(main())
