"""The index on disk: what it holds, how it follows its corpus, and what it reuses."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from rag.errors import CorpusError, IndexLocked, IndexMismatch
from rag.index import (
    Index,
    IndexMissing,
    IndexReader,
    IndexReport,
    build,
    check_index,
    ensure_index,
    open_index,
    opening,
    plan,
    update_index,
)
from rag.index import update as update_module
from rag.index.layout import FORMAT
from rag.index.store import VectorStore
from tests.word_embeddings import WordEmbeddings

ARTICLES = {
    "squat.md": "# Squat\n\nThe squat trains the quadriceps. Stand up from a deep knee bend.\n\n"
    "## Grip\n\nRest the bar on the back. The hands hold it there.\n",
    "row.md": "# Row\n\nThe row is a pull. It trains the upper back and the lats.\n",
    "sub/bench press.txt": "Bench press\n\nThe bench press is a push. It trains the chest.\n",
}


def write(folder: Path) -> Path:
    for name, text in ARTICLES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of the articles, built once."""
    home = tmp_path_factory.mktemp("built")
    update_index(write(home / "corpus"), home / "index", WordEmbeddings())
    return home / "index"


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return write(tmp_path / "corpus")


@pytest.fixture
def folder(tmp_path: Path, built: Path) -> Path:
    """An index folder that holds the index of the corpus."""
    return Path(shutil.copytree(built, tmp_path / "index"))


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """An index folder with nothing in it."""
    return tmp_path / "empty"


@pytest.fixture
def embeddings() -> WordEmbeddings:
    return WordEmbeddings()


@pytest.fixture
def update(corpus: Path, folder: Path, embeddings: WordEmbeddings) -> Callable[[], IndexReport]:
    return lambda: update_index(corpus, folder, embeddings)


def changes(report: IndexReport) -> dict[str, str]:
    return {entry.source: entry.change for entry in report.changes}


def test_every_passage_is_found_by_its_own_vector(corpus: Path, folder: Path, embeddings: WordEmbeddings) -> None:
    index = open_index(folder, embeddings)
    assert index.size >= 3
    for row, passage in enumerate(index.passages(range(index.size))):
        (encoded,) = embeddings.encode_passages([(passage.context, passage.text)])
        best, cosine = index.dense(encoded.vector, 3)[0]
        assert best == row
        assert cosine == pytest.approx(1, abs=1e-5)
    assert index.trouble is None


def test_passages_are_spans_of_the_article_as_indexed(corpus: Path, folder: Path, embeddings: WordEmbeddings) -> None:
    index = open_index(folder, embeddings)
    for name in ARTICLES:
        (corpus / name).unlink()
    for passage in index.passages(range(index.size)):
        article = index.article(passage.article_id)
        assert article.text == ARTICLES[passage.source]
        assert article.text[passage.start : passage.end] == passage.text
        assert passage.sentences
        assert all(passage.start <= s.start < s.end <= passage.end for s in passage.sentences)


def test_cosines_are_exact_for_any_rows(corpus: Path, folder: Path, embeddings: WordEmbeddings) -> None:
    index = ensure_index(corpus, folder, embeddings)
    question = embeddings.encode_query("which is a pull").vector
    rows = [index.size - 1, 0, 0, 1]
    passages = index.passages(rows)
    expected = [e.vector @ question for e in embeddings.encode_passages((p.context, p.text) for p in passages)]
    assert index.cosines(question, rows) == pytest.approx(expected, abs=1e-6)
    assert dict(index.dense(question, index.size))[0] == pytest.approx(float(expected[1]), abs=1e-6)


def test_token_vectors_come_back_nearly_as_they_were(corpus: Path, folder: Path, embeddings: WordEmbeddings) -> None:
    index = ensure_index(corpus, folder, embeddings)
    passages = index.passages(range(index.size))
    fresh = list(embeddings.encode_passages((p.context, p.text) for p in passages))
    for stored, expected in zip(index.encoded(range(index.size)), fresh, strict=True):
        assert np.array_equal(stored.vector, expected.vector)
        assert np.array_equal(stored.token_ids, expected.token_ids)
        assert np.array_equal(stored.token_spans, expected.token_spans)
        assert np.sum(stored.token_vectors * expected.token_vectors, axis=1).min() > 0.9999
        assert np.linalg.norm(stored.token_vectors, axis=1) == pytest.approx(1, abs=1e-5)


