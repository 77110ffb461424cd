"""The sentences that rank best, each read beside the question by the entailment model: whether one of them answers it.

Near in words is not yet an answer: "how deep is the water when a marsh is flooded" is near to "a marsh is flooded twice a day".
The model reads both at once. This module chooses what it reads; `rag.answering.confidence` weighs what comes of it.
"""

from __future__ import annotations

import math

from rag.answering.ranking import RankedSentence, Ranking
from rag.answering.sections import head_of, lead_in_of, opener_of
from rag.answering.tables import read_rows
from rag.entailment.model import MARKS, Entailment, in_context
from rag.types import Role
from rag.words import words

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
    """A sentence as a reader comes to it: under the article's title and its heading, after the article's own question and the words that
    lead into its list, or the sentence before it; a row with the names of its columns."""
    own, text = sentence.sentence, sentence.text
    if own.role is Role.ROW:
        text = "; ".join(read_rows(text, head_of(sentence.passage, own)))
    read = _joined(*_leading(sentence), text)
    title = sentence.passage.title
    heading = [h for h in sentence.headings[-1:] if f" {_plain(h)} " not in f" {_plain(title)} {_plain(read)} "]
    return in_context(_joined(title, *heading), read)


def _leading(sentence: RankedSentence) -> list[str]:
    """What is read before a sentence, in order."""
    passage, own = sentence.passage, sentence.sentence
    opener, lead_in = opener_of(passage, own), lead_in_of(passage, own)
    asked = [opener] if opener is not None and opener.role is Role.QUESTION else []
    before = [s for s in sentence.before[-1:] if s.block == own.block and s.role is own.role is Role.PROSE]
    return [passage.quote(s.start, s.end) for s in (*asked, *([lead_in] if lead_in else before))]


def _joined(*parts: str) -> str:
    """The parts that say something, each but the last closed by a mark."""
    said = [part.strip() for part in parts if part.strip()]
    return " ".join(
        [*(part if part.rstrip("\"'”’)*_").endswith(MARKS) else f"{part}." for part in said[:-1]), *said[-1:]]
    )


def _plain(text: str) -> str:
    """A text's words alone, in small letters."""
    return " ".join(word.form for word in words(text))
