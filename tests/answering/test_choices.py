"""What a question wants settled: the options that it names, or yes or no."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answering.choices import OPPOSITES, Choice, canonical, opposite, plain_question, read_choice
from rag.answering.subjects import Subjects

SUBJECTS = Subjects(
    [("r", "Rye Bread: Leavened or Unleavened?"), ("m", "Matzo"), ("t", "Track Bike"), ("h", "Rhubarb")]
)


def choice(question: str) -> Choice | None:
    plain = plain_question(question)
    return read_choice(plain, SUBJECTS.mentions(plain))


@pytest.mark.parametrize(
    ("question", "options"),
    [
        ("is rye bread leavened or unleavened?", {"leavened", "unleavened"}),
        ("Is matzo a leavened or an unleavened bread?", {"leavened", "unleavened"}),
        ("rhubarb: annual or perennial?", {"annual", "perennial"}),
        ("is a track bike push or pull", {"push", "pull"}),
        ("are track bikes pushes or pulls?", {"push", "pull"}),
        ("is the bread a compound or isolation exercise?", {"compound", "isolation"}),
        ("should rhubarb go on a pull day or push day?", {"pull day", "push day"}),
        ("do I inhale or exhale when lifting rhubarb?", {"inhale", "exhale"}),
        ("which is it, annual or perennial?", {"annual", "perennial"}),
        ("Is the pedal stroke concentric or is it eccentric?", {"concentric", "eccentric"}),
        ("is rye bread leavened/unleavened", {"leavened", "unleavened"}),
        ("should I breathe in or out on rhubarb?", {"inhale", "exhale"}),
        ("rye bread going up: breathe out or breathe in", {"exhale", "inhale"}),
        ("rhubarb: single-joint or multi-joint?", {"isolation", "compound"}),
        ("is rye bread annual or perennial since it is bread", {"annual", "perennial"}),
        ("is salt or pepper a push or a pull?", {"push", "pull"}),
        ("is the rye/wheat mix sweet or sour?", {"sweet", "sour"}),
    ],
)
def test_the_options_are_read(question: str, options: set[str]) -> None:
    read = choice(question)
    assert read is not None
    assert set(read.options) == options
    assert not read.is_claim


@pytest.mark.parametrize(
    "question",
    [
        "is matzo leavened?",
        "does a track bike have brakes?",
        "so rhubarb is an annual, right?",
        "rhubarb is a perennial, isn't it?",
        "can you tell me if matzo is leavened?",
        "do I need a stone, or not?",
    ],
)
def test_a_yes_or_no_question_is_a_claim(question: str) -> None:
    read = choice(question)
    assert read is not None
    assert read.is_claim


@pytest.mark.parametrize(
    "question",
    [
        "how long does rye bread keep?",
        "why is matzo unleavened?",
        "what are the benefits of rye bread?",
        "how do I store bread in a bag or a tin?",
        "what flour or grain should I use?",
        "rhubarb",
        "or",
        "",
        "tell me about track bikes",
        "in which city is rye bread eaten?",
        "proving is the last stage of what?",
        "my dough is flat, what can I do?",
        "then what does rye bread need? what does it actually do?",
        "what about why I can't cut rye bread?",
        "rye bread or matzo, what's the difference?",
        "rye bread or matzo: how do they compare",
    ],
)
def test_an_open_question_wants_no_verdict(question: str) -> None:
    assert choice(question) is None


@pytest.mark.parametrize(
    ("question", "negated"),
    [
        ("is matzo leavened?", False),
        ("isn't matzo leavened?", False),
        ("so matzo is not leavened, right?", True),
        ("so matzo is leavened, isn't it?", False),
        ("matzo isn't leavened, is it?", False),  # "no, it isn't"
        ("matzo isn't leavened, right?", True),
        ("is it true that matzo is never leavened?", True),
    ],
)
def test_a_negated_claim_is_told_from_a_question_put_in_the_negative(question: str, negated: bool) -> None:
    read = choice(question)
    assert read is not None
    assert read.negated is negated


@pytest.mark.parametrize(
    "question",
    ["is rye bread push or pull?", "push or pull: is rye bread one?", "rye breads, are they a push or a pull"],
)
def test_the_subject_is_what_the_question_is_about(question: str) -> None:
    read, (mention, *_) = choice(question), SUBJECTS.mentions("rye bread")
    assert read is not None
    assert read.target == frozenset(mention.subject.stems)


def test_a_modifier_makes_another_subject() -> None:
    plain, other = choice("is rye bread push or pull?"), choice("is toasted rye bread push or pull?")
    assert plain is not None
    assert other is not None
    assert plain.target < other.target


@pytest.mark.parametrize("pair", OPPOSITES, ids="-".join)
def test_opposites_face_each_other(pair: tuple[str, str]) -> None:
    one, other = pair
    assert opposite(one) == other
    assert opposite(other) == one


@pytest.mark.parametrize(
    ("word", "form"), [("pushes", "push"), ("Pulling", "pull"), ("isolated", "isolation"), ("crumb", "crumb")]
)
def test_words_have_one_form_in_verdicts(word: str, form: str) -> None:
    assert canonical(word) == form


def test_a_word_without_an_opposite_has_none() -> None:
    assert opposite("crumb") is None


OPTIONS = st.sampled_from(
    ["push", "pull", "annual", "perennial", "compound", "isolation", "sweet", "sour", "wet", "dry"]
)


@given(one=OPTIONS, other=OPTIONS, subject=st.sampled_from(["rye bread", "matzo", "the track bike", "a loaf"]))
def test_the_order_of_the_options_is_only_their_order(one: str, other: str, subject: str) -> None:
    first, second = choice(f"is {subject} {one} or {other}?"), choice(f"is {subject} {other} or {one}?")
    if one == other:
        assert first is None or first.is_claim
        return
    assert first is not None
    assert second is not None
    assert first.options == (one, other)
    assert second.options == (other, one)
    assert first.target == second.target


@given(st.text(max_size=80))
def test_any_text_can_be_read(question: str) -> None:
    read = choice(question)
    assert read is None or read.is_claim or len(set(read.options)) == 2
