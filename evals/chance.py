"""What could be luck: bootstrap intervals, paired tests, and the control of many tests at once.

All of it is seeded, so the same scores give the same numbers. Questions of one conversation stand or fall together, so
the bootstrap draws whole conversations. This module sees arrays of scores, NaN for unscored, and nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
DRAWS = 1000
FLIPS = 10_000
SEED = 0
SLACK = 1e-9
"""Sums that are equal but for rounding are equal."""
MOST_WEIGHTS = 5_000_000
"""What resamples may hold together, 40 MB: a set of over 5,000 questions gets fewer resamples, and needs fewer."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean over `n` scores, and the ends of its 95% interval; NaN where nothing was scored."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Paired:
    """Two sides on the same questions: mean difference (second minus first), its 95% interval, and two p-values.

    Attributes:
        p: of a difference at least this large either way, if there were none.
        p_less: of one at least this far down.
        p_more: of one at least this far up.
    """

    difference: float
    low: float
    high: float
    n: int
    p: float
    p_less: float
    p_more: float
    test: str


def resample(groups: Sequence[str], draws: int = DRAWS) -> Floats:
    """How often each of n samples stands in each of `draws` bootstrap resamples: (draws, n).

    Args:
        groups: the conversation of each sample; samples of one are drawn together.
    """
    if not len(groups):
        return np.zeros((draws, 0))
    draws = min(draws, max(100, MOST_WEIGHTS // len(groups)))
    member = _members(groups)
    count = int(member.max()) + 1
    generator = np.random.default_rng(SEED)
    tallies = [np.bincount(generator.integers(0, count, size=count), minlength=count) for _ in range(draws)]
    return np.array(tallies, dtype=np.float64)[:, member]


def _members(groups: Sequence[str]) -> NDArray[np.intp]:
    """The number of each sample's conversation, counted from 0."""
    found: NDArray[np.intp] = np.unique(np.asarray(groups), return_inverse=True)[1]
    return found


def interval(scores: Floats, weights: Floats) -> Interval:
    """The mean of the scored ones and its percentile bootstrap interval (Efron and Tibshirani 1993).

    Where all scores are 0, or all are 1, resampling says nothing: then it is the exact interval of Clopper and Pearson
    (1934), so that six right out of six is not shown as certain.
    """
    scored = ~np.isnan(scores)
    n = int(scored.sum())
    if n == 0:
        return Interval(math.nan, math.nan, math.nan, 0)
    kept = scores[scored]
    value = float(kept.mean())
    if bool(np.all(kept == kept[0])) and value in (0.0, 1.0):
        return Interval(value, *exact(value, n), n)
    low, high = percentiles(means(scores, weights))
    return Interval(value, low, high, n)


def exact(value: float, trials: int) -> tuple[float, float]:
    """The ends of Clopper and Pearson's 95% interval where all of some independent trials gave 0, or all gave 1."""
    margin = 1 - 0.025 ** (1 / trials)
    return (0.0, margin) if value == 0 else (1 - margin, 1.0)


def means(scores: Floats, weights: Floats) -> Floats:
    """The mean of the scored ones in each resample: (draws,), NaN where a resample holds none."""
    scored = ~np.isnan(scores)
    total = weights[:, scored].sum(axis=1)
    sums: Floats = weights[:, scored] @ scores[scored]
    averages: Floats = np.divide(sums, total, out=np.full_like(total, np.nan), where=total > 0)
    return averages


def quantile(values: Floats, percent: float, weights: Floats) -> Interval:
    """The value that `percent` of the values do not exceed (the nearest rank), and its percentile bootstrap interval."""
    if not len(values):
        return Interval(math.nan, math.nan, math.nan, 0)
    order = np.argsort(values, kind="stable")
    ranked, reached = values[order], np.cumsum(weights[:, order], axis=1)
    drawn = ranked[(reached >= percent / 100 * reached[:, -1:]).argmax(axis=1)]
    low, high = percentiles(np.where(reached[:, -1] > 0, drawn, np.nan))
    return Interval(float(np.percentile(values, percent, method="inverted_cdf")), low, high, len(values))


def percentiles(values: Floats) -> tuple[float, float]:
    """The middle 95% of bootstrap values, NaN left out."""
    values = values[~np.isnan(values)]
    if not len(values):
        return math.nan, math.nan
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def compare(first: Floats, second: Floats, groups: Sequence[str], weights: Floats) -> Paired:
    """Paired comparison of two sides' scores of the same n samples, those that both scored.

    Differences are added up by conversation. If the sides were alike, each sum would be as likely with the other sign:
    where all sums are of one size, as where questions of 0 and 1 stand alone, that is McNemar's exact test (1947);
    otherwise signs are flipped 10,000 times (Fisher 1935).
    """
    both = ~(np.isnan(first) | np.isnan(second))
    difference = np.where(both, second - first, np.nan)
    kept = difference[both]
    n = int(both.sum())
    if n == 0:
        return Paired(math.nan, math.nan, math.nan, 0, 1.0, 1.0, 1.0, "none")
    low, high = percentiles(means(difference, weights))
    sums: Floats = np.bincount(_members(groups)[both], weights=kept).astype(np.float64)
    sizes = np.abs(sums[sums != 0])
    exact = not len(sizes) or bool(np.all(sizes == sizes[0]))
    less, more = _mcnemar(sums) if exact else _sign_flips(sums)
    p = min(1.0, 2 * min(less, more))
    return Paired(float(kept.mean()), low, high, n, p, less, more, "McNemar" if exact else "sign flips")


def swaps(groups: Sequence[str]) -> Iterator[Floats]:
    """Whether each of n samples changes sides, 1,000 times over, as many at once as is not too many: (some, n) of 0
    and 1. Samples of one conversation change together, half of the conversations at a time."""
    member, generator = _members(groups), np.random.default_rng(SEED)
    at_once = max(1, min(DRAWS, MOST_WEIGHTS // max(1, len(groups))))
    for done in range(0, DRAWS, at_once):
        drawn = generator.random((min(at_once, DRAWS - done), int(member.max(initial=0)) + 1)) < 0.5
        yield drawn[:, member].astype(np.float64)


def compare_sets(difference: float, resampled: Floats, swapped: Floats, n: int) -> Paired:
    """Paired comparison of a set metric: a permutation test (Fisher 1935), and a bootstrap interval.

    Args:
        difference: second minus first on the set itself.
        resampled: (draws,) the same on bootstrap resamples, for the interval.
        swapped: (draws,) the same where some conversations changed sides: what it would be if the sides were alike.
    """
    swapped = swapped[~np.isnan(swapped)]
    if math.isnan(difference) or not len(swapped):
        return Paired(math.nan, math.nan, math.nan, 0, 1.0, 1.0, 1.0, "none")
    low, high = percentiles(resampled)
    less = (1 + int((swapped <= difference + SLACK).sum())) / (1 + len(swapped))
    more = (1 + int((swapped >= difference - SLACK).sum())) / (1 + len(swapped))
    return Paired(difference, low, high, n, min(1.0, 2 * min(less, more)), less, more, "swapped sides")


def _mcnemar(difference: Floats) -> tuple[float, float]:
    """One-sided p-values, down and up: of the conversations that moved, half would have gone either way."""
    down, up = int((difference < 0).sum()), int((difference > 0).sum())
    return _binomial_tail(down, down + up), _binomial_tail(up, down + up)


def _binomial_tail(hits: int, n: int) -> float:
    """The chance of at least `hits` heads in `n` tosses of a fair coin."""
    return float(sum(math.comb(n, k) for k in range(hits, n + 1)) / 2**n)


def _sign_flips(difference: Floats) -> tuple[float, float]:
    """One-sided p-values, down and up."""
    moved = difference[difference != 0]
    if not len(moved):
        return 1.0, 1.0
    generator = np.random.default_rng(SEED)
    sums = np.concatenate([generator.choice((-1.0, 1.0), (500, len(moved))) @ moved for _ in range(FLIPS // 500)])
    seen = float(moved.sum())
    down = (1 + int((sums <= seen + SLACK).sum())) / (1 + FLIPS)
    up = (1 + int((sums >= seen - SLACK).sum())) / (1 + FLIPS)
    return down, up


def beyond_chance(p_values: Sequence[float], rate: float = 0.05) -> list[bool]:
    """Which of several tests stand when all are looked at (Benjamini and Hochberg 1995).

    At most `rate` of the runs in which nothing changed have one that stands.
    """
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    passing = [rank for rank, i in enumerate(order, 1) if p_values[i] <= rate * rank / len(p_values)]
    standing = set(order[: max(passing, default=0)])
    return [i in standing for i in range(len(p_values))]
