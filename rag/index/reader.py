"""One generation of an index, read: the passages, and every way to search and weigh them.

This module does not know how passages are ranked or answers made; it returns rows, which are ints from 0 to size - 1.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rag.errors import IndexMismatch, RagError
from rag.files import DEFAULT_LIMITS, Limits
from rag.index.embedded import EmbeddingLog
from rag.index.layout import Shelf, shelves
from rag.index.lease import take_lease
from rag.index.lexical import LexicalIndex
from rag.index.manifest import IndexDamaged, Manifest, SourceRecord, check_files, read_manifest, read_sources
from rag.index.plan import Notice, Progress
from rag.index.records import ByteFile, article_from_json, digest, passage_from_json, read_rows
from rag.index.store import Place, StoreFault, VectorStore
from rag.index.update import DEFAULT_TARGET_CHARS, label_of, update_index
from rag.types import Article, Passage

if TYPE_CHECKING:
    from rag.embeddings import Encoded, TokenEmbeddings

SAME_COSINE = 1e-3
"""How far Chroma's cosine may be from ours before its vectors are not ours."""

Vector = NDArray[np.float32]


class IndexMissing(RagError):
    """There is no index of this corpus by this embedder yet."""


class Index:
    """One whole generation, never changed. Safe to use from several threads; the newest is `IndexReader.current()`.

    Its files are held while it is used; nothing needs closing. Chroma and the lexical index are opened when they are
    first asked.

    Attributes:
        name: of the generation; it differs after every change.
        size: how many passages there are.
        trouble: why Chroma is not asked any more and all vectors are read instead; None where nothing is wrong.
    """

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.name = folder.name
        self.folder = folder
        self.manifest = manifest
        self.trouble: str | None = None
        self._lease = take_lease(folder)
        check_files(folder, manifest)
        self._rows = read_rows(folder)
        self.size = len(self._rows)
        self._passages = ByteFile(folder / "passages.jsonl")
        self._articles = ByteFile(folder / "articles.jsonl")
        self._log = EmbeddingLog(
            folder.parent / manifest.log, manifest.dimension, manifest.token_dimension, manifest.log_slots
        )
        self._lock = threading.Lock()

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
        return article_from_json(self._articles.read(record.at, record.length))

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        """The passages of these rows.

        Raises:
            IndexDamaged: one of them is not what was written.
        """
        found = []
        for entry in self._rows[np.asarray(rows, dtype=np.int64)]:
            line = self._passages.read(int(entry["at"]), int(entry["length"]))
            if digest(line) != entry["id"]:
                raise IndexDamaged(f"{self._passages.path} is not what was written")
            found.append(passage_from_json(line))
        return found

    def dense(self, vector: Vector, k: int) -> list[tuple[int, float]]:
        """The `k` rows nearest to a unit vector (d,) with their cosines, best first, the lower row first among equals.

        Chroma proposes them and the cosines are computed from our own vectors. Where Chroma fails, or its entries are
        not ours, `trouble` says so and all vectors are read instead, which is slower and exact.
        """
        k = min(k, self.size)
        if k < 1:
            return []
        rows = self._propose(vector, k) if self.trouble is None else None
        cosines = self._scan(vector) if rows is None else self.cosines(vector, rows)
        if rows is None:
            rows = np.arange(self.size)
        order = np.lexsort((rows, -cosines))[:k]
        return [(int(rows[i]), float(cosines[i])) for i in order]

    def _propose(self, vector: Vector, k: int) -> NDArray[np.int64] | None:
        """The rows that Chroma finds; None where it fails."""
        try:
            ids, said = self._store.query(vector, k)
            rows = self._rows_of(ids)
            if not len(rows) or np.abs(self.cosines(vector, rows) - said).max() > SAME_COSINE:
                raise StoreFault("Chroma's vectors are not those of this index")
            return rows
        except StoreFault as error:
            self.trouble = str(error)
            return None

    @cached_property
    def _by_identity(self) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
        order = np.argsort(self._rows["id"])
        return self._rows["id"][order], order

    def _rows_of(self, ids: NDArray[np.uint64]) -> NDArray[np.int64]:
        known, order = self._by_identity
        places = np.searchsorted(known, ids).clip(max=len(known) - 1)
        if not np.array_equal(known[places], ids):
            raise StoreFault("Chroma holds passages that are not in this index")
        found: NDArray[np.int64] = order[places]
        return found

    @property
    def _store(self) -> VectorStore:
        with self._lock:
            if not hasattr(self, "_opened"):
                folder = "" if self.manifest.chroma_url else str(self.folder / "chroma")
                store = VectorStore(Place(folder, self.manifest.chroma_url, self.manifest.collection))
                weakref.finalize(self, store.close)
                self._opened = store
            return self._opened

    def _scan(self, vector: Vector) -> Vector:
        """The cosines of all rows."""
        every = np.concatenate([block @ vector for _, block in self._log.blocks()])
        return np.asarray(every[self._rows["slot"]], dtype=np.float32)

    def cosines(self, vector: Vector, rows: Sequence[int] | NDArray[np.int64]) -> Vector:
        """The exact cosines (len(rows),) float32 of a unit vector with these rows.

        Raises:
            IndexDamaged: a vector is not what was written.
        """
        slots = self._rows["slot"][np.asarray(rows, dtype=np.int64)]
        return np.asarray(self._log.vectors(slots) @ vector, dtype=np.float32)

    def encoded(self, rows: Sequence[int]) -> list[Encoded]:
        """What the embedder gave for these rows; `token_spans` count in the passage's text.

        Raises:
            IndexDamaged: one of them is not what was written.
        """
        return [self._log.encoded(int(slot)) for slot in self._rows["slot"][np.asarray(rows, dtype=np.int64)]]

    @cached_property
    def _lexical(self) -> LexicalIndex:
        return LexicalIndex(self.folder / "lexical")

    def lexical(self, text: str, k: int) -> list[tuple[int, float]]:
        """The best `k` rows by BM25 with their scores, best first, the lower row first among equals.

        Rows that share no word with the text are left out: the list may be shorter than `k`, or empty.
        """
        return self._lexical.search(text, k)

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


