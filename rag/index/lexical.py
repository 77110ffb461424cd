"""The lexical index: BM25 over stemmed words, by `bm25s`, mapped from the disk.

Scores are computed when the index is built (Lù 2024, "BM25S: Orders of magnitude faster lexical search via eager sparse
scoring", Lucene's variant of the formula), from flat arrays of word numbers, so that a hundred thousand passages take a
second. A passage's words are kept, so an update stems only what is new. This module does not know vectors or articles.

`bm25s` writes the index. Reading it takes a sum over a few rows of its arrays, which is done here: to import `bm25s`,
and SciPy with it, would be a tenth of the time to a first answer.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

K1, B = 1.5, 0.75
_WORD = re.compile(r"\w+")
_STOPWORDS = frozenset(  # Lucene's, as `bm25s` has them
    _WORD.findall(
        "a an and are as at be but by for if in into is it no not of on or such that the their then there these they "
        "this to was will with"
    )
)
_REMEMBERED = 16

ROWS_AT_ONCE = 65_536
"""Rows whose words are counted together while an index is built."""

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]


def words_of(text: str) -> list[str]:
    """Lower-cased, stemmed words, in order, without English stopwords. A hyphen parts words."""
    return _stemmed(_forms_of(text))


def _forms_of(text: str) -> list[str]:
    return [word for word in _WORD.findall(text.lower()) if word not in _STOPWORDS]


def _stemmed(forms: list[str]) -> list[str]:
    with _STEMMING:  # a stemmer is not for two threads at once
        return list(_stemmer().stemWords(forms))


_STEMMING = threading.Lock()


@cache
def _stemmer() -> Any:
    import Stemmer

    return Stemmer.Stemmer("english")


class LexicalBuilder:
    """Collects the words of passages, row by row, and writes the index.

    Args:
        base: an index from which the words of unchanged passages are taken over; its numbering of words is kept.
    """

    def __init__(self, base: LexicalIndex | None = None) -> None:
        self._base = base
        self._vocabulary = dict(base.vocabulary) if base else {}
        self._forms = set(base.forms) if base else set[str]()
        self._words: list[Ints] = []
        self._lengths: list[Ints] = []

    def add(self, texts: Iterable[str]) -> None:
        """The next rows, of these texts."""
        numbers, lengths = [], []
        for text in texts:
            forms = _forms_of(text)
            self._forms.update(forms)
            words = _stemmed(forms)
            lengths.append(len(words))
            numbers.extend([self._vocabulary.setdefault(word, len(self._vocabulary)) for word in words])
        self._words.append(np.array(numbers, dtype=np.int32))
        self._lengths.append(np.array(lengths, dtype=np.int32))

    def keep(self, first: int, count: int) -> None:
        """The next rows, being rows `first` to `first + count - 1` of the base."""
        assert self._base is not None
        words, lengths = self._base.words(first, count)
        self._words.append(words)
        self._lengths.append(lengths)

    def save(self, folder: Path) -> None:
        """Writes the index of all rows added."""
        import bm25s  # type: ignore[import-untyped]

        words, lengths = _joined(self._words), _joined(self._lengths)
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / "words.npy", words)
        np.save(folder / "ends.npy", np.cumsum(lengths, dtype=np.int64))
        index = bm25s.BM25(k1=K1, b=B, method="lucene")
        index.scores = _scores(words, lengths, len(self._vocabulary))
        index.vocab_dict, index.nonoccurrence_array = {}, None
        index.save(folder, show_progress=False)
        (folder / "vocabulary.json").write_text(json.dumps(list(self._vocabulary)), "ascii")
        (folder / "forms.json").write_text(json.dumps(sorted(self._forms)), "ascii")


def _joined(parts: Sequence[Ints]) -> Ints:
    return np.concatenate([np.zeros(0, np.int32), *parts])


def _scores(words: Ints, lengths: Ints, vocabulary: int) -> dict[str, Any]:
    """The matrix of BM25 scores as `bm25s` keeps it: by word, the rows it stands in and what it adds to their score.

    Some rows at a time, and twice, so that little more than the result is in memory.
    """
    frequency = np.zeros(vocabulary, dtype=np.int64)
    for word, _, _ in _counted(words, lengths):
        frequency += np.bincount(word, minlength=vocabulary)
    ends = np.cumsum(frequency, dtype=np.int64)
    idf = np.log(1 + (len(lengths) - frequency + 0.5) / (frequency + 0.5))
    norm = K1 * (1 - B + B * lengths / max(float(lengths.mean()) if len(lengths) else 0.0, 1e-9))
    data, indices = np.empty(frequency.sum(), np.float32), np.empty(frequency.sum(), np.int32)
    filled = ends - frequency
    for word, row, count in _counted(words, lengths):
        here = np.bincount(word, minlength=vocabulary)
        places = filled[word] + np.arange(len(word)) - np.repeat(np.cumsum(here) - here, here)
        data[places] = idf[word] * count / (count + norm[row])
        indices[places] = row
        filled += here
    return {"data": data, "indices": indices, "indptr": np.append(0, ends), "num_docs": len(lengths)}


def _counted(words: Ints, lengths: Ints) -> Iterator[tuple[Ints, Ints, Ints]]:
    """How often each word stands in each row, some rows at a time, by word and then by row: word, row, count."""
    ends = np.cumsum(lengths, dtype=np.int64)
    for first in range(0, len(lengths), ROWS_AT_ONCE):
        rows = np.arange(first, min(first + ROWS_AT_ONCE, len(lengths)))
        part = words[ends[first] - lengths[first] : ends[rows[-1]]]
        packed = np.sort((part.astype(np.int64) << 32) | np.repeat(rows, lengths[rows]))
        starts = np.flatnonzero(np.diff(packed, prepend=-1))
        counts = np.diff(np.append(starts, len(packed)))
        packed = packed[starts]
        yield (packed >> 32).astype(np.int32), (packed & 0xFFFFFFFF).astype(np.int32), counts.astype(np.int32)


class LexicalIndex:
    """A built index, read from its folder as it is needed. Safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._data, self._rows, self._starts = (
            np.load(folder / f"{part}.csc.index.npy", mmap_mode="r") for part in ("data", "indices", "indptr")
        )
        self._size = len(np.load(folder / "ends.npy", mmap_mode="r"))
        names = json.loads((folder / "vocabulary.json").read_text("ascii"))
        self.vocabulary: dict[str, int] = {word: number for number, word in enumerate(names)}
        self._recent: dict[str, Floats] = {}
        self._lock = threading.Lock()

    @cached_property
    def forms(self) -> frozenset[str]:
        """Every word of the passages as it is written there, in lower case; a few may be of passages that are gone."""
        return frozenset(json.loads((self._folder / "forms.json").read_text("ascii")))

    def search(self, text: str, k: int) -> list[tuple[int, float]]:
        """The best `k` rows with their BM25 scores, best first, the lower row first among equals.

        Rows that share no word with `text` are left out, so the list may be shorter, or empty.
        """
        scores = self._scores_of(text)
        if not len(scores) or k < 1:
            return []
        found = np.flatnonzero(scores > 0)
        if len(found) > k:
            least = np.partition(scores[found], len(found) - k)[len(found) - k]
            found = found[scores[found] >= least]
        best = found[np.lexsort((found, -scores[found]))][:k]
        return [(int(row), float(scores[row])) for row in best]

    def scores(self, text: str, rows: Sequence[int]) -> Floats:
        """The BM25 scores of these rows, 0 where no word is shared."""
        every = self._scores_of(text)
        return every[np.asarray(rows, dtype=np.int64)] if len(every) else np.zeros(len(rows), np.float32)

    def words(self, first: int, count: int) -> tuple[Ints, Ints]:
        """The word numbers of `count` rows from `first` on, and how many each row has."""
        words, ends = self._kept
        bounds = np.concatenate([[ends[first - 1] if first else 0], ends[first : first + count]])
        return np.array(words[bounds[0] : bounds[-1]]), np.diff(bounds).astype(np.int32)

    @cached_property
    def _kept(self) -> tuple[Any, Any]:
        return tuple(np.load(self._folder / name, mmap_mode="r") for name in ("words.npy", "ends.npy"))

    def _scores_of(self, text: str) -> Floats:
        """The scores of all rows, empty where no word is known; the last few questions' are remembered."""
        with self._lock:
            scores = self._recent.get(text)
        if scores is None:
            numbers = [self.vocabulary[word] for word in words_of(text) if word in self.vocabulary]
            scores = np.zeros(0, np.float32)
            if numbers:
                scores = np.zeros(self._size, np.float32)
                for number in numbers:
                    entries = slice(self._starts[number], self._starts[number + 1])
                    scores[self._rows[entries]] += self._data[entries]  # a word has a row at most once
            with self._lock:
                self._recent[text] = scores
                if len(self._recent) > _REMEMBERED:
                    del self._recent[next(iter(self._recent))]
        return scores
