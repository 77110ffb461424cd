"""What stands under a heading or question, and whether its words are the user's."""

from __future__ import annotations

import pytest

from rag.answering.sections import head_of, lead_in_of, lead_up, left_over, likeness, list_below
from rag.reading.passages import split_article
from rag.types import Article, Passage, Sentence

TEXT = """# Knitting

## Why does it curl?

It is the stitch. Plain knitting curls. Ribbing lies flat.

## What does wool cost?

Prices differ.

- Merino: dear.
- Acrylic: cheap.

## Sizes

| Wool | Needle |
|---|---|
| Fine | 3 mm |
| Bulky | 8 mm |

Ask in the shop.
"""


def passage() -> Passage:
    article = Article("knitting", "Knitting", "knitting.md", TEXT)
    (whole,) = split_article(article, lambda texts: [len(t.split()) for t in texts], max_tokens=500, target_chars=5000)
    return whole


def found(words: str) -> Sentence:
    start = TEXT.index(words)
    return next(s for s in passage().sentences if s.start <= start < s.end)


def told(sentences: tuple[Sentence, ...]) -> list[str]:
    return [TEXT[s.start : s.end] for s in sentences]


@pytest.mark.parametrize(
    ("sentence", "before"),
    [
        ("It is the stitch", ["It is the stitch."]),
        ("Ribbing lies", ["It is the stitch.", "Plain knitting curls.", "Ribbing lies flat."]),
        ("Acrylic", []),  # an entry of a list
        ("Ask in", []),  # behind a table
    ],
)
def test_the_prose_from_a_question_to_a_sentence_is_found(sentence: str, before: list[str]) -> None:
    assert told(lead_up(passage(), found(sentence))) == before


@pytest.mark.parametrize(
    ("entry", "entries"),
    [
        ("Bulky", ["Fine | 3 mm", "Bulky | 8 mm"]),
        ("Merino", []),  # prose stands between the question and the list
        ("Plain knitting", []),
    ],
)
def test_a_list_is_found_where_it_stands_directly_below(entry: str, entries: list[str]) -> None:
    assert told(list_below(passage(), found(entry))) == entries


@pytest.mark.parametrize(
    ("question", "opener", "alike"),
    [
        ("when not to wash wool", "When not to wash wool", 1.0),
        ("when should you not wash wool?", "When not to wash wool", 1.0),
        ("when to wash wool", "When not to wash wool", 0.0),
        ("how not to wash wool", "When not to wash wool", 0.0),
        ("when not to wash wool", "WASHING WOOL", 0.0),
        ("what stitches are in pattern B", "Pattern B", 2 / 3),
        ("what stitches are in pattern B", "Pattern C", 0.0),
        ("give me the ten-row pattern", "The ten-row pattern", 0.75),
        ("which pattern is for a beginner's scarf", "Patterns", 0.0),
        ("what are the needle sizes in knitting?", "Needle sizes", 1.0),
        ("is wool warm?", "Wool", 0.0),
        ("needles", "Knitting", 0.0),
        ("knitting", "Knitting", 0.0),
        ("when should I not knit?", "When not to knit", 1.0),
        ("when should I knit?", "When not to knit", 0.0),
    ],
)
def test_a_heading_is_asked_where_its_words_are_most_of_the_question(question: str, opener: str, alike: float) -> None:
    assert likeness(question, opener, "Knitting", heading=True) == pytest.approx(alike)


@pytest.mark.parametrize(
    ("question", "opener", "alike"),
    [
        ("does wool shrink?", "Does wool shrink?", 1.0),
        ("does wool shrink in knitting", "Does wool shrink?", 1.0),
        ("doesn't wool shrink?", "Does wool shrink?", 0.0),
        ("does wool shrink more?", "Does wool shrink a lot?", 0.0),
        ("when should I take it?", "How much should I take?", 0.0),
        ("is wool better than silk?", "Is silk better than wool?", 0.0),
    ],
)
def test_a_question_is_the_users_by_its_words_only_where_they_are_the_same(
    question: str, opener: str, alike: float
) -> None:
    assert likeness(question, opener, "Knitting", heading=False) == alike


def test_what_neither_heading_nor_title_says_picks_an_entry() -> None:
    assert left_over("which needle for bulky wool in knitting", "Needles for wool", "Knitting") == {"bulki"}


LISTS = """# Kiln

Never put in:

- wet pots
- Glass: it runs

Dry mugs are welcome, and these go well.

- thin plates

| Cone | Heat |
|---|---|
| 06 | 999 °C |

- thick bowls

## Tools

- tongs
"""


@pytest.mark.parametrize(
    ("entry", "lead_in"),
    [
        ("wet pots", "Never put in:"),
        ("Glass", "Never put in:"),
        ("thin plates", ""),  # another list, behind prose
        ("thick bowls", ""),  # behind a table, whose head is no lead-in
        ("tongs", ""),  # another section
        ("Dry mugs", ""),  # no entry
    ],
)
def test_a_list_is_led_into_by_the_words_right_above_it(entry: str, lead_in: str) -> None:
    article = Article("kiln", "Kiln", "kiln.md", LISTS)
    (whole,) = split_article(article, lambda texts: [len(t.split()) for t in texts], max_tokens=500, target_chars=5000)
    sentence = next(s for s in whole.sentences if whole.quote(s.start, s.end).startswith(entry))
    found = lead_in_of(whole, sentence)
    assert (whole.quote(found.start, found.end) if found else "") == lead_in


def test_a_row_knows_the_names_of_its_columns() -> None:
    assert head_of(passage(), found("Bulky")).replace(" ", "") == "Wool|Needle"
    assert head_of(passage(), found("Merino")) == ""