def test_idf_is_high_for_rare_pieces_and_zero_for_those_everywhere(
    corpus: Path, folder: Path, embeddings: WordEmbeddings
) -> None:
    index = ensure_index(corpus, folder, embeddings)
    held = [set(encoded.token_ids.tolist()) for encoded in index.encoded(range(index.size))]
    ids = sorted(set().union(*held))
    counts = np.array([sum(one in pieces for pieces in held) for one in ids])
    assert index.idf(ids) == pytest.approx(np.log((index.size + 1) / (counts + 0.5)).clip(0), abs=1e-6)
    unknown = next(one for one in range(5000) if one not in ids)
    assert index.idf([unknown, 10**6, -1]) == pytest.approx(np.log((index.size + 1) / 0.5))


def test_a_second_update_does_nothing(corpus: Path, empty: Path, embeddings: WordEmbeddings) -> None:
    first, read = update_index(corpus, empty, embeddings), len(embeddings.read)
    second = update_index(corpus, empty, embeddings)
    assert set(changes(first).values()) == {"added"}
    assert set(changes(second).values()) == {"unchanged"}
    assert (first.embedded, second.embedded, len(embeddings.read)) == (read, 0, read)
    assert (first.changed, second.changed) == (True, False)


def test_only_what_changed_is_embedded(
    update: Callable[[], IndexReport], corpus: Path, folder: Path, embeddings: WordEmbeddings
) -> None:
    embeddings.read.clear()
    (corpus / "squat.md").write_text(ARTICLES["squat.md"].replace("hands hold it", "hands steady it"), "utf-8")
    report = update()
    assert changes(report) == {"row.md": "unchanged", "squat.md": "changed", "sub/bench press.txt": "unchanged"}
    assert all("steady" in text for text in embeddings.read)
    texts = [p.text for p in open_index(folder, embeddings).passages(range(report.passages))]
    assert sum("steady" in text for text in texts) == 1
    assert not any("hands hold it" in text for text in texts)


def test_a_removed_article_is_gone_from_every_search(
    update: Callable[[], IndexReport], corpus: Path, folder: Path, embeddings: WordEmbeddings
) -> None:
    (corpus / "row.md").unlink()
    assert changes(update())["row.md"] == "removed"
    index = open_index(folder, embeddings)
    assert {record.source for record in index.articles} == {"squat.md", "sub/bench press.txt"}
    everything = [row for row, _ in index.dense(embeddings.encode_query("row is a pull").vector, 100)]
    assert sorted(everything) == list(range(index.size))
    assert "row.md" not in {p.source for p in index.passages(everything)}
    assert index.lexical("lats", 10) == []
    with pytest.raises(KeyError):
        index.article("row")


def test_a_renamed_article_is_not_embedded_again(
    update: Callable[[], IndexReport], corpus: Path, folder: Path, embeddings: WordEmbeddings
) -> None:
    embeddings.read.clear()
    (corpus / "squat.md").rename(corpus / "back-squat.md")
    report = update()
    assert changes(report)["back-squat.md"] == "renamed"
    assert next(entry.detail for entry in report.changes if entry.change == "renamed") == "squat.md"
    assert "squat.md" not in changes(report)
    assert embeddings.read == []
    assert report.reused >= 1
    assert open_index(folder, embeddings).article("back-squat").source == "back-squat.md"


