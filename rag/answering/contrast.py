"""Which of two options the articles tie to what a question asks, whatever the options are: "feet high or low for the glutes?".

A sentence that names an option speaks for it as far as the clause around it says the rest of the question: each of the
question's other tokens takes its best cosine among the clause's tokens, as in `rag.answering.ranking`, but of the clause
alone, so that "inhale as the bar comes down, and exhale as it goes up" tells the two apart. This module knows clauses and
vectors; classes that exclude each other are weighed by `rag.answering.verdicts`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from rag.answering.answer_types import NUMBERS
from rag.answering.choices import DIRECTIONS, canonical, plain_options
from rag.answering.clauses import clause_at, clauses, denies, has_own_subject, in_reverse, sets_against
from rag.answering.obstacles import is_mistake
from rag.answering.offers import GENERIC, distinct
from rag.answering.ranking import RankedSentence, Ranking
from rag.answering.subjects import Subjects
from rag.answering.yes_no import PERMISSION
from rag.thesaurus import load_thesaurus
from rag.words import FUNCTION_WORDS, REPLY, Word, content_stems, words

FLOOR, MARGIN = 0.25, 0.2
"""An option is taken where its best clause counts this much, and the other's less by this share. Swept on the questions with an
"or" of `development`, `development-2` and `development-3`: 110 verdicts are right and none is wrong, and no unanswerable question gets
one; with floors of 0.2 and 0.3, 111 and 107; with margins of 0.3, 0.15 and 0.1, 109, 111 and, with one wrong, 111."""

READ = 12
"""Sentences that are read."""

WITHIN = 6.0
"""How far below the best a sentence that is read may rank."""

FADE, DENIAL, SYNONYM = 0.95, 0.7, 0.8
"""What a clause counts less for each unit of ranking score below the best, for denying the other option, and for saying
the option in another word."""

_BREAK = re.compile(r"[;:()–—,]|\b(?:and|but|while|whereas|because|since|although|though|than|when|if|as|so)\b", re.I)
_DENYING = re.compile(
    r"\b(?:not|no|never|neither|nor|cannot|lacks?|lacking|without|unlike|rather than|instead of|than|hardly|less|fewer|avoid|too)\b"
    r"|n['’]t\b",
    re.I,
)
_GOVERNED = re.compile(
    r"\s+(?:an?|the|this|that|these|those|your|my|our|his|her|its|their|each|every|which|most|some)\b", re.I
)
_JOINED = re.compile(r"\s*(?:\b(?:or|nor|and)\b|/)\s*", re.I)
_PRONOUN = re.compile(r"\b(?:it|they|them|(?<!is )(?<!are )(?<!has )(?<!have )one)\b", re.I)
"""Words that stand for a thing; "is one palm long" has a number."""

_THING = re.compile(r"\b(?:the|an?|its|their|your)\s+((?:\w+[ -])?\w+)", re.I)
_LEADING = re.compile(r"^(\w+ \w+)")
_NUMBER = re.compile(NUMBERS)
_BETTER = frozenset("better best worse worst".split())
_MORE, _LESS = frozenset("more most".split()), frozenset("less least fewer fewest".split())
_DEGREE = re.compile(
    r"\b(?:more|most|less|least|fewer|fewest|than|as|better|worse|best|worst|\w{3,}(?:er|est))\b", re.I
)
_WHILE = re.compile(r"^\W*while\b", re.I)
_THAN = re.compile(r"\bthan\b", re.I)
_MEANWHILE = re.compile(
    r"\b(?:way|when|while|as|during|phase|part|(?!\w*thing\b|king\b|spring\b|string\b)\w+ing)\b", re.I
)
"""A question with such a word says in which direction; the "up" of "is a get-up a push or a pull?" is part of a name."""

_POOR = re.compile(
    r"\b(?:poor|poorer|wrong|unsuitable|second[- ]best|second choice|last resort|not recommended)\b", re.I
)
_NEGATION = re.compile(r"\b(?:not|no|never|cannot|neither|nor|hardly|barely|rarely|seldom)\b|n['’]t\b", re.I)
_MADE_OF = ("en", "len")  # "wooden", "woollen"
_CHAINED = re.compile(r"(?:^|(?<=[\s(]))\w+(?:[-/](?:push|pull|legs?)\b)+|(?:\w+/)+\w+", re.I)
"""A label such as "push-pull-legs" names no option."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """The option that is tied to the question, 0 or 1; whether clearly; and the sentences that do it, the closest first."""

    option: int
    clear: bool
    evidence: tuple[RankedSentence, ...]


@dataclass(frozen=True, slots=True)
class _Offer:
    """Two options: the words that tell them apart, the stems of all their words, those that the question says besides, and what numbers
    are numbers of, where they are numbers."""

    sides: Sequence[Sequence[Word]]
    stems: Sequence[AbstractSet[str]]
    passed: AbstractSet[str]
    units: AbstractSet[str]


@dataclass(frozen=True, slots=True)
class _Mark:
    """Where a sentence names an option, how closely the word is the option's own, in [0, 1], and whether it is just that, and no part of
    a longer name."""

    option: int
    start: int
    end: int
    strength: float
    own: bool


@dataclass(frozen=True, slots=True)
class _Sought:
    """What a question asks beside its options: the stems of its words, and the directions that they go in."""

    rest: frozenset[str]
    course: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Tie:
    """What a naming is worth for an option; `denied` where the other one is denied."""

    worth: float
    option: int
    denied: bool


def contrast(options: tuple[str, str], question: str, ranking: Ranking, subjects: Subjects) -> Contrast | None:
    """Which of two options the best sentences tie to the rest of `question`; None where they tie both as closely, or name
    neither in its own words."""
    offer = _offer(options, question)
    weights = _weights(question, options, ranking)
    if weights is None:
        return None
    asked = [word for word in words(question) if word.stem not in set().union(*offer.stems)]
    sought = _Sought(
        frozenset(word.stem for word in asked if word.content and word.form not in GENERIC),
        _courses(asked) if _MEANWHILE.search(question) else frozenset(),
    )
    said: list[tuple[float, int, RankedSentence]] = []
    named: set[int] = set()
    against: int | None = None
    for sentence in _readable(question, {word.form for word in asked}, ranking):
        marks = [
            m
            for m in _marks(sentence.text, offer, subjects)
            if not _governs_another(m, options, question, sentence.text)
        ]
        if _overlap(sentence.text, marks):
            return None
        here = {mark.option for mark in marks if mark.own}
        if len(here) < 2 and _BETTER & {word.form for word in asked} and not _THAN.search(sentence.text):
            continue  # what is best at one thing may be worse than another at what is asked
        named |= here
        ties = _ties(sentence, marks, sought, weights, ranking)
        faded = FADE ** (ranking.sentences[0].score - sentence.score)
        said += [(faded * tie.worth, tie.option, sentence) for tie in ties]
        if sentence is ranking.sentences[0] and len(here) == 2:
            against = _against(ties)
    totals = [max((worth for worth, option, _ in said if option == side), default=0.0) for side in (0, 1)]
    won = int(totals[1] > totals[0]) if against is None else against
    if totals[won] == totals[1 - won] or len(named) < (2 if offer.units else 1):
        return None
    clear = totals[won] >= FLOOR and totals[1 - won] <= (1 - MARGIN) * totals[won]
    backing = sorted((s for s in said if s[1] == won), key=lambda s: -s[0])
    return Contrast(won, clear or against is not None, tuple(dict.fromkeys(sentence for _, _, sentence in backing)))


def _offer(options: tuple[str, str], question: str) -> _Offer:
    """The options as they are looked for."""
    first, second = (words(option) for option in options)
    apart = distinct(first, second[: len(first)] if len(first) < len(second) else second)  # "strong or plain flour"
    sides = [[w for w in side if not {w.form, w.stem} & FUNCTION_WORDS] or side for side in apart]
    counts = [[w for w in side if _NUMBER.fullmatch(w.form)] for side in apart]
    counted = all(counts)
    told = {word.stem for side in (counts if counted else sides) for word in side}
    passed = {word.stem for word in words(f"{question} {options[0]} {options[1]}")} - told
    stems = [{word.stem for word in side} for side in (first, second)]
    return _Offer(counts if counted else sides, stems, passed, _units(question, options) if counted else set())


def _readable(question: str, asked: AbstractSet[str], ranking: Ranking) -> Iterator[RankedSentence]:
    """The best sentences, without those that cannot tell: others compare something else, or warn where no leave is asked."""
    for sentence in ranking.sentences[:READ]:
        if sentence.score < ranking.sentences[0].score - WITHIN:
            return
        warned = is_mistake(sentence.text, sentence.headings) and not PERMISSION.search(question)
        if not warned and _as_far(asked, sentence.text) and not in_reverse(question, sentence.text):
            yield sentence


def _against(ties: Sequence[_Tie]) -> int | None:
    """The option that one sentence speaks for and against whose other it speaks: "the bacteria, not the yeast"."""
    options = {tie.option for tie in ties}
    return options.pop() if len(options) == 1 and {tie.denied for tie in ties} == {True, False} else None


def _overlap(text: str, marks: Sequence[_Mark]) -> bool:
    """Whether the second option stands right before the first, as one thing: where "plain flour" is said, "flour" is no option of its
    own in "strong flour or plain"."""
    return any(
        a.option > b.option and a.strength == b.strength == 1 and text[a.end : b.start] == " "
        for a, b in pairwise(marks)
    )


def _governs_another(mark: _Mark, options: tuple[str, str], question: str, text: str) -> bool:
    """Whether "before" or "after" stands before what the question asks that of: "after salting, fry it", asked of salting before or
    after frying."""
    if set(options) != {"before", "after"}:
        return False
    place = max(word.start for word in words(question) if word.form in options)
    ahead = {word.stem for word in words(question[:place]) if word.content} - content_stems(question[place:])
    following = next((word.stem for word in words(text) if word.start >= mark.end and word.content), "")
    return following in ahead


def _as_far(asked: AbstractSet[str], text: str) -> bool:
    """Whether a text may tell which of two is more so, where the words of a question ask that: "the less costly" does not tell which is
    the more costly, and "longer than" not which is quicker."""
    said = {word.form for word in words(text)}
    compared = {base for form in asked if form.endswith("er") for base in load_thesaurus().bases(form) if base != form}
    if ((asked & _MORE or compared) and said & _LESS) or (asked & _LESS and said & _MORE):
        return False
    if not compared:
        return True
    near = {stem for base in compared for stem in load_thesaurus().stems(base) | load_thesaurus().synonyms(base)}
    return bool(_DEGREE.search(text)) and (
        "than" not in said or any(load_thesaurus().stems(form) & near for form in said)
    )


def _units(question: str, options: Sequence[str]) -> set[str]:
    """What numbers that a question offers are numbers of: "leg" of "six or eight legs", "minute" of "one minute or two"."""
    asked = {_next(question, word.end) for word in words(question) if _NUMBER.fullmatch(word.form)}
    return (asked | {word.stem for option in options for word in words(option) if not _NUMBER.fullmatch(word.form)}) - {
        "or",
        "",
    }


def _next(text: str, place: int) -> str:
    """The stem of the word that begins behind `place`; "" without one."""
    return next((word.stem for word in words(text) if word.start >= place), "")


def _weights(question: str, options: tuple[str, str], ranking: Ranking) -> NDArray[np.float32] | None:
    """(q,) how much each of the question's tokens counts, without those of the options; None where nothing is left."""
    offered = {form for option in options for word in words(option) for form in (word.stem, canonical(word.form))}
    asked = [
        w
        for w in words(question)
        if w.stem not in offered and canonical(w.form) not in offered and w.form not in FUNCTION_WORDS
    ]
    kept = [w for w in asked if w.form not in GENERIC] or asked
    spans = ranking.question.token_spans
    inside = np.array([any(start < w.end and end > w.start for w in kept) for start, end in spans], dtype=bool)
    weights = ranking.token_weights * inside if len(spans) else ranking.token_weights
    total = float(weights.sum())
    return np.asarray(weights / total, np.float32) if total > 0 else None


