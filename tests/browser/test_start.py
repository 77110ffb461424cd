"""The page is there within four seconds of `python app.py`, before the assistant is warm, and says so."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, expect

from tests.browser.visits import ROOT, started

SECONDS = 4.0
ATTEMPTS = 5
"""Other work slows a shared machine down, and never speeds it up: the best of a few starts is the program's own time."""
IMPORTS = "import numpy, pydantic, fastapi, uvicorn, httpx, PIL"
IMPORTS_SECONDS = 0.75
"""How long these imports take on the two quiet cores on which the page took 2.4 to 3.1 s (2026-11-27); a slower or busier machine
gets as much more time for the page."""


def seconds_to_the_page(browser: Browser, corpus: Path, home: Path) -> float:
    """From `python app.py` to the box for questions; the page then also says how far the assistant is."""
    context = browser.new_context()
    page = context.new_page()
    begun = time.monotonic()
    with started(corpus, home) as server:
        while True:
            try:
                page.goto(server.url)
                break
            except Error:
                assert server.process.poll() is None and time.monotonic() - begun < 60
                time.sleep(0.05)
        page.locator("#question").wait_for()
        seconds = time.monotonic() - begun
        expect(page.locator(".status")).not_to_be_empty()
    context.close()
    return seconds


def slowness() -> float:
    """How many times longer than on the machine of `IMPORTS_SECONDS` a start takes now; at least 1."""
    begun = time.monotonic()
    subprocess.run([sys.executable, "-c", IMPORTS], check=True)
    return max(1.0, (time.monotonic() - begun) / IMPORTS_SECONDS)


@pytest.mark.alone
def test_the_page_is_there_within_four_seconds(browser: Browser, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    shutil.copytree(ROOT / "corpus", corpus)
    taken: list[float] = []
    while len(taken) < ATTEMPTS and min(taken, default=60.0) > SECONDS:
        home = tmp_path / f"start-{len(taken)}"
        home.mkdir()
        taken.append(seconds_to_the_page(browser, corpus, home) / slowness())
    assert min(taken) <= SECONDS, f"the page took {', '.join(f'{seconds:.1f}' for seconds in taken)} s"


@pytest.mark.skipif(os.name == "nt", reason="looks for a process group")
def test_nothing_goes_on_when_it_is_stopped_while_it_warms_up(tmp_path: Path) -> None:
    """The first start exports the embedder in a process of its own, which takes longer than the five seconds given."""
    command = [sys.executable, "app.py", "--index", str(tmp_path), "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True) as process:
        assert process.stderr is not None
        assert "Pushpull is at" in process.stderr.readline()
        assert wait_for(lambda: len(group_of(process.pid)) > 1), "nothing was started to warm up"
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=30)
            assert wait_for(lambda: not group_of(process.pid), 5.0), "what warms up went on"
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def wait_for(what: Callable[[], bool], seconds: float = 20.0) -> bool:
    until = time.monotonic() + seconds
    while not what() and time.monotonic() < until:
        time.sleep(0.1)
    return what()


def group_of(leader: int) -> list[int]:
    """The processes of a group that are alive; those that ended and wait to be seen are not."""
    found = subprocess.run(["ps", "-A", "-o", "pid=,pgid=,stat="], capture_output=True, text=True, check=True)
    rows = [line.split() for line in found.stdout.splitlines()]
    return [int(pid) for pid, group, state in rows if int(group) == leader and not state.startswith("Z")]


def test_ctrl_c_ends_it_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "squat.md").write_text("# Squat\n\nThe squat is a push.\n", "utf-8")
    command = [sys.executable, "app.py", "--corpus", str(tmp_path / "corpus"), "--index", str(tmp_path), "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert "Pushpull is at" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        try:
            said = process.communicate(timeout=30)[1]
        finally:
            process.kill()  # one that did not end would be waited for, for ever
    assert process.returncode == 0 and said.splitlines()[-1] == "stopped" and "Traceback" not in said


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
