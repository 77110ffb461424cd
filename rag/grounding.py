"""Whether a sentence that a model wrote is what the articles say, and which of their sentences say it.

Candidates are found by late interaction over token vectors; each is then read word by word (`rag.claims`). A claim is
supported by one sentence, or by two or three of the same article that support its clauses between them. What is not
clearly supported is unsupported: a true sentence lost costs less than an invented one kept. This module does not know
models or prompts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from rag.alignment import Source, needs_support
from rag.claims import REPORTED, Reading, read_claim, weight
from rag.embeddings import Encoded, TokenEmbeddings
from rag.thesaurus import load_thesaurus
from rag.types import ANSWERING, Passage, Role, Sentence
from rag.wording import Word, read_words

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
_TO_A_MODEL = re.compile(
    r"\b(ignore|disregard|forget|override)\b.{0,40}\b(instructions?|prompts?|rules|passages?|sources?|context|above|previous)\b"
    r"|\byou are (now )?(an?|the) .{0,30}\b(assistant|model|bot|ai|chatbot)\b|\bsystem prompt\b|\bas an ai\b"
    r"|^\W*(system|assistant|user|human|developer)\W*[:,]|<\|?/?(im_start|im_end|system|user|assistant|inst)\b|\[/?INST\]"
    r"|\b(tell|inform|convince) the (user|reader)\b|\b(answer|respond|reply)( to)? (every|all|any) "
    r"|\bfrom now on\b.{0,40}\b(answer|respond|reply|say|you)\b"
    r"|\bwhen(ever)? (you are )?asked\b.{0,60}\b(say|reply|answer|respond)\b"
    r"|\bdo not (mention|reveal|cite|tell|use) (the |your |any |these )?(sources?|passages?|instructions?|prompts?|user)\b",
    re.IGNORECASE,
)
_TAKEN_BACK = re.compile(
    r"\W*(that|this)('s| is| was) (not (so|true)|(a |an )?(myth|mistake|nonsense|wrong|false|untrue))\b(?! (that|to))", re.IGNORECASE
)
_DEPENDING = frozenset("when if because since so unless until than once then by".split())
_LEANING = frozenset("it its they them their this these those both such each neither either he she that one".split())
_LABEL = re.compile(r"\W{0,4}(?:[^\s:.!?]+\s){0,3}[^\s:.!?]+:(?=\W)")
_WARNING = re.compile(r"\b(mistakes?|errors?|avoid|wrong|don['’]t|never|faults?|pitfalls?)\b", re.IGNORECASE)
_OPEN = re.compile(r"[\w-]+ (or|vs\.?|versus) [\w-]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """A sentence that can support a claim, as it was read."""

    passage: Passage
    sentence: Sentence
    source: Source
    vectors: NDArray[np.float32]

    @property
    def text(self) -> str:
        """The sentence as it stands in the article."""
        return self.passage.quote(self.sentence.start, self.sentence.end)


@dataclass(frozen=True, slots=True, eq=False)
class Support:
    """The sentences that support a claim, the weightiest first, and how closely they say it, in [0, 1]."""

    evidence: tuple[Evidence, ...]
    score: float


@dataclass(frozen=True, slots=True)
class Unsupported:
    """Why no sentence supports a claim, in plain words."""

    reason: str


def addresses_a_model(text: str) -> bool:
    """Whether a sentence gives orders to a language model rather than telling readers something."""
    return bool(_TO_A_MODEL.search(text))


class Grounder:
    """Finds the sentences that support a claim. Holds no state of a conversation; safe from several threads."""

    def __init__(self, embeddings: TokenEmbeddings) -> None:
        self._embeddings = embeddings

    def read(self, passages: Sequence[Passage], encoded: Sequence[Encoded] | None = None) -> tuple[Evidence, ...]:
        """The sentences of passages as evidence.

        Args:
            encoded: the passages as the embedder reads them, where the caller has them; else they are encoded here.

        Left out are headings, questions and the like, and every paragraph that addresses a language model.
        """
        if encoded is None:
            encoded = list(self._embeddings.encode_passages((p.context, p.text) for p in passages))
        return tuple(e for passage, tokens in zip(passages, encoded, strict=True) for e in _evidence(passage, tokens))

    def support(self, claim: str, evidence: Sequence[Evidence], *, about: str = "") -> Support | Unsupported:
        """What supports a claim.

        Args:
            claim: one sentence, without markers.
            about: the question that it answers, in which a subject stands that the claim may leave out ("It is a pull.").
        """
        words = read_words(claim)
        if not any(needs_support(word) for word in words):
            return Unsupported("it claims nothing that can be checked")
        clauses = {word.clause for word in words}
        encoded = self._embeddings.encode_query(claim)
        tokens = encoded.token_vectors
        close = {e: _closeness(tokens, e) for e in _on_topic(words, evidence, about)}
        nearest = sorted(close, key=lambda e: -close[e])[:CANDIDATES]
        read = [(e, read_claim(claim, e.source)) for e in nearest if close[e] >= _floor(e)]
        most = max((reading.direct for _, reading in read), default=0.0)
        nearest_in = {a: max(close[e] for e in close if e.passage.article_id == a) for a in {e.passage.article_id for e in close}}
        whole = [
            (reading.direct + close[e], e)
            for e, reading in read
            if clauses <= reading.supported
            and (e.sentence.role in _TERSE or reading.direct >= most - LACKING)
            and (e.sentence.role in _TERSE or reading.direct + close[e] >= AGREEMENT)
            and close[e] >= nearest_in[e.passage.article_id] - (SLACK_FACT if e.sentence.role in _TERSE else SLACK)
        ]
        if whole:
            best = max(whole, key=lambda found: found[0])[1]
            told = dict(read)[best].direct
            for e, reading in read:
                denied = reading.contradicted and close[e] > close[best] - MARGIN
                if denied or (reading.direct > RETOLD and told < reading.direct and close[e] > close[best]):
                    return Unsupported(reading.reasons[0])
            return Support((best,), _clip(close[best]))
        spans = {c: _tokens_of(encoded, [w for w in words if w.clause == c]) for c in clauses}
        restated = any(reading.direct >= RESTATED for _, reading in read)
        if not restated and not _related(words) and (parts := _together(read, words, spans)):
            return Support(parts, _clip(min(close[e] for e in parts)))
        return Unsupported(next((why for _, reading in read for why in reading.reasons), "no article says so"))


def _evidence(passage: Passage, encoded: Encoded) -> Iterator[Evidence]:
    texts = [passage.quote(s.start, s.end) for s in passage.sentences]
    poisoned = {s.block for s, text in zip(passage.sentences, texts, strict=True) if addresses_a_model(text)}
    topic = _topic(passage.context)
    warned = any(_WARNING.search(heading) for heading in passage.headings)
    spans = encoded.token_spans + np.int32(passage.start) if len(encoded.token_spans) else encoded.token_spans
    for i, (sentence, text) in enumerate(zip(passage.sentences, texts, strict=True)):
        if sentence.role not in ANSWERING or sentence.block in poisoned:
            continue
        words = read_words(text)
        leans = any(word.text in _LEANING for word in words)
        told = [text for s, text in zip(passage.sentences[:i], texts, strict=False) if s.role is not Role.QUESTION]
        leant_on = told[-2:] if leans else []
        own_topic = topic
        if sentence.role is Role.ROW:  # the head of its table
            head = [text for s, text in zip(passage.sentences[:i], texts, strict=False) if s.block == sentence.block][:1]
            own_topic = (*topic, *read_words("".join(head)))
        before = read_words(" ; ".join(leant_on))
        taken_back = i + 1 < len(texts) and _TAKEN_BACK.match(texts[i + 1])
        inside = (encoded.token_spans[:, 0] >= 0) & (spans[:, 0] >= sentence.start) & (spans[:, 1] <= sentence.end)
        label = _LABEL.match(text)
        source = Source(words, own_topic, read_words(label[0]) if label else (), before, bool(taken_back or REPORTED.search(text)), warned)
        yield Evidence(passage, sentence, source, encoded.token_vectors[inside])


def _topic(context: str) -> tuple[Word, ...]:
    """The words of a title that it does not leave open: "push or pull", "concentric and eccentric"."""
    title, *headings = context.split(" > ")
    telling = [title, *(heading for heading in headings if not heading.rstrip().endswith("?"))]
    words = read_words(_OPEN.sub(" ", " ; ".join(telling)))
    opposites = {stem for word in words for stem in load_thesaurus().opposites(word.text)}
    return tuple(w for w in words if not opposites & load_thesaurus().stems(w.text))


def _on_topic(words: Sequence[Word], evidence: Sequence[Evidence], about: str) -> Sequence[Evidence]:
    """Evidence about what the claim names; where it names no article's subject, about what the question asks about."""
    subjects = {e.passage.article_id: _subject(e.passage.title) for e in evidence}
    said = _subject(" ".join(w.text for w in words))
    leans = any(w.text in _LEANING for w in words[:2])
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


def _together(
    read: Sequence[tuple[Evidence, Reading]], words: Sequence[Word], tokens: Mapping[int, NDArray[np.float32]]
) -> tuple[Evidence, ...]:
    """Two or three sentences of one article that support all clauses between them; none where there are none.

    A clause of several words needs a sentence that is as near to it as any; a light one goes with its neighbour.
    """
    near = {c: max((_closeness(vectors, e) for e, _ in read), default=0.0) - SLACK for c, vectors in tokens.items()}
    heavy = {c for c in tokens if weight(words, c) > 1}
    parts = []
    for e, reading in read:
        done = {c for c in reading.supported & heavy if _closeness(tokens[c], e) >= near[c]}
        parts.append((e, done | {c for c in reading.supported - heavy if {c - 1, c + 1} & done}))
    for first, done in parts:
        chosen, left = [first], set(tokens) - done
        for other, more in parts:
            if left and done and more & left and other.passage.article_id == first.passage.article_id:
                chosen.append(other)
                left = left - more
        if not left and len(chosen) <= SENTENCES:
            return tuple(chosen)
    return ()


def _related(words: Sequence[Word]) -> bool:
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


def _floor(evidence: Evidence) -> float:
    return FLOOR_FACT if evidence.sentence.role in _TERSE else FLOOR


def _clip(score: float) -> float:
    return min(1.0, max(0.0, score))
