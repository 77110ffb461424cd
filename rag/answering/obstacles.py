"""What keeps a clause from settling a claim, although it speaks of all its words.

Another day, number or kind in a word's place; something that is only wanted, failed or long past; another subject; the
same things in another order; a part of them. Rules for English over one clause: whatever is unsure is an obstacle, since
a wrong "yes" is worse than none. This module does not know where a sentence stands, nor which clause is meant.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence, Set

from rag.answering.answer_types import NUMBERS
from rag.answering.clauses import Clause, clauses, standing_for, stems_of
from rag.answering.offers import GENERIC
from rag.thesaurus import load_thesaurus
from rag.words import Word, warn, words

_NUMBER = re.compile(rf"(?:{NUMBERS}|\d+\w*)$", re.I)
_CALENDAR = frozenset(
    """monday tuesday wednesday thursday friday saturday sunday mondays tuesdays wednesdays thursdays fridays saturdays sundays
    weekday weekdays weekend weekends january february march april may june july august september october november december
    spring summer autumn winter morning mornings noon afternoon afternoons evening evenings night nights midnight
    north south east west northern southern eastern western left right first second third last""".split()
)
"""Words whose vectors are near those of their likes, and that are never said by one of those."""

_MUCH = r"(?:all|every\w*|always|any\w*|as|half|no|none|never|nothing|the|an?|two|three|four|five|six|seven|eight|ten|twice|\w+ly)\b|\d"
_UNREAL = re.compile(
    rf"\b(?:refus\w+|declin\w+|fail\w*|forg[eo]t\w*|stop|stops|stopped|stopping|ceas\w+|quit\w*|(?:nearly|almost) (?!{_MUCH})\w+"
    r"|plan|plans|planned|want|wants|wanted|hop(?:e|es|ed|ing)|wish\w*|intend\w*|promis\w+|propos\w+|tr(?:y|ies|ied|ying)|attempt\w*|threaten\w*"
    r"|pretend\w*|(?:was|were|had) once|once (?:was|were|had)|formerly|previously|originally|used to (?!\w+ing\b)|until"
    r"|unable|unlikely|impossible|too \w+ to|would have|supposed|prevent\w*"
    r"|discourag\w*|avoid\w*|unless|anything but|instead of|as if|as though)\b"
    r"|\bno longer\b",
    re.I,
)
"""What is said under one of these is only wanted, failed, or was so once."""

_WAS_USED_TO = re.compile(r"\b(?:is|are|was|were|be|been|being|get|gets) used to\b", re.I)
_LEADING = frozenset(
    """it they this that these those there you we i he she one both all each either others everyone people who which what
    in on at by for from with without after before during under over through if when while as to unlike like because since so
    whereas although though once and but or nor then also not never only even just""".split()
)
"""Words that begin a clause which names no subject, or not at once."""

_REMEDY = re.compile(
    r"\b(?:instead|should (?!not|never)|must (?!not|never)|need to|better to|is right|are right)\b", re.I
)
_PERSONAL = re.compile(r"^\W*(?:i|you|we|it|they)\b", re.I)
_DONE = re.compile(r"\bby\b|^\W*\w+ing\b", re.I)
_COPULAS = frozenset("is are was were be".split())
_FINITE = _COPULAS | frozenset("has have had do does did can could will would may might must should cannot".split())
_SOME = frozenset("most some many few several certain other another".split())


def is_rival(word: Word, said: Sequence[Word]) -> bool:
    """Whether a claimed word must be said as it is, or another of its kind is said: Sunday for Saturday, six for eight, open for
    closed, barley for wheat."""
    if word.form in _CALENDAR or _NUMBER.match(word.form):
        return True
    thesaurus = load_thesaurus()
    against, kinds = thesaurus.opposites(word.form), thesaurus.generalities(word.form)
    same = standing_for(word)
    return any(
        stems_of(other) & against
        or (kinds & thesaurus.generalities(other.form) and not stems_of(other) & (same | kinds))
        for other in said
        if other.content
    )


def is_unreal(text: str, claimed: Collection[Word]) -> bool:
    """Whether a clause says something as wanted, failed, nearly or formerly so, and the claim does not say that itself."""
    mine = {word.stem for word in claimed}
    found = _UNREAL.finditer(_WAS_USED_TO.sub(" ", text))
    return any(stems_of(words(match.group())[0]).isdisjoint(mine) for match in found)


def is_of_a_stranger(clause: Clause, known: Set[str]) -> bool:
    """Whether a clause begins with a thing that is none of those with the stems `known`: "steel rusts", asked of copper.

    What begins with a pronoun, a preposition or a verb names no thing of its own.
    """
    thesaurus = load_thesaurus()
    run: list[Word] = []
    for word in clause.words:
        if (
            run
            and word.content
            and (run[-1].form.endswith("s") or (word.form.endswith("s") and thesaurus.acts(word.form)))
        ):
            break  # the verb: "wasps nest", "steel rusts"
        if word.form in _LEADING or standing_for(word) & known or (not run and _orders(clause)):
            return False
        if word.content and not (run and thesaurus.acts(word.form)):
            run.append(word)
        elif run:
            break
    return bool(run) and not any(word.form in GENERIC for word in run)


def is_mistake(text: str, headings: Iterable[str]) -> bool:
    """Whether a sentence names what one should not do: it stands under "Common mistakes", and does not say what to do instead."""
    return warn(headings) and not _REMEDY.search(text) and not _orders(clauses(text)[0])


def _orders(clause: Clause) -> bool:
    """Whether a clause begins with a verb that tells the reader to do something: "shape the loaf", not "steel rusts"."""
    acts = load_thesaurus().acts
    first, second = clause.words[0].form, clause.words[1].form if len(clause.words) > 1 else ""
    return (
        acts(first)
        and not first.endswith(("ing", "ed"))
        and second not in _FINITE
        and not (second.endswith("s") and acts(second))
    )


def is_turned_about(claim: str, told: Collection[str], clause: Clause) -> bool:
    """Whether a clause has the claim's things in each other's places: "dogs chase cats" for "do cats chase dogs".

    What one may do ("can I pop a blister") is said with the thing first as well, and so is what is done by somebody.

    Args:
        told: the stems of the words of the claim that tell something.
    """
    asked = [word for word in words(claim) if word.stem in told]
    places = {word.stem: word.start for word in reversed(clause.words) if word.content}
    placed = [places[word.stem] for word in asked if word.stem in places]
    if len(placed) < 2 or placed[0] < placed[-1] or _PERSONAL.search(claim) or _DONE.search(clause.text):
        return False
    between = [w.form for w in clause.words if placed[-1] < w.start < placed[0]]
    return len(placed) > 2 or any(form in _COPULAS for form in between)


def narrows(clause: Clause, subject: Collection[str], known: Set[str], *, denied: bool) -> bool:
    """Whether a clause speaks of some of its subject only, the thing with one of the stems `subject`: "male mosquitoes", "cooked
    beans"; words with the stems `known` make no difference, others always do where something is `denied`."""
    place = next((i for i, word in enumerate(clause.words) if word.stem in subject), 0)
    if not place:
        return False
    before = clause.words[place - 1]
    gap = clause.text[before.end - clause.start : clause.words[place].start - clause.start]
    telling = denied or before.form.endswith("ed") or load_thesaurus().has_opposite(before.form)
    return before.form in _SOME or (
        telling and before.content and not gap.strip(" -") and not standing_for(before) & known
    )
