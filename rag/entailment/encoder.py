"""A BERT encoder in numpy: token ids in, the vectors of their last layer out.

For the few short pairs that a question needs read, this starts in a tenth of a second and needs no file made first, which torch and
an export for onnxruntime do not. It knows weights by the names that Hugging Face gives them, not what the vectors are for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ids = NDArray[np.int64]

EPSILON = 1e-12
"""What BERT adds to a variance before it divides by its root."""

MASKED = np.float32(-1e9)


@dataclass(frozen=True, slots=True)
class Dense:
    """A linear layer: `weight` (in, out), `bias` (out,)."""

    weight: Floats
    bias: Floats

    def __call__(self, x: Floats) -> Floats:
        """(..., in) -> (..., out)."""
        out: Floats = x.reshape(-1, x.shape[-1]) @ self.weight  # one product of two matrices is faster than many
        out += self.bias
        return out.reshape(*x.shape[:-1], -1)


@dataclass(frozen=True, slots=True)
class Norm:
    """Layer normalisation over the last axis (Ba et al. 2016)."""

    weight: Floats
    bias: Floats

    def __call__(self, x: Floats) -> Floats:
        """Same shape."""
        x = x - x.mean(-1, keepdims=True)
        x /= np.sqrt((x * x).mean(-1, keepdims=True) + EPSILON)
        x *= self.weight
        x += self.bias
        return x


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of the encoder (Devlin et al. 2019): attention, then two dense layers, each with its residual and norm."""

    query: Dense
    key: Dense
    value: Dense
    attended: Dense
    attended_norm: Norm
    inner: Dense
    outer: Dense
    outer_norm: Norm
    heads: int

    def __call__(self, x: Floats, masked: Floats) -> Floats:
        """(b, n, d) -> (b, n, d); `masked` (b, 1, 1, n) is 0 for a token and very low for padding."""
        batch, length, width = x.shape
        size = width // self.heads

        def split(y: Floats) -> Floats:
            return y.reshape(batch, length, self.heads, size).transpose(0, 2, 1, 3)

        scores = split(self.query(x)) @ split(self.key(x)).transpose(0, 1, 3, 2)
        scores *= np.float32(size**-0.5)
        scores += masked
        mixed = softmax(scores) @ split(self.value(x))
        x = self.attended_norm(x + self.attended(mixed.transpose(0, 2, 1, 3).reshape(batch, length, width)))
        return self.outer_norm(x + self.outer(_gelu(self.inner(x))))


@dataclass(frozen=True, slots=True)
class Encoder:
    """The whole of it. Holds no state; safe from several threads.

    Attributes:
        words, places, kinds: the embeddings of tokens, of positions, and of the first and the second text.
    """

    words: Floats
    places: Floats
    kinds: Floats
    norm: Norm
    layers: tuple[Layer, ...]

    def __call__(self, ids: Ids, mask: Ids, kinds: Ids) -> Floats:
        """Token ids, mask (1 for a token, 0 for padding) and kinds (0 or 1), each (b, n) -> vectors (b, n, d)."""
        x = self.norm(self.words[ids] + self.places[: ids.shape[1]] + self.kinds[kinds])
        masked = np.where(mask[:, None, None, :] > 0, np.float32(0), MASKED)
        for layer in self.layers:
            x = layer(x, masked)
        return x


def build_encoder(weights: Mapping[str, Floats], *, heads: int) -> Encoder:
    """An encoder from weights by their names in a BERT checkpoint, `embeddings.…` and `encoder.layer.N.…`."""

    def dense(name: str) -> Dense:
        return Dense(np.ascontiguousarray(weights[f"{name}.weight"].T), weights[f"{name}.bias"])

    def norm(name: str) -> Norm:
        return Norm(weights[f"{name}.weight"], weights[f"{name}.bias"])

    def layer(number: int) -> Layer:
        at = f"encoder.layer.{number}"
        return Layer(
            query=dense(f"{at}.attention.self.query"),
            key=dense(f"{at}.attention.self.key"),
            value=dense(f"{at}.attention.self.value"),
            attended=dense(f"{at}.attention.output.dense"),
            attended_norm=norm(f"{at}.attention.output.LayerNorm"),
            inner=dense(f"{at}.intermediate.dense"),
            outer=dense(f"{at}.output.dense"),
            outer_norm=norm(f"{at}.output.LayerNorm"),
            heads=heads,
        )

    count = sum(name.endswith("attention.self.query.weight") for name in weights)
    return Encoder(
        words=weights["embeddings.word_embeddings.weight"],
        places=weights["embeddings.position_embeddings.weight"],
        kinds=weights["embeddings.token_type_embeddings.weight"],
        norm=norm("embeddings.LayerNorm"),
        layers=tuple(layer(number) for number in range(count)),
    )


def softmax(x: Floats) -> Floats:
    """Over the last axis."""
    x = np.exp(x - x.max(-1, keepdims=True))
    x /= x.sum(-1, keepdims=True)
    return x


def _gelu(x: Floats) -> Floats:
    """Gaussian error linear units in their approximation by tanh (Hendrycks & Gimpel 2016), within 0.001 of the exact ones."""
    inner = x * x
    inner *= np.float32(0.044715)
    inner += 1
    inner *= x
    inner *= np.float32((2 / np.pi) ** 0.5)
    np.tanh(inner, out=inner)
    inner += 1
    inner *= x
    inner *= np.float32(0.5)
    return inner
