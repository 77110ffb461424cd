"""Two runs of the same questions, side by side: what differs, whether it could be luck, and which questions flipped."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evals.chance import Paired, beyond_chance, compare, compare_sets, resample, swaps
from evals.registry import SET_METRICS, Declared, Floats, declared
from evals.scores import Scores
from rag.errors import BadInput

NEGLIGIBLE = 1e-4
"""A smaller difference is nobody's regression: another processor's rounding moves confidences in the seventh digit."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One metric on both sides.

    Attributes:
        first, second: its means over the questions that both sides scored.
        regression: it fell on the second side, and that is no luck; or it fell at all, where a promise was broken.
        improvement: it rose, and that is no luck.
    """

    metric: Declared
    first: float
    second: float
    paired: Paired
    regression: bool = False
    improvement: bool = False


@dataclass(frozen=True, slots=True)
class Flip:
    """A question that one side got right and the other did not."""

    id: str
    better: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """The second side against the first. `left_out` counts questions that only one side asked, or that have changed."""

    first: str
    second: str
    shared: int
    left_out: int
    differences: tuple[Difference, ...]
    flips: tuple[Flip, ...]

    @property
    def regressions(self) -> tuple[Difference, ...]:
        return tuple(d for d in self.differences if d.regression)


def compare_scores(first: Scores, second: Scores) -> Comparison:
    """Question by question, on those that are the same in both.

    Raises:
        BadInput: they have no question in common.
    """
    at = {(row.id, row.digest): i for i, row in enumerate(first.rows)}
    shared = [i for i, row in enumerate(second.rows) if (row.id, row.digest) in at]
    if not shared:
        raise BadInput(f"{first.label} and {second.label} have no question in common, so they cannot be compared")
    b = second.take(shared)
    a = first.take([at[row.id, row.digest] for row in b.rows])
    weights = resample(b.groups)
    found = [_difference(metric, a, b, weights) for metric in declared()]
    differences = _judge([d for d in found if d.paired.n])
    right = np.nan_to_num(a.columns["correct"]), np.nan_to_num(b.columns["correct"])
    flips = tuple(Flip(row.id, bool(y > x)) for row, x, y in zip(b.rows, *right, strict=True) if x != y)
    left_out = len(first.rows) + len(second.rows) - 2 * len(shared)
    return Comparison(first.label, second.label, len(shared), left_out, differences, flips)


def _difference(metric: Declared, a: Scores, b: Scores, weights: Floats) -> Difference:
    if metric.name in SET_METRICS:
        return _set_difference(metric, a, b, weights)
    absent = np.full(len(a.rows), math.nan)  # a baseline may be older than a metric
    first, second = a.columns.get(metric.name, absent), b.columns.get(metric.name, absent)
    paired = compare(first, second, b.groups, weights)
    both = ~(np.isnan(first) | np.isnan(second))
    if not both.any():
        return Difference(metric, math.nan, math.nan, paired)
    return Difference(metric, float(first[both].mean()), float(second[both].mean()), paired)


def _set_difference(metric: Declared, a: Scores, b: Scores, weights: Floats) -> Difference:
    """On the questions that raised an error on neither side."""
    sound = np.flatnonzero(~(np.isnan(a.outcomes.correct) | np.isnan(b.outcomes.correct)))
    a, b, weights = a.take(sound.tolist()), b.take(sound.tolist()), weights[:, sound]
    ones = np.ones((1, len(sound)))
    x, y = (float(side.set_score(metric.name, ones)[0]) for side in (a, b))
    resampled = b.set_score(metric.name, weights) - a.set_score(metric.name, weights)
    alike = np.concatenate([_swapped(metric.name, a.beside(b), change) for change in swaps(b.groups)])
    return Difference(metric, x, y, compare_sets(y - x, resampled, alike, len(sound)))


def _swapped(name: str, both: Scores, change: Floats) -> Floats:
    """A set metric's difference where these questions change sides: (draws,)."""
    stay = 1 - change
    return both.set_score(name, np.hstack([change, stay])) - both.set_score(name, np.hstack([stay, change]))


def _judge(differences: Sequence[Difference]) -> tuple[Difference, ...]:
    """Marks what stands when all gated metrics are looked at together, and every broken promise."""
    gated = [d for d in differences if d.metric.gated]
    worse = dict(zip(_names(gated), beyond_chance([_p(d, worse=True) for d in gated]), strict=True))
    better = dict(zip(_names(gated), beyond_chance([_p(d, worse=False) for d in gated]), strict=True))
    return tuple(
        Difference(
            d.metric,
            d.first,
            d.second,
            d.paired,
            regression=worse.get(d.metric.name, False) or (d.metric.promised and _signed(d) < 0),
            improvement=better.get(d.metric.name, False),
        )
        for d in differences
    )


def _names(differences: Sequence[Difference]) -> list[str]:
    return [d.metric.name for d in differences]


def _p(difference: Difference, *, worse: bool) -> float:
    if abs(difference.paired.difference) < NEGLIGIBLE:
        return 1.0
    down = (difference.metric.better == "higher") == worse
    return difference.paired.p_less if down else difference.paired.p_more


def _signed(difference: Difference) -> float:
    """Above 0 where the second side is better."""
    return difference.paired.difference * (1 if difference.metric.better == "higher" else -1)
