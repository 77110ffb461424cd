"""What a question means in its conversation: the question made to stand alone, and what to search for.

Without a language model. "And deadlifts?" takes the last question with the subject exchanged, "is it safe?" gets the
subject's name for "it", and whatever leans on what came before also searches with it: the scores of several queries
are added, weighted by how much the question leans. A question that stands on its own is left alone. This module knows
words and subjects; it does not know passages.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.answering.offers import GENERIC
from rag.answering.retrieval import Query
from rag.answering.subjects import Mention, Subjects
from rag.thesaurus import load_thesaurus
from rag.types import Turn
from rag.words import Word, words

MAX_TURNS = 6
"""Older turns are not looked at."""

LAST_TWO, ALL_TURNS, LAST_ANSWER = 0.5, 0.2, 0.3
"""Weights of the last question joined with this one, of all questions joined, and of the last answer joined with this
one, against 1 for the question itself; each is scaled by how much the question leans."""

MAX_ANSWER_CHARS = 600

OWN_WORDS = 1
"""A pronoun stands for the conversation's subject where at most so many content words stand before it; after more, it
stands for something in the question itself ("how do I become an agent and does it pay?")."""

MOST_PARALLEL = 3
"""A phrase of so many words at most is put in the place of another."""

ELLIPTIC = 0.4
"""A question without subject or pronoun takes the conversation's subject where it leans at least this much."""

_PRONOUN = re.compile(
    r"\b(?:(?P<owner>its|their)|(?:this|that|these|those|the same) (?:exercises?|movements?|lifts?|moves?|machines?)"
    r"|(?:that|this) one|it|they|them|(?:these|those)(?=\s*[?.,!]|\s+(?:are|do|work|have|help|train|hit)\b|$)"
    r"|(?:(?<=\bis )|(?<=\bdoes )|(?<=\bdo ))(?:this|that)(?!\s+(?:mean|make sense|count))(?=\s))\b",
    re.I,
)
_THAT_ONE = re.compile(r"\b(?:that|this) (?:one|other one)\b", re.I)
_LEANS = re.compile(
    r"\b(?:it|its|they|them|their|he|she|his|her|him|this|that|these|those|there|ones?|such|same|others?|another|else"
    r"|also|too|instead|again|more|latter|former)\b",
    re.I,
)
_DEFINES = re.compile(
    r"^\W*(?:what|who)(?:['’]?s| is| are| was| were)\s+(?:an?\s+)?(?!the\b|your\b|good\b|some\b)\w+(?:[ -]\w+){0,2}\W*$",
    re.I,
)
"""A question for what a thing is names that thing: it stands alone."""