class IndexReader:
    """The newest generation of one index, followed as it is switched. Safe to use from several threads.

    Ask for `current()` once at the beginning of a question and use that `Index` to its end: it stays whole.
    """

    def __init__(self, open_newest: Callable[[], Index]) -> None:
        """`open_newest` is called now and after every switch; `open_index` with its arguments bound is one."""
        self._open_newest = open_newest
        self._lock = threading.Lock()
        self._index = open_newest()
        self._seen = _pointer(self._index)

    def current(self) -> Index:
        """The newest generation. Costs one look at the pointer's file where nothing changed.

        Where a newer one cannot be opened, the one that was open goes on answering.
        """
        if _pointer(self._index) != self._seen:
            with self._lock:
                now = _pointer(self._index)
                if now != self._seen:
                    with suppress(RagError):
                        self._index = self._open_newest()
                    self._seen = now
        return self._index


def _pointer(index: Index) -> tuple[int, int]:
    """Changes whenever the index is switched."""
    try:
        found = (index.folder.parent / "CURRENT").stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_ino


def open_index(
    folder: Path,
    embeddings: TokenEmbeddings,
    *,
    corpus: Path | None = None,
    target_chars: int = DEFAULT_TARGET_CHARS,
    notice: Notice | None = None,
) -> Index:
    """Opens the index in `folder` that this embedder built.

    Args:
        corpus: of which articles; None takes the one that was brought up to date last.
        notice: told in a line where an older generation must serve because the current one is damaged.

    Raises:
        IndexMissing: there is no index here, or none of this corpus.
        IndexMismatch: there are indexes, but by other embedders or settings; or a newer program wrote it.
        IndexDamaged: no generation is whole; `ensure_index` mends that.
    """
    shelf = _find_shelf(folder, embeddings, corpus, target_chars)
    problem: IndexDamaged | None = None
    for _ in range(3):  # a generation may be removed between finding it and holding it
        names = shelf.candidates()
        for name in names:
            try:
                index = _open(shelf.path / name, embeddings)
            except IndexDamaged as error:
                problem = problem or error
                continue
            if name != shelf.current() and notice:
                notice(f"{problem or 'the pointer to the current generation is lost'}; an older generation answers")
            return index
        if shelf.candidates() == names:
            break
    if problem is None:
        raise IndexMissing(f"the index in {shelf.path} is not finished; run `python -m rag index`")
    raise problem


def _find_shelf(folder: Path, embeddings: TokenEmbeddings, corpus: Path | None, target_chars: int) -> Shelf:
    there = shelves(folder)
    if corpus is not None:
        label = label_of(corpus, folder, embeddings, target_chars)
        own = [shelf for shelf in there if shelf.label == label]
    else:
        settings = (embeddings.fingerprint, target_chars)
        own = [shelf for shelf in there if (shelf.label.fingerprint, shelf.label.target_chars) == settings]
    if own:
        return own[0]
    of_corpus = [s for s in there if corpus is None or s.label.corpus == label_of(corpus, folder, embeddings).corpus]
    if of_corpus:
        names = ", ".join(sorted({f"{s.label.embedder} ({s.label.target_chars})" for s in of_corpus}))
        raise IndexMismatch(
            f"the index in {folder} was built by {names}, not by {embeddings.name} ({target_chars}); run "
            f"`python -m rag index --embedding-model {embeddings.name}` to build another beside it"
        )
    raise IndexMissing(f"there is no index of these articles in {folder}; run `python -m rag index`")


def _open(folder: Path, embeddings: TokenEmbeddings) -> Index:
    manifest = read_manifest(folder)
    if manifest.fingerprint != embeddings.fingerprint:
        raise IndexDamaged(f"the manifest of {folder} is of another embedder")
    return Index(folder, manifest)


def ensure_index(
    corpus: Path,
    folder: Path,
    embeddings: TokenEmbeddings,
    *,
    target_chars: int = DEFAULT_TARGET_CHARS,
    limits: Limits = DEFAULT_LIMITS,
    chroma_url: str = "",
    progress: Progress | None = None,
    notice: Notice | None = None,
) -> Index:
    """Opens the index of `corpus`, building or mending it first where there is none or it is damaged.

    An index that is whole is opened as it is, without looking at the corpus: `update_index` does that.
    """
    try:
        return open_index(folder, embeddings, corpus=corpus, target_chars=target_chars)
    except (IndexMissing, IndexMismatch, IndexDamaged) as error:
        if isinstance(error, IndexDamaged) and notice:
            notice(f"{error}; the index is being rebuilt from the articles")
    update_index(
        corpus, folder, embeddings, target_chars=target_chars, limits=limits, chroma_url=chroma_url, progress=progress
    )
    return open_index(folder, embeddings, corpus=corpus, target_chars=target_chars)
