"""The fitting of weights, on cases made by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evals import commands
from evals.fitting import Case, best_right, fit_confidence, fit_ranking
from evals.options import every
from rag.answering.ranking import FEATURES
from tests.evals_world import write_corpus, write_questions


def ranked(seed: int, telling: int) -> Case:
    """A question of five sentences, of which the one with the largest feature `telling` is evidence."""
    found = np.random.default_rng(seed).normal(size=(5, len(FEATURES)))
    return Case(found, found[:, telling] == found[:, telling].max(), {"bias": 1.0}, True)


def test_the_telling_feature_gets_the_weight() -> None:
    cases = [ranked(seed, telling=2) for seed in range(60)]
    weights = list(fit_ranking([cases]).values())
    assert int(np.argmax(np.abs(weights))) == 2
    assert best_right(cases, fit_ranking([cases])) > 0.9


def test_the_confidence_rises_with_what_answerable_questions_have() -> None:
    none = np.zeros((1, len(FEATURES)))
    cases = [Case(none, np.array([False]), {"bias": 1.0, "score": float(i)}, i >= 10) for i in range(20)]
    weights = fit_confidence([cases])
    assert weights["score"] > 0
    assert weights["bias"] + 4 * weights["score"] < 0 < weights["bias"] + 15 * weights["score"]


def test_a_set_without_evidence_does_not_hinder_the_ranking() -> None:
    none = Case(np.zeros((5, len(FEATURES))), np.zeros(5, dtype=bool), {"bias": 1.0}, True)
    cases = [ranked(seed, telling=2) for seed in range(30)]
    assert fit_ranking([cases, [none]]).keys() == fit_ranking([cases]).keys()


def test_small_sets_in_one_folder_are_fitted_as_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAG_INDEX", str(tmp_path / "index"))
    for name in ("one", "two"):
        write_corpus(tmp_path / "sets" / name / "corpus")
        write_questions(tmp_path / "sets" / name / "questions.jsonl")
    (tmp_path / "sets" / "notes").mkdir()
    assert commands.fit(["--questions", str(tmp_path / "sets"), "--out", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert "answered" in printed and f"{tmp_path / 'sets'}: 48 questions; best sentence right" in printed


@pytest.mark.parametrize(
    ("text", "path", "step"),
    [("set", "set", 1), ("a/set@2", "a/set", 2), ("me@home", "me@home", 1), ("me@home@3", "me@home", 3)],
)
def test_a_part_of_a_set_can_be_taken(text: str, path: str, step: int) -> None:
    assert every(text) == (Path(path), step)
