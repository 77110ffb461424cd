"""A matrix comes back from half a byte a weight within half a step."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rag.entailment.packing import LARGEST, pack, unpack


@given(arrays(np.float32, (3, 8), elements=st.floats(-0.25, 0.25, width=32)))
def test_what_is_not_clipped_is_within_half_a_step(change: np.ndarray) -> None:
    codes, step = pack(change)
    found, width = unpack(codes, step), step.astype(np.float32)[:, None]
    kept = np.abs(change) <= LARGEST * width
    assert (np.abs(found - change) <= 0.51 * width + 1e-6)[kept].all()
    assert (np.sign(found) * np.sign(change) >= 0).all()


def test_half_a_byte_a_weight() -> None:
    codes, step = pack(np.ones((4, 10), dtype=np.float32))
    assert codes.nbytes == 4 * 5 and step.nbytes == 4 * 2


def test_little_of_a_change_is_lost() -> None:
    change = np.random.default_rng(0).normal(0, 0.01, (64, 384)).astype(np.float32)
    lost = ((unpack(*pack(change)) - change) ** 2).sum() / (change**2).sum()
    assert lost < 0.02


def test_no_change_stays_none() -> None:
    assert not unpack(*pack(np.zeros((2, 4), dtype=np.float32))).any()
