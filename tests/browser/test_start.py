"""The page is there within four seconds of `python app.py`, before the assistant is warm, and says so."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, expect

from tests.browser.visits import ROOT, started

SECONDS = 4.0


def worked(process: subprocess.Popen[bytes]) -> float | None:
    """The processor seconds that a process has used; None where the system does not say."""
    try:
        fields = Path(f"/proc/{process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / 100


def test_the_page_is_there_within_four_seconds(browser: Browser, tmp_path: Path) -> None:
    """Where other work slows this machine down, the server's own processor seconds count instead of the clock's."""
    corpus = tmp_path / "corpus"
    shutil.copytree(ROOT / "corpus", corpus)
    context = browser.new_context()
    page = context.new_page()
    begun = time.monotonic()
    with started(corpus, tmp_path) as server:
        while True:
            try:
                page.goto(server.url)
                break
            except Error:
                assert server.process.poll() is None and time.monotonic() - begun < 60
                time.sleep(0.05)
        page.locator("#question").wait_for()
        spent, clock = worked(server.process), time.monotonic() - begun
        expect(page.locator(".status")).not_to_be_empty()
        assert min(clock, spent or clock) <= SECONDS, f"the page took {clock:.1f} s ({spent} s of work)"
    context.close()


def run_app(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "app.py", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--port", "no"], "invalid int value"),
        (["--port", "70000"], "setting port"),
        (["--host", "192.0.2.1"], "cannot listen"),
    ],
)
def test_a_wrong_option_is_one_clear_line(words: list[str], message: str) -> None:
    done = run_app(*words)
    assert done.returncode == 2 and message in done.stderr and "Traceback" not in done.stderr


def test_a_taken_port_is_one_clear_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = run_app("--port", str(taken.getsockname()[1]))
    assert done.returncode == 2 and "give --host or --port" in done.stderr
