"""What keeps a clause from settling a claim, although it speaks of all its words.

Another day, number or kind in a word's place; something that is only wanted, failed or long past; another subject; the
same things in another order; a part of them; two things of which one sentence speaks. Rules for English over a clause and
its sentence: whatever is unsure is an obstacle, since a wrong "yes" is worse than none. This module does not know where a
sentence stands, nor which of its clauses is meant.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence, Set

from rag.answering.answer_types import NUMBERS
from rag.answering.clauses import Clause, clauses, standing_for, stems_of
from rag.answering.offers import GENERIC
from rag.thesaurus import load_thesaurus
from rag.words import Word, warn, words

_NUMBER = re.compile(rf"(?:{NUMBERS}|\d++\w*+)$", re.I)
_CALENDAR = frozenset(
    """monday tuesday wednesday thursday friday saturday sunday mondays tuesdays wednesdays thursdays fridays saturdays sundays
    weekday weekdays weekend weekends january february march april may june july august september october november december
    spring summer autumn winter morning mornings noon afternoon afternoons evening evenings night nights midnight
    north south east west northern southern eastern western left right first second third last""".split()
)
"""Words whose vectors are near those of their likes, and that are never said by one of those."""

_MUCH = r"(?:all|every\w*|always|any\w*|as|half|no|none|never|nothing|the|an?|two|three|four|five|six|seven|eight|ten|twice|\w+ly)\b|\d"
_UNREAL = re.compile(
    rf"\b(?:refus\w+|declin\w+|fail\w*|forg[eo]t\w*|stop|stops|stopped|stopping|ceas\w+|quits?|quitting|(?:nearly|almost) (?!{_MUCH})\w+"
    r"|plan|plans|planned|want|wants|wanted|hop(?:e|es|ed|ing)|wish\w*|intend\w*|promis\w+|propos\w+|tr(?:y|ies|ied|ying)|attempt\w*|threaten\w*"
    r"|pretend\w*|(?:was|were|had) once|once (?:was|were|had)|formerly|previously|originally|used to (?!\w+ing\b)|until"
    r"|unable|unlikely|impossible|too \w+ to|would have|supposed|prevent\w*"
    r"|discourag\w*|avoid\w*|away from|too (?:much|many|little)|excess\w*|unless|anything but|instead of|as if|as though)\b"
    r"|\bno longer\b",
    re.I,
)
"""What is said under one of these is only wanted, failed, or was so once."""

_WAS_USED_TO = re.compile(r"\b(?:(?:is|are|was|were|be|been|being|get|gets)(?: \w+)?|[,(]) used to\b", re.I)
_LEADING = frozenset(
    """it they this that these those there you we i he she one both all each either others everyone people who which what
    in on at by for from with without after before during under over through if when while as to unlike like because since so
    whereas although though once and but or nor then also not never only even just""".split()
)
"""Words that begin a clause which names no subject, or not at once."""

_PARTS = re.compile(r";|\b(?:and|but|while|whereas|after|before|although|though|who|which|so)\b(?! that\b)", re.I)
_CONTRARIES = (("before", "after"), ("above", "below"), ("over", "under"), ("with", "without"), ("inside", "outside"))
_NEEDLESS = re.compile(r"(?:\bnot|n['’]t) (?:have|need) to\b|\bneed not\b|\bno need\b", re.I)
_NEED = re.compile(r"\b(?:need\w*|ha(?:ve|s) (?:got )?to|must|should|required?|necessary|got to)\b", re.I)
_IN_MAY = re.compile(r"\b(?:in|on|by|until|till|since|from|of|late|early) may\b", re.I)
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
        if run and word.content and _is_verb(word, run[-1]):
            break
        if word.form in _LEADING or standing_for(word) & known or (not run and _orders(clause)):
            return False
        if word.content and not (run and thesaurus.acts(word.form)):
            run.append(word)
        elif run:
            break
    return bool(run) and not any(word.form in GENERIC for word in run)


def _is_verb(word: Word, before: Word) -> bool:
    """Whether a word behind a noun is its verb: "wasps nest", "steel rusts", "the ship served"."""
    acts = load_thesaurus().acts(word.form)
    return before.form.endswith("s") or (word.form.endswith("s") and acts) or word.form.endswith("ed")


def is_mistake(text: str, headings: Iterable[str]) -> bool:
    """Whether a sentence names what one should not do: it stands under "Common mistakes", and does not say what to do instead."""
    parts = clauses(text)
    return warn(headings) and bool(parts) and not _REMEDY.search(text) and not _orders(parts[0])


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


def is_crossed(text: str, claimed: Sequence[Word], subject: Collection[str]) -> bool:
    """Whether a sentence says some of the claim's words of one thing and some of another: "planted in autumn and harvested in summer",
    asked of harvesting in autumn.

    Each of the parts, between "and" and its like, then says something besides that the claim does not.

    Args:
        subject: stems that a part may leave to the one before it.
    """
    parts = _coordinated(text)
    told = {form for word in claimed for form in standing_for(word)}
    shared = {*subject, *(word.stem for word in _leading_name(parts[0]))} if parts else set(subject)
    mine = [{w.stem for w in part if stems_of(w) & told and w.stem not in shared} for part in parts]
    besides = [any(_tells(w) and not stems_of(w) & (told | set(subject)) for w in part) for part in parts]
    holding = [place for place, found in enumerate(mine) if found]
    whole = set().union(*mine)
    apart = len(holding) > 1 and all(besides[place] and mine[place] != whole for place in holding)
    return apart or _follows(parts, holding, subject)


def _tells(word: Word) -> bool:
    return word.content or bool(_NUMBER.match(word.form))


def _coordinated(text: str) -> list[list[Word]]:
    """The words of a sentence between "and" and its like; what begins with "it" or "they", or does something to "them",
    belongs to the part before."""
    parts: list[list[Word]] = []
    start = 0
    for stop in (*_PARTS.finditer(text), None):
        part = words(text[start : stop.start() if stop else len(text)])
        if parts and part and (part[0].form in ("it", "they") or any(word.form == "them" for word in part)):
            parts[-1] += part
        else:
            parts.append(part)
        start = stop.end() if stop else start
    return parts


def _leading_name(part: Sequence[Word]) -> list[Word]:
    """The words before the verb."""
    acts = load_thesaurus().acts
    name: list[Word] = []
    for word in part:
        if word.form in _FINITE or acts(word.form) or (name and (_is_verb(word, name[-1]) or word.form.endswith("s"))):
            break
        name.append(word)
    return name


def _follows(parts: Sequence[Sequence[Word]], holding: Sequence[int], subject: Collection[str]) -> bool:
    """Whether the subject is named only behind what is said: "won by Hicks after Lorz, who …"."""
    named = [place for place, part in enumerate(parts) if any(w.stem in subject for w in part)]
    return bool(named and holding) and named[0] > holding[-1]


def is_contrary(claim: str, text: str) -> bool:
    """Whether a text has "after" where a claim has "before", says what one need not do where it asks what one may, or names no
    "May" where the claim does."""
    mine, theirs = ({word.form for word in words(part)} for part in (claim, text))
    for pair in _CONTRARIES:
        for one, other in (pair, pair[::-1]):
            if one in mine and other in theirs and one not in theirs:
                return True
    needless = _NEEDLESS.search(text) and not _NEED.search(claim)
    return bool(needless or (_IN_MAY.search(claim) and "May" not in text))


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
