"""Push or pull, yes or no: the word that settles a question, weighed from what the articles say of *its* subject.

An article on hip thrusts also says that deadlifts pull, so what a sentence says counts by how well its subject is the
question's. Evidence on both sides, or none that is plain, gives no verdict: a wrong one is far worse than none.
This module weighs; what a question offers is read by `rag.answering.choices`, what a sentence says by `rag.answering.assertions`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from rag.answering.answer_types import NUMBERS
from rag.answering.assertions import FACT, IN_PASSING, Assertion, assertions, disputes, hedges
from rag.answering.choices import DIRECTIONS, Choice, are_classes, as_asked, plain_question, read_choice
from rag.answering.clauses import clauses
from rag.answering.contrast import contrast
from rag.answering.ranking import RankedSentence, Ranking
from rag.answering.subjects import Subjects
from rag.answering.yes_no import affirm
from rag.thesaurus import load_thesaurus
from rag.types import Role
from rag.words import FUNCTION_WORDS, Word, content_stems, words

ENOUGH = 0.7
"""A verdict needs this much plain evidence: one sentence that says so in so many words."""

AGAINST = 0.4
"""A verdict falls where the other side has more than this share of its evidence."""

WEAK = 0.4
"""Evidence below this is said in passing, or with a reservation."""

DENIAL = 0.7
"""What "not a pull" is worth for "push"."""

FADE = 0.95
"""A sentence's weight shrinks by this factor for each unit of ranking score that it is below the best; a "Force: push" holds
wherever it stands."""

SAME_SUBJECT = 0.75
"""Evidence counts where its subject fits at least this share as well as the best-fitting one."""

AGREEING = 3
"""The best passages, which must be of one article for its subject to be taken as the question's."""

_IF = re.compile(r"\bif\b", re.I)
_NUMBER = re.compile(NUMBERS)
_LABEL = re.compile(r"\b(?:labels?|classed|classified|classification|listed|called|category|sorted?)\b", re.I)


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


def decide(question: str, ranking: Ranking, subjects: Subjects, sure: float) -> Verdict | None:
    """The verdict on a standalone question; None where it asks for none or the articles say nothing on it.

    Args:
        sure: how likely it is, in [0, 1], that the articles answer the question.
    """
    plain = plain_question(question)
    choice = read_choice(plain, subjects.mentions(plain))
    if choice is None or not ranking.sentences:
        return None
    asked, choice = choice, _about_found(choice, ranking, subjects)
    if not choice.is_claim:
        return _between(choice, question, ranking, subjects)
    classified = _classified(choice, ranking, subjects)
    if classified and classified.word:
        return classified
    affirmed = affirm(choice, question, ranking, subjects, sure)
    if affirmed is None and choice is not asked:
        affirmed = affirm(asked, question, ranking, subjects, sure)
    if affirmed is None:
        return classified
    word = "yes" if affirmed.holds else "no"
    lead = f"{word.capitalize()}: {affirmed.instead}." if affirmed.instead else f"{word.capitalize()}."
    return Verdict(word, lead, (affirmed.sentence,))


def _about_found(choice: Choice, ranking: Ranking, subjects: Subjects) -> Choice:
    """The choice with its target as the articles call it, where it names none of theirs ("curling a dumbbell") and the
    best passages are mostly of one article."""
    best = [passage for passage, _ in ranking.passages[:AGREEING]]
    if sum(p.article_id == best[0].article_id for p in best) < 2 or not choice.target:
        return choice
    named = subjects.mentions(best[0].title)
    name = frozenset(named[0].subject.stems) if named else frozenset[str]()
    if not name & choice.target or name <= choice.target:
        return choice
    if any(subjects.is_name(choice.target - {extra}) for extra in ("", *choice.target)):
        return choice
    return replace(choice, target=name, named=False)


def _between(choice: Choice, question: str, ranking: Ranking, subjects: Subjects) -> Verdict | None:
    """The option that is asserted of the subject, or else the one that the sentences clearly tie to the question.

    Options that are no classes ("feet high or low") are named in many sentences that assert nothing, so there both must agree.
    """
    # "In the way" asserts no "in".
    little = any(option in FUNCTION_WORDS or _NUMBER.search(option) for option in choice.options)
    word, evidence = (None, ()) if little else _weigh(choice, ranking, subjects)
    tied = contrast((choice.options[0], choice.options[1]), question, ranking, subjects)
    listed = word is not None and evidence[0].sentence.role is Role.FACT
    if (
        word
        and not listed
        and not are_classes(choice.options)
        and (tied is None or word != choice.options[tied.option])
    ):
        word, evidence = None, ()
    if (
        word
        and not listed
        and not are_classes(choice.options)
        and any(disputes(sentence.text) for sentence in evidence)
    ):
        word = None
    if (
        tied
        and are_classes(choice.options)
        and _in_passing(tied.evidence[0], choice.options[tied.option], choice, subjects)
    ):
        tied = None
    if tied and tied.clear and word is None and not _left_open([*evidence, tied.evidence[0]], choice, tied.option):
        word, evidence = choice.options[tied.option], tied.evidence[:1]
    if not evidence:
        return None
    named = as_asked(word, question) if word else None
    return Verdict(named, f"{named.capitalize()}." if named else "", evidence)


