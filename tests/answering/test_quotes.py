"""Quotes: what says the same, and the citations made of them."""

from __future__ import annotations

import pytest

from rag.answering.quotes import cite, says_same


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Rye bread keeps for a week.", "A rye bread will keep for one week.", True),
        ("Rye bread keeps for a week.", "Matzo keeps for a year in a tin.", False),
        ("", "Rye bread keeps.", False),
    ],
)
def test_near_duplicates_are_seen(one: str, other: str, same: bool) -> None:
    assert says_same(one, other) is same
    assert says_same(other, one) is same


def test_nothing_to_quote_is_no_citation() -> None:
    assert cite([], 0.9) == ()
