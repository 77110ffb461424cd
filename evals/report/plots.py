"""The pictures of a report: accuracy by kind, risk and coverage, reliability, latency. Each is drawn in SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from evals.calibration import BINS, bins
from evals.chance import Interval
from evals.registry import Outcomes
from evals.report.svg import WIDTH, Frame, canvas, element, mark, to_text
from evals.results import Measured


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture with its title, and a line on how to read it."""

    title: str
    svg: str
    note: str


SHARES = [(0.0, "0"), (0.25, "0.25"), (0.5, "0.5"), (0.75, "0.75"), (1.0, "1")]
ROW = 22


def accuracy_by_kind(sides: Sequence[Measured]) -> Figure:
    """A row a kind, a point a side with its 95% interval; the weakest kind of the first side on top."""
    first = sides[0]
    means = {kind: values["correct"] for kind, values in first.by_kind.items() if "correct" in values}
    kinds = sorted(means, key=lambda kind: means[kind].value)
    said = "; ".join(
        f"{kind} {means[kind].value:.2f} ({means[kind].low:.2f} to {means[kind].high:.2f})" for kind in kinds
    )
    row = ROW + 9 * (len(sides) - 1)
    height = 60.0 + row * (len(kinds) + 1)
    root = canvas("by-kind", "Share correct, by kind of question", f"{first.label}: {said}.", height)
    frame = Frame(root, left=146, bottom=height - 44, top=8)
    frame.x_axis("share correct, with its 95% interval", SHARES, grid=True)
    for i, kind in enumerate([*kinds, "all questions"]):
        y = frame.top + row * (i + 0.5)
        style = "tick end" if kind in means else "tick end strong"
        element(root, "text", _short(kind), x=frame.left - 10, y=y + 4, class_=style)
        for j, side in enumerate(sides):
            value = side.overall.get("correct") if kind not in means else side.by_kind.get(kind, {}).get("correct")
            if value is not None:
                _whisker(frame, value, y + 9 * (j - (len(sides) - 1) / 2), j, f"{side.label}, {kind}")
    return Figure(
        "Share correct, by kind of question",
        to_text(root),
        "Lines are 95% intervals: a kind with few questions has a long one.",
    )


def _short(name: str) -> str:
    return name if len(name) <= 20 else f"{name[:19]}…"


def _whisker(frame: Frame, value: Interval, y: float, side: int, name: str) -> None:
    style = f"whisker side-{side % 4}"
    element(frame.root, "line", x1=frame.x(value.low), x2=frame.x(value.high), y1=y, y2=y, class_=style)
    hint = f"{name}: {value.value:.3f} ({value.low:.3f} to {value.high:.3f}), n = {value.n}"
    mark(frame.root, frame.x(value.value), y, side, hint=hint)


def risk_coverage(sides: Sequence[Measured]) -> Figure:
    """Answering only the most confident questions: how many are answered, and how many of those are wrong."""
    curves = [risk_curve(side.scores.outcomes) for side in sides]
    ends = [(side.label, curve[-1]) for side, curve in zip(sides, curves, strict=True) if curve]
    said = "; ".join(
        f"{name} answers {x:.0%} of the questions, and {y:.0%} of its answers are wrong" for name, (x, y) in ends
    )
    root = canvas("risk", "Risk and coverage", f"{said or 'Nothing was answered'}.")
    top = max([0.1, *(y for curve in curves for _, y in curve)])
    frame = Frame(root, y_max=math.ceil(top * 10) / 10)
    frame.y_axis("share of wrong answers", [(tick, f"{tick:.2g}") for tick in round_ticks(frame.y_max)])
    frame.x_axis("share of questions answered, most confident first", SHARES)
    for i, curve in enumerate(curves):
        if curve:
            frame.path(curve, f"curve side-{i % 4}")
            x, y = curve[-1]
            mark(root, frame.x(x), frame.y(y), i, hint=f"{sides[i].label}: coverage {x:.3f}, risk {y:.3f}")
    return Figure(
        "Risk and coverage",
        to_text(root),
        "How many answers would be wrong if only the most confident were given. Good confidence starts low.",
    )


def risk_curve(outcomes: Outcomes) -> list[tuple[float, float]]:
    """(coverage, risk) after each answer, most confident first; answers of one confidence come together."""
    valid = ~np.isnan(outcomes.correct)
    total, answered = int(valid.sum()), valid & (outcomes.answered > 0)
    order = np.argsort(-outcomes.confidence[answered], kind="stable")
    confidence, wrong = outcomes.confidence[answered][order], 1 - outcomes.correct[answered][order]
    seen = np.arange(1, len(order) + 1)
    last = np.flatnonzero(np.r_[confidence[1:] != confidence[:-1], True]) if len(order) else np.array([], dtype=int)
    risk = np.cumsum(wrong) / seen if len(order) else wrong
    return [(float(seen[i] / total), float(risk[i])) for i in last]