def test_an_updated_index_answers_like_a_new_one(
    update: Callable[[], IndexReport], corpus: Path, tmp_path: Path, folder: Path, embeddings: WordEmbeddings
) -> None:
    (corpus / "row.md").unlink()
    (corpus / "squat.md").write_text("# Squat\n\nA squat is a push of the legs.\n", "utf-8")
    (corpus / "a.md").write_text("# Curl\n\nThe curl bends the elbow. It is a pull.\n", "utf-8")
    update()
    old, new = open_index(folder, embeddings), ensure_index(corpus, tmp_path / "new", embeddings)
    rows = range(new.size)
    assert old.passages(rows) == new.passages(rows)
    for question in ("what is a pull", "squat", "the chest", "elbow?"):
        vector = embeddings.encode_query(question).vector
        assert old.dense(vector, 10) == new.dense(vector, 10)
        assert old.lexical(question, 10) == new.lexical(question, 10)
        assert np.allclose(old.bm25(question, rows), new.bm25(question, rows))
    assert np.array_equal(old.idf(range(5000)), new.idf(range(5000)))


def test_a_file_that_cannot_be_read_is_reported_and_the_rest_indexed(
    update: Callable[[], IndexReport], corpus: Path, folder: Path, embeddings: WordEmbeddings
) -> None:
    (corpus / "empty.md").write_text("", "utf-8")
    report = update()
    (failed,) = report.of("failed")
    assert failed.source == "empty.md"
    assert "empty" in failed.detail
    assert len(open_index(folder, embeddings).articles) == 3
    assert changes(update())["empty.md"] == "failed"
    (corpus / "empty.md").write_text("# Full\n\nNow it has a sentence.\n", "utf-8")
    assert changes(update())["empty.md"] == "changed"


def test_an_emptied_corpus_is_an_error_and_the_old_index_answers(
    update: Callable[[], IndexReport], corpus: Path, folder: Path, embeddings: WordEmbeddings
) -> None:
    for name in ARTICLES:
        (corpus / name).write_text("", "utf-8")
    with pytest.raises(CorpusError, match="empty"):
        update()
    assert len(open_index(folder, embeddings).articles) == 3


@pytest.mark.parametrize("trouble", ["gone", "emptied", "full", "no server"])
def test_what_cannot_be_brought_up_to_date_answers_as_it_was(
    trouble: str, corpus: Path, folder: Path, embeddings: WordEmbeddings, monkeypatch: pytest.MonkeyPatch
) -> None:
    (corpus / "row.md").unlink()
    if trouble == "gone":
        shutil.rmtree(corpus)
    elif trouble == "emptied":
        shutil.rmtree(corpus)
        corpus.mkdir()
    elif trouble == "full":
        monkeypatch.setattr(build, "write_manifest", refuse)
    said: list[str] = []
    url = "http://127.0.0.1:9" if trouble == "no server" else ""
    index = ensure_index(corpus, folder, embeddings, fresh=True, chroma_url=url, notice=said.append)
    assert len(index.articles) == 3
    (line,) = said
    assert "answers as it was" in line
    assert "\n" not in line


def refuse(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_what_can_be_is_brought_up_to_date_where_it_must_be_fresh(
    corpus: Path, folder: Path, embeddings: WordEmbeddings
) -> None:
    (corpus / "row.md").unlink()
    assert len(ensure_index(corpus, folder, embeddings).articles) == 3
    assert len(ensure_index(corpus, folder, embeddings, fresh=True).articles) == 2


def test_another_embedder_is_refused_then_built_beside(
    update: Callable[[], IndexReport], corpus: Path, folder: Path, embeddings: WordEmbeddings
) -> None:
    other = WordEmbeddings("others")
    with pytest.raises(IndexMismatch, match="words"):
        open_index(folder, other)
    assert ensure_index(corpus, folder, other).size == open_index(folder, embeddings).size
    embeddings.read.clear()
    update()
    assert embeddings.read == []


def test_another_corpus_has_an_index_of_its_own_and_shares_embeddings(
    corpus: Path, tmp_path: Path, folder: Path, embeddings: WordEmbeddings
) -> None:
    embeddings.read.clear()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "row.md").write_text(ARTICLES["row.md"], "utf-8")
    report = update_index(tmp_path / "other", folder, embeddings)
    assert (embeddings.read, report.reused) == ([], report.passages)
    assert len(open_index(folder, embeddings, corpus=corpus).articles) == 3
    assert len(open_index(folder, embeddings, corpus=tmp_path / "other").articles) == 1


def test_no_index_is_said_plainly(empty: Path, embeddings: WordEmbeddings) -> None:
    with pytest.raises(IndexMissing, match="python -m rag index"):
        open_index(empty, embeddings)


def test_a_second_writer_is_told(corpus: Path, empty: Path, embeddings: WordEmbeddings) -> None:
    class Nosy(WordEmbeddings):
        def count_tokens(self, texts: object) -> list[int]:
            with pytest.raises(IndexLocked, match="try again"):
                update_index(corpus, empty, embeddings)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        update_index(corpus, empty, Nosy())
    assert update_index(corpus, empty, embeddings).passages


def test_the_reader_follows_and_what_it_gave_stays_whole(
    update: Callable[[], IndexReport], corpus: Path, folder: Path, embeddings: WordEmbeddings
) -> None:
    reader = IndexReader(lambda: open_index(folder, embeddings))
    before: Index = reader.current()
    assert reader.current() is before
    texts = [p.text for p in before.passages(range(before.size))]
    for number in range(3):
        (corpus / "row.md").write_text(f"# Row\n\nThe row has number {number}.\n", "utf-8")
        update()
        assert f"number {number}" in reader.current().article("row").text
    assert [p.text for p in before.passages(range(before.size))] == texts
    assert before.dense(embeddings.encode_query("lats").vector, 3)
    assert before.trouble is None


def test_many_updates_at_random_end_like_a_new_index(
    update: Callable[[], IndexReport], corpus: Path, tmp_path: Path, folder: Path, embeddings: WordEmbeddings
) -> None:
    chance = random.Random(3)
    for step in range(6):
        for _ in range(4):
            files = sorted(path for path in corpus.rglob("*") if path.is_file())
            file, act = chance.choice(files), chance.choice(["add", "add", "change", "remove", "rename", "empty"])
            if act == "add":
                name = f"{chance.choice('abxyz')}{step}-{chance.randrange(9)}.md"
                (corpus / name).write_text(
                    f"# Added {name}\n\n" + "A sentence about a press. " * chance.randrange(1, 60)
                )
            elif act == "change":
                file.write_text(file.read_text("utf-8") + f"\n\nOne more line, number {step}.\n", "utf-8")
            elif act == "empty":
                file.write_text("", "utf-8")
            elif len(files) > 3:
                file.unlink() if act == "remove" else file.rename(corpus / f"moved-{step}-{chance.randrange(9)}.md")
        update()
    index, new = open_index(folder, embeddings), ensure_index(corpus, tmp_path / "new", embeddings)
    rows = range(new.size)
    assert index.passages(rows) == new.passages(rows)
    assert [index.article(a.article_id) for a in index.articles] == [new.article(a.article_id) for a in new.articles]
    vector = embeddings.encode_query("a sentence about the squat").vector
    assert index.dense(vector, 1000) == new.dense(vector, 1000)
    assert index.lexical("squat press line", 1000) == new.lexical("squat press line", 1000)
    assert np.array_equal(index.idf(range(5000)), new.idf(range(5000)))
    assert check_index(corpus, folder, embeddings) == []


def test_the_check_names_what_differs_from_the_articles(corpus: Path, folder: Path, embeddings: WordEmbeddings) -> None:
    assert check_index(corpus, folder, embeddings) == []
    stat = (corpus / "row.md").stat()
    (corpus / "row.md").write_text(ARTICLES["row.md"].replace("pull", "push"), "utf-8")
    os.utime(corpus / "row.md", ns=(stat.st_atime_ns, stat.st_mtime_ns))
    (corpus / "squat.md").unlink()
    assert [problem.partition(" since")[0] for problem in check_index(corpus, folder, embeddings)] == [
        "row.md is changed",
        "squat.md was removed",
    ]


