"""The metrics of one sample. A metric is a short function: its docstring is the definition that reports show.

None means unscored: the question doesn't ask for it (no evidence, no verdict). Errors are unscored everywhere but in
"errors". `docs/evals.md` shows how to add one.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from evals.questions import Span
from evals.registry import metric
from evals.samples import Sample

TREC = "TREC, as in trec_eval and ir_measures"
CHUNKING = "Smith and Troynikov 2024, Evaluating Chunking Strategies for Retrieval (Chroma)"
SQUAD2 = "Rajpurkar et al. 2018, Know What You Don't Know (SQuAD 2.0)"


# Overall


@metric("errors", group="overall", better="lower", promised=True)
def errors(sample: Sample) -> float | None:
    """1 where asking raised an error instead of giving a reply."""
    return float(sample.reply.kind == "error")


@metric("correct", group="overall", gated=True)
def correct(sample: Sample) -> float | None:
    """1 where everything that the question asks for holds: answered or refused as it should be, a quote on the
    evidence, the verdict right, the facts held, a short answer in the text."""
    if sample.question.answerable:
        answered = float(not sample.reply.abstained)
        parts = [answered, any_quote(sample), verdict_right(sample), facts_held(sample), answer_held(sample)]
    else:
        parts = [float(not sample.reply.answered), facts_held(sample)]
    return float(all(part != 0.0 for part in parts))


@metric("judged right", group="overall", gated=True)
def judged_right(sample: Sample) -> float | None:
    """1 where the judge, another language model, calls the reply right. Unscored without a judge, and where its word
    could not be read."""
    return {"right": 1.0, "wrong": 0.0}.get(sample.reply.grade)


@metric("judge unread", group="overall", better="lower")
def judge_unread(sample: Sample) -> float | None:
    """1 where the judge's word was neither right nor wrong, so that the reply is unscored. Unscored without a judge."""
    return float(sample.reply.grade == "unread") if sample.reply.grade else None


# Retrieval


def _judged(sample: Sample) -> bool:
    """True where there is evidence that retrieval can find."""
    return bool(sample.question.gold) and sample.question.answerable


def _hits(spans: Iterable[Span], gold: Sequence[Span]) -> list[bool]:
    return [any(span.overlaps(g) for g in gold) for span in spans]


@metric("Success@1", group="retrieval", source=TREC, gated=True)
def success_at_1(sample: Sample) -> float | None:
    """1 where the first passage found overlaps the evidence."""
    return success(sample, 1)


@metric("Success@5", group="retrieval", source=TREC, gated=True)
def success_at_5(sample: Sample) -> float | None:
    """1 where one of the first five passages overlaps the evidence."""
    return success(sample, 5)


def success(sample: Sample, k: int) -> float | None:
    """1 where one of the first `k` passages overlaps the evidence."""
    return float(any(_hits(sample.reply.retrieved[:k], sample.question.gold))) if _judged(sample) else None


@metric("reciprocal rank", group="retrieval", source=TREC, gated=True)
def reciprocal_rank(sample: Sample) -> float | None:
    """1 / the rank of the first passage that overlaps the evidence; 0 where none does."""
    if not _judged(sample):
        return None
    hits = _hits(sample.reply.retrieved, sample.question.gold)
    return 1.0 / (hits.index(True) + 1) if True in hits else 0.0


@metric("nDCG@10", group="retrieval", source=f"Järvelin and Kekäläinen 2002; {TREC}, BEIR", gated=True)
def ndcg_at_10(sample: Sample) -> float | None:
    """Articles ranked by their best passage: the sum of grade / log2(rank + 1) over the first ten, divided by the
    best sum there could be. Evidence has grade 1 unless the set grades it."""
    if not _judged(sample):
        return None
    grades: dict[str, int] = defaultdict(int)
    for span in sample.question.gold:
        grades[span.source] = max(grades[span.source], span.relevance)
    ranked = dict.fromkeys(span.source for span in sample.reply.retrieved)
    best = _dcg(sorted(grades.values(), reverse=True))
    return _dcg([grades.get(source, 0) for source in ranked]) / best if best else None


def _dcg(grades: Sequence[int]) -> float:
    return sum(grade / math.log2(rank + 1) for rank, grade in enumerate(grades[:10], 1))


@metric("source recall@5", group="retrieval", source=TREC)
def source_recall_at_5(sample: Sample) -> float | None:
    """The share of the articles with evidence that are among the first five articles found."""
    if not _judged(sample):
        return None
    wanted = {span.source for span in sample.question.gold}
    found = list(dict.fromkeys(span.source for span in sample.reply.retrieved))[:5]
    return len(wanted.intersection(found)) / min(5, len(wanted))


@metric("span recall@5", group="retrieval", source=CHUNKING)
def span_recall_at_5(sample: Sample) -> float | None:
    """The share of the evidence's characters that stand in the first five passages."""
    return _top_5(sample, 0)


@metric("span precision@5", group="retrieval", source=CHUNKING)
def span_precision_at_5(sample: Sample) -> float | None:
    """The share of the first five passages' characters that are evidence."""
    return _top_5(sample, 1)


@metric("span IoU@5", group="retrieval", source=CHUNKING)
def span_iou_at_5(sample: Sample) -> float | None:
    """Evidence characters in the first five passages / characters in either; what passages repeat counts each time."""
    return _top_5(sample, 2)


def _top_5(sample: Sample, part: int) -> float | None:
    return span_scores(sample.question.gold, sample.reply.retrieved[:5])[part] if _judged(sample) else None


