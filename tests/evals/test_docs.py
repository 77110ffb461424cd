"""docs/evals.md says what is so: every metric, field and option; and CONTRIBUTING's example metric runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from evals import options, registry
from evals.questions import Question, parse_line
from evals.registry import METRICS, declared
from evals.samples import Reply, Sample
from evals.scores import tabulate

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "evals.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


PARSERS = (options.evaluate_parser, options.draft_parser, options.pending_parser, options.fit_parser)


def block(language: str, text: str = TEXT) -> str:
    found = re.search(rf"```{language}\n(.*?)```", text, re.S)
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


def test_every_option_that_is_named_is_there() -> None:
    there = {option for parser in PARSERS for action in parser()._actions for option in action.option_strings}
    assert set(re.findall(r"--[a-z][a-z-]+", TEXT)) - there == set()


def test_the_example_metric_runs() -> None:
    code = block("python", CONTRIBUTING)
    assert len(code.splitlines()) <= 10
    exec(code, {"metric": registry.metric, "Sample": Sample})
    try:
        scores = tabulate("x", [Sample(Question("a", "?"), Reply("answer", "Push."))])
        assert scores.columns["brief"].tolist() == [1.0]
        assert METRICS["brief"].definition == "1 where an answer has at most 300 characters."
    finally:
        del METRICS["brief"]
