"""What a question wants settled: one of the options that it names, or yes or no.

"Is a hip thrust a push or a pull?" offers "push" and "pull"; "so it's a pull, right?" claims something that may be false.
This module reads questions only; `rag.answering.assertions` reads what the articles say of them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from rag.answering.offers import GENERIC, Offer, read_offers
from rag.answering.subjects import Mention
from rag.words import Word, stem, words

_STOPS = re.compile(r"[?!.,;:()–—/]| - ")
_WITH = ((re.compile(r"\bw/o\b", re.I), "without"), (re.compile(r"\bw/\s*(?=\w)", re.I), "with "))
_EQUALS = re.compile(r"(?<=\w)\s*={1,3}\s*(?=(\w+))")
_SLASH = re.compile(r"(?<=[a-z])\s*/\s*(?=[a-z])", re.I)
_IN_OR_OUT = re.compile(r"\b(in|out) or (in|out)\b(?=.*\bbreath)|(?<=\bbreathe )(in|out) or (in|out)\b", re.I)
_BREATHS = {"in": "inhale", "out": "exhale"}
_PLAIN = (
    (re.compile(r"\bbreath(?:e|es|ing)? in\b", re.I), "inhale"),
    (re.compile(r"\bbreath(?:e|es|ing)? out\b", re.I), "exhale"),
    (re.compile(r"\b(?:multi|several|many|more than one)[- ]joints?\b", re.I), "compound"),
    (re.compile(r"\b(?:single|one)[- ]joint\b", re.I), "isolation"),
)
_OPEN_QUESTION = re.compile(
    r"^\W*(?:(?:and|but|so|ok|okay|then|also|well|hmm|wait|what about|how about)\W+)*"
    r"(?:who|whom|whose|why|how(?! about)|where(?!{0})|when(?!{0})|what(?! about)|which)\b".replace(
        "{0}", r"\s+(?:i|you|we|they|it|the|an?|my|your|\w+ing)\b"
    ),
    re.I,
)
"""A question for more than a choice; "when I lower the bar, …" only says when."""

_ASKS_WHAT = re.compile(
    r"\b(?:of|in|on|at|to|for|by|from|with|under|between|as|into|through|about|during) (?:what|which|whom|whose)\b(?! (?:it|is|i|you)\b)"
    r"|\b(?:what|whom?|which|where)\W*$",
    re.I,
)
"""The same, further on: "in which city is …?", "it is the last stage of what?"."""

_ASKS_LATER = re.compile(
    r"[,;.?!]\s*(?:and |but |so |then )?(?:who|whom|whose|what(?! about)|which|where|why|how(?! about))\b", re.I
)
"""The same, behind a remark: "my knees hurt, what can I do?"."""

_CALLS = re.compile(
    r"^\s*(?:an?|the)?\s*(?!(?:an?|the|it|that|this|they)\b)(?:\w+\s+){1,2}(?:an? |really |just |basically )*$", re.I
)
"""What stands before the last word of a claim that calls one thing another."""

_COMPARES = re.compile(
    r"[,:;–—-]\s*(?:and )?(?:how|why|what(?:['’]?s| is| are)? (?:the )?(?:differen|chang|muscle)|what \w+ (?:does|do|is|are)\b)"
    r"|\bwhat(?:['’]s| is) the difference\b|\bdifferences? between\b|\bcompare\b",
    re.I,
)
"""Asks how two things differ, and for neither: "squat or leg press, how do they compare?"."""

_WHICH_IS_IT = re.compile(
    r"^\W*(?:what|which)(?: one| kind| type| day)? (?:is|are|would|do|does)\b.*[,:–—-]|\bwhich is it\b", re.I
)
_YES_NO = re.compile(
    r"^\W*(?:(?:and|but|so|then|ok(?:ay)?|also|wait|hmm)\W+)*(?P<auxiliary>is|are|was|were|do|does|did|can|could|should|would|will"
    r"|has|have|had|may|might|must|isn['’]?t|aren['’]?t|don['’]?t|doesn['’]?t|didn['’]?t|can['’]?t|couldn['’]?t"
    r"|shouldn['’]?t|wouldn['’]?t|won['’]?t|wasn['’]?t|weren['’]?t|hasn['’]?t|haven['’]?t)\b(?P<claim>.+)$",
    re.I | re.S,
)
_AUXILIARY = r"(?P<auxiliary>(?:is|are|do|does|can|could|should|would|will)(?:n['’]?t)?|can['’]t|won['’]t)"
_LATE_AUXILIARY = re.compile(
    rf"(?:[,;:.]\s*|\s[–—-]+\s|\bso\s+){_AUXILIARY}\s+(?P<claim>\w.+)$"
    rf"|\s{_AUXILIARY.replace('auxiliary', 'inner')}\s+(?P<told>(?:i|you|we|it|they|the|my|your)\b.+)$"
    r"|\b(?:tell me|say|know|wonder(?:ing)?|ask(?:ing)?|sure|check) (?:if|whether)\s+(?P<whether>.+)$",
    re.I | re.S,
)
_EITHER = re.compile(r"\bor\b(?! not\b)", re.I)
"""A question with "or" asks more than whether one thing is so."""

_DECLARED = re.compile(
    r"^\W*(?:so|then|and so|ah so|oh so|wait so)\b.+\?\s*$|\bmust be (?:a|an)\b"
    r"|\b(?:ok(?:ay)?|safe|same|identical|bad|fine|alright|necessary|needed)\b[^.]*\?\s*$",
    re.I | re.S,
)
_POSITIVE_TAG = r"(?:is|are|was|were|does|do|did|can|will|would|should) (?:it|they|that|he|she|this|you|we)"
_TAG = re.compile(
    r"[\s,;–—-]*\b(?:right|correct|true|yes|yeah|yea|yep|no|ok|eh|huh|innit|then|am i right|is that (?:right|true|correct|so)"
    r"|(?:isn|aren|wasn|weren|doesn|don|didn|can|won|wouldn|shouldn|couldn|hasn|haven)['’]?t (?:it|they|that|he|she|this|you|i|we|there)"
    rf"|{_POSITIVE_TAG})\s*[?!.]*\s*$",
    re.I,
)
_ASKS_AGAIN = re.compile(rf"\b{_POSITIVE_TAG}\s*[?!.]*\s*$", re.I)
"""A tag that asks without the negation: "it isn't a pull, is it?" asks whether it is; "…, right?" whether it is not."""

_NOT = re.compile(
    r"\b(?:is|are|was|were|does|do|can|could|should|would|will|must|be|it|they)\s+(?:not|never)\b|^\W*(?:not|never)\b",
    re.I,
)
_ASKS_NEGATIVELY = re.compile(r"^\W*[a-z]+n['’]t\b", re.I)
_SUBORDINATE = re.compile(
    r"(?<=\w)\W+(?:(?:if|when|while|because|since|unless|which|who|whose|where|after|before|until)\b"
    r"|that (?=(?:is|are|was|were|do|does|did|has|have|had|can|will)(?:n['’]t)?\b))",
    re.I,
)
_REASON = re.compile(r"^\W*(?:since|because|as|bc|cos)\b[^,]*,\s*", re.I)
_CLOSER_TO = re.compile(r"\s+(?:to|from|of|than)\b.*", re.S)
_PLACED = re.compile(
    r"\b(?:before|after|above|below|behind|under|over|during|without|inside|outside) (?:the|an?) $", re.I
)
_JOINED_BEHIND = re.compile(r"(?:-\w+)+")
_PRONOUN = re.compile(r"\b(?:it|that|this|they|them|those|these|one)\b", re.I)
_CONTRACTED = re.compile(r"n['’]t$|^(?:is|are|was|were|does|do|did|ca|could|would|should|wo|has|have)nt$", re.I)


@dataclass(frozen=True, slots=True)
class Choice:
    """A question that a word can settle.

    Attributes:
        options: what it names, as verdicts are given ("push", "leg day"); for a claim, each class that it claims, with
            its opposite after it: a "horizontal pull" gives horizontal, vertical, pull, push.
        is_claim: whether "yes" or "no" settles it.
        negated: whether the claim is put in the negative ("isn't a hip thrust a pull?" claims that it is one: not negated;
            "so a hip thrust is not a push, right?" is).
        target: stems of what the question is about, without the options.
        rest: the question without the options: what else an answer has to fit.
        claim: the words of a claim.
        named: whether the question itself names its target.
    """

    options: tuple[str, ...]
    is_claim: bool
    negated: bool
    target: frozenset[str]
    rest: str
    claim: str = ""
    named: bool = True


def plain_question(question: str) -> str:
    """A question with its options in plain words, as `plain_options` gives them; "push/pull?" is "push or pull?", "row = pull" is "row
    is a pull", "a = b" is "a is the same as b"."""
    for pattern, word in _WITH:
        question = pattern.sub(word, question)
    question = _EQUALS.sub(lambda match: " is a " if opposite(match[1]) else " is the same as ", question)
    if question.count("/") == 1 and not _EITHER.search(question):
        question = _SLASH.sub(" or ", question)
    return plain_options(question)


