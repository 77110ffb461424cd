"""Questions with a piece of an article that answers them or leaves them open: what the entailment model learns from.

Two formats, in files of `evals/pairs`, a blank line between blocks. Either a title (`T:`, optional), a piece (`S:`), and
its questions; or a mini-article, `# Title` and numbered sentences, and questions with the number of the sentence that answers.
A question is marked `y` where the answer is yes, `n` where it is no, `a` where it asks for something else and gets it, and
`u` where it is left open. All of it was written for this, about subjects that no question set of this project is about,
but for strength training. This module reads; it does not know any model.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    nearest other one by its words, and by chance (`seed`) with one more.

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
        others = _nearest(question.text, [text for n, text in pieces.items() if n != question.number])
        if question.number:
            yield Pair(title, pieces[question.number], question.text, question.label, held_out)
        kept = others[:1] if question.number else others[:2]
        if question.number and len(others) > 1 and chance.random() < BESIDE:
            kept = [*kept, chance.choice(others[1:])]
        for text in kept:
            yield Pair(title, text, question.text, "open", held_out)


def _nearest(question: str, texts: Iterable[str]) -> list[str]:
    """Texts, those first that share most long words with a question, whatever their endings."""
    asked = _roots(question)
    return sorted(texts, key=lambda text: -len(asked & _roots(text)))


def _roots(text: str) -> set[str]:
    return {word[:5] for word in re.findall(r"[a-z]{4,}", text.lower())}
