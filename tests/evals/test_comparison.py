"""Two tables of scores, side by side: what counts as worse, what is chance, and what is left out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from evals.comparison import compare_scores
from evals.questions import Question
from evals.registry import Floats
from evals.samples import Reply, Sample
from evals.scores import Scores, tabulate
from rag.errors import BadInput
from rag.types import Turn

N = 120


def table(right: Floats, *, more: float = 0.0, chain: int = 1) -> Scores:
    """Questions with a verdict, right or wrong, every fourth unanswerable; `chain` of them share a conversation. The confidence
    is 0.9 where a question is answerable, else 0.8 and `more`."""
    samples = []
    for i, is_right in enumerate(right):
        history = (Turn(f"opening {i // chain}"),) if chain > 1 else ()
        question = Question(str(i), f"question {i}?", history=history, answerable=i % 4 > 0, verdict="push")
        confidence = 0.9 if question.answerable else 0.8 + more
        samples.append(Sample(question, Reply("answer", verdict="push" if is_right else "pull", confidence=confidence)))
    return tabulate("side", samples)


def regressions(first: Scores, second: Scores) -> list[str]:
    return [d.metric.name for d in compare_scores(first, second).regressions]


def test_what_fell_beyond_chance_is_a_regression_and_what_rose_is_none() -> None:
    good, bad = table(np.ones(N)), table((np.arange(N) % 5 > 0).astype(float))
    assert regressions(good, bad) == ["correct", "verdict right", "verdict wrong"]
    assert regressions(bad, good) == []
    assert {d.metric.name for d in compare_scores(bad, good).differences if d.improvement} == set(
        regressions(good, bad)
    )


@pytest.mark.parametrize("chain", [1, 4], ids=["alone", "in conversations"])
def test_runs_that_are_as_often_better_as_worse_seldom_fail(chain: int) -> None:
    chance = np.random.default_rng(0)
    alarms = 0
    for _ in range(40):
        moved, signs = chance.random(N // chain) < 0.4, chance.random(N // chain) < 0.5
        fell, rose = (np.repeat(moved & of, chain).astype(float) for of in (signs, ~signs))
        alarms += bool(regressions(table(1 - rose, chain=chain), table(1 - fell, chain=chain)))
    assert alarms <= 5  # of 40 at 5% two are expected, and more than five in 1 of 100 such tests


@pytest.mark.parametrize(("moved", "said"), [(1e-5, []), (0.05, ["Brier"])])
def test_rounding_is_no_regression(moved: float, said: list[str]) -> None:
    assert regressions(table(np.ones(N)), table(np.ones(N), more=moved)) == said


def test_calibration_is_compared_on_the_questions_that_both_sides_answered() -> None:
    whole = table(np.ones(N))
    fewer = replace(whole.outcomes, correct=np.where(np.arange(N) < 40, np.nan, whole.outcomes.correct))
    (brier,) = [
        d for d in compare_scores(whole, replace(whole, outcomes=fewer)).differences if d.metric.name == "Brier"
    ]
    assert (brier.paired.n, brier.paired.difference) == (N - 40, 0.0)


def test_nothing_in_common_is_bad_input() -> None:
    first, second = table(np.ones(4)), table(np.ones(8))
    with pytest.raises(BadInput, match="no question in common"):
        compare_scores(first.take([0, 1]), second.take([6, 7]))
