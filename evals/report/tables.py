"""The report as text, for a terminal: one table of all metrics, one by kind of question, and what to look at."""

from __future__ import annotations

import math
from collections.abc import Sequence

from evals.chance import Interval
from evals.comparison import Comparison, Difference
from evals.grounding import GroundingReport
from evals.registry import Declared, declared
from evals.results import Measured, Results

BY_KIND = (
    "correct",
    "Success@1",
    "Success@5",
    "first quote hit",
    "answer holds gold",
    "facts held",
    "verdict right",
    "verdict wrong",
    "false refusal",
    "false answer",
)
SHORT = {"first quote hit": "quote 1", "answer holds gold": "answer", "facts held": "facts"}
SHORT |= {
    "verdict right": "v. right",
    "verdict wrong": "v. wrong",
    "false refusal": "f. refusal",
    "false answer": "f. answer",
}


def render(results: Results) -> str:
    """Everything that `python -m evals` prints on stdout."""
    side = results.sides[0]
    head = f"{len(side.samples)} questions of {results.questions} on {results.corpus}: {side.label}"
    parts = [head, metrics_table(side), *([kinds_table(side)] if side.by_kind else [])]
    parts += [comparison_table(c) for c in results.comparisons]
    if results.comparisons:
        parts.append("\n".join(latency_line(side) for side in results.sides))
    if results.baseline:
        parts.append(comparison_table(results.baseline))
    if results.claims:
        parts.append(claims_table(results.claims))
    return "\n\n".join(parts) + "\n"


def metrics_table(side: Measured) -> str:
    """Each metric with its n, its mean and the interval, under the name of its group."""
    rows: list[list[str]] = [["", "n", "value", "95% interval", ""]]
    group = ""
    for metric in declared():
        if metric.name not in side.overall:
            continue
        if metric.group != group:
            group = metric.group
            rows.append([group.capitalize(), "", "", "", ""])
        value = side.overall[metric.name]
        rows.append([f"  {metric.name}", str(value.n), number(value.value), span(value), direction(metric)])
    rows.append(["Latency", "", "", "", ""])
    for percent in (50, 95):
        value = side.latency(percent)
        cells = [milliseconds(seconds) for seconds in (value.value, value.low, value.high)]
        rows.append([f"  p{percent}, ms", str(value.n), cells[0], f"{cells[1]} … {cells[2]}", "lower is better"])
    return columns(rows)


def kinds_table(side: Measured) -> str:
    """A row a kind: how many, how many correct with the interval, and the means that kinds differ in."""
    shown = [name for name in BY_KIND if any(name in means for means in side.by_kind.values())]
    rows = [["By kind", "n", shown[0], "95% interval", *(SHORT.get(name, name) for name in shown[1:])]]
    for kind, means in side.by_kind.items():
        cells = [number(means[name].value) if name in means else "" for name in shown]
        total = str(side.scores.of_kind(kind).columns["correct"].size)
        rows.append([f"  {kind}", total, cells[0], span(means["correct"]) if "correct" in means else "", *cells[1:]])
    return columns(rows)


def claims_table(reports: Sequence[GroundingReport]) -> str:
    """A row for each part of the set of claims: how many lies were caught, how many true paraphrases kept."""
    rows = [["Generated sentences", "lies", "caught", "paraphrases", "kept"]]
    for report in reports:
        true = len(report.judged) - report.told
        rows.append([f"  {report.part}", str(report.told), number(report.caught), str(true), number(report.kept)])
    return columns(rows)


def comparison_table(comparison: Comparison) -> str:
    """Both sides' means, their difference with its interval, and whether it is beyond chance."""
    head = f"{comparison.second}, against {comparison.first}: {comparison.shared} questions in common"
    if comparison.left_out:
        head += f" ({comparison.left_out} left out: asked once only, or changed since)"
    rows = [["", "n", short(comparison.first), short(comparison.second), "change", "95% interval", "p", ""]]
    rows += [_change(d) for d in comparison.differences]
    flipped = [("now right", True), ("now wrong", False)]
    lists = [f"{name}: {_names(comparison, better)}" for name, better in flipped]
    return "\n".join([head, columns(rows), *lists])


def short(label: str) -> str:
    """A side's label as the head of a narrow column; of a long one the end, where names of models differ."""
    if label.startswith("the baseline"):
        return "baseline"
    value = label if len(label) <= 20 else label.partition("=")[2]
    return value if len(value) <= 20 else f"…{value[-19:]}"


def _change(d: Difference) -> list[str]:
    mark = "REGRESSION" if d.regression else "better" if d.improvement else ""
    interval = f"{signed(d.paired.low)} … {signed(d.paired.high)}"
    change = signed(d.paired.difference)
    means = [number(d.first), number(d.second)]
    return [f"  {d.metric.name}", str(d.paired.n), *means, change, interval, f"{d.paired.p:.3f}", mark]


def _names(comparison: Comparison, better: bool) -> str:
    ids = [flip.id for flip in comparison.flips if flip.better == better]
    more = f" and {len(ids) - 12} more" if len(ids) > 12 else ""
    return f"{len(ids)}" + (f" ({', '.join(ids[:12])}{more})" if ids else "")


def latency_line(side: Measured) -> str:
    """The time a question takes, in words."""
    p50, p95 = (milliseconds(side.latency(percent).value) for percent in (50, 95))
    return f"Latency of {side.label}: p50 {p50} ms, p95 {p95} ms"


def milliseconds(seconds: float) -> str:
    """Whole milliseconds; a dash where nothing was measured."""
    return "–" if math.isnan(seconds) else f"{1000 * seconds:.0f}"


def number(value: float) -> str:
    """Three decimals, or none where it is a count of characters."""
    return f"{value:.3f}" if abs(value) < 10 else f"{value:.0f}"


def signed(value: float) -> str:
    """A change, with its sign; a true minus is easier to tell from a dash."""
    if value == 0:
        return number(0.0)
    return number(value).replace("-", "−") if value < 0 else f"+{number(value)}"


def span(value: Interval) -> str:
    """The two ends of an interval."""
    return f"{number(value.low)} … {number(value.high)}"


def direction(metric: Declared) -> str:
    """Which way is better, in words where it is not the usual one."""
    return {"higher": "", "lower": "lower is better", "neither": ""}[metric.better]


def columns(rows: Sequence[Sequence[str]]) -> str:
    """Rows of cells as aligned text: the first column to the left, the others to the right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    last = len(widths) - 1
    return "\n".join(
        "  ".join(
            c.ljust(w) if i in (0, last) else c.rjust(w) for i, (c, w) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )
