"""Many readers while the index changes under them: every answer is whole, from one generation."""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from rag.index import IndexReader, IndexReport, ensure_index, update_index, watch
from tests.word_embeddings import WordEmbeddings

READERS, ARTICLES = 8, 6
UPDATES = 50 if os.environ.get("THOROUGH") else 12


def write(corpus: Path, version: int) -> None:
    corpus.mkdir(exist_ok=True)
    for number in range(ARTICLES):
        text = f"# Article {number}\n\nArticle {number} is of version {version}. Nothing else is said.\n"
        (corpus / f"{number}.md").write_text(text, "utf-8")


def test_eight_threads_ask_during_updates(tmp_path: Path) -> None:
    """Here during twelve; with THOROUGH=1 in the environment, during fifty."""
    corpus, embeddings, done = tmp_path / "corpus", WordEmbeddings(), threading.Event()
    write(corpus, 0)
    reader = IndexReader(lambda: ensure_index(corpus, tmp_path / "index", embeddings))
    question = embeddings.encode_query("which version is article 3").vector

    def ask(_: int) -> tuple[int, list[int]]:
        asked, versions = 0, list[int]()
        while not done.is_set():
            index = reader.current()
            rows = [row for row, _ in index.dense(question, 100)]
            assert sorted(rows) == list(range(ARTICLES))
            texts = [passage.text for passage in index.passages(rows)]
            said = {text.partition("version ")[2].partition(".")[0] for text in texts}
            assert len(said) == 1, f"one answer of several generations: {said}"
            version = said.pop()
            assert len(index.lexical(f"version {version}", 100)) == ARTICLES
            assert np.isfinite([encoded.token_vectors.sum() for encoded in index.encoded(rows)]).all()
            assert version in index.article("3").text
            assert index.trouble is None, index.trouble
            asked, versions = asked + 1, [*versions, int(version)]
            time.sleep(0.05)
        return asked, versions

    with ThreadPoolExecutor(READERS) as pool:
        answers = [pool.submit(ask, number) for number in range(READERS)]
        try:
            for version in range(1, UPDATES + 1):
                write(corpus, version)
                update_index(corpus, tmp_path / "index", embeddings)
                assert reader.current().article("0").text.count(f"version {version}.") == 1
        finally:
            done.set()
    for asked, versions in (answer.result() for answer in answers):
        assert asked > UPDATES / 2
        assert versions == sorted(versions)
        assert len(set(versions)) > UPDATES / 2
    shelf = reader.current().folder.parent
    write(corpus, 0)
    update_index(corpus, tmp_path / "index", embeddings)
    assert len(list(shelf.glob("gen-*"))) <= 3


def test_the_embedder_is_swapped_while_four_threads_ask(tmp_path: Path) -> None:
    """Same dimension, other vectors: an index that answered with the other embedder's would find nothing again."""
    corpus, folder = tmp_path / "corpus", tmp_path / "index"
    write(corpus, 0)
    embedders = [WordEmbeddings("one"), WordEmbeddings("two")]

    def opened(embeddings: WordEmbeddings) -> tuple[WordEmbeddings, IndexReader]:
        return embeddings, IndexReader(lambda: ensure_index(corpus, folder, embeddings))

    now, done = opened(embedders[0]), threading.Event()

    def ask(_: int) -> set[str]:
        asked_by = set[str]()
        while not done.is_set():
            embeddings, reader = now
            index = reader.current()
            row = len(asked_by) % index.size
            (passage,) = index.passages([row])
            (encoded,) = embeddings.encode_passages([(passage.context, passage.text)])
            assert index.dense(encoded.vector, 1)[0][1] > 0.999
            assert index.manifest.fingerprint == embeddings.fingerprint
            assert index.trouble is None
            asked_by.add(embeddings.name)
            time.sleep(0.01)
        return asked_by

    with ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(ask, number) for number in range(4)]
        try:
            for swap in range(20):
                now = opened(embedders[(swap + 1) % 2])
                time.sleep(0.1)
        finally:
            done.set()
    assert all(answer.result() == {"one", "two"} for answer in answers)
    assert len(list(folder.glob("*/gen-*"))) == 2, "going back builds nothing"


def test_the_watch_reports_changes_and_goes_on_after_trouble(tmp_path: Path) -> None:
    corpus, embeddings, stop = tmp_path / "corpus", WordEmbeddings(), threading.Event()
    write(corpus, 0)
    said: list[str] = []
    reports: list[IndexReport] = []

    def update() -> IndexReport:
        return update_index(corpus, tmp_path / "index", embeddings)

    for report in watch(update, stop=stop, every=0.02, notice=said.append):
        reports.append(report)
        if len(reports) == 1:
            (corpus / "1.md").write_text("# Article 1\n\nIt was changed.\n", "utf-8")
        elif len(reports) == 2:
            corpus.rename(tmp_path / "away")
            threading.Timer(0.5, (tmp_path / "away").rename, [corpus]).start()
            (tmp_path / "away" / "2.md").unlink()
        else:
            stop.set()
    assert [[(c.source, c.change) for c in r.changes if c.change != "unchanged"] for r in reports[1:]] == [
        [("1.md", "changed")],
        [("2.md", "removed")],
    ]
    assert len(said) == 1
    assert "no folder" in said[0]
