"""What a follow-up means, and that a question of its own is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answering.conversation import MAX_TURNS, leaning, understand
from rag.answering.subjects import Subjects
from rag.types import Turn
from tests.answering_world import ask

SUBJECTS = Subjects(
    [("g", "Gravel Bike"), ("t", "Track Bike"), ("r", "Rye Bread: Leavened or Unleavened?"), ("s", "Sourdough")]
)
GRAVEL = Turn("How wide are the tyres of a gravel bike?", "Its tyres are forty millimetres wide. [1]")

ON_THEIR_OWN = [
    "How long does sourdough prove in the fridge?",
    "Which brakes does a track bike have on the velodrome?",
    "What is the best flour for a dark loaf of rye bread?",
]
LEANING = ["why?", "and the track bike?", "is it safe?", "what about the knees?", "which one is wider?", "tell me more"]


def standalone(question: str, *history: Turn) -> str:
    return understand(question, history, SUBJECTS).standalone


@pytest.mark.parametrize("question", ON_THEIR_OWN + LEANING)
def test_without_a_history_a_question_is_left_alone(question: str) -> None:
    understood = understand(question, [], SUBJECTS)
    assert understood.standalone == question
    assert [query.text for query in understood.queries] == [question]


@pytest.mark.parametrize("question", ON_THEIR_OWN)
def test_a_change_of_subject_is_not_dragged_back(question: str) -> None:
    understood = understand(question, [GRAVEL], SUBJECTS)
    assert understood.standalone == question
    assert sum(query.weight for query in understood.queries[1:]) < 0.25


def test_a_question_that_leans_on_what_cannot_be_named_is_unresolved() -> None:
    strange = Turn("Where is it done?", "At the town hall.")
    assert understand("how do I use them?", [strange], SUBJECTS).unresolved > 0.3
    assert understand("is it safe?", [GRAVEL], SUBJECTS).unresolved == 0.0
    assert understand(ON_THEIR_OWN[0], [strange], SUBJECTS).unresolved < 0.3


@pytest.mark.parametrize("question", LEANING)
def test_a_follow_up_leans_on_what_came_before(question: str) -> None:
    understood = understand(question, [GRAVEL], SUBJECTS)
    assert understood.leaning > 0.3
    assert any("gravel bike" in query.text for query in understood.queries)


@pytest.mark.parametrize("question", ["and the track bike?", "what about track bikes?", "and track bikes"])
def test_another_subject_takes_the_place_of_the_last_one(question: str) -> None:
    understood = standalone(question, GRAVEL).lower()
    assert "tyres" in understood
    assert "track bike" in understood
    assert "gravel" not in understood


@pytest.mark.parametrize(
    ("question", "means"),
    [
        ("does it have brakes?", "does the gravel bike have brakes?"),
        ("are they good for the knees?", "gravel bike"),
        ("what are its brakes like?", "what are the gravel bike's brakes like?"),
    ],
)
def test_a_pronoun_gets_the_name_of_what_is_spoken_of(question: str, means: str) -> None:
    assert means in standalone(question, GRAVEL).lower()


@pytest.mark.parametrize("question", ["why?", "are you sure?", "tell me more", "for example?", "how come"])
def test_a_bare_question_repeats_what_was_asked(question: str) -> None:
    assert GRAVEL.question.rstrip("?") in standalone(question, GRAVEL)


@pytest.mark.parametrize(
    ("question", "means"),
    [
        ("is it the same as a track bike?", "is the gravel bike the same as a track bike?"),
        ("is a track bike a fair swap for it?", "is a track bike a fair swap for the gravel bike?"),
        ("and the track bike, is it wider?", "and the track bike, is it wider?"),
    ],
)
def test_a_pronoun_beside_another_subject_is_told_apart(question: str, means: str) -> None:
    assert standalone(question, GRAVEL) == means


def test_that_one_is_what_the_answer_named() -> None:
    turn = Turn("what is the opposite of a gravel bike?", "The track bike is the opposite of the gravel bike. [1]")
    assert standalone("is that one fast?", turn) == "is the track bike fast?"


def test_which_of_two_names_the_two() -> None:
    turn = Turn("is a gravel bike the same as a track bike?", "No. [1]")
    assert standalone("which one is faster", turn) == "which one is faster – gravel bike or track bike?"
    assert standalone("which is the largest city in Wales?", turn) == "which is the largest city in Wales?"


def test_a_phrase_with_the_same_head_takes_the_place_of_the_last_one() -> None:
    turn = Turn("what do riders eat on race day?", "Porridge. [1]")
    assert standalone("and rest day?", turn) == "what do riders eat on rest day?"


def test_another_subject_after_why_asks_the_question_behind_it() -> None:
    chain = [Turn("is a gravel bike fast or slow", "Slow. [1]"), Turn("why?", "Its tyres are wide. [1]")]
    assert standalone("and track bikes?", *chain) == "is a track bike fast or slow"


def test_a_chain_of_follow_ups_keeps_its_subject() -> None:
    chain = [GRAVEL, Turn("and the track bike?", "Twenty-three millimetres. [1]")]
    assert "track bike" in standalone("does it have brakes?", *chain)


def test_the_subject_may_come_from_the_last_answer() -> None:
    turn = Turn("which bread keeps for a week?", "Rye bread keeps moist for a week. [1]")
    assert "rye bread" in standalone("is it dark?", turn).lower()


@pytest.mark.parametrize(
    ("last", "question", "means"),
    [
        ("do rolls keep?", "how long should they prove?", "how long should the rolls prove?"),
        ("what is oven spring", "is that bad?", "is the oven spring bad?"),
        ("why is the crust dark?", "does it crack?", "does the crust crack?"),
        ("how long does sweet dough prove?", "and in winter?", "how long does sweet dough prove in winter?"),
        ("what should I do when baking?", "and when proving?", "what should I do when proving?"),
        ("is it far?", "how do I use them?", "how do I use them?"),
        ("which is better when damp?", "does it crack?", "does it crack?"),
    ],
)
def test_what_is_no_title_is_understood_from_the_last_question(last: str, question: str, means: str) -> None:
    assert standalone(question, Turn(last, "It depends.")) == means


def test_a_thing_of_an_earlier_turn_is_remembered() -> None:
    assert (
        standalone("do they crack?", Turn("do rolls keep?", "A day."), Turn("why?", "They dry."))
        == "do the rolls crack?"
    )


def test_a_pronoun_that_the_question_itself_explains_is_left() -> None:
    question = "when a sourdough starter bubbles, is it ready?"
    assert standalone(question, GRAVEL) == question


TURNS = st.builds(Turn, st.text(max_size=40), st.text(max_size=40))


@given(question=st.text(max_size=60), history=st.lists(TURNS, max_size=10))
def test_any_conversation_is_understood(question: str, history: list[Turn]) -> None:
    understood = understand(question, history, SUBJECTS)
    first, *others = understood.queries
    assert first.text == understood.standalone
    assert first.weight == 1.0
    assert 0 <= understood.leaning <= 1
    assert all(0 < query.weight <= 1 for query in others)


@given(st.text(max_size=80))
def test_leaning_is_a_share(question: str) -> None:
    assert 0 <= leaning(question) <= 1


@given(st.integers(1, 30))
def test_a_long_conversation_makes_no_more_queries_than_a_short_one(length: int) -> None:
    history = [Turn(f"what is part {n}?", f"It is {n}.") for n in range(length)]
    understood = understand("why?", history, SUBJECTS)
    assert len(understood.queries) <= 4
    if length > MAX_TURNS:
        assert "part 0" not in " ".join(query.text for query in understood.queries)


def test_empty_turns_count_for_nothing() -> None:
    assert standalone("does it have brakes?", GRAVEL, Turn("  ", "")) == standalone("does it have brakes?", GRAVEL)


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("and the track bike?", "twenty-three millimetres"),
        ("what about the knees?", "A saddle that is too low hurts the front of the knee."),
        ("which brakes does it have?", "disc brakes"),
    ],
)
def test_a_follow_up_finds_what_it_means(question: str, says: str) -> None:
    answer = ask("bicycles", question, (GRAVEL.question, GRAVEL.answer))
    assert says in answer.text
    assert says in " ".join(answer.citations[0].quote.split())


def test_a_new_subject_after_a_conversation_finds_its_own_article() -> None:
    history = [(GRAVEL.question, GRAVEL.answer), ("and the knees?", "A low saddle hurts them. [1]")]
    answer = ask("bicycles", "How often should I replace a bicycle chain?", *history)
    assert {citation.source for citation in answer.citations} == {"chain.md"}