def _ties(
    sentence: RankedSentence, marks: Sequence[_Mark], sought: _Sought, weights: NDArray[np.float32], ranking: Ranking
) -> list[_Tie]:
    """What each naming of an option in a sentence is worth, and for which option; one that the article warns of, or of which it denies
    what the question says of it, speaks for the other."""
    text, warned = sentence.text, is_mistake(sentence.text, sentence.headings)
    encoded = ranking.encoded[sentence.passage.passage_id]
    spans = encoded.token_spans - (sentence.sentence.start - sentence.passage.start)
    reply = REPLY.match(text)
    found = []
    for mark in marks:
        if _is_of_another(text, mark, sought.rest):
            continue
        first, last = _clause(text, mark, marks)
        if _runs_counter(words(text[first : mark.start]) + words(text[mark.end : last]), sought.course):
            # Worth nothing alone: backs may be straight both up and down.
            found.append(_Tie(0.0, 1 - mark.option, denied=True))
            continue
        within = [(first, last), *_antecedents(text, first, last)]
        inside = np.any([(spans[:, 0] >= a) & (spans[:, 1] <= b) for a, b in within], axis=0) & (
            encoded.token_spans[:, 1] > 0
        )
        if not inside.any():
            continue
        closest = (ranking.question.token_vectors @ encoded.token_vectors[inside].T).max(axis=1)
        worth = mark.strength * max(0.0, float(weights @ closest)) ** 2
        opening = max(first, clause_at(text, mark.start).start, reply.end() if reply else 0)
        before = len(_DENYING.findall(text[opening : mark.start])) % 2 == 1
        denied = before or _denied_behind(text, mark.end, last, sought.rest)
        if denied is None:
            continue
        if denied or warned:
            found.append(_Tie(DENIAL * worth, 1 - mark.option, denied))
        else:
            found.append(_Tie(worth, mark.option, denied))
    return found


