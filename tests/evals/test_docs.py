"""docs/evals.md says what is so: every metric and field, and an example that runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from evals import registry
from evals.questions import Question, parse_line
from evals.registry import METRICS, declared
from evals.samples import Reply, Sample
from evals.scores import tabulate

TEXT = (Path(__file__).parents[2] / "docs" / "evals.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", TEXT, re.S)
    assert found
    return found.group(1)


def test_every_metric_is_in_the_table() -> None:
    table = " ".join(line.split("|")[1] for line in TEXT.splitlines() if line.startswith("| "))
    assert [m.name for m in declared() if m.name not in table] == []


def test_every_field_is_in_the_table() -> None:
    with pytest.raises(Exception, match="known fields: ") as error:
        parse_line('{"id": "a", "question": "b", "nonsense": 1}', "f:1")
    fields = str(error.value).split("known fields: ")[1].split(", ")
    assert len(fields) == 14
    assert [field for field in fields if f"| `{field}` |" not in TEXT] == []


def test_the_example_question_loads() -> None:
    assert parse_line(block("json").strip(), "docs").verdict == "pull"


def test_the_example_metric_runs() -> None:
    exec(block("python"), {"metric": registry.metric, "Sample": Sample})
    try:
        scores = tabulate("x", [Sample(Question("a", "?"), Reply("answer", "Push."))])
        assert scores.columns["brief"].tolist() == [1.0]
        assert METRICS["brief"].definition == "1 where an answer has at most 300 characters."
    finally:
        del METRICS["brief"]