def test_a_rebuild_reads_and_embeds_everything_again(
    update: Callable[[], IndexReport], corpus: Path, folder: Path, embeddings: WordEmbeddings
) -> None:
    report = update_index(corpus, folder, embeddings, rebuild=True)
    assert (report.embedded, report.reused) == (report.passages, 0)
    assert len(list(folder.glob("words-*/embeddings-*"))) == 2, "one for each generation that is kept"
    (corpus / "row.md").unlink()
    update()
    assert len(list(folder.glob("words-*/embeddings-*"))) == 1


def set_format(folder: Path, number: int) -> None:
    (manifest,) = folder.glob("words-*/gen-*/manifest.json")
    fields = json.loads(manifest.read_text("utf-8"))
    manifest.write_text(json.dumps(fields | {"format": number}), "utf-8")


def test_an_index_of_a_newer_program_is_refused(
    update: Callable[[], IndexReport], corpus: Path, folder: Path, embeddings: WordEmbeddings
) -> None:
    set_format(folder, FORMAT + 1)
    for act in (update, lambda: open_index(folder, embeddings), lambda: ensure_index(corpus, folder, embeddings)):
        with pytest.raises(IndexMismatch, match=r"newer program .* upgrade"):
            act()
    (problem,) = check_index(corpus, folder, embeddings)
    assert "upgrade" in problem
    assert "--rebuild" not in problem


def test_an_index_of_an_older_program_is_rebuilt_without_embedding(
    update: Callable[[], IndexReport], corpus: Path, folder: Path, embeddings: WordEmbeddings
) -> None:
    size = update().passages
    embeddings.read.clear()
    set_format(folder, FORMAT - 1)
    said: list[str] = []
    assert ensure_index(corpus, folder, embeddings, notice=said.append).size == size
    assert embeddings.read == []
    assert any("older format" in line for line in said)


def test_another_way_of_cutting_cuts_again_and_embeds_what_is_new(
    update: Callable[[], IndexReport],
    corpus: Path,
    folder: Path,
    embeddings: WordEmbeddings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    embeddings.read.clear()
    for module in (plan, build, update_module, opening):
        monkeypatch.setattr(module, "recipe", lambda: "another")
    report = update()
    assert (report.reused, embeddings.read) == (report.passages, [])
    assert report.changed


def test_an_index_moves_with_its_corpus(corpus: Path, tmp_path: Path, folder: Path, embeddings: WordEmbeddings) -> None:
    (tmp_path / "elsewhere").mkdir()
    corpus.rename(tmp_path / "elsewhere" / "corpus")
    folder.rename(tmp_path / "elsewhere" / "index")
    embeddings.read.clear()
    report = update_index(tmp_path / "elsewhere" / "corpus", tmp_path / "elsewhere" / "index", embeddings)
    assert (report.changed, embeddings.read) == (False, [])


def test_chroma_is_asked_for_cosines_and_also_as_a_langchain_store(folder: Path, embeddings: WordEmbeddings) -> None:
    index = open_index(folder, embeddings)
    store = VectorStore(index.place)
    vector = embeddings.encode_query("which is a pull").vector
    ids, cosines = store.query(vector, index.size)
    assert cosines == pytest.approx([cosine for _, cosine in index.dense(vector, index.size)], abs=1e-5)
    assert sorted(ids.tolist()) == sorted(index.rows["id"].tolist())
    assert len(store.langchain(embeddings).get()["ids"]) == index.size


def test_embeddings_that_nobody_uses_any_more_are_dropped(
    update: Callable[[], IndexReport],
    corpus: Path,
    folder: Path,
    embeddings: WordEmbeddings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(update_module, "LEAST", 4)
    for number in range(5):
        (corpus / "row.md").write_text(
            f"# Row\n\nThe row has number {number}.\n\n## Two\n\nTwo of {number}.\n", "utf-8"
        )
        update()
    embeddings.read.clear()
    update()
    index = open_index(folder, embeddings)
    assert index.manifest.log_slots <= 2 * index.size
    assert index.log.folder.name != "embeddings-000001"
    assert len(index.encoded(range(index.size))) == index.size
    assert check_index(corpus, folder, WordEmbeddings()) == []
