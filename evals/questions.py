"""The question format: what is asked, what a right answer holds, and where in the articles the proof stands.

One JSON object a line; docs/evals.md lists the fields. Every error names file and line. This module knows neither the
assistant nor where the articles' texts come from: it is handed a mapping from source to text.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from evals.files import explain, read_text
from rag.errors import BadInput
from rag.types import Turn


@dataclass(frozen=True, slots=True)
class Span:
    """Characters `[start, end)` of the article `source`; `relevance` is its grade, 1 unless the set grades."""

    source: str
    start: int
    end: int
    relevance: int = 1

    def overlaps(self, other: Span) -> bool:
        """True where the two share a character."""
        return self.source == other.source and self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Evidence:
    """A quote from an article, as a person writes it; `occurrence` (from 1) picks one where the quote recurs."""

    source: str
    quote: str
    occurrence: int | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """One question and what is expected of its answer.

    Attributes:
        id: unique in a set.
        kind: the group it is reported under ("either-or", "follow-up").
        history: the conversation before it, oldest first.
        follows: the id of the question asked just before it; the assistant's own answer is then the history.
        answerable: whether the articles hold the answer.
        gold: the spans that prove the answer, evidence already resolved (see `resolve`).
        evidence: the same as quotes, not yet resolved.
        answers: short answers, one of which must stand in the reply.
        verdict: the one word that settles it ("push", "yes").
        must, must_not: patterns; the reply needs one of each inner list, and none of the forbidden.
        heldout: never used to fit anything.
        note: for people; not scored.
        where: "file:line", for error messages.
    """

    id: str
    question: str
    kind: str = "all"
    history: tuple[Turn, ...] = ()
    follows: str | None = None
    answerable: bool = True
    gold: tuple[Span, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    answers: tuple[str, ...] = ()
    verdict: str | None = None
    must: tuple[tuple[str, ...], ...] = ()
    must_not: tuple[str, ...] = ()
    heldout: bool = False
    note: str = ""
    where: str = field(default="", compare=False)

    @property
    def digest(self) -> str:
        """Changes whenever the question, or what is expected of its answer, changes."""
        proof = self.evidence or self.gold  # quotes first: their places move whenever an article is edited before them
        parts = [self.question, self.history, self.follows, self.answerable, proof, self.answers]
        return hashlib.sha256(repr([*parts, self.verdict, self.must, self.must_not]).encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Questions, and the folder of articles that they came with, where they brought one."""

    name: str
    questions: tuple[Question, ...]
    corpus: Path | None = None

    @property
    def by_id(self) -> dict[str, Question]:
        return {question.id: question for question in self.questions}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


Text = Annotated[str, Field(min_length=1, pattern=r"\S")]


class _Turn(_Strict):
    question: Text
    answer: str = ""


class _Evidence(_Strict):
    source: Text
    quote: Text
    occurrence: int | None = Field(None, ge=1)


class _Gold(_Strict):
    source: Text
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    relevance: int = Field(1, ge=0)


class _Line(_Strict):
    """A line of a question file, as written."""

    id: Text
    question: Text
    kind: Text = "all"
    history: list[_Turn] = []
    follows: Text | None = None
    answerable: bool = True
    evidence: list[_Evidence] = []
    gold: list[_Gold] = []
    answers: list[str] = []
    verdict: Text | None = None
    must: list[list[str]] = []
    must_not: list[str] = []
    heldout: bool = False
    note: str = ""

    @model_validator(mode="after")
    def _agree(self) -> _Line:
        if self.history and self.follows:
            raise ValueError("give history or follows, not both")
        if self.evidence and self.gold:
            raise ValueError("give evidence or gold, not both")
        if not self.answerable and (self.evidence or self.gold):
            raise ValueError("answerable is false, yet evidence is given")
        for pattern in [*(p for group in self.must for p in group), *self.must_not]:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"{pattern!r} is no regular expression: {error}") from None
        if not all(self.must):
            raise ValueError("an empty list in must can never hold")
        return self

    def to_question(self, where: str) -> Question:
        return Question(
            id=self.id,
            question=self.question,
            kind=self.kind,
            history=tuple(Turn(turn.question, turn.answer) for turn in self.history),
            follows=self.follows,
            answerable=self.answerable,
            gold=tuple(Span(g.source, g.start, g.end, g.relevance) for g in self.gold),
            evidence=tuple(Evidence(e.source, e.quote, e.occurrence) for e in self.evidence),
            answers=tuple(self.answers),
            verdict=self.verdict.strip().lower() if self.verdict else None,
            must=tuple(tuple(group) for group in self.must),
            must_not=tuple(self.must_not),
            heldout=self.heldout,
            note=self.note,
            where=where,
        )


