"""What a plain sentence says of a claim, neither "yes" nor "no" before it: that it holds, that it does not, or too little for either.

The clause that speaks of all the claim's words settles it, by whether it denies them, if it is about the claim's subject; words
spread over several clauses must all be said, or the last of them denied. This module does not choose among sentences, nor
turn "bad" into "safe": see `rag.answering.yes_no`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from rag.answering.assertions import disputes
from rag.answering.choices import Choice
from rag.answering.clauses import (
    Clause,
    begins_with,
    clauses,
    compares_otherwise,
    denies,
    has_own_subject,
    matched,
    not_of_all,
    of_all,
    of_only,
    reports,
    reserved,
    sets_against,
    standing_for,
    stems_of,
)
from rag.answering.obstacles import (
    is_contrary,
    is_crossed,
    is_of_a_stranger,
    is_rival,
    is_turned_about,
    is_unreal,
    narrows,
)
from rag.answering.poles import POLES, SAMENESS, sides_taken
from rag.answering.ranking import RankedSentence, Ranking
from rag.answering.subjects import Subjects
from rag.types import Role
from rag.words import Word, content_stems, words

STATED = 0.7
"""A claimed word is said in a clause by it or a synonym, or by another word where their tokens have a cosine of this much. With 0.6
nothing more is settled on this project's development questions."""

MOSTLY = 0.66
"""The share of a claim's words that is enough where the article's own question is the user's: two of three, not one of two,
since "can a lathe shape glass" is not answered by "can a lathe shape metal"."""

_UNNAMED = re.compile(r"^\W*(?:they|he|she|these|those)\b", re.I)
"""A claim about what only an earlier question names, and nobody could tell."""

_TOO_LITTLE = re.compile(
    r"\b(?:mistake|avoid|awkward|not|no|never|cannot|without|neither|nor|rather than|instead of|unless|only|hardly|little|some"
    r"|few|coaches|may|might|if|disagree|care|careful|advice|seek|should|provided)\b|n['’]t\b",
    re.I,
)
_SETTLED = re.compile(r":\s+(yes|no|true|false)\W*$", re.I)
"""What a line says of the claim before it: "one jab lasts for life: no"."""
_SPOKEN_OF = re.compile(r"\b(?:it|they)\b", re.I)
_BUT_NONE = re.compile(r":\s+(?:no|not|none|never|nothing)\b", re.I)
"""What denies the label before it: "rest needed: no more than a day"."""
_REASON = re.compile(r"[,;:]?\s+(?:because|since|as|so that|which)\b|[;:]", re.I)


def stated(
    choice: Choice, claimed: Sequence[Word], sentence: RankedSentence, ranking: Ranking, subjects: Subjects
) -> bool | None:
    """Whether a sentence that opens with neither "yes" nor "no" says a claim, or denies it; None where it is too little for either."""
    vague = choice.target and len(claimed) + bool(choice.target - {w.stem for w in claimed}) < 2
    if (
        sentence.sentence.role is Role.FACT
        or choice.options
        or choice.negated
        or vague
        or SAMENESS in sides_taken(choice.claim)
    ):
        return None
    if not claimed:
        return None if _TOO_LITTLE.search(_REASON.split(sentence.text)[0]) else True
    settled = _SETTLED.search(sentence.text)
    said = _says(choice, claimed, sentence, ranking, subjects)
    return said if said is None or settled is None else said == (settled[1].lower() in ("yes", "true"))


def _says(
    choice: Choice, claimed: Sequence[Word], sentence: RankedSentence, ranking: Ranking, subjects: Subjects
) -> bool | None:
    """The same of what a sentence says before a "yes" or "no" that ends it."""
    settled = _SETTLED.search(sentence.text)
    text = sentence.text[: settled.start()] if settled else sentence.text
    if _UNNAMED.match(choice.claim) or disputes(text) or reports(text) or (of_only(choice.claim) and not of_only(text)):
        return None
    wanted = _to_be_said(claimed, sentence)
    sides = frozenset(form for pole in sides_taken(choice.claim) for side in POLES[pole] for form in side)
    every = [_Part(clause, wanted, sides, sentence, ranking) for clause in clauses(text)]
    whole = sorted((part for part in every if len(part.met) == len(wanted)), key=lambda part: -part.literal)
    parts = whole[:1] or [part for part in every if part.met]
    if not any(part.literal for part in parts) or _named_later(choice.target, text, parts[0], subjects):
        return None
    if any(part.sided and part not in parts and denies(part.clause, part.sided) is not False for part in every):
        return None  # "they go stale, but they do not become unsafe" does not say that they go bad
    if any(_BUT_NONE.match(text, part.clause.end - 1) for part in parts):
        return None
    if any(
        part.is_about_another(choice.target, subjects) or part.meets_an_obstacle(choice, claimed, sentence, subjects)
        for part in parts
    ):
        return None
    if of_all(choice.claim) and any(not_of_all(part.clause.text) for part in parts):
        return False
    met = {word.start for part in parts for word in part.met}
    if sum(len({word.start for word in part.met}) for part in parts) > len(met) + 1:
        return None  # "runners in shoes land on the heel; barefoot runners land on the forefoot"
    if any(reserved(part.clause) or compares_otherwise(choice.claim, part.clause) for part in parts):
        return None
    if len(met) < len(wanted) * (MOSTLY if sentence.asked else 1):
        return None
    return _sum(parts, all_of=of_all(choice.claim) and not of_all(text))


