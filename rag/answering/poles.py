"""Words on the two sides of a question that can be put either way: "is it safe?" asks the contrary of "is it bad?".

This module knows such pairs of words and which side a text takes; it does not know whose the text is, nor whether it denies
what it says: see `rag.answering.clauses`.
"""

from __future__ import annotations

import re

from rag.words import words

POLES = tuple(
    (frozenset(one.split()), frozenset(other.split()))
    for one, other in (
        (
            "safe safer ok okay fine good gentle gentler kind kinder nicer comfortable suit suits suited suitable alright friendly option"
            " harmless allowed permitted normal",
            "bad worse harmful dangerous unsafe risky risk harm harms terrible awful poor hurt hurts injure injures damage damages damaging"
            " wreck wrecks ruin ruins ruined toxic poisonous poison poisons deadly lethal fatal hazardous"
            " prohibited forbidden banned illegal unwise",
        ),
        (
            "need needs needed necessary required require requires must essential",
            "skip replace replaces substitute swap alternative instead without unnecessary needless optional omit",
        ),
        (
            "same identical equal equivalent interchangeable alike just basically",
            "different differ differs difference distinct",
        ),
        ("easier easy simpler simple", "harder hard difficult"),
        ("more bigger greater larger stronger better most best", "less smaller weaker worse fewer least worst"),
    )
)
"""Words on the two sides of a question that can be put either way."""

HARM, NEED, SAMENESS, AMOUNT = 0, 1, 2, 4
"""Which of the poles: what is safe or harmful; what is needed; what is the same, since two things that are alike in one way are not
yet the same; how much, of which the one tells nothing of the other ("less water harms the fern")."""

_FINE: dict[int, int | None] = {HARM: 0}
_FINE_AND_NEEDED: dict[int, int | None] = {HARM: 0, NEED: 0}

FAINT = frozenset("good better best more most just basically easy hard".split())
"""Words that take a side only against a text that takes one: "good for the glutes" may mean no more than that they work."""

_PHRASES = (
    (re.compile(r"\b(?:hard|tough|rough)(?:er)? on\b", re.I), "bad for"),
    (re.compile(r"\beas(?:y|ier) on\b", re.I), "gentle on"),
    (re.compile(r"\b(?:just |only )?another (?:word|name|term) for\b|\bone and the same\b", re.I), "the same as"),
    (re.compile(r"\bt(?:ake|akes|ook|aking) the place of\b|\bstand[ -]ins?\b", re.I), "replace"),
    (
        re.compile(r"\bcan (?:i|you|we) (?:just |then )?(?:stop|drop|leave out|do without|forget about)\b", re.I),
        "can i skip",
    ),
    (re.compile(r"\b(?:have|has|got) to\b", re.I), "need to"),
    (re.compile(r"\bkind of\b", re.I), ""),
    (re.compile(r"\bbad (?!for\b|to\b|idea\b|if\b|when\b|on\b|thing\b|news\b|in itself\b)(?=\w)", re.I), ""),
)
"""Phrases that take a side, and a "kind of grain" or "bad back" that takes none, in plain words."""

OUGHT = re.compile(r"^\W*should\b|\bshould (?:i|you|we|my|your|the)\b", re.I)


def is_turned(claim: str, said: str, *, asked: bool, ought: bool) -> bool | None:
    """Whether `said` is put the other way round ("bad" for "safe").

    None where it takes no side in what the claim speaks of, or both; or, being a question that the article asks, one in what
    the claim does not speak of. What an article says one should do is fine and needed; `ought` is whether the claim is that.
    """
    mine, theirs = sides_taken(claim), sides_taken(said)
    if None in mine.values():
        return None
    if asked and OUGHT.match(said):
        theirs = _FINE_AND_NEEDED | theirs
    if ought:
        mine = _FINE | mine if HARM in theirs else mine
    if asked and sides_taken(said, faint=False).keys() - mine.keys():
        return None
    if any(theirs[pole] is None for pole in mine.keys() & theirs.keys()):
        return None
    compares = " than " in claim and " than " in said
    if not compares and any(mine[pole] != theirs[pole] for pole in mine.keys() & theirs.keys() & {AMOUNT}):
        return None
    differing = {mine[pole] != theirs[pole] for pole in mine.keys() & theirs.keys()}
    if not differing:
        return None if sides_taken(claim, faint=False) else False
    return differing.pop() if len(differing) == 1 else None


def sides_taken(text: str, *, faint: bool = True) -> dict[int, int | None]:
    """For each pair of poles that a text speaks of, which side: 0 or 1, None for both."""
    for phrase, plain in _PHRASES:
        text = phrase.sub(plain, text)
    forms = {word.form for word in words(text)} - (frozenset() if faint else FAINT)
    found = {i: [side for side in (0, 1) if forms & POLES[i][side]] for i in range(len(POLES))}
    return {i: sides[0] if len(sides) == 1 else None for i, sides in found.items() if sides}
