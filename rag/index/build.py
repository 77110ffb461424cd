"""Builds one generation: copies what is unchanged from the old one, reads, cuts and embeds the rest.

This module does not decide what changed, and does not switch.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self
from uuid import uuid4

import numpy as np

from rag.errors import CorpusError, RagError
from rag.index.embedded import EmbeddingLog, LogWriter
from rag.index.layout import Shelf, remove_folder
from rag.index.lexical import LexicalBuilder, LexicalIndex
from rag.index.manifest import (
    IndexDamaged,
    Manifest,
    SourceRecord,
    checksum,
    read_manifest,
    source_to_json,
    stamp_files,
    write_manifest,
)
from rag.index.plan import Item, Plan, Progress, SourceChange, look, recipe
from rag.index.queue import EmbeddingQueue
from rag.index.records import ROW, Array, article_to_json, digest, passage_to_json, read_rows
from rag.index.store import Place
from rag.index.store_build import Job, StoreBuilder
from rag.reading.articles import UnreadableArticle, read_article
from rag.reading.files import Limits
from rag.reading.passages import is_searchable, split_article
from rag.types import Article, Passage

if TYPE_CHECKING:
    from rag.embedding.embeddings import TokenEmbeddings


@dataclass(frozen=True, slots=True)
class Base:
    """The generation to start from. `store_lost`: all but its vectors in Chroma."""

    folder: Path
    manifest: Manifest
    sources: dict[str, SourceRecord]
    store_lost: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """What to build, from what, and where."""

    corpus: Path
    shelf: Shelf
    embeddings: TokenEmbeddings
    base: Base | None
    chroma_url: str
    limits: Limits
    log: LogWriter
    progress: Progress | None


@dataclass(slots=True)
class Built:
    """What was built.

    Attributes:
        embedded, reused: passages of files that were read: those that the embedder read too, and the others.
    """

    generation: str
    changes: list[SourceChange]
    passages: int
    embedded: int
    reused: int


def build_generation(order: Order, plan: Plan, name: str) -> Built:
    """Builds a whole generation, every byte of it on the disk, beside those that are there.

    Raises:
        CorpusError: no article could be read.
        StoreFault: Chroma failed, or did not find what it was given.
        OSError: the disk is full or refuses.
    """
    folder = order.shelf.path / name
    folder.mkdir()
    try:
        job, churn = _job(order, plan, folder)
        with StoreBuilder(job) as builder, _Contents(order, folder) as contents:
            changes = [contents.write(item, len(plan.items)) for item in plan.items]
            rows = contents.finish()
            order.log.sync()
            if not len(rows):
                raise CorpusError(f"no article in {order.corpus} could be read: {_first_failure(changes)}")
            _write_frequencies(folder, order.log, order.embeddings, rows)
            builder.finish()
        write_manifest(folder, _manifest(order, folder, job.place, len(rows), churn))
    except BaseException:
        remove_folder(folder)
        raise
    return Built(name, changes, len(rows), contents.queue.embedded, contents.queue.reused)


def _first_failure(changes: Sequence[SourceChange]) -> str:
    return next((f"{entry.source}: {entry.detail}" for entry in changes if entry.detail), "they hold no text")


def _job(order: Order, plan: Plan, folder: Path) -> tuple[Job, int]:
    """What the store's builder does; and how many of its passages have changed since it was built from nothing.

    A graph that much was taken from finds less, so one that has changed by half is built from nothing.
    """
    url, base, churn = order.chroma_url, order.base, 0
    if base is not None and base.manifest.chroma_url == url and not base.store_lost:
        changed = {item.change.source for item in plan.items if not item.keep} | {gone.source for gone in plan.removed}
        churn = base.manifest.churn + sum(base.sources[name].passages for name in changed if name in base.sources)
        churn = 0 if churn * 2 > base.manifest.passages else churn + 1
    if base is None or not churn:
        place = _new_place(order.shelf, folder, url)
        there = stale = ""
    elif url:
        place, there, stale = Place("", url, base.manifest.collection), str(base.folder), _before(order.shelf, base)
    else:
        place, there, stale = _new_place(order.shelf, folder, url), str(base.folder), str(base.folder)
    sizes = (order.embeddings.dimension, order.embeddings.token_dimension)
    return Job(place, str(folder), there, stale, str(order.log.folder), *sizes), churn


def _new_place(shelf: Shelf, folder: Path, url: str) -> Place:
    """Where no vectors are yet. A collection's name is never used twice, not even after a kill."""
    return Place("", url, f"{shelf.identity()}-{uuid4().hex[:12]}") if url else Place(str(folder / "chroma"))


def _before(shelf: Shelf, base: Base) -> str:
    """The folder of the generation before the base, if its vectors are in the same collection."""
    for name in reversed(shelf.finished()):
        if name < base.folder.name:
            try:
                same = read_manifest(shelf.path / name).collection == base.manifest.collection
            except IndexDamaged:
                continue
            return str(shelf.path / name) if same and (shelf.path / name / "rows.npy").is_file() else ""
    return ""


def _write_frequencies(folder: Path, log: LogWriter, embeddings: TokenEmbeddings, rows: Array) -> None:
    """In how many passages each word piece stands, by token id."""
    reader = EmbeddingLog(log.folder, embeddings.dimension, embeddings.token_dimension)
    np.save(folder / "frequencies.npy", reader.document_frequencies(rows["slot"]))
    reader.close()


