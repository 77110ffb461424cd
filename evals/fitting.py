"""Fits the weights of the ranking and of the confidence to question sets, and prints them beside those in use.

`python -m evals fit --questions SET --questions SET …`: what stands in `rag.answering.ranking.FEATURES` and
`rag.answering.confidence.WEIGHTS` was found this way. Held-out questions are left out. It changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evals.questions import Question
from rag.answering.ranking import FEATURES
from rag.types import Turn

Floats = NDArray[np.float64]

PENALTY = 1e-3
"""The weight of the squared (scaled) weights in the loss: enough to keep features that say the same apart."""

FEWEST = 20
"""A handful of questions of a kind says too little to count as much as a hundred."""

STEPS = 400


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One question as the assistant saw it.

    Attributes:
        sentences: (n, f) features of the sentences that were ranked.
        right: (n,) whether each is evidence.
        signs: what the confidence is made of, by name.
        answerable: whether the articles answer it.
    """

    sentences: Floats
    right: NDArray[np.bool_]
    signs: dict[str, float]
    answerable: bool


def collect(assistant: Any, questions: Sequence[Question], progress: Callable[[int, int], None]) -> list[Case]:
    """Asks the assistant to rank, question by question; left out are those for which no sentence is found, and those with neither
    evidence that could be found nor a verdict, such as thanks."""
    index, cases = assistant.index, []
    for done, question in enumerate(questions, 1):
        progress(done, len(questions))
        if question.answerable and not question.gold and question.verdict is None:
            continue
        turns = [Turn(turn.question, turn.answer) for turn in question.history]
        understood = assistant.understand(index, question.question, turns)
        ranking = assistant.rank(index, understood)
        if ranking.sentences:
            found = np.array([s.features for s in ranking.sentences], dtype=np.float64)
            right = np.array([_is_evidence(s, question) for s in ranking.sentences])
            signs = assistant.signs(index, understood, ranking, assistant.read(understood, ranking))
            cases.append(Case(found, right, signs, question.answerable))
    return cases


def _is_evidence(ranked: Any, question: Question) -> bool:
    source, span = ranked.passage.source, ranked.sentence
    return any(g.source == source and g.start < span.end and span.start < g.end for g in question.gold)


def fit_ranking(sets: Sequence[Sequence[Case]]) -> dict[str, float]:
    """Weights under which the evidence of each question has the largest share of a softmax over its sentences.

    The listwise loss of Cao et al., "Learning to Rank: From Pairwise Approach to Listwise Approach" (ICML 2007); a set
    of n questions counts as its square root.
    """
    usable = [some for cases in sets if (some := [case for case in cases if case.right.any()])]
    cases = [case for some in usable for case in some]
    weight = np.concatenate([np.full(len(some), 1 / np.sqrt(max(1, len(some)))) for some in usable])
    weight /= weight.sum()
    scale = np.concatenate([case.sentences for case in cases]).std(axis=0) + 1e-9

    def gradient(w: Floats) -> Floats:
        total = 2 * PENALTY * w
        for case, share in zip(cases, weight, strict=True):
            scaled = case.sentences / scale
            chance = np.exp(scaled @ w - (scaled @ w).max())
            right = chance * case.right
            total += share * (scaled.T @ (chance / chance.sum() - right / right.sum()))
        return total

    return dict(zip(FEATURES, _descend(gradient, len(scale)) / scale, strict=True))


def fit_confidence(sets: Sequence[Sequence[Case]]) -> dict[str, float]:
    """Weights of a logistic model of whether a question is answerable.

    Every set counts the same, and in it both kinds; fewer than `FEWEST` of a kind count less.
    """
    rows, wanted, weight = [], [], []
    for cases in sets:
        answerable = sum(case.answerable for case in cases)
        for case in cases:
            rows.append(list(case.signs.values()))
            wanted.append(float(case.answerable))
            weight.append(1.0 / max(FEWEST, answerable if case.answerable else len(cases) - answerable))
    signs, truth, share = np.array(rows), np.array(wanted), np.array(weight) / sum(weight)
    scale = signs.std(axis=0)
    scale[scale < 1e-9] = 1.0

    def gradient(w: Floats) -> Floats:
        chance = 1 / (1 + np.exp(-(signs / scale) @ w))
        slope: Floats = (signs / scale).T @ (share * (chance - truth)) + 2 * PENALTY * w
        return slope

    names = next(case.signs for cases in sets for case in cases)
    return dict(zip(names, _descend(gradient, signs.shape[1]) / scale, strict=True))


def _descend(gradient: Callable[[Floats], Floats], size: int) -> Floats:
    """The minimum of a smooth convex loss by Adam (Kingma and Ba, ICLR 2015) with a falling rate."""
    w, first, second = np.zeros(size), np.zeros(size), np.zeros(size)
    for step in range(1, STEPS + 1):
        slope = gradient(w)
        first = 0.9 * first + 0.1 * slope
        second = 0.999 * second + 0.001 * slope**2
        unbiased = first / (1 - 0.9**step), second / (1 - 0.999**step)
        w -= 0.3 * (1 - step / (STEPS + 1)) * unbiased[0] / (np.sqrt(unbiased[1]) + 1e-8)
    return w


def best_right(cases: Sequence[Case], weights: dict[str, float]) -> float:
    """The share of questions with evidence found whose best sentence is evidence."""
    usable = [case for case in cases if case.right.any()]
    vector = np.array(list(weights.values()))
    return float(np.mean([case.right[int(np.argmax(case.sentences @ vector))] for case in usable])) if usable else 0.0
