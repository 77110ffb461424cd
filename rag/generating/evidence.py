"""Sentences of articles as evidence: which can support a claim, and what each leans on.

Left out are headings and questions, and every paragraph that gives orders to a language model: it is not there to inform. A
sentence that only reports what somebody says, that the next one takes back, or that stands under "Common mistakes" is
marked as such. This module does not know claims.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.embedding.embeddings import Encoded
from rag.generating.alignment import Source
from rag.generating.claims import REPORTED
from rag.generating.wording import Word, read_words
from rag.thesaurus import load_thesaurus
from rag.types import ANSWERING, Passage, Role, Sentence
from rag.words import warn

LEANING = frozenset("it its they them their this these those both such each neither either he she that one".split())
"""Words that stand for something said before."""

_AMOUNTS = frozenset("most some many others few several".split())
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
    r"\W*(that|this)('s| is| was) (not (so|true)|(a |an )?(myth|mistake|nonsense|wrong|false|untrue))\b(?! (that|to))",
    re.IGNORECASE,
)
_LABEL = re.compile(r"\W{0,4}(?:[^\s:.!?]+\s){0,3}[^\s:.!?]+:(?=\W)")
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


def addresses_a_model(text: str) -> bool:
    """Whether a sentence gives orders to a language model rather than telling readers something."""
    return bool(_TO_A_MODEL.search(text))


def read_evidence(passage: Passage, encoded: Encoded) -> Iterator[Evidence]:
    """The sentences of a passage that can support a claim."""
    texts = [passage.quote(s.start, s.end) for s in passage.sentences]
    poisoned = {s.block for s, text in zip(passage.sentences, texts, strict=True) if addresses_a_model(text)}
    for i, sentence in enumerate(passage.sentences):
        if sentence.role in ANSWERING and sentence.block not in poisoned:
            yield Evidence(passage, sentence, _source(passage, texts, i), _vectors(passage, sentence, encoded))


def _source(passage: Passage, texts: list[str], i: int) -> Source:
    """The words of the passage's sentence `i`, and what it leans on."""
    text, words = texts[i], read_words(texts[i])
    told = [text for s, text in zip(passage.sentences[:i], texts, strict=False) if s.role is not Role.QUESTION]
    leans = any(word.text in LEANING for word in words) or any(_stands_alone(words, j) for j in range(len(words)))
    label = _LABEL.match(text)
    taken_back = i + 1 < len(texts) and _TAKEN_BACK.match(texts[i + 1])
    return Source(
        words,
        topic=(*_topic(passage.context), *_table_head(passage, texts, i)),
        label=read_words(label[0]) if label else (),
        before=read_words(" ; ".join(told[-2:])) if leans else (),
        reported=bool(taken_back or REPORTED.search(text)),
        warned=warn(passage.headings),
    )


def _stands_alone(words: tuple[Word, ...], j: int) -> bool:
    """Whether "most", "some" or "others" stands for people or things named before: "Most call it …"."""
    if words[j].text not in _AMOUNTS or (j and words[j - 1].clause == words[j].clause):
        return False
    following = words[j + 1].text if j + 1 < len(words) else ""
    return following in ("of", "do", "have") or load_thesaurus().acts(following)


def _table_head(passage: Passage, texts: list[str], i: int) -> tuple[Word, ...]:
    """For a row of a table, the words of its first row."""
    sentence = passage.sentences[i]
    if sentence.role is not Role.ROW:
        return ()
    return read_words(next(text for s, text in zip(passage.sentences, texts, strict=True) if s.block == sentence.block))


def _vectors(passage: Passage, sentence: Sentence, encoded: Encoded) -> NDArray[np.float32]:
    """The vectors of the tokens that lie in a sentence."""
    spans = encoded.token_spans
    first, last = sentence.start - passage.start, sentence.end - passage.start
    return encoded.token_vectors[(spans[:, 0] >= max(0, first)) & (spans[:, 1] <= last)]


def _topic(context: str) -> tuple[Word, ...]:
    """The words of a title that it does not leave open: "push or pull", "concentric and eccentric"."""
    title, *headings = context.split(" > ")
    telling = [title, *(heading for heading in headings if not heading.rstrip().endswith("?"))]
    words = read_words(_OPEN.sub(" ", " ; ".join(telling)))
    opposites = {stem for word in words for stem in load_thesaurus().opposites(word.text)}
    return tuple(w for w in words if not opposites & load_thesaurus().stems(w.text))
