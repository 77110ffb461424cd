"""Confidence: a share that is higher where the articles answer."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.answering.confidence import LARGEST, SMALLEST, WEIGHTS, confidence, features, lacks_unit, missing
from rag.answering.conversation import understand
from rag.answering.ranking import Ranking
from rag.settings import Settings
from rag.words import stem, words
from tests.answering_world import open_world

ANSWERED = [
    ("bread", "How long does sourdough prove in the fridge?"),
    ("bread", "Why is rye dough sticky?"),
    ("bicycles", "How wide are the tyres of a gravel bike?"),
    ("garden", "What causes blossom end rot?"),
    ("garden", "How often should I turn the compost heap?"),
]
NOT_ANSWERED = [
    ("bread", "What is the capital of France?"),
    ("bread", "How wide are the tyres of a gravel bike?"),
    ("bicycles", "Why is rye dough sticky?"),
    ("bicycles", "Who won the Tour de France in 1986?"),
    ("garden", "xqzvv plok wrrt"),
    ("garden", "How do I file my taxes?"),
]


def ranked(name: str, question: str) -> Ranking:
    assistant = open_world(name)
    index = assistant.index
    return assistant.rank(index, understand(question, [], assistant.subjects(index)))


def sure(name: str, question: str) -> float:
    assistant = open_world(name)
    index = assistant.index
    understood = understand(question, [], assistant.subjects(index))
    found = assistant.rank(index, understood)
    return assistant.sure_of(index, understood, found, assistant.read(understood, found))


@pytest.mark.parametrize(
    ("answered", "other"),
    list(product(ANSWERED, NOT_ANSWERED)),
    ids=lambda pair: pair[1].split("?")[0].replace(" ", "-"),
)
def test_an_answered_question_is_surer_than_one_that_is_not(answered: tuple[str, str], other: tuple[str, str]) -> None:
    assert sure(*answered) > sure(*other)


@settings(max_examples=25, deadline=None)
@given(st.text(min_size=1, max_size=60))
def test_confidence_is_a_share(question: str) -> None:
    assert 0 <= sure("bread", question) <= 1


def test_where_nothing_was_found_there_is_none() -> None:
    assistant = open_world("bread")
    index = assistant.index
    understood = understand("Why is rye dough sticky?", [], assistant.subjects(index))
    nothing = replace(assistant.rank(index, understood), sentences=(), passages=())
    assert assistant.read(understood, nothing) == ()
    assert assistant.sure_of(index, understood, nothing, ()) == 0.0


def test_each_feature_has_a_weight_and_a_value() -> None:
    found = features(ranked("bread", "Who is Anna, 41?"), "Who is Anna, 41?", open_world("bread").index.stems, 0.5)
    assert found.keys() == WEIGHTS.keys()
    assert all(math.isfinite(value) for value in found.values())


def test_a_sentence_that_reads_like_an_answer_makes_it_surer() -> None:
    found, known = ranked("bread", "Why is rye dough sticky?"), open_world("bread").index.stems
    chances = [confidence(features(found, "Why is rye dough sticky?", known, read)) for read in (-3.0, 0.0, 3.0)]
    assert chances == sorted(chances) and chances[0] < chances[-1]


def test_what_is_read_counts_more_the_less_the_articles_hold() -> None:
    found, question = ranked("bread", "Why is rye dough sticky?"), "Why is rye dough sticky?"

    def gain(count: int) -> float:
        known = {f"word{n}" for n in range(count)}
        low, high = (features(found, question, known, read) for read in (-3.0, 3.0))
        return sum(WEIGHTS[name] * (high[name] - low[name]) for name in WEIGHTS)

    assert gain(200) > gain(5000) > 0
    assert gain(10) == gain(SMALLEST) and gain(LARGEST) == gain(2 * LARGEST)  # no further than it was fitted


def test_a_name_that_the_articles_lack_makes_it_less_sure() -> None:
    assert sure("bread", "How long does sourdough prove at Zanzibar's?") < sure(
        "bread", "How long does sourdough prove?"
    )


@pytest.mark.parametrize(
    ("name", "asked", "other"),
    [
        ("garden", "How many hours of sun does a tomato need?", "How many kilos of sun does a tomato need?"),
        ("bread", "Why is rye dough sticky?", "Why is rye dough tasteless?"),
        ("bicycles", "How wide are the tyres of a gravel bike?", "What do the tyres of a gravel bike cost?"),
        ("bicycles", "Is a wet gravel bike safe to stop?", "Is a wet gravel bike safe in Zanzibar?"),
    ],
    ids=["unit", "word-of-no-article", "price", "unknown-place"],
)
def test_what_the_articles_never_say_makes_it_less_sure(name: str, asked: str, other: str) -> None:
    assert sure(name, asked) > sure(name, other)


@pytest.mark.parametrize(
    ("question", "text", "lacks"),
    [
        ("how much salt is in 100g of rye", "Rye bread: 1.2 g per 100 g", False),
        ("how much salt is in rye", "Rye bread keeps for a week.", True),
        ("how many loaves fit", "It weighs 900 g.", True),
        ("how many loaves fit", "Two loaves fit.", False),
    ],
)
def test_how_much_is_a_measure_and_how_many_a_count(question: str, text: str, lacks: bool) -> None:
    assert lacks_unit(question, text) is lacks


def test_a_short_word_is_known_by_the_long_one_and_no_word_by_another_that_begins_so() -> None:
    known = {stem("carbohydrate"), stem("snowboard")}
    assert not missing(words("carbs"), known, wider=False)
    assert missing(words("snow"), known, wider=False)


def test_a_long_question_is_not_refused_for_its_length() -> None:
    asked = "what does the article on sourdough say about the effect that a cold prove has on the flavour of the dough"
    assert sure("bread", asked) > Settings.model_fields["abstain_threshold"].default


@pytest.mark.parametrize(
    ("question", "negated"),
    [
        ("Which flour does not rise?", True),
        ("Should I not knead rye dough?", True),
        ("I do not know how long sourdough proves, can you tell?", False),
        ("I cannot get my sourdough to rise, what now?", False),
        ("No, I meant rye dough.", False),
        ("I meant rye dough, not wheat.", False),
    ],
)
def test_only_a_negation_of_what_is_asked_counts(question: str, negated: bool) -> None:
    found = features(
        ranked("bread", "How long does sourdough prove in the fridge?"), question, open_world("bread").index.stems, 0.0
    )
    assert bool(found["negated_question"]) is negated
