"""Yes or no: whether the articles affirm what a question claims, or deny it.

The best sentence settles it where it speaks of the claim's subject and of every word of the claim, and either opens with
the article's own "Yes" or "No", or says the claim in so many words. "Is it safe?" asks the contrary of "is it bad?", so an
answer to the one is turned round for the other. Unsure is no verdict: a wrong one is far worse than none. This module
reads claims; classes that exclude each other, such as push and pull, are weighed by `rag.answering.verdicts`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.answering.assertions import disputes
from rag.answering.choices import Choice
from rag.answering.clauses import (
    Clause,
    begins_with,
    clauses,
    denies,
    has_own_subject,
    matched,
    not_of_all,
    of_all,
    of_only,
    reports,
    reserved,
    sets_against,
)
from rag.answering.facts import answers, excludes, facts_on, holds
from rag.answering.offers import GENERIC
from rag.answering.ranking import RankedSentence, Ranking
from rag.answering.subjects import Subjects
from rag.thesaurus import load_thesaurus
from rag.types import Role
from rag.words import Word, content_stems, warn, words

CLOSE = 1.2
"""Sentences are read that rank at most this much below the best."""

MEANT = 0.6
"""A word of the claim is spoken of where one of its tokens has a cosine of this much in the sentence. On this project's own
development questions, words that a sentence says in its own way have 0.6 and more ("traps", "trapezius"), names of other
muscles and movements up to 0.58."""

STATED = 0.7
"""The same where a sentence that is no reply must say it in one clause, with none of the words that say the claim's others."""

MOSTLY = 0.66
"""The share of a claim's words that is enough where the article's own question is the user's: two of three, not one of two,
since "can a lathe shape glass" is not answered by "can a lathe shape metal"."""

SURE, NEARLY = 0.6, 0.5
"""An article's own "Yes" or "No" is taken where the articles are this likely to answer the question and the claim's words have this
mean cosine in it, though it does not speak of each ("a newbie" for "a beginner"). Swept on this project's development questions, where 15
more claims are settled, none wrongly, and no unanswerable one is: 16 from 0.5 on, 12 from 0.7 on; with 0.4 for the words one is wrong."""

POLES = tuple(
    (frozenset(one.split()), frozenset(other.split()))
    for one, other in (
        (
            "safe safer ok okay fine good gentle gentler kind kinder nicer comfortable suit suits suited suitable alright friendly option",
            "bad worse harmful dangerous unsafe risky risk harm harms terrible awful poor hurt hurts injure injures damage damages damaging"
            " wreck ruin",
        ),
        (
            "need needs needed necessary required require requires must essential",
            "skip replace replaces substitute swap alternative instead without unnecessary needless optional omit",
        ),
        ("same identical equal equivalent interchangeable alike just basically", "different differ differs difference distinct"),
        ("easier easy simpler simple", "harder hard difficult"),
        ("more bigger greater larger stronger better most best", "less smaller weaker worse fewer least worst"),
    )
)
"""Words on the two sides of a question that can be put either way."""

HARM, NEED, SAMENESS = 0, 1, 2
"""Which of the poles: what is safe or harmful; what is needed; what is the same, since two things that are alike in one way are not
yet the same."""

_FINE: dict[int, int | None] = {HARM: 0}
_FINE_AND_NEEDED: dict[int, int | None] = {HARM: 0, NEED: 0}

FAINT = frozenset("good better best more most just basically easy hard".split())
"""Words that take a side only against a text that takes one: "good for the glutes" may mean no more than that they work."""

