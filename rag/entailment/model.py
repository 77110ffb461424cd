"""A small entailment model: how likely a piece of an article answers a yes-or-no question with yes, with no, or not at all.

It is the default embedder's encoder, which comes with the program, changed a little and given a head: question and
piece are read together, so that "blunt knives slip" says yes to "is a dull knife more dangerous". The change stands
in `weights.safetensors`, fitted by `python -m evals.entailment_fit` on the pairs in `evals/pairs`. It knows neither
passages nor ranking, and it is no judge of what is true: it only reads.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from rag.embedding.embedding_files import DEFAULT_MODEL, find_model
from rag.entailment.encoder import Encoder, Floats, build_encoder, softmax
from rag.entailment.packing import unpack

WEIGHTS = Path(__file__).parent / "weights.safetensors"
HEADS = 12
MAX_TOKENS = 128
"""Question and piece together; of the longer, the end is cut."""

MARKS = tuple(".:?!…")
"""What closes a title, or a part of a piece, so that it needs no full stop."""

BATCH = 8
"""Pairs that a thread reads at once, at most; few are shared out among the threads."""

THREADS = 2
"""The two pieces of a question take some forty milliseconds on one core, half as many on two."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """How likely a piece answers yes, answers no, or leaves the question open; they add up to 1."""

    yes: float
    no: float
    open: float


class Entailment:
    """The model, ready to read. Safe to use from several threads."""

    def __init__(self, encoder: Encoder, head: tuple[Floats, Floats], tokenizer: Tokenizer) -> None:
        self._encoder = encoder
        self._head = head
        self._tokenizer = tokenizer

    def judge(self, pairs: Sequence[tuple[str, str]]) -> list[Judgement]:
        """What the second text of each pair says to the first, a question or a claim, in the order given."""
        order = sorted(range(len(pairs)), key=lambda i: len(pairs[i][0]) + len(pairs[i][1]))
        size = min(BATCH, max(1, math.ceil(len(pairs) / THREADS)))
        batches = [order[start : start + size] for start in range(0, len(order), size)]
        with ThreadPoolExecutor(THREADS) as pool:  # one a call: it outlives neither a fork nor the end of the program
            shares = list(pool.map(self._shares, [[pairs[i] for i in rows] for rows in batches]))
        found = {
            i: share for rows, some in zip(batches, shares, strict=True) for i, share in zip(rows, some, strict=True)
        }
        return [Judgement(*map(float, found[i])) for i in range(len(pairs))]

    def _shares(self, pairs: Sequence[tuple[str, str]]) -> Floats:
        """(b, 3) how likely yes, no and open are for each pair."""
        encoded = self._tokenizer.encode_batch([(as_asked(question), text) for question, text in pairs])
        ids, mask, kinds = (
            np.array([getattr(e, name) for e in encoded]) for name in ("ids", "attention_mask", "type_ids")
        )
        vectors = self._encoder(ids, mask, kinds)
        weights = mask[:, :, None].astype(np.float32)
        mean = (vectors * weights).sum(1) / weights.sum(1)
        weight, bias = self._head
        return softmax(np.concatenate([vectors[:, 0], mean], axis=1) @ weight.T + bias)


def as_asked(question: str) -> str:
    """A question or claim as the model was taught to read it: in small letters, without the mark at its end."""
    return question.strip().rstrip("?.!").lower()


def in_context(title: str, text: str) -> str:
    """A piece of an article as the model was taught to read it: after the article's title, where there is one."""
    mark = "" if title[-1:] in MARKS else "."
    return f"{title}{mark} {text}" if title else text


def open_entailment(weights: Path = WEIGHTS) -> Entailment:
    """The model with the change that a file holds.

    Raises:
        ModelUnavailable: the default embedder's weights, which it changes, are not on this machine.
    """
    folder = find_model(DEFAULT_MODEL)
    change, whole = load_file(weights), load_file(folder / "model.safetensors")
    for name in list(whole):
        if f"{name}.codes" in change:
            whole[name] = whole[name] + unpack(change[f"{name}.codes"], change[f"{name}.step"])
        elif f"{name}.change" in change:
            whole[name] = whole[name] + change[f"{name}.change"].astype(np.float32)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(MAX_TOKENS)
    tokenizer.enable_padding()
    return Entailment(build_encoder(whole, heads=HEADS), (change["head.weight"], change["head.bias"]), tokenizer)


_opened = lru_cache(maxsize=1)(open_entailment)
_opening = threading.Lock()


def load_entailment() -> Entailment:
    """The model that comes with the program, opened once for a process.

    Raises:
        ModelUnavailable: as `open_entailment`.
    """
    with _opening:
        return _opened()
