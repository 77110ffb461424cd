"""Questions with a piece of an article that answers them or leaves them open: what the entailment model learns from.

Two formats, in files of `evals/pairs`, a blank line between blocks. Either a title (`T:`, optional), a piece (`S:`), and
its questions; or a mini-article, `# Title` and numbered sentences, and questions with the number of the sentence that answers.
A question is marked `y` where the answer is yes, `n` where it is no, `a` where it asks for something else and gets it, and
`u` where it is left open. All of it was written for this, by writers who had seen no question set, about everyday
subjects: some are also what sets in `evals/elsewhere` and `evals/folders` are about, in other words. This module reads; it
does not know any model.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from evals.files import read_text
from rag.errors import BadInput

FOLDER = Path(__file__).parent / "pairs"

Label = Literal["yes", "no", "open"]

_LABELS: Mapping[str, Label] = {"y": "yes", "a": "yes", "n": "no", "u": "open"}
_LINE = re.compile(
    r"(?P<kind>T|S|[ynau])(?P<number>\d*):\s*(?P<text>\S.*)|#\s*(?P<title>\S.*)|(?P<place>\d+)\.\s+(?P<sentence>\S.*)"
)

HELD_OUT = 20
"""One block in this many is kept apart, to measure on."""

BESIDE = 0.5
"""How often a sentence of a mini-article that is neither the one that settles a question nor the nearest other is paired with it."""

ALONE = 0.45
"""How often a sentence of a mini-article is read alone; else with what stands beside it."""

AROUND = ((1, 0), (1, 0), (0, 1), (1, 1), (2, 0), (2, 1))
"""How many sentences before and after it are then read with it, one of these by chance."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A question or claim, a piece of an article with its title ("" for none), and whether that settles it: "yes" also where it answers
    an open question."""

    title: str
    text: str
    question: str
    label: Label
    held_out: bool


def read_pairs(folder: Path = FOLDER, *, seed: int = 0) -> list[Pair]:
    """The pairs of every `*.txt` in a folder. Of a mini-article, a question is paired with the sentence that settles it, as open with the
    nearest other one by its words, and by chance (`seed`) with one more; by chance these are read with the sentences beside them.

    Raises:
        BadInput: a line is in neither format, or a block lacks a part.
    """
    chance = random.Random(seed)
    return [pair for path in sorted(folder.glob("*.txt")) for pair in _read(path, chance)]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question, its label, and the number of the sentence that settles it; 0 for none, or for the only piece."""

    text: str
    label: Label
    number: int


def _read(path: Path, chance: random.Random) -> Iterator[Pair]:
    title, pieces, asked = "", dict[int, str](), list[_Asked]()
    mini = False
    for number, line in enumerate([*read_text(path).splitlines(), ""], 1):
        where = f"{path}:{number}"
        if not line.strip():
            if mini and not asked:
                continue  # a blank line between the sentences and the questions
            if pieces or asked:
                yield from _pairs(title, pieces, asked, where, chance, mini=mini)
            title, pieces, asked, mini = "", {}, [], False
            continue
        match = _LINE.fullmatch(line.strip())
        if match is None:
            raise BadInput(
                f"{where}: neither a title, a piece, a numbered sentence nor a question: {line.strip()[:60]!r}"
            )
        if match["title"] or match["kind"] == "T":
            title, mini = match["title"] or match["text"], bool(match["title"])
        elif match["sentence"]:
            pieces[int(match["place"])] = match["sentence"]
        elif match["kind"] == "S":
            pieces[0] = f"{pieces[0]} {match['text']}" if pieces else match["text"]
        else:
            asked.append(_Asked(match["text"], _LABELS[match["kind"]], int(match["number"] or 0)))


def _pairs(
    title: str, pieces: Mapping[int, str], asked: Sequence[_Asked], where: str, chance: random.Random, *, mini: bool
) -> Iterator[Pair]:
    """The pairs of one block."""
    if not pieces or not asked:
        raise BadInput(f"{where}: the block that ends here has no {'question' if pieces else 'piece of an article'}")
    key = f"{title}{dict(pieces) if mini else pieces[0]}"
    held_out = int(hashlib.md5(key.encode(), usedforsecurity=False).hexdigest()[:4], 16) % HELD_OUT == 0
    for question in asked:
        if not mini:
            yield Pair(title, pieces[0], question.text, question.label, held_out)
            continue
        if question.number and question.number not in pieces:
            raise BadInput(f"{where}: the block that ends here has no sentence {question.number}")
        if question.number:
            text = _around(pieces, question.number, 0, chance)
            yield Pair(title, text, question.text, question.label, held_out)
        for place in _left_open(question, pieces, chance):
            text = _around(pieces, place, question.number, chance)
            yield Pair(title, text, question.text, "open", held_out)


def _left_open(question: _Asked, pieces: Mapping[int, str], chance: random.Random) -> list[int]:
    """The numbers of sentences that leave a question open: the nearest by their words (two where none settles it), and at most one more by
    chance."""
    asked = _roots(question.text)
    others = sorted(pieces.keys() - {question.number}, key=lambda n: (-len(asked & _roots(pieces[n])), n))
    if not question.number:
        return others[:2]
    return [*others[:1], *([chance.choice(others[1:])] if len(others) > 1 and chance.random() < BESIDE else [])]


def _around(pieces: Mapping[int, str], place: int, apart: int, chance: random.Random) -> str:
    """A sentence of a mini-article, alone or with those beside it, but never with the one at `apart` (0 for none)."""
    if chance.random() < ALONE:
        return pieces[place]
    windows = [range(place - before, place + after + 1) for before, after in AROUND]
    window = chance.choice([w for w in windows if apart not in w or not apart])
    return " ".join(pieces[n] for n in window if n in pieces)


def _roots(text: str) -> set[str]:
    return {word[:5] for word in re.findall(r"[a-z]{4,}", text.lower())}
