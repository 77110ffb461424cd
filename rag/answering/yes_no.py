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

from rag.answering.choices import Choice, is_negated
from rag.answering.clauses import clauses, compares_otherwise, leaves_out, of_all, standing_for, stems_of
from rag.answering.facts import answers, excludes, facts_on, holds
from rag.answering.obstacles import is_mistake, is_rival
from rag.answering.offers import GENERIC
from rag.answering.poles import HARM, OUGHT, POLES, SAMENESS, is_turned, sides_taken
from rag.answering.ranking import RankedSentence, Ranking
from rag.answering.sections import lead_in_of, lead_up
from rag.answering.statements import MOSTLY, question_above, stated
from rag.answering.subjects import Subjects
from rag.reading.marks import is_myth
from rag.types import Role
from rag.words import REPLY, Word, words

CLOSE = 1.2
"""Sentences are read that rank at most this much below the best."""

MEANT = 0.6
"""A word of the claim is spoken of where one of its tokens has a cosine of this much in the sentence. On this project's own
development questions, words that a sentence says in its own way have 0.6 and more ("traps", "trapezius"), names of other
muscles and movements up to 0.58."""

SURE, NEARLY = 0.6, 0.5
"""An article's own "Yes" or "No" is taken where the articles are this likely to answer the question and the claim's words have this
mean cosine in it, though it does not speak of each ("a newbie" for "a beginner"). Swept on this project's development questions, where 15
more claims are settled, none wrongly, and no unanswerable one is: 16 from 0.5 on, 12 from 0.7 on; with 0.4 for the words one is wrong."""

SAME_TOPIC = 0.3
"""Where the article's own question is the user's to at least this share, only the opening of its answer settles the claim: what
follows may be the exception."""

LIGHT = frozenset(
    """work works working train trains training use uses using hit hits hitting target targets build builds help helps involve
    involves go goes get gets make makes do take takes put puts count counts good bad ok word name term
    still already idea""".split()
)
"""Words that tell little of what is claimed: verbs that any sentence on a muscle or a movement says in its own way, and "still"."""

_PASSED = GENERIC | LIGHT | frozenset(word for pair in POLES for side in pair for word in side)
"""Words that need not be spoken of."""

_COPULA = re.compile(r"\b(?:is|are|isn['’]?t|aren['’]?t|was|were)\b", re.I)
_BARE_REPLY = re.compile(r"^\W*(yes|no)\W*$", re.I)
_AGREES = re.compile(r"^\W*(?:sure|absolutely|definitely|certainly|of course|indeed|correct|true)\s*[.,;:!–—]", re.I)
_DISAGREES = re.compile(
    r"^\W*(?:nope|not (?:really|at all)|(?:absolutely|certainly|definitely|of course|probably) not|never|false|wrong|a myth)"
    r"\s*[.,;:!–—]",
    re.I,
)
"""How an answer may begin, other than by "yes" or "no"."""

_DOUBTS = re.compile(
    r"^\W*(?:(?:it|that|this|well|very|usually|mostly|generally|all|quite|almost)\W+)*"
    r"(?:not|never|rarely|seldom|hardly|only|sometimes|occasionally|partly|perhaps|maybe|depends|varies)\b(?:\W+[\w'’]+){0,5}\W*$",
    re.I,
)
"""A short sentence that answers a question before the rest explains: "Usually not.", "It depends on the oil."."""

PERMISSION = re.compile(r"^\W*(?:should|can|could|may|shall)\b|\b(?:should|can|may) (?:i|you|we|my|your|the)\b", re.I)
_PERSONAL = re.compile(
    r"\b(?:can|may|could) (?:i|you|we|my|your)\b|\b(?:ok|okay|fine|alright|allowed|possible|safe) (?:for \w+ )?to\b",
    re.I,
)
_MYTHS = re.compile(r"\b(?:myths?|misconceptions?|fallac\w+|(?:false|wrong) beliefs?|untrue)\b", re.I)
_AGAINST = re.compile(r"\b(?:not|never|no|avoid|out of|away from|without|except)\b|n['’]t\b", re.I)
_SKIP = re.compile(r"^\W*(?:skip|omit|forgo|leave (?:it |them )?out)\b", re.I)
"""An order that denies what one asks leave for."""

