"""Verifies a whole index against its articles: every byte, every span, every vector. Changes nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rag.errors import IndexMismatch, RagError
from rag.index.embedded import content_key
from rag.index.layout import Shelf
from rag.index.manifest import check_files, read_manifest
from rag.index.plan import make_plan, recipe
from rag.index.reader import Index
from rag.index.store_build import Job, StoreBuilder
from rag.index.update import DEFAULT_TARGET_CHARS, label_of
from rag.reading.articles import list_sources, read_article
from rag.reading.files import DEFAULT_LIMITS, Limits

if TYPE_CHECKING:
    from rag.embedding.embeddings import TokenEmbeddings

SAMPLE = 16
"""Passages that are embedded again, to see that the embedder still gives the vectors that are stored."""


def check_index(
    corpus: Path,
    folder: Path,
    embeddings: TokenEmbeddings,
    *,
    target_chars: int = DEFAULT_TARGET_CHARS,
    limits: Limits = DEFAULT_LIMITS,
) -> list[str]:
    """Everything that is wrong with the index of `corpus`, in lines for people; empty where all is well.

    Reads every file of the index and of the corpus, whatever their sizes and times say.

    Raises:
        CorpusError: the corpus cannot be read.
    """
    list_sources(corpus)
    shelf = Shelf.of(folder, label_of(corpus, folder, embeddings, target_chars))
    name = shelf.current()
    if name is None:
        return [f"there is no index of {corpus} by {embeddings.name}; run `python -m rag index`"]
    problems: list[str] = []
    try:
        check_files(shelf.path / name, read_manifest(shelf.path / name), every_byte=True)
        index = Index(shelf.path / name)
        for check in (_texts(index), _vectors(index, embeddings), _store(index)):
            problems.extend(check)
    except IndexMismatch as error:
        return [str(error)]  # a newer program's: to rebuild it would be refused
    except RagError as error:
        return [f"{error}; run `python -m rag index --rebuild`"]
    return [*problems, *_changes(index, corpus, limits)]


def _changes(index: Index, corpus: Path, limits: Limits) -> Iterator[str]:
    """What `update_index` would do, told by content alone; and articles that read otherwise than they did."""
    if index.manifest.recipe != recipe():
        yield "another version of this program cut the passages; run `python -m rag index`"
    old = {record.source: replace(record, checked_ns=0) for record in index.sources}
    plan = make_plan(corpus, old, trusted=True, limits=limits)
    for item in plan.items:
        if not item.keep:
            yield f"{item.record.source} is {item.change.change} since it was indexed; run `python -m rag index`"
        elif not item.record.failure:
            article_id = item.record.article_id
            if read_article(corpus, item.record.source, article_id=article_id, limits=limits) != index.article(
                article_id
            ):
                yield f"{item.record.source} reads otherwise than it was indexed; run `python -m rag index --rebuild`"
    yield from (f"{gone.source} was removed since it was indexed; run `python -m rag index`" for gone in plan.removed)


def _texts(index: Index) -> Iterator[str]:
    """Passages and sentences that are no spans of their article."""
    for record in index.articles:
        article = index.article(record.article_id)
        for passage in index.passages(range(record.first, record.first + record.passages)):
            inside = all(passage.start <= s.start < s.end <= passage.end for s in passage.sentences)
            if not inside or article.text[passage.start : passage.end] != passage.text:
                yield f"passage {passage.passage_id} is no span of {record.source}; run `python -m rag index --rebuild`"


def _vectors(index: Index, embeddings: TokenEmbeddings) -> Iterator[str]:
    """Embeddings that are damaged, of another text, or not those that the embedder gives."""
    keys = index.log.slots["key"]
    for row, slot in enumerate(index.rows["slot"]):
        index.log.raw(int(slot))
        (passage,) = index.passages([row])
        if keys[slot] != content_key(passage.context, passage.text):
            yield f"passage {passage.passage_id} has the vectors of another; run `python -m rag index --rebuild`"
    rows = np.unique(np.linspace(0, index.size - 1, SAMPLE).astype(int)).tolist()
    sample = index.passages(rows)
    again = embeddings.encode_passages((passage.context, passage.text) for passage in sample)
    for passage, stored, encoded in zip(sample, index.encoded(rows), again, strict=True):
        if float(stored.vector @ encoded.vector) < 0.999:
            yield f"the embedder reads passage {passage.passage_id} otherwise now; run `python -m rag index --rebuild`"


def _store(index: Index) -> Iterator[str]:
    """What is wrong with Chroma's part, looked at in a process of its own."""
    if not index.place.url and not os.access(index.place.folder, os.W_OK):
        yield f"{index.place.folder} cannot be written, without which Chroma does not open it; see to the permissions"
        return
    manifest = index.manifest
    sizes = (manifest.dimension, manifest.token_dimension)
    job = Job(index.place, str(index.folder), "", "", str(index.log.folder), *sizes, check=True)
    with StoreBuilder(job) as builder:
        problem = builder.check()
    if problem:
        yield f"{problem}; run `python -m rag index --rebuild`"
