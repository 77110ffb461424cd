"""Samples in the field names of ragas (`SingleTurnSample`), for those who measure there."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from evals.samples import Sample

NO_ANSWER = "The articles do not say."


def write_ragas(samples: Sequence[Sample], texts: Mapping[str, str], path: Path) -> None:
    """A JSON line a sample: `user_input`, `retrieved_contexts`, `response`, `reference`. Errors are left out.

    The reference is the short answer and the evidence as the article has it.
    """
    rows = [ragas_row(sample, texts) for sample in samples if not sample.reply.error]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def ragas_row(sample: Sample, texts: Mapping[str, str]) -> dict[str, str | list[str]]:
    """A sample as ragas names it."""
    return {
        "user_input": sample.question.question,
        "retrieved_contexts": [texts[p.source][p.start : p.end] for p in sample.reply.retrieved if p.source in texts],
        "response": sample.reply.text,
        "reference": reference(sample, texts),
    }


def reference(sample: Sample, texts: Mapping[str, str]) -> str:
    """What a right answer rests on, as text; empty where the set doesn't tell."""
    question = sample.question
    if not question.answerable:
        return NO_ANSWER
    evidence = [texts[span.source][span.start : span.end] for span in question.gold]
    return " ".join(dict.fromkeys([*filter(None, [question.verdict]), *question.answers[:1], *evidence]))
