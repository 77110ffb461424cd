"""The sentences that rank best, each read beside the question by the entailment model: whether one of them answers it.

Near in words is not yet an answer: "how deep is the water when a marsh is flooded" is near to "a marsh is flooded twice a day".
The model reads both at once. This module chooses what it reads, and puts first what reads like an answer; `rag.answering.confidence`
weighs whether it is one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from rag.answering.ranking import RankedSentence, Ranking
from rag.answering.sections import head_of, lead_in_of, opener_of
from rag.answering.tables import read_rows
from rag.entailment.model import MARKS, Entailment, in_context
from rag.types import Role
from rag.words import words

READ = 2
"""Sentences are read at most; each takes some twenty milliseconds of a core. With one, two and three, the answerable questions of the small
folders are told from the others with an AUROC of 0.83, 0.85 and 0.85, in five-fold cross-validation."""

COUNTS = 0.5
"""How many units of ranking score one of log-odds counts. Where evidence is among the first five sentences, the first is evidence
for 0.863 instead of 0.844 of the project's own questions, 0.797 instead of 0.741 on the small folders, 0.840 instead of 0.818 on four
of five articles, 0.842 instead of 0.832 on SQuAD 2.0, and within two questions of as many on CLAPnq, the conversations, the chunking
questions and the folders that are held out."""

FLOOR = 1e-3
"""A chance is taken for at least this much, so that no reading is certain."""


def read(question: str, ranking: Ranking, entailment: Entailment) -> tuple[float, ...]:
    """The log-odds that each of the best `READ` sentences answers, in their order; none where none was found."""
    pieces = [(question, piece_of(sentence)) for sentence in ranking.sentences[:READ]]
    return tuple(
        math.log(1 - judgement.open + FLOOR) - math.log(judgement.open + FLOOR)
        for judgement in entailment.judge(pieces)
    )


def reordered(ranking: Ranking, answers: Sequence[float]) -> Ranking:
    """The ranking with the sentences that were read in the order of score and reading together, and their passages with them.

    Args:
        answers: as `read` gives them for the same ranking.
    """
    was = ranking.sentences[: len(answers)]
    order = sorted(range(len(was)), key=lambda i: -(was[i].score + COUNTS * answers[i]))
    best = [replace(was[place], score=was[rank].score) for rank, place in enumerate(order)]
    sentences = (*best, *ranking.sentences[len(was) :])
    scores: dict[str, float] = {}
    for sentence in sentences:
        scores.setdefault(sentence.passage.passage_id, sentence.score)
    passages = [(passage, scores.get(passage.passage_id, score)) for passage, score in ranking.passages]
    return replace(ranking, sentences=sentences, passages=tuple(sorted(passages, key=lambda pair: -pair[1])))


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
