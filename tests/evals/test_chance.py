"""Intervals and tests of significance, against values worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from evals.chance import beyond_chance, compare, compare_sets, interval, means, quantile, resample, swaps


def scores(*values: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.array(values, dtype=np.float64)


def groups(n: int) -> list[str]:
    return [str(i) for i in range(n)]


def test_resamples_are_of_the_same_size_and_the_same_every_time() -> None:
    weights = resample(groups(7))
    assert weights.shape == (1000, 7)
    assert (weights.sum(axis=1) == 7).all()
    assert (weights == resample(groups(7))).all()


def test_a_conversation_is_drawn_as_a_whole() -> None:
    weights = resample(["a", "b", "a"])
    assert (weights[:, 0] == weights[:, 2]).all()
    assert not (weights[:, 0] == weights[:, 1]).all()


def test_the_interval_of_a_share_is_as_wide_as_the_normal_one() -> None:
    values = scores(*[1.0] * 300, *[0.0] * 100)
    found = interval(values, resample(groups(400)))
    margin = 1.96 * math.sqrt(0.75 * 0.25 / 400)
    assert (found.value, found.n) == (0.75, 400)
    assert (found.low, found.high) == pytest.approx((0.75 - margin, 0.75 + margin), abs=0.006)


def test_unscored_is_left_out() -> None:
    found = interval(scores(1.0, math.nan, 0.0, math.nan), resample(groups(4)))
    assert (found.value, found.n) == (0.5, 2)
    assert interval(scores(math.nan), resample(groups(1))).n == 0
    assert means(scores(3.0, math.nan), np.array([[2.0, 9.0]])).tolist() == [3.0]


def test_ten_right_out_of_ten_is_not_certain() -> None:
    found = interval(scores(*[1.0] * 10), resample(groups(10)))
    assert (found.low, found.high) == pytest.approx((0.6915, 1.0), abs=1e-4)  # Clopper-Pearson's table
    assert interval(scores(*[0.0] * 10), resample(groups(10))).high == pytest.approx(0.3085, abs=1e-4)


def test_mcnemar_counts_only_flips() -> None:
    first, second = scores(*[1.0] * 9, 0.0, *[1.0] * 90), scores(*[0.0] * 9, 1.0, *[1.0] * 90)
    found = compare(first, second, groups(100), resample(groups(100)))
    # Nine down and one up: (C(10, 9) + C(10, 10)) / 2^10.
    assert found.test == "McNemar"
    assert (found.p_less, found.p, found.p_more) == pytest.approx((11 / 1024, 22 / 1024, 1023 / 1024))
    assert found.difference == pytest.approx(-0.08)
    assert found.low < -0.08 < found.high < 0


def test_no_flip_is_no_difference() -> None:
    values = scores(1.0, 0.0, 1.0, 0.5)
    found = compare(values, values, groups(4), resample(groups(4)))
    assert (found.difference, found.p, found.p_less) == (0.0, 1.0, 1.0)


def test_sign_flips_agree_with_all_the_flips_there_are() -> None:
    # Seven falls of 0.25 and two of 0.125: of the 512 ways to sign them, one falls as far.
    first, second = scores(*[0.75] * 9), scores(*[0.5] * 7, *[0.625] * 2)
    found = compare(first, second, groups(9), resample(groups(9)))
    assert (found.test, found.n) == ("sign flips", 9)
    assert found.p_less == pytest.approx(1 / 512, abs=0.0015)
    assert found.p_more == pytest.approx(1.0)


def test_a_conversation_that_falls_as_a_whole_is_one_fall() -> None:
    first, second = scores(*[1.0] * 12), scores(*[0.0] * 12)
    alone = compare(first, second, groups(12), resample(groups(12)))
    together = compare(first, second, ["a"] * 6 + ["b"] * 6, resample(["a"] * 6 + ["b"] * 6))
    assert (alone.p_less, together.p_less) == (1 / 2**12, 1 / 2**2)
    assert together.difference == -1.0


def test_a_conversation_whose_turns_make_up_for_each_other_has_not_moved() -> None:
    first, second = scores(1.0, 0.0, 1.0), scores(0.0, 1.0, 0.0)
    assert compare(first, second, ["a", "a", "b"], resample(["a", "a", "b"])).p_less == 1 / 2


def test_the_nearest_rank_of_a_latency_and_its_interval() -> None:
    seconds = np.arange(1.0, 101.0)
    half, most = (quantile(seconds, percent, resample(groups(100))) for percent in (50, 95))
    assert (half.value, most.value, half.n) == (50.0, 95.0, 100)
    # The ranks between which a median of 100 lies with 95%: 50 - 9.8 and 50 + 9.8.
    assert (half.low, half.high) == pytest.approx((40, 60), abs=1.5)
    assert quantile(np.array([]), 50, np.zeros((1000, 0))).n == 0


def test_a_huge_set_is_resampled_within_bounds() -> None:
    weights = resample(groups(100_000))
    assert weights.shape == (100, 100_000)
    assert (weights.sum(axis=1) == 100_000).all()
    assert [part.shape for part in swaps(groups(10_000))] == [(500, 10_000)] * 2


def test_a_pair_with_an_unscored_side_is_left_out() -> None:
    found = compare(scores(1.0, math.nan, 1.0), scores(0.0, 1.0, math.nan), groups(3), resample(groups(3)))
    assert (found.n, found.difference) == (1, -1.0)
    assert compare(scores(math.nan), scores(1.0), groups(1), resample(groups(1))).n == 0


def test_set_metrics_are_held_against_what_they_would_be_if_sides_were_alike() -> None:
    found = compare_sets(0.9, np.linspace(0.5, 1.3, 101), np.r_[np.zeros(97), 0.9, 1.0], 50)
    assert (found.difference, found.p_more, found.p_less, found.n) == pytest.approx((0.9, 3 / 100, 99 / 100, 50))
    assert (found.low, found.high) == pytest.approx((0.52, 1.28))
    assert compare_sets(math.nan, np.zeros(1), np.zeros(1), 5).p == 1.0


def test_half_of_the_conversations_change_sides_each_as_a_whole() -> None:
    drawn = np.concatenate(list(swaps(["a", "b", "a", "c"])))
    assert drawn.shape == (1000, 4)
    assert (drawn[:, 0] == drawn[:, 2]).all()
    assert drawn.mean(axis=0) == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(
    ("p_values", "standing"),
    [
        ([0.01, 0.04, 0.5], [True, False, False]),
        ([0.03, 0.04, 0.049], [True, True, True]),
        ([0.2, 0.9], [False, False]),
        ([], []),
    ],
)
def test_many_tests_are_looked_at_together(p_values: list[float], standing: list[bool]) -> None:
    assert beyond_chance(p_values) == standing
