"""Whether a sentence that a model wrote is what the articles say, and which of their sentences say it.

Candidates are found by late interaction over token vectors; each is then read word by word (`rag.generating.claims`). A claim is
supported by one sentence, or by two or three of the same article that support its clauses between them. What is not
clearly supported is unsupported: a true sentence lost costs less than an invented one kept. This module does not know
models or prompts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from rag.embedding.embeddings import Encoded, TokenEmbeddings
from rag.generating.alignment import needs_support
from rag.generating.claims import Reading, read_claim, weight
from rag.generating.evidence import LEANING, Evidence, read_evidence
from rag.generating.wording import Word, read_words
from rag.thesaurus import load_thesaurus
from rag.types import Passage, Role

CANDIDATES = 16
"""Sentences that a claim is read against."""

SENTENCES = 3
"""Sentences that may support one claim between them."""

FLOOR, FLOOR_FACT = 0.4, 0.25
"""Mean cosine of a claim's tokens to a sentence's, under which the sentence does not speak of it."""

SLACK, SLACK_FACT = 0.12, 0.25
"""How much further from a claim than the nearest sentence its support may be; a terse one ("Level: beginner") may be more."""

AGREEMENT = 0.95
"""What that cosine and the share of the claim's words that stand in the sentence must add up to."""

RESTATED = 0.8
"""The share of a claim's words in one sentence from which on it is that sentence that the claim stands or falls with."""

MARGIN = 0.06
"""How much further away a sentence that denies a claim may be than one that supports it, and still outweigh it."""

RETOLD = 0.95
"""The share of a claim's words from which on a nearer sentence, if it does not support it, tells it otherwise."""

LACKING = 0.3
"""How much less of a claim's words a sentence may have than the one that has most of them, and still support it."""

_TERSE = (Role.FACT, Role.ROW)
_DEPENDING = frozenset("when if because since so unless until than once then by".split())


@dataclass(frozen=True, slots=True, eq=False)
class Support:
    """The sentences that support a claim, the weightiest first, and how closely they say it, in [0, 1]."""

    evidence: tuple[Evidence, ...]
    score: float


@dataclass(frozen=True, slots=True)
class Unsupported:
    """Why no sentence supports a claim, in plain words."""

    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class _Candidate:
    """A sentence, how near it is to a claim, and how far it supports it."""

    evidence: Evidence
    close: float
    reading: Reading

    @property
    def terse(self) -> bool:
        """Whether it is no whole sentence: a fact, a row of a table."""
        return self.evidence.sentence.role in _TERSE

    @property
    def article(self) -> str:
        """Where it stands."""
        return self.evidence.passage.article_id

    @property
    def agreement(self) -> float:
        """How near it is, and how much of the claim stands in it."""
        return self.close + self.reading.direct


class Grounder:
    """Finds the sentences that support a claim. Holds no state of a conversation; safe from several threads."""

    def __init__(self, embeddings: TokenEmbeddings) -> None:
        self._embeddings = embeddings

    def read(self, passages: Sequence[Passage], encoded: Sequence[Encoded] | None = None) -> tuple[Evidence, ...]:
        """The sentences of passages as evidence.

        Args:
            encoded: the passages as the embedder reads them, where the caller has them; else they are encoded here.
        """
        if encoded is None:
            encoded = list(self._embeddings.encode_passages((p.context, p.text) for p in passages))
        return tuple(e for p, tokens in zip(passages, encoded, strict=True) for e in read_evidence(p, tokens))

    def support(self, claim: str, evidence: Sequence[Evidence], *, about: str = "") -> Support | Unsupported:
        """What supports a claim.

        Args:
            claim: one sentence, without markers.
            about: the question that it answers, in which a subject stands that the claim may leave out ("It is a pull.").
        """
        words = read_words(claim)
        if not any(needs_support(word) for word in words):
            return Unsupported("it claims nothing that can be checked")
        encoded = self._embeddings.encode_query(claim)
        found = _candidates(claim, encoded.token_vectors, _on_topic(words, evidence, about))
        best = _best(found, {word.clause for word in words})
        if best is not None:
            denial = _denial(found, best)
            return Unsupported(denial) if denial else Support((best.evidence,), _clip(best.close))
        parts = _together(found, words, encoded)
        if parts:
            return Support(tuple(part.evidence for part in parts), _clip(min(part.close for part in parts)))
        return Unsupported(next((why for c in found for why in c.reading.reasons), "no article says so"))


def _candidates(claim: str, tokens: NDArray[np.float32], evidence: Sequence[Evidence]) -> list[_Candidate]:
    """The sentences that are nearest to a claim, nearest first, read against it."""
    scored = sorted(((_closeness(tokens, e), n) for n, e in enumerate(evidence)), key=lambda found: -found[0])
    near = [(evidence[n], close) for close, n in scored[:CANDIDATES]]
    return [
        _Candidate(e, close, read_claim(claim, e.source))
        for e, close in near
        if close >= (FLOOR_FACT if e.sentence.role in _TERSE else FLOOR)
    ]


