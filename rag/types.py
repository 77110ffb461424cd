"""The nouns of the project: what an article, a passage, a citation and an answer are.

Frozen, comparable, and importing nothing of ours. Every span is `[start, end)` in characters, counted in an article's
text. This module does not know where articles come from, how they are searched, or who asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Literal


class Role(StrEnum):
    """What a sentence is in its article. Only some roles can answer a question."""

    PROSE = "prose"
    ITEM = "item"  # one entry of a bulleted list
    STEP = "step"  # one entry of a numbered list
    FACT = "fact"  # a key and its value: "Force: push"
    ROW = "row"  # one row of a table
    HEADING = "heading"
    QUESTION = "question"  # a question that the article itself asks and then answers
    LEAD_IN = "lead-in"  # the line that introduces a list: "It helps in three ways:"
    FURNITURE = "furniture"  # byline, reading time, rules: text that says nothing about the subject


ANSWERING = frozenset({Role.PROSE, Role.ITEM, Role.STEP, Role.FACT, Role.ROW})


@dataclass(frozen=True, slots=True)
class Article:
    """One source text.

    Attributes:
        article_id: unique in a corpus, readable, stable while the file keeps its path ("hip-thrust").
        title: what a reader calls it; never empty.
        source: the file's path relative to the corpus folder, with forward slashes.
        text: the text that every span counts in. For `.md` and `.txt` it is the file itself, decoded, `\\r\\n` as `\\n`.
        metadata: front matter and the like ("author", "licence", "url"); values are short strings.
    """

    article_id: str
    title: str
    source: str
    text: str
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A span of an article that can be quoted: a sentence, a list entry, a heading. Offsets count in the article."""

    start: int
    end: int
    role: Role = Role.PROSE
    block: int = 0
    """Which block of the article it stands in (paragraph, list, heading), counted from 0: entries of one list and
    sentences of one paragraph share it."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A retrievable span of an article, cut along the article's own structure.

    Attributes:
        passage_id: unique in an index.
        headings: the titles of the sections it stands in, outermost first, without the article's title.
        text: exactly `article.text[start:end]`.
        sentences: the quotable spans inside `[start, end)`, in order, with offsets in the *article*.
    """

    passage_id: str
    article_id: str
    title: str
    source: str
    headings: tuple[str, ...]
    start: int
    end: int
    text: str
    sentences: tuple[Sentence, ...]

    @property
    def context(self) -> str:
        """Title and heading path: embedded before the text, so that a passage knows what it is about."""
        return " > ".join((self.title, *self.headings))

    def quote(self, start: int, end: int) -> str:
        """The text of the article span `[start, end)`, which must lie in this passage."""
        if not self.start <= start <= end <= self.end:
            raise ValueError(f"[{start}, {end}) is not inside passage [{self.start}, {self.end})")
        return self.text[start - self.start : end - self.start]


@dataclass(frozen=True, slots=True)
class Citation:
    """A numbered quote. `quote` is the article's text from `start` to `end`, always."""

    marker: int
    article_id: str
    title: str
    source: str
    start: int
    end: int
    quote: str
    score: float
    """How well it answers, in [0, 1]."""


@dataclass(frozen=True, slots=True)
class Retrieved:
    """A passage that was found for a question, and how well it fits, in [0, 1]."""

    passage: Passage
    score: float


@dataclass(frozen=True, slots=True)
class Turn:
    """One exchange of a conversation, oldest first in a history."""

    question: str
    answer: str = ""


Kind = Literal["answer", "refusal", "courtesy"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the assistant says, and its proof.

    Attributes:
        standalone_question: the question as it was understood in the conversation, readable by a person.
        kind: "answer" always cites; "refusal" cites nothing and has `abstained` true; "courtesy" replies to "thanks".
        text: the reply, with markers like `[1]` that number `citations`.
        verdict: the option that settles the question ("push"), "yes", "no", or None.
        confidence: in [0, 1], higher where the corpus answers the question.
        citations: in the order of their markers.
        retrieved: the passages found, best first.
        model: who phrased it: "extractive", "ollama:qwen3:4b", ...
        notices: what the reader should know ("the model did not answer; these are the articles' own words").
        seconds: wall-clock time spent.
    """

    question: str
    standalone_question: str
    kind: Kind
    text: str
    verdict: str | None = None
    confidence: float = 0.0
    citations: tuple[Citation, ...] = ()
    retrieved: tuple[Retrieved, ...] = ()
    model: str = "extractive"
    notices: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def abstained(self) -> bool:
        """True where the articles don't say."""
        return self.kind == "refusal"

    def to_dict(self, id: str | None = None) -> dict[str, Any]:
        """The object that `ask --json` prints; `id` is carried over from a batch."""
        return {
            "id": id,
            "question": self.question,
            "standalone_question": self.standalone_question,
            "kind": self.kind,
            "text": self.text,
            "verdict": self.verdict,
            "abstained": self.abstained,
            "confidence": round(self.confidence, 6),
            "citations": [asdict(c) | {"score": round(c.score, 6)} for c in self.citations],
            "retrieved": [
                {
                    "article_id": r.passage.article_id,
                    "source": r.passage.source,
                    "start": r.passage.start,
                    "end": r.passage.end,
                    "score": round(r.score, 6),
                }
                for r in self.retrieved
            ],
            "model": self.model,
            "notices": list(self.notices),
            "seconds": round(self.seconds, 4),
        }
