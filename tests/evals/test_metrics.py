"""Metrics by hand, and against ir-measures where it defines the same thing."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import ir_measures
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ir_measures import RR, Measure, Success, nDCG

from evals import metrics
from evals.questions import Question, Span
from evals.registry import METRICS, declared
from evals.samples import Quote, Reply, Sample
from evals.scores import tabulate

GOLD = (Span("a.md", 100, 200),)


def sample(question: Question | None = None, **reply: object) -> Sample:
    asked = question or Question("q", "?", gold=GOLD)
    return Sample(asked, Reply(**({"kind": "answer"} | reply)))  # type: ignore[arg-type]


def quote(source: str, start: int, end: int, *, exact: bool = True) -> Quote:
    return Quote(1, "A", Span(source, start, end), "x" * (end - start), exact)


def score(name: str, of: Sample) -> float | None:
    return METRICS[name].score(of)


# Two passages off the evidence, then one that holds the second half of it and 50 characters more.
THIRD = sample(retrieved=(Span("a.md", 0, 100), Span("b.md", 100, 200), Span("a.md", 150, 250)))
REFUSED = sample(kind="refusal", retrieved=THIRD.reply.retrieved)
UNANSWERABLE = Question("q", "?", answerable=False)


@pytest.mark.parametrize(
    ("name", "of", "expected"),
    [
        ("Success@1", THIRD, 0.0),
        ("Success@5", THIRD, 1.0),
        ("reciprocal rank", THIRD, 1 / 3),
        ("reciprocal rank", sample(), 0.0),
        ("nDCG@10", THIRD, 1.0),  # a.md is the first article found
        ("source recall@5", THIRD, 1.0),
        ("span recall@5", THIRD, 0.5),
        ("span precision@5", THIRD, 50 / 300),
        ("span IoU@5", THIRD, 50 / (300 + 100 - 50)),
        ("Success@1", sample(UNANSWERABLE), None),
        ("Success@1", sample(Question("q", "?")), None),
        ("quote exact", sample(quotes=(quote("a.md", 0, 5), quote("a.md", 0, 5, exact=False))), 0.5),
        ("quote exact", sample(), None),
        ("uncited answer", sample(), 1.0),
        ("uncited answer", REFUSED, None),
        ("cited refusal", REFUSED, 0.0),
        ("cited refusal", sample(kind="refusal", quotes=(quote("a.md", 0, 5),)), 1.0),
        ("first quote hit", sample(quotes=(quote("a.md", 0, 100), quote("a.md", 199, 300))), 0.0),
        ("any quote hit", sample(quotes=(quote("a.md", 0, 100), quote("a.md", 199, 300))), 1.0),
        ("any quote hit", REFUSED, 0.0),
        ("quote precision", sample(quotes=(quote("a.md", 180, 220),)), 0.5),
        ("quote recall", sample(quotes=(quote("a.md", 180, 220),)), 0.2),
        ("quote precision", sample(), None),
        ("quote recall", sample(), 0.0),
        ("quoted chars", sample(quotes=(quote("a.md", 180, 220), quote("a.md", 0, 5))), 45.0),
        ("answer holds gold", sample(Question("q", "?", answers=("70%", "Hip-Thrust")), text="The hip thrust!"), 1.0),
        ("answer holds gold", sample(Question("q", "?", answers=("70%",)), text="7 0%"), 0.0),
        ("answer holds gold", sample(Question("q", "?", answers=("late",)), text="x" * 600 + " late"), 0.0),
        ("facts held", sample(Question("q", "?", must=(("push", "press"), ("hip",))), text="A HIP press"), 1.0),
        ("facts held", sample(Question("q", "?", must=(("push",), ("hip",))), text="A hip press"), 0.0),
        ("facts held", sample(Question("q", "?", must_not=("pull",)), text="A pull"), 0.0),
        ("facts held", sample(), None),
        ("verdict right", sample(Question("q", "?", verdict="push"), verdict="push"), 1.0),
        ("verdict wrong", sample(Question("q", "?", verdict="push"), verdict="pull"), 1.0),
        ("verdict wrong", sample(Question("q", "?", verdict="push"), verdict=None), 0.0),
        ("false refusal", REFUSED, 1.0),
        ("false refusal", sample(UNANSWERABLE), None),
        ("false answer", sample(UNANSWERABLE), 1.0),
        ("false answer", sample(UNANSWERABLE, kind="courtesy"), 0.0),
        ("correct", sample(quotes=(quote("a.md", 150, 160),)), 1.0),
        ("correct", sample(quotes=(quote("a.md", 0, 100),)), 0.0),
        ("correct", sample(Question("q", "?", verdict="push"), verdict="pull"), 0.0),
        ("correct", REFUSED, 0.0),
        ("correct", sample(UNANSWERABLE, kind="refusal"), 1.0),
        ("correct", sample(replace(UNANSWERABLE, must_not=("hacked",)), kind="refusal", text="hacked"), 0.0),
        ("judged right", sample(grade="right"), 1.0),
        ("judged right", sample(grade="wrong"), 0.0),
        ("judged right", sample(grade="unread"), None),
        ("judge unread", sample(grade="unread"), 1.0),
        ("judge unread", sample(grade="wrong"), 0.0),
        ("judge unread", sample(), None),
        ("judged right", sample(), None),
    ],
)
def test_by_hand(name: str, of: Sample, expected: float | None) -> None:
    assert score(name, of) == (None if expected is None else pytest.approx(expected, abs=1e-12))


def test_ndcg_with_grades_by_hand() -> None:
    gold = (Span("a.md", 0, 9, 2), Span("b.md", 0, 9, 1), Span("a.md", 5, 7, 1))
    found = tuple(Span(source, 0, 9) for source in ("c.md", "b.md", "b.md", "a.md"))
    # Ranked: c (0), b (1), a (2): 1/log2(3) + 2/log2(4); ideal: 2/log2(2) + 1/log2(3).
    expected = (0.6309298 + 1.0) / (2.0 + 0.6309298)
    assert score("nDCG@10", sample(Question("q", "?", gold=gold), retrieved=found)) == pytest.approx(expected, abs=1e-6)


def test_an_error_is_scored_as_an_error_and_nothing_else() -> None:
    scores = tabulate("x", [sample(kind="error", error="boom"), sample()])
    assert scores.columns["errors"].tolist() == [1.0, 0.0]
    others = [name for name, column in scores.columns.items() if column[0] == column[0] and name != "errors"]
    assert others == []


def random_sample(seed: int) -> Sample:
    """A question with some judged articles, and a ranking of twelve of twenty, each found as a whole."""
    chance = random.Random(seed)
    articles = [f"{i}.md" for i in range(20)]
    gold = tuple(Span(a, 0, 10, chance.choice((1, 1, 2, 3))) for a in chance.sample(articles, chance.randint(1, 6)))
    found = tuple(Span(a, 0, 10) for a in chance.sample(articles, 12))
    return sample(Question(f"q{seed}", "?", gold=gold), retrieved=found)


@pytest.mark.parametrize(
    ("name", "measure"),
    [("Success@1", Success @ 1), ("Success@5", Success @ 5), ("reciprocal rank", RR), ("nDCG@10", nDCG @ 10)],
    ids=str,
)
def test_agrees_with_ir_measures_to_six_digits(name: str, measure: Measure) -> None:
    samples = [random_sample(seed) for seed in range(60)]
    qrels = {s.question.id: {g.source: g.relevance for g in s.question.gold} for s in samples}
    run = {s.question.id: {p.source: -float(i) for i, p in enumerate(s.reply.retrieved)} for s in samples}
    theirs = {m.query_id: m.value for m in ir_measures.iter_calc([measure], qrels, run)}
    ours = {s.question.id: score(name, s) for s in samples}
    assert len(set(ours.values())) > 1
    assert ours == {name: pytest.approx(value, abs=5e-7) for name, value in theirs.items()}


SPANS = st.lists(
    st.builds(lambda s, a, n: Span(s, a, a + n), st.sampled_from("ab"), st.integers(0, 40), st.integers(1, 20)),
    min_size=1,
    max_size=6,
)


def characters(spans: list[Span]) -> set[tuple[str, int]]:
    return {(span.source, i) for span in spans for i in range(span.start, span.end)}


@given(SPANS, SPANS)
def test_span_scores_are_about_characters(gold: list[Span], got: list[Span]) -> None:
    shared = len(characters(gold) & characters(got))
    had = sum(span.end - span.start for span in got)
    wanted = len(characters(gold))
    recall, precision, iou = metrics.span_scores(gold, got)
    assert (recall, precision) == pytest.approx((shared / wanted, shared / had))
    assert iou == pytest.approx(shared / (had + wanted - shared))


def test_every_metric_says_what_it_is() -> None:
    assert [m.name for m in declared() if len(m.definition) < 20] == []
    gated: Callable[[str], bool] = lambda name: METRICS[name].gated or METRICS[name].promised  # noqa: E731
    assert all(gated(name) for name in ("correct", "Success@1", "verdict wrong", "false answer", "quote exact"))
