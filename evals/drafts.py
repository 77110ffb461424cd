"""Questions proposed for a person to correct: from an article's own FAQs and headings, and from readers' thumbs down.

Nothing here is measured until somebody has read it: a draft says so in its note.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evals.files import explain, read_rows
from evals.formats import slug
from rag.errors import BadInput
from rag.types import ANSWERING, Passage, Role, Sentence

CHECK = "Proposed from the article: check the question, the evidence and the answer."
Row = dict[str, Any]


def propose(index: Any) -> list[Row]:
    """A question line for every FAQ entry and every section that says something, articles in order.

    Args:
        index: the assistant's index: its passages and articles.
    """
    rows: list[Row] = []
    seen: set[str] = set()
    for asked, passage, sentence in _answered(index.passages(range(index.size))):
        name = f"{passage.article_id}-{slug(asked)}"
        if name in seen:
            continue
        seen.add(name)
        text = index.article(passage.article_id).text
        evidence = _evidence(passage, sentence, text)
        kind = "faq" if asked.endswith("?") and asked in text else "heading"
        rows.append({"id": name, "kind": kind, "question": asked, "evidence": [evidence], "note": CHECK})
    return rows


def _answered(passages: Sequence[Passage]) -> Iterator[tuple[str, Passage, Sentence]]:
    """Each question with the first sentence that answers under it."""
    section: tuple[str, ...] = ()
    asked: str | None = None
    for passage in passages:
        where = (passage.article_id, *passage.headings)
        if where != section:
            section = where
            asked = question_of(passage.headings[-1], passage.title) if passage.headings else None
        for sentence in passage.sentences:
            if sentence.role is Role.QUESTION:
                asked = _plain(passage.quote(sentence.start, sentence.end))
            elif sentence.role is Role.HEADING:
                heading = _plain(passage.quote(sentence.start, sentence.end))
                asked = question_of(heading, passage.title) if heading != passage.title else None
            elif asked and sentence.role in ANSWERING:
                yield asked, passage, sentence
                asked = None


def question_of(heading: str, title: str) -> str:
    """A heading as a question that stands alone: "Benefits" of "Hip Thrust" -> "Hip Thrust: benefits?"."""
    plain = _plain(heading)
    if plain.endswith("?"):
        return plain
    subject = re.split(r"[:?–—]", _plain(title))[0].strip()
    if subject.lower() in plain.lower():
        return f"{plain}?"
    return f"{subject}: {plain[:1].lower()}{plain[1:]}?"


def _plain(text: str) -> str:
    """Without the marks of Markdown around it."""
    return " ".join(re.sub(r"[*_`#]+", "", text).split())


def _evidence(passage: Passage, sentence: Sentence, text: str) -> Row:
    quote = passage.quote(sentence.start, sentence.end)
    places = [match.start() for match in re.finditer(f"(?={re.escape(quote)})", text)]
    evidence: Row = {"source": passage.source, "quote": quote}
    return evidence | {"occurrence": places.index(sentence.start) + 1} if len(places) > 1 else evidence


def from_votes(path: Path) -> list[Row]:
    """A question line for each answer whose last vote is a thumb down.

    Args:
        path: JSONL, a vote a line: `question`, `history`, `answer` (text, or as `ask --json` prints it), `vote` ("up"
            or "down"), `comment`, `time`.

    Raises:
        BadInput: no such file, or a line that is no vote; the message names file and line.
    """
    last: dict[str, _Vote] = {}
    for where, row in read_rows(path, "the web chat writes it at the first vote"):
        vote = _read_vote(row, where)
        last[json.dumps([vote.question, [turn.model_dump() for turn in vote.history]])] = vote
    down = [vote for vote in last.values() if vote.vote == "down"]
    return [_pending(number, vote) for number, vote in enumerate(down, 1)]


class _Loose(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)


class _Turn(_Loose):
    question: str
    answer: str = ""


class _Said(_Loose):
    text: str = ""


class _Vote(_Loose):
    """A line of votes; what the web chat keeps beside these is passed over."""

    question: Annotated[str, Field(pattern=r"\S")]
    vote: Literal["up", "down"]
    history: list[_Turn] = []
    answer: str | _Said = ""
    comment: str = ""
    time: str = ""


def _read_vote(row: Row, where: str) -> _Vote:
    try:
        return _Vote.model_validate({name: value for name, value in row.items() if value is not None})
    except ValidationError as error:
        raise BadInput(f'{where}: {explain(error)}; a vote needs "question" and "vote" ("up" or "down")') from None


def _pending(number: int, vote: _Vote) -> Row:
    said = vote.answer if isinstance(vote.answer, str) else vote.answer.text
    about = [f"Marked as wrong {vote.time}".strip(), vote.comment, f"It said: {said}"]
    return {
        "id": f"pending-{number}",
        "kind": "pending",
        "question": vote.question,
        "history": [turn.model_dump() for turn in vote.history if turn.question.strip()],
        "evidence": [],
        "note": ". ".join(part for part in about if part),
    }
