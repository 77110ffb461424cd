"""The text of an answer: quotes without their marks, rows with their columns, and no reply to another question."""

from __future__ import annotations

import re

import pytest

from rag.answering.composition import compose, plain
from rag.answering.quotes import Quote, cite
from rag.types import Passage, Role, Sentence


def quoted(text: str, asked: float = 0.0) -> Quote:
    """A quote of the whole of a passage of one sentence."""
    passage = Passage("p", "rye", "Rye", "rye.md", (), 0, len(text), text, (Sentence(0, len(text)),))
    return Quote(passage, 0, len(text), 1.0, asked)


@pytest.mark.parametrize(
    ("quote", "shown"),
    [
        ("It is **never** `kneaded`.", "It is never kneaded."),
        ("See [the stone](https://x.test/a_b) here.", "See the stone here."),
        ("One line\nand   another.", "One line and another."),
        ("A 2*3 tray holds snake_case_bread.", "A 2*3 tray holds snake_case_bread."),
        ("Whey *concentrate* holds _more_ lactose.", "Whey concentrate holds more lactose."),
        ("It is \\*not\\* rye.", "It is *not* rye."),
    ],
)
def test_a_quote_is_shown_without_its_markup(quote: str, shown: str) -> None:
    assert plain(quote) == shown


def test_a_list_keeps_a_line_an_entry() -> None:
    assert plain("- Feed it.\n- Let it\n  rise.\n- Bake it.").strip().splitlines() == [
        "- Feed it.",
        "- Let it rise.",
        "- Bake it.",
    ]


def test_keys_and_their_values_keep_a_line_each() -> None:
    assert plain("**Force:** push\n**Scan needed:** Usually no") == "\n- Force: push\n- Scan needed: Usually no"
    assert plain("One thing: it runs on\nand wraps.") == "One thing: it runs on and wraps."


@pytest.mark.parametrize(
    ("quote", "first"),
    [
        ("1. Feed it.\n2. Bake it.", 1),
        ("Feed it.\n2. Bake it.", 1),
        ("Feed it.\n1. Bake it.", 1),
        ("Feed it.\n5) Bake it.", 4),
        ("0. Feed it.\n1. Bake it.", 1),
    ],
)
def test_steps_keep_their_numbers(quote: str, first: int) -> None:
    assert plain(quote) == f"\n{first}. Feed it.\n{first + 1}. Bake it."


def test_a_list_that_is_only_partly_numbered_has_none() -> None:
    assert plain("- Feed it.\n2. Bake it.") == "\n- Feed it.\n- Bake it."


def test_an_answer_is_its_lead_and_its_numbered_quotes() -> None:
    quotes = [quoted(f"Quote {n}.") for n in (1, 2)]
    assert compose(quotes, "Yes.") == "Yes. Quote 1. [1] Quote 2. [2]"
    assert compose(quotes[:1]) == "Quote 1. [1]"


@pytest.mark.parametrize(
    ("lead", "quote", "text"),
    [
        ("No.", "No, it is dry.", "No, it is dry. [1]"),
        ("No.", "Yes, it is wet.", "No. It is wet. [1]"),
        ("Push.", "Push is what it is.", "Push is what it is. [1]"),
        ("No: push.", "It is a push.", "No: push. It is a push. [1]"),
        ("Yes.", "No tin is needed.", "Yes. No tin is needed. [1]"),
        ("Push.", "Yes, it is a push.", "Push. It is a push. [1]"),
        ("Push.", "Push-ups are hard.", "Push. Push-ups are hard. [1]"),
        ("No.", "No oven is needed.", "No. No oven is needed. [1]"),
    ],
)
def test_a_lead_and_a_quote_say_yes_or_no_once(lead: str, quote: str, text: str) -> None:
    assert compose([quoted(quote)], lead) == text


@pytest.mark.parametrize(
    ("quote", "text"),
    [
        ("Yes, rye is safe for dogs.", "Rye is safe for dogs. [1]"),
        ("No. 5 flour is dark.", "No. 5 flour is dark. [1]"),
        ("No oven is needed.", "No oven is needed. [1]"),
        ("Yes.", "Yes. [1]"),
    ],
)
def test_an_answer_without_a_verdict_opens_with_no_reply_to_another_question(quote: str, text: str) -> None:
    assert compose([quoted(quote)]) == text


ROW = (
    "| Wool | Needle |\n|---|---|\n| Fine | 3 mm |\n| Bulky | 8 mm |",
    Role.LEAD_IN,
    Role.FURNITURE,
    Role.ROW,
    Role.ROW,
)


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [
        ("Fine", "3 mm", "Fine – Needle: 3 mm [1]"),
        ("Fine", "8 mm", "\n- Fine – Needle: 3 mm\n- Bulky – Needle: 8 mm [1]"),
    ],
)
def test_rows_are_shown_with_the_names_of_their_columns_and_quoted_exactly(first: str, last: str, text: str) -> None:
    table, *roles = ROW
    lines = [(m.start(1), m.end(1)) for m in re.finditer(r"^\|\s?(.+?)\s?\|$", table, re.M)]
    parts = tuple(Sentence(a, b, role, 0) for (a, b), role in zip(lines, roles, strict=True))
    passage = Passage("p", "wool", "Wool", "wool.md", (), 0, len(table), table, parts)
    quote = Quote(passage, table.index(first), table.index(last) + len(last), 1.0)
    (citation,) = cite([quote], 0.9)
    assert citation.quote == table[citation.start : citation.end]
    assert compose([quote]) == text


@pytest.mark.parametrize(
    ("quote", "lead", "text"),
    [
        ("Does it rot?\n\nNo.", "No.", "Does it rot? No. [1]"),
        ("Does it rot?\n\nNo.", "Yes.", "Yes. Does it rot? No. [1]"),
        ("It keeps. Can it freeze? No.", "Yes.", "Yes. It keeps. Can it freeze? No. [1]"),
        ("Does it rot?\n\nNo.", "", "Does it rot? No. [1]"),
    ],
)
def test_a_bare_reply_is_shown_with_its_question_and_no_other_reply(quote: str, lead: str, text: str) -> None:
    assert compose([quoted(quote)], lead) == text


@pytest.mark.parametrize(("asked", "text"), [(1.0, "No. Snip one stitch. [1]"), (0.7, "Snip one stitch. [1]")])
def test_a_reply_stands_where_the_articles_question_is_the_users(asked: float, text: str) -> None:
    assert compose([quoted("No. Snip one stitch.", asked)]) == text
