"""What a question asks for, and texts that give it or not."""

from __future__ import annotations

import pytest

from rag.answering.answer_types import answer_type, holds_type, lacks_measure


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("When was it baked?", "date"),
        ("In what year did it open?", "date"),
        ("How many hours does it prove?", "number"),
        ("How long does it keep?", "number"),
        ("Who baked it?", "name"),
        ("Why is it sticky?", "reason"),
        ("How come it is sour?", "reason"),
        ("What is a starter?", None),
        ("How do I shape it?", None),
    ],
)
def test_a_question_asks_for_a_kind_of_thing(question: str, kind: str | None) -> None:
    assert answer_type(question) == kind


@pytest.mark.parametrize(
    ("kind", "sentence", "question", "holds"),
    [
        ("number", "It proves for twelve hours.", "how long?", True),
        ("number", "It proves for a while.", "how long?", False),
        ("number", "It needs 12 hours.", "why does it need 12 hours, and how many more?", False),
        ("date", "The bakery opened in 1872.", "when did it open?", True),
        ("date", "The bakery opened early.", "when did it open?", False),
        ("reason", "It is sticky because rye lacks gluten.", "why is it sticky?", True),
        ("name", "It was first sold by Anna Berg.", "who sold it?", True),
    ],
)
def test_a_sentence_holds_that_kind_of_thing_or_not(kind: str, sentence: str, question: str, holds: bool) -> None:
    assert holds_type(kind, sentence, question) is holds


@pytest.mark.parametrize(
    ("question", "gives", "lacks"),
    [
        ("how long should the dough rest?", "Rest it for two to three hours.", "Rest the dough between two folds."),
        ("How many days until it sours?", "It sours in about five days.", "It sours by itself."),
        ("what time of day do bakers start?", "They start in the night.", "They start with the starter."),
        ("how often do I feed the starter", "Feed it twice a week.", "Feed it with rye flour."),
        ("at what age may kids use the oven?", "From the age of ten.", "Kids may use the oven with help."),
        ("what does a decent oven cost?", "A good one is expensive.", "A good one has a stone."),
        ("how heavy is a loaf", "A loaf weighs 750 g.", "A loaf has a crust."),
        ("how thick should the dough be?", "Roll it as thick as a thumb.", "Roll it out."),
        ("how fast should I knead?", "Knead slowly.", "Knead with both hands."),
        ("what temperature does it need", "It needs 230 degrees.", "It needs steam."),
        ("what ratio of rye to wheat?", "Take one third rye.", "Take rye and wheat."),
        ("what colour is the crust?", "It is dark brown.", "It is thin."),
        ("who invented sourdough?", "It was discovered in Egypt.", "Sourdough is sour."),
        ("why is it called a bloomer?", "Its name comes from the way it blooms.", "A bloomer is baked without a tin."),
        ("what's the world record for the longest loaf?", "The record is 132 metres.", "The longest loaf was baked."),
        ("which brand of flour is best?", "Flour of any brand will do.", "Strong flour is best."),
    ],
    ids=lambda text: text.split("?")[0].replace(" ", "-")[:40],
)
def test_a_measure_is_given_or_lacking(question: str, gives: str, lacks: str) -> None:
    assert not lacks_measure(question, gives)
    assert lacks_measure(question, lacks)


@pytest.mark.parametrize("question", ["Why is rye sticky?", "is it sour or sweet", "how long is the baguette?", ""])
def test_other_questions_ask_for_none(question: str) -> None:
    assert not lacks_measure(question, "")