def span_scores(gold: Sequence[Span], got: Sequence[Span]) -> tuple[float, float, float]:
    """Recall, precision and IoU of the characters of `got` against those of `gold`, which must hold some."""
    shared = [Span(a.source, max(a.start, b.start), min(a.end, b.end)) for a in got for b in gold if a.overlaps(b)]
    hit, wanted = covered(shared), covered(gold)
    had = sum(span.end - span.start for span in got)
    return hit / wanted, hit / had if had else 0.0, hit / (had + wanted - hit)


def covered(spans: Iterable[Span]) -> int:
    """How many characters the spans cover, each counted once."""
    total, reached = 0, ("", 0)
    for source, start, end in sorted((span.source, span.start, span.end) for span in spans):
        begin = max(start, reached[1]) if source == reached[0] else start
        total += max(0, end - begin)
        reached = (source, max(end, begin))
    return total


# Quotes


@metric("quote exact", group="quotes", promised=True)
def quote_exact(sample: Sample) -> float | None:
    """The share of the quotes that the article says, letter for letter, at the place they name."""
    quotes = sample.reply.quotes
    return sum(quote.exact for quote in quotes) / len(quotes) if quotes else None


@metric("uncited answer", group="quotes", better="lower", promised=True)
def uncited_answer(sample: Sample) -> float | None:
    """1 where an answer quotes nothing."""
    return float(not sample.reply.quotes) if sample.reply.answered else None


@metric("cited refusal", group="quotes", better="lower", promised=True)
def cited_refusal(sample: Sample) -> float | None:
    """1 where a refusal quotes something all the same."""
    return float(bool(sample.reply.quotes)) if sample.reply.abstained else None


@metric("first quote hit", group="quotes", gated=True)
def first_quote(sample: Sample) -> float | None:
    """1 where the first quote overlaps the evidence."""
    return _quoted(sample, 1)


@metric("any quote hit", group="quotes", gated=True)
def any_quote(sample: Sample) -> float | None:
    """1 where some quote overlaps the evidence."""
    return _quoted(sample, None)


def _quoted(sample: Sample, k: int | None) -> float | None:
    spans = [quote.span for quote in sample.reply.quotes[:k]]
    return float(any(_hits(spans, sample.question.gold))) if _judged(sample) else None


@metric("quote precision", group="quotes", source=CHUNKING)
def quote_precision(sample: Sample) -> float | None:
    """The share of the quoted characters that are evidence. Unscored where nothing is quoted."""
    if not _judged(sample) or not sample.reply.quotes:
        return None
    return span_scores(sample.question.gold, [quote.span for quote in sample.reply.quotes])[1]


@metric("quote recall", group="quotes", source=CHUNKING)
def quote_recall(sample: Sample) -> float | None:
    """The share of the evidence's characters that are quoted."""
    if not _judged(sample):
        return None
    return span_scores(sample.question.gold, [quote.span for quote in sample.reply.quotes])[0]


@metric("quoted chars", group="quotes", better="neither")
def quoted_chars(sample: Sample) -> float | None:
    """How many characters are quoted. Unscored where nothing is."""
    quotes = sample.reply.quotes
    return float(sum(q.span.end - q.span.start for q in quotes)) if _judged(sample) and quotes else None


# Answers


@metric("answer holds gold", group="answers", source="after Rajpurkar et al. 2016 (SQuAD)", gated=True)
def answer_held(sample: Sample) -> float | None:
    """1 where one of the short answers stands in the first 600 characters of the reply; case and punctuation aside."""
    wanted = [normalised(answer) for answer in sample.question.answers]
    if not wanted or not sample.question.answerable:
        return None
    said = normalised(sample.reply.text[:600])
    return float(any(answer in said for answer in wanted if answer))


def normalised(text: str) -> str:
    """Lower case, with everything but letters, digits and % as one space."""
    return " ".join(re.sub(r"[^\w%]+", " ", text.lower()).split())


@metric("facts held", group="answers", gated=True)
def facts_held(sample: Sample) -> float | None:
    """1 where the reply matches one pattern of each group in `must`, and none in `must_not`."""
    question, text = sample.question, sample.reply.text
    if not question.must and not question.must_not:
        return None
    held = all(any(re.search(pattern, text, re.I) for pattern in group) for group in question.must)
    return float(held and not any(re.search(pattern, text, re.I) for pattern in question.must_not))


@metric("verdict right", group="answers", gated=True)
def verdict_right(sample: Sample) -> float | None:
    """1 where the verdict is the expected one."""
    return None if sample.question.verdict is None else float(sample.reply.verdict == sample.question.verdict)


@metric("verdict wrong", group="answers", better="lower", gated=True)
def verdict_wrong(sample: Sample) -> float | None:
    """1 where there is a verdict and it is not the expected one. Saying none is neither right nor wrong."""
    if sample.question.verdict is None:
        return None
    return float(sample.reply.verdict not in (None, sample.question.verdict))


# Abstention


@metric("false refusal", group="abstention", better="lower", source=SQUAD2, gated=True)
def false_refusal(sample: Sample) -> float | None:
    """1 where the articles hold the answer and the reply is that they don't."""
    return float(sample.reply.abstained) if sample.question.answerable else None


@metric("false answer", group="abstention", better="lower", source=SQUAD2, gated=True)
def false_answer(sample: Sample) -> float | None:
    """1 where the articles don't hold the answer and the reply claims one."""
    return None if sample.question.answerable else float(sample.reply.answered)
