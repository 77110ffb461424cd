"""What a sentence says in one breath, and whether it says or denies it: "spiders have eight legs, and no antennae".

A claim is settled by the clause that speaks of all its words, if that clause is about the claim's subject. Rules for
English over one sentence; what is unsure is left unsaid, since a wrong "yes" is worse than none. This module does not
know where a sentence stands, nor what "safe" has to do with "dangerous": see `rag.answering.yes_no`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.thesaurus import load_thesaurus
from rag.words import FUNCTION_WORDS, Word, content_stems, words

_BREAK = re.compile(
    r"[;:()–—]|^\W*(?:contrary to|despite|in spite of)\b[^,]*,"
    r"|,\s+(?=(?:and|or|nor|but|while|whereas|so|because|since|as|although|though|which|who|not|never|no|rather|unlike|even|yet|if|when"
    r"|unless|instead|others?)\b)"
    r"|\b(?=(?:rather than|instead of|(?<!anything )(?<!nothing )but|while|whereas|because|since|although|though|so that)\b)"
    r"|\b(?=and (?:must|should|can|cannot|could|will|would|may|might|is|are|was|were|do|does|has|have|needs?|not|never|no)\b)",
    re.I,
)
_ASIDE = re.compile(
    r",\s+(?:without|except|unlike|like|such as|for example|in spite of|despite|contrary to|not)\b[^,]*,", re.I
)
"""What is put in between: "plain chicken, without seasoning, is safe"."""

_NEITHER = re.compile(r"\bneither\b(?=.*\bnor\b)", re.I)
_NEGATION = re.compile(
    r"\b(?:not|never|cannot|no|none|neither|nor|without|lacks?|lacking|rather than|instead of|unlike|nothing|nobody|nowhere)\b|n['’]t\b",
    re.I,
)
_PARTIAL = re.compile(
    r"(?:\b(?:not|never|no|nothing|none)|n['’]t) (?:only|just|merely|simply|always|necessarily|all|every\w*|until|as|so|too|quite|usually"
    r"|often|more|less|enough|yet|fully|entirely|much|even|later|fewer|matter|doubt|but|other|better|worse)\b"
    r"|\b(?:hardly|barely|rarely|seldom|little|few|outside|exempt|excluded)\b",
    re.I,
)
"""A negation of part of what is said: neither said nor denied."""

_DENIES_ALL = re.compile(
    r"\bnot (?:every|all|always|necessarily)\b|n['’]t (?:always|necessarily|all)\b|\bonly (?:some|a few|in|if|when|\w+ of)\b"
    r"|\b(?:some|most|many|few|sometimes|often|usually)\b",
    re.I,
)
_ALL = re.compile(r"\b(?:all|every|each|always)\b", re.I)
_ONLY = re.compile(r"\b(?:only|solely|exclusively|nothing but|alone)\b", re.I)
_RESERVED = re.compile(
    r"\b(?:mistakes?|avoid|awkward|unless|only|some|coaches|may|might|could|if|disagree|care|careful|advice|seek|provided"
    r"|claims?|myths?|said|saying|supposed\w*|suppose|beliefs?"
    r"|believ\w+|think|thought|appear\w*|seem\w*|would|sometimes|occasionally)\b",
    re.I,
)
"""Words with which a clause says something with a reservation, or as what others say."""

_THAN = re.compile(r"(?<!rather )\bthan\b", re.I)
_EQUALS = re.compile(r"\bas \w+ as\b|\bno (?:better|worse|more|less|\w+er)\b", re.I)
_COMPARED = re.compile(r"\b(?:compared?|comparison|versus|vs)\b", re.I)
_DEGREE = re.compile(r"\b(?:more|less|fewer|better|worse)\b", re.I)
_COMPARATIVE = re.compile(rf"{_DEGREE.pattern}|\b[a-z]{{3,}}er\b", re.I)

_REPORTED = re.compile(r"\b(?:claims?|myths?|disputed?|debated?|apart from|except|exception|excluding)\b", re.I)

_RELATES = re.compile(
    r"\b(?:with|next|opposites?|counterparts?|alternatives?|instead|versus|vs|before|after|avoid|not|unlike|antagonists?|contrary"
    r"|partner\w*|pair\w*|superset\w*|follow\w*)\b",
    re.I,
)
_OTHER = re.compile(r"^\W*(?:while|whereas|but|unlike|and|or|although|though|because|since|so|as)\b", re.I)
_PREDICATE = re.compile(r"^\W*(?:not|rather than|instead of)\b", re.I)
_AGAINST = re.compile(r"^\W*(?:whereas|but|unlike|yet|while (?:an?|the|most|other)\b)\b", re.I)
_NAMING = frozenset(
    "a an the this that these those some most many other another all any each every its their your our".split()
)


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a sentence, `[start, end)` in it, and its words."""

    text: str
    start: int
    end: int
    words: tuple[Word, ...]


def clauses(text: str) -> list[Clause]:
    """The clauses of a sentence, in order; together they hold all its words."""
    cuts = {0, len(text), *(match.end() if match.group() else match.start() for match in _BREAK.finditer(text))}
    cuts |= {place for match in _ASIDE.finditer(text) for place in match.span()}
    places = sorted(cuts)
    found = words(text)
    parts = [(a, b, tuple(w for w in found if a <= w.start < b)) for a, b in pairwise(places)]
    return [Clause(text[a:b], a, b, held) for a, b, held in parts if held]


