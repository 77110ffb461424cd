"""The vectors on a real Chroma server, which is killed in the middle."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import chromadb
import pytest

from rag.index import Index, StoreFault, check_index, ensure_index, open_index, update_index
from rag.index import reader as reader_module
from tests.kills import text_of
from tests.word_embeddings import WordEmbeddings


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def chroma_server(data: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """The server that comes with chromadb, on loopback."""
    command = [str(Path(sys.executable).with_name("chroma")), "run", "--path", str(data), "--host", "127.0.0.1"]
    server = subprocess.Popen([*command, "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v2/heartbeat", timeout=5):
                    break
            except OSError:
                assert server.poll() is None
                time.sleep(0.1)
        yield server
    finally:
        server.kill()
        server.wait()


def collections(port: int) -> list[str]:
    return [each.name for each in chromadb.HttpClient(host="127.0.0.1", port=port).list_collections()]


def write(corpus: Path, version: int, articles: int = 5) -> None:
    corpus.mkdir(exist_ok=True)
    for number in range(articles):
        (corpus / f"article-{number}.md").write_text(text_of(number, version), "utf-8")


NEAREST = 5
"""Passages that are compared: the search is approximate, and a server that was started again may miss one that is far away."""


def asked(index: Index, embeddings: WordEmbeddings, number: int, most: int = NEAREST) -> list[str]:
    vector = embeddings.encode_query(f"Part 2 of article {number}").vector
    return [passage.text for passage in index.passages([row for row, _ in index.dense(vector, most)])]


def test_index_ask_kill_restart_ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader_module, "RETRY_SECONDS", 0.0)
    corpus, folder, embeddings, port = tmp_path / "corpus", tmp_path / "index", WordEmbeddings(), free_port()
    url = f"http://127.0.0.1:{port}"
    write(corpus, 1)
    with chroma_server(tmp_path / "data", port):
        index = ensure_index(corpus, folder, embeddings, chroma_url=url)
        first = asked(index, embeddings, 3)
        assert index.trouble is None
        assert not (index.folder / "chroma").exists()
        assert len(collections(port)) == 1

    assert asked(index, embeddings, 3) == first
    assert index.trouble is not None
    assert not index.store_lost
    (corpus / "article-0.md").write_text(text_of(0, 2), "utf-8")
    with pytest.raises(StoreFault, match=url):
        update_index(corpus, folder, embeddings, chroma_url=url)
    assert open_index(folder, embeddings).name == index.name

    with chroma_server(tmp_path / "data", port):
        assert asked(index, embeddings, 3) == first
        assert index.trouble is None
        embeddings.read.clear()
        update_index(corpus, folder, embeddings, chroma_url=url)
        assert embeddings.read == []
        newer = open_index(folder, embeddings)
        assert any("version 2" in text for text in asked(newer, embeddings, 0))
        assert newer.trouble is None
        assert len(asked(index, embeddings, 0)) == len(first), "the old generation is read until the next question"
        assert index.trouble is None
        assert check_index(corpus, folder, embeddings) == []


def test_small_changes_share_a_collection_and_nothing_old_stays(tmp_path: Path) -> None:
    corpus, folder, embeddings, port = tmp_path / "corpus", tmp_path / "index", WordEmbeddings(), free_port()
    url = f"http://127.0.0.1:{port}"
    write(corpus, 0)
    with chroma_server(tmp_path / "data", port):
        names = []
        for version in range(1, 5):
            (corpus / f"article-{version % 2}.md").write_text(text_of(version % 2, version), "utf-8")
            update_index(corpus, folder, embeddings, chroma_url=url)
            index = open_index(folder, embeddings)
            names.append(index.manifest.collection)
            assert set(asked(index, embeddings, 1, index.size)) <= {p.text for p in index.passages(range(index.size))}
            assert index.trouble is None
        assert names[0] == names[1]
        assert set(collections(port)) == set(names[-2:])
        (name,) = set(names[-1:])
        count = chromadb.HttpClient(host="127.0.0.1", port=port).get_collection(name).count()
        assert count <= index.size * 1.5

        moved = ensure_index(corpus, folder, embeddings)
        assert moved.manifest.chroma_url == ""
        assert sorted(asked(moved, embeddings, 1)) == sorted(asked(index, embeddings, 1))


def test_a_collection_that_the_server_lost_is_sent_again(tmp_path: Path) -> None:
    corpus, folder, embeddings, port = tmp_path / "corpus", tmp_path / "index", WordEmbeddings(), free_port()
    url = f"http://127.0.0.1:{port}"
    write(corpus, 1)
    with chroma_server(tmp_path / "data", port):
        first = asked(ensure_index(corpus, folder, embeddings, chroma_url=url), embeddings, 3)
    embeddings.read.clear()
    with chroma_server(tmp_path / "other-data", port):
        index = ensure_index(corpus, folder, embeddings, chroma_url=url)
        assert asked(index, embeddings, 3) == first
        assert index.store_lost
        mended = ensure_index(corpus, folder, embeddings, chroma_url=url)
        assert asked(mended, embeddings, 3) == first
        assert (mended.trouble, embeddings.read) == (None, [])