def plain_options(text: str) -> str:
    """`text` with options of several words as the one that is meant: "breathe out" is "exhale", "multi-joint" is "compound"."""
    text = _IN_OR_OUT.sub(lambda match: " or ".join(_BREATHS[side.lower()] for side in match.groups() if side), text)
    for pattern, word in _PLAIN:
        text = pattern.sub(word, text)
    return text


def as_asked(option: str, question: str) -> str:
    """An option in the words of the question: "in" where it asks "in or out?", "several joints" for "compound"."""
    if _IN_OR_OUT.search(question):
        return next((side for side, plain in _BREATHS.items() if plain == option), option)
    said = (match.group().lower() for pattern, word in _PLAIN for match in pattern.finditer(question) if word == option)
    return next(said, option)


def read_choice(question: str, mentions: list[Mention]) -> Choice | None:
    """What `question` wants settled, or None where no word settles it. `mentions` are its subjects, in order."""
    return _read_options(question, mentions) or _read_claim(question, mentions)


def is_negated(claim: str) -> bool:
    """Whether a claim is put in the negative: "isn't it dry?" is not, and an "if it does not …" only says when."""
    main = _SUBORDINATE.split(_ASKS_NEGATIVELY.sub("", claim))[0]
    return bool(_NOT.search(main)) or any(_CONTRACTED.search(word.form) for word in words(main))


