"""The nouns: spans, and the object that programs read."""

from __future__ import annotations

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.types import ANSWERING, Answer, Citation, Passage, Retrieved, Role, Turn

PASSAGE = Passage("p", "rye", "Rye Bread", "rye.md", ("Storing", "In a tin"), 10, 26, "It keeps a week.", ())
CITATION = Citation(1, "rye", "Rye Bread", "rye.md", 10, 26, "It keeps a week.", 0.91234567)


def test_a_passage_quotes_by_the_articles_offsets() -> None:
    assert PASSAGE.quote(13, 18) == "keeps"
    assert PASSAGE.quote(10, 26) == PASSAGE.text


@pytest.mark.parametrize(("start", "end"), [(9, 12), (20, 27), (18, 13), (-5, 3)])
def test_a_quote_outside_the_passage_is_refused(start: int, end: int) -> None:
    with pytest.raises(ValueError, match=r"\[10, 26\)"):
        PASSAGE.quote(start, end)


@given(st.integers(10, 26), st.integers(10, 26))
def test_every_span_inside_quotes_that_many_characters(one: int, other: int) -> None:
    start, end = sorted((one, other))
    assert len(PASSAGE.quote(start, end)) == end - start


def test_the_context_is_the_title_and_the_headings() -> None:
    assert PASSAGE.context == "Rye Bread > Storing > In a tin"


@pytest.mark.parametrize("role", [Role.HEADING, Role.QUESTION, Role.LEAD_IN, Role.FURNITURE])
def test_what_only_introduces_never_answers(role: Role) -> None:
    assert role not in ANSWERING


@pytest.mark.parametrize(("kind", "abstained"), [("answer", False), ("refusal", True), ("courtesy", False)])
def test_only_a_refusal_abstains(kind: str, abstained: bool) -> None:
    assert Answer("q", "q", kind, "text").abstained is abstained  # type: ignore[arg-type]


def test_an_answer_becomes_one_json_object() -> None:
    answer = Answer(
        "how long?", "how long does rye bread keep?", "answer", "It keeps a week. [1]",
        verdict="yes", confidence=0.123456789, citations=(CITATION,), retrieved=(Retrieved(PASSAGE, 0.5),), seconds=0.25,
        notices=("a note",),
    )  # fmt: skip
    assert json.loads(json.dumps(answer.to_dict("q7"))) == {
        "id": "q7",
        "question": "how long?",
        "standalone_question": "how long does rye bread keep?",
        "kind": "answer",
        "text": "It keeps a week. [1]",
        "verdict": "yes",
        "abstained": False,
        "confidence": 0.123457,
        "citations": [
            {
                "marker": 1, "article_id": "rye", "title": "Rye Bread", "source": "rye.md", "start": 10, "end": 26,
                "quote": "It keeps a week.", "score": 0.912346,
            }
        ],
        "retrieved": [{"article_id": "rye", "source": "rye.md", "start": 10, "end": 26, "score": 0.5}],
        "model": "extractive",
        "notices": ["a note"],
        "seconds": 0.25,
    }  # fmt: skip


def test_without_an_id_the_object_has_a_null_one() -> None:
    assert Answer("q", "q", "refusal", "The articles don't say.").to_dict()["id"] is None


@pytest.mark.parametrize("value", [PASSAGE, CITATION, Turn("q"), Answer("q", "q", "refusal", "")], ids=type)
def test_nothing_can_be_changed_afterwards(value: object) -> None:
    field = dataclasses.fields(value)[0].name  # type: ignore[arg-type]
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(value, field, "other")
