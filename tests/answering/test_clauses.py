"""Clauses: a sentence falls apart where something else begins, no word is lost, and a denial is told from a part of one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answering.clauses import (
    begins_with,
    clause_at,
    clauses,
    compares_otherwise,
    denies,
    has_own_subject,
    leaves_out,
    matched,
    not_of_all,
    of_all,
    reports,
    reserved,
)
from rag.words import words


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Bats are mammals, not birds.", ["Bats are mammals,", "not birds."]),
        ("The lathe turns wood, steel and brass.", ["The lathe turns wood, steel and brass."]),
        ("It is hardy and must not be lifted.", ["It is hardy", "and must not be lifted."]),
        ("Contrary to the saying, bats are not blind.", ["Contrary to the saying,", "bats are not blind."]),
        (
            "A whale moves it up, whereas a fish moves it sideways.",
            ["A whale moves it up,", "whereas a fish moves it sideways."],
        ),
        ("It is a shrub rather than a herb.", ["It is a shrub", "rather than a herb."]),
        ("", []),
    ],
)
def test_a_sentence_falls_apart_where_something_else_begins(text: str, parts: list[str]) -> None:
    assert [clause.text.strip() for clause in clauses(text)] == parts


@given(
    st.lists(
        st.sampled_from([*"it is not a b , ; but and because rather than no whereas".split(), "contrary to", "."]),
        max_size=14,
    )
)
def test_no_word_is_lost_or_said_twice(pieces: list[str]) -> None:
    text = " ".join(pieces)
    found = clauses(text)
    assert [word for clause in found for word in clause.words] == words(text)
    assert all(text[clause.start : clause.end] == clause.text for clause in found)
    assert all(clause_at(text, word.start).start <= word.start for word in words(text))


@pytest.mark.parametrize(
    ("text", "said", "denied"),
    [
        ("penguins cannot fly", "fly", True),
        ("no pressure is involved", "pressure", True),
        ("the stone does not glaze", "glaze", True),
        ("the stone glazes", "glazes", False),
        ("not only the stone glazes", "glazes", None),
        ("it is not always wet", "wet", None),
        ("no chisel cuts without a burr", "burr", None),
        ("the burr hardly shows", "shows", None),
        ("the wood turns no tool", "wood", None),
        ("turn it by hand, never by motor", "turn", False),
    ],
)
def test_a_denial_is_one_negation_of_what_is_said(text: str, said: str, denied: bool | None) -> None:
    (clause, *_) = clauses(text)
    assert denies(clause, [word for word in clause.words if word.form == said]) is denied


def test_each_word_of_a_clause_says_one_claimed_word() -> None:
    (clause,) = clauses("flying squirrels glide")
    pairs = matched(words("flying squirrels fly"), clause, lambda claimed, said: claimed.stem == said.stem)
    assert [(claimed.form, said.form) for claimed, said in pairs] == [("flying", "flying"), ("squirrels", "squirrels")]


@pytest.mark.parametrize(
    ("text", "place", "own"),
    [
        ("A whale dives, whereas a fish stays.", 1, True),
        ("A whale dives, but cannot stay.", 1, False),
        ("A whale dives, but they stay.", 1, False),
        ("A whale dives.", 0, False),
    ],
)
def test_what_begins_with_another_thing_is_about_that(text: str, place: int, own: bool) -> None:
    clause = clauses(text)[place]
    assert has_own_subject(clause, words("stays")) is own


def test_what_only_begins_a_clause_is_not_said_of_anything() -> None:
    fish = clauses("A whale dives, whereas a fish stays.")[1]
    named = clauses("A whale is a fish.")[0]
    assert begins_with(fish, next(w for w in fish.words if w.form == "fish"))
    assert not begins_with(named, next(w for w in named.words if w.form == "fish"))


def test_reservations_reports_and_quantities() -> None:
    assert reserved(clauses("some turners say so")[0]) and not reserved(clauses("turners say so")[0])
    assert reports("The claim that it cures colds is common.") and not reports("It cures colds.")
    assert of_all("all bats drink blood") and not of_all("bats drink blood")
    assert not_of_all("only three of them drink blood") and not not_of_all("they drink blood")


@pytest.mark.parametrize(
    ("claim", "text", "otherwise"),
    [
        ("is rye darker than wheat", "Rye is darker than wheat.", False),
        ("is wheat darker than rye", "Rye is darker than wheat.", True),
        ("is rye darker than oats", "Rye is darker than wheat.", True),
        ("is rye dearer than wheat", "Rye is darker than wheat.", True),
        ("is rye dark", "Rye is darker than wheat.", True),
        ("is rye dark", "Rye is dark rather than pale.", False),
        ("is rye darker than wheat", "Rye is dark.", False),
        ("is butter softer than lard", "Butter is harder than lard.", True),
        ("does rye need less water than wheat", "Rye needs more water than wheat.", True),
        ("does rye need more water than wheat", "Rye needs more water than wheat.", False),
    ],
)
def test_a_comparison_is_of_the_same_things_in_the_same_order(claim: str, text: str, otherwise: bool) -> None:
    assert compares_otherwise(claim, clauses(text)[0]) is otherwise


@pytest.mark.parametrize(
    ("asked", "claim", "less"),
    [
        ("Is rye good for bread?", "rye better than wheat for bread", True),
        ("Is rye better than wheat?", "rye better than wheat", False),
        ("Is rye good compared with wheat?", "rye better than wheat", False),
        ("Is rye weaker in gluten?", "rye stronger than wheat", False),
        ("Is rye good for bread?", "rye good for bread", False),
    ],
)
def test_a_question_on_one_thing_leaves_out_a_comparison(asked: str, claim: str, less: bool) -> None:
    assert leaves_out(asked, claim) is less
