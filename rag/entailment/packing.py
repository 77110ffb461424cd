"""What a model was changed by, in half a byte a weight: small enough to come with the program.

The change of a weight is small beside the weight, so sixteen steps a row are enough (Dettmers et al. 2023 keep whole models
in as many). It knows arrays, not models.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

LARGEST = 7
CLIPPED = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""Shares of a row's largest change that the steps may reach to: of these the one that loses least is taken."""


def pack(change: Floats) -> tuple[NDArray[np.uint8], NDArray[np.float16]]:
    """A matrix (m, n), n even, as codes (m, n / 2), two in a byte, and the size of a step for each row (m,)."""
    most = np.abs(change).max(axis=1, keepdims=True) + np.float32(1e-12)
    steps = [most * np.float32(share / LARGEST) for share in CLIPPED]
    losses = np.stack([((change - _rounded(change, step) * step) ** 2).sum(axis=1) for step in steps])
    step = np.stack(steps)[losses.argmin(axis=0), np.arange(len(change))].astype(np.float16)
    codes = (_rounded(change, step.astype(np.float32)) + 8).astype(np.uint8)
    packed: NDArray[np.uint8] = codes[:, ::2] * np.uint8(16) + codes[:, 1::2]
    return packed, step[:, 0]


def unpack(codes: NDArray[np.uint8], step: NDArray[np.float16]) -> Floats:
    """The matrix again, each weight to the nearest step."""
    whole = np.empty((codes.shape[0], 2 * codes.shape[1]), dtype=np.float32)
    whole[:, ::2], whole[:, 1::2] = codes >> 4, codes & 15
    whole -= 8
    whole *= step.astype(np.float32)[:, None]
    return whole


def _rounded(change: Floats, step: Floats) -> Floats:
    """In steps, none more than `LARGEST` from 0."""
    rounded: Floats = np.clip(np.rint(change / np.maximum(step, np.float32(1e-12))), -LARGEST, LARGEST)
    return rounded
