"""One article in six kinds of file answers the same questions with the same quotes, each an exact span of what was read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rag.assistant import open_assistant
from rag.reading.articles import read_article
from rag.settings import Settings
from rag.types import Answer
from tests import documents

WRITERS: dict[str, Callable[..., bytes | str]] = {
    ".md": documents.as_markdown,
    ".txt": documents.as_text,
    ".html": documents.as_html,
    ".pdf": documents.as_pdf,
    ".docx": documents.as_docx,
    ".epub": documents.as_epub,
}
QUESTIONS = (
    "is the suitcase carry a push or a pull",
    "so the suitcase carry is a push, right?",
    "suitcase carry: pull or push?",
    "how heavy should the suitcase carry be?",
    "when do I add weight?",
    "what do I add when 40 metres feel easy?",
    "what gets stronger with the suitcase carry?",
    "what does the grip do in a suitcase carry?",
    "which part tires first?",
    "what keeps the trunk upright against the load?",
    "what keeps the shoulder from sinking?",
    "how do I do the suitcase carry?",
    "how far should I walk?",
    "where do I grip the weight?",
    "who calls it the honest lift?",
    "why is it called the honest lift?",
    "what equipment does the suitcase carry need?",
    "which muscles does the suitcase carry work?",
    "is the overhead carry a push or a pull?",
    "what is the price of gold?",
)


def answers(folder: Path, kind: str) -> list[Answer]:
    corpus = folder / kind[1:]
    corpus.mkdir()
    written = WRITERS[kind]()
    (corpus / f"carry{kind}").write_bytes(written if isinstance(written, bytes) else written.encode())
    assistant = open_assistant(Settings(corpus=corpus, index=folder / "index", _env_file=None))  # type: ignore[call-arg]
    said = [assistant.ask(question) for question in QUESTIONS]
    text = read_article(corpus, f"carry{kind}").text
    assert all(text[c.start : c.end] == c.quote for answer in said for c in answer.citations)
    return said


@pytest.fixture(scope="module")
def markdown(tmp_path_factory: pytest.TempPathFactory) -> list[Answer]:
    return answers(tmp_path_factory.mktemp("markdown"), ".md")


@pytest.mark.parametrize("kind", [kind for kind in WRITERS if kind != ".md"])
def test_twenty_questions_have_the_same_answers(tmp_path: Path, kind: str, markdown: list[Answer]) -> None:
    for question, one, other in zip(QUESTIONS, markdown, answers(tmp_path, kind), strict=True):
        assert (question, other.kind, other.verdict) == (question, one.kind, one.verdict)
        said, expected = ([_words(citation.quote) for citation in answer.citations] for answer in (other, one))
        assert _holds(said, expected[:1]) and _holds(expected, said[:1]), question


def _holds(quotes: list[str], first: list[str]) -> bool:
    """Whether the first quote of one answer is among those of another; a further sentence may join it."""
    return all(any(quote in same or same in quote for same in quotes) for quote in first)


def _words(quote: str) -> str:
    return " ".join(word for word in quote.replace("**", "").split() if any(letter.isalnum() for letter in word))