def read_questions(path: Path) -> tuple[Question, ...]:
    """The questions of a JSONL file, in its order; blank lines are skipped.

    Raises:
        BadInput: the file cannot be read, or a line is malformed; the message names file and line.
    """
    lines = read_text(path).split("\n")  # not splitlines: U+2028 and its like may stand inside a JSON string
    return tuple(parse_line(line, f"{path}:{number}") for number, line in enumerate(lines, 1) if line.strip())


def parse_line(line: str, where: str) -> Question:
    """One line of a question file; `where` ("file:line") opens its error messages."""
    try:
        return _Line.model_validate_json(line).to_question(where)
    except ValidationError as error:
        raise BadInput(f"{where}: {_explain(error)}") from None


def _explain(error: ValidationError) -> str:
    """The first fault in words: which field, what is wrong, and what may have been meant."""
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        known = sorted(_Line.model_fields)
        return f"unknown field {name!r}{_hint(name, known)}; known fields: {', '.join(known)}"
    if first["type"] == "json_invalid":
        return f"not JSON; write one object a line ({first['msg'].removeprefix('Invalid JSON: ')})"
    return explain(error)


def _hint(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, list(known), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""


def check_ids(questions: Sequence[Question]) -> None:
    """Refuses two questions with one id, and a `follows` that names no earlier question."""
    seen: dict[str, Question] = {}
    for question in questions:
        if question.id in seen:
            raise BadInput(f"{question.where}: id {question.id!r} is taken by {seen[question.id].where}")
        if question.follows is not None and question.follows not in seen:
            raise BadInput(f"{question.where}: follows {question.follows!r}, but no earlier question has that id")
        seen[question.id] = question


def resolve(questions: QuestionSet, texts: Mapping[str, str]) -> QuestionSet:
    """The set with evidence turned into gold spans.

    Args:
        texts: an article's text by its source.

    Raises:
        BadInput: a source or a quote is in no article, or a quote stands there more than once.
    """
    done = (replace(q, gold=(*q.gold, *(locate(e, texts, q.where) for e in q.evidence))) for q in questions.questions)
    return replace(questions, questions=tuple(_checked(q, texts) for q in done))


def _checked(question: Question, texts: Mapping[str, str]) -> Question:
    for span in question.gold:
        size = len(_text(span.source, texts, question.where))
        if not span.start < min(span.end, size):
            raise BadInput(f"{question.where}: [{span.start}, {span.end}) is no span of {span.source} (0 to {size})")
    return question


def overruns(questions: QuestionSet, texts: Mapping[str, str]) -> list[Question]:
    """The questions with gold that ends after its article does. They are scored as they are; their set counted
    characters in some other way, such as `\\r\\n` as two."""
    return [q for q in questions.questions if any(span.end > len(texts[span.source]) for span in q.gold)]


def locate(evidence: Evidence, texts: Mapping[str, str], where: str) -> Span:
    """The span at which a quote stands."""
    text = _text(evidence.source, texts, where)
    found = [match.start() for match in re.finditer(f"(?={re.escape(evidence.quote)})", text)]
    shown = f"{evidence.quote[:60]!r}"
    if not found:
        raise BadInput(f"{where}: {shown} does not stand in {evidence.source}; copy it from the article, exactly")
    if len(found) > 1 and evidence.occurrence is None:
        raise BadInput(
            f"{where}: {shown} stands {len(found)} times in {evidence.source}; "
            'make it longer or add "occurrence": 1 (the first)'
        )
    if (evidence.occurrence or 1) > len(found):
        raise BadInput(f"{where}: {shown} stands only {len(found)} times in {evidence.source}")
    start = found[(evidence.occurrence or 1) - 1]
    return Span(evidence.source, start, start + len(evidence.quote))


def _text(source: str, texts: Mapping[str, str], where: str) -> str:
    try:
        return texts[source]
    except KeyError:
        raise BadInput(f"{where}: no article {source!r} in the corpus{_hint(source, texts)}") from None


def select(
    questions: QuestionSet, *, kinds: Sequence[str] = (), heldout: str = "all", limit: int | None = None
) -> tuple[Question, ...]:
    """The questions to score: of these kinds (all when empty), held out or not ("all", "only", "exclude"), the first
    `limit`.

    Raises:
        BadInput: a kind that no question has, or nothing is left.
    """
    known = {question.kind for question in questions.questions}
    for kind in kinds:
        if kind not in known:
            raise BadInput(f"no question of kind {kind!r}{_hint(kind, known)}; kinds: {', '.join(sorted(known))}")
    chosen = [
        q
        for q in questions.questions
        if (not kinds or q.kind in kinds) and (heldout == "all" or q.heldout == (heldout == "only"))
    ][:limit]
    if not chosen:
        raise BadInput(f"{questions.name}: no question is left to ask; check --kind, --heldout and --limit")
    return tuple(chosen)
