"""Which sentence answers: late interaction over token vectors, with a few plain features beside it.

Late interaction (Khattab and Zaharia, "ColBERT", SIGIR 2020): each token of the question takes its best cosine among
a sentence's tokens, each read in the context of its passage; the mean over the question's tokens is weighted by their
inverse document frequency, so that "the" hardly counts. The embedder's own token vectors serve: no other weights.

It does not know where the candidates came from, nor whether the best of them is good enough: see `rag.answering.confidence`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.answering.answer_types import answer_type, holds_type
from rag.answering.retrieval import Candidates
from rag.answering.sections import LISTED, OPENERS, likeness
from rag.answering.subjects import Subject, Subjects
from rag.embedding.embeddings import Encoded
from rag.index import Index
from rag.types import ANSWERING, Passage, Role, Sentence
from rag.words import REPLY

Floats = NDArray[np.float32]

FEATURES = {
    "late": 18.0,
    "centroid": 11.0,
    "passage_bm25": 2.3,
    "history": 5.8,
    "type_miss": -1.3,
    "asked": 10.9,
    "other_subject": -2.0,
    "stray_reply": -4.0,
}
"""The weight of each feature in a sentence's score. Fitted by `python -m evals fit` as a listwise softmax (Cao et al.,
"Learning to Rank", ICML 2007) on half of SQuAD 2.0's and of CLAPnq's development questions, Chroma's chunking
questions, MTRAG's human conversations and this project's own development questions. Left-one-set-out, the best
sentence is right for 0.79, 0.79, 0.69, 0.63 and 0.72 of them; by late interaction alone for 0.75, 0.81, 0.65, 0.61
and 0.55. The last two, set by hand on the development questions, are for sentences of articles on another subject
than the one that the question names, and for a "Yes, …" where yes or no was not asked. Other features that were
tried (cosine of the passage, neighbours, headings, position, length) gave nothing more."""

IDF_POWER = 1.5
"""Rare words count more than their idf: of 1, 1.5 and 2 the best on SQuAD 2.0 paragraphs (0.871 against 0.864)."""

ASKED_FROM = 0.6
"""A question of the article's own counts from this late interaction on; below it, it asks something else."""

_ASKS_OPENLY = re.compile(r"\b(?:what|whats|which|who|whom|whose|how|why|where|when)\b", re.I)


@dataclass(frozen=True, slots=True, eq=False)
class RankedSentence:
    """A sentence that may answer. `score` has no unit: only differences count. `features` are in `FEATURES`' order."""

    passage: Passage
    sentence: Sentence
    score: float
    features: Floats
    late: Floats
    """(q,) the best cosine of each of the question's tokens in this sentence."""
    under: float = 0.0
    """Late interaction of the question and the nearest heading or lead-in above, in the passage; 0 without one."""

    @property
    def asked(self) -> float:
        """How well the article's own question, or a heading, above the sentence is the user's, in [0, 1]; 0 where there is none."""
        return float(self.features[list(FEATURES).index("asked")])

    @property
    def text(self) -> str:
        """The sentence's own words."""
        return self.passage.quote(self.sentence.start, self.sentence.end)

    @property
    def headings(self) -> tuple[str, ...]:
        """The headings that it stands under, outermost first: those of its passage, and the last above it there."""
        within = [self.passage.quote(s.start, s.end) for s in self.before if s.role is Role.HEADING]
        return (*self.passage.headings, *within[-1:])

    @property
    def before(self) -> tuple[Sentence, ...]:
        """The sentences before it in its passage, headings and questions among them."""
        return tuple(s for s in self.passage.sentences if s.end <= self.sentence.start)


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """Sentences and passages, best first. A passage is as good as its best sentence."""

    question: Encoded
    token_weights: Floats
    """(q,) how much each of the question's tokens counts; they add up to 1."""
    sentences: tuple[RankedSentence, ...]
    passages: tuple[tuple[Passage, float], ...]
    encoded: Mapping[str, Encoded]
    """What the embedder gave for each passage, by its id."""