def opposite(option: str) -> str | None:
    """The word that stands against a one-word option ("pull" for "push"), where exactly one plain word does."""
    return _opposites().get(canonical(option))


def are_classes(options: Sequence[str]) -> bool:
    """Whether the options are classes that exclude each other, or the days of a split: what articles assert of a subject."""
    return opposite(options[0]) == options[1] or all(option.endswith(" day") for option in options)


def canonical(word: str) -> str:
    """A word in the form in which verdicts are given: "pushes" and "pushing" are "push", "isolated" is "isolation"."""
    return _forms().get(stem(word.lower()), word.lower())


@lru_cache(maxsize=1)
def _forms() -> dict[str, str]:
    return {stem(form): base for base, forms in OPTION_FORMS.items() for form in (base, *forms.split())}


@lru_cache(maxsize=1)
def _opposites() -> dict[str, str]:
    return {a: b for pair in OPPOSITES for a, b in (pair, pair[::-1])}


OPTION_FORMS = {
    "push": "pushes pushing pushed",
    "pull": "pulls pulling pulled",
    "compound": "compounds multi-joint multijoint",
    "isolation": "isolate isolates isolating isolated isolations single-joint",
    "inhale": "inhales inhaling inhaled inhalation",
    "exhale": "exhales exhaling exhaled exhalation",
    "concentric": "concentrics concentrically",
    "eccentric": "eccentrics eccentrically",
    "hinge": "hinges hinging",
    "flexion": "flex flexes flexing flexed",
    "extension": "extend extends extending extended",
}
"""Words that make an option under another form. A family that is not listed here is its stem."""

