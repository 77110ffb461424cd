"""What a sentence says of an option: that its subject is one, that it is not, or nothing.

Rules for English over one sentence and its place in the article. "The hip thrust lacks the drawing-in action that
defines a pull" denies "pull"; "deadlifts pull" says nothing of a hip thrust; "Force: push" asserts "push" of the
article's own subject. It does not add anything up: see `rag.answering.verdicts`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.answering.choices import canonical, plain_options
from rag.answering.clauses import relates
from rag.answering.offers import GENERIC
from rag.answering.ranking import RankedSentence
from rag.answering.subjects import Mention, Subjects
from rag.types import Role
from rag.words import FUNCTION_WORDS, Word, stem, words

FACT, PLAIN, IN_PASSING = 3.0, 1.0, 0.2
"""How strongly "Force: push", "X is a push" and "push the bar up" assert an option."""

HEDGED = 0.3
"""What is left of it in "some coaches call it a pull"."""

REACH = 4
"""How many words before an option are read for what classes something as it."""

MOTIONS = frozenset({"push", "pull", "hinge", "press", "curl", "lift", "row", "flexion", "extension"})
"""Options that are also plain verbs of instructions: "pull the bar out of the rack" does not class a press as a pull."""

_DENYING = re.compile(
    r"\b(?:not|never|neither|nor|cannot|lacks?|lacking|without|unlike|rather than|instead of|no longer|anything but|far from"
    r"|as opposed to|opposite of|than|excludes?|myth|wrong|mistaken\w*|nothing|no(?! (?:doubt|less|matter)\b))\b|n['’]t\b",
    re.I,
)
_ASIDE = re.compile(r"(?<=\bnot),[^,]*,", re.I)
"""What is put in between: "is not, strictly speaking, a push"."""

_BESIDE = re.compile(
    r"\b(?:after|before|for|like|such as|from|against|alongside|beside|plus|balances?|confuse[sd]?"
    r"|(?<!belongs )(?<!belong )(?<!goes )(?<!go )(?<!grouped )(?<!counted )(?<!begins )(?<!begin )(?<!starts )(?<!start )(?<!ends )with)"
    r"\s+(?:(?!(?:on|in|as|to|is|are|go|goes)\b)\S+\s+){0,2}$"
    r"|\b(?:all|most|many|other|every|each)\s+(?:the\s+)?$",
    re.I,
)
"""What stands right before an option that is beside the subject: "superset it with a push", "after compound lifts"."""

_NOT_ONLY = re.compile(r"\bnot (?:only|just|merely)\b", re.I)
_HEDGE = re.compile(
    r"\b(?:some|few|minority|sometimes|occasionally|may|might|could|can be|certain|others?|another|arguably|loosely|would|if"
    r"|lists?|a case|only (?:in|if|when|where|about|some|a few))\b",
    re.I,
)
_DISPUTE = re.compile(
    r"\b(?:coaches|trainers|lifters|experts|people|sources|authors|the field|opinions?|lists|plans|programmes|programs)\b"
    r"[^.]{0,40}\b(?:disagrees?|differs?|divided|var(?:y|ies)|splits?)\b"
    r"|\bdisputed\b|\bdebated?\b|\bargued?\b(?= (?:about|over|for))|\btake sides\b|\bneither (?:clearly|a clear)\b|\bopen to debate\b",
    re.I,
)
_CLASSES = re.compile(
    r"\b(?:is|are|was|be|being|called|classed|classified|counts?|considered|labelled|labeled|termed|defined|remains?|stays?"
    r"|makes?|belongs?|goe?s?|on|fits|fall|falls|family|group|category)\b"
    r"|\b(?:it|that|a|an|the|one|any)(?:\s+(?!and\b|or\b)\S+)?$|\bas$",
    re.I,
)
_VERB = re.compile(
    r"\b(?:is|are|was|were|goes|go|counts?|belongs?|remains?|fits?|falls?|lands?|works?|uses?|begins?|starts?|ends?)\b",
    re.I,
)
_JOINING = frozenset("because since although though whereas as when while until if during that which".split())
_PARTICLES = frozenset("up down out over off".split())
_NEXT = re.compile(r"[;:]|,\s+(?:and|but|while|whereas)\b", re.I)
_LISTED = re.compile(r",|\band\b|\bor\b", re.I)
_CLAUSE = re.compile(r"[;:()–—]|,\s+(?:and|but|while|whereas|so|because|since|although|though|which|not|rather|even|yet)\b"
                     r"|\b(?:(?<!anything )but|while|whereas|because|since|although|though)\b", re.I)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Assertion:
    """What one sentence says of one option.

    Attributes:
        option: as it is named in the question.
        denied: whether the sentence says that its subject is *not* that.
        strength: how plainly it says so, at least 0: see `FACT`, `PLAIN`, `IN_PASSING`, `HEDGED`.
        about: stems of what it says it of; of each thing apart where it names several ("rows and chin-ups are …").
        named: whether the sentence names that itself, rather than the place where it stands.
        clause: the words around the option.
    """

    sentence: RankedSentence
    option: str
    denied: bool
    strength: float
    about: tuple[frozenset[str], ...]
    named: bool
    clause: str


def disputes(text: str) -> bool:
    """Whether a sentence says that the field disagrees."""
    return bool(_DISPUTE.search(text))


def hedges(text: str) -> bool:
    """Whether a sentence says something only of some, or as some see it."""
    return bool(_HEDGE.search(text))


@dataclass(frozen=True, slots=True)
class _Read:
    """A sentence as it is read: its text with options in plain words, its words and the subjects that it names."""

    sentence: RankedSentence
    text: str
    words: list[Word]
    mentions: list[Mention]
    options: tuple[str, ...]


def assertions(sentence: RankedSentence, options: tuple[str, ...], subjects: Subjects) -> list[Assertion]:
    """What `sentence` says of each option that it names."""
    text = plain_options(sentence.text)
    read = _Read(sentence, text, words(text), subjects.mentions(text), options)
    return [
        _assertion(read, option, place, subjects)
        for option in options
        for place in _places(read, option)
        if sentence.sentence.role is not Role.FACT or _is_value(text, read.words[place])
    ]


def _assertion(read: _Read, option: str, place: int, subjects: Subjects) -> Assertion:
    word = read.words[place]
    clause = _clause(read.text, word.start, word.end)
    return Assertion(
        read.sentence,
        option,
        denied=_denied(read.text, word, clause),
        strength=_strength(read, place, option, clause),
        about=_about(read, word, clause, subjects),
        named=any(m.end <= word.start for m in read.mentions),
        clause=_around(read, place, option),
    )


def _places(read: _Read, option: str) -> list[int]:
    """Where an option is named, as a word of its family; not inside a name such as "face pull", "pull day" or
    "push/pull/legs"."""
    found = read.words
    names = [m for m in read.mentions if len(m.subject.stems) > 1]
    wanted = [stem(canonical(part)) for part in option.split()]
    forms = [stem(canonical(w.form)) for w in found]
    length = len(wanted)
    places = [i for i in range(len(found)) if forms[i : i + length] == wanted and not _chained(read, i)]
    places = [i for i in places if not any(m.start <= found[i].start < m.end for m in names)]
    return [i for i in places if forms[i + length : i + length + 1] != ["day"] or "day" in wanted]


def _chained(read: _Read, place: int) -> bool:
    """Whether a word is part of a label like "push/pull/legs" or "push-pull"."""
    word = read.words[place]
    around = read.text[max(0, word.start - 1) : word.start] + read.text[word.end : word.end + 1]
    beside = [w for w in read.words[max(0, place - 1) : place + 2] if w is not word]
    return "/" in around or ("-" in around and any(canonical(w.form) in read.options for w in beside))


def _clause(text: str, start: int, end: int) -> tuple[int, int]:
    """The span of the clause around `[start, end)`."""
    first = max((m.start() for m in _CLAUSE.finditer(text, 0, start)), default=0)
    boundary = _CLAUSE.search(text, end)
    return first, boundary.start() if boundary else len(text)


def _around(read: _Read, place: int, option: str) -> str:
    """The words that go with an option: from the comma or option before it to the next option or the next clause."""
    text, found = read.text, read.words
    others = [i for o in read.options for i in _places(read, o) if i != place]
    after = min((i for i in others if i > place), default=len(found))
    before = max((i + 1 for i in others if i < place), default=0)
    comma = max(text.rfind(",", 0, found[place].start), text.rfind(";", 0, found[place].start))
    if place and found[place - 1].form == "and":
        before = place
    rest = _NEXT.search(text, found[place].end)
    end = rest.start() if rest else len(text)
    return " ".join(w.form for i, w in enumerate(found) if before <= i < after and comma < w.start < end)


def _denied(text: str, word: Word, clause: tuple[int, int]) -> bool:
    """Whether the option stands under a negation: one before it in its clause, no comma between them."""
    reach = _NOT_ONLY.sub(lambda m: " " * len(m.group()), text[clause[0] : word.start])
    return len(_DENYING.findall(_ASIDE.sub("", reach).rpartition(",")[2])) % 2 == 1


def _strength(read: _Read, place: int, option: str, clause: tuple[int, int]) -> float:
    text, found = read.text, read.words
    if read.sentence.sentence.role is Role.FACT:
        return FACT
    before = text[clause[0] : found[place].start]
    if _is_topic(text, found[place], before, clause) or _BESIDE.search(before):
        return IN_PASSING
    after = found[place + len(option.split())] if place + len(option.split()) < len(found) else None
    classes = bool(_CLASSES.search(" ".join(before.split()[-REACH:]))) or (after is not None and after.form in GENERIC)
    strength = PLAIN if classes or option not in MOTIONS else IN_PASSING
    if _HEDGE.search(text[clause[0] : clause[1]]):
        strength *= HEDGED
    return strength


def _is_topic(text: str, word: Word, before: str, clause: tuple[int, int]) -> bool:
    """Whether an option is what its clause is about: "because push day is kept for the upper body"."""
    opens = clause[0] > 0 and all(w.form in FUNCTION_WORDS | _JOINING for w in words(before))
    verb = _VERB.search(text, word.end, clause[1])
    return opens and verb is not None and not any(w.form in _JOINING for w in words(text[word.end : verb.start()]))


def _is_value(text: str, word: Word) -> bool:
    """Whether a word stands in the value of a "key: value" line that tells of the subject."""
    colon = text.find(":")
    return 0 <= colon < word.start and not relates(text[:colon])


def _about(read: _Read, word: Word, clause: tuple[int, int], subjects: Subjects) -> tuple[frozenset[str], ...]:
    """What an option is said of: each thing in a list of them, else the subject named last before it, else what its clause
    begins with, else the place."""
    listed = _heads(read.text, word, clause)
    if len(listed) > 1:
        return listed
    before = [m for m in read.mentions if m.end <= word.start]
    if before:
        near = before[-1]
        return (frozenset(near.subject.stems) | _modifiers(read.text, near),)
    own = _subject_of_place(read.sentence, subjects)
    return listed if listed and not listed[0] & own else (own,)


def _subject_of_place(sentence: RankedSentence, subjects: Subjects) -> frozenset[str]:
    """What the section and the article that a sentence stands in are about."""
    for title in (*sentence.headings[::-1], sentence.passage.title):
        named = subjects.mentions(title)
        if named:
            return frozenset(named[0].subject.stems)
    return frozenset(w.stem for w in words(sentence.passage.title) if w.content)


def _heads(text: str, word: Word, clause: tuple[int, int]) -> tuple[frozenset[str], ...]:
    """Stems of what stands before the verb of a clause, each thing in a list apart: "rows" and "presses" of "rows and
    presses go on push day"."""
    verb = _VERB.search(text, clause[0], word.start)
    if not verb:
        return ()
    things = _LISTED.split(text[clause[0] : verb.start()])
    named = (
        frozenset(w.stem for w in words(thing) if (w.content or w.form in _PARTICLES) and w.form not in GENERIC)
        for thing in things
    )
    return tuple(stems for stems in named if stems)


def _modifiers(text: str, mention: Mention) -> frozenset[str]:
    """Stems of the words right before a subject's name that make it another one: the "inverted" of "inverted row"."""
    stems = set()
    last = mention.start
    for word in reversed(words(text[: mention.start])):
        if not word.content or word.form in GENERIC or text[word.end : last].strip(" -"):
            break
        stems.add(word.stem)
        last = word.start
    return frozenset(stems)
