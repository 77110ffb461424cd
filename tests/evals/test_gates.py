"""Degraded on purpose, the real assistant on the real corpus is caught by a baseline each time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from evals import commands
from rag.assistant import open_assistant
from rag.settings import Settings
from rag.types import ANSWERING, Answer, Citation, Passage, Retrieved, Turn

INVERSE = {"push": "pull", "pull": "push", "yes": "no", "no": "yes", "compound": "isolation", "isolation": "compound"}


@dataclass
class Opened:
    """Assistants by settings, opened once, that remember what they said: the same question gets the same reply."""

    assistants: dict[tuple[int, float], Any] = field(default_factory=dict)
    said: dict[Any, Answer] = field(default_factory=dict)

    def open(self, settings: Settings) -> Remembering:
        key = (settings.k, settings.abstain_threshold)
        if key not in self.assistants:
            self.assistants[key] = open_assistant(settings)
        return Remembering(self.assistants[key], key, self.said)


@dataclass
class Remembering:
    """An assistant that is asked each question once."""

    assistant: Any
    key: tuple[int, float]
    said: dict[Any, Answer]

    @property
    def index(self) -> Any:
        return self.assistant.index

    def ask(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        asked = (self.key, question, tuple(history))
        if asked not in self.said:
            self.said[asked] = self.assistant.ask(question, history)
        return self.said[asked]


class Inverted(Remembering):
    """Says the opposite of every verdict."""

    def ask(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        answer = super().ask(question, history)
        return replace(answer, verdict=INVERSE.get(answer.verdict or "", answer.verdict))


class LexicalOnly(Remembering):
    """No vectors: BM25's passages, and the first sentence of the best."""

    def ask(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        answer = super().ask(question, history)
        found = self.index.passages([row for row, _ in self.index.lexical(question, 10)])
        retrieved = tuple(Retrieved(passage, 1.0) for passage in found)
        cited = tuple(first_sentence(passage) for passage in found[:1]) if answer.citations else ()
        return replace(answer, retrieved=retrieved, citations=cited)


def first_sentence(passage: Passage) -> Citation:
    s = next((s for s in passage.sentences if s.role in ANSWERING), passage.sentences[0])
    quote = passage.quote(s.start, s.end)
    return Citation(1, passage.article_id, passage.title, passage.source, s.start, s.end, quote, 1.0)


@dataclass
class Gate:
    """`python -m evals` on some kinds of the project's own questions, held against a baseline of the same code."""

    folder: Path
    opened: Opened

    def run(self, *words: str, degraded: type[Remembering] | None = None) -> int:
        def opener(settings: Settings) -> Remembering:
            found = self.opened.open(settings)
            return degraded(found.assistant, found.key, found.said) if degraded else found

        places = ["--index", str(self.folder / "index"), "--out", str(self.folder / "out")]
        return commands.evaluate([*words, *places], opener)

    @property
    def baseline(self) -> str:
        return str(self.folder / "baseline.jsonl")


KINDS = ["--kind", "either-or", "--kind", "factoid", "--kind", "near-miss"]


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Gate:
    found = Gate(tmp_path_factory.mktemp("gates"), Opened())
    assert found.run(*KINDS, "--save-baseline", found.baseline) == 0
    return found


def test_the_same_code_passes(gate: Gate) -> None:
    assert gate.run(*KINDS, "--baseline", gate.baseline) == 0


@pytest.mark.parametrize(
    ("words", "degraded", "metric"),
    [
        (["--kind", "either-or", "--kind", "factoid"], LexicalOnly, "first quote hit"),
        (["--kind", "either-or", "--set", "k=1"], None, "nDCG@10"),
        (["--kind", "near-miss", "--set", "abstain_threshold=0"], None, "false answer"),
        (["--kind", "either-or"], Inverted, "verdict wrong"),
    ],
    ids=["lexical only", "k=1", "abstention off", "verdicts inverted"],
)
def test_each_degradation_is_caught(
    gate: Gate,
    words: list[str],
    degraded: type[Remembering] | None,
    metric: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert gate.run(*words, "--baseline", gate.baseline, degraded=degraded) == 1
    assert f"REGRESSION in {metric}" in capsys.readouterr().err