def _to_be_said(claimed: Sequence[Word], sentence: RankedSentence) -> list[Word]:
    """The claimed words that a sentence must say: those that a question above it asks, or that it says nothing of while a heading
    does, are understood."""
    own = content_stems(sentence.text)
    implied = [title for title in (sentence.passage.title, *sentence.headings) if not content_stems(title) & own]
    above = question_above(sentence) if sentence.asked else None
    understood = {form for w in words(" ".join((*implied, above or ""))) for form in stems_of(w)}
    # "It" may be what the sentences before it name, and the claim first.
    if claimed and _SPOKEN_OF.search(sentence.text):
        told = " ".join(sentence.passage.quote(s.start, s.end) for s in sentence.before[-2:])
        understood |= stems_of(claimed[0]) & {form for w in words(told) for form in stems_of(w)}
    said = {form for w in words(sentence.text) for form in stems_of(w)}
    return [w for w in claimed if standing_for(w) & said or not stems_of(w) & understood] or list(claimed)


def _sum(parts: Sequence[_Part], *, all_of: bool) -> bool | None:
    """What the clauses that speak of a claim come to: all say it, or the last denies it; `all_of` is whether they would have to say
    it of all."""
    denied = [denies(part.clause, part.said) for part in parts]
    if denied == [*[False] * (len(parts) - 1), True]:
        return False
    apart = len(parts) > 1 and any(sets_against(part.clause) for part in parts)
    return True if not any(denied) and None not in denied and not apart and not all_of else None


def _named_later(target: frozenset[str], text: str, part: _Part, subjects: Subjects) -> bool:
    """Whether a sentence names its subject only behind a clause, which then speaks of something else: "an insect has six legs; a
    spider has eight"."""
    named = [m.start for m in subjects.mentions(text) if frozenset(m.subject.stems) == target]
    return bool(named) and named[0] >= part.clause.end


class _Part:
    """A clause of a sentence, and the claimed words that it speaks of."""

    def __init__(
        self,
        clause: Clause,
        claimed: Sequence[Word],
        sides: Collection[str],
        sentence: RankedSentence,
        ranking: Ranking,
    ) -> None:
        # "Are whales fish?" hangs on one word, and a shark is not that word.
        forms = stems_of if len(claimed) == 1 else standing_for
        pairs = matched(claimed, clause, lambda word, said: bool(forms(word) & stems_of(said)))
        literal = [word for word, _ in pairs]
        others = [w for w in clause.words if all(w is not said for _, said in pairs)]
        near = [
            w
            for w in claimed
            if w not in literal and not is_rival(w, others) and _cosine_among(w, others, sentence, ranking) >= STATED
        ]
        self.clause, self.wanted, self.met, self.literal = clause, len(claimed), literal + near, len(literal)
        self.sided = [w for w in clause.words if w.form in sides]
        self.said = [said for _, said in pairs] + self.sided or list(clause.words)

    def is_about_another(self, target: frozenset[str], subjects: Subjects) -> bool:
        """Whether the clause has a subject that is not the claim's, or only begins with what is claimed."""
        named = [frozenset(m.subject.stems) for m in subjects.mentions(self.clause.text)]
        if subjects.is_name(target) and named:
            return named[0] != target
        alone = self.wanted == 1 and len(self.said) == 1 and begins_with(self.clause, self.said[0])
        return alone or has_own_subject(self.clause, self.said)

    def meets_an_obstacle(
        self, choice: Choice, claimed: Sequence[Word], sentence: RankedSentence, subjects: Subjects
    ) -> bool:
        """Whether the clause does not settle the claim, whatever it says or denies."""
        named = {form for word in words(choice.claim) if word.content for form in stems_of(word)} | choice.target
        known = named | content_stems(sentence.passage.context)
        subject = choice.target if subjects.is_name(choice.target) else {claimed[0].stem}
        return (
            is_unreal(self.clause.text, words(choice.claim))
            or is_contrary(choice.claim, sentence.text)
            or is_crossed(sentence.text, claimed, subject)
            or is_turned_about(choice.claim, {w.stem for w in claimed} | choice.target, self.clause)
            or (self.clause.start == 0 and is_of_a_stranger(self.clause, known))
            or narrows(self.clause, subject, known, denied=denies(self.clause, self.said) is not False)
        )


def _cosine_among(word: Word, said: Sequence[Word], sentence: RankedSentence, ranking: Ranking) -> float:
    """The best cosine of a word's tokens and those of some words of a sentence."""
    encoded = ranking.encoded[sentence.passage.passage_id]
    mine = _tokens_of([word], ranking.question.token_spans)
    theirs = _tokens_of(said, encoded.token_spans - (sentence.sentence.start - sentence.passage.start))
    if not mine.any() or not theirs.any():
        return 0.0
    return float((ranking.question.token_vectors[mine] @ encoded.token_vectors[theirs].T).max())


def _tokens_of(some: Sequence[Word], spans: NDArray[np.int32]) -> NDArray[np.bool_]:
    """(n,) which of the tokens at `spans` (n, 2) are part of some words."""
    found = np.zeros(len(spans), dtype=bool)
    for word in some:
        found |= (spans[:, 0] < word.end) & (spans[:, 1] > word.start)
    return found


def question_above(sentence: RankedSentence) -> str | None:
    """The article's own question that a sentence answers, where its passage holds one."""
    above = [s for s in sentence.before if s.role is Role.QUESTION]
    return sentence.passage.quote(above[-1].start, above[-1].end) if above else None
