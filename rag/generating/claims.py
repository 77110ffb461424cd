"""One claim against one sentence of an article: which clauses of the claim the sentence supports, and why not the others.

Each word that carries a clause must stand in the sentence, or a word that means the same; what the sentence leans on (the
title, the sentences just before) can supply a subject. Numbers, negations, comparisons and who does what to whom must
agree. Each check below is given a clause and says why it is not supported, or None. It knows words and their order; it
does not know vectors, passages or models.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rag.generating.alignment import (
    CIRCUMSTANCES,
    LESS,
    MORE,
    PREPOSITIONS,
    Alignment,
    Source,
    following,
    needs_support,
    opening,
)
from rag.generating.belonging import displaced, framed_otherwise, of_another, swapped
from rag.generating.wording import DETERMINERS, FUNCTION, GLUE, NEGATIONS, Word

BORROWED = 3
"""Words of a clause that the title or the sentences before may supply."""

SPARE = 0.5
"""The share of a clause that must be there for a plain verb of its own to be let pass."""

REPORTED = re.compile(
    r"\b(told|believe[sd]?|claims?|claimed|thinks?|thought|argue[sd]?|call(?:s|ed)? (?:it|them)|files? (?:it|them)|"
    r"(?:coaches|lifters|people|experts|trainers|lists?|program(?:me)?s) (?:class|classify|list|call|consider|regard|say|put)|"
    r"disagree|differ over|(?:not|don['’]t|seldom|rarely)(?: all| always)? agree|supposed(?:ly)?|said to|so-called|rumou?r|allegedly|"
    r"heard)\b",
    re.IGNORECASE,
)
"""A sentence that says what somebody says. It supports a claim that says so too, and no other."""

_EXACT = frozenset("only alone solely always everyone everything everybody nobody never none".split())
_ALONE = frozenset("only alone solely".split())
_FEW = frozenset("a an little few slightly".split())
_MUCH = frozenset("much lot great large big major considerable significant plenty".split())
_LITTLE = frozenset("little small slight minor few slightly hardly".split())
_ON, _OFF = frozenset("on onto".split()), frozenset({"off"})
_SIDES = (
    (MORE, LESS),
    (_MUCH, _LITTLE),
    (_ON, _OFF),
    (frozenset({"up"}), frozenset({"down"})),
    (frozenset("in into".split()), frozenset({"out"})),
    (frozenset("toward towards".split()), frozenset({"away"})),
    (frozenset({"what"}), frozenset("when where".split())),
    (frozenset({"before"}), frozenset({"after"})),
)
"""Pairs of groups of which a claim and a sentence must not take different ones."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How far a sentence supports a claim.

    Attributes:
        supported: the clauses that it supports.
        reasons: why each of the others is not supported, in plain words.
        direct: the share of the claim's words that stand in the sentence itself, in [0, 1].
        contradicted: whether the sentence says the opposite: it negates what is claimed, or says down for up.
        opposed: whether it does so by the opposite of a word.
    """

    supported: frozenset[int]
    reasons: tuple[str, ...]
    direct: float
    contradicted: bool = False
    opposed: bool = False


def read_claim(claim: str, source: Source) -> Reading:
    """Hold a claim against a sentence."""
    if source.reported and not REPORTED.search(claim):
        return Reading(frozenset(), ("the article only reports it",), 0)
    laid = Alignment(claim, source)
    if source.warned and _orders(laid):
        return Reading(frozenset(), ("the article warns of it",), 0)
    whys = {number: _why_not(laid, clause) for number, clause in laid.clauses.items()}
    supported = frozenset(number for number, why in whys.items() if why is None)
    reasons = tuple(why for why in whys.values() if why)
    contradicted, opposed = (any(isinstance(why, kind) for why in reasons) for kind in (_Opposite, _OppositeWord))
    return Reading(supported, tuple(map(str, reasons)), laid.direct, contradicted, opposed)


def weight(words: Iterable[Word], clause: int) -> int:
    """How many words of a clause need support."""
    return sum(word.clause == clause and needs_support(word) for word in words)


class _Opposite(str):
    """A reason: the article says the opposite."""


class _OppositeWord(_Opposite):
    """A reason: the article says down for up."""


def _why_not(laid: Alignment, clause: Sequence[int]) -> str | None:
    """Why a clause is not supported; None where it is."""
    for check in (_opposed, _negated, _missing, displaced, of_another, swapped, framed_otherwise, _other_side, _astray):
        if why := check(laid, clause):
            return why if isinstance(why, _Opposite) and _else_there(laid, clause) else str(why)
    return None


def _orders(laid: Alignment) -> bool:
    """Whether the claim tells the reader to do something."""
    first = laid.words[0].text
    plain = first not in FUNCTION and not first.endswith(("ing", "ed", "s")) and laid.thesaurus.acts(first)
    return plain and not any(word.text in NEGATIONS for word in laid.words)


def _else_there(laid: Alignment, clause: Sequence[int]) -> bool:
    """Whether the sentence has all that a clause says, but for words that it has the opposites of."""
    lacking = [word for i in clause if (word := laid.words[i]).bears and not laid.places[i] and not laid.on_topic(word)]
    return all(any(laid.opposed(word, other) for other in laid.there) for word in lacking)


# What is there at all


def _missing(laid: Alignment, clause: Sequence[int]) -> str | None:
    """A word or a number that the sentence has not, nor what it leans on."""
    missing: list[int] = []
    for i in clause:
        word = laid.words[i]
        if why := _amiss(laid, i):
            return why
        if word.bears and not laid.places[i] and not laid.borrows(i, clause):
            missing.append(i)
    if missing and (len(missing) > 1 or not _spare(laid, clause, missing[0])):
        return f"“{laid.words[missing[0]].text}” is not in the article"
    return _too_little(laid, clause, missing)


def _amiss(laid: Alignment, i: int) -> str | None:
    """A word that must be there as it is: a number, "only", "always"."""
    word = laid.words[i]
    if word.text in ("one", "once"):
        return _one_of_two(laid, i)
    if word.number is not None:
        return _number_amiss(laid, word)
    belittles = word.text == "only" and following(laid.words, i) in _FEW  # "only slightly" adds nothing to "slightly"
    alone = word.text in _ALONE and any(w.text in _ALONE for w in laid.there)
    if word.text in _EXACT and not laid.places[i] and not belittles and not alone:
        return f"“{word.text}” is not in the article"
    return None


def _number_amiss(laid: Alignment, word: Word) -> str | None:
    numbers = [w for w in laid.there if w.number is not None]
    equal = [w for w in numbers if w.number == word.number]
    if not equal:
        return f"{word.text} is not in the article"
    same_unit = [w for w in numbers if w.unit == word.unit]
    of_another = word.unit not in (None, "time") and not any(w in same_unit for w in equal)
    if of_another and (same_unit or all(w.unit for w in equal)):
        return f"the article does not count {word.text} {word.unit}"
    return None


def _one_of_two(laid: Alignment, i: int) -> str | None:
    """One hand, where the article says both hands."""
    noun = laid.words[i + 1] if i + 1 < len(laid.words) else None
    if not noun or not noun.bears:
        return None
    counted = [laid.there[j - 1] for j, w in enumerate(laid.there) if j and laid.same(noun, w)]
    others = [w for w in counted if w.text == "both" or (w.number is not None and w.number != 1)]
    return f"the article says “{others[0].text}”" if others and len(others) == len(counted) else None


def _spare(laid: Alignment, clause: Sequence[int], i: int) -> bool:
    """Whether a word may be missing: a plain verb or adverb without a known opposite, in a clause that is there."""
    word, thesaurus = laid.words[i], laid.thesaurus
    if (
        word.name
        or thesaurus.has_opposite(word.text)
        or not thesaurus.acts(word.text)
        or thesaurus.describes(word.text)
    ):
        return False
    before = laid.words[i - 1].text if i else ""
    if before in DETERMINERS | (PREPOSITIONS - {"to"}):  # "a squat" is a thing
        return False
    if word.text.endswith("ing") and (
        before == "to" or thesaurus.acts(before) or before in GLUE
    ):  # so is "trains climbing"
        return False
    telling = [k for k in clause if laid.words[k].text not in FUNCTION]
    return sum(bool(laid.places[k]) for k in telling) >= SPARE * len(telling)


def _too_little(laid: Alignment, clause: Sequence[int], missing: Sequence[int]) -> str | None:
    """A clause of which the sentence itself says hardly anything."""
    needed = [i for i in clause if needs_support(laid.words[i])]
    borrowed = [i for i in needed if not laid.places[i] and i not in missing]
    if not borrowed:
        return None
    whole = len(borrowed) == len(needed)
    if all(laid.on_topic(laid.words[i]) for i in borrowed) and not (
        whole and len(needed) == 1 and len(laid.clauses) == 1
    ):
        return None
    too_many = len(borrowed) > max(BORROWED, len(needed) - len(borrowed))
    return "too little of it is in one sentence" if whole or too_many else None


# What is there the other way round


def _opposed(laid: Alignment, clause: Sequence[int]) -> str | None:
    """A word whose opposite stands in its place, or nearer to the rest of the clause than itself."""
    home = laid.home(clause) or 0
    for i in clause:
        word = laid.words[i]
        if i in laid.flipped or laid.in_a_name(i) or any(laid.opposed(word, laid.words[k]) for k in clause):
            continue
        own = {laid.there[j].clause for j in laid.places[i]}
        if home in own:
            continue
        first, last = (min(home, *own), max(home, *own)) if own else (0, len(laid.there))
        for other in laid.there:
            between = first <= other.clause <= last and other.clause not in own
            if between and other.negated == word.negated and laid.opposed(word, other):
                why = f"the article says “{other.text}”, not “{word.text}”"
                return why if own else _OppositeWord(why)
    return None


def _negated(laid: Alignment, clause: Sequence[int]) -> str | None:
    """A word that one of the two negates. Where both do, what else stands under the negation is a matter of order."""
    claimed = sum(laid.words[i].text in NEGATIONS for i in clause)
    under = any(laid.words[i].negated for i in clause)
    for i in clause:
        word, at = laid.words[i], laid.places[i]
        if i in laid.flipped or not laid.counts(i) or any(laid.there[j].negated == word.negated for j in at):
            continue
        clauses = {laid.there[j].clause for j in at}
        said = sum(w.clause in clauses and w.text in NEGATIONS for w in laid.there)
        if not under or said != claimed:
            why = f"the article {'does not negate' if word.negated else 'negates'} “{word.text}”"
            return _Opposite(why) if word.bears else why
    return None


def _other_side(laid: Alignment, clause: Sequence[int]) -> str | None:
    """More where the article says less, into where it says out of."""
    home = laid.home(clause)
    if home is None:
        return None
    near, whole = {w.text for w in laid.there if w.clause == home}, {w.text for w in laid.there}
    here = {laid.words[i].text for i in clause}
    for one, other in (*_SIDES, *((b, a) for a, b in _SIDES)):
        beside = {
            laid.there[j + 1].text
            for i in clause
            if laid.words[i].bears and following(laid.words, i) in one
            for j in laid.places[i]
            if j + 1 < len(laid.there)
        }
        if beside & other and not beside & one:
            return _OppositeWord(f"the article says “{min(beside & other)}”")
        side = whole if one in (_ON, _OFF) else near
        agrees = whole if one in (_ON, _OFF, _MUCH, _LITTLE) else near
        if here & one and not here & other and side & other and not agrees & one:
            return _OppositeWord(f"the article says “{min(side & other)}”")
    return None


def _astray(laid: Alignment, clause: Sequence[int]) -> str | None:
    """A "when …" that the article says of the opposite: exhale as the bar comes down, where it says inhale."""
    own = laid.home(clause)
    if own is None or laid.words[clause[0]].text not in CIRCUMSTANCES or opening(laid.there, own) not in CIRCUMSTANCES:
        return None
    governor, there = _governor(laid.words, laid.words[clause[0]].clause), _governor(laid.there, own)
    if governor is None or laid.home(laid.clauses[governor]) in (None, own, there):
        return None
    for i in laid.clauses[governor]:
        if any(laid.opposed(laid.words[i], w) for w in laid.there if w.clause == there):
            return f"the article does not say “{laid.words[i].text}” of that case"
    return None


def _governor(words: Sequence[Word], clause: int) -> int | None:
    """The clause that a "when …" belongs to: the main one before it, or else after it."""
    mains = [c for c in sorted({w.clause for w in words}) if opening(words, c) not in CIRCUMSTANCES]
    return max((c for c in mains if c < clause), default=min(mains, default=None))