_PHRASES = (
    (re.compile(r"\b(?:hard|tough|rough)(?:er)? on\b", re.I), "bad for"),
    (re.compile(r"\beas(?:y|ier) on\b", re.I), "gentle on"),
    (re.compile(r"\b(?:just |only )?another (?:word|name|term) for\b|\bone and the same\b", re.I), "the same as"),
    (re.compile(r"\bt(?:ake|akes|ook|aking) the place of\b|\bstand[ -]ins?\b", re.I), "replace"),
    (re.compile(r"\bcan (?:i|you|we) (?:just |then )?(?:stop|drop|leave out|do without|forget about)\b", re.I), "can i skip"),
    (re.compile(r"\b(?:have|has|got) to\b", re.I), "need to"),
    (re.compile(r"\bbad (?!for\b|to\b|idea\b|if\b|when\b|on\b|thing\b|news\b|in itself\b)(?=\w)", re.I), ""),
)
"""Phrases that take a side, and a "bad back" that takes none, in plain words."""

LIGHT = frozenset(
    """work works working train trains training use uses using hit hits hitting target targets build builds help helps involve
    involves go goes get gets make makes do take takes put puts count counts good bad ok word name term""".split()
)
"""Verbs that any sentence on a muscle or a movement says in its own way: a claim's other words tell what is claimed."""

_PASSED = GENERIC | LIGHT | frozenset(word for pair in POLES for side in pair for word in side)
"""Words that need not be spoken of."""

_COPULA = re.compile(r"\b(?:is|are|isn['’]?t|aren['’]?t|was|were)\b", re.I)
_UNNAMED = re.compile(r"^\W*(?:they|he|she|these|those)\b", re.I)
"""A claim about what only an earlier question names, and nobody could tell."""

_REPLY = re.compile(r"^\W*(yes|no)\b[\s,.:;–—-]", re.I)
_BARE_REPLY = re.compile(r"^\W*(yes|no)\W*$", re.I)
_RESERVED = re.compile(
    r"\b(?:mistake|avoid|awkward|not|no|never|cannot|without|neither|nor|rather than|instead of|unless|only|hardly|little|some"
    r"|few|coaches|may|might|if|disagree|care|careful|advice|seek|should|provided)\b|n['’]t\b",
    re.I,
)
PERMISSION = re.compile(r"^\W*(?:should|can|could|may|shall)\b|\b(?:should|can|may) (?:i|you|we|my|your|the)\b", re.I)
_OUGHT = re.compile(r"^\W*should\b|\bshould (?:i|you|we|my|your|the)\b", re.I)
_AMISS = re.compile(
    r"\b(?:too|enough|only|without|lack\w*|forget\w*|skip\w*|fail\w*|neglect\w*|ignor\w*|believ\w*|assum\w*|think\w*|stop\w*|never|not"
    r"|no)\b|n['’]t\b",
    re.I,
)
"""A mistake of degree or of leaving something out: "bending the knees too little" does not say that they should not bend."""

_REASON = re.compile(r"[,;:]?\s+(?:because|since|as|so that|which)\b|[;:]", re.I)
_WITHOUT = re.compile(r"\bwithout\b", re.I)
"""In what an article says, a negation; in "can I train without …?" the contrary of a need."""

_NEGATED = re.compile(r"^\W*(?:is|are|do|does|can|should|would|will)n['’]t\b|\b(?:not|never)\b", re.I)


@dataclass(frozen=True, slots=True)
class Affirmation:
    """What the articles say of a claim: whether it holds, the sentence that says so, and what holds in its place, if it says that."""

    holds: bool
    sentence: RankedSentence
    instead: str = ""


