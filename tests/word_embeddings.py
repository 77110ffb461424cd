"""An embedder for tests of everything around embedders: a token is a word, a word's vector is drawn by its hash.

Texts that share words are near each other, the same text gives the same vector on every machine, and nothing is loaded.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from rag.embedding.embeddings import Encoded, TokenEmbeddings


class WordEmbeddings(TokenEmbeddings):
    """Attributes:
    read: every text that was embedded, in order.
    token_dimension: where it is not `dimension`, a text's vector is a projection, as of models that end in a dense layer.
    pause: seconds that each passage takes.
    """

    def __init__(
        self, name: str = "words", *, dimension: int = 24, token_dimension: int = 0, pause: float = 0.0
    ) -> None:
        self.name = name
        self.dimension, self.token_dimension = dimension, token_dimension or dimension
        self.fingerprint = f"{name}-{dimension}-{self.token_dimension}"
        self.max_tokens = 64
        self.read: list[str] = []
        self.pause = pause

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        vector: list[float] = self.encode_query(text).vector.tolist()
        return vector

    def encode_query(self, text: str) -> Encoded:
        return self._words("", text)

    def encode_passages(self, passages: Iterable[tuple[str, str]]) -> Iterator[Encoded]:
        for context, text in passages:
            self.read.append(text)
            time.sleep(self.pause)
            yield self._words(context, text)

    def _words(self, context: str, text: str) -> Encoded:
        words = [(word, -1, -1) for word in context.split()]
        words += [(match.group(), match.start(), match.end()) for match in re.finditer(r"\S+", text)]
        seeds = [int.from_bytes(hashlib.sha256(f"{self.name} {w.lower()}".encode()).digest()[:4]) for w, _, _ in words]
        vectors = np.array([np.random.default_rng(seed).normal(size=self.token_dimension) for seed in seeds])
        vectors = vectors.reshape(-1, self.token_dimension).astype(np.float32)
        whole = vectors.sum(axis=0)[: self.dimension] + np.float32(1e-3)
        return Encoded(
            vector=whole / np.linalg.norm(whole),
            token_ids=np.array([seed % 5000 for seed in seeds], dtype=np.int32),
            token_spans=np.array([span for _, *span in words], dtype=np.int32).reshape(-1, 2),
            token_vectors=vectors / np.linalg.norm(vectors, axis=1, keepdims=True),
        )
