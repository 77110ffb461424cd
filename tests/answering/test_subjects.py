"""What the articles are about: names from titles, found again in questions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answering.subjects import Subjects, subject_name

TITLES = {
    "rye": "Rye Bread: Leavened or Unleavened?",
    "bread": "Bread",
    "gravel": "Gravel Bike",
    "track": "The Track Bike (fixed gear)",
    "shape": "How to Shape a Loaf",
    "brakes": "What Are Disc Brakes?",
}


@pytest.fixture(scope="module")
def subjects() -> Subjects:
    return Subjects(TITLES.items())


def names(subjects: Subjects, text: str) -> list[str]:
    return [mention.subject.name for mention in subjects.mentions(text)]


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Rye Bread: Leavened or Unleavened?", "Rye Bread"),
        ("Track Bike (fixed gear)", "Track Bike"),
        ("Rhubarb | The Garden Pages", "Rhubarb"),
        ("Rhubarb – a perennial", "Rhubarb"),
        ("The Gravel Bike", "Gravel Bike"),
        ("What Are Disc Brakes?", "Disc Brakes"),
        ("Everything that a beginner should know before baking", ""),
        ("???", ""),
    ],
)
def test_the_name_is_the_head_of_the_title(title: str, name: str) -> None:
    assert subject_name(title) == name


@pytest.mark.parametrize("asked", ["rye bread", "Rye-Bread", "RYE BREADS", "ryebread"])
def test_a_name_is_found_however_it_is_written(subjects: Subjects, asked: str) -> None:
    assert names(subjects, f"how long does {asked} keep?") == ["rye bread"]


def test_the_longest_name_wins(subjects: Subjects) -> None:
    assert names(subjects, "is rye bread a bread?") == ["rye bread", "bread"]


def test_names_come_in_the_order_of_the_text(subjects: Subjects) -> None:
    assert names(subjects, "a track bike or a gravel bike") == ["track bike", "gravel bike"]


def test_part_of_a_name_is_no_mention(subjects: Subjects) -> None:
    assert names(subjects, "is gravel good for a bike?") == []


def test_articles_that_share_a_name_are_one_subject() -> None:
    both = Subjects([("a", "Compost"), ("b", "Compost: when to turn it")])
    (mention,) = both.mentions("my compost smells")
    assert mention.subject.article_ids == {"a", "b"}


@given(st.text(max_size=60))
def test_a_mention_stands_where_it_says(text: str) -> None:
    subjects = Subjects(TITLES.items())
    whole = f"{text} rye bread {text}"
    mentions = subjects.mentions(whole)
    assert "rye bread" in {whole[m.start : m.end].lower() for m in mentions}
    assert all(0 <= m.start < m.end <= len(whole) for m in mentions)


def test_a_corpus_without_usable_titles_has_no_subjects() -> None:
    assert Subjects([("a", ""), ("b", "!!!")]).mentions("rye bread") == []


def test_a_name_is_known_by_its_stems_in_any_order(subjects: Subjects) -> None:
    (mention,) = subjects.mentions("rye breads")
    assert subjects.is_name(frozenset(mention.subject.stems))
    assert not subjects.is_name(frozenset({"rye"}))


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("gb", "gravel bike"),
        ("gbk", "gravel bike"),
        ("dbs", "disc brakes"),
        ("rb", "rye bread"),
        ("gk", None),  # not the first letter of "bike"
        ("rye", None),  # a word of the name
        ("b", None),
        ("bg", None),
        ("grvlbike", None),
    ],
)
def test_an_abbreviation_is_read_where_one_name_fits(subjects: Subjects, typed: str, name: str | None) -> None:
    assert subjects.spelled_out(typed) == name


def test_an_abbreviation_of_two_names_is_left_alone() -> None:
    assert Subjects([("a", "Gravel Bike"), ("b", "Grey Bag")]).spelled_out("gb") is None
