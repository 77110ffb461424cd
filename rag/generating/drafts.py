"""A model's draft as it comes: what of it is meant for the reader, sentence by sentence, and what it cites.

It knows what models wrap their answers in (thoughts, Markdown, markers in many shapes). It does not know whether a sentence
is true.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.reading.sentences import split_sentences

_THOUGHT = re.compile(r"<(think|thinking|thought|reasoning)\b[^>]*>.*?(?:</\1>|\Z)", re.IGNORECASE | re.DOTALL)
_END_OF_THOUGHT = re.compile(r"\A.*</(?:think|thinking|thought|reasoning)>", re.IGNORECASE | re.DOTALL)
_SPECIAL = re.compile(r"<\|[^|<>]{0,40}\|>|</?s>|\[/?INST\]", re.IGNORECASE)
_MARKER = re.compile(
    r"\s*[\[【(]\s*(?:passages?|sources?|citations?)?\s*(\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*)\s*[\]】)]", re.IGNORECASE
)
_LONE_NUMBER = re.compile(r"\s*\(\d{1,3}\)")
_BULLET = re.compile(r"\A\s*(?:[-*•–]|\d{1,2}[.)]|#{1,6})\s+")
_EMPHASIS = re.compile(r"(\*\*|__|\*|`)(?=\S)(.+?)(?<=\S)\1")


@dataclass(frozen=True, slots=True)
class DraftSentence:
    """A sentence of a draft without its markers, and the numbers that it cites, in order."""

    text: str
    markers: tuple[int, ...]


def visible(raw: str) -> str:
    """What a model says to the reader: no thoughts, closed or not, and no control tokens."""
    shown = _THOUGHT.sub(" ", raw)
    return _SPECIAL.sub(" ", _END_OF_THOUGHT.sub(" ", shown))


def read_draft(text: str) -> list[DraftSentence]:
    """The sentences of a draft. Each line of a list is a sentence; a marker after a full stop belongs before it."""
    pieces: list[str] = []
    for line in text.splitlines():
        body = _EMPHASIS.sub(r"\2", _BULLET.sub("", line))
        spans = split_sentences(body)
        for number, (start, end) in enumerate(spans):
            piece = body[start:end]
            if number and not _MARKER.sub("", piece).strip(" .") and pieces:
                pieces[-1] += " " + piece
                continue
            leading = _leading_markers(piece) if number else ""
            if leading:
                pieces[-1] += " " + leading
            pieces.append(piece[len(leading) :])
    return [sentence for piece in pieces if (sentence := _sentence(piece)).text]


def _leading_markers(piece: str) -> str:
    """The markers that a piece begins with: they belong to the sentence before."""
    end = 0
    while match := _MARKER.match(piece, end):
        if _LONE_NUMBER.fullmatch(match[0]):
            break
        end = match.end()
    return piece[:end]


def _sentence(piece: str) -> DraftSentence:
    found: list[int] = []

    def take(match: re.Match[str]) -> str:
        if _LONE_NUMBER.fullmatch(match[0]):  # "(3)" is as often an amount as a marker
            return match[0]
        found.extend(int(number) for number in re.findall(r"\d+", match[1]))
        return ""

    text = " ".join(_MARKER.sub(take, piece).split())
    text = re.sub(r"\s+([.,;:!?])", r"\1", text)
    return DraftSentence(text if re.search(r"\w", text) else "", tuple(dict.fromkeys(found)))