_OPENER = re.compile(
    r"^\s*(?:and|but|so|or|also|ok(?:ay)?|then)?[\s,]*(?:what|how) about\b[\s,]*|^\s*(?:and|but|or|also)\b[\s,]*", re.I
)
_CASE = re.compile(r"(when|while|if|for|in|at|on|with|without|during|after|before)\s+(?:\S+\s*){1,3}", re.I)
_AFTER_PREPOSITION = re.compile(r"\b(?:for|of|to|than|with|from|like|as|on|in|by)\s+\w+$", re.I)
_WHICH = re.compile(
    r"^\W*(?:and |but |so |ok(?:ay)? )?which(?: one| of (?:them|the two|those|these))?\b"
    r".*\b(?:better|worse|best|more|less|first|[a-z]{3,}er)\b",
    re.I,
)
"""Asks which of two is more so; "which is the largest" asks of more than two."""
_ASKS_OF = re.compile(
    r"^\W*(?:(?:so|and|but|ok(?:ay)?|well)\W+)*"
    r"(?:(?P<whole>(?:what|who)(?:['’]?s| is| are| was| were)(?: the \w+ (?:of|for|from|in|to|between))?"
    r"|(?:tell me|know|learn|hear)(?: more)? about|what about|what causes?)"
    r"|(?:how(?: (?:long|much|many|often|far|big|old))? |why |when |where |what (?=do|can|should|will)"
    r"|(?:what|which) (?!is\b|are\b|was\b|were\b)\w+ )?"
    r"(?:(?P<copula>is|are|was|were)|do|does|did|can|could|should|will|would))\s+(?:(?:i|you|we|people)\s+(?!i\b)[a-z]+\s+)?(?P<named>(?:an?|the|my|your|all|most)\s+)?",
    re.I,
)
_BARE = re.compile(
    r"^\W*(?:(?:but|and|so|ok|okay|really|no|yes)\W+)*(?:why|how|how so|how come|really|why not|why is that|why so|in what way"
    r"|are you sure|is that (?:right|true)|says who|which|which one|when|where|who|explain|for example|such as|like what"
    r"|tell me more|more|go on|what else|anything else|any examples?|examples?|meaning|what do you mean)\W*$",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Understood:
    """A question in its conversation.

    Attributes:
        standalone: the question as it was understood, readable by a person.
        queries: what to search for, the standalone question first.
        leaning: how much it leans on what came before, in [0, 1].
        unresolved: as much, where `standalone` still leaves out what it leans on; else 0.
    """

    standalone: str
    queries: tuple[Query, ...]
    leaning: float
    unresolved: float = 0.0


def understand(question: str, history: Sequence[Turn], subjects: Subjects) -> Understood:
    """What `question` means after `history` (oldest turn first; only the last `MAX_TURNS` count)."""
    turns = [turn for turn in history if turn.question.strip()][-MAX_TURNS:]
    if not turns:
        return Understood(question, (Query(question),), 0.0)
    previous: list[Turn] = []
    for turn in turns:
        previous.append(Turn(_stand_alone(turn.question, previous, subjects), turn.answer))
    standalone = _stand_alone(question, previous, subjects)
    lean = leaning(question)
    queries = [Query(standalone)]
    if lean > 0:
        asked = [turn.question for turn in turns]
        queries.append(Query(f"{asked[-1]} {question}", LAST_TWO * lean))
        if len(asked) > 1:
            queries.append(Query(" ".join([*asked, question]), ALL_TURNS * lean))
        if turns[-1].answer.strip():
            queries.append(Query(f"{turns[-1].answer[:MAX_ANSWER_CHARS]} {question}", LAST_ANSWER * lean))
    return Understood(standalone, tuple(queries), lean, lean if standalone == question else 0.0)


def leaning(question: str) -> float:
    """How much a question needs what came before, in [0, 1]: pronouns, an opener like "and", few content words."""
    if _BARE.match(question):
        return 1.0
    if _DEFINES.match(question) and not _LEANS.search(question):
        return 0.0
    lean = 0.4 if _OPENER.match(question) else 0.0
    pronoun = _LEANS.search(question)
    if pronoun:
        lean += 0.6 if _content_words(question[: pronoun.start()]) <= OWN_WORDS else 0.2
    return min(1.0, lean + 0.2 * max(0, 4 - _content_words(question)))


def _content_words(text: str) -> int:
    return sum(word.content for word in words(text))


def _stand_alone(question: str, previous: Sequence[Turn], subjects: Subjects) -> str:
    """The question with what it leaves out; unchanged where it leaves out nothing that can be told."""
    if not previous:
        return question
    if _BARE.match(question):
        return f"{question.strip().rstrip('?!. ')} – {_root(previous[-1].question)}"
    own, topic = subjects.mentions(question), _asked_topic(previous, subjects)
    if _THAT_ONE.search(question):
        topic = _answered_topic(previous, subjects, topic) or topic
    if own:
        return _exchanged(question, own, previous, subjects) or _resolved(question, topic, own) or question
    named = _resolved(question, _asked_thing(previous, subjects) or topic or _answered_topic(previous, subjects), own)
    if named:
        return named
    asked = question.strip().rstrip("?!. ")
    compared = list(dict.fromkeys(m.subject.name for m in subjects.mentions(previous[-1].question)))
    if len(compared) == 2 and _WHICH.match(question):
        return f"{asked} – {' or '.join(compared)}?"
    parallel = _parallel(question, _root(previous[-1].question)) or _in_case(question, _root(previous[-1].question))
    if parallel:
        return parallel
    return f"{asked} – {topic}?" if topic and leaning(question) >= ELLIPTIC else question


def _root(standalone: str) -> str:
    """What "why – is a hip thrust push or pull" was asked about: the question behind the dash."""
    bare, dash, rest = standalone.partition(" – ")
    return rest if dash and _BARE.match(bare) else standalone


def _resolved(question: str, topic: str | None, own: Sequence[Mention]) -> str | None:
    """The question with `topic` for the pronoun that stands for it; None where there is none.

    A pronoun early in the question, or one that ends it after a preposition, points back; where the question names a subject
    of its own before, the pronoun stands for that.
    """
    pronoun = _PRONOUN.search(question)
    if pronoun is None or topic is None or any(mention.subject.name == topic for mention in own):
        return None
    first = not any(mention.end <= pronoun.start() for mention in own)
    early = first and _content_words(question[: pronoun.start()]) <= OWN_WORDS
    last = own and not pronoun["owner"] and _AFTER_PREPOSITION.search(question[: pronoun.end()])
    if not early and not (last and not question[pronoun.end() :].strip(" ?!.")):
        return None
    owner = "'s" if pronoun["owner"] else ""
    return f"{question[: pronoun.start()]}the {topic}{owner}{question[pronoun.end() :]}"


def _parallel(question: str, last: str) -> str | None:
    """The last question with one of its phrases exchanged for another with the same head: "and pull day?"."""
    opener = _OPENER.match(question)
    phrase = question[opener.end() :].strip(" ?!.") if opener else ""
    found, before = words(phrase), words(last)
    if not 2 <= len(found) <= MOST_PARALLEL:
        return None
    heads = [i for i, word in enumerate(before) if word.stem == found[-1].stem and i > 0]
    if not heads or any(word.stem in {w.stem for w in before} for word in found[:-1]):
        return None
    first = max(0, heads[-1] - len(found) + 1)
    return f"{last[: before[first].start]}{phrase}{last[before[heads[-1]].end :]}"


def _in_case(question: str, last: str) -> str | None:
    """The last question for another case, where the question is hardly more than that: "and when bulking?", "and for children?"."""
    opener = _OPENER.match(question)
    phrase = question[opener.end() :].strip(" ?!.") if opener else ""
    case = _CASE.fullmatch(phrase)
    if case is None:
        return None
    asked = last.strip().rstrip("?!. ")
    same = list(re.finditer(rf"\s{case[1]}\s+(?:\S+\s*){{1,{MOST_PARALLEL}}}$", asked, re.I))
    return f"{asked[: same[-1].start()] if same else asked} {phrase}?"


def _exchanged(question: str, own: Sequence[Mention], previous: Sequence[Turn], subjects: Subjects) -> str | None:
    """The last question on a subject, asked of another, where the question is hardly more than that subject's name."""
    rest = question[: own[0].start] + question[own[-1].end :]
    if any(word.content for word in words(rest)) or not _OPENER.match(question):
        return None
    for turn in reversed(previous):
        last = _root(turn.question)
        before = subjects.mentions(last)
        if before:
            return last[: before[0].start] + own[0].subject.name + last[before[0].end :]
    return None


def _asked_topic(previous: Sequence[Turn], subjects: Subjects) -> str | None:
    """The subject that was asked about last."""
    asked = (subjects.mentions(turn.question) for turn in reversed(previous))
    return next((mentions[0].subject.name for mentions in asked if mentions), None)


def _asked_thing(previous: Sequence[Turn], subjects: Subjects) -> str | None:
    """The thing that was asked about last, where it is nobody's subject."""
    for turn in reversed(previous):
        if subjects.mentions(turn.question):
            return None
        if thing := _thing(_root(turn.question)):
            return thing
    return None


def _thing(question: str) -> str | None:
    """What a plain question is on, in its own words: "rolls" of "do rolls keep?", "oven spring" of "what is oven spring"; None where that
    cannot be told."""
    asked = _ASKS_OF.match(question)
    if asked is None:
        return None
    after, acts = question[asked.end() :], load_thesaurus().acts
    # Plainly: all that follows is the thing, or all but its last word.
    plainly = asked["whole"] or (asked["copula"] and asked["named"])
    run: list[Word] = []
    for word in words(after):
        if not word.content or (run and acts(word.form) and not plainly and not word.form.endswith(("s", "ing"))):
            break
        run.append(word)
    if asked["copula"] and len(run) > 1:
        run = run[:-1]  # "is rye bread dark"
    if not 0 < len(run) <= MOST_PARALLEL or run[0].form in GENERIC:
        return None
    rest = after[run[-1].end :]
    return None if rest.startswith("-") or (asked["whole"] and words(rest)) else after[run[0].start : run[-1].end]


def _answered_topic(previous: Sequence[Turn], subjects: Subjects, but: str | None = None) -> str | None:
    """The first subject of the last answer that is more than a common word, and is not `but`."""
    answered = [m.subject for m in subjects.mentions(previous[-1].answer) if len(m.subject.stems) > 1]
    return next((subject.name for subject in answered if subject.name != but), None)