def affirm(choice: Choice, question: str, ranking: Ranking, subjects: Subjects, sure: float) -> Affirmation | None:
    """What the best sentences say of the claim in `choice`, which `question` makes; None where they don't settle it.

    Args:
        sure: how likely it is, in [0, 1], that the articles answer the question.
    """
    claimed = _claimed(choice, question, subjects)
    if not claimed and not choice.target:
        return None  # "should the"
    listed = _listed(choice, question, claimed, ranking, subjects)
    if listed:
        return listed
    for sentence in ranking.sentences:
        if sentence.score < ranking.sentences[0].score - CLOSE:
            break
        reply = _reply(sentence)
        plain = bool(claimed) and not _sides(choice.claim) and not warn(sentence.passage.headings)
        meant = not choice.options and sure >= SURE and _mean_closeness(claimed, sentence, ranking) >= NEARLY
        if not _same_subject(choice, sentence, subjects) or not (
            (meant if reply is not None else plain) or _speaks_of(claimed, sentence, ranking)
        ):
            continue
        asked = question_above(sentence) if reply is not None else None
        if reply is None and warn(sentence.passage.headings):
            if (allowed := _allowed(choice, question, sentence)) is not None:
                return Affirmation(allowed, sentence)
            continue
        own, told = (subjects.without(text, choice.target) for text in (choice.claim, asked or _WITHOUT.sub(" ", sentence.text)))
        turned = _turned(own, told, asked=asked is not None, ought=bool(_OUGHT.search(question)))
        if turned is None:
            continue
        if asked and not _REPLY.match(sentence.text) and _answers_another(claimed, asked, sentence.text):
            continue
        said = reply if reply is not None else _stated(choice, claimed, sentence, ranking, subjects)
        if said is None:
            continue
        return Affirmation(said ^ turned ^ choice.negated ^ bool(_NEGATED.search(asked or "")), sentence)
    return None


def _listed(
    choice: Choice, question: str, claimed: Sequence[Word], ranking: Ranking, subjects: Subjects
) -> Affirmation | None:
    """What a "Key: value" line of the subject's article says of a claim."""
    if choice.options:
        return None
    own = subjects.without(choice.claim, choice.target)
    for fact in facts_on(choice.target, ranking, subjects):
        if fact.reply is not None:
            turned = _turned(own, fact.key, asked=False, ought=False)
            if of_all(choice.claim) != of_all(fact.key) or turned is None:
                continue
            if (claimed or turned or _sides(own)) and answers(fact, claimed, _PASSED):
                return Affirmation(fact.reply ^ turned ^ choice.negated, fact.sentence)
        elif claimed and _COPULA.search(question) and not _sides(own) and not of_all(choice.claim):
            if holds(fact, claimed):
                return Affirmation(not choice.negated, fact.sentence)
            if excludes(fact, claimed, ranking):
                return Affirmation(choice.negated, fact.sentence, fact.value.lower())
    return None


def _answers_another(claimed: Sequence[Word], asked: str, text: str) -> bool:
    """Whether a claim is of what follows a reply instead of what was asked: "does it soften the crust? No. It makes it shiny"."""
    above = {form for w in words(asked) for form in _forms(w)}
    said = {form for w in words(text) for form in _stems(w)}
    return any(not _stems(w) & above and _stems(w) & said for w in claimed)


def _reply(sentence: RankedSentence) -> bool | None:
    """The article's own "yes" or "no" that a sentence opens with, or that stands alone before it."""
    own = sentence.text
    before = [s for s in sentence.passage.sentences if s.end <= sentence.sentence.start]
    bare = _BARE_REPLY.match(sentence.passage.quote(before[-1].start, before[-1].end)) if before else None
    match = bare or _REPLY.match(own)
    return match[1].lower() == "yes" if match else None


def _allowed(choice: Choice, question: str, mistake: RankedSentence) -> bool | None:
    """Whether what a question asks leave for holds, where the articles call it a mistake: "should I …?" does not, "is it bad
    to …?" does. None where it asks something else, or the mistake is one of degree."""
    side = _sides(choice.claim).get(HARM)
    if choice.options or _AMISS.search(mistake.text) or (side is None and not PERMISSION.search(question)):
        return None
    return (side == 1) ^ choice.negated


