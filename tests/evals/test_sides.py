"""What is measured: options given twice make sides, each with a file of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evals import commands
from evals.sides import parse_sets, plan_sides
from rag.errors import BadInput
from rag.settings import Settings
from tests.evals_world import opener, write_corpus, write_questions


def labels(**given: list[str]) -> list[str]:
    return [side.label for side in plan_sides(given, None, None)]


def test_options_given_twice_are_crossed() -> None:
    assert labels(k=["5", "10"], fetch_k=["20", "30"]) == [
        "k=5 fetch_k=20",
        "k=5 fetch_k=30",
        "k=10 fetch_k=20",
        "k=10 fetch_k=30",
    ]


def test_a_label_says_what_differs_or_else_what_was_chosen() -> None:
    assert labels(k=["5", "10"], fetch_k=["20"]) == ["k=5", "k=10"]
    assert labels(fetch_k=["20"]) == ["fetch_k=20"]
    assert labels() == ["model=extractive"]


def test_long_names_that_begin_alike_are_two_sides() -> None:
    folder = "/models/a-folder-whose-name-goes-on-and-on-for-longer-than-a-file-name-should"
    sides = plan_sides({"embedding_model": [f"{folder}/one", f"{folder}/two"]}, None, None)
    assert len({side.file_name for side in sides}) == 2
    assert all(len(side.file_name) < 100 for side in sides)


def test_one_value_twice_is_refused() -> None:
    with pytest.raises(BadInput, match="given twice"):
        labels(k=["5", "5"])


def test_a_setting_and_its_option_are_one(tmp_path: Path) -> None:
    corpus, questions = write_corpus(tmp_path / "corpus"), write_questions(tmp_path / "q.jsonl")
    words = ["--corpus", str(corpus), "--questions", str(questions), "--out", str(tmp_path), "--limit", "2"]
    asked: list[str] = []
    answers = opener()

    def listening(settings: Settings) -> Any:
        asked.append(settings.embedding_model)
        return answers(settings)

    commands.evaluate([*words, "--embedding-model", "a", "--set", "embedding_model=b"], listening)
    assert asked == ["a", "b"]


def test_assignments() -> None:
    assert parse_sets(["k=5", " k = 10", "chroma_url=http://x?a=b"]) == {
        "k": ["5", "10"],
        "chroma_url": ["http://x?a=b"],
    }
