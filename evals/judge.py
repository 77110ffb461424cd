"""An optional second opinion: another language model says whether a reply is right. It never judges itself.

Works with any LangChain chat model. What it writes is read strictly: anything but one of the two words is "unscored".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from evals.export import reference
from evals.questions import Question
from evals.runner import Grade
from evals.samples import Reply, Sample
from rag.errors import BadInput, ModelUnavailable
from rag.types import Answer

PROMPT = Path(__file__).parent / "judge.txt"
_THINKING = re.compile(r"<think>.*?</think>", re.S)


def load_judge(spec: str, under_test: Sequence[str]) -> Any:
    """The chat model that `spec` names (a LangChain `BaseChatModel`).

    Raises:
        BadInput: it is one of the models under test, or no chat model.
        ModelUnavailable: it does not answer here.
    """
    if spec in under_test:
        raise BadInput(f"--judge {spec} is the model under test, and would judge itself; name another model")
    if spec == "extractive":
        raise BadInput("--judge extractive: that is no chat model; name one, such as ollama:qwen3:4b")
    from rag.models import load_chat_model

    return load_chat_model(spec)


def grader(model: Any, texts: Mapping[str, str]) -> Grade:
    """A function that asks `model` about an answer: True, False, or None where its word could not be read."""
    instructions = PROMPT.read_text(encoding="utf-8")

    def grade(question: Question, answer: Answer) -> bool | None:
        wanted = reference(Sample(question, Reply("answer")), texts) or "(none given)"
        shown = f"Question: {_asked(question)}\n\nReference: {wanted}\n\nReply: {answer.text}"
        try:
            said = model.invoke([("system", instructions), ("human", shown)])
        except Exception as error:
            # Providers raise whatever they like; whichever it is, the judge is what failed, not the reply.
            raise ModelUnavailable(
                f"the judge failed at {question.id!r} ({type(error).__name__}: {error}); "
                "what was asked so far is kept, run it again with --resume"
            ) from error
        return read_grade(str(said.content))

    return grade


def _asked(question: Question) -> str:
    before = [f"{turn.question}\n{turn.answer}" for turn in question.history]
    return "\n".join([*before, question.question])


def read_grade(text: str) -> bool | None:
    """True for RIGHT, False for WRONG, None for anything else; thinking aloud is passed over."""
    word = _THINKING.sub("", text).strip(" \n*.\"'").upper()
    return {"RIGHT": True, "WRONG": False}.get(word)
