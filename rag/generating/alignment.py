"""A claim's words laid beside a sentence's: where each stands there, and what the sentence borrows from around it.

A word stands where the same word does, another form of it, or one that can stand for it, in that order; no word of the
sentence stands for two. This module does not know what follows from it for the claim.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rag.generating.wording import FUNCTION, UNITS, Word, read_words
from rag.thesaurus import load_thesaurus

MORE = frozenset("more most greater higher larger bigger over above exceed exceeds beyond".split())
LESS = frozenset("less least fewer under below lower smaller".split())
CIRCUMSTANCES = frozenset("as when while if once".split())
PREPOSITIONS = frozenset(
    "for in with at on during after before without by under over from to of as when if while".split()
)
COPULAS = frozenset("is are was were be".split())

_CLASSES = COPULAS | frozenset("count counts class classed classified call called consider considered regarded".split())
_OBJECTS = frozenset("it them none".split())
_PARTICLES = frozenset("up down off out".split())
_SILENT = FUNCTION - MORE - LESS


@dataclass(frozen=True, slots=True)
class Source:
    """A sentence as evidence: its words, and the words that it leans on.

    Attributes:
        topic: words of the title and headings, less those that they leave open ("push or pull").
        label: words of what the sentence begins with, where a colon follows ("Floor press: …").
        before: words of what stands just before, where the sentence leans on it ("It …", "Both …").
        warned: whether it stands under "Common mistakes" or the like.
        reported: whether the sentence only reports what somebody says, or the next one takes it back.
    """

    words: tuple[Word, ...]
    topic: tuple[Word, ...] = ()
    label: tuple[Word, ...] = ()
    before: tuple[Word, ...] = ()
    reported: bool = False
    warned: bool = False


def needs_support(word: Word) -> bool:
    """Whether the word says something that an article must say too."""
    return word.bears or (word.number is not None and word.text not in ("one", "once"))


class Alignment:
    """The words of a claim beside those of a sentence.

    Attributes:
        words, there: the claim's words, and the sentence's.
        places: for each word of the claim, where in the sentence it stands; empty where it does not.
        literal: the same for the words themselves and their forms alone.
        flipped: words of the claim whose opposites stand there, negated where they are not, or the other way round.
        clauses: for each clause of the claim the places of its words in the claim.
    """

    def __init__(self, claim: str, source: Source) -> None:
        self.source, self.thesaurus = source, load_thesaurus()
        self.words, self.there = read_words(claim), source.words
        exact = [self._exact(word) for word in self.words]
        said = Counter(word.text for word in self.words)
        taken = {j for word, at in zip(self.words, exact, strict=True) for j in at[: said[word.text]]}
        self.literal = [at or self._form(word, taken) for word, at in zip(self.words, exact, strict=True)]
        self._anchor()
        taken |= {j for at in self.literal for j in at}
        self.places = [at or self._similar(word, taken) for word, at in zip(self.words, self.literal, strict=True)]
        denied = {i: at for i, word in enumerate(self.words) if not self.places[i] and (at := self._denied(word))}
        for i, at in denied.items():
            self.places[i] = at
        self.flipped = frozenset(denied)
        self.clauses = {
            number: [i for i, word in enumerate(self.words) if word.clause == number]
            for number in sorted({word.clause for word in self.words})
        }

    @property
    def direct(self) -> float:
        """The share of the claim's words, function words aside, that stand in the sentence itself, in [0, 1]."""
        telling = [i for i, word in enumerate(self.words) if word.text not in FUNCTION]
        return sum(bool(self.places[i]) for i in telling) / max(1, len(telling))

    def found(self, clause: Sequence[int]) -> dict[int, list[int]]:
        """The words of a clause that count for the order of things, and where they stand."""
        return {i: self.places[i] for i in clause if self.counts(i)}

    def counts(self, i: int) -> bool:
        """Whether a word counts for the order of things: it stands there, and is no mere function word."""
        word = self.words[i]
        if needs_support(word):
            return bool(self.places[i])
        return bool(self.literal[i]) and (word.text not in FUNCTION or word.text in _PARTICLES)

    def home(self, clause: Sequence[int]) -> int | None:
        """The clause of the sentence that most of a claim's clause stands in; the earliest among equals."""
        found = self.found(clause)
        shares: dict[int, float] = {}
        for i in clause if found else ():
            for there in {self.there[j].clause for j in self.places[i]}:
                shares[there] = shares.get(there, 0.0) + (1.0 if i in found else 0.01)
        return max(shares, key=lambda there: (shares[there], -there), default=None)

    def subject(self, clause: int) -> int:
        """The first word that says something in a clause of the claim; its first word where none does."""
        return next((i for i in self.clauses[clause] if self.words[i].bears), self.clauses[clause][0])

    def clauses_of(self, i: int) -> set[int]:
        """The clauses of the sentence that a word of the claim stands in."""
        return {self.there[j].clause for j in self.places[i]}

    def is_number(self, i: int) -> bool:
        """Whether a word is a number or what it counts, which may stand anywhere in a sentence."""
        return self.words[i].number is not None or self.words[i].text in UNITS

    def on_topic(self, word: Word) -> bool:
        """Whether a word stands in the title or the headings."""
        return any(self.same(word, w) for w in self.source.topic)

    def labelled(self, word: Word) -> bool:
        """Whether a word stands in what the sentence begins with, before a colon."""
        return any(self.same(word, w) for w in self.source.label)

    def framed(self, place: int) -> bool:
        """Whether a word of the sentence stands in what frames it: its label, or "For strength, …"."""
        return opening(self.there, self.there[place].clause) in PREPOSITIONS or self.labelled(self.there[place])

    def in_a_name(self, i: int) -> bool:
        """Whether a word and one beside it both stand in the title: "pull" in "face pull"."""
        beside = [self.words[k] for k in (i - 1, i + 1) if 0 <= k < len(self.words)]
        return self.on_topic(self.words[i]) and any(self.on_topic(word) for word in beside)

    def borrows(self, i: int, clause: Sequence[int]) -> bool:
        """Whether the title supplies a word, or, for a subject or an object, the sentences before."""
        word = self.words[i]
        if self.on_topic(word):
            return not self._is_predicate(i, clause)
        subject = not any(self.places[k] and needs_support(self.words[k]) for k in clause if k < i)
        if not subject and not self._stands_for_object(clause):
            return False
        return any(w.negated == word.negated and self.same(word, w) for w in self.source.before)

    def same(self, one: Word, other: Word) -> bool:
        """Whether two words are forms of one."""
        return bool(self.thesaurus.stems(one.text) & self.thesaurus.stems(other.text))

    def opposed(self, one: Word, other: Word) -> bool:
        """Whether two words are opposites."""
        return bool(self.thesaurus.opposites(one.text) & self.thesaurus.stems(other.text))

    def _anchor(self) -> None:
        """Keep neighbours together: "Romanian deadlift" stands where both words do, and the other "deadlift" elsewhere."""
        for i, word in enumerate(self.words[1:], 1):
            before = self.words[i - 1]
            if not (word.bears and before.bears and before.clause == word.clause):
                continue
            ends = {*self.literal[i], *self._form(word, set())}
            pairs = [(j - 1, j) for j in sorted(ends) if j - 1 in self.literal[i - 1]]
            if pairs:
                self.literal[i - 1], self.literal[i] = [list(at) for at in zip(*pairs, strict=True)]
        for i, word in enumerate(self.words):
            if not word.bears or len(self.literal[i]) < 2:
                continue
            others = {
                j
                for k, at in enumerate(self.literal)
                if k != i and self.words[k].text == word.text and len(at) == 1
                for j in at
            }
            unmodified = [j for j in self.literal[i] if not self._modified(j) or (i and self.words[i - 1].bears)]
            self.literal[i] = [j for j in self.literal[i] if j not in others] or self.literal[i]
            self.literal[i] = [j for j in self.literal[i] if j in unmodified] or self.literal[i]

    def _modified(self, place: int) -> bool:
        """Whether the word just before a place of the sentence may say which one is meant."""
        before = self.there[place - 1] if place else None
        return before is not None and before.bears and before.clause == self.there[place].clause

    def _exact(self, word: Word) -> list[int]:
        """Where in the sentence a word or a number stands."""
        same_number = word.number is not None
        at = [j for j, w in enumerate(self.there) if w.text == word.text or (same_number and w.number == word.number)]
        repeats = [w for w in self.words if w.text == word.text]
        if len(repeats) > len(at) and repeats.index(word) >= len(at) and self.thesaurus.is_pole(word.text):
            return []  # "bent forwards, with the knees bent", where the article bends only forwards
        return at

    def _form(self, word: Word, taken: set[int]) -> list[int]:
        """Where another form of a word stands ("pulling" for "pull")."""
        stems = self.thesaurus.stems(word.text)
        return [j for j, w in enumerate(self.there) if j not in taken and stems & self.thesaurus.stems(w.text)]

    def _similar(self, word: Word, taken: set[int]) -> list[int]:
        """Where a word stands that can stand for it, and does not stand for another already."""
        if word.name or word.number is not None or word.text in FUNCTION:
            return []
        free = [j for j, w in enumerate(self.there) if j not in taken and w.number is None]
        return [
            j for j in free if self.there[j].text not in _SILENT and self.thesaurus.means(word.text, self.there[j].text)
        ]

    def _is_predicate(self, i: int, clause: Sequence[int]) -> bool:
        """Whether a word is what its clause says that something else is: "… is a lunge"."""
        before = [k for k in clause if k < i]
        copula = any(self.words[k].text in _CLASSES for k in before[-4:])
        return copula and any(self.places[k] and self.words[k].bears for k in before)

    def _stands_for_object(self, clause: Sequence[int]) -> bool:
        """Whether the sentence says "it" or "them" of something, and the claim does not."""
        if any(self.words[i].text in _OBJECTS for i in clause):
            return False
        return any(
            w.text in _OBJECTS and j and self.there[j - 1].clause == w.clause and self.there[j - 1].text not in FUNCTION
            for j, w in enumerate(self.there)
        )

    def _denied(self, word: Word) -> list[int]:
        """Where the sentence says "disagree" and the claim "do not agree", or the other way round."""
        if word.number is not None:
            return []
        return [j for j, w in enumerate(self.there) if w.negated != word.negated and self.opposed(word, w)]


def opening(words: Sequence[Word], clause: int) -> str:
    """The word that a clause begins with."""
    return next(word.text for word in words if word.clause == clause)


def following(words: Sequence[Word], i: int) -> str:
    """The word after one; empty after the last."""
    return words[i + 1].text if i + 1 < len(words) else ""
