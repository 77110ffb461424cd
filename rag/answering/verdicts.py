"""Push or pull, yes or no: the word that settles a question, weighed from what the articles say of *its* subject.

An article on hip thrusts also says that deadlifts pull, so what a sentence says counts by how well its subject is the
question's. Evidence on both sides, or none that is plain, gives no verdict: a wrong one is far worse than none.
This module weighs; what a question offers is read by `rag.answering.choices`, what a sentence says by `rag.answering.assertions`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.answering.assertions import Assertion, assertions, disputes
from rag.answering.choices import DIRECTIONS, GENERIC, Choice, read_choice
from rag.answering.ranking import RankedSentence, Ranking
from rag.answering.subjects import Subjects
from rag.thesaurus import load_thesaurus
from rag.types import Role
from rag.words import FUNCTION_WORDS, content_stems, words

ENOUGH = 0.7
"""A verdict needs this much plain evidence: one sentence that says so in so many words."""

AGAINST = 0.4
"""A verdict falls where the other side has more than this share of its evidence."""

FADE = 0.95
"""A sentence's weight shrinks by this factor for each unit of ranking score that it is below the best."""

SAME_SUBJECT = 0.75
"""Evidence counts where its subject fits at least this share as well as the best-fitting one."""

AGREEING = 3
"""The best passages, which must be of one article for its subject to be taken as the question's."""

COVERED = 0.75
"""A "yes" or "no" of the articles settles a claim where it speaks of this share of the claim's words."""

READ = 12
"""How many of the best sentences are read for a yes or no."""

_LABEL = re.compile(r"\b(?:labels?|classed|classified|classification|listed|called|category|sorted?)\b", re.I)
_UNSETTLING = re.compile(
    r"\b(?:should|must|need|necessary|have to|bad|harmful|dangerous|wrong|better|worse|best|more|less|than|every|all|always|only"
    r"|just|never|any|same|replace|instead|skip|too|if|safe|ok|okay|alright|fine)\b",
    re.I,
)
_HARM = re.compile(
    r"\b(?:risks?|mistake|wrong|avoid|strains?|injur\w+|tires|hurts?|awkward|harm\w*|dangerous|not|no|never|cannot|without"
    r"|neither|nor|rather than|instead of|unless|only|hardly|little|some|few|coaches|may|might|if|disagree)\b|n['’]t\b",
    re.I,
)
_NEGATED_QUESTION = re.compile(r"^\W*(?:is|are|do|does|can|should|would|will)n['’]t\b|\b(?:not|never)\b", re.I)
_YES_NO_ANSWER = re.compile(r"^\W*(yes|no)\b[\s,.:;–—-]", re.I)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What settles a question.

    Attributes:
        word: the option, "yes" or "no"; None where both sides have evidence.
        lead: the first words of the answer ("Push.", "No: push."); "" without a verdict.
        evidence: the sentences that say so, plainest first; on both sides where there is no verdict.
    """

    word: str | None
    lead: str
    evidence: tuple[RankedSentence, ...]


def decide(question: str, ranking: Ranking, subjects: Subjects) -> Verdict | None:
    """The verdict on a standalone question; None where it asks for none or the articles say nothing on it."""
    choice = read_choice(question, subjects.mentions(question))
    if choice is None or not ranking.sentences:
        return None
    choice = _about_found(choice, ranking, subjects)
    if not choice.is_claim:
        return _between(choice, ranking, subjects)
    classified = _classified(choice, ranking, subjects)
    if classified and classified.word:
        return classified
    return _answered(choice, ranking, subjects) or _stated(choice, question, ranking, subjects) or classified


def _about_found(choice: Choice, ranking: Ranking, subjects: Subjects) -> Choice:
    """The choice with its target as the articles call it, where it names none of theirs ("curling a dumbbell") and the
    best passages are mostly of one article."""
    best = [passage for passage, _ in ranking.passages[:AGREEING]]
    if sum(p.article_id == best[0].article_id for p in best) < 2 or not choice.target:
        return choice
    named = subjects.mentions(best[0].title)
    name = frozenset(named[0].subject.stems) if named else frozenset[str]()
    if not name or not name & choice.target or any(subjects.is_name(choice.target - {extra}) for extra in ("", *choice.target)):
        return choice
    return replace(choice, target=name)


def _between(choice: Choice, ranking: Ranking, subjects: Subjects) -> Verdict | None:
    word, evidence = _weigh(choice, ranking, subjects)
    if not evidence:
        return None
    return Verdict(word, f"{word.capitalize()}." if word else "", evidence)


def _classified(choice: Choice, ranking: Ranking, subjects: Subjects) -> Verdict | None:
    """The verdict on a claim that puts its subject in classes which exclude others: all must hold."""
    settled: list[tuple[str, tuple[RankedSentence, ...]]] = []
    open_evidence: tuple[RankedSentence, ...] = ()
    for claimed, other in zip(choice.options[::2], choice.options[1::2], strict=True):
        word, evidence = _weigh(replace(choice, options=(claimed, other)), ranking, subjects)
        if word == other:
            true = choice.negated
            return Verdict("yes" if true else "no", "Yes." if true else f"No: {word}.", evidence)
        if word is None:
            open_evidence = open_evidence or evidence
        else:
            settled.append((word, evidence))
    if settled and len(settled) == len(choice.options) // 2:
        return Verdict("no" if choice.negated else "yes", "No." if choice.negated else "Yes.", settled[0][1])
    return Verdict(None, "", open_evidence) if open_evidence else None


def _weigh(choice: Choice, ranking: Ranking, subjects: Subjects) -> tuple[str | None, tuple[RankedSentence, ...]]:
    """The option that the evidence is for, and that evidence; None and both sides' where it is not one-sided."""
    made = [a for s in ranking.sentences for a in assertions(s, choice.options, subjects)]
    fits = [_fit(a, choice.target) for a in made]
    best = max(fits, default=0.0)
    if best <= 0:
        return None, ()
    top = ranking.sentences[0].score
    weighed = [
        (a, fit * a.strength * _meets(a, made, choice) * FADE ** (top - a.sentence.score))
        for a, fit in zip(made, fits, strict=True)
        if fit >= SAME_SUBJECT * best
    ]
    totals = dict.fromkeys(choice.options, 0.0)
    for assertion, weight in weighed:
        for option in choice.options:
            if (option == assertion.option) != assertion.denied and (len(choice.options) == 2 or not assertion.denied):
                totals[option] += weight if not assertion.denied else 0.7 * weight
    first, second = sorted(choice.options, key=lambda o: -totals[o])[:2]
    settled = totals[first] >= ENOUGH and totals[second] <= AGAINST * totals[first]
    if settled and not _disputed(weighed, choice):
        return first, _plainest(weighed, first)
    both = [*_plainest(weighed, first)[:1], *_plainest(weighed, second)[:1]]
    return None, tuple(dict.fromkeys(both)) if totals[second] > 0 else ()


