"""BM25: the same scores as `bm25s` computes itself, ties by row, words kept from one build to the next."""

from __future__ import annotations

from pathlib import Path

import bm25s  # type: ignore[import-untyped]
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.index import lexical as module
from rag.index.lexical import K1, B, LexicalBuilder, LexicalIndex, words_of

TEXTS = [
    "The squat is a push. Squatting trains the quadriceps.",
    "A row is a pull; rows train the lats.",
    "Push-ups are a push for the chest, and push again.",
    "The and of.",
    "A row is a pull; rows train the lats.",
]


def build(folder: Path, texts: list[str]) -> LexicalIndex:
    builder = LexicalBuilder()
    builder.add(texts)
    builder.save(folder)
    return LexicalIndex(folder)


@pytest.mark.parametrize("query", ["push", "row pulls", "what do squats train", "push push lats"])
def test_scores_are_those_of_bm25s(tmp_path: Path, query: str) -> None:
    index = build(tmp_path, TEXTS)
    reference = bm25s.BM25(k1=K1, b=B, method="lucene")
    reference.index([words_of(text) for text in TEXTS], show_progress=False)
    expected = reference.get_scores([w for w in words_of(query) if w in reference.vocab_dict])
    assert np.allclose(index.scores(query, range(len(TEXTS))), expected, rtol=1e-5)


def test_forms_of_a_word_match() -> None:
    assert words_of("Rowing, rows & the ROW") == ["row", "row", "row"]
    assert words_of("push-up") == ["push", "up"]


def test_equal_scores_are_ordered_by_row(tmp_path: Path) -> None:
    index = build(tmp_path, TEXTS)
    assert [row for row, _ in index.search("lats", 5)] == [1, 4]
    assert [row for row, _ in index.search("lats", 1)] == [1]


@pytest.mark.parametrize("query", ["", "the of and", "zyzzyva", "\ud800", "💪"])
def test_nothing_shared_finds_nothing(tmp_path: Path, query: str) -> None:
    index = build(tmp_path, TEXTS)
    assert index.search(query, 5) == []
    assert index.scores(query, [0, 3]).tolist() == [0, 0]


def test_texts_without_words_make_an_index(tmp_path: Path) -> None:
    index = build(tmp_path, ["", "the"])
    assert index.search("push", 5) == []


def test_kept_rows_score_as_if_added_anew(tmp_path: Path) -> None:
    base = build(tmp_path / "base", TEXTS)
    builder = LexicalBuilder(base)
    builder.keep(1, 2)
    builder.add(["A new row about cables."])
    builder.keep(0, 1)
    builder.save(tmp_path / "next")
    updated = LexicalIndex(tmp_path / "next")
    anew = build(tmp_path / "anew", [TEXTS[1], TEXTS[2], "A new row about cables.", TEXTS[0]])
    for query in ("push", "row", "cables squat"):
        assert updated.search(query, 4) == anew.search(query, 4)


def test_any_number_of_rows_at_once_gives_the_same_scores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = build(tmp_path / "whole", TEXTS)
    monkeypatch.setattr(module, "ROWS_AT_ONCE", 2)
    parts = build(tmp_path / "parts", TEXTS)
    for query in ("push", "row pulls", "what do squats train"):
        assert parts.search(query, 5) == whole.search(query, 5)


@given(st.text(max_size=200))
def test_any_text_has_words(text: str) -> None:
    assert all(word and word == word.lower() for word in words_of(text) if word.isascii())


def test_stopwords_are_those_of_bm25s() -> None:
    from bm25s.stopwords import STOPWORDS_EN  # type: ignore[import-untyped]

    assert set(STOPWORDS_EN) == {word for word in STOPWORDS_EN if not words_of(word)}
    assert words_of("push with the legs") == ["push", "leg"]
