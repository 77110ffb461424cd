"""The judge: a real chat-model interface, read strictly, and never the model under test."""

from __future__ import annotations

from typing import Any

import pytest
from langchain_core.language_models.fake_chat_models import FakeListChatModel

from evals.judge import grader, load_judge, read_grade
from evals.questions import Question, Span
from rag.errors import BadInput, ModelUnavailable
from rag.types import Answer, Turn

TEXTS = {"row.md": "The row is a pull."}
ASKED = Question(
    "q", "Push?", history=(Turn("What is a row?", "A pull."),), gold=(Span("row.md", 0, 18),), verdict="no"
)
ANSWER = Answer("Push?", "Is a row a push?", "answer", "No, the row is a pull. [1]")


@pytest.mark.parametrize(
    ("text", "grade"),
    [
        ("RIGHT", True),
        (" **wrong**. ", False),
        ("<think>It is WRONG?</think>\nRIGHT", True),
        ("RIGHT, because the row pulls", None),
        ("I can't say", None),
        ("", None),
    ],
)
def test_only_one_word_counts(text: str, grade: bool | None) -> None:
    assert read_grade(text) is grade
    assert grader(FakeListChatModel(responses=[text]), TEXTS)(ASKED, ANSWER) is grade


def test_the_judge_sees_question_history_reference_and_reply() -> None:
    seen: list[str] = []

    class Listening(FakeListChatModel):
        def invoke(self, input: Any, *args: Any, **kwargs: Any) -> Any:
            seen.append("\n".join(text for _, text in input))
            return super().invoke(input, *args, **kwargs)

    assert grader(Listening(responses=["RIGHT"]), TEXTS)(ASKED, ANSWER) is True
    for words in ("What is a row?", "Push?", "The row is a pull.", "No, the row is a pull. [1]"):
        assert words in seen[0]


@pytest.mark.parametrize("spec", ["ollama:qwen3:4b", "extractive"])
def test_no_model_judges_itself(spec: str) -> None:
    with pytest.raises(BadInput, match="judge"):
        load_judge(spec, ["ollama:qwen3:4b"])


def test_a_judge_that_is_down_is_named_and_the_run_can_go_on() -> None:
    with pytest.raises(ModelUnavailable, match=r"the judge failed at 'q'.*--resume"):
        grader(Broken(), TEXTS)(ASKED, ANSWER)


class Broken:
    """A model whose server is gone."""

    def invoke(self, messages: Any) -> Any:
        raise ConnectionRefusedError("nobody there")
