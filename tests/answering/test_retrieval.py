"""Hybrid search: fused scores, several weighted queries, and what is always proposed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.answering.retrieval import Candidates, Query, search
from rag.index import Index
from tests.answering_world import embedder, open_world

ASKED = st.sampled_from(
    [
        "why is rye dough sticky",
        "how long does sourdough prove",
        "matzo at Passover",
        "what keeps the crust soft",
        "bread",
        "how do I shape a loaf",
    ]
)
WEIGHTS = st.floats(0, 1)


@pytest.fixture(scope="module")
def index() -> Index:
    return open_world("bread").index


def found(index: Index, *queries: Query, fetch_k: int = 100, dense_weight: float = 0.7) -> Candidates:
    return search(index, embedder(), queries, fetch_k=fetch_k, dense_weight=dense_weight)


def fused(candidates: Candidates, dense_weight: float) -> np.ndarray:
    return dense_weight * candidates.cosine + (1 - dense_weight) * candidates.bm25


@settings(max_examples=25, deadline=None)
@given(question=ASKED, dense_weight=WEIGHTS)
def test_the_fused_score_lies_between_its_parts_and_orders_the_passages(question: str, dense_weight: float) -> None:
    candidates = found(open_world("bread").index, Query(question), dense_weight=dense_weight)
    scores = fused(candidates, dense_weight)
    assert np.all(scores >= np.minimum(candidates.cosine, candidates.bm25) - 1e-6)
    assert np.all(scores <= np.maximum(candidates.cosine, candidates.bm25) + 1e-6)
    assert np.all(np.diff(scores) <= 1e-6)


@settings(max_examples=25, deadline=None)
@given(question=ASKED, other=ASKED, weight=st.floats(0.01, 1))
def test_another_query_never_loses_a_candidate(question: str, other: str, weight: float) -> None:
    index = open_world("bread").index
    alone = found(index, Query(question))
    both = found(index, Query(question), Query(other, weight))
    assert set(alone.rows) <= set(both.rows)


@settings(max_examples=15, deadline=None)
@given(question=ASKED, other=ASKED)
def test_a_query_without_weight_changes_no_order(question: str, other: str) -> None:
    index = open_world("bread").index
    assert found(index, Query(question)).rows == found(index, Query(question), Query(other, 0.0)).rows


@settings(max_examples=15, deadline=None)
@given(question=ASKED, fetch_k=st.integers(1, 8))
def test_fewer_are_the_best_of_more(question: str, fetch_k: int) -> None:
    index = open_world("bread").index
    few = found(index, Query(question), fetch_k=fetch_k)
    assert len(few.rows) == min(fetch_k, index.size)
    assert len(set(few.rows)) == len(few.rows)


def test_bm25_is_divided_by_the_querys_best(index: Index) -> None:
    candidates = found(index, Query("why is rye dough sticky"))
    assert candidates.bm25.max() == pytest.approx(1.0)
    assert candidates.bm25.min() >= 0


def test_the_cosine_is_the_passages_own(index: Index) -> None:
    question = "how long does sourdough prove"
    candidates = found(index, Query(question))
    for row, cosine in zip(candidates.rows[:3], candidates.cosine[:3], strict=True):
        (passage,) = index.passages([row])
        (code,) = embedder().encode_passages([(passage.context, passage.text)])
        assert cosine == pytest.approx(float(code.vector @ embedder().encode_query(question).vector), abs=0.01)


@pytest.mark.parametrize(
    ("dense_weight", "kind"), [(1.0, "cosine"), (0.0, "bm25")], ids=["meaning alone", "words alone"]
)
def test_one_search_alone_orders_by_its_own_score(index: Index, dense_weight: float, kind: str) -> None:
    candidates = found(index, Query("sour taste of acids"), dense_weight=dense_weight)
    assert np.all(np.diff(getattr(candidates, kind)) <= 1e-6)


def test_a_question_in_no_article_words_finds_by_meaning(index: Index) -> None:
    best = index.passages(found(index, Query("Jewish holiday cracker")).rows[:1])[0]
    assert best.article_id == "matzo"


@pytest.mark.parametrize("text", ["zzzz qqqq", "🍞", "the of and", "?"])
def test_a_query_that_matches_no_word_still_proposes_passages(index: Index, text: str) -> None:
    candidates = found(index, Query(text))
    assert len(candidates.rows) == index.size
    assert np.all(np.isfinite(candidates.cosine))
    assert np.all(np.isfinite(candidates.bm25))


def test_history_lifts_what_it_speaks_of(index: Index) -> None:
    alone = found(index, Query("how long does it keep?"))
    led = found(index, Query("how long does it keep?"), Query("how long does matzo keep in a tin?", 1.0))
    matzo = next(row for row in led.rows if index.passages([row])[0].article_id == "matzo")
    assert led.rows.index(matzo) <= alone.rows.index(matzo)
    assert index.passages(led.rows[:1])[0].article_id == "matzo"
    assert not alone.history.any()
    assert led.history.any()