def _meets(assertion: Assertion, made: Sequence[Assertion], choice: Choice) -> float:
    """How well a clause meets the question's condition ("when the bar goes up"), in [0, 1]; 1 where it has none.

    Only a sentence that asserts one option here and another there needs telling apart.
    """
    others = {a.option for a in made if a.sentence is assertion.sentence and not a.denied}
    condition = [w for w in words(choice.rest) if (w.content or w.form in DIRECTIONS) and w.stem not in choice.target]
    if len(others) < 2 or not condition:
        return 1.0
    thesaurus, clause = load_thesaurus(), words(assertion.clause)
    said = {stem for w in clause for stem in (w.stem, DIRECTIONS.get(w.form, w.stem))}
    against = {stem for w in clause for stem in thesaurus.opposites(w.form)}
    against |= {"down" if w == "up" else "up" for w in said if w in ("up", "down")}
    wanted = {DIRECTIONS.get(w.form, w.stem) for w in condition}
    return min(1.0, max(0.05, (len(wanted & said) - len(wanted & against - said)) / len(wanted)))


def _plainest(weighed: Sequence[tuple[Assertion, float]], option: str) -> tuple[RankedSentence, ...]:
    """The sentences that say `option`, or deny the other, plainest first, each once."""
    agreeing = [(a, w) for a, w in weighed if (a.option == option) != a.denied]
    mixed = {id(a.sentence) for a, _ in weighed if a.option != option and not a.denied}
    agreeing.sort(key=lambda pair: (id(pair[0].sentence) in mixed, pair[0].denied, -pair[1]))
    return tuple(dict.fromkeys(a.sentence for a, _ in agreeing))


