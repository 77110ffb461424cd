"""The entailment model tells an answer from a sentence that is only near, and reads each pair by itself."""

from __future__ import annotations

import numpy as np
import pytest

from rag.entailment.model import MAX_TOKENS, as_asked, in_context, load_entailment

MARSH = "Salt marshes. A salt marsh is flooded twice a day by the tide and drained again a few hours later."
PRESS = "Leg press. Keep the lower back against the pad and stop before the hips curl under."
HOURS = "Plan your visit. The museum is open from 10 to 17 every day but Monday, and admission is free for children."


@pytest.mark.parametrize(
    ("text", "answered", "other"),
    [
        (MARSH, "how often is a marsh under water", "how deep is the water when a salt marsh is flooded"),
        (MARSH, "how long does the water stay", "which animals live in a salt marsh"),
        (PRESS, "how far down should i go on the leg press", "how many sets of leg press should i do"),
        (HOURS, "when does the museum close", "how much is a ticket for the museum"),
        (HOURS, "is the museum open on mondays", "is there a café in the museum"),
    ],
)
def test_what_answers_is_told_from_what_is_near(text: str, answered: str, other: str) -> None:
    first, second = load_entailment().judge([(answered, text), (other, text)])
    assert first.open < second.open


def test_chances_add_up_and_come_in_the_order_given() -> None:
    pairs = [(question, text) for question in ("is it flooded every day", "why") for text in (MARSH, PRESS, HOURS)] * 3
    judged = load_entailment().judge(pairs)
    alone = [load_entailment().judge([pair])[0] for pair in pairs]
    assert len(judged) == len(pairs)
    for together, single in zip(judged, alone, strict=True):
        assert together.yes + together.no + together.open == pytest.approx(1, abs=1e-5)
        assert together.open == pytest.approx(single.open, abs=1e-3)


def test_nothing_to_read_gives_nothing() -> None:
    assert load_entailment().judge([]) == []


@pytest.mark.parametrize("question", ["", "?", "word " * 600, "[SEP] [CLS]", "東京 💪"])
def test_any_text_can_be_read(question: str) -> None:
    judged = load_entailment().judge([(question[: 4 * MAX_TOKENS], MARSH), ("why", question)])
    assert all(np.isfinite([j.yes, j.no, j.open]).all() for j in judged)


def test_a_question_longer_than_the_model_reads_is_no_error() -> None:
    assert len(load_entailment().judge([("how " * 4000, MARSH)])) == 1


def test_capitals_and_marks_do_not_matter() -> None:
    first, second = load_entailment().judge([("Is it flooded?", MARSH), ("is it flooded", MARSH)])
    assert first.open == pytest.approx(second.open, abs=1e-4)


def test_texts_as_the_model_was_taught_to_read_them() -> None:
    assert as_asked(" Is it a Pull?! ") == "is it a pull"
    assert in_context("Rows", "A row is a pull.") == "Rows. A row is a pull."
    assert in_context("", "A row is a pull.") == "A row is a pull."
    assert in_context("Why row?", "A row is a pull.") == "Why row? A row is a pull."