DIRECTIONS = {
    word: direction
    for direction, forms in {
        "up": "up upwards upward raise raises raising raised lift lifts lifting lifted rise rises rising ascend ascent drive "
        "drives driving stand standing press presses pressing pressed concentric",
        "down": "down downwards downward lower lowers lowering lowered descend descends descending descent drop drops dropping "
        "eccentric negative return returns",
    }.items()
    for word in forms.split()
}
"""Words for the two ways that a weight goes: a condition such as "on the way up" may be met in other words."""

OPPOSITES = (
    ("push", "pull"),
    ("compound", "isolation"),
    ("inhale", "exhale"),
    ("concentric", "eccentric"),
    ("flexion", "extension"),
    ("horizontal", "vertical"),
    ("aerobic", "anaerobic"),
    ("bilateral", "unilateral"),
    ("upper", "lower"),
    ("dynamic", "static"),
    ("overhand", "underhand"),
)
"""Classes that exclude each other, so that one denies the other."""

_PLACES = frozenset(("upper", "lower"))


def _read_options(question: str, mentions: list[Mention]) -> Choice | None:
    """The first choice between classes; without one, what the first "or" offers."""
    if _COMPARES.search(question) or _ASKS_WHAT.search(question):
        return None
    openly = bool(_OPEN_QUESTION.match(question)) and not _WHICH_IS_IT.search(question)
    made = [
        _choice(question, offer, mentions) for offer in read_offers(question, mentions) if offer.apart or not openly
    ]
    classes = (choice for choice in made if are_classes(choice.options))
    return next(classes, made[0] if made else None)


def _choice(question: str, offer: Offer, mentions: list[Mention]) -> Choice:
    """An offer with what the question says besides."""
    sides = offer.first, offer.second
    if opposite(sides[0][-1].form) == canonical(sides[1][0].form):
        sides = sides[0], sides[1][:1]  # "a push or a pull tool"
    found, taken = words(question), {word.start for side in sides for word in side}
    first, second = (_option(question, side) for side in sides)
    outside = [m for m in mentions if not any(m.start <= start < m.end for start in taken)]
    outside.sort(key=lambda m: (m.start > offer.first[0].start, abs(offer.first[0].start - m.start)))
    rest = " ".join(w.form for w in found if w.start not in taken and w.form != "or")
    return Choice((first, second), False, False, _target(question, found, outside, taken), rest)


def _option(question: str, phrase: Sequence[Word]) -> str:
    """How a verdict names an option: as the question does ("chin-ups", "closer" of "closer to the bar"); one word in its family's
    own form."""
    start, end = phrase[0].start, phrase[-1].end
    if placed := _PLACED.search(question[:start]):
        start = placed.start()  # "before the hill"
    if joined := _JOINED_BEHIND.match(question, end):
        end = joined.end()  # "over" is all that tells "over-proved" from "under-proved"
    said = _CLOSER_TO.sub("", question[start:end].lower())
    named = words(said)
    return canonical(named[0].form) if len(named) == 1 else " ".join(said.split())


