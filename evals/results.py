"""What a whole evaluation found: every side's samples, means and latencies, and how the sides compare.

The one thing that tables and reports are drawn from. What differs from run to run of the same code (latency, the time
of day) is kept apart from what doesn't.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from evals.chance import Interval, quantile, resample
from evals.comparison import Comparison, Difference
from evals.grounding import GroundingReport
from evals.reasons import reasons
from evals.registry import Floats
from evals.samples import Sample
from evals.scores import Scores, summary, tabulate


@dataclass(frozen=True, slots=True)
class Measured:
    """One side: its samples, and the means of its scores, over all questions and by kind of question."""

    label: str
    samples: tuple[Sample, ...]
    scores: Scores
    overall: Mapping[str, Interval]
    by_kind: Mapping[str, Mapping[str, Interval]]

    @property
    def seconds(self) -> Floats:
        """What each reply took; errors are left out."""
        return np.array([s.reply.seconds for s in self.samples if not s.reply.error], dtype=np.float64)

    def latency(self, percent: float) -> Interval:
        """The seconds that `percent` of the replies took at most."""
        groups = [g for g, s in zip(self.scores.groups, self.samples, strict=True) if not s.reply.error]
        return quantile(self.seconds, percent, resample(groups))


@dataclass(frozen=True, slots=True)
class Results:
    """An evaluation. `comparisons` hold the other sides against the first; `baseline` the first against a kept run; `claims`
    are how generated sentences are judged, where that was asked for."""

    questions: str
    corpus: str
    sides: tuple[Measured, ...]
    comparisons: tuple[Comparison, ...]
    baseline: Comparison | None
    texts: Mapping[str, str]
    claims: tuple[GroundingReport, ...] = ()

    @property
    def errors(self) -> int:
        return sum(sample.reply.kind == "error" for side in self.sides for sample in side.samples)

    @property
    def passed(self) -> bool:
        """No error, and no regression against the baseline."""
        return not self.errors and not (self.baseline and self.baseline.regressions)


def measure(label: str, samples: Sequence[Sample]) -> Measured:
    """Scores the samples of a side."""
    scores = tabulate(label, samples)
    kinds = scores.kinds if len(scores.kinds) > 1 else []
    by_kind = {kind: summary(scores.of_kind(kind)) for kind in sorted(kinds)}
    return Measured(label, tuple(samples), scores, summary(scores), by_kind)


def to_json(results: Results) -> dict[str, Any]:
    """The report for programs: `results` is the same for the same code and questions, `timing` is not."""
    return {
        "results": {
            "questions": results.questions,
            "corpus": results.corpus,
            "passed": results.passed,
            "sides": [_side(side, results.texts) for side in results.sides],
            "comparisons": [_comparison(c) for c in results.comparisons],
            "baseline": _comparison(results.baseline) if results.baseline else None,
            "claims": {report.part: _claims(report) for report in results.claims},
        },
        "timing": {
            side.label: {
                "p50": _interval(side.latency(50)),
                "p95": _interval(side.latency(95)),
                "total": float(side.seconds.sum()),
            }
            for side in results.sides
        },
    }


def _claims(report: GroundingReport) -> dict[str, Any]:
    return {
        "lies": report.told,
        "caught": _plain(report.caught),
        "paraphrases": len(report.judged) - report.told,
        "kept": _plain(report.kept),
    }


def _side(side: Measured, texts: Mapping[str, str]) -> dict[str, Any]:
    return {
        "label": side.label,
        "overall": {name: _interval(value) for name, value in side.overall.items()},
        "by_kind": {kind: {n: _interval(v) for n, v in means.items()} for kind, means in side.by_kind.items()},
        "samples": [_sample(side, i, texts) for i in range(len(side.samples))],
    }


def _sample(side: Measured, i: int, texts: Mapping[str, str]) -> dict[str, Any]:
    sample = side.samples[i]
    reply = asdict(sample.reply)
    del reply["seconds"]
    scores = {name: round(float(c[i]), 6) for name, c in side.scores.columns.items() if not math.isnan(c[i])}
    question = {"id": sample.question.id, "kind": sample.question.kind, "question": sample.question.question}
    return {**question, "scores": scores, "reasons": list(reasons(sample, texts)), "reply": reply}


def _interval(value: Interval) -> dict[str, Any]:
    return {name: _plain(number) for name, number in asdict(value).items()}


def _comparison(comparison: Comparison) -> dict[str, Any]:
    return {
        "first": comparison.first,
        "second": comparison.second,
        "shared": comparison.shared,
        "left_out": comparison.left_out,
        "differences": {d.metric.name: _difference(d) for d in comparison.differences},
        "flips": [asdict(flip) for flip in comparison.flips],
    }


def _difference(d: Difference) -> dict[str, Any]:
    paired = {key: _plain(value) for key, value in asdict(d.paired).items()}
    sides = {"first": _plain(d.first), "second": _plain(d.second)}
    return {**sides, **paired, "regression": d.regression, "improvement": d.improvement}


def _plain(value: Any) -> Any:
    """Six digits; null for what is not a number, which JSON cannot say."""
    if not isinstance(value, float):
        return value
    return None if math.isnan(value) else round(value, 6)
