"""What confidence is worth: metrics of a whole set of samples, computed for many resamples at once.

Each takes `Outcomes` of n samples and weights (b, n), and gives (b,) numbers, NaN where a set cannot be scored.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evals.registry import Floats, Outcomes, set_metric

BINS = 10


@set_metric("answerable AUROC", group="calibration", source="Hanley and McNeil 1982, Radiology 143:29", gated=True)
def auroc(outcomes: Outcomes, weights: Floats) -> Floats:
    """The chance that a question that the articles answer gets more confidence than one that they don't; ties count
    half. Unscored without both sorts."""
    order, starts = _tied(outcomes.confidence)
    answerable = outcomes.answerable[order]
    positive = np.add.reduceat(weights[:, order] * answerable, starts, axis=1)
    negative = np.add.reduceat(weights[:, order] * (1 - answerable), starts, axis=1)
    below = np.cumsum(negative, axis=1) - negative / 2
    pairs = positive.sum(axis=1) * negative.sum(axis=1)
    return _ratio((positive * below).sum(axis=1), pairs)


@set_metric("Brier", group="calibration", better="lower", source="Brier 1950, Monthly Weather Review 78:1", gated=True)
def brier(outcomes: Outcomes, weights: Floats) -> Floats:
    """The mean square of confidence minus 1 where the articles answer the question, minus 0 where they don't. Unscored
    without both sorts."""
    errors = (outcomes.confidence - outcomes.answerable) ** 2
    return _both_sorts(weights @ errors / _total(weights), outcomes, weights)


@set_metric(
    "ECE", group="calibration", better="lower", source="Guo et al. 2017, On Calibration of Modern Neural Networks"
)
def expected_calibration_error(outcomes: Outcomes, weights: Floats) -> Floats:
    """Confidence in ten bins of equal width: the gap between the mean confidence of a bin and the share of its
    questions that the articles answer, averaged over the questions. Unscored without both sorts."""
    member = np.eye(BINS)[bins(outcomes.confidence)]
    gaps = np.abs((weights * (outcomes.confidence - outcomes.answerable)) @ member)
    return _both_sorts(gaps.sum(axis=1) / _total(weights), outcomes, weights)


@set_metric(
    "AURC",
    group="calibration",
    better="lower",
    source="Geifman and El-Yaniv 2017, Selective Classification",
    of_answers=True,
)
def area_under_risk_coverage(outcomes: Outcomes, weights: Floats) -> Floats:
    """Answers in the order of their confidence: the share of wrong ones among the first 1, 2, 3, … averaged. Refusals
    are left out. Where confidences are equal, each place takes the share among all up to the last of them."""
    order, starts = _tied(-outcomes.confidence)
    weight = weights[:, order]
    answers = np.add.reduceat(weight, starts, axis=1)
    wrong = np.add.reduceat(weight * (1 - outcomes.correct[order]), starts, axis=1)
    risk = _ratio(np.cumsum(wrong, axis=1), np.cumsum(answers, axis=1))
    return _ratio(np.nansum(risk * answers, axis=1), answers.sum(axis=1))


def bins(confidence: Floats) -> NDArray[np.intp]:
    """The bin of each confidence, 0 to `BINS - 1`; 1.0 belongs to the last."""
    return np.minimum((confidence * BINS).astype(np.intp), BINS - 1)


def _tied(values: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """An ascending order of `values`, and where in it each run of equal ones starts."""
    order = np.argsort(values, kind="stable")
    ranked = values[order]
    return order, np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])


def _ratio(top: Floats, bottom: Floats) -> Floats:
    return np.divide(top, bottom, out=np.full_like(top, np.nan, dtype=np.float64), where=bottom > 0)


def _total(weights: Floats) -> Floats:
    total: Floats = weights.sum(axis=1)
    return total


def _both_sorts(values: Floats, outcomes: Outcomes, weights: Floats) -> Floats:
    positive = weights @ outcomes.answerable
    return np.where((positive > 0) & (positive < _total(weights)), values, np.nan)