def rank(index: Index, candidates: Candidates, question: str, subjects: Subjects | None = None) -> Ranking:
    """Rank the answering sentences of `candidates` for a question; `subjects` are those of the articles.

    Headings, questions (also those within a paragraph), lead-ins and furniture are never ranked. A passage without any
    answering sentence comes last.
    """
    weights = token_weights(index, candidates.question)
    passages = index.passages(candidates.rows)
    encoded = index.encoded(candidates.rows)
    scored = _Scored(candidates, passages, encoded, weights)
    sentences = sorted(scored.sentences(question, subjects), key=lambda s: -s.score)
    best: dict[str, float] = {}
    for sentence in sentences:
        best.setdefault(sentence.passage.passage_id, sentence.score)
    floor = min(best.values(), default=0.0) - 1.0
    order = sorted(range(len(passages)), key=lambda i: (-best.get(passages[i].passage_id, floor), i))
    ranked = tuple((passages[i], best.get(passages[i].passage_id, floor)) for i in order)
    by_id = {passage.passage_id: code for passage, code in zip(passages, encoded, strict=True)}
    return Ranking(candidates.question, weights, tuple(sentences), ranked, by_id)


def token_weights(index: Index, question: Encoded) -> Floats:
    """(q,) idf of each token to the power `IDF_POWER`, divided by their sum; all equal where none counts."""
    weights = np.maximum(index.idf(question.token_ids), 0.0) ** IDF_POWER
    total = float(weights.sum())
    if total <= 0:
        return np.full(len(weights), 1.0 / max(1, len(weights)), np.float32)
    return np.asarray(weights / total, np.float32)


class _Scored:
    """The candidates' tokens side by side, so that all sentences are scored in a few matrix operations."""

    def __init__(
        self, candidates: Candidates, passages: Sequence[Passage], encoded: Sequence[Encoded], weights: Floats
    ) -> None:
        self._candidates, self._passages, self._weights = candidates, passages, weights
        self._owners = [(p, s) for p, passage in enumerate(passages) for s in passage.sentences]
        firsts = np.cumsum([0, *(len(p.sentences) for p in passages)])
        tokens = np.concatenate([e.token_vectors for e in encoded]) if encoded else np.zeros((0, 1), np.float32)
        owner = np.concatenate(
            [_owners(passage, e, int(first)) for passage, e, first in zip(passages, encoded, firsts[:-1], strict=True)]
            or [np.zeros(0, np.int64)]
        )
        similar = (
            candidates.question.token_vectors @ tokens.T if len(tokens) else np.zeros((len(weights), 0), np.float32)
        )
        count = len(self._owners)
        self.late = _group_max(similar[:, owner >= 0], owner[owner >= 0], count)
        sums = _group_sum(tokens[owner >= 0], owner[owner >= 0], count)
        norms = np.linalg.norm(sums, axis=1)
        self._centroid = (sums @ _direction(candidates.question)) / np.maximum(norms, 1e-9) if count else np.zeros(0)
        self._has_tokens = norms > 0

    def sentences(self, question: str, subjects: Subjects | None) -> list[RankedSentence]:
        """Every answering sentence with its score."""
        kind = answer_type(question)
        openly = bool(_ASKS_OPENLY.match(question.lstrip()))
        wanted = [m.subject for m in subjects.mentions(question)] if subjects else []
        late = self._weights @ self.late
        weight = np.array(list(FEATURES.values()), np.float32)
        ranked = []
        same: dict[int, float] = {}
        for place, (row, sentence) in enumerate(self._owners):
            if sentence.role not in ANSWERING or not self._has_tokens[place]:
                continue
            passage = self._passages[row]
            text = passage.quote(sentence.start, sentence.end)
            if text.endswith("?"):  # it asks; what answers stands beside it
                continue
            asked = self._asked(place, late, question, same)
            features = np.array(
                [
                    self._in_place(place, late, same),
                    self._centroid[place],
                    self._candidates.bm25[row],
                    self._candidates.history[row],
                    kind is not None and not holds_type(kind, text, question),
                    asked,
                    subjects is not None and bool(wanted) and not _is_about(passage, text, wanted, subjects),
                    openly and bool(REPLY.match(text)),
                ],
                np.float32,
            )
            score = float(weight @ features)
            under = self._above(place, late, Role.HEADING, Role.LEAD_IN)
            ranked.append(RankedSentence(passage, sentence, score, features, self.late[:, place], under))
        return ranked

    def _in_place(self, place: int, late: Floats, same: Mapping[int, float]) -> float:
        """Late interaction with a sentence, a row of a table or an entry of a list read with what it leans on.

        That is, for each entry, the heading right above its list where that is what the user asks; else, for a row, the names
        of its columns, which count half, since they lift all rows alike.
        """
        sentence, alone = self._owners[place][1], float(late[place])
        if sentence.role not in LISTED:
            return alone
        opener = self._place_above(place, *OPENERS)
        if opener is not None and same.get(opener, 0.0) > 0:
            return self._read_with(place, opener)
        head = self._place_above(place, Role.LEAD_IN) if sentence.role is Role.ROW else None
        if head is None or self._owners[head][1].block != sentence.block:
            return alone
        return (alone + self._read_with(place, head)) / 2

    def _read_with(self, place: int, other: int) -> float:
        """Late interaction with two sentences as if they were one."""
        return float(self._weights @ np.maximum(self.late[:, place], self.late[:, other]))

    def _asked(self, place: int, late: Floats, question: str, same: dict[int, float]) -> float:
        """How well the article's own question, or a heading, above a sentence is the user's, in [0, 1]; 0 where there is none.

        Args:
            same: how alike the words of headings and questions are to the user's, by their places, as far as known.
        """
        near = max(0.0, self._above(place, late, Role.QUESTION) - ASKED_FROM) / (1 - ASKED_FROM)
        opener = self._place_above(place, *OPENERS)
        if opener is None:
            return near
        if opener not in same:
            row, above = self._owners[opener]
            passage, heading = self._passages[row], above.role is Role.HEADING
            same[opener] = likeness(question, passage.quote(above.start, above.end), passage.title, heading=heading)
        return max(near, same[opener])

    def _above(self, place: int, late: Floats, *roles: Role) -> float:
        """Late interaction with the nearest sentence of these roles above, in the passage; 0 without one."""
        above = self._place_above(place, *roles)
        return 0.0 if above is None else float(late[above])

    def _place_above(self, place: int, *roles: Role) -> int | None:
        """The place of the nearest sentence of these roles above, in the passage."""
        row = self._owners[place][0]
        while place > 0 and self._owners[place - 1][0] == row:
            place -= 1
            if self._owners[place][1].role in roles:
                return place
        return None


