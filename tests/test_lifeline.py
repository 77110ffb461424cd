"""A helper process ends with the one that asked for it."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = "import time; from rag.lifeline import end_with_asker; end_with_asker(); time.sleep({seconds})"


def start(seconds: float) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", PROGRAM.format(seconds=seconds)], stdin=subprocess.PIPE)


def test_it_ends_when_the_pipe_is_closed() -> None:
    process = start(120)
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(timeout=30) == 1


def test_it_works_on_while_the_pipe_is_open_and_ends_by_itself() -> None:
    assert start(0.5).wait(timeout=30) == 0