_DANGER = re.compile(
    r"\b(?:kill\w*|die[sd]?|dying|death|toxic|poison\w*|bleed\w*|harm\w*|illegal|hazard\w*|danger\w*|sick\w*|ill|illness|vomit\w*"
    r"|diarrh\w*|aches?|shrink\w*|ruin\w*|instead)\b",
    re.I,
)
"""What nobody is told to do for the asking."""

_AMISS = re.compile(
    r"\b(?:too|enough|only|without|lack\w*|forget\w*|skip\w*|fail\w*|neglect\w*|ignor\w*|believ\w*|assum\w*|think\w*|stop\w*|never|not"
    r"|no)\b|n['’]t\b",
    re.I,
)
"""A mistake of degree or of leaving something out: "bending the knees too little" does not say that they should not bend."""

_WITHOUT = re.compile(r"\bwithout\b", re.I)
"""In what an article says, a negation; in "can I train without …?" the contrary of a need."""


@dataclass(frozen=True, slots=True)
class Affirmation:
    """What the articles say of a claim: whether it holds, the sentence that says so, and what holds in its place, if it says that."""

    holds: bool
    sentence: RankedSentence
    instead: str = ""


@dataclass(frozen=True, slots=True)
class _Claim:
    """A question's claim, and the words of it that an answer has to speak of."""

    choice: Choice
    question: str
    words: list[Word]


def affirm(choice: Choice, question: str, ranking: Ranking, subjects: Subjects, sure: float) -> Affirmation | None:
    """What the best sentences say of the claim in `choice`, which `question` makes; None where they don't settle it.

    Args:
        sure: how likely it is, in [0, 1], that the articles answer the question.
    """
    claimed = _claimed(choice, question, subjects)
    if not claimed and not choice.target:
        return None  # "should the"
    claim = _Claim(choice, question, claimed)
    listed = _listed(claim, ranking, subjects)
    if listed:
        return listed
    for sentence in ranking.sentences:
        if sentence.score < ranking.sentences[0].score - CLOSE:
            break
        if not _same_subject(choice, sentence, subjects) or _is_listed_against(sentence):
            continue
        reply, warned = _reply(sentence), is_mistake(sentence.text, sentence.headings)
        if reply is not None:
            near = not choice.options and sure >= SURE and _mean_closeness(claimed, sentence, ranking) >= NEARLY
        else:
            near = bool(claimed) and not sides_taken(choice.claim) and not warned
        if not near and not _speaks_of(claimed, sentence, ranking):
            continue
        so = _allowed(claim, sentence) if reply is None and warned else _said(claim, sentence, ranking, subjects)
        if so is not None:
            return Affirmation(so, sentence)
    return None


def _listed(claim: _Claim, ranking: Ranking, subjects: Subjects) -> Affirmation | None:
    """What a "Key: value" line of the subject's article says of a claim."""
    choice, claimed = claim.choice, claim.words
    if choice.options:
        return None
    own = subjects.without(choice.claim, choice.target)
    is_class = claimed and _COPULA.search(claim.question) and not sides_taken(own) and not of_all(choice.claim)
    for fact in facts_on(choice.target, ranking, subjects):
        if fact.reply is not None:
            turned = is_turned(own, fact.key, asked=False, ought=False)
            if turned is None or of_all(choice.claim) != of_all(fact.key):
                continue
            if (claimed or sides_taken(own)) and answers(fact, claimed, choice.target, _PASSED):
                return Affirmation(fact.reply ^ turned ^ choice.negated, fact.sentence)
        elif is_class and holds(fact, claimed):
            return Affirmation(not choice.negated, fact.sentence)
        elif is_class and excludes(fact, claimed, ranking):
            return Affirmation(choice.negated, fact.sentence, fact.value.lower())
    return None


def _said(claim: _Claim, sentence: RankedSentence, ranking: Ranking, subjects: Subjects) -> bool | None:
    """Whether a claim holds by what a sentence replies to the question above it, or else states; None where it does neither."""
    choice = claim.choice
    reply = _reply(sentence)
    if reply is None and sentence.asked >= SAME_TOPIC and not _opens(sentence):
        return None
    asked = question_above(sentence) if reply is not None else None
    if asked and not REPLY.match(sentence.text) and _answers_another(claim.words, asked, sentence.text):
        return None
    if asked and (
        leaves_out(asked, choice.claim) or any(compares_otherwise(choice.claim, part) for part in clauses(asked))
    ):
        return None
    own, told = (
        subjects.without(text, choice.target) for text in (choice.claim, asked or _WITHOUT.sub(" ", sentence.text))
    )
    turned = is_turned(own, told, asked=asked is not None, ought=_asks_leave(claim.question))
    said = reply if reply is not None else stated(choice, claim.words, sentence, ranking, subjects)
    if reply is None and _asks_leave(claim.question) and _SKIP.match(sentence.text):
        said = False if said else None
    if turned is None or said is None or (said and reply is None and _in_doubt(sentence)):
        return None
    if said and reply is None and not turned and PERMISSION.search(claim.question) and _DANGER.search(sentence.text):
        return None
    return said ^ turned ^ choice.negated ^ is_negated(asked or "")


