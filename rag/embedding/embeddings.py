"""The embedder: one pass of a model over a text gives its vector and the vectors of its tokens.

`load_embeddings` finds a model, checks it and makes it run, by onnxruntime where that is possible and by
sentence-transformers where it is not; both give the same vectors. This module knows tokens and batches; it does not
know where passages come from, how vectors are kept, or how they are compared.
"""

from __future__ import annotations

import os
import re
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from rag.embedding.embedding_files import Hashes, check_default, check_model, find_model, fingerprint, is_default
from rag.embedding.encoders import Encoder, Floats, Ids, pad, torch_encoder
from rag.embedding.onnx_export import exported_encoder
from rag.errors import ModelUnavailable

WINDOW = 128
"""Passages that are sorted by length together. A larger window pads less and holds more vectors in memory."""

BATCH_TOKENS = 512
"""Tokens in one run of the model, padding included: what still fits the cache of a core. Measured, see `benchmarks`."""

_Pair = tuple[str, str]  # context, text
_Text = tuple[str, str, str]  # prompt, context with its line's end, text
_Place = tuple["Future[list[Encoded]]", int]  # the batch a text went into, and its number there

_SURROGATES = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """A text as the model reads it. The model's special tokens, like [CLS], and its prompt are left out.

    Attributes:
        vector: (d,) float32 of unit length, for the text as a whole.
        token_ids: (n,) int32.
        token_spans: (n, 2) int32, `[start, end)` in characters of the text; (-1, -1) for tokens of the context.
        token_vectors: (n, t) float32, rows of unit length, each token as it is meant in this text.
    """

    vector: Floats
    token_ids: NDArray[np.int32]
    token_spans: NDArray[np.int32]
    token_vectors: Floats


class TokenEmbeddings(Embeddings):
    """A LangChain embedder that also gives the vectors of tokens. Safe to use from several threads.

    Any string is accepted: an empty one gets the vector of the model's special tokens alone, without tokens of its own;
    lone surrogates are read as U+FFFD. A text longer than the model reads is cut, and has no tokens from there on.

    Attributes:
        name: as the user gave it.
        fingerprint: changes whenever a vector could; equal for the same model at another path or run another way.
        dimension: d of a text's vector.
        token_dimension: t of a token's vector; equal to `dimension` for most models.
        max_tokens: how many tokens of context and text together the model reads.
        fast: whether onnxruntime runs it.
    """

    def __init__(self, name: str, fingerprint: str, encoder: Encoder, *, fast: bool = False) -> None:
        self.name = name
        self.fingerprint = fingerprint
        self.fast = fast
        self.encoder = encoder
        self._spec = encoder.spec
        self._tokenizer = self._new_tokenizer()
        self._tokenizer.enable_truncation(encoder.spec.max_length)
        self.dimension = encoder.spec.dimension
        self.token_dimension = encoder.spec.token_dimension
        prompt_length = len(self._tokenizer.encode(encoder.spec.passage_prompt, add_special_tokens=False).ids)
        self.max_tokens = encoder.spec.max_length - self._tokenizer.num_special_tokens_to_add(False) - prompt_length

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector a text, each of `dimension` numbers."""
        return [encoded.vector.tolist() for encoded in self.encode_passages(("", text) for text in texts)]

    def embed_query(self, text: str) -> list[float]:
        """The vector of a question; some models read questions otherwise than passages."""
        vector: list[float] = self.encode_query(text).vector.tolist()
        return vector

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """How many tokens each text has, however long; special tokens are not counted."""
        cleaned = [_clean(text) for text in texts]
        return [len(e.ids) for e in self._counter.encode_batch_fast(cleaned, add_special_tokens=False)]

    def encode_query(self, text: str) -> Encoded:
        """A question as the model reads it; `token_spans` count in `text`."""
        texts = [(self._spec.query_prompt, "", text)]
        return self._encode(texts, self._tokenize(texts))[0]

    def encode_passages(self, passages: Iterable[tuple[str, str]]) -> Iterator[Encoded]:
        """Pairs of (context, text), read as context, a line's end, and text; yields in the order given.

        Encoding begins at once, in the background, before the first result is asked for.
        `token_spans` count in the text. Memory stays within two windows of passages, however many there are.
        """
        source = iter(passages)
        pool = ThreadPoolExecutor(self.encoder.workers, "encode", initializer=_give_way)
        ahead = deque(self._submit(source, pool) for _ in range(2))
        return self._results(source, pool, ahead)

    def _results(self, source: Iterator[_Pair], pool: Executor, ahead: deque[list[_Place]]) -> Iterator[Encoded]:
        """What is in `ahead` and what follows. While the caller puts away one window, the next is computed."""
        try:
            while places := ahead.popleft():
                for future, number in places:
                    yield future.result()[number]
                ahead.append(self._submit(source, pool))
        finally:  # where the caller stops early, what was not begun is dropped
            pool.shutdown(cancel_futures=True)

    def _submit(self, source: Iterator[_Pair], pool: Executor) -> list[_Place]:
        """Start encoding a window in `pool`. Where each passage's result will be, in order; empty at the end."""
        prompt = self._spec.passage_prompt
        window = islice(source, WINDOW)
        texts = [(prompt, f"{context}\n" if context else "", text) for context, text in window]
        tokens = self._tokenize(texts)
        places: dict[int, _Place] = {}
        for rows in batches([len(t.ids) for t in tokens]):
            future = pool.submit(self._encode, [texts[row] for row in rows], [tokens[row] for row in rows])
            places |= {row: (future, number) for number, row in enumerate(rows)}
        return [places[row] for row in range(len(texts))]

    def _tokenize(self, texts: Sequence[_Text]) -> list[Encoding]:
        return self._tokenizer.encode_batch([_clean("".join(parts)) for parts in texts])

    def _encode(self, texts: Sequence[_Text], tokens: Sequence[Encoding]) -> list[Encoded]:
        """One run of the model."""
        ids, mask = pad([t.ids or [self._spec.pad_id] for t in tokens], self._spec.pad_id)
        pooled = mask if self._spec.pools_prompt else _without_prompts(mask, texts, tokens)
        vectors, token_vectors = self.encoder.run(ids, mask, pooled)
        if not np.isfinite(vectors).all():
            raise ModelUnavailable(f"embedding model {self.name} gives vectors that are not finite; choose another")
        return [_encoded(*parts) for parts in zip(texts, tokens, vectors, token_vectors, strict=True)]

    def _new_tokenizer(self) -> Tokenizer:
        tokenizer = Tokenizer.from_str(self.encoder.tokenizer)
        tokenizer.no_padding()
        tokenizer.no_truncation()
        return tokenizer

    @cached_property
    def _counter(self) -> Tokenizer:
        return self._new_tokenizer()


