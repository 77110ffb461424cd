"""What was said to a question, as it is kept in a run file and scored: a `Sample` is a question and its reply.

Replies are kept as `ask --json` prints them, so a run can be scored again without asking again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from evals.questions import Question, Span


@dataclass(frozen=True, slots=True)
class Quote:
    """A citation of a reply: where it stands, what it says, and whether the article says so there (`exact`)."""

    marker: int
    title: str
    span: Span
    text: str
    exact: bool


@dataclass(frozen=True, slots=True)
class Reply:
    """The assistant's answer, or the error that came instead.

    Attributes:
        kind: "answer", "refusal", "courtesy", or "error".
        quotes: what it cites, in order; none where it refuses.
        retrieved: the passages found, best first.
        seconds: how long the question took, measured outside the assistant.
        error: what was raised, or "".
        grade: a judge's word on it: "right", "wrong", "unread" where it was neither, "" where there was no judge.
    """

    kind: str
    text: str = ""
    verdict: str | None = None
    confidence: float = 0.0
    quotes: tuple[Quote, ...] = ()
    retrieved: tuple[Span, ...] = ()
    standalone_question: str = ""
    model: str = ""
    notices: tuple[str, ...] = ()
    seconds: float = 0.0
    error: str = ""
    grade: str = ""

    @property
    def abstained(self) -> bool:
        return self.kind == "refusal"

    @property
    def answered(self) -> bool:
        """True where it claims something: neither a refusal, nor a courtesy, nor an error."""
        return self.kind == "answer"


@dataclass(frozen=True, slots=True)
class Sample:
    """A question and its reply. Metrics see nothing else."""

    question: Question
    reply: Reply


@dataclass(frozen=True, slots=True)
class Recorded:
    """A line of a run file: the reply in the form of `ask --json` (or the error), and what was measured around it."""

    id: str
    reply: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    error: str = ""
    grade: str = ""


def to_sample(question: Question, recorded: Recorded, texts: Mapping[str, str]) -> Sample:
    """The sample to score. `texts` are the articles by source: each quote is checked against them here."""
    if recorded.error:
        return Sample(question, Reply("error", seconds=recorded.seconds, error=recorded.error))
    raw = recorded.reply
    reply = Reply(
        kind=raw["kind"],
        text=raw["text"] or "",
        verdict=(raw["verdict"] or "").lower() or None,
        confidence=float(raw["confidence"]),
        quotes=tuple(_quote(citation, texts) for citation in raw["citations"]),
        retrieved=tuple(Span(r["source"], r["start"], r["end"]) for r in raw["retrieved"]),
        standalone_question=raw["standalone_question"],
        model=raw["model"],
        notices=tuple(raw["notices"]),
        seconds=recorded.seconds,
        grade=recorded.grade,
    )
    return Sample(question, reply)


def _quote(citation: Mapping[str, Any], texts: Mapping[str, str]) -> Quote:
    span = Span(citation["source"], citation["start"], citation["end"])
    text = texts.get(span.source, "")
    exact = bool(citation["quote"]) and text[span.start : span.end] == citation["quote"]
    return Quote(citation["marker"], citation["title"], span, citation["quote"], exact)