def _read_claim(question: str, mentions: list[Mention]) -> Choice | None:
    untagged = _TAG.sub("", question)
    stated = untagged != question or bool(_DECLARED.search(question)) or _asks_class(question, mentions)
    match = _YES_NO.match(untagged) or _LATE_AUXILIARY.search(untagged)
    openly = _OPEN_QUESTION.match(question) or _ASKS_WHAT.search(question) or _ASKS_LATER.search(question)
    if openly or _EITHER.search(question) or not (match or stated):
        return None
    claim = untagged
    if match:
        claim = next(text for name, text in match.groupdict().items() if text and name not in ("auxiliary", "inner"))
    context = untagged[: match.start()] if match else ""
    claim = _REASON.sub("", claim) or claim
    found = words(claim)
    asked_negatively = match is not None and bool(_CONTRACTED.search(match["auxiliary"] or ""))
    asked_negatively |= untagged != question and bool(_ASKS_AGAIN.search(question))
    negated = not asked_negatively and is_negated(claim)
    claimed = _claimed_class(found, mentions)
    taken = {w.start for w in claimed}
    offset = untagged.rfind(claim)
    outside = [m for m in mentions if not any(m.start <= offset + start < m.end for start in taken)]
    alone = not _PRONOUN.search(claim)  # "I can't do a pull-up yet, are pulldowns a good swap?" is about pulldowns
    if alone:
        outside = [m for m in outside if m.start >= offset]
    everything = words(claim if alone else f"{context} {claim}")
    stems = {w.stem for w in claimed}
    options: tuple[str, ...] = ()
    if claimed:
        pairs = {canonical(w.form): opposite(canonical(w.form)) or "" for w in claimed}
        options = tuple(word for pair in pairs.items() for word in pair)
    if match and _calls(match, claim, offset, outside):
        outside = []  # "is a moka pot espresso?" is about moka pots
    target = _target_of(outside) or frozenset(
        w.stem for w in everything if w.content and w.form not in GENERIC and w.stem not in stems
    )
    rest = " ".join(w.form for w in everything if w.stem not in stems)
    return Choice(options, True, negated, target, rest, claim.strip(" ?!.,"))


def _calls(match: re.Match[str], claim: str, offset: int, named: Sequence[Mention]) -> bool:
    """Whether a claim calls something by the one subject that it names."""
    if len(named) != 1 or (match["auxiliary"] or "").lower() not in ("is", "are", "was", "were"):
        return False
    before, after = claim[: max(0, named[0].start - offset)], claim[max(0, named[0].end - offset) :]
    return bool(_CALLS.match(before)) and not after.strip(" ?!.")


def _asks_class(question: str, mentions: list[Mention]) -> bool:
    """Whether a statement with a question mark puts its subject in a class: "squats are a pull?"."""
    return question.rstrip().endswith("?") and bool(_claimed_class(words(question), mentions))


def _claimed_class(found: list[Word], mentions: list[Mention]) -> list[Word]:
    """The classes that a claim puts its subject in: words of known families that are no part of a subject's name, and not the
    "lower" of a "lower back"."""
    named = {s for m in mentions for s in m.subject.stems if len(m.subject.stems) > 1}
    parts = {
        w.start for w, after in pairwise(found) if w.form in _PLACES and after.content and after.form not in GENERIC
    }
    return [w for w in found if canonical(w.form) in _opposites() and w.stem not in named and w.start not in parts]


def _target(question: str, found: list[Word], mentions: list[Mention], taken: set[int]) -> frozenset[str]:
    """What a question is about: the subjects that it names with their modifiers, or else all its content words."""
    named = _target_of(mentions)
    if named:
        first = min(m.start for m in mentions)
        before = [w for w in found if w.end <= first]
        modifiers: set[str] = set()
        for word in reversed(before):
            gap = question[word.end : first]
            if not word.content or word.form in GENERIC or word.start in taken or _STOPS.search(gap):
                break
            modifiers.add(word.stem)
            first = word.start
        return named | modifiers
    return frozenset(w.stem for w in found if w.content and w.form not in GENERIC and w.start not in taken)


def _target_of(mentions: list[Mention]) -> frozenset[str]:
    return frozenset(s for m in mentions[:1] for s in m.subject.stems)
