"""Kills, a full disk, an embedder that fails: the old index answers, and nothing that was paid for is paid twice."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from rag.embedding.embeddings import Encoded
from rag.errors import ModelUnavailable
from rag.index import ensure_index, open_index, update_index
from tests.kills import kill, text_of
from tests.word_embeddings import WordEmbeddings


class Failing(WordEmbeddings):
    """Fails at one of the passages."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self.at = at

    def encode_passages(self, passages: Iterable[tuple[str, str]]) -> Iterator[Encoded]:
        for encoded in super().encode_passages(passages):
            if len(self.read) == self.at:
                raise ModelUnavailable("the model went away")
            yield encoded


def write_corpus(folder: Path, articles: int, version: int) -> Path:
    folder.mkdir(exist_ok=True)
    for number in range(articles):
        (folder / f"article-{number}.md").write_text(text_of(number, version), "utf-8")
    return folder


def test_twenty_kills(tmp_path: Path) -> None:
    assert kill(20, tmp_path, seed=7) > 0


def test_what_was_embedded_before_a_failure_is_not_embedded_again(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus", 8, 1)
    failing, after = Failing(at=20), WordEmbeddings()
    with pytest.raises(ModelUnavailable):
        update_index(corpus, tmp_path / "index", failing)
    report = update_index(corpus, tmp_path / "index", after)
    assert report.reused == 19
    assert not set(failing.read[:19]) & set(after.read)
    assert report.reused + report.embedded == report.passages


def test_a_builder_ends_with_the_writer_that_was_killed(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus", 8, 1)
    code = "import sys; from pathlib import Path; from tests.word_embeddings import *; from rag.index import *; "
    code += "update_index(Path(sys.argv[1]), Path(sys.argv[2]), WordEmbeddings(pause=0.2))"
    writer = subprocess.Popen([sys.executable, "-c", code, str(corpus), str(tmp_path / "index")])
    children: list[str] = []
    deadline = time.monotonic() + 60
    while not children and time.monotonic() < deadline:
        time.sleep(0.05)
        children = Path(f"/proc/{writer.pid}/task/{writer.pid}/children").read_text().split()
    writer.kill()
    writer.wait()
    assert children
    while Path(f"/proc/{children[0]}").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Path(f"/proc/{children[0]}").exists()


LIMITED = """
import resource, sys
from pathlib import Path
from tests.word_embeddings import WordEmbeddings
from rag.errors import RagError
from rag.index import update_index
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]),) * 2)
try:
    update_index(Path(sys.argv[1]), Path(sys.argv[2]), WordEmbeddings(dimension=4))
except RagError as error:
    sys.exit(f"{type(error).__name__}: {error}")
"""


ASKING = """
import resource, sys
from pathlib import Path
from tests.word_embeddings import WordEmbeddings
from rag.index import open_index
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
embeddings = WordEmbeddings(dimension=4)
index = open_index(Path(sys.argv[1]), embeddings)
print(index.dense(embeddings.encode_query("part 2 of article 3").vector, 30))
"""


def test_on_a_full_disk_asking_harms_nothing(tmp_path: Path) -> None:
    """Chroma writes to its database whenever it opens it; where it cannot, that is no damage."""
    corpus, folder = write_corpus(tmp_path / "corpus", 6, 1), tmp_path / "index"
    embeddings = WordEmbeddings(dimension=4)
    index = ensure_index(corpus, folder, embeddings)
    said = index.dense(embeddings.encode_query("part 2 of article 3").vector, 30)
    for _ in range(2):
        asked = subprocess.run([sys.executable, "-c", ASKING, str(folder)], capture_output=True, check=True, text=True)
        assert asked.stdout.strip() == str(said)
    again = ensure_index(corpus, folder, embeddings)
    assert (again.name, again.store_lost, again.damaged) == (index.name, False, False)
    assert again.dense(embeddings.encode_query("part 2 of article 3").vector, 30) == said
    assert again.trouble is None


def contents(folder: Path) -> dict[str, str]:
    """The digest of every file but Chroma's database, which it writes to whenever it is opened."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if not path.name.startswith(("chroma.sqlite3", "lease"))
    }


def test_on_a_full_disk_the_old_index_answers_as_before(tmp_path: Path) -> None:
    """No file may grow over a limit: the first that is written meets it, or the last, or Chroma's."""
    corpus, folder, embeddings = (
        write_corpus(tmp_path / "corpus", 6, 1),
        tmp_path / "index",
        WordEmbeddings(dimension=4),
    )
    index = ensure_index(corpus, folder, embeddings)
    shelf = index.folder.parent
    vector = embeddings.encode_query("part 2 of article 3").vector
    before, said = contents(index.folder), index.dense(vector, 30)
    write_corpus(corpus, 10, 2)
    met = []
    for limit in (100, 4_000, 30_000, 140_000):
        done = subprocess.run(
            [sys.executable, "-c", LIMITED, str(corpus), str(folder), str(limit)],
            stderr=subprocess.PIPE,
            check=False,
        )
        assert done.returncode == 1
        lines = done.stderr.decode().splitlines()
        assert len(lines) == 1, lines
        met.append(lines[0])
        again = open_index(folder, embeddings)
        assert (again.name, again.dense(vector, 30), again.trouble) == (index.name, said, None)
        assert contents(again.folder) == before
        assert [path.name for path in shelf.glob("gen-*")] == [index.name]
    assert all("cannot be written" in line for line in met[:2]), met
    assert "vector store" in met[-1], met
    assert update_index(corpus, folder, embeddings).passages == 60
    assert "version 2" in open_index(folder, embeddings).article("article-3").text
