"""Kills the indexer over and over, and sees each time that a whole index answers and nothing acknowledged is lost.

    python -m tests.kills            two hundred kills, or as many as are named, with a line for each tenth

A worker changes articles, brings the index up to date, and says so ("acknowledges"); it is killed with SIGKILL at a
random moment, now alone, now with the builder it started. Then the index is opened as a question would, compared with
the articles it says it holds, and the next worker goes on from there.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rag.index import IndexMissing, open_index, update_index
from tests.word_embeddings import WordEmbeddings

ARTICLES = 12
PAUSE = 0.004
"""Seconds that the test's embedder takes for a passage, so that kills fall while it embeds, too."""


def text_of(number: int, version: int) -> str:
    """The text of an article in one of its versions: several passages, all of which name the version."""
    parts = [f"Part {part} of article {number} is of version {version}. " * 8 for part in range(4)]
    return f"# Article {number}\n\n" + "\n\n".join(parts) + "\n"


def work(home: Path, version: int) -> None:
    """Changes and indexes until it is killed; prints a version once it is in the index."""
    chance = random.Random(version)
    embeddings = WordEmbeddings(pause=PAUSE)
    while True:
        version += 1
        (home / "corpus").mkdir(exist_ok=True)
        for number in {0, *chance.sample(range(1, ARTICLES), 3)} if version > 1 else range(ARTICLES):
            aside = home / "aside"
            aside.write_text(text_of(number, version), "utf-8")
            aside.replace(home / "corpus" / f"article-{number}.md")
        update_index(home / "corpus", home / "index", embeddings)
        print(version, flush=True)


def killed_once(home: Path, acknowledged: int, chance: random.Random) -> int:
    """Runs a worker, kills it; returns the last version that it acknowledged."""
    worker = subprocess.Popen(
        [sys.executable, "-m", "tests.kills", "work", str(home), str(acknowledged)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert worker.stdout is not None
    said = worker.stdout.readline() if chance.random() < 0.6 else b""
    time.sleep(chance.uniform(0.0, 1.5) if said else chance.uniform(0.2, 3.0))
    if chance.random() < 0.5:
        os.killpg(worker.pid, signal.SIGKILL)
    else:
        worker.kill()
    rest, errors = worker.communicate()
    assert worker.returncode == -signal.SIGKILL, errors.decode()
    assert not errors.strip(), errors.decode()
    return max([acknowledged, *map(int, (said + rest).split())])


def check(home: Path, acknowledged: int) -> None:
    """Sees whether the index answers, whole, with everything acknowledged in it."""
    embeddings = WordEmbeddings()
    try:
        index = open_index(home / "index", embeddings)
    except IndexMissing:
        assert acknowledged == 0
        return
    question = embeddings.encode_query("which version is part 2 of article 0").vector
    rows = [row for row, _ in index.dense(question, index.size)]
    assert index.trouble is None, index.trouble
    assert (
        len(set(rows)) == len(rows) >= 0.9 * index.size
    )  # Chroma's graph is approximate: asked for all, it may miss one
    assert len(index.encoded(range(index.size))) == index.size
    assert index.lexical("part 2 of version", 5)
    versions = {}
    for record in index.articles:
        text = index.article(record.article_id).text
        versions[record.article_id] = int(text.partition("of version ")[2].partition(".")[0])
        assert text == text_of(int(record.article_id.rpartition("-")[2]), versions[record.article_id])
        passages = index.passages(range(record.first, record.first + record.passages))
        assert all(text[passage.start : passage.end] == passage.text for passage in passages)
    assert len(versions) == ARTICLES
    assert versions["article-0"] >= acknowledged, (versions, acknowledged)


def kill(times: int, home: Path, seed: int) -> int:
    """Kills `times` times; returns the last version acknowledged."""
    chance, acknowledged = random.Random(seed), 0
    for done in range(1, times + 1):
        acknowledged = killed_once(home, acknowledged, chance)
        check(home, acknowledged)
        if done % 10 == 0:
            print(f"{done} kills, {acknowledged} versions acknowledged, none lost", flush=True)
    assert len(list((home / "index").glob("words-*/gen-*"))) <= 5, "what kills left is not removed"
    return acknowledged


def main() -> None:
    """The command."""
    given = sys.argv[1:]
    if given[:1] == ["work"]:
        work(Path(given[1]), int(given[2]))
    home = Path(tempfile.mkdtemp(prefix="kills-"))
    kill(int(given[0]) if given else 200, home, seed=int(given[1]) if given[1:] else 1)
    shutil.rmtree(home)


if __name__ == "__main__":
    main()
