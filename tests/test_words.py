"""Words: where they stand, which of them say something, and which are forms of one word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.words import REPLY, content_stems, stem, words


@given(st.text())
def test_a_word_stands_where_it_says(text: str) -> None:
    for word in words(text):
        assert text[word.start : word.end].lower() == word.form


@given(st.text())
def test_words_come_in_order_and_never_overlap(text: str) -> None:
    found = words(text)
    assert all(a.end <= b.start for a, b in zip(found, found[1:], strict=False))
    assert all(word.start < word.end for word in found)


@pytest.mark.parametrize(
    ("one", "other"),
    [("loaf", "Loaf"), ("brake", "brakes"), ("prove", "proving"), ("baker", "baker's"), ("baker's", "baker’s")],
)
def test_forms_of_a_word_share_a_stem(one: str, other: str) -> None:
    assert stem(one.lower()) == stem(other.lower())


def test_a_hyphen_parts_words() -> None:
    assert [word.form for word in words("Multi-grain loaf, 2-3 rolls")] == ["multi", "grain", "loaf", "2", "3", "rolls"]


def test_function_words_say_nothing() -> None:
    assert content_stems("What is it, and why should I?") == set()


def test_content_words_are_told_from_the_words_around_them() -> None:
    assert content_stems("How long do the loaves prove?") == {stem("long"), stem("loaves"), stem("prove")}


@pytest.mark.parametrize("text", ["", "   ", "?!…", "🍞🍞", "\x00"], ids=["empty", "blank", "marks", "emoji", "nul"])
def test_what_holds_no_word_has_none(text: str) -> None:
    assert words(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Yes, it is.",
        "Yes it is.",
        "No: never.",
        "No – the hip thrust is not.",
        "no it isn't",
        "No. Rye is not.",
        "Yes.",
    ],
)
def test_a_sentence_opens_with_a_reply(text: str) -> None:
    match = REPLY.match(text)
    assert match
    assert match[1] in ("Yes", "No", "no")


@pytest.mark.parametrize(
    "text",
    [
        "No oven is needed.",
        "No. 5 flour is dark.",
        "No-knead bread is wet.",
        "Nobody knows.",
        "No one knows.",
        "Yes votes won.",
    ],
)
def test_a_no_that_counts_or_names_is_no_reply(text: str) -> None:
    assert not REPLY.match(text)