def clause_at(text: str, place: int) -> Clause:
    """The clause that the character at `place` is part of; `text` must hold a word there."""
    return next(clause for clause in clauses(text) if clause.start <= place < clause.end)


def denies(clause: Clause, said: Sequence[Word]) -> bool | None:
    """Whether a clause denies the words `said` in it (at least one); None where it denies a part of it, or twice, or only something
    that follows.
    """
    last = max(word.end for word in said) - clause.start
    if _PARTIAL.search(clause.text):
        return None
    before = len(_NEGATION.findall(_NEITHER.sub(" ", clause.text[:last])))
    comma = clause.text.find(",", last)
    behind = _NEGATION.search(clause.text, last, comma if comma >= 0 else len(clause.text))
    return None if before > 1 or (behind and not before) else before == 1


def reserved(clause: Clause) -> bool:
    """Whether a clause says what it says with a reservation."""
    return bool(_RESERVED.search(clause.text))


def leaves_out(asked: str, claim: str) -> bool:
    """Whether a claim holds one thing against another, and what is asked does not: "is rye better than wheat", "is rye good"."""
    measures = {form for measure in _measures(claim) for form in (measure, *load_thesaurus().opposites(measure))}
    compares = _THAN.search(asked) or _COMPARED.search(asked) or _measures(asked) & measures
    return bool(_THAN.search(claim)) and not compares


def compares_otherwise(claim: str, clause: Clause) -> bool:
    """Whether a clause compares, and not the claim's things in the claim's order by the claim's measure."""
    mine, theirs = _THAN.search(claim), _THAN.search(clause.text)
    if theirs is None:
        return mine is not None and bool(_EQUALS.search(clause.text))
    if mine is None or not _measures(claim) & _measures(clause.text):
        return True
    before, after = (
        {w.stem for w in words(part) if w.content} for part in (claim[: mine.start()], claim[mine.end() :])
    )
    place = clause.start + theirs.start()
    first, second = ({w.stem for w in clause.words if (w.start > place) == behind} for behind in (False, True))
    return not after & second or bool(before - after & second or after - before & first)


def in_reverse(asked: str, said: str) -> bool:
    """Whether a text compares what a question compares the other way round: "the viola is lower than the violin", asked of the violin."""
    mine, theirs = _THAN.search(asked), _THAN.search(said)
    if mine is None or theirs is None:
        return False
    before, after = (content_stems(part) for part in (asked[: mine.start()], asked[mine.end() :]))
    first, second = (content_stems(part) for part in (said[: theirs.start()], said[theirs.end() :]))
    return bool((after - before) & first and (before - after) & second)


def _measures(text: str) -> set[str]:
    """What a text compares by: what stands right before its "than" ("darker"; not "butter"), or without one whatever looks so."""
    than = _THAN.search(text)
    if than is None:
        return {form.lower() for form in _COMPARATIVE.findall(text)}
    before = " ".join(text[: than.start()].split()[-4:]).lower()
    found: list[str] = _DEGREE.findall(before) or _COMPARATIVE.findall(before)
    return set(found[-1:])


def reports(text: str) -> bool:
    """Whether a text tells what is claimed, rather than what is so, or makes an exception."""
    return bool(_REPORTED.search(text))


def relates(key: str) -> bool:
    """Whether the key of a "key: value" line tells of another thing than the line's subject: "paired with", "opposite"."""
    return bool(_RELATES.search(key))


def sets_against(clause: Clause) -> bool:
    """Whether a clause opens on another side of things: "whereas a disc brake …"."""
    return bool(_AGAINST.match(clause.text))


def of_all(text: str) -> bool:
    """Whether a text speaks of all or always."""
    return bool(_ALL.search(text))


def of_only(text: str) -> bool:
    """Whether a text says that something is so of nothing else."""
    return bool(_ONLY.search(text))


def not_of_all(text: str) -> bool:
    """Whether a text says something of some only, so not of all."""
    return bool(_DENIES_ALL.search(text))


def has_own_subject(clause: Clause, claimed: Sequence[Word]) -> bool:
    """Whether a clause that is not the first begins with a thing of its own: "whereas a fish moves its tail"."""
    rest = "" if clause.start == 0 or _PREDICATE.match(clause.text) else _OTHER.sub("", clause.text)
    first = next((word for word in words(rest) if word.form not in _NAMING), None)
    return first is not None and first.form not in FUNCTION_WORDS and first.stem not in {word.stem for word in claimed}


def begins_with(clause: Clause, word: Word) -> bool:
    """Whether a word is what a clause speaks of, rather than what it says of it: nothing but an article stands before it."""
    before = [w.form for w in clause.words if w.start < word.start]
    joining = _OTHER.match(clause.text)
    opening = {w.form for w in words(joining.group())} if joining else set()
    return all(form in _NAMING or form in opening for form in before)


def matched(claimed: Sequence[Word], clause: Clause, same: Callable[[Word, Word], bool]) -> list[tuple[Word, Word]]:
    """Pairs of a claimed word and the word of the clause that says it; no word of the clause says two."""
    taken: set[int] = set()
    pairs = []
    for word in claimed:
        said = next((w for w in clause.words if w.start not in taken and same(word, w)), None)
        if said is not None:
            taken.add(said.start)
            pairs.append((word, said))
    return pairs


def standing_for(word: Word) -> frozenset[str]:
    """The stems of a word and of its synonyms."""
    return stems_of(word) | load_thesaurus().synonyms(word.form)


def stems_of(word: Word) -> frozenset[str]:
    """The stems of a word's forms."""
    return load_thesaurus().stems(word.form) | {word.stem}
