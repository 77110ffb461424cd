"""How a metric is declared: one short function, its name, what it means and where the definition comes from.

A metric scores one sample, or says None: "unscored", which is counted and left out of the mean. What cannot be said of
one sample alone (calibration) is a `SetMetric` over many.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evals.samples import Sample

Floats = NDArray[np.float64]
Better = Literal["higher", "lower", "neither"]
GROUPS = ("overall", "retrieval", "quotes", "answers", "abstention", "calibration")


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What calibration looks at: arrays of one length (n,), a place a sample.

    Attributes:
        confidence: in [0, 1].
        answerable: 1 where the articles hold the answer, else 0.
        answered: 1 where the assistant answered rather than refused.
        correct: 1 where the reply is correct (see the metric "correct").
    """

    confidence: Floats
    answerable: Floats
    answered: Floats
    correct: Floats


Score = Callable[[Sample], float | None]
SetScore = Callable[[Outcomes, Floats], Floats]


@dataclass(frozen=True, slots=True)
class Declared:
    """What every metric says of itself.

    Attributes:
        definition: the docstring of its function.
        source: the paper or tool whose definition it is; empty where it is ours.
        gated: a fall beyond chance counts as a regression.
        promised: the value that always holds, such as 1 for exact quotes: any fall is a regression.
    """

    name: str
    group: str
    better: Better
    definition: str
    source: str
    gated: bool
    promised: bool


@dataclass(frozen=True, slots=True)
class Metric(Declared):
    """`score(sample)` is a number, or None for unscored."""

    score: Score


@dataclass(frozen=True, slots=True)
class SetMetric(Declared):
    """`score(outcomes, weights)`: weights (b, n) count how often each sample stands in each of b sets; the result is
    (b,), NaN where a set cannot be scored. A weight row of ones is the set itself, others are bootstrap resamples.
    `of_answers`: it is handed the samples that were answered, without the refusals."""

    score: SetScore
    of_answers: bool


METRICS: dict[str, Metric] = {}
SET_METRICS: dict[str, SetMetric] = {}


def metric(
    name: str, *, group: str, better: Better = "higher", source: str = "", gated: bool = False, promised: bool = False
) -> Callable[[Score], Score]:
    """Declares the function below as a metric; its docstring is its definition, shown in every report."""

    def register(score: Score) -> Score:
        METRICS[name] = Metric(name, group, better, _definition(score), source, gated, promised, score)
        return score

    return register


def set_metric(
    name: str,
    *,
    group: str,
    better: Better = "higher",
    source: str = "",
    gated: bool = False,
    of_answers: bool = False,
) -> Callable[[SetScore], SetScore]:
    """The same for a metric of many samples at once."""

    def register(score: SetScore) -> SetScore:
        SET_METRICS[name] = SetMetric(name, group, better, _definition(score), source, gated, False, score, of_answers)
        return score

    return register


def _definition(function: object) -> str:
    return " ".join((function.__doc__ or "").split())


def declared() -> list[Declared]:
    """Every metric, in the order in which reports show them."""
    every: list[Declared] = [*METRICS.values(), *SET_METRICS.values()]
    return sorted(every, key=lambda m: GROUPS.index(m.group))
