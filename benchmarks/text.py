"""Articles and questions made from a seed: no meaning, but the lengths, the layout and the word counts of real ones.

Words come from the default embedder's own vocabulary, whose whole words stand in the order of their frequency, and are
drawn by Zipf's law with an offset (Mandelbrot 1953), some lengthened; a fifth of an article's words are its own
subject's. So a token has about as many characters as in English prose, common words are common, and articles differ.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from rag.embedding.embedding_files import DEFAULT_MODEL, find_model

Words = NDArray[np.str_]

_OFFSET, _EXPONENT = 2.0, 1.1
_LENGTHENED = 0.5  # of the words that are not among the commonest: "push" -> "pushable", read as two or three pieces
_NUMBERS = 0.03
_SUBJECT_WORDS = 40
_SUBJECT_SHARE = 0.2
_FRAMES = ("what does {} do", "why is {} so", "how are {} related", "is it true that {}", "when should one {}", "{}")


class Writer:
    """Writes the same articles for the same seed, each by its number alone."""

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed

    def article(self, number: int) -> str:
        """Markdown of 500 to 1,100 words: a title, sections with headings, paragraphs, lists."""
        rng = np.random.default_rng([self._seed, number])
        subject = self._subject(rng)
        budget = int(rng.integers(500, 1100))
        parts = [f"# {self._phrase(rng, subject)}"]
        while budget > 0:
            parts.append(f"## {self._phrase(rng, subject)}")
            for _ in range(rng.integers(2, 5)):
                block = self._list(rng, subject) if rng.random() < 0.15 else self._paragraph(rng, subject)
                budget -= block.count(" ")
                parts.append(block)
        return "\n\n".join(parts) + "\n"

    def question(self, number: int) -> str:
        """A question of 5 to 12 words about the article of this number."""
        rng = np.random.default_rng([self._seed, number])
        words = rng.choice(self._subject(rng)[:20], size=rng.integers(3, 7), replace=False)
        return f"{_FRAMES[number % len(_FRAMES)].format(' '.join(words))}?"

    @cached_property
    def _words(self) -> Words:
        vocabulary = (find_model(DEFAULT_MODEL) / "vocab.txt").read_text(encoding="utf-8").split("\n")[1996:]
        words = [word for word in vocabulary if word.isalpha() and word.isascii() and len(word) > 1]
        endings = [
            piece[2:] for piece in vocabulary if piece.startswith("##") and piece[2:].isalpha() and piece.isascii()
        ]
        rng = np.random.default_rng(0)
        for place in 150 + np.flatnonzero(rng.random(len(words) - 150) < _LENGTHENED):
            words[place] += endings[rng.integers(len(endings))]
        return np.array(words)

    @cached_property
    def _cumulated(self) -> NDArray[np.float64]:
        return _cumulated(len(self._words))

    def _subject(self, rng: Generator) -> Words:
        """Words that this article uses much, the most used first: any but the few hundred that all articles use."""
        chosen = rng.choice(np.arange(300, len(self._words)), size=_SUBJECT_WORDS, replace=False)
        return np.asarray(self._words[chosen])

    def _draw(self, rng: Generator, subject: Words, count: int) -> list[str]:
        drawn = self._words[np.searchsorted(self._cumulated, rng.random(count))]
        own = subject[np.searchsorted(_cumulated(len(subject)), rng.random(count))]
        words = np.where(rng.random(count) < _SUBJECT_SHARE, own, drawn)
        numbers = rng.integers(2, 2000, size=count).astype(str)
        return list(np.where(rng.random(count) < _NUMBERS, numbers, words))

    def _sentence(self, rng: Generator, subject: Words) -> str:
        length = int(np.clip(rng.lognormal(2.75, 0.45), 4, 45))
        words = self._draw(rng, subject, length)
        for place in range(int(rng.integers(4, 9)), length - 2, 8):
            words[place] += ","
        return f"{' '.join(words).capitalize()}."

    def _paragraph(self, rng: Generator, subject: Words) -> str:
        return " ".join(self._sentence(rng, subject) for _ in range(rng.integers(2, 7)))

    def _list(self, rng: Generator, subject: Words) -> str:
        return "\n".join(f"- {self._sentence(rng, subject)}" for _ in range(rng.integers(3, 6)))

    def _phrase(self, rng: Generator, subject: Words) -> str:
        return " ".join(rng.choice(subject[:12], size=rng.integers(2, 5), replace=False)).capitalize()


def _cumulated(count: int) -> NDArray[np.float64]:
    weights = (np.arange(count) + _OFFSET) ** -_EXPONENT
    return np.asarray(np.cumsum(weights) / weights.sum())


def write_corpus(folder: Path, articles: int, seed: int = 0) -> int:
    """Write that many articles into `folder`, which is made; returns their characters. What is there already stays."""
    writer, characters = Writer(seed), 0
    for number in range(articles):
        path = folder / f"{number // 1000:04}" / f"{number:07}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_text(writer.article(number), encoding="ascii")
        characters += path.stat().st_size
    return characters


def questions(count: int, articles: int, seed: int = 0) -> Iterator[str]:
    """Questions about articles from all over a corpus of that many."""
    writer = Writer(seed)
    for number in np.random.default_rng(seed).integers(0, articles, size=count):
        yield writer.question(int(number))
