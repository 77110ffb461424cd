"""Typing mistakes: mended towards the articles' words, and real words left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answering.spelling import mend
from rag.answering.subjects import Subjects

SUBJECTS = Subjects([("g", "Gravel Bike"), ("t", "Track Bike"), ("r", "Rye Bread")])
KNOWN = frozenset("gravel bike track rye bread cramp tyre wheel knead camp brakes".split())
FREQUENT = frozenset("is a the why do i get in my how does with what not for and of".split())


def mended(question: str) -> str:
    return mend(question, KNOWN, SUBJECTS, FREQUENT.__contains__)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("is a gravle bike fast", "is a gravel bike fast"),
        ("rye braed", "rye bread"),
        ("how does a gravelbike stop", "how does a gravel bike stop"),
        ("trac bike", "track bike"),
        ("isnt rye bread dark", "isn't rye bread dark"),
        ("whats rye bread", "what's rye bread"),
        ("so its a bread", "so it's a bread"),
        ("why is its crust hard", "why is its crust hard"),
        ("is a gbk fast", "is a gravel bike fast"),
    ],
)
def test_what_was_meant(typed: str, meant: str) -> None:
    assert mended(typed) == meant


@pytest.mark.parametrize(
    "question",
    [
        "why do i get cramps",  # another form of "cramp", not "camp"
        "how does kneading help",
        "is beer bread",
        "does Gravle sell bikes",  # may be a name
        "",
    ],
)
def test_what_is_no_mistake_is_left_alone(question: str) -> None:
    assert mended(question) == question


@given(st.text(max_size=60))
def test_any_text_is_mended_without_harm(text: str) -> None:
    assert isinstance(mended(text), str)


def test_of_words_equally_near_the_same_is_taken_in_whatever_order_they_come() -> None:
    words = ["tyred", "tyres"]
    found = {mend("tyreg", known, SUBJECTS, FREQUENT.__contains__) for known in (words, words[::-1])}
    assert found == {"tyred"}