def reliability(sides: Sequence[Measured]) -> Figure:
    """Confidence in ten bins against the share of each that the articles answer; bars below say how many it holds."""
    first = reliability_bins(sides[0].scores.outcomes)
    said = "; ".join(f"confidence {c:.2f}: {share:.2f} of {n}" for c, share, n in first)
    root = canvas(
        "reliability", "Reliability of confidence", f"{sides[0].label}, share that the articles answer: {said}."
    )
    frame = Frame(root)
    frame.y_axis("share that the articles answer", SHARES)
    frame.x_axis("confidence", SHARES)
    frame.line(0, 0, 1, 1, "diagonal")
    most = max((n for _, _, n in first), default=1)
    for confidence, _, n in first:
        low = min(int(confidence * BINS), BINS - 1) / BINS
        size = (frame.bottom - frame.top) * 0.22 * n / most
        wide = frame.x(0.08) - frame.x(0)
        bar = element(root, "rect", x=frame.x(low + 0.01), y=frame.bottom - size, width=wide, height=size, class_="bar")
        element(bar, "title", f"{n} questions")
    for i, side in enumerate(sides):
        found = reliability_bins(side.scores.outcomes)
        frame.path([(c, share) for c, share, _ in found], f"curve side-{i % 4}")
        for confidence, share, n in found:
            hint = f"{side.label}: confidence {confidence:.2f}, {share:.2f} of {n}"
            mark(root, frame.x(confidence), frame.y(share), i, hint=hint)
    return Figure(
        "Reliability of confidence",
        to_text(root),
        "Points on the dotted line are confidence that means what it says. Bars show how many questions there are.",
    )


def reliability_bins(outcomes: Outcomes) -> list[tuple[float, float, int]]:
    """(mean confidence, share answerable, how many) of each bin that holds any."""
    valid = ~np.isnan(outcomes.correct)
    confidence, answerable = outcomes.confidence[valid], outcomes.answerable[valid]
    at = bins(confidence)
    return [
        (float(confidence[at == b].mean()), float(answerable[at == b].mean()), int((at == b).sum()))
        for b in range(BINS)
        if (at == b).any()
    ]


def latency(sides: Sequence[Measured]) -> Figure:
    """How many questions took how long; the slowest hundredth stands in the last bar."""
    timed = [side for side in sides if len(side.seconds)]
    said = "; ".join(
        f"{side.label}: half within {_ms(side.latency(50).value)}, 95% within {_ms(side.latency(95).value)}"
        for side in timed
    )
    root = canvas("latency", "Time a question takes", f"{said or 'Nothing was answered'}.")
    end = max([0.001, *(side.latency(99).value for side in timed)])
    edges = np.linspace(0, end, 25)
    counts = [np.histogram(np.minimum(side.seconds, end), edges)[0] for side in sides]
    highest = max(1, *(int(count.max()) for count in counts))
    frame = Frame(root, x_max=end, y_max=highest * 1.08)
    frame.y_axis("questions", [(tick, f"{tick:.0f}") for tick in round_ticks(highest) if tick == int(tick)])
    frame.x_axis("time a question takes", [(tick, _ms(tick)) for tick in round_ticks(end)])
    for i, count in enumerate(counts):
        _histogram(frame, edges.tolist(), count.tolist(), i, filled=len(sides) == 1)
    for percent in (50, 95):
        if not timed:
            break
        value = min(timed[0].latency(percent).value, end)
        frame.line(value, 0, value, frame.y_max, "diagonal")
        near_end = frame.x(value) > WIDTH - 60
        place, style = (-4, "tick end") if near_end else (4, "tick")
        element(root, "text", f"p{percent}", x=frame.x(value) + place, y=frame.top + 10, class_=style)
    return Figure(
        "Time a question takes",
        to_text(root),
        "Half of the questions took no more than p50, 95 of 100 no more than p95. The slowest one stands in the last bar.",
    )


def _histogram(frame: Frame, edges: list[float], counts: list[int], side: int, *, filled: bool) -> None:
    if not filled:
        steps = [(edge, float(n)) for (a, b), n in zip(pairwise(edges), counts, strict=True) for edge in (a, b)]
        frame.path(steps, f"curve side-{side % 4}")
        return
    for (a, b), n in zip(pairwise(edges), counts, strict=True):
        x, y = frame.x(a) + 0.5, frame.y(n)
        width = max(frame.x(b) - frame.x(a) - 1, 0.5)
        bar = element(frame.root, "rect", x=x, y=y, width=width, height=frame.bottom - y, class_="bar solid")
        element(bar, "title", f"{_ms(a)} to {_ms(b)}: {n}")


def round_ticks(end: float) -> list[float]:
    """0 and up to five round numbers after it, no higher than `end`."""
    rough = end / 5
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * 0.999)
    return [round(step * i, 9) for i in range(int(end / step + 1e-9) + 1)]


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
