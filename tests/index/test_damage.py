"""Files of the index torn in every way: it is noticed, and mended from the articles without being asked."""

from __future__ import annotations

import os
import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from rag.index import Index, IndexDamaged, IndexReader, check_index, ensure_index, update_index
from tests.word_embeddings import WordEmbeddings

TEXTS = {f"article-{n}.md": f"# Article {n}\n\nThe text of article {n} is about topic {n}.\n" * 3 for n in range(6)}
QUESTION = "what is topic 3 about"


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def zero(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def delete(path: Path) -> None:
    path.unlink()


def scribble(path: Path) -> None:
    path.write_bytes(random.Random(1).randbytes(path.stat().st_size))


HARMS: dict[str, Callable[[Path], None]] = {f.__name__: f for f in (truncate, zero, delete, scribble)}


def write_corpus(folder: Path) -> Path:
    folder.mkdir()
    for name, text in TEXTS.items():
        (folder / name).write_text(text, "utf-8")
    return folder


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a corpus and its index, to be copied."""
    home = tmp_path_factory.mktemp("whole")
    update_index(write_corpus(home / "corpus"), home / "index", WordEmbeddings())
    return home


def shelf_files(home: Path) -> list[str]:
    shelf = next((home / "index").glob("words-*"))
    names = [path.relative_to(shelf).as_posix() for path in sorted(shelf.rglob("*")) if path.is_file()]
    return [name for name in names if not name.endswith(("lock", "lease"))]


def answers(index: Index, embeddings: WordEmbeddings) -> list[object]:
    """What an index says in every way it can be asked."""
    vector = embeddings.encode_query(QUESTION).vector
    rows = [row for row, _ in index.dense(vector, 5)]
    codes = [encoded.token_vectors.round(4).tolist() for encoded in index.encoded(rows)]
    articles = [index.article(record.article_id) for record in index.articles]
    lexical = index.lexical(QUESTION, 5)
    return [index.passages(rows), rows, codes, lexical, articles, index.idf(range(5000)).tolist()]


def ask(home: Path, said: list[str]) -> list[object]:
    """Asks as a fresh process would: again where damage is met on the way, as the assistant does, and until Chroma's
    part, which is mended while the rest answers, is whole again."""
    embeddings = WordEmbeddings()
    reader = IndexReader(lambda: ensure_index(home / "corpus", home / "index", embeddings, notice=said.append))
    try:
        got = answers(reader.current(), embeddings)
    except IndexDamaged:
        got = answers(reader.current(), embeddings)
    deadline = time.monotonic() + 60
    while reader.current().store_lost and time.monotonic() < deadline:
        time.sleep(0.05)
    assert answers(reader.current(), embeddings) == got
    assert (reader.current().trouble, reader.current().damaged) == (None, False)
    return got


def test_chroma_alone_may_be_damaged_and_the_articles_gone(whole: Path, tmp_path: Path) -> None:
    """Then it cannot be mended, and goes on answering all the same, in this process and in the next."""
    home, embeddings = tmp_path / "home", WordEmbeddings()
    expected = ask(whole, [])
    shutil.copytree(whole, home)
    next((home / "index").glob("words-*/gen-*/chroma/chroma.sqlite3")).write_bytes(b"no database")
    shutil.rmtree(home / "corpus")
    told: list[str] = []
    for _ in range(2):
        index = ensure_index(home / "corpus", home / "index", embeddings, fresh=True, notice=told.append)
        assert answers(index, embeddings) == expected
        assert index.store_lost
    write_corpus(home / "corpus")
    read = len(embeddings.read)
    mended = ensure_index(home / "corpus", home / "index", embeddings)
    assert answers(mended, embeddings) == expected
    assert (mended.store_lost, mended.trouble, len(embeddings.read)) == (False, None, read)


@pytest.mark.parametrize("harm", HARMS)
def test_every_file_may_be_harmed(whole: Path, tmp_path: Path, harm: str) -> None:
    """Here each file in one of four ways; with THOROUGH=1 in the environment, each in all four."""
    expected = ask(whole, [])
    names = shelf_files(whole)
    for number, name in enumerate(names if os.environ.get("THOROUGH") else names[list(HARMS).index(harm) :: 4]):
        home = tmp_path / f"{number}"
        shutil.copytree(whole, home)
        HARMS[harm](next((home / "index").glob("words-*")) / name)
        said: list[str] = []
        assert ask(home, said) == expected, name
        if number % 4 == 0:
            assert check_index(home / "corpus", home / "index", WordEmbeddings()) == [], name
        assert not any("\n" in line for line in said), name
        shutil.rmtree(home)