def _best(found: Sequence[_Candidate], clauses: set[int]) -> _Candidate | None:
    """The sentence that supports the whole claim best."""
    most = max((c.reading.direct for c in found), default=0.0)
    nearest: dict[str, float] = {}
    for c in found:
        nearest.setdefault(c.article, c.close)
    whole = [
        c
        for c in found
        if clauses <= c.reading.supported
        and c.close >= nearest[c.article] - (SLACK_FACT if c.terse else SLACK)
        and (c.terse or (c.reading.direct >= most - LACKING and c.agreement >= AGREEMENT))
    ]
    return max(whole, key=lambda c: c.agreement, default=None)


def _denial(found: Sequence[_Candidate], best: _Candidate) -> str | None:
    """Why a claim does not stand although a sentence supports it: another one speaks of it more closely, and otherwise."""
    for c in found:
        clear = best.reading.direct == 1 and best.close > c.close and not c.reading.opposed
        denied = c.reading.contradicted and not clear and c.close > best.close - MARGIN
        retold = c.reading.direct > max(RETOLD, best.reading.direct) and c.close > best.close
        if (denied or retold) and c.reading.reasons:
            return c.reading.reasons[0]
    return None


def _on_topic(words: Sequence[Word], evidence: Sequence[Evidence], about: str) -> Sequence[Evidence]:
    """Evidence about what the claim names; where it names no article's subject, about what the question asks about."""
    subjects = {e.passage.article_id: _subject(e.passage.title) for e in evidence}
    said = _subject(" ".join(w.text for w in words))
    leans = any(w.text in LEANING for w in words[:2])
    if not leans and any(subject and subject <= said for subject in subjects.values()):
        return evidence
    asked = _subject(about)
    most = max((len(asked & subject) for subject in subjects.values()), default=0)
    return [e for e in evidence if len(asked & subjects[e.passage.article_id]) == most]


@lru_cache(maxsize=1024)
def _subject(title: str) -> frozenset[str]:
    """Stems of what a title is about: its words before a colon, without those that have opposites."""
    thesaurus = load_thesaurus()
    words = [w.text for w in read_words(title.partition(":")[0]) if w.bears and not thesaurus.has_opposite(w.text)]
    return frozenset(stem for word in words for stem in thesaurus.stems(word))


def _together(found: Sequence[_Candidate], words: Sequence[Word], encoded: Encoded) -> tuple[_Candidate, ...]:
    """Two or three sentences of one article that support all clauses between them; none where there are none.

    A clause of several words needs a sentence that is as near to it as any; a light one goes with its neighbour. What one
    sentence tells nearly word for word is not put together from others, nor is what happens when, if or because.
    """
    if _depends(words) or any(c.reading.direct >= RESTATED for c in found):
        return ()
    done = _shares(found, words, encoded)
    for first, own in zip(found, done, strict=True):
        chosen, left = [first], {word.clause for word in words} - own
        for other, more in zip(found, done, strict=True):
            if left and own and more & left and other.article == first.article:
                chosen.append(other)
                left = left - more
        if not left and len(chosen) <= SENTENCES:
            return tuple(chosen)
    return ()


def _shares(found: Sequence[_Candidate], words: Sequence[Word], encoded: Encoded) -> list[set[int]]:
    """For each sentence, the clauses of the claim that it can contribute."""
    tokens = {n: _tokens_of(encoded, [w for w in words if w.clause == n]) for n in {w.clause for w in words}}
    near = {n: max((_closeness(vectors, c.evidence) for c in found), default=0.0) for n, vectors in tokens.items()}
    heavy = {n for n in tokens if weight(words, n) > 1}
    shares = []
    for c in found:
        own = {n for n in c.reading.supported & heavy if _closeness(tokens[n], c.evidence) >= near[n] - SLACK}
        shares.append(own | {n for n in c.reading.supported - heavy if {n - 1, n + 1} & own})
    return shares


def _depends(words: Sequence[Word]) -> bool:
    """Whether the claim says how its clauses depend on one another, so that no two sentences can say it between them."""
    return any(a.clause != b.clause and b.text in _DEPENDING for a, b in zip(words, words[1:], strict=False))


def _tokens_of(encoded: Encoded, words: Sequence[Word]) -> NDArray[np.float32]:
    """The vectors of the tokens that some words of a claim consist of."""
    first, last = min(w.start for w in words), max(w.end for w in words)
    spans = encoded.token_spans
    return encoded.token_vectors[(spans[:, 0] >= first) & (spans[:, 1] <= last)]


def _closeness(claim: NDArray[np.float32], evidence: Evidence) -> float:
    """Mean over the claim's tokens of their best cosine among the sentence's."""
    if not len(claim) or not len(evidence.vectors):
        return 0.0
    return float((claim @ evidence.vectors.T).max(axis=1).mean())


def _clip(score: float) -> float:
    return min(1.0, max(0.0, score))
