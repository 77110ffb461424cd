"""A run as a table of numbers: a row a question, a column a metric. It is averaged, compared, kept as a baseline."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evals import calibration, metrics  # importing them declares the metrics
from evals.chance import Interval, exact, interval, percentiles, resample
from evals.files import read_text
from evals.registry import METRICS, SET_METRICS, Floats, Outcomes
from evals.samples import Sample
from rag.errors import BadInput

__all__ = ["Scores", "calibration", "metrics", "read_baseline", "summary", "tabulate", "write_baseline"]
BASELINE_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Row:
    """Which question a row is: its `group` names the conversation it stands in."""

    id: str
    digest: str
    kind: str
    group: str


@dataclass(frozen=True, slots=True)
class Scores:
    """A table of n rows.

    Attributes:
        label: the side that was measured ("model=extractive").
        rows: (n,) the questions.
        columns: metric name -> (n,) scores, NaN for unscored.
        outcomes: what calibration looks at; errors have NaN in `correct`.
    """

    label: str
    rows: tuple[Row, ...]
    columns: Mapping[str, Floats]
    outcomes: Outcomes

    @property
    def groups(self) -> list[str]:
        return [row.group for row in self.rows]

    @property
    def kinds(self) -> list[str]:
        """The kinds of question, each once, in the order of their first question."""
        return list(dict.fromkeys(row.kind for row in self.rows))

    def take(self, at: Sequence[int]) -> Scores:
        """The table of these rows, in this order."""
        o, where = self.outcomes, np.asarray(at, dtype=np.intp)
        return Scores(
            self.label,
            tuple(self.rows[i] for i in at),
            {name: column[where] for name, column in self.columns.items()},
            Outcomes(o.confidence[where], o.answerable[where], o.answered[where], o.correct[where]),
        )

    def of_kind(self, kind: str) -> Scores:
        """The rows of one kind of question."""
        return self.take([i for i, row in enumerate(self.rows) if row.kind == kind])

    def beside(self, other: Scores) -> Scores:
        """The outcomes of both tables, one after the other; rows and columns are this one's."""
        pairs = zip(_outcome_columns(self.outcomes), _outcome_columns(other.outcomes), strict=True)
        return replace(self, outcomes=Outcomes(*(np.concatenate(pair) for pair in pairs)))

    def in_set(self, name: str) -> NDArray[np.bool_]:
        """(n,) which rows a set metric looks at: errors are left out, and refusals where it is of answers."""
        valid: NDArray[np.bool_] = ~np.isnan(self.outcomes.correct)
        return valid & (self.outcomes.answered > 0) if SET_METRICS[name].of_answers else valid

    def set_score(self, name: str, weights: Floats) -> Floats:
        """A set metric of each resample."""
        o, kept = self.outcomes, self.in_set(name)
        if not kept.any():
            return np.full(len(weights), np.nan)
        outcomes = Outcomes(o.confidence[kept], o.answerable[kept], o.answered[kept], o.correct[kept])
        return SET_METRICS[name].score(outcomes, weights[:, kept])


def tabulate(label: str, samples: Sequence[Sample]) -> Scores:
    """Every metric of every sample."""
    columns = {name: _column([_score(name, sample) for sample in samples]) for name in METRICS}
    outcomes = Outcomes(
        _column([sample.reply.confidence for sample in samples]),
        _column([float(sample.question.answerable) for sample in samples]),
        _column([float(sample.reply.answered) for sample in samples]),
        columns["correct"],
    )
    groups = _conversations(samples)
    rows = tuple(
        Row(s.question.id, s.question.digest, s.question.kind, g) for s, g in zip(samples, groups, strict=True)
    )
    return Scores(label, rows, columns, outcomes)


def _score(name: str, sample: Sample) -> float | None:
    if sample.reply.kind == "error" and name != "errors":
        return None
    return METRICS[name].score(sample)


def _column(values: Sequence[float | None]) -> Floats:
    return np.array([math.nan if value is None else value for value in values], dtype=np.float64)