def _courses(some: Sequence[Word]) -> frozenset[str]:
    """The directions, up and down, that words say or go in."""
    return frozenset(DIRECTIONS[word.form] for word in some if word.form in DIRECTIONS)


def _runs_counter(around: Sequence[Word], course: AbstractSet[str]) -> bool:
    """Whether the words around an option speak of the way down where the way up is asked about, or the other way round."""
    gone = _courses(around)
    return len(course) == 1 and len(gone) == 1 and gone != course


def _is_of_another(text: str, mark: _Mark, rest: AbstractSet[str]) -> bool:
    """Whether an option is said of something else than the question asks about: "so is the cello, whereas the bass is tuned in fourths"."""
    parts = clauses(text)
    own = next(i for i, part in enumerate(parts) if part.start <= mark.start < part.end)
    holds = [any(word.stem in rest for word in part.words) for part in parts]
    apart = [i for i, part in enumerate(parts) if sets_against(part) or _WHILE.match(part.text)]
    first = max((i for i in apart if i <= own), default=0)
    last = min((i for i in apart if i > own), default=len(parts))
    return any(holds) and not any(holds[first:last]) and has_own_subject(parts[own], ())


def _denied_behind(text: str, start: int, last: int, rest: AbstractSet[str]) -> bool | None:
    """Whether behind an option the words of the question are denied: "labradors shed, but never need clipping"; None where in part."""
    for clause in clauses(text):
        behind = [word for word in clause.words if start <= word.start < last]
        if _POOR.search(text, max(start, clause.start), max(start, min(last, clause.end))):
            return True
        if any(load_thesaurus().opposites(word.form) & rest for word in behind if word.stem not in rest):
            return True
        told = [word for word in behind if word.stem in rest]
        if told and _NEGATION.search(text, max(start, clause.start), told[-1].end):
            return denies(clause, told)
    return False


def _marks(text: str, offer: _Offer, subjects: Subjects) -> list[_Mark]:
    """Where a text names the options, in order.

    A word that is part of a subject's name is no synonym: a leg press is no push for its name. "In or out" names neither,
    "in a press" is no direction, and a number counts with its unit.
    """
    chained = [match.span() for match in _CHAINED.finditer(text)]
    named = subjects.mentions(text)
    marks = []
    for word in words(text):
        if word.stem in offer.passed or any(start <= word.start < end for start, end in chained):
            continue
        if word.form in FUNCTION_WORDS and _GOVERNED.match(text, word.end):
            continue
        if offer.units and _next(text, word.end) not in offer.units:
            continue
        form = _as_option(text, word)
        strengths = [max(_strength(own, form) for own in side) for side in offer.sides]
        part = next((frozenset(m.subject.stems) for m in named if m.start <= word.start < m.end), frozenset[str]())
        if part:
            strengths = [strength if strength == 1 else 0.0 for strength in strengths]
        marks += [
            _Mark(i, word.start, word.end, strength, strength == 1 and part <= offer.stems[i])
            for i, strength in enumerate(strengths)
            if strength > 0
        ]
    both = [
        pair
        for pair in pairwise(marks)
        if pair[0].option != pair[1].option and _JOINED.fullmatch(text, pair[0].end, pair[1].start)
    ]
    return [mark for mark in marks if not any(mark in pair for pair in both)]


