"""One generation of an index, read: the passages, and every way to search and weigh them.

This module does not know how passages are ranked or answers made; it returns rows, which are ints from 0 to size - 1.
"""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rag.index.embedded import EmbeddingLog
from rag.index.lease import take_lease
from rag.index.lexical import LexicalIndex
from rag.index.manifest import (
    DAMAGED,
    STORE_LOST,
    IndexDamaged,
    SourceRecord,
    check_files,
    mark,
    read_manifest,
    read_sources,
)
from rag.index.records import ByteFile, article_from_json, digest, passage_from_json, read_rows
from rag.index.store import Place, StoreFault, VectorStore
from rag.types import Article, Passage

if TYPE_CHECKING:
    from rag.embedding.embeddings import Encoded

SAME_COSINE = 1e-3
"""How far Chroma's cosine may be from ours before its vectors are not ours."""

RETRY_SECONDS = 5.0
"""How long a Chroma server that did not answer is left alone."""

Vector = NDArray[np.float32]


class Index:
    """One whole generation, never changed. Safe to use from several threads; the newest is `IndexReader.current()`.

    Its files are held while it is used; nothing needs closing. Chroma and the lexical index are opened when they are
    first asked.

    Attributes:
        name: of the generation; it differs after every change.
        size: how many passages there are.
        trouble: why Chroma was not asked lately and all vectors were read instead, which is slower; None where
            nothing is wrong.
        damaged: whether a file turned out not to be what was written. The next update mends it.
        rows, log: its row table, and the embeddings that its slots are in.
        store_lost: whether Chroma's part must be built anew. The next update does that.

    Raises:
        IndexDamaged: the generation is not whole; or later, when a passage or vector is read that isn't.
    """

    def __init__(self, folder: Path) -> None:
        self._lease = take_lease(folder)
        manifest = read_manifest(folder)
        check_files(folder, manifest)
        self.name, self.folder, self.manifest = folder.name, folder, manifest
        self.trouble: str | None = None
        self.damaged = False
        self.store_lost = (folder / STORE_LOST).exists()
        self._ask_again = float("inf") if self.store_lost else 0.0
        if self.store_lost:
            self.trouble = (
                f"the vectors in Chroma of {folder} are damaged; all vectors are read instead, which is slower"
            )
        self.rows = read_rows(folder)
        self.size = len(self.rows)
        self._passages = ByteFile(folder / "passages.jsonl")
        self._articles = ByteFile(folder / "articles.jsonl")
        log = folder.parent / manifest.log
        self.log = EmbeddingLog(log, manifest.dimension, manifest.token_dimension, manifest.log_slots)
        self._lock = threading.Lock()

    @property
    def place(self) -> Place:
        """Where its vectors are searched."""
        folder = "" if self.manifest.chroma_url else str(self.folder / "chroma")
        return Place(folder, self.manifest.chroma_url, self.manifest.collection)

    @contextmanager
    def _noting_damage(self) -> Iterator[None]:
        try:
            yield
        except IndexDamaged as error:
            self.damaged = True
            mark(error.home or self.folder, DAMAGED, str(error))
            raise

    @cached_property
    def sources(self) -> tuple[SourceRecord, ...]:
        """Every file of the corpus, those that could not be read too, by name."""
        return tuple(read_sources(self.folder))

    @cached_property
    def articles(self) -> tuple[SourceRecord, ...]:
        """The files that are in the index."""
        return tuple(record for record in self.sources if not record.failure)

    @cached_property
    def _by_id(self) -> dict[str, SourceRecord]:
        return {record.article_id: record for record in self.articles}

    def article(self, article_id: str) -> Article:
        """The article as it was indexed, which spans count in.

        Raises:
            KeyError: there is none of this id.
        """
        record = self._by_id[article_id]
        with self._noting_damage():
            return article_from_json(self._articles.read(record.at, record.length))

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        """The passages of these rows."""
        with self._noting_damage():
            return [self._passage(row) for row in rows]

    def _passage(self, row: int) -> Passage:
        entry = self.rows[row]
        line = self._passages.read(int(entry["at"]), int(entry["length"]))
        if digest(line) != entry["id"]:
            raise IndexDamaged(f"{self._passages.path} is not what was written", self.folder)
        return passage_from_json(line)

    def dense(self, vector: Vector, k: int) -> list[tuple[int, float]]:
        """The `k` rows nearest to a unit vector (d,) with their cosines, best first, the lower row first among equals.

        Chroma proposes them and the cosines are computed from our own vectors. Where Chroma fails, or its entries are
        not ours, `trouble` says so and all vectors are read instead.
        """
        k = min(k, self.size)
        if k < 1:
            return []
        rows = self._propose(vector, k)
        if rows is None:
            rows = self._nearest(vector, k)
        cosines = self.cosines(vector, rows)
        return [(int(rows[i]), float(cosines[i])) for i in np.lexsort((rows, -cosines))]

    def _propose(self, vector: Vector, k: int) -> NDArray[np.int64] | None:
        """The rows that Chroma finds; None where it fails."""
        if time.monotonic() < self._ask_again:
            return None
        try:
            rows, said = self._ask_store(vector, k)
            if not len(rows) or np.abs(self.cosines(vector, rows) - said).max() > SAME_COSINE:
                raise StoreFault(f"the vectors in Chroma are not those of {self.folder}")
        except StoreFault as fault:
            self.trouble = f"{fault}; all vectors are read instead, which is slower"
            self.store_lost |= fault.lost and mark(
                self.folder, STORE_LOST, str(fault)
            )  # Chroma fails on a full disk, too
            self._ask_again = float("inf") if self.store_lost else time.monotonic() + RETRY_SECONDS
            return None
        self.trouble = None
        return rows

    @cached_property
    def _by_identity(self) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
        order = np.argsort(self.rows["id"])
        return self.rows["id"][order], order

    def _ask_store(self, vector: Vector, k: int) -> tuple[NDArray[np.int64], Vector]:
        """Rows and cosines as Chroma says. A server's collection may hold passages of other generations among ours."""
        known, order = self._by_identity
        wanted = k
        while True:
            ids, said = self._store.query(vector, wanted)
            places = np.searchsorted(known, ids).clip(max=len(known) - 1)
            ours = known[places] == ids
            if not self.place.url and not ours.all():
                raise StoreFault(f"{self.folder} and its vectors in Chroma are not of the same index")
            if ours.sum() >= k or len(ids) < wanted:
                return order[places[ours]][:k], said[ours][:k]
            wanted *= 2

    @property
    def _store(self) -> VectorStore:
        with self._lock:
            if time.monotonic() < self._ask_again:
                raise StoreFault(f"Chroma did not answer at {self.place}", lost=False)
            if not hasattr(self, "_opened"):
                store = VectorStore(self.place)
                weakref.finalize(self, store.close)
                self._opened = store
            return self._opened

    def _nearest(self, vector: Vector, k: int) -> NDArray[np.int64]:
        """The `k` nearest rows, by a look at all vectors."""
        every = np.concatenate([block @ vector for _, block in self.log.blocks()])[self.rows["slot"]]
        return np.argpartition(-every, k - 1)[:k]

    def cosines(self, vector: Vector, rows: Sequence[int] | NDArray[np.int64]) -> Vector:
        """The exact cosines (len(rows),) float32 of a unit vector with these rows."""
        slots = self.rows["slot"][np.asarray(rows, dtype=np.int64)]
        with self._noting_damage():
            vectors = self.log.vectors(slots)
        cosines: Vector = np.einsum("nd,d->n", vectors, vector)  # not BLAS: a row's is the same in any company
        return cosines

    def encoded(self, rows: Sequence[int]) -> list[Encoded]:
        """What the embedder gave for these rows; `token_spans` count in the passage's text."""
        with self._noting_damage():
            return [self.log.encoded(int(slot)) for slot in self.rows["slot"][np.asarray(rows, dtype=np.int64)]]

    @cached_property
    def _lexical(self) -> LexicalIndex:
        return LexicalIndex(self.folder / "lexical")

    def lexical(self, text: str, k: int) -> list[tuple[int, float]]:
        """The best `k` rows by BM25 with their scores, best first, the lower row first among equals.

        Rows that share no word with the text are left out: the list may be shorter than `k`, or empty.
        """
        return self._lexical.search(text, k)

    @property
    def forms(self) -> frozenset[str]:
        """Every word of the articles as it is written, in lower case, but for the commonest English ones."""
        return self._lexical.forms

    @property
    def stems(self) -> Collection[str]:
        """The stems of those words; a few may be of passages that are gone."""
        return self._lexical.vocabulary.keys()

    def bm25(self, text: str, rows: Sequence[int]) -> Vector:
        """The BM25 scores (len(rows),) float32 of these rows."""
        return self._lexical.scores(text, rows)

    @cached_property
    def _frequencies(self) -> NDArray[np.int64]:
        counts: NDArray[np.int64] = np.load(self.folder / "frequencies.npy")
        return counts

    def idf(self, token_ids: Sequence[int] | NDArray[np.int32]) -> Vector:
        """How rare word pieces are: log((size + 1) / (passages that hold it + 0.5)), 0 at the least.

        About 0 for a piece in every passage, at most log(2 · (size + 1)) for one in none. Returns (len(token_ids),).
        """
        ids = np.asarray(token_ids, dtype=np.int64)
        counts = np.append(self._frequencies, 0)
        held = counts[np.where((ids >= 0) & (ids < len(counts)), ids, len(counts) - 1)]
        return np.maximum(np.log((self.size + 1) / (held + 0.5)), 0).astype(np.float32)