def _direction(question: Encoded) -> Floats:
    """(t,) the question's vector of unit length among its tokens' vectors: its own, or their mean where a projection made it."""
    width = question.token_vectors.shape[1]
    if len(question.vector) == width:
        return question.vector
    total = question.token_vectors.sum(axis=0)
    return np.asarray(total / max(float(np.linalg.norm(total)), 1e-9), np.float32)


def _is_about(passage: Passage, text: str, wanted: Sequence[Subject], subjects: Subjects) -> bool:
    """Whether a sentence stands in an article on a subject that is asked about, or names it."""
    if any(passage.article_id in subject.article_ids for subject in wanted):
        return True
    return any(mention.subject in wanted for mention in subjects.mentions(text))


def _owners(passage: Passage, encoded: Encoded, first: int) -> NDArray[np.int64]:
    """(n,) for each token the number of its sentence, counted from `first`; -1 for the context and between sentences."""
    starts = np.array([s.start for s in passage.sentences]) - passage.start
    ends = np.array([s.end for s in passage.sentences]) - passage.start
    middle = encoded.token_spans.mean(axis=1)
    place = np.searchsorted(starts, middle, side="right") - 1
    inside = (place >= 0) & (encoded.token_spans[:, 1] > 0)
    inside &= middle <= np.where(place >= 0, ends[place], 0) if len(ends) else False
    return np.where(inside, place + first, -1)


def _group_max(values: Floats, groups: NDArray[np.int64], count: int) -> Floats:
    """(q, count) the maximum of `values` (q, n) over the columns of each group, 0 for a group without columns.

    `groups` must ascend.
    """
    out = np.zeros((values.shape[0], count), np.float32)
    if len(groups):
        starts = np.flatnonzero(np.r_[True, groups[1:] != groups[:-1]])
        out[:, groups[starts]] = np.maximum.reduceat(values, starts, axis=1)
    return out


def _group_sum(rows: Floats, groups: NDArray[np.int64], count: int) -> Floats:
    """(count, d) the sum of the `rows` (n, d) of each group, 0 for a group without rows. `groups` must ascend."""
    out = np.zeros((count, rows.shape[1]), np.float32)
    if len(groups):
        starts = np.flatnonzero(np.r_[True, groups[1:] != groups[:-1]])
        out[groups[starts]] = np.add.reduceat(rows, starts, axis=0)
    return out