def _as_option(text: str, word: Word) -> Word:
    """A word as options are named: "out" of "breathe out" is "exhale"."""
    before = re.search(r"\bbreath(?:e|es|ing)? $", text[: word.start], re.I)
    return words(plain_options(f"breathe {word.form}"))[-1] if before and word.form in ("in", "out") else word


def _strength(own: Word, said: Word) -> float:
    """How closely a word of a sentence is one of an option's."""
    thesaurus = load_thesaurus()
    forms = thesaurus.stems(own.form) | {own.stem}
    if canonical(own.form) == canonical(said.form) or forms & (thesaurus.stems(said.form) | {said.stem}):
        return 1.0
    if any(said.form == own.form + ending for ending in _MADE_OF):
        return 1.0
    return SYNONYM if thesaurus.means(own.form, said.form) else 0.0


def _antecedents(text: str, first: int, last: int) -> list[tuple[int, int]]:
    """The spans of what a pronoun in a clause may stand for: the things that the sentence names before it."""
    if not _PRONOUN.search(text[first:last]):
        return []
    return [match.span(1) for match in (*_THING.finditer(text, 0, first), *_LEADING.finditer(text, 0, first))]


def _clause(text: str, mark: _Mark, marks: Sequence[_Mark]) -> tuple[int, int]:
    """The span of what goes with an option: the text up to where the clause of another one ends, or begins."""
    before = max((m.end for m in marks if m.end <= mark.start and m.option != mark.option), default=0)
    after = min((m.start for m in marks if m.start >= mark.end and m.option != mark.option), default=len(text))
    breaks = [match.start() for match in _BREAK.finditer(text)]
    first = max((b for b in breaks if before <= b < mark.start), default=before) if before else 0
    last = max((b for b in breaks if mark.end <= b <= after), default=after) if after < len(text) else len(text)
    return first, last
