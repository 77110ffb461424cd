"""Where to cut a run of pieces into passages: the best cuts for the whole run, by dynamic programming.

Every passage costs by how far its length is from the target, every cut by what it tears apart. It knows neither text
nor tokens: only pieces with lengths, and the cost of a cut before each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from rag.types import Sentence

TEAR = 1e9
"""The cost of a cut that only a limit can force: a heading from its text, a lead-in from its list."""
MAX_PIECES = 64
"""How many pieces one passage may hold, so that a text of a million one-letter lines is cut in linear time."""
SHARED = 0.1
"""The cost of each section after the first that shares a passage."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text that is not cut: a sentence and the marks around it. Pieces follow one another without gaps.

    Attributes:
        cut: what a cut before it costs.
        level: of the section that it opens, 1 the outermost; 0 where it opens none, or where it follows a heading
            directly and so belongs to that heading's passage anyway.
        path: the titles of the sections it stands in, outermost first.
        tokens: how many tokens it holds; room: how many a passage that begins with it may hold.
    """

    start: int
    end: int
    sentence: Sentence
    cut: float
    level: int
    path: tuple[str, ...]
    tokens: int = 0
    room: int = 0


def pack(pieces: Sequence[Piece], target: int) -> list[Sequence[Piece]]:
    """The pieces in groups, in order: one group a passage.

    No group holds more tokens than the room of its first piece, unless it is one piece. Sections share a group only
    where they are whole, under one parent, and together no longer than `target` characters.
    """
    best = [0.0] + [inf] * len(pieces)
    back = [0] * (len(pieces) + 1)
    for end in range(1, len(pieces) + 1):
        closing = _closing_level(pieces, end)
        tokens, inner, sections = 0, inf, 0
        for start in range(end - 1, max(-1, end - 1 - MAX_PIECES), -1):
            first = pieces[start]
            tokens += first.tokens
            if tokens > first.room and start < end - 1:
                if tokens > 2 * first.room:
                    break
            else:
                length = pieces[end - 1].end - first.start
                opening = first.level or (inf if start else 0)
                if inner == inf or (max(opening, closing) <= inner and length <= target):
                    cost = best[start] + ((length - target) / target) ** 2 + SHARED * sections + first.cut * (start > 0)
                    if cost < best[end]:
                        best[end], back[end] = cost, start
            if first.level:
                inner, sections = min(inner, first.level), sections + 1
    return _groups(pieces, back)


def _closing_level(pieces: Sequence[Piece], end: int) -> float:
    """The level of the section that begins at `end`: whole sections end where another begins, or at the very end."""
    return 0 if end == len(pieces) else pieces[end].level or inf


def _groups(pieces: Sequence[Piece], back: Sequence[int]) -> list[Sequence[Piece]]:
    groups: list[Sequence[Piece]] = []
    end = len(pieces)
    while end:
        groups.append(pieces[back[end] : end])
        end = back[end]
    return groups[::-1]