def _conversations(samples: Sequence[Sample]) -> tuple[str, ...]:
    """Which conversation each question stands in: the one that opened with the same words, or that it follows."""
    opened: dict[str, str] = {}
    for sample in samples:
        q = sample.question
        if q.follows is not None:
            opened[q.id] = opened.get(q.follows, q.follows)
        else:
            opened[q.id] = q.history[0].question if q.history else q.question
    return tuple(opened[sample.question.id] for sample in samples)


def summary(scores: Scores) -> dict[str, Interval]:
    """The mean of each metric with its interval; metrics that no question is scored on are left out."""
    weights = resample(scores.groups)
    found = {name: interval(column, weights) for name, column in scores.columns.items()}
    found |= {name: _set_interval(scores, name, weights) for name in SET_METRICS}
    return {name: value for name, value in found.items() if value.n}


def _set_interval(scores: Scores, name: str, weights: Floats) -> Interval:
    value = float(scores.set_score(name, np.ones((1, len(scores.rows))))[0])
    if math.isnan(value):
        return Interval(math.nan, math.nan, math.nan, 0)
    counted = scores.in_set(name)
    drawn = percentiles(scores.set_score(name, weights))
    low, high = exact(value, _trials(scores, name)) if value in (0.0, 1.0) else drawn
    return Interval(value, low, high, int(counted.sum()))


def _trials(scores: Scores, name: str) -> int:
    """How many independent trials a perfect score of a set counts for: its answers, or its pairs of an answerable
    question with an unanswerable one that share none, so that ten questions told apart are not shown as certain."""
    counted = scores.in_set(name)
    sorts = scores.outcomes.answerable[counted]
    pairs = int(min(sorts.sum(), (1 - sorts).sum()))
    return int(counted.sum()) if SET_METRICS[name].of_answers else pairs


def write_baseline(scores: Scores, path: Path) -> None:
    """Keeps a run's scores, a line a question, so that a later run can be held against it (and a diff be read)."""
    head = {"format": BASELINE_FORMAT, "label": scores.label, "metrics": list(scores.columns)}
    lines = [json.dumps(head, ensure_ascii=False)]
    o = scores.outcomes
    for i, row in enumerate(scores.rows):
        outcome = [_plain(float(column[i])) for column in _outcome_columns(o)]
        values = [_plain(float(column[i])) for column in scores.columns.values()]
        lines.append(json.dumps(asdict(row) | {"outcome": outcome, "scores": values}, ensure_ascii=False))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _outcome_columns(outcomes: Outcomes) -> tuple[Floats, ...]:
    return outcomes.confidence, outcomes.answerable, outcomes.answered, outcomes.correct


def _plain(value: float) -> float | None:
    return None if math.isnan(value) else value  # not rounded: the same run must compare as the same


def read_baseline(path: Path) -> Scores:
    """The scores that `write_baseline` kept.

    Raises:
        BadInput: there is no such file, or it is no baseline; the message names file and line.
    """
    lines = read_text(path, f"make one with --save-baseline {path}").strip().split("\n")
    number = 0
    try:
        rows: list[dict[str, Any]] = []
        for number, line in enumerate(lines, 1):  # noqa: B007 (the message below says where it stopped)
            rows.append(json.loads(line))
        number, head, body = 1, rows[0], rows[1:]
        if head["format"] != BASELINE_FORMAT:
            raise BadInput(f"{path}: made by another version of this program; make it anew with --save-baseline {path}")
        return _from_rows(head, body)
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise BadInput(f"{path}:{number}: not a baseline ({error!r}); make one with --save-baseline {path}") from None


def _from_rows(head: Mapping[str, Any], body: Sequence[Mapping[str, Any]]) -> Scores:
    return Scores(
        f"the baseline ({head['label']})",
        tuple(Row(row["id"], row["digest"], row["kind"], row["group"]) for row in body),
        {name: _column([row["scores"][i] for row in body]) for i, name in enumerate(head["metrics"])},
        Outcomes(*(_column([row["outcome"][i] for row in body]) for i in range(4))),
    )