def _stated(
    choice: Choice, claimed: Sequence[Word], sentence: RankedSentence, ranking: Ranking, subjects: Subjects
) -> bool | None:
    """Whether a sentence that opens with neither "yes" nor "no" says a claim, or denies it; None where it is too little for either."""
    vague = choice.target and len(claimed) + bool(choice.target - {w.stem for w in claimed}) < 2
    if sentence.sentence.role is Role.FACT or choice.options or choice.negated or vague or SAMENESS in _sides(choice.claim):
        return None
    if not claimed:
        return None if _RESERVED.search(_REASON.split(sentence.text)[0]) else True
    text = sentence.text
    if _UNNAMED.match(choice.claim) or disputes(text) or reports(text) or (of_only(choice.claim) and not of_only(text)):
        return None
    above = question_above(sentence) if sentence.asked else None
    own = content_stems(text)
    implied = [title for title in (sentence.passage.title, *sentence.passage.headings) if not content_stems(title) & own]
    asked = {form for w in words(" ".join((*implied, above or ""))) for form in _stems(w)}
    said = {form for w in words(text) for form in _stems(w)}
    wanted = [w for w in claimed if _forms(w) & said or not _stems(w) & asked] or list(claimed)
    sides = frozenset(form for pole in _sides(choice.claim) for side in POLES[pole] for form in side)
    every = [_Part(clause, wanted, sides, sentence, ranking) for clause in clauses(text)]
    whole = sorted((part for part in every if len(part.met) == len(wanted)), key=lambda part: -part.literal)
    parts = whole[:1] or [part for part in every if part.met]
    if not any(part.literal for part in parts):
        return None
    if any(part.sided and part not in parts and denies(part.clause, part.sided) is not False for part in every):
        return None  # "they go stale, but they do not become unsafe" does not say that they go bad
    if any(part.is_about_another(choice.target, subjects) for part in parts) or _named_later(choice.target, text, parts[0], subjects):
        return None
    if of_all(choice.claim) and any(not_of_all(part.clause.text) for part in parts):
        return False
    if any(reserved(part.clause) for part in parts):
        return None
    met = {word.start for part in parts for word in part.met}
    if len(met) < len(wanted) * (MOSTLY if sentence.asked else 1):
        return None
    denied = [denies(part.clause, part.said) for part in parts]
    if not any(denied) and None not in denied:
        if len(parts) > 1 and any(sets_against(part.clause) for part in parts):
            return None
        return None if of_all(choice.claim) and not of_all(text) else True
    return False if denied == [*[False] * (len(parts) - 1), True] else None


def _named_later(target: frozenset[str], text: str, part: _Part, subjects: Subjects) -> bool:
    """Whether a sentence names its subject only behind a clause, which then speaks of something else: "an insect has six legs; a
    spider has eight"."""
    named = [m.start for m in subjects.mentions(text) if frozenset(m.subject.stems) == target]
    return bool(named) and named[0] >= part.clause.end


class _Part:
    """A clause of a sentence, and the claimed words that it speaks of."""

    def __init__(
        self, clause: Clause, claimed: Sequence[Word], sides: Collection[str], sentence: RankedSentence, ranking: Ranking
    ) -> None:
        forms = _stems if len(claimed) == 1 else _forms  # "are whales fish?" hangs on one word, and a shark is not that word
        pairs = matched(claimed, clause, lambda word, said: bool(forms(word) & _stems(said)))
        literal = [word for word, _ in pairs]
        others = [w for w in clause.words if all(w is not said for _, said in pairs)]
        near = [w for w in claimed if w not in literal and _cosine_among(w, others, sentence, ranking) >= STATED]
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


def _forms(word: Word) -> frozenset[str]:
    """The stems of a word and of its synonyms."""
    thesaurus = load_thesaurus()
    return thesaurus.stems(word.form) | thesaurus.synonyms(word.form) | {word.stem}


def _stems(word: Word) -> frozenset[str]:
    return load_thesaurus().stems(word.form) | {word.stem}


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
    above = [s for s in sentence.passage.sentences if s.role is Role.QUESTION and s.start < sentence.sentence.start]
    return sentence.passage.quote(above[-1].start, above[-1].end) if above else None


def _claimed(choice: Choice, question: str, subjects: Subjects) -> list[Word]:
    """The words that an answer has to speak of: neither the subject's name, nor light verbs, nor poles."""
    rest = {word.stem for word in words(choice.rest)} | {word.stem for o in choice.options for word in words(o)}
    name = choice.target if choice.named and subjects.is_name(choice.target) else frozenset[str]()
    return [w for w in words(question) if w.content and w.form not in _PASSED and w.stem in rest - name]


