"""A quote: where the words of an answer stand in an article, and the citations made of them.

It does not choose quotes (`rag.answering.extractive`), nor set them in an answer (`rag.answering.composition`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.answering.sections import head_of
from rag.types import Citation, Passage, Role, Sentence
from rag.words import content_stems

HALVES = 4.0
"""Units of ranking score by which the score of a citation or passage is halved."""

SAME_SHARE = 0.6
"""Two sentences that share more of their words than this, of the shorter one's, say the same."""


@dataclass(frozen=True, slots=True)
class Quote:
    """A span of an article that is quoted; it may hold several sentences. `score` is its best sentence's."""

    passage: Passage
    start: int
    end: int
    score: float
    asked: float = 0.0
    """How well the article's own question above it is the user's, in [0, 1]."""

    @property
    def text(self) -> str:
        """The article's words."""
        return self.passage.quote(self.start, self.end)

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """Those that it begins with or holds."""
        return tuple(s for s in self.passage.sentences if self.start <= s.start < self.end)

    @property
    def head(self) -> str | None:
        """Of rows of a table, the row that names its columns, "" where its passage holds none; None where it is no rows."""
        rows = self.sentences
        if not rows or any(row.role is not Role.ROW for row in rows):
            return None
        return head_of(self.passage, rows[0])


def says_same(one: str, other: str) -> bool:
    """Whether two quotes are near-duplicates."""
    a, b = content_stems(one), content_stems(other)
    return bool(a and b) and len(a & b) > SAME_SHARE * min(len(a), len(b))


def cite(quotes: Sequence[Quote], confidence: float) -> tuple[Citation, ...]:
    """The quotes as citations, numbered from 1; the best has `confidence` as its score, the others less by how they rank."""
    best = max((quote.score for quote in quotes), default=0.0)
    return tuple(
        Citation(
            marker,
            quote.passage.article_id,
            quote.passage.title,
            quote.passage.source,
            quote.start,
            quote.end,
            quote.text,
            confidence * 2.0 ** (min(0.0, quote.score - best) / HALVES),
        )
        for marker, quote in enumerate(quotes, 1)
    )
