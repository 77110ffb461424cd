"""What the report shows of each question: each side's reply, its quotes in context, and why it scored as it did."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from evals.questions import Question, Span
from evals.reasons import reasons
from evals.results import Measured, Results
from evals.samples import Quote, Reply

AROUND = 160
"""Characters of the article shown on either side of a quote."""
NEAR = 60
"""The same around evidence, of which there may be much."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A span of an article with what stands around it."""

    source: str
    before: str
    text: str
    after: str
    label: str = ""
    anchor: str = ""
    on_evidence: bool | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of a reply's text; a marker `[2]` is a link to its quote."""

    text: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A passage that was found, and whether evidence stands in it."""

    source: str
    start: int
    end: int
    hit: bool | None


@dataclass(frozen=True, slots=True)
class SideView:
    """One side's reply to a question."""

    label: str
    reply: Reply
    outcome: str
    pieces: tuple[Piece, ...]
    quotes: tuple[Excerpt, ...]
    found: tuple[Found, ...]
    reasons: tuple[str, ...]
    scores: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Card:
    """A question with every side's reply. `outcome` is the worst of them: "error", "wrong" or "right"."""

    number: int
    question: Question
    expected: str
    evidence: tuple[Excerpt, ...]
    sides: tuple[SideView, ...]
    outcome: str
    flipped: bool


def cards(results: Results) -> list[Card]:
    """A card a question, errors and failures first, otherwise in the set's order."""
    made = [_card(results, i) for i in range(len(results.sides[0].samples))]
    return sorted(made, key=lambda card: ("error", "wrong", "right").index(card.outcome))


def _card(results: Results, i: int) -> Card:
    question = results.sides[0].samples[i].question
    views = tuple(_view(side, i, j, results.texts) for j, side in enumerate(results.sides))
    outcomes = {view.outcome for view in views}
    evidence = (
        tuple(excerpt(span, results.texts, around=NEAR) for span in dict.fromkeys(question.gold))
        if question.answerable
        else ()
    )
    worst = next(outcome for outcome in ("error", "wrong", "right") if outcome in outcomes)
    return Card(i, question, _expected(question), evidence, views, worst, len(outcomes) > 1)


def _view(side: Measured, i: int, j: int, texts: Mapping[str, str]) -> SideView:
    sample = side.samples[i]
    reply, gold = sample.reply, sample.question.gold if sample.question.answerable else ()
    prefix = f"q{i}-{j}"
    outcome = "error" if reply.error else "right" if side.scores.columns["correct"][i] else "wrong"
    scores = [(name, column[i]) for name, column in side.scores.columns.items() if not math.isnan(column[i])]
    return SideView(
        side.label,
        reply,
        outcome,
        tuple(pieces(reply, prefix)),
        tuple(_quote(quote, texts, gold, prefix) for quote in reply.quotes),
        tuple(Found(p.source, p.start, p.end, _hit(p, gold)) for p in reply.retrieved[:5]),
        reasons(sample, texts),
        tuple((name, f"{value:.3f}".rstrip("0").rstrip(".")) for name, value in scores),
    )


def pieces(reply: Reply, prefix: str) -> list[Piece]:
    """The reply's text, its markers linked to the quotes that exist."""
    markers = {quote.marker for quote in reply.quotes}
    parts = re.split(r"(\[\d+\])", reply.text)
    return [
        Piece(part, f"{prefix}-{part[1:-1]}" if part[:1] == "[" and part[1:-1] in map(str, markers) else "")
        for part in parts
        if part
    ]


def _quote(quote: Quote, texts: Mapping[str, str], gold: tuple[Span, ...], prefix: str) -> Excerpt:
    hit = _hit(quote.span, gold)
    if not quote.exact:
        return Excerpt(quote.span.source, "", quote.text, "", f"[{quote.marker}]", f"{prefix}-{quote.marker}", hit)
    return excerpt(quote.span, texts, label=f"[{quote.marker}]", anchor=f"{prefix}-{quote.marker}", hit=hit)


def _hit(span: Span, gold: tuple[Span, ...]) -> bool | None:
    return any(span.overlaps(g) for g in gold) if gold else None


def excerpt(
    span: Span,
    texts: Mapping[str, str],
    *,
    label: str = "",
    anchor: str = "",
    hit: bool | None = None,
    around: int = AROUND,
) -> Excerpt:
    """The span with up to `around` characters of the article on either side, cut between words, no blank lines."""
    text = texts.get(span.source, "")
    before = text[max(0, span.start - around) : span.start]
    after = text[span.end : span.end + around]
    if span.start > around:
        before = "…" + re.sub(r"^\S*\s+", "", before)
    if span.end + around < len(text):
        after = re.sub(r"\s+\S*$", "", after) + "…"
    before, after = (re.sub(r"\n\s*\n", "\n", piece) for piece in (before, after))
    return Excerpt(span.source, before, text[span.start : span.end], after, label, anchor, hit)


def _expected(question: Question) -> str:
    """What a right reply holds, in words."""
    if not question.answerable:
        parts = ["a refusal: the articles don't say"]
    else:
        parts = [f"verdict {question.verdict}"] if question.verdict else []
        parts += [f"short answer {' or '.join(repr(a) for a in question.answers)}"] if question.answers else []
    parts += [f"something like {' or '.join(f'/{p}/' for p in group)}" for group in question.must]
    parts += [f"nothing like {' or '.join(f'/{p}/' for p in question.must_not)}"] if question.must_not else []
    return "; ".join(parts)
