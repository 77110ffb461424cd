"""The judge: a real chat-model interface, read strictly, and never the model under test."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from langchain_core.language_models.fake_chat_models import FakeListChatModel

from evals import commands
from evals.judge import grader, load_judge, read_grade
from evals.questions import Question, Span
from rag.errors import BadInput, ModelUnavailable
from rag.settings import load_settings
from rag.types import Answer, Turn
from tests.evals_world import opener, write_corpus, write_questions

TEXTS = {"row.md": "The row is a pull."}
SAID = (Turn("What is a row?", "A pull."),)
ASKED = Question("q", "Push?", follows="p", gold=(Span("row.md", 0, 18),), verdict="no")
ANSWER = Answer("Push?", "Is a row a push?", "answer", "No, the row is a pull. [1]")


@pytest.mark.parametrize(
    ("text", "grade"),
    [
        ("RIGHT", "right"),
        (" **wrong**. ", "wrong"),
        ("<think>It is WRONG?</think>\nRIGHT", "right"),
        ("RIGHT, because the row pulls", "unread"),
        ("I can't say", "unread"),
        ("", "unread"),
    ],
)
def test_only_one_word_counts(text: str, grade: str) -> None:
    assert read_grade(text) == grade
    assert grader(FakeListChatModel(responses=[text]), TEXTS)(ASKED, SAID, ANSWER) == grade


def test_the_judge_sees_question_history_reference_and_reply() -> None:
    seen: list[str] = []

    class Listening(FakeListChatModel):
        def invoke(self, input: Any, *args: Any, **kwargs: Any) -> Any:
            seen.append("\n".join(text for _, text in input))
            return super().invoke(input, *args, **kwargs)

    assert grader(Listening(responses=["RIGHT"]), TEXTS)(ASKED, SAID, ANSWER) == "right"
    for words in ("What is a row?", "Push?", "The row is a pull.", "No, the row is a pull. [1]"):
        assert words in seen[0]


@pytest.mark.parametrize(
    "spec", ["ollama:qwen3:4b", "Ollama:qwen3:4b ", "openai:qwen3:4b", "openai:Qwen/Qwen3:4b", "extractive", "nobody:x"]
)
def test_no_model_judges_itself(spec: str) -> None:
    with pytest.raises(BadInput, match=r"judge itself|no chat model|not one that this program knows"):
        load_judge(spec, [load_settings(model="ollama:qwen3:4b")])


@contextmanager
def server(*words: str) -> Iterator[str]:
    """A server that speaks OpenAI's protocol on this machine and says `words` in turn; gives its address."""
    said = iter(words)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            message = {"role": "assistant", "content": next(said)}
            reply = {"id": "1", "object": "chat.completion", "created": 0, "model": "m"}
            choice = {"index": 0, "finish_reason": "stop", "message": message}
            body = json.dumps(reply | {"choices": [choice]}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}/v1"
        running.shutdown()


def test_a_run_with_a_judge_counts_what_it_could_not_read_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    questions, corpus = write_questions(tmp_path / "q.jsonl"), write_corpus(tmp_path / "corpus")
    words = ["--questions", str(questions), "--corpus", str(corpus), "--out", str(tmp_path), "--limit", "4"]
    with server("RIGHT", "WRONG", "Well, it depends.", "RIGHT") as url:
        assert commands.evaluate([*words, "--judge", "openai:judge", "--judge-url", url], opener()) == 0
    (side,) = json.loads((tmp_path / "report.json").read_text())["results"]["sides"]
    assert side["overall"]["judged right"]["n"] == 3
    assert side["overall"]["judge unread"]["value"] == 0.25
    assert "1 replies are unscored by the judge" in capsys.readouterr().err
    assert [sample["scores"].get("judged right") for sample in side["samples"]] == [1.0, 0.0, None, 1.0]


class Broken(FakeListChatModel):
    """A model whose server is gone."""

    def _call(self, *args: Any, **kwargs: Any) -> str:
        raise ConnectionRefusedError("nobody there")


def test_a_judge_that_is_down_is_named_and_the_run_can_go_on() -> None:
    with pytest.raises(ModelUnavailable, match=r"the judge failed at 'q'.*nobody there.*--resume"):
        grader(Broken(responses=[]), TEXTS)(ASKED, SAID, ANSWER)
