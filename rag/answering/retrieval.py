"""Which passages a question calls for: dense and lexical search, fused by a convex combination of their scores.

It knows scores of whole passages only. Which sentence answers is `rag.answering.ranking`'s business, and what a follow-up means
is `rag.answering.conversation`'s: from there come several weighted queries, whose scores are added.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.embedding.embeddings import Encoded, TokenEmbeddings
from rag.index import Index

Floats = NDArray[np.float32]

DENSE_WEIGHT = 0.7
"""Share of the cosine in the fused score; the rest is BM25 divided by the query's best. Bruch et al., "An Analysis of
Fusion Functions for Hybrid Retrieval" (TOIS 2023), section 4: convex combination beats reciprocal-rank fusion. 0.7 was
the best of 0.5-0.9 on 240 XQuAD paragraphs: first passage right 0.953, against 0.926 for rank fusion."""


@dataclass(frozen=True, slots=True)
class Query:
    """A text to search for, and how much its scores count. The first of several is the question itself."""

    text: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Passages worth ranking, best fused score first.

    Attributes:
        question: the first query, as the embedder reads it.
        rows: (c,) rows of the index.
        cosine: (c,) cosine of the first query and the passage.
        bm25: (c,) BM25 of the first query, divided by its best in the index: in [0, 1].
        history: (c,) the weighted fused scores of all other queries, added.
    """

    question: Encoded
    rows: list[int]
    cosine: Floats
    bm25: Floats
    history: Floats


def search(
    index: Index, embeddings: TokenEmbeddings, queries: Sequence[Query], *, fetch_k: int, dense_weight: float
) -> Candidates:
    """The best `fetch_k` passages for weighted queries.

    Each query is searched densely and lexically; every passage that any search proposes is scored by every query. An
    index of fewer passages gives them all.
    """
    encoded = [embeddings.encode_query(query.text) for query in queries]
    proposed: dict[int, None] = {}
    best = []
    for query, code in zip(queries, encoded, strict=True):
        lexical = index.lexical(query.text, fetch_k)
        best.append(max((score for _, score in lexical), default=0.0))
        proposed |= dict.fromkeys(row for row, _ in index.dense(code.vector, fetch_k))
        proposed |= dict.fromkeys(row for row, _ in lexical)
    rows = sorted(proposed)
    cosines = [index.cosines(code.vector, rows) for code in encoded]
    bm25s = [
        np.asarray(index.bm25(query.text, rows), np.float32) / (top or 1.0)
        for query, top in zip(queries, best, strict=True)
    ]
    fused = [dense_weight * c + (1 - dense_weight) * b for c, b in zip(cosines, bm25s, strict=True)]
    history = sum((q.weight * f for q, f in zip(queries[1:], fused[1:], strict=True)), np.zeros(len(rows), np.float32))
    order = np.argsort(-(queries[0].weight * fused[0] + history), kind="stable")[:fetch_k]
    return Candidates(
        encoded[0], [rows[i] for i in order], cosines[0][order], bm25s[0][order], np.asarray(history, np.float32)[order]
    )
