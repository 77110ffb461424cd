"""Answer -> the object that the page and programs get: what `ask --json` prints, and what a reader needs besides.

Pure. Everything in it is plain text: the page writes it as text, never as HTML.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rag.types import Answer, Citation, Passage, Retrieved, Role
from web.questions import clean, same

MAX_RELATED = 4
MAX_RELATED_CHARS = 240
STRONG, GOOD = 0.75, 0.5


def answer_view(answer: Answer, follow_ups: Sequence[str] = ()) -> dict[str, Any]:
    """The answer as an object.

    Besides the fields of `Answer.to_dict()`: each citation's `section` and `relevance` in words, `related` (for a
    refusal, the nearest passages to read instead) and `follow_ups`.
    """
    view = answer.to_dict()
    del view["id"]
    for shown, citation in zip(view["citations"], answer.citations, strict=True):
        shown["section"] = section_of(citation, answer.retrieved)
        shown["relevance"] = relevance(citation.score)
    view["related"] = related(answer.retrieved) if answer.abstained else []
    view["follow_ups"] = list(follow_ups)
    return view


def section_of(citation: Citation, retrieved: Sequence[Retrieved]) -> str:
    """The heading or question that a citation stands under, "" where none is known."""
    for found in retrieved:
        passage = found.passage
        if passage.article_id == citation.article_id and passage.start <= citation.start < passage.end:
            return heading_above(passage, citation.start)
    return ""


def heading_above(passage: Passage, at: int) -> str:
    """The last heading or question before `at` in a passage, else its innermost section; "" for the title itself."""
    inside = [s for s in passage.sentences if s.role in (Role.HEADING, Role.QUESTION) and s.end <= at]
    nearest = [*passage.headings, *(clean(passage.quote(s.start, s.end)) for s in inside)]
    return nearest[-1] if nearest and same(nearest[-1]) != same(passage.title) else ""


def relevance(score: float) -> str:
    """A score in [0, 1] in words that need no explaining."""
    if score >= STRONG:
        return "strong match"
    return "good match" if score >= GOOD else "partial match"


def related(retrieved: Sequence[Retrieved]) -> list[dict[str, Any]]:
    """The nearest passages, one an article, with where each begins and how it goes."""
    found: dict[str, dict[str, Any]] = {}
    for entry in retrieved:
        passage = entry.passage
        if len(found) < MAX_RELATED and passage.article_id not in found:
            start, end = opening(passage)
            found[passage.article_id] = {
                "article_id": passage.article_id,
                "title": passage.title,
                "section": heading_above(passage, start),
                "source": passage.source,
                "start": start,
                "end": end,
                "quote": passage.quote(start, end),
            }
    return list(found.values())


def opening(passage: Passage, limit: int = MAX_RELATED_CHARS) -> tuple[int, int]:
    """The span of the first sentences of a passage's first paragraph, up to `limit` characters; one at least."""
    said = [s for s in passage.sentences if s.role not in (Role.HEADING, Role.FURNITURE)] or list(passage.sentences)
    if not said:
        return passage.start, passage.end
    start, end = said[0].start, said[0].end
    for sentence in said[1:]:
        if sentence.block != said[0].block or sentence.role is not Role.PROSE or sentence.end - start > limit:
            break
        end = sentence.end
    return start, end
