"""Yes or no: whether the articles affirm what a question claims, or deny it.

The best sentence settles it where it speaks of the claim's subject and of every word of the claim, and either opens with
the article's own "Yes" or "No", or says the claim in so many words. "Is it safe?" asks the contrary of "is it bad?", so an
answer to the one is turned round for the other. Unsure is no verdict: a wrong one is far worse than none. This module
reads claims; classes that exclude each other, such as push and pull, are weighed by `rag.answering.verdicts`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.answering.choices import Choice
from rag.answering.offers import GENERIC
from rag.answering.ranking import RankedSentence, Ranking
from rag.answering.subjects import Subjects
from rag.thesaurus import load_thesaurus
from rag.types import Role
from rag.words import Word, warn, words

CLOSE = 1.2
"""Sentences are read that rank at most this much below the best."""

MEANT = 0.6
"""A word of the claim is spoken of where one of its tokens has a cosine of this much in the sentence. On this project's own
development questions, words that a sentence says in its own way have 0.6 and more ("traps", "trapezius"), names of other
muscles and movements up to 0.58."""

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
            "bad worse harmful dangerous unsafe risky risk harm harms hurt hurts injure injures damage damages damaging wreck ruin",
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

_REPLY = re.compile(r"^\W*(yes|no)\b[\s,.:;–—-]", re.I)
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
_NEGATED = re.compile(r"^\W*(?:is|are|do|does|can|should|would|will)n['’]t\b|\b(?:not|never)\b", re.I)


@dataclass(frozen=True, slots=True)
class Affirmation:
    """What the articles say of a claim: whether it holds, and the sentence that says so."""

    holds: bool
    sentence: RankedSentence


def affirm(choice: Choice, question: str, ranking: Ranking, subjects: Subjects, sure: float) -> Affirmation | None:
    """What the best sentences say of the claim in `choice`, which `question` makes; None where they don't settle it.

    Args:
        sure: how likely it is, in [0, 1], that the articles answer the question.
    """
    claimed = _claimed(choice, question, subjects)
    if not claimed and not choice.target:
        return None  # "should the"
    for sentence in ranking.sentences:
        if sentence.score < ranking.sentences[0].score - CLOSE:
            break
        reply = _REPLY.match(sentence.text)
        meant = not choice.options and sure >= SURE and _mean_closeness(claimed, sentence, ranking) >= NEARLY
        if not _same_subject(choice, sentence, subjects) or not ((reply and meant) or _speaks_of(claimed, sentence, ranking)):
            continue
        asked = question_above(sentence) if reply else None
        if not reply and warn(sentence.passage.headings):
            if (allowed := _allowed(choice, question, sentence)) is not None:
                return Affirmation(allowed, sentence)
            continue
        own, told = (subjects.without(text, choice.target) for text in (choice.claim, asked or sentence.text))
        turned = _turned(own, told, asked=asked is not None, ought=bool(_OUGHT.search(question)))
        if turned is None or (not reply and _reserves(choice, claimed, sentence)):
            continue
        said = reply is None or reply.group(1).lower() == "yes"
        return Affirmation(said ^ turned ^ choice.negated ^ bool(_NEGATED.search(asked or "")), sentence)
    return None


def _allowed(choice: Choice, question: str, mistake: RankedSentence) -> bool | None:
    """Whether what a question asks leave for holds, where the articles call it a mistake: "should I …?" does not, "is it bad
    to …?" does. None where it asks something else, or the mistake is one of degree."""
    side = _sides(choice.claim).get(HARM)
    if choice.options or _AMISS.search(mistake.text) or (side is None and not PERMISSION.search(question)):
        return None
    return (side == 1) ^ choice.negated


def _reserves(choice: Choice, claimed: Sequence[Word], sentence: RankedSentence) -> bool:
    """Whether a sentence that opens with neither "yes" nor "no" is too little to affirm a claim."""
    vague = choice.target and len(claimed) + bool(choice.target - {w.stem for w in claimed}) < 2
    compares = SAMENESS in _sides(choice.claim)
    return bool(choice.options or choice.negated or vague or compares or _RESERVED.search(_REASON.split(sentence.text)[0]))


def question_above(sentence: RankedSentence) -> str | None:
    """The article's own question that a sentence answers, where its passage holds one."""
    above = [s for s in sentence.passage.sentences if s.role is Role.QUESTION and s.start < sentence.sentence.start]
    return sentence.passage.quote(above[-1].start, above[-1].end) if above else None


def _claimed(choice: Choice, question: str, subjects: Subjects) -> list[Word]:
    """The words that an answer has to speak of: neither the subject's name, nor light verbs, nor poles."""
    rest = {word.stem for word in words(choice.rest)} | {word.stem for o in choice.options for word in words(o)}
    name = choice.target if subjects.is_name(choice.target) else frozenset[str]()
    passed = GENERIC | LIGHT | frozenset(word for pair in POLES for side in pair for word in side)
    return [w for w in words(question) if w.content and w.form not in passed and w.stem in rest - name]


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
