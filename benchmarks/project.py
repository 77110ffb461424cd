"""This project's side of the comparison, by its public functions, at its defaults; and the ceiling of its embedder."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from benchmarks.jobs import run_job, timed
from rag.embedding.embedding_files import DEFAULT_MODEL
from rag.settings import Settings, load_settings

_CEILING_PASSAGES = 4000

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command line and the web chat do


def settings_for(corpus: Path, folder: Path) -> Settings:
    """The defaults."""
    return load_settings(corpus=corpus, index=folder)


def prepare(folder: Path) -> float:
    """Seconds that the first use of an embedder takes: its export to ONNX, in a process that ends again."""
    from rag.embedding.embeddings import load_embeddings

    return timed(lambda: load_embeddings(DEFAULT_MODEL, cache=folder / "models"))[0]


def index(corpus: Path, folder: Path) -> dict[str, float]:
    """Index a corpus. The clock starts when the embedder is loaded."""
    from rag.embedding.embeddings import load_embeddings
    from rag.index import update_index

    settings = settings_for(corpus, folder)
    embeddings = load_embeddings(settings.embedding_model, cache=folder / "models")
    embeddings.encode_query("a first question, for what is loaded late")
    seconds, report = timed(lambda: update_index(corpus, folder, embeddings, target_chars=settings.passage_chars))
    characters = sum(path.stat().st_size for path in corpus.rglob("*.md"))
    return {"seconds": seconds, "passages": report.passages, "characters": characters}


def ask_many(corpus: Path, folder: Path, questions: Sequence[str]) -> dict[str, list[float]]:
    """Seconds of each question in one process, after two that warm up: retrieval, ranking, answer and citations."""
    from rag.assistant import open_assistant

    assistant = open_assistant(settings_for(corpus, folder))
    times = [timed(partial(assistant.ask, question))[0] for question in questions]
    return {"seconds": times[2:]}


def ceiling(corpus: Path, folder: Path) -> dict[str, float]:
    """The encoder alone: all passages of an index, tokenized and sorted by length beforehand, on all cores.

    Of a large index every n-th passage is encoded; the seconds are scaled by tokens to the whole.
    """
    from tokenizers import Tokenizer

    from rag.embedding.embedding_files import Hashes, find_model, fingerprint
    from rag.embedding.embeddings import batches, load_embeddings
    from rag.embedding.encoders import available_cores, pad
    from rag.embedding.onnx_export import exported_encoder
    from rag.index import open_index

    settings, cache = settings_for(corpus, folder), folder / "models"
    embeddings = load_embeddings(settings.embedding_model, cache=cache)
    index = open_index(folder, embeddings, corpus=corpus, target_chars=settings.passage_chars)
    step = max(1, index.size // _CEILING_PASSAGES)
    model = find_model(settings.embedding_model)
    encoder = exported_encoder(model, fingerprint(model, Hashes(cache / "checksums.json")), cache)
    assert encoder is not None
    tokenizer = Tokenizer.from_str(encoder.tokenizer)
    tokenizer.no_padding()
    tokenizer.enable_truncation(encoder.spec.max_length)
    texts = [f"{p.context}\n{p.text}" for p in index.passages(range(0, index.size, step))]
    ids = [encoding.ids for encoding in tokenizer.encode_batch(texts)]
    padded = [pad([ids[row] for row in rows], encoder.spec.pad_id) for rows in batches([len(i) for i in ids])]
    with ThreadPoolExecutor(available_cores()) as pool:
        list(pool.map(lambda batch: encoder.run(batch[0], batch[1], batch[1]), padded[:4]))
        seconds, _ = timed(lambda: list(pool.map(lambda batch: encoder.run(batch[0], batch[1], batch[1]), padded)))
    return {"seconds": seconds * index.size / len(texts), "passages": index.size}


if __name__ == "__main__":
    run_job(prepare=prepare, index=index, ask_many=ask_many, ceiling=ceiling)
