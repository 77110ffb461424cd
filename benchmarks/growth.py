"""An index of a million passages: real articles' layout and words, real tokens, vectors that are made up.

Made-up vectors cost nothing, so the index itself is what is measured: Chroma, BM25, the log of token vectors, asking.
A passage's vector has the default model's width and is the mean of its word pieces' own, the rare ones counting more: passages
about one subject are near each other, as they are with a real embedder. A token's vector is its word piece's, leaning towards its
passage, and cut to `_TOKEN_WIDTH` numbers: whole, those of a million passages would take 50 GB of disk in place of 14.
"""

from __future__ import annotations

import resource
from collections.abc import Sequence
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import numpy as np

from benchmarks.jobs import folder_size, run_job, timed
from benchmarks.project import prepare
from rag.embedding.embedding_files import DEFAULT_MODEL
from rag.embedding.embeddings import TokenEmbeddings, load_embeddings
from rag.embedding.encoders import Encoder, Floats, Ids

_PIECES = 30522
_COMMON = 3000  # word pieces before this one in the vocabulary are in most texts
_LEANING = 0.3
_TOKEN_WIDTH = 96


def made_up_embeddings(cache_folder: Path) -> TokenEmbeddings:
    """The default embedder's tokenizer and sizes, with vectors that are made up."""
    real = load_embeddings(DEFAULT_MODEL, cache=cache_folder)
    spec = replace(real.encoder.spec, token_dimension=_TOKEN_WIDTH)
    encoder = Encoder(spec, real.encoder.tokenizer, _made_up, real.encoder.workers)
    return TokenEmbeddings("made-up", f"made-up-{real.fingerprint}", encoder)


@cache
def _pieces() -> Floats:
    return _unit(np.random.default_rng(0).standard_normal((_PIECES, 384), dtype=np.float32))


def _unit(rows: Floats) -> Floats:
    return np.asarray(rows / np.linalg.norm(rows, axis=-1, keepdims=True), dtype=np.float32)


def _made_up(ids: Ids, mask: Ids, pooled: Ids) -> tuple[Floats, Floats]:
    weights = (pooled * np.where(ids < _COMMON, 0.1, 1.0)).astype(np.float32)
    vectors = _unit(np.matmul(weights[:, None, :], _pieces()[ids])[:, 0])
    tokens = _pieces()[:, :_TOKEN_WIDTH][ids] + _LEANING * vectors[:, None, :_TOKEN_WIDTH]
    return vectors, _unit(tokens)


def index(corpus: Path, folder: Path) -> dict[str, float]:
    """Build an index of a corpus with made-up vectors."""
    from rag.index import update_index

    embeddings = made_up_embeddings(folder / "models")
    seconds, report = timed(lambda: update_index(corpus, folder, embeddings, target_chars=600))
    return {
        "seconds": seconds,
        "passages": report.passages,
        "peak": _peak(resource.RUSAGE_SELF),
        "peak of the store's builder": _peak(resource.RUSAGE_CHILDREN),
        "bytes": folder_size(folder, leave_out="models"),
    }


def ask(corpus: Path, folder: Path, questions: Sequence[str]) -> dict[str, Any]:
    """Open the index and ask, as a process does that was just started."""
    from rag.assistant import Assistant
    from rag.entailment.model import load_entailment
    from rag.index import Index, IndexReader, open_index

    embeddings = made_up_embeddings(folder / "models")

    def newest() -> Index:
        return open_index(folder, embeddings, corpus=corpus, target_chars=600)

    opening, reader = timed(lambda: IndexReader(newest))
    assistant = Assistant(reader, embeddings, load_entailment())
    times = [timed(partial(assistant.ask, question))[0] for question in questions]
    return {
        "opening": opening,
        "first": times[0],
        "p50": median(times[1:]),
        "p95": quantiles(times[1:], n=20)[-1],
        "peak": _peak(resource.RUSAGE_SELF),
    }


def _peak(who: int) -> int:
    return resource.getrusage(who).ru_maxrss * 1024


if __name__ == "__main__":
    run_job(prepare=prepare, index=index, ask=ask)
