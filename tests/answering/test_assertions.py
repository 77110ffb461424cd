"""What one sentence says of an option: that its subject is one, that it is not, or nothing."""

from __future__ import annotations

import pytest

from rag.answering.assertions import FACT, IN_PASSING, PLAIN, Assertion, assertions, disputes
from rag.answering.subjects import Subjects
from rag.types import Role
from tests.answering_world import sentence

SUBJECTS = Subjects(
    [("r", "Rye Bread"), ("m", "Matzo"), ("p", "Pedal Stroke"), ("s", "Saw: Push or Pull?"), ("b", "Bell Pull")]
)


def said(text: str, *options: str, title: str = "Saw", role: Role = Role.PROSE) -> list[Assertion]:
    return assertions(sentence(text, title=title, role=role), options, SUBJECTS)


def one(text: str, option: str, *, title: str = "Saw", role: Role = Role.PROSE) -> Assertion:
    (only,) = said(text, option, title=title, role=role)
    return only


@pytest.mark.parametrize(
    "text",
    [
        "A saw is a pull tool.",
        "The saw counts as a pull.",
        "It belongs to the pull family.",
        "A saw is not only a pull but a joy.",
        "Saws are classed as pulls.",
    ],
)
def test_a_plain_sentence_asserts(text: str) -> None:
    assert not one(text, "pull").denied
    assert one(text, "pull").strength == PLAIN


@pytest.mark.parametrize(
    "text",
    [
        "A saw is not a pull.",
        "A saw isn't a pull.",
        "The saw lacks the drawing-in action that defines a pull.",
        "A saw is anything but a pull.",
        "It never was a pull.",
        "It is a push rather than a pull.",
        "It cuts without any pull.",
        "It is a myth that a saw is a pull.",
        "Unlike a pull, the saw goes away from you.",
    ],
)
def test_a_negation_denies(text: str) -> None:
    assert one(text, "pull").denied


def test_a_negation_of_one_option_leaves_the_other() -> None:
    by_option = {a.option: a.denied for a in said("A saw is a push, not a pull.", "push", "pull")}
    assert by_option == {"push": False, "pull": True}


@pytest.mark.parametrize(
    "text",
    [
        "It does not rust; a saw is a pull tool.",
        "It is not hard: a saw is a pull tool.",
        "No joke, a saw is a pull tool.",
    ],
)
def test_a_negation_in_another_clause_says_nothing_of_this_one(text: str) -> None:
    assert not one(text, "pull").denied


def test_two_negations_are_none() -> None:
    assert not one("It is not true that a saw is not a pull.", "pull").denied


def test_a_fact_says_it_of_its_article() -> None:
    fact = one("Force: push", "push", role=Role.FACT)
    assert fact.strength == FACT
    assert not fact.denied
    assert fact.about == (frozenset({"saw"}),)


def test_the_key_of_a_fact_is_no_value() -> None:
    assert said("Push: none", "push", role=Role.FACT) == []


@pytest.mark.parametrize(
    "text", ["Some joiners call it a pull.", "It may be a pull.", "It is sometimes counted as a pull."]
)
def test_a_hedge_says_it_less_plainly(text: str) -> None:
    assert 0 < one(text, "pull").strength < PLAIN


def test_an_instruction_classes_nothing() -> None:
    assert one("Then pull the blade out of the wood.", "pull").strength <= IN_PASSING


def test_an_option_inside_a_name_is_not_the_option() -> None:
    assert said("Ring the bell pull twice.", "pull") == []


def test_what_is_named_last_is_what_it_is_said_of() -> None:
    assertion = one("The saw is on the wall, and the pedal stroke is a push.", "push")
    assert assertion.about == (frozenset(SUBJECTS.mentions("pedal stroke")[0].subject.stems),)
    assert assertion.named


def test_a_sentence_that_names_nobody_speaks_of_its_article() -> None:
    assertion = one("It is a leavened bread.", "leavened", title="Rye Bread")
    assert assertion.about == (frozenset(SUBJECTS.mentions("rye bread")[0].subject.stems),)
    assert not assertion.named


def test_a_list_of_things_is_spoken_of_one_by_one() -> None:
    assertion = one("Rasps, files and saws are pull tools.", "pull")
    assert set(assertion.about) == {frozenset({"rasp"}), frozenset({"file"}), frozenset({"saw"})}


def test_what_a_clause_is_about_is_not_said_of_the_subject_before_it() -> None:
    text = "A saw belongs to the second rack, because push tools are kept in the first."
    assert one(text, "push").strength == IN_PASSING


def test_a_modifier_makes_it_another_subject() -> None:
    assert one("The Japanese saw is a pull tool.", "pull").about[0] > {"saw"}


@pytest.mark.parametrize(
    "text", ["Trainers disagree on the label.", "Coaches disagree on it.", "Experts are divided.", "It is disputed."]
)
def test_a_dispute_is_seen(text: str) -> None:
    assert disputes(text)


@pytest.mark.parametrize(
    "text", ["A saw is a pull tool.", "The handles differ in length.", "Split the log with an axe."]
)
def test_no_dispute_where_there_is_none(text: str) -> None:
    assert not disputes(text)


def test_a_sentence_without_the_option_says_nothing() -> None:
    assert said("The teeth are sharp.", "push", "pull") == []