def _manifest(order: Order, folder: Path, place: Place, passages: int, churn: int) -> Manifest:
    log, embeddings = order.log, order.embeddings
    return Manifest(
        fingerprint=embeddings.fingerprint,
        dimension=embeddings.dimension,
        token_dimension=embeddings.token_dimension,
        recipe=recipe(),
        passages=passages,
        log=log.folder.name,
        log_slots=log.size,
        log_crc=checksum(log.folder / "slots.bin", log.lengths["slots.bin"]),
        log_bytes=log.lengths,
        churn=churn,
        chroma_url=place.url,
        collection=place.collection,
        files=stamp_files(folder),
    )


class _Contents:
    """The files of a generation that are not derived: sources, articles, passages, rows; and the lexical index."""

    def __init__(self, order: Order, folder: Path) -> None:
        self._order, self._folder = order, folder
        self._stack = ExitStack()
        self._sources, self._articles, self._passages = (
            self._stack.enter_context((folder / name).open("wb"))
            for name in ("sources.jsonl", "articles.jsonl", "passages.jsonl")
        )
        base = order.base.folder if order.base else None
        self._old = _Old(base, self._stack) if base else None
        self._lexical = LexicalBuilder(self._old.lexical if self._old else None)
        self._rows: list[Array] = []
        self.queue = EmbeddingQueue(order.log, order.embeddings)
        self._size = self._done = 0

    def write(self, item: Item, total: int) -> SourceChange:
        """Writes one file's part; returns what became of it."""
        change = item.change
        if item.keep:
            record = self._keep(item.record)
        else:
            try:
                record, article, passages = self._read(item.record)
                record = self._add(record, article, passages)
            except UnreadableArticle as error:
                record = replace(item.record, failure=error.reason)
                change = SourceChange(item.record.source, "failed", error.reason)
        self._sources.write(source_to_json(record))
        self._done += 1
        if self._order.progress:
            self._order.progress(self._done, total)
        return change

    def finish(self) -> Array:
        """Embeds what waits, closes the files; returns the row table."""
        self.queue.turn()
        self._lexical.save(self._folder / "lexical")
        self.queue.finish()
        table = np.concatenate([np.empty(0, dtype=ROW), *self._rows])
        if len(np.unique(table["id"])) != len(table):
            raise RagError("two passages of the index are the same in everything, place included; please report this")
        np.save(self._folder / "rows.npy", table)
        for file in (self._sources, self._articles, self._passages):
            file.flush()
        return table

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Lets the files go. What could not be written on a full disk is lost without another word."""
        with suppress(OSError):
            self._stack.close()

    def _keep(self, record: SourceRecord) -> SourceRecord:
        """Copies an unchanged file's part from the base."""
        if record.failure:
            return record
        assert self._old is not None
        rows = self._old.rows[record.first : record.first + record.passages].copy()
        rows["slot"] = self._order.log.adopt(rows["slot"])
        at = self._articles.tell()
        self._articles.write(self._old.read(self._old.articles, record.at, record.length))
        if len(rows):
            start, end = int(rows["at"][0]), int(rows["at"][-1] + rows["length"][-1])
            rows["at"] = rows["at"].astype(np.int64) + (self._passages.tell() - start)
            self._passages.write(self._old.read(self._old.passages, start, end - start))
        self._lexical.keep(record.first, record.passages)
        return self._count(replace(record, at=at), rows)

    def _count(self, record: SourceRecord, rows: Array) -> SourceRecord:
        record = replace(record, first=self._size, passages=len(rows))
        self._rows.append(rows)
        self._size += len(rows)
        return record

    def _read(self, record: SourceRecord) -> tuple[SourceRecord, Article, list[Passage]]:
        """Reads and cuts a file that stays the same meanwhile."""
        order = self._order
        for _ in range(3):
            article = read_article(order.corpus, record.source, article_id=record.article_id, limits=order.limits)
            again = look(order.corpus, record.source, None, order.limits)
            same = again.sha256 == record.sha256
            record = replace(again, article_id=record.article_id)
            if same:
                break
        else:
            raise UnreadableArticle(record.source, "it changes while it is read: try again when that is done")
        embeddings, label = order.embeddings, order.shelf.label
        passages = split_article(
            article, embeddings.count_tokens, max_tokens=label.max_tokens, target_chars=label.target_chars
        )
        passages = [passage for passage in passages if is_searchable(passage)]
        if not passages:
            raise UnreadableArticle(record.source, "there is no text in it to search")
        return record, article, passages

    def _add(self, record: SourceRecord, article: Article, passages: list[Passage]) -> SourceRecord:
        """Writes a file that was read; what must be embedded waits for company."""
        line = article_to_json(article)
        record = replace(record, title=article.title, at=self._articles.tell(), length=len(line))
        self._articles.write(line)
        rows = np.zeros(len(passages), dtype=ROW)
        for row, passage in enumerate(passages):
            line = passage_to_json(passage)
            rows[row] = (digest(line), 0, self._passages.tell(), len(line))
            self._passages.write(line)
            self.queue.put(passage, rows, row)
        self._lexical.add(f"{passage.context}\n{passage.text}" for passage in passages)
        record = self._count(record, rows)
        self.queue.advance()
        return record


class _Old:
    """The files of the base, open for copying."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.rows = read_rows(folder)
        self.lexical = LexicalIndex(folder / "lexical")
        self.articles: IO[bytes] = stack.enter_context((folder / "articles.jsonl").open("rb"))
        self.passages: IO[bytes] = stack.enter_context((folder / "passages.jsonl").open("rb"))

    @staticmethod
    def read(file: IO[bytes], at: int, length: int) -> bytes:
        """Some bytes of a file."""
        file.seek(at)
        return file.read(length)
