"""Why a question scored as it did, in words: what a person reads before deciding whom to blame."""

from __future__ import annotations

import re
from collections.abc import Mapping

from evals.metrics import answer_held, any_quote, facts_held, first_quote, success_at_5, verdict_right
from evals.samples import Sample


def reasons(sample: Sample, texts: Mapping[str, str]) -> tuple[str, ...]:
    """What is wrong with the reply, the gravest first; nothing where all is well.

    Args:
        texts: the articles by source, to show the evidence that was missed.
    """
    question, reply = sample.question, sample.reply
    if reply.error:
        return (f"Asking raised an error: {reply.error}",)
    found: list[str] = []
    if question.answerable and reply.abstained:
        found.append(f"Refused, though the articles answer it{_evidence(sample, texts)}")
    if not question.answerable and reply.answered:
        found.append(f"Answered (confidence {reply.confidence:.2f}), though the articles don't say")
    if reply.answered or not question.answerable:
        found += _content(sample)
    if question.answerable and reply.answered:
        found += _proof(sample, texts)
    return (*found, *_promises(sample))


def _content(sample: Sample) -> list[str]:
    question, reply = sample.question, sample.reply
    found = []
    if verdict_right(sample) == 0.0:
        found.append(f"The verdict is {reply.verdict or 'missing'}; expected {question.verdict}")
    if answer_held(sample) == 0.0:
        found.append(f"None of the short answers stands in the reply: {_listed(question.answers)}")
    if facts_held(sample) == 0.0:
        missing = [g for g in question.must if not any(re.search(p, reply.text, re.I) for p in g)]
        found += [f"A fact is missing: nothing matches {_listed(group)}" for group in missing]
        forbidden = [p for p in question.must_not if re.search(p, reply.text, re.I)]
        found += [f"It says what it must not: {pattern!r}" for pattern in forbidden]
    return found


def _proof(sample: Sample, texts: Mapping[str, str]) -> list[str]:
    if any_quote(sample) == 0.0:
        where = "among" if success_at_5(sample) else "not even among"
        return [f"No quote is on the evidence, which is {where} the first five passages{_evidence(sample, texts)}"]
    if first_quote(sample) == 0.0:
        return ["The first quote is not on the evidence; a later one is"]
    return []


def _promises(sample: Sample) -> list[str]:
    reply = sample.reply
    found = [f"Quote [{q.marker}] is not what {q.span.source} says there" for q in reply.quotes if not q.exact]
    if reply.answered and not reply.quotes:
        found.append("It answers without a quote")
    if reply.abstained and reply.quotes:
        found.append("It refuses, and quotes all the same")
    return found


def _evidence(sample: Sample, texts: Mapping[str, str]) -> str:
    if not sample.question.gold:
        return ""
    span = sample.question.gold[0]
    quote = " ".join(texts.get(span.source, "")[span.start : span.end].split())
    return f": {span.source} says “{quote[:160]}{'…' if len(quote) > 160 else ''}”"


def _listed(items: tuple[str, ...]) -> str:
    return ", ".join(repr(item) for item in items)
