"""Which questions to offer: the ones that the articles ask and answer themselves, so that every one has an answer.

Pure: it is handed passages and answers. It does not know the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rag.types import Answer, Passage, Role
from rag.words import content_stems

MAX_CHARS = 110
"""A longer question is left out: it is offered on a button."""
_OPENING = (Role.QUESTION, Role.HEADING)
_WORDS = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that an article asks, and where. `whole` where it names its subject, so that it can be asked alone."""

    text: str
    article_id: str
    start: int
    whole: bool = True


def article_questions(passages: Iterable[Passage]) -> tuple[Asked, ...]:
    """The questions in some passages, in order, each wording once."""
    found: dict[str, Asked] = {}
    for passage in passages:
        for sentence in passage.sentences:
            if sentence.role is Role.QUESTION:
                text = clean(passage.quote(sentence.start, sentence.end))
                if text.endswith("?") and len(text) <= MAX_CHARS:
                    whole = _names(text, passage.title)
                    found.setdefault(same(text), Asked(text, passage.article_id, sentence.start, whole))
    return tuple(found.values())


def _names(question: str, title: str) -> bool:
    """Whether a question of five words or more says, in the same word, what the article's title is about."""
    words = same(question).split()
    return len(words) >= 5 and any(len(word) >= 4 and word in words for word in same(title).split())


def clean(text: str) -> str:
    """One line without Markdown's marks."""
    return " ".join(re.sub(r"^[#>\s]+|[*_`]+", "", text).split())


def same(text: str) -> str:
    """A form in which two wordings that differ in case or punctuation are equal."""
    return " ".join(_WORDS.findall(text.casefold()))


def _asks(text: str) -> frozenset[str] | str:
    """What is equal where two questions differ in their small words alone."""
    return frozenset(content_stems(text)) or same(text)


def starters(questions: Sequence[Asked], count: int = 6) -> list[str]:
    """`count` questions to begin with: spread over the articles, one an article where there are enough, short first."""
    by_article: dict[str, list[Asked]] = {}
    for question in (q for q in questions if q.whole):
        by_article.setdefault(question.article_id, []).append(question)
    ranked = [sorted(group, key=lambda q: len(q.text)) for group in by_article.values()]
    step = max(1, len(ranked) // count) if ranked else 1
    spread = ranked[::step] + [group for i, group in enumerate(ranked) if i % step]
    picked = [group[depth].text for depth in range(count) for group in spread if depth < len(group)]
    return picked[:count]


def follow_ups(answer: Answer, asked: Iterable[str], questions: Sequence[Asked], count: int = 3) -> list[str]:
    """Up to `count` questions to go on with, nearest first.

    They come from the passages found and from the articles cited; not one that was `asked` already, nor one whose own
    answer was just quoted.
    """
    used = {_asks(text) for text in (*asked, answer.question, answer.standalone_question)}
    picked: list[str] = []
    for candidate in _nearest(answer, questions):
        if candidate.whole and _asks(candidate.text) not in used and not _just_answered(candidate, answer):
            used.add(_asks(candidate.text))
            picked.append(candidate.text)
        if len(picked) == count:
            break
    return picked


def _nearest(answer: Answer, questions: Sequence[Asked]) -> Iterator[Asked]:
    yield from article_questions(found.passage for found in answer.retrieved)
    near = dict.fromkeys(c.article_id for c in answer.citations)
    near |= dict.fromkeys(found.passage.article_id for found in answer.retrieved[:3])
    for article_id in near:
        yield from (question for question in questions if question.article_id == article_id)


def _just_answered(question: Asked, answer: Answer) -> bool:
    """Whether a citation stands under the question, before the next heading or question."""
    for found in answer.retrieved:
        passage = found.passage
        if passage.article_id == question.article_id and passage.start <= question.start < passage.end:
            after = (s.start for s in passage.sentences if s.role in _OPENING and s.start > question.start)
            end = next(after, passage.end)
            return any(c.article_id == question.article_id and question.start < c.start < end for c in answer.citations)
    return False
