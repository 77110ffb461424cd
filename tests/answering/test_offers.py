"""What an "or" offers: the words of both sides, made parallel."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answering.offers import Offer, distinct, read_offers
from rag.answering.subjects import Subjects
from rag.words import words

SUBJECTS = Subjects([("r", "Rye Bread"), ("m", "Matzo"), ("t", "Track Bike"), ("g", "Gravel Bike"), ("p", "Puncture")])


def read(question: str) -> Offer | None:
    return next(iter(read_offers(question, SUBJECTS.mentions(question))), None)


def offered(question: str) -> tuple[str, str] | None:
    offer = read(question)
    return (" ".join(w.form for w in offer.first), " ".join(w.form for w in offer.second)) if offer else None


@pytest.mark.parametrize(
    ("question", "sides"),
    [
        ("saddle high or low on a gravel bike?", ("high", "low")),
        ("saddle high or saddle low for sore knees", ("saddle high", "saddle low")),
        ("do I start from the hub or from the rim?", ("hub", "rim")),
        ("should the patch go on before the glue dries or after it dries?", ("before", "after")),
        ("keep my knees closer to the frame or further away?", ("closer frame", "further away")),
        ("which keeps longer: rye bread or matzo?", ("rye bread", "matzo")),
        ("track bike, or gravel bike, for the velodrome?", ("track bike", "gravel bike")),
        ("is a wheel with many spokes elastic or plastic under load?", ("elastic", "plastic")),
        ("palms up or palms down?", ("palms up", "palms down")),
        ("tired legs: spin lightly or push hard?", ("spin lightly", "push hard")),
        ("does the rim have one hole or two?", ("one", "two")),
        ("six or eight bolts on a rotor?", ("six", "eight")),
        ("a wide tyre or a narrow one for cobbles?", ("wide", "narrow")),
        ("is rye a grain or a baking method?", ("grain", "baking method")),
        ("should I pour hot or cold water on the yeast?", ("hot", "cold water")),
        ("is the dough strongly or weakly bound?", ("strongly", "weakly")),
        ("track bikes or unicycles: which have one gear?", ("track bikes", "unicycles")),
        ("wide or narrow tyres if the road is rough", ("wide", "narrow")),
    ],
)
def test_both_sides_are_read_in_parallel(question: str, sides: tuple[str, str]) -> None:
    assert offered(question) == sides


@pytest.mark.parametrize(
    "question",
    [
        "can I use a tube or a patch?",
        "do I need a lever or a knife?",
        "is rye bread sour?",
        "or",
        "rye bread or",
        "is it rye or rye?",
        "does the mechanic true the wheels or replace them?",
    ],
)
def test_what_leaves_the_choice_open_offers_nothing(question: str) -> None:
    assert offered(question) is None


@pytest.mark.parametrize(
    ("question", "apart"),
    [
        ("which grip on the bar, overhand or underhand?", True),
        ("where does the patch go, at the front or at the back?", True),
        ("what flour or grain should I use?", False),
        ("how do I mend a tube or a tyre that leaks?", False),
    ],
)
def test_an_offer_by_itself_is_told_from_one_within_a_question(question: str, apart: bool) -> None:
    offer = read(question)
    assert offer is not None
    assert offer.apart == apart


def test_the_words_that_tell_the_sides_apart() -> None:
    one, other = distinct(words("saddle high"), words("saddles low"))
    assert [w.form for w in one] == ["high"]
    assert [w.form for w in other] == ["low"]


@given(st.text(alphabet="or .,?-abé\n'", max_size=60))
def test_any_text_can_be_read(text: str) -> None:
    offer = read(text)
    assert offer is None or (offer.first and offer.second)