def load_embeddings(
    name: str,
    *,
    cache: Path,
    fast: bool = True,
    trust_remote_code: bool = False,
    allow_download: bool = False,
    verify: bool = False,
) -> TokenEmbeddings:
    """The embedder `name`: the built-in default, a sentence-transformers folder, or a Hugging Face name.

    Args:
        cache: a folder for what is made once: the ONNX export and the files' checksums.
        fast: run by onnxruntime where the model can be exported, which happens the first time and takes seconds.
        trust_remote_code: let the model bring Python code of its own.
        allow_download: fetch a model that is not on this machine.
        verify: read every file again rather than believe its checksum while size and modification time are the same.

    Raises:
        ModelUnavailable: it is not on this machine, is damaged, or is of a kind that cannot be used.
    """
    folder = find_model(name, allow_download=allow_download)
    hashes = Hashes(cache / "checksums.json", verify=verify)
    if is_default(folder):
        check_default(folder, hashes)
    check_model(folder, trust_remote_code=trust_remote_code)
    identity = fingerprint(folder, hashes)
    hashes.save()
    encoder = exported_encoder(folder, identity, cache, trust_remote_code=trust_remote_code) if fast else None
    if encoder is not None:
        return TokenEmbeddings(name, identity, encoder, fast=True)
    return TokenEmbeddings(name, identity, torch_encoder(folder, trust_remote_code=trust_remote_code))


def _clean(text: str) -> str:
    """The text, character for character, without what UTF-8 cannot carry."""
    return text if text.isascii() else _SURROGATES.sub("\ufffd", text)


def _give_way() -> None:
    """Let a question that is asked meanwhile go first. Only Linux has a priority for each thread.

    On two busy cores a question is embedded in 4 ms with this, as on idle ones, and in 8 ms without.
    """
    if sys.platform == "linux":
        with suppress(OSError):
            thread = threading.get_native_id()
            os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + 5)


def batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Rows of similar length, together at most `BATCH_TOKENS` with their padding (a longer text goes alone)."""
    batch: list[int] = []
    for row in sorted(range(len(lengths)), key=lambda row: -lengths[row]):
        if batch and (len(batch) + 1) * lengths[batch[0]] > BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def _without_prompts(mask: Ids, texts: Sequence[_Text], tokens: Sequence[Encoding]) -> Ids:
    """The mask without the prompts and what stands before them, for models that pool the text alone."""
    pooled = mask.copy()
    for row, ((prompt, _, _), encoding) in enumerate(zip(texts, tokens, strict=True)):
        first = next((i for i, (_, end) in enumerate(encoding.offsets) if end > len(prompt)), 0)
        pooled[row, : first if prompt else 0] = 0
    return pooled


def _encoded(parts: _Text, tokens: Encoding, vector: Floats, token_vectors: Floats) -> Encoded:
    prompt, context, text = parts
    offsets = np.array(tokens.offsets, dtype=np.int32).reshape(-1, 2)
    own = np.flatnonzero((np.array(tokens.special_tokens_mask, dtype=bool) == 0) & (offsets[:, 1] > len(prompt)))
    return Encoded(
        vector=vector,
        token_ids=np.array(tokens.ids, dtype=np.int32)[own],
        token_spans=_spans(offsets[own] - (len(prompt) + len(context)), text),
        token_vectors=token_vectors[own],
    )


def _spans(offsets: NDArray[np.int32], text: str) -> NDArray[np.int32]:
    """Offsets made to lie in `text`: context is (-1, -1), and the space that some tokenizers count in is left out."""
    spans = np.maximum(offsets, 0)
    blank = np.fromiter(map(str.isspace, text), dtype=bool, count=len(text))
    if len(text):
        first = spans[:, 0].clip(max=len(text) - 1)
        spans[:, 0] += blank[first] & (spans[:, 0] < spans[:, 1])
    spans[offsets[:, 1] <= 0] = -1
    return spans
