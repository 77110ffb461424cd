"""The examples in docs/web.md, run as they stand against a server."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web_stage import StageAssistant, on_stage, stage_rooms

DOCS = Path(__file__).parents[2] / "docs" / "web.md"
EXAMPLES = re.findall(r"```(bash|python)\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.S)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    assistant = StageAssistant(extra={"verdict": "push"})
    with on_stage(stage_rooms(assistant, tmp_path_factory.mktemp("docs"))) as url:
        yield url.removeprefix("http://")


def run(code: str, language: str, address: str) -> str:
    words = ["bash", "-c"] if language == "bash" else [sys.executable, "-c"]
    command = [*words, code.replace("127.0.0.1:7860", address)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_there_are_three() -> None:
    assert [language for language, _ in EXAMPLES] == ["bash", "bash", "python"]


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_one_request(address: str) -> None:
    answer = json.loads(run(EXAMPLES[0][1], "bash", address))
    assert answer["citations"][0]["quote"] == "The hip thrust is a push."


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_the_stream(address: str) -> None:
    said = run(EXAMPLES[1][1], "bash", address)
    assert said.startswith("event: generating") and "event: complete" in said and "The hip thrust is a push." in said


def test_gradio_client(address: str) -> None:
    first, second = run(EXAMPLES[2][1], "python", address).strip().split("\n")
    assert first == "push The hip thrust is a push." and second.startswith("Push.")
