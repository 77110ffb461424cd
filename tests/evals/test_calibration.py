"""Calibration by hand, by brute force, and the same over resamples as over the resampled questions themselves."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.calibration import bins
from evals.registry import SET_METRICS, Floats, Outcomes
from evals.scores import Row, Scores, summary


def outcomes(confidence: list[float], answerable: list[int], answered: list[int], correct: list[int]) -> Outcomes:
    return Outcomes(*(np.array(x, dtype=np.float64) for x in (confidence, answerable, answered, correct)))


def score(name: str, of: Outcomes, weights: Floats | None = None) -> float:
    """As a table of these outcomes has it: the table leaves out what the metric does not look at."""
    table = Scores("x", (), {}, of)
    return float(table.set_score(name, np.ones((1, len(of.confidence))) if weights is None else weights)[0])


FOUR = outcomes([0.9, 0.8, 0.4, 0.1], [1, 0, 1, 0], [1, 1, 1, 0], [1, 0, 1, 1])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("answerable AUROC", 3 / 4),
        ("Brier", (0.01 + 0.64 + 0.36 + 0.01) / 4),
        ("ECE", (0.1 + 0.8 + 0.6 + 0.1) / 4),
        ("AURC", (0 / 1 + 1 / 2 + 1 / 3) / 3),
    ],
)
def test_by_hand(name: str, expected: float) -> None:
    assert score(name, FOUR) == pytest.approx(expected, abs=1e-12)


def test_bins_share_their_questions() -> None:
    # One bin: mean confidence 0.55, half of it answerable.
    assert score("ECE", outcomes([0.52, 0.58], [1, 0], [1, 1], [1, 0])) == pytest.approx(0.05)
    assert bins(np.array([0.0, 0.1, 0.999, 1.0])).tolist() == [0, 1, 9, 9]


@pytest.mark.parametrize("name", ["answerable AUROC", "Brier", "ECE"])
def test_one_sort_of_question_alone_is_unscored(name: str) -> None:
    assert np.isnan(score(name, outcomes([0.2, 0.9], [1, 1], [1, 1], [1, 1])))


def test_risk_is_of_answers_alone() -> None:
    assert Scores("x", (), {}, FOUR).in_set("AURC").tolist() == [True, True, True, False]
    assert Scores("x", (), {}, FOUR).in_set("Brier").all()


def test_risk_is_unscored_where_nothing_is_answered() -> None:
    assert np.isnan(score("AURC", outcomes([0.2, 0.9], [1, 0], [0, 0], [0, 1])))


CASES = st.lists(
    st.tuples(st.sampled_from([0.1, 0.3, 0.5, 0.9]), st.integers(0, 1), st.integers(0, 1), st.integers(0, 1)),
    min_size=2,
    max_size=12,
)


@given(CASES)
def test_auroc_is_a_chance_over_pairs(rows: list[tuple[float, int, int, int]]) -> None:
    positive = [c for c, answerable, *_ in rows if answerable]
    negative = [c for c, answerable, *_ in rows if not answerable]
    pairs = [1.0 if p > n else 0.5 if p == n else 0.0 for p, n in itertools.product(positive, negative)]
    found = score("answerable AUROC", outcomes(*(list(x) for x in zip(*rows, strict=True))))
    assert found == pytest.approx(float(np.mean(pairs)) if pairs else np.nan, nan_ok=True)


@pytest.mark.parametrize("name", list(SET_METRICS))
@given(rows=CASES, seed=st.integers(0, 99))
def test_weights_are_the_same_as_repeating(name: str, rows: list[tuple[float, int, int, int]], seed: int) -> None:
    counts = np.random.default_rng(seed).integers(0, 3, len(rows))
    repeated = [row for row, n in zip(rows, counts, strict=True) for _ in range(n)]
    weighted = score(name, outcomes(*map(list, zip(*rows, strict=True))), counts[None].astype(float))
    if not repeated:
        assert np.isnan(weighted)
        return
    plain = score(name, outcomes(*map(list, zip(*repeated, strict=True))))
    assert weighted == pytest.approx(plain, nan_ok=True)


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [("answerable AUROC", 0.6915, 1.0), ("AURC", 0.0, 0.1157)],  # Clopper-Pearson's table, 10 of 10 and 0 of 30
)
def test_a_perfect_score_is_not_certain(name: str, low: float, high: float) -> None:
    answerable = [1] * 30 + [0] * 10
    every = outcomes([0.9] * 30 + [0.1] * 10, answerable, answerable, [1] * 40)
    rows = tuple(Row(str(i), "", "", str(i)) for i in range(40))
    found = summary(Scores("x", rows, {}, every))[name]
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-4)