def _disputed(weighed: Sequence[tuple[Assertion, float]], choice: Choice) -> bool:
    """Whether a sentence that names the options, or speaks of the label, says that the field disagrees."""
    for assertion, _ in weighed:
        text = assertion.sentence.text
        named = {a.option for a, _ in weighed if a.sentence is assertion.sentence}
        if disputes(text) and (len(named) == len(choice.options) or _LABEL.search(text)):
            return True
    return False


def _fit(assertion: Assertion, target: frozenset[str]) -> float:
    """How well what a sentence speaks of is what the question asks about, in [0, 1]."""
    about = assertion.about
    if not target or not about:
        return 0.0
    if about == target:
        return 1.0
    if about > target:
        return 0.3 * len(target) / len(about)
    sentence = assertion.sentence
    if not assertion.named and target <= content_stems(sentence.text):
        return 0.9
    if about < target <= content_stems(sentence.text) | content_stems(sentence.passage.context):
        return 0.9
    if about < target:
        return 0.7 * len(about) / len(target)
    shared = len(about & target) / len(about | target)
    return 0.4 * shared if shared >= 0.5 else 0.0


def _answered(choice: Choice, ranking: Ranking, subjects: Subjects) -> Verdict | None:
    """The yes or no with which an article answers the same question, where it speaks of the same subject."""
    for sentence in ranking.sentences[:READ]:
        said = _YES_NO_ANSWER.match(sentence.text)
        asked = _question_above(sentence) or ""
        same = _same_words(choice, asked, subjects)
        if not said or _opposed(choice.claim, f"{asked} {sentence.text}"):
            continue
        near = _same_subject(choice, sentence, subjects)
        if not same and not (near and _covered(choice, f"{asked} {sentence.text}") >= COVERED):
            continue
        yes = (said.group(1).lower() == "yes") != (choice.negated != bool(_NEGATED_QUESTION.search(asked)))
        return Verdict("yes" if yes else "no", "Yes." if yes else "No.", (sentence,))
    return None


def _stated(choice: Choice, question: str, ranking: Ranking, subjects: Subjects) -> Verdict | None:
    """Yes to a plain claim that a sentence on the same subject makes in so many words."""
    if choice.negated or choice.options or _UNSETTLING.search(question):
        return None
    for sentence in ranking.sentences[:READ]:
        text = sentence.text
        if _HARM.search(text) or not _same_subject(choice, sentence, subjects) or _opposed(choice.claim, text):
            continue
        if _covered(choice, text) == 1.0:
            return Verdict("yes", "Yes.", (sentence,))
    return None


def _same_subject(choice: Choice, sentence: RankedSentence, subjects: Subjects) -> bool:
    """Whether a sentence names the question's subject, or stands in its article and names no other."""
    named = [frozenset(m.subject.stems) for m in subjects.mentions(sentence.text)]
    if named:
        return named[0] == choice.target
    return any(frozenset(m.subject.stems) == choice.target for m in subjects.mentions(sentence.passage.title))


def _same_words(choice: Choice, asked: str, subjects: Subjects) -> bool:
    """Whether a question that names none of the articles' subjects is, word for word, one that an article asks."""
    claimed = {w.stem for w in words(choice.claim) if w.content}
    return not subjects.is_name(choice.target) and bool(claimed) and claimed <= {w.stem for w in words(asked)}


def _covered(choice: Choice, text: str) -> float:
    """The share of a claim's words, its subject's aside, that `text` says in its own way."""
    thesaurus = load_thesaurus()
    claimed = [w for w in words(choice.claim) if w.content and w.form not in GENERIC and w.stem not in choice.target]
    if not claimed:
        return 0.0
    said = {stem for w in words(text) for stem in (w.stem, *thesaurus.stems(w.form))}
    near = [bool(said & ({w.stem} | thesaurus.stems(w.form) | thesaurus.synonyms(w.form))) for w in claimed]
    return sum(near) / len(near)


def _question_above(sentence: RankedSentence) -> str | None:
    above = [s for s in sentence.passage.sentences if s.role is Role.QUESTION and s.start < sentence.sentence.start]
    return sentence.passage.quote(above[-1].start, above[-1].end) if above else None


def _opposed(one: str, other: str) -> bool:
    """Whether a word of one text is the opposite of a word of the other that is not in both."""
    thesaurus = load_thesaurus()
    a = {w.form for w in words(one) if w.form not in FUNCTION_WORDS}
    b = {w.form for w in words(other) if w.form not in FUNCTION_WORDS}
    stems = {s for word in b - a for s in thesaurus.stems(word)}
    return any(thesaurus.opposites(word) & stems for word in a - b)
