"""The two things that an "or" offers: "feet high or feet low", "at the start or at the end", "a front squat or a back squat".

What stands on both sides of an "or" is read outwards from it, and made parallel: both sides open with the same word ("at …
or at …"), with the same ending ("closer or further away"), name a subject each, or are about as long. This module reads a
question's words; it does not know which options are classes that exclude each other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.answering.answer_types import NUMBERS
from rag.answering.subjects import Mention
from rag.thesaurus import load_thesaurus
from rag.words import FUNCTION_WORDS, Word, words

MOST_WORDS = 4
"""An option has no more words."""

WITHIN = 7
"""The first side begins at most so many words before the "or"."""

GENERIC = frozenset(
    """exercise exercises movement movements lift lifts move moves motion motions type types kind sort class category group
    considered classed classified categorised categorized counted count counts called call think thought said regarded
    based pattern family one thing things activity action go goes going belong belongs actually basically technically mainly mostly usually
    supposed way ways""".split()
)
"""Words that go with an option or a subject and say nothing of their own."""

_NUMBER = re.compile(NUMBERS)
_STOP = re.compile(r"[?!.,;:()–—]| - ")
_ASKING = frozenset("what which who whom whose how why where when".split())
_WAYS = frozenset("up down".split())
_DIRECTIONS = _WAYS | frozenset("in out off on".split())
_OPENING = frozenset("from while at with to on in for when by as under over during after before".split())
_SAID_BY_THE_WAY = (FUNCTION_WORDS - _DIRECTIONS) | frozenset("stay keep keeps get has have".split())
_OBJECTS = frozenset("it them".split())
_ADVERBS = ("ward", "wards", "ly", "away", "apart", "together")
_ENDINGS = ("ing", "er", "ly", "ed")
_CONTRARY = {
    one: other
    for pair in ("before after", "with without", "above below", "over under", "inside outside", "more less")
    for one, other in (pair.split(), pair.split()[::-1])
}
_SAME_ENDING = 3  # letters: "isometric or eccentric", "horizontal or vertical pull"
_AT_WILL = re.compile(
    r"^\W*(?:(?:and|but|so|ok|okay)\W+)*(?:can|could|may|might|any|anything|does it matter|do (?:i|you) need)\b", re.I
)
"""Questions whose "or" asks of both: "can I use a band or a cable?"."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What an "or" offers.

    Attributes:
        first, second: the words of each side, at least one, in the text's order.
        apart: whether hardly anything else stands between the marks of punctuation around it: "…, overhand or underhand?".
    """

    first: tuple[Word, ...]
    second: tuple[Word, ...]
    apart: bool


def read_offers(question: str, mentions: Sequence[Mention]) -> list[Offer]:
    """What each "or" offers that has something on both sides; nothing where the question leaves the choice open.

    Args:
        mentions: the subjects that the question names.
    """
    if _AT_WILL.match(question):
        return []
    found = words(question)
    places = [at for at, word in enumerate(found) if word.form == "or"]
    return [offer for at in places if (offer := _offer(question, found, at, mentions))]


def distinct(first: Sequence[Word], second: Sequence[Word]) -> tuple[list[Word], list[Word]]:
    """The words of each side that the other lacks: "high" and "low" of "feet high" and "feet low"."""
    one, other = ({word.stem for word in side} for side in (first, second))
    return [w for w in first if w.stem not in other], [w for w in second if w.stem not in one]


def _offer(question: str, found: Sequence[Word], at: int, mentions: Sequence[Mention]) -> Offer | None:
    left, right = _part_before(question, found, at), _part_after(question, found, at)
    if not left or not right:
        return None
    if len(right) > 1 and right[1].form in _OBJECTS and right[0].form not in FUNCTION_WORDS:
        return None  # "alter the treaties or replace them": which word stands against "replace" cannot be told
    alike = _contrary(left, right) or _counts(left, right) or _ones(left, right) or _named(left, right, mentions)
    sides = alike or _parallel(left, right) or _as_long(left, right)
    first, second = (tuple(side) for side in sides)
    if not all(distinct(first, second)):
        return None
    around = [word.form for word in (*left, *right)]
    telling = sum(form not in FUNCTION_WORDS for form in around)
    return Offer(first, second, telling <= len(first) + len(second) + 1 and not _ASKING & set(around))


def _part_before(question: str, found: Sequence[Word], at: int) -> list[Word]:
    """The words before an "or" up to a mark of punctuation; one right before it ("rows, or pull-ups?") is no stop."""
    part: list[Word] = []
    for word, after in zip(reversed(found[:at]), reversed(found[1 : at + 1]), strict=True):
        if part and _STOP.search(question[word.end : after.start]):
            break
        part.insert(0, word)
    return part


def _part_after(question: str, found: Sequence[Word], at: int) -> list[Word]:
    part: list[Word] = []
    for before, word in zip(found[at:], found[at + 1 :], strict=False):
        if _STOP.search(question[before.end : word.start]):
            break
        part.append(word)
    return part


def _contrary(left: Sequence[Word], right: Sequence[Word]) -> tuple[list[Word], list[Word]] | None:
    """Words that stand against each other: "before … or after …", "more or less caffeine"."""
    other = _CONTRARY.get(right[0].form)
    first = next((word for word in reversed(left) if word.form == other), None)
    return ([first], [right[0]]) if first else None


def _counts(left: Sequence[Word], right: Sequence[Word]) -> tuple[list[Word], list[Word]] | None:
    """Two numbers: "one leg or two", "six or eight legs"."""
    first = next((word for word in reversed(left[-WITHIN:]) if _NUMBER.fullmatch(word.form)), None)
    return ([first], [right[0]]) if first and _NUMBER.fullmatch(right[0].form) else None


def _ones(left: Sequence[Word], right: Sequence[Word]) -> tuple[list[Word], list[Word]] | None:
    """What tells two things of a kind apart: "a wet dough or a stiff one"."""
    place = next((i for i, word in enumerate(right[:MOST_WORDS]) if word.form in ("one", "ones")), 0)
    second = [word for word in right[:place] if not _passed(word)]
    run: list[Word] = []
    for word in reversed(left):
        if word.form in FUNCTION_WORDS:
            break
        run.insert(0, word)
    return (run[:-1], second) if second and 2 <= len(run) <= MOST_WORDS else None


def _named(
    left: Sequence[Word], right: Sequence[Word], mentions: Sequence[Mention]
) -> tuple[list[Word], list[Word]] | None:
    """Two subjects, where both sides end and begin with the name of one."""
    ahead = next((w for w in right if w.form not in FUNCTION_WORDS), right[0])
    before = next((m for m in mentions if m.start <= left[-1].start < m.end), None)
    after = next((m for m in mentions if m.start <= ahead.start < m.end), None)
    if before is None or after is None or before.subject.name == after.subject.name:
        return None
    return [w for w in left if w.start >= before.start], [w for w in right if after.start <= w.start < after.end]


def _parallel(left: Sequence[Word], right: Sequence[Word]) -> tuple[list[Word], list[Word]] | None:
    """Both sides from the word on that opens the second, or from one with its ending."""
    opening = right[0].form
    near = left[-WITHIN:]
    start = next((i for i in range(len(near) - 1, -1, -1) if near[i].form == opening and opening in _OPENING), None)
    alike = start is None and (ending := _ending(opening))
    if alike:
        start = next((i for i in range(len(near) - 1, -1, -1) if _ending(near[i].form) == ending), None)
    if start is None:
        return None
    first, second = _telling(near[start:]), _phrase(right)
    if alike and len(first) == 1:
        second = _as_many(second, 1)  # "strongly or weakly typed"
    return (first, second) if first and second else None


def _as_many(phrase: list[Word], count: int) -> list[Word]:
    """The first `count` words of a phrase, with an adverb that goes with them: "further away"."""
    more = phrase[count : count + 1]
    return phrase[: count + sum(word.form.endswith(_ADVERBS) for word in more)]


def _as_long(left: Sequence[Word], right: Sequence[Word]) -> tuple[list[Word], list[Word]]:
    """The second side's phrase, and as many words of the first; all of the first where it is nothing but things, as the second
    ("overhead presses or dips")."""
    second = _phrase(right)
    if second and left[-1].form[-_SAME_ENDING:] == second[0].form[-_SAME_ENDING:]:
        return [left[-1]], second[:1]
    things = bool(second) and left[-1].form.endswith("s") and second[-1].form.endswith("s")
    alone = things and len(left) <= MOST_WORDS and not any(_passed(word) for word in left)
    first: list[Word] = []
    for word in reversed(left):
        if (len(first) == max(1, len(second)) and not alone) or (first and word.form in _SAID_BY_THE_WAY | _OPENING):
            break
        if not _passed(word):
            first.insert(0, word)
    if right[0].form in ("a", "an") and second and second[-1] is right[-1]:
        return first, second
    second = _as_many(second, len(first))
    acts = load_thesaurus().acts
    alone = len(first) == len(second) == 2 and first[1].stem != second[1].stem
    if alone and acts(first[0].form) and not acts(second[0].form):
        return first[1:], second  # "pour hot or cold water"
    return first, second


def _phrase(right: Sequence[Word]) -> list[Word]:
    """The first phrase of the second side: its words up to one that opens another phrase."""
    phrase: list[Word] = []
    for word in right:
        if phrase and (_passed(word) or word.form in _DIRECTIONS - _WAYS):
            break
        if not _passed(word) and len(phrase) < MOST_WORDS:
            phrase.append(word)
    return phrase


def _passed(word: Word) -> bool:
    """Whether a word is no part of an option."""
    return word.form in GENERIC or (word.form in _SAID_BY_THE_WAY | _OPENING and word.form not in _DIRECTIONS)


def _telling(part: Sequence[Word]) -> list[Word]:
    return [word for word in part if not _passed(word)]


def _ending(form: str) -> str | None:
    return next((ending for ending in _ENDINGS if form.endswith(ending) and len(form) > len(ending) + 2), None)
