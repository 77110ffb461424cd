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

from rag.retrieval import Query
from rag.subjects import Mention, Subjects
from rag.types import Turn
from rag.words import words

MAX_TURNS = 6
"""Older turns are not looked at."""

LAST_TWO, ALL_TURNS, LAST_ANSWER = 0.5, 0.2, 0.3
"""Weights of the last question joined with this one, of all questions joined, and of the last answer joined with this
one, against 1 for the question itself; each is scaled by how much the question leans."""

MAX_ANSWER_CHARS = 600

_PRONOUN = re.compile(
    r"\b(?:(?P<owner>its|their)|(?P<noun>(?:this|that|these|those|the same) "
    r"(?:exercises?|movements?|lifts?|moves?|ones?|things?|machines?))"
    r"|(?P<plain>it|they|them|these|those)|(?:(?<=\bis )|(?<=\bdoes )|(?<=\bdo ))(?P<late>this|that))\b",
    re.I,
)
_LEANS = re.compile(
    r"\b(?:it|its|they|them|their|he|she|his|her|him|this|that|these|those|there|ones?|such|same|others?|another|else"
    r"|also|too|instead|again|more|latter|former)\b",
    re.I,
)
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
    lean = 0.6 if _LEANS.search(question) else 0.0
    lean += 0.4 if _OPENER.match(question) else 0.0
    content = sum(word.content for word in words(question))
    return min(1.0, lean + 0.2 * max(0, 4 - content))


def _stand_alone(question: str, previous: Sequence[Turn], subjects: Subjects) -> str:
    """The question with what it leaves out; unchanged where it leaves out nothing that can be told."""
    if not previous:
        return question
    last = previous[-1].question
    if _BARE.match(question):
        return f"{question.strip().rstrip('?!. ')} – {last}"
    own = subjects.mentions(question)
    if own:
        return _exchanged(question, own, last, subjects) or question
    topic = _topic(previous, subjects)
    if not topic:
        return question
    named = _PRONOUN.sub(lambda m: f"the {topic}'s" if m["owner"] else f"the {topic}", question, count=1)
    if named != question:
        return named
    if leaning(question) > 0:
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


def _topic(previous: Sequence[Turn], subjects: Subjects) -> str | None:
    """The subject that was asked about last; where no question names one, the last answer's first."""
    for turn in reversed(previous):
        asked = subjects.mentions(turn.question)
        if asked:
            return asked[0].subject.name
    answered = subjects.mentions(previous[-1].answer)
    return answered[0].subject.name if answered else None
