"""The sentences that rank best, each read beside the question by the entailment model: whether one of them answers it.

Near in words is not yet an answer: "how deep is the water when a marsh is flooded" is near to "a marsh is flooded twice a day".
The model reads both at once. This module chooses what it reads; nothing counts it yet (docs/log.md, 2026-11-28).
"""

from __future__ import annotations

import math

from rag.answering.ranking import RankedSentence, Ranking
from rag.answering.sections import opener_of, under
from rag.entailment.model import Entailment, in_context
from rag.types import Role

READ = 2
"""Sentences are read at most; each costs some ten milliseconds. With one, two, three and five the project's own questions
that the articles do not answer are answered 0.12, 0.10, 0.09 and 0.08 of the time, in five-fold cross-validation."""

FLOOR = 1e-3
"""A chance is taken for at least this much, so that no reading is certain."""


def answered(question: str, ranking: Ranking, entailment: Entailment) -> float:
    """The log-odds that the sentence which answers best, of the best `READ`, answers at all; the ranking must hold one."""
    pieces = [(question, piece_of(sentence)) for sentence in ranking.sentences[:READ]]
    least = min(judgement.open for judgement in entailment.judge(pieces))
    return math.log(1 - least + FLOOR) - math.log(least + FLOOR)


def piece_of(sentence: RankedSentence) -> str:
    """A sentence with what it needs to be understood: the article's title, and the question that it opens the answer to or the
    words that lead into its list."""
    above = _above(sentence)
    return in_context(sentence.passage.title, f"{above} {sentence.text}" if above else sentence.text)


def _above(sentence: RankedSentence) -> str:
    passage, own = sentence.passage, sentence.sentence
    if own.role in (Role.ITEM, Role.STEP):
        led = [s for s in sentence.before if s.role is Role.LEAD_IN]
        return passage.quote(led[-1].start, led[-1].end) if led else ""
    opener = opener_of(passage, own)
    opens = opener is not None and opener.role is Role.QUESTION and under(passage, opener)[:1] == (own,)
    return passage.quote(opener.start, opener.end) if opener is not None and opens else ""
