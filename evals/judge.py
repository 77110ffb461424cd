"""An optional second opinion: another language model says whether a reply is right. It never judges itself.

Works with any LangChain chat model. What it writes is read strictly: anything but one of the two words is "unscored".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from evals.export import reference
from evals.questions import Question
from evals.runner import Grade
from evals.samples import Reply, Sample
from rag.errors import BadInput, ModelUnavailable
from rag.settings import Settings
from rag.types import Answer, Turn

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

PROMPT = Path(__file__).parent / "judge.txt"
_THINKING = re.compile(r"<think>.*?</think>", re.S)


def load_judge(spec: str, under_test: Sequence[Settings], url: str | None = None) -> BaseChatModel:
    """The chat model that `spec` names, reached as the settings under test say.

    Args:
        spec: a model's spec, such as "ollama:qwen3:4b".
        url: its server's address, where that is not the usual one; the setting `base_url` is of the model under test.

    Raises:
        BadInput: it is one of the models under test, by whatever server, or no chat model.
        ModelUnavailable: its package is missing.
    """
    from rag.generating.models import ModelOptions, load_chat_model, parse_spec

    judge = parse_spec(spec)
    if judge is None:
        raise BadInput(f"--judge {spec}: that is no chat model; name one, such as ollama:qwen3:4b")
    asked = [parse_spec(settings.model) for settings in under_test]
    if _bare(judge.name) in [_bare(spec.name) for spec in asked if spec is not None]:
        raise BadInput(f"--judge {spec} is the model under test, and would judge itself; name another model")
    settings = under_test[0]
    options = ModelOptions(
        base_url=url,
        api_key=settings.api_key.get_secret_value() if settings.api_key else None,
        timeout=settings.timeout,
        context_tokens=settings.context_tokens,
        answer_tokens=settings.answer_tokens,
        keep_alive=settings.keep_alive,
        device=settings.device,
    )
    return load_chat_model(judge, options).chat


def _bare(name: str) -> str:
    """A model's name without what may differ between two doors to it: its owner or folder, its case, Ollama's usual tag."""
    return name.rstrip("/").rpartition("/")[2].lower().removesuffix(":latest")


def grader(model: BaseChatModel, texts: Mapping[str, str]) -> Grade:
    """A function that asks `model` about an answer."""
    instructions = PROMPT.read_text(encoding="utf-8")

    def grade(question: Question, history: Sequence[Turn], answer: Answer) -> str:
        wanted = reference(Sample(question, Reply("answer")), texts) or "(none given)"
        shown = f"Question: {_asked(question, history)}\n\nReference: {wanted}\n\nReply: {answer.text}"
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


def _asked(question: Question, history: Sequence[Turn]) -> str:
    before = [f"{turn.question}\n{turn.answer}" for turn in history]
    return "\n".join([*before, question.question])


def read_grade(text: str) -> str:
    """The word of a judge: "right", "wrong", or "unread" for anything else; thinking aloud is passed over."""
    word = _THINKING.sub("", text).strip(" \n*.\"'").upper()
    return word.lower() if word in ("RIGHT", "WRONG") else "unread"