def _in_passing(sentence: RankedSentence, option: str, choice: Choice, subjects: Subjects) -> bool:
    """Whether a sentence only mentions a class, and asserts it of nothing: "after compound lifts"."""
    made = [a for a in assertions(sentence, choice.options, subjects) if a.option == option]
    return bool(made) and all(a.strength <= IN_PASSING for a in made)


def _left_open(evidence: Sequence[RankedSentence], choice: Choice, option: int) -> bool:
    """Whether a sentence says that the field disagrees, or names the option in a clause on some only."""
    texts = [sentence.text for sentence in evidence]
    return any(disputes(text) or any(hedges(clause) for clause in _naming(text, choice, option)) for text in texts)


def _naming(text: str, choice: Choice, option: int) -> list[str]:
    """The clauses of a text that name an option, without an "if" that opens on what the question says; the text where none does."""
    offered, asked = {word.stem for word in words(choice.options[option])}, content_stems(choice.rest)
    named = [clause.text for clause in clauses(text) if offered & {word.stem for word in clause.words}]
    return [_IF.sub("", clause) if asked & content_stems(clause) else clause for clause in named] or [text]


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
    meets = _conditions_met(made, choice)
    weighed = [
        (a, fit * a.strength * met * (1.0 if a.strength == FACT else FADE ** (top - a.sentence.score)))
        for a, fit, met in zip(made, fits, meets, strict=True)
        if fit >= SAME_SUBJECT * best
    ]
    totals = {option: _total(weighed, option, len(choice.options) == 2) for option in choice.options}
    first, second = sorted(choice.options, key=lambda o: -totals[o])[:2]
    settled = totals[first] >= ENOUGH and totals[second] <= AGAINST * totals[first]
    if settled and not _disputed(weighed, choice):
        return first, _plainest(weighed, first)
    both = [*_plainest(weighed, first)[:1], *_plainest(weighed, second)[:1]]
    return None, tuple(dict.fromkeys(both)) if totals[second] > 0 else ()


def _total(weighed: Sequence[tuple[Assertion, float]], option: str, either: bool) -> float:
    """The evidence for an option: what is said plainly adds up, of what is said in passing the strongest counts.

    Where there are two options, denying the other one counts too.
    """
    agreeing = [w if a.option == option else DENIAL * w for a, w in weighed if (a.option == option) != a.denied]
    if not either:
        agreeing = [w for a, w in weighed if a.option == option and not a.denied]
    return sum(w for w in agreeing if w >= WEAK) + max((w for w in agreeing if w < WEAK), default=0.0)


def _conditions_met(made: Sequence[Assertion], choice: Choice) -> list[float]:
    """How well the clause of each assertion meets the question's condition ("when the bar goes up"), in [0, 1].

    Only a sentence that asserts one option here and another there needs telling apart: there, its best clause has 1, and
    the others what they meet beside it.
    """
    condition = [w for w in words(choice.rest) if (w.content or w.form in DIRECTIONS) and w.stem not in choice.target]
    wanted = {DIRECTIONS.get(w.form, w.stem) for w in condition}
    met = [_condition_met([w for w in words(a.clause) if w.stem not in choice.target], wanted) for a in made]
    shares = []
    for assertion, own in zip(made, met, strict=True):
        same = [
            (other, m)
            for other, m in zip(made, met, strict=True)
            if other.sentence is assertion.sentence and not other.denied
        ]
        best = max((m for _, m in same), default=0.0)
        apart = wanted and len({other.option for other, _ in same}) > 1
        shares.append(1.0 if not apart else max(0.05, own / best if best > 0 else 0.0))
    return shares


def _condition_met(found: Sequence[Word], wanted: Collection[str]) -> int:
    """How many of the wanted words a clause says, less those of which it says the contrary."""
    thesaurus = load_thesaurus()
    said = {stem for w in found for stem in (w.stem, DIRECTIONS.get(w.form, w.stem))}
    against = {stem for w in found for stem in thesaurus.opposites(w.form)}
    against |= {"down" if w == "up" else "up" for w in said if w in ("up", "down")}
    return sum(stem in said for stem in wanted) - sum(stem in against - said for stem in wanted)


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
    return max((_fits(about, assertion, target) for about in assertion.about), default=0.0) if target else 0.0


def _fits(about: frozenset[str], assertion: Assertion, target: frozenset[str]) -> float:
    if about == target:
        return 1.0
    if about > target:
        return 0.3 * len(target) / len(about)
    sentence = assertion.sentence
    if not assertion.named and target <= content_stems(assertion.clause):
        return 0.9
    if about < target <= content_stems(sentence.text) | content_stems(sentence.passage.context):
        return 0.9
    if about < target:
        return 0.7 * len(about) / len(target)
    shared = len(about & target) / len(about | target)
    return 0.4 * shared if shared >= 0.5 else 0.0
