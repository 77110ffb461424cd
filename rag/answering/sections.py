"""What stands under an article's own question or heading: its opening, its list or table, and whether its words are the user's.

It knows passages and their sentences; it does not rank them, nor choose among them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.answering.offers import GENERIC
from rag.types import ANSWERING, Passage, Role, Sentence
from rag.words import words

OPENERS = frozenset({Role.HEADING, Role.QUESTION})
LISTED = frozenset({Role.ITEM, Role.STEP, Role.FACT, Role.ROW})

MOSTLY = 0.6
"""The share of a question's words that a heading must have for it to be what is asked: "Workout B" of "what is in workout B", not
"Cardio" of "cardio or diet"."""

SPARE = 4
"""One word in this many of a heading may be missing from the question."""

_KEYED = re.compile(r"\W{0,4}[^\W\d_][^:.?!\n]{0,39}:\W*\s\S")
_NEGATION = re.compile(r"\b(?:not|never|no|without|avoid)\b|n['’]t\b", re.I)
_CLOSED = re.compile(
    r"^\W*(?:(?:so|and|but|ok|okay|then|well)\W+)*(?:is|are|am|was|were|do|does|did|can|could|should|shall|may|might|must|will|would"
    r"|has|have|had)(?:n['’]?t)?\b",
    re.I,
)
_ASKS = re.compile(r"\b(?:what|which|who|whom|whose|why|when|where|how(?:\s+(?:much|many|long|often|far|fast|old))?)\b")


def is_keyed(line: str) -> bool:
    """Whether a line begins as one does that is a key and its value."""
    return bool(_KEYED.match(line))


def opener_of(passage: Passage, sentence: Sentence) -> Sentence | None:
    """The nearest heading or question above a sentence, in its passage."""
    above = [s for s in passage.sentences if s.end <= sentence.start and s.role in OPENERS]
    return above[-1] if above else None


def lead_in_of(passage: Passage, sentence: Sentence) -> Sentence | None:
    """The words that lead into the list that a sentence is an entry of: those right above its first entry."""
    if sentence.role not in (Role.ITEM, Role.STEP, Role.FACT):
        return None
    above = [s for s in passage.sentences if s.end <= sentence.start and s.block != sentence.block]
    rows = {s.block for s in passage.sentences if s.role is Role.ROW}
    return above[-1] if above and above[-1].role is Role.LEAD_IN and above[-1].block not in rows else None


def head_of(passage: Passage, row: Sentence) -> str:
    """The row that names the columns of a row's table; "" where its passage holds none."""
    above = [s for s in passage.sentences if s.block == row.block and s.role is Role.LEAD_IN]
    return _text(passage, above[0]) if above else ""


def under(passage: Passage, opener: Sentence) -> tuple[Sentence, ...]:
    """The sentences between a heading or question and the next, in its passage."""
    below = [s for s in passage.sentences if s.start >= opener.end]
    stop = next((place for place, s in enumerate(below) if s.role in OPENERS), len(below))
    return tuple(below[:stop])


def lead_up(passage: Passage, sentence: Sentence) -> tuple[Sentence, ...]:
    """The prose from the first sentence under the nearest heading or question to `sentence`; empty where there is none, or
    anything but prose stands between."""
    opener = opener_of(passage, sentence)
    if opener is None:
        return ()
    between = [s for s in under(passage, opener) if s.start <= sentence.start]
    return tuple(between) if all(s.role is Role.PROSE for s in between) else ()


def list_below(passage: Passage, sentence: Sentence) -> tuple[Sentence, ...]:
    """The entries of the list or table that `sentence` is one of, where it stands directly under a heading or question."""
    opener = opener_of(passage, sentence)
    answering = [s for s in under(passage, opener) if s.role in ANSWERING] if opener else []
    if sentence.role not in LISTED or not answering or answering[0].block != sentence.block:
        return ()
    return tuple(s for s in answering if s.block == sentence.block and s.role in LISTED)


def likeness(question: str, opener: str, title: str, *, heading: bool) -> float:
    """How much the words of a heading or question are those of the user's, in [0, 1]: 1 where they are the same, in the same order.

    The words of the article's `title` are understood in both, unless a heading denies nothing else ("When not to sow").
    A question of the article's own counts only where it is the same; a heading also where its words are in the question and are
    most of it, unless that asks for yes or no: a heading claims nothing.
    """
    about = set(_stems(title))
    if heading and about.issuperset(_stems(opener)) and _NEGATION.search(opener):
        about = set()
    said = [stem for stem in _stems(opener) if stem not in about]
    if not said or not _asks_alike(question, opener, heading=heading) or (heading and _CLOSED.match(question)):
        return 0.0
    asked = [w for w in words(question) if w.content and w.stem not in about]
    if said == [w.stem for w in asked]:
        return 1.0
    told = {w.stem for w in asked if w.stem in said or w.form not in GENERIC}
    met = told & set(said)
    if not heading or len(set(said) - met) > len(set(said)) // SPARE:
        return 0.0
    share = len(met) / len(told)
    return share if share >= MOSTLY else 0.0


def _asks_alike(question: str, opener: str, *, heading: bool) -> bool:
    """Whether both ask for the same, "when" or "how much", and both or neither say "not"; a heading may leave open what it asks."""
    if bool(_NEGATION.search(question)) != bool(_NEGATION.search(opener)):
        return False
    asked, own = ({" ".join(m.split()) for m in _ASKS.findall(text.lower())} for text in (question, opener))
    return own <= asked if heading else own == asked


def left_over(question: str, opener: str, title: str) -> set[str]:
    """The stems of the question's words that neither the heading nor the title has, and that say something of their own."""
    understood = {*_stems(opener), *_stems(title)}
    return {w.stem for w in words(question) if w.content and w.stem not in understood and w.form not in GENERIC}


def _text(passage: Passage, sentence: Sentence) -> str:
    return passage.quote(sentence.start, sentence.end)


def _stems(text: str) -> Sequence[str]:
    return [w.stem for w in words(text) if w.content]