def _asks_leave(question: str) -> bool:
    """Whether a question asks whether one should or may do something."""
    return bool(OUGHT.search(question) or _PERSONAL.search(question))


def _answers_another(claimed: Sequence[Word], asked: str, text: str) -> bool:
    """Whether a claim is of what follows a reply instead of what was asked: "does it soften the crust? No. It makes it shiny"."""
    above = {form for w in words(asked) for form in standing_for(w)}
    said = {form for w in words(text) for form in stems_of(w)}
    return any(not stems_of(w) & above and stems_of(w) & said for w in claimed)


def _reply(sentence: RankedSentence) -> bool | None:
    """The article's own "yes" or "no" that a sentence opens with, or that stands alone before it; what it calls a myth is denied."""
    match = _BARE_REPLY.match(_before(sentence)) or REPLY.match(sentence.text)
    if match:
        return match[1].lower() == "yes"
    if is_myth(question_above(sentence) or ""):
        return False
    opening = lead_up(sentence.passage, sentence.sentence)[:1] if sentence.asked >= SAME_TOPIC else ()
    first = sentence.passage.quote(opening[0].start, opening[0].end) if opening else ""
    return True if _AGREES.match(first) else False if _DISAGREES.match(first) else None


def _opens(sentence: RankedSentence) -> bool:
    """Whether a sentence is the first of the answer to the article's own question, or stands under none."""
    above = lead_up(sentence.passage, sentence.sentence)
    return not above or above[0] is sentence.sentence


def _in_doubt(sentence: RankedSentence) -> bool:
    """Whether a sentence only goes on from a short one that answers the article's own question with neither yes nor no."""
    return (
        len(sentence.before) > 1
        and sentence.before[-2].role is Role.QUESTION
        and bool(_DOUBTS.match(_before(sentence)))
    )


def _before(sentence: RankedSentence) -> str:
    """The sentence before, in the passage; "" for the first."""
    before = sentence.before
    return sentence.passage.quote(before[-1].start, before[-1].end) if before else ""


def _is_listed_against(sentence: RankedSentence) -> bool:
    """Whether a sentence is an entry of a list of what is not so or not done: "Common myths", "Keep out of the heap:"."""
    passage, own = sentence.passage, sentence.sentence
    if own.role not in (Role.ITEM, Role.STEP) or is_myth(question_above(sentence) or ""):
        return False
    above = lead_in_of(passage, own)
    lead_in = passage.quote(above.start, above.end) if above else ""
    return bool(_MYTHS.search(" ".join((*sentence.headings, lead_in))) or _AGAINST.search(lead_in))


def _allowed(claim: _Claim, mistake: RankedSentence) -> bool | None:
    """Whether what a question asks leave for holds, where the articles call it a mistake: "should I …?" does not, "is it bad
    to …?" does. None where it asks something else, or the mistake is one of degree."""
    choice = claim.choice
    side = sides_taken(choice.claim).get(HARM)
    if choice.options or _AMISS.search(mistake.text) or (side is None and not PERMISSION.search(claim.question)):
        return None
    return (side == 1) ^ choice.negated


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
        return named[0] == choice.target or (SAMENESS in sides_taken(choice.claim) and choice.target in named)
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
    others = words(f"{question_above(sentence) or ''} {sentence.text}")
    said = {form for w in others for form in stems_of(w)}
    return [
        1.0 if said & standing_for(w) else 0.0 if is_rival(w, others) else _cosine(w, sentence, ranking)
        for w in claimed
    ]


def _cosine(word: Word, sentence: RankedSentence, ranking: Ranking) -> float:
    """The best cosine of a word's tokens in a sentence."""
    spans = ranking.question.token_spans
    inside = (spans[:, 0] < word.end) & (spans[:, 1] > word.start)
    return float(sentence.late[inside].max()) if inside.any() else 0.0
