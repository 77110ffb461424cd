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

from rag.answering.retrieval import Query
from rag.answering.subjects import Mention, Subjects
from rag.types import Turn
from rag.words import words

MAX_TURNS = 6
"""Older turns are not looked at."""

LAST_TWO, ALL_TURNS, LAST_ANSWER = 0.5, 0.2, 0.3
"""Weights of the last question joined with this one, of all questions joined, and of the last answer joined with this
one, against 1 for the question itself; each is scaled by how much the question leans."""

MAX_ANSWER_CHARS = 600

OWN_WORDS = 1
"""A pronoun stands for the conversation's subject where at most so many content words stand before it; after more, it
stands for something in the question itself ("how do I become an agent and does it pay?")."""

ELLIPTIC = 0.4
"""A question without subject or pronoun takes the conversation's subject where it leans at least this much."""

_PRONOUN = re.compile(
    r"\b(?:(?P<owner>its|their)|(?:this|that|these|those|the same) (?:exercises?|movements?|lifts?|moves?|machines?)"
    r"|it|they|them|(?:these|those)(?=\s*[?.,!]|\s+(?:are|do|work|have|help|train|hit)\b|$)"
    r"|(?:(?<=\bis )|(?<=\bdoes )|(?<=\bdo ))(?:this|that)(?!\s+(?:mean|make sense|count))(?=\s))\b",
    re.I,
)
_LEANS = re.compile(
    r"\b(?:it|its|they|them|their|he|she|his|her|him|this|that|these|those|there|ones?|such|same|others?|another|else"
    r"|also|too|instead|again|more|latter|former)\b",
    re.I,
)
_DEFINES = re.compile(
    r"^\W*(?:what|who)(?:['’]?s| is| are| was| were)\s+(?:an?\s+)?(?!the\b|your\b|good\b|some\b)\w+(?:[ -]\w+){0,2}\W*$", re.I
)
"""A question for what a thing is names that thing: it stands alone."""

_OPENER = re.compile(
    r"^\s*(?:and|but|so|or|also|ok(?:ay)?|then)?[\s,]*(?:what|how) about\b[\s,]*|^\s*(?:and|but|or|also)\b[\s,]*", re.I
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
    """

    standalone: str
    queries: tuple[Query, ...]
    leaning: float


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
    return Understood(standalone, tuple(queries), lean)


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
    last = previous[-1].question
    about = next((t.question for t in reversed(previous) if subjects.mentions(t.question)), last)
    if _BARE.match(question):
        return f"{question.strip().rstrip('?!. ')} – {last}"
    own = subjects.mentions(question)
    if own:
        return _exchanged(question, own, about, subjects) or question
    topic = _asked_topic(previous, subjects)
    pronoun = _PRONOUN.search(question)
    if pronoun and _content_words(question[: pronoun.start()]) <= OWN_WORDS:
        topic = topic or _answered_topic(previous, subjects)
        if not topic:
            return question
        owner = "'s" if pronoun["owner"] else ""
        return f"{question[: pronoun.start()]}the {topic}{owner}{question[pronoun.end() :]}"
    if topic and leaning(question) >= ELLIPTIC:
        return f"{question.strip().rstrip('?!. ')} – {topic}?"
    return question


def _exchanged(question: str, own: Sequence[Mention], last: str, subjects: Subjects) -> str | None:
    """The last question about another subject, where the question is hardly more than that subject's name."""
    rest = question[: own[0].start] + question[own[-1].end :]
    if any(word.content for word in words(rest)) or not _OPENER.match(question):
        return None
    before = subjects.mentions(last)
    if not before:
        return None
    return last[: before[0].start] + own[0].subject.name + last[before[0].end :]


def _asked_topic(previous: Sequence[Turn], subjects: Subjects) -> str | None:
    """The subject that was asked about last."""
    asked = (subjects.mentions(turn.question) for turn in reversed(previous))
    return next((mentions[0].subject.name for mentions in asked if mentions), None)


def _answered_topic(previous: Sequence[Turn], subjects: Subjects) -> str | None:
    """The first subject of the last answer that is more than a common word."""
    answered = [m for m in subjects.mentions(previous[-1].answer) if len(m.subject.stems) > 1]
    return answered[0].subject.name if answered else None