def _same_subject(choice: Choice, sentence: RankedSentence, subjects: Subjects) -> bool:
    """Whether a sentence is on the claim's subject: names it first, or stands in its article and names no other. What is the same
    as another may be named second."""
    if not subjects.is_name(choice.target):
        return True
    named = [frozenset(m.subject.stems) for m in subjects.mentions(sentence.text)]
    if named:
        return named[0] == choice.target or (SAMENESS in _sides(choice.claim) and choice.target in named)
    return any(frozenset(m.subject.stems) == choice.target for m in subjects.mentions(sentence.passage.title))


def _speaks_of(claimed: Sequence[Word], sentence: RankedSentence, ranking: Ranking) -> bool:
    """Whether a sentence, with the question that it answers, speaks of the claimed words."""
    if not claimed:
        return sentence.asked > 0 or sentence is ranking.sentences[0]
    met = [closeness >= MEANT for closeness in _closenesses(claimed, sentence, ranking)]
    return all(met) or (sentence.asked > 0 and sum(met) >= MOSTLY * len(met))


def _mean_closeness(claimed: Sequence[Word], sentence: RankedSentence, ranking: Ranking) -> float:
    """The mean closeness of the claimed words to a sentence; 0 without words."""
    return sum(_closenesses(claimed, sentence, ranking)) / len(claimed) if claimed else 0.0


def _closenesses(claimed: Sequence[Word], sentence: RankedSentence, ranking: Ranking) -> list[float]:
    """For each word, 1 where a sentence, with the question that it answers, says it or a synonym; else its best cosine there."""
    thesaurus = load_thesaurus()
    said = {form for w in words(f"{question_above(sentence) or ''} {sentence.text}") for form in (w.stem, *thesaurus.stems(w.form))}
    return [
        1.0 if said & ({w.stem} | thesaurus.stems(w.form) | thesaurus.synonyms(w.form)) else _cosine(w, sentence, ranking)
        for w in claimed
    ]


def _cosine(word: Word, sentence: RankedSentence, ranking: Ranking) -> float:
    """The best cosine of a word's tokens in a sentence."""
    spans = ranking.question.token_spans
    inside = (spans[:, 0] < word.end) & (spans[:, 1] > word.start)
    return float(sentence.late[inside].max()) if inside.any() else 0.0


def _turned(claim: str, said: str, *, asked: bool, ought: bool) -> bool | None:
    """Whether `said` is put the other way round ("bad" for "safe").

    None where it takes no side in what the claim speaks of, or both; or, being a question that the article asks, one in what
    the claim does not speak of. What an article says one should do is fine and needed; `ought` is whether the claim is that.
    """
    mine, theirs = _sides(claim), _sides(said)
    if None in mine.values():
        return None
    if asked and _OUGHT.match(said):
        theirs = _FINE_AND_NEEDED | theirs
    if ought:
        mine = _FINE | mine if HARM in theirs else mine
    if asked and _sides(said, faint=False).keys() - mine.keys():
        return None
    if any(theirs[pole] is None for pole in mine.keys() & theirs.keys()):
        return None
    turned = {mine[pole] != theirs[pole] for pole in mine.keys() & theirs.keys()}
    if not turned:
        return None if _sides(claim, faint=False) else False
    return turned.pop() if len(turned) == 1 else None


def _sides(text: str, *, faint: bool = True) -> dict[int, int | None]:
    """For each pair of poles that a text speaks of, which side: 0 or 1, None for both."""
    for phrase, plain in _PHRASES:
        text = phrase.sub(plain, text)
    forms = {word.form for word in words(text)} - (frozenset() if faint else FAINT)
    found = {i: [side for side in (0, 1) if forms & POLES[i][side]] for i in range(len(POLES))}
    return {i: sides[0] if len(sides) == 1 else None for i, sides in found.items() if sides}
