"""Quotes: as little as answers a fact, the whole of a list, the steps in order, both sides of a comparison."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.answering.extractive import Form, question_form, select_quotes
from rag.answering.quotes import Quote
from rag.answering.ranking import FEATURES, RankedSentence, Ranking
from rag.answering.subjects import Subjects
from rag.assistant import Assistant, open_assistant
from rag.embedding.embeddings import Encoded
from rag.settings import Settings
from rag.types import ANSWERING, Answer, Passage, Role, Sentence
from tests.answering_world import article, ask, home, write_articles

SUBJECTS = Subjects([("g", "Gravel Bike"), ("t", "Track Bike"), ("r", "Rye Bread")])


@pytest.mark.parametrize(
    ("question", "form"),
    [
        ("how long does rye bread keep?", "fact"),
        ("why is rye bread dark?", "fact"),
        ("what are the benefits of rye bread?", "list"),
        ("give examples of leavened breads", "list"),
        ("which mistakes do bakers make?", "list"),
        ("how do I mend a puncture?", "steps"),
        ("how to shape a loaf", "steps"),
        ("walk me through feeding a starter", "steps"),
        ("how does a gravel bike differ from a track bike?", "comparison"),
        ("what is the difference between a gravel bike and a track bike?", "comparison"),
        ("track bike vs gravel bike", "comparison"),
        ("how many gears does a track bike have?", "fact"),
    ],
)
def test_the_form_of_the_answer_follows_the_question(question: str, form: Form) -> None:
    assert question_form(question, SUBJECTS) == form


def quoted(answer: Answer) -> str:
    return "\n".join(citation.quote for citation in answer.citations)


def test_a_fact_takes_a_sentence_or_two() -> None:
    answer = ask("bread", "How long does sourdough prove in the fridge?")
    assert answer.citations[0].quote == "The dough proves for twelve hours in the fridge."
    assert len(quoted(answer)) < 200


TEXT = "Rot is a patch. It comes of thirst. Water often.\n\nPick late."
STARTS = [TEXT.index(opening) for opening in ("Rot", "It comes", "Water", "Pick")]
ENDS = [15, 35, 48, len(TEXT)]


def ranking(*scores: float) -> Ranking:
    """The sentences of a passage of two paragraphs, with these scores."""
    blocks = (0, 0, 0, 1)
    return ranked(TEXT, [Sentence(a, b, Role.PROSE, n) for a, b, n in zip(STARTS, ENDS, blocks, strict=True)], scores)


def ranked(text: str, parts: Sequence[Sentence], scores: Sequence[float], asked: float = 0.0) -> Ranking:
    """The answering sentences of a passage, with these scores; `asked` is how well the question above them is the user's."""
    passage = Passage("p", "rot", "Rot", "rot.md", (), 0, len(text), text, tuple(parts))
    features = np.array([asked if name == "asked" else 0.0 for name in FEATURES], np.float32)
    nothing = np.zeros(0, np.float32)
    answering = [part for part in parts if part.role in ANSWERING]
    found = [RankedSentence(passage, s, score, features, nothing) for s, score in zip(answering, scores, strict=True)]
    found.sort(key=lambda s: -s.score)
    empty = Encoded(nothing, nothing.astype(np.int32), np.zeros((0, 2), np.int32), np.zeros((0, 1), np.float32))
    return Ranking(empty, nothing, tuple(found), ((passage, found[0].score),), {})


@pytest.mark.parametrize(
    ("scores", "quoted"),
    [
        ((9.0, 8.0, 0.0, 0.0), "Rot is a patch. It comes of thirst."),
        ((7.5, 9.0, 8.0, 0.0), "It comes of thirst. Water often."),
        ((9.0, 5.5, 0.0, 0.0), "Rot is a patch."),
        ((9.0, 0.0, 8.0, 0.0), "Rot is a patch."),  # not beside it
        ((0.0, 0.0, 8.5, 9.0), "Pick late."),  # another paragraph
    ],
    ids=["after", "better-side", "far-below", "apart", "other-paragraph"],
)
def test_the_sentence_beside_the_best_joins_it_where_it_ranks_nearly_as_well(
    scores: tuple[float, ...], quoted: str
) -> None:
    first, *others = select_quotes(ranking(*scores), "fact", "what is rot?", SUBJECTS)
    assert first.text == quoted
    assert all(other.start >= first.end or other.end <= first.start for other in others)


def under_a_question(text: str, asked: float, *scores: float) -> list[Quote]:
    """The quotes for sentences that stand, a line each, under the question in the first line of a text."""
    spans = [(m.start(), m.end()) for m in re.finditer(r"[^\n]+", text)]
    parts = [Sentence(a, b, Role.PROSE if n else Role.QUESTION, min(n, 1)) for n, (a, b) in enumerate(spans)]
    return select_quotes(ranked(text, parts, scores, asked), "fact", "does it rot", SUBJECTS)


@pytest.mark.parametrize(
    ("asked", "lines", "scores", "quoted"),
    [
        (
            0.5,
            "Not if dry.\nWater it.\nSeedlings rot fast.",
            (1, 1, 9),
            ["Not if dry.\nWater it.\nSeedlings rot fast."],
        ),
        (0.5, "Partly.\nThe stem rots.\nThe fruit rots.", (1, 9, 8), ["Partly.\nThe stem rots.\nThe fruit rots."]),
        (0.0, "Not if dry.\nWater it well.\nSeedlings rot fast.", (1, 1, 9), ["Seedlings rot fast."]),
        (0.5, f"Not if dry.\n{'far ' * 99}.\nThey rot.", (1, 1, 9), ["Not if dry.", "They rot."]),
        (0.5, "No.\nSnip one stitch.\nIt holds.", (9, 1, 1), ["No.\nSnip one stitch."]),
        (0.5, "No.", (9,), ["Does it rot?\nNo."]),
        (0.0, "No.", (9,), ["Does it rot?\nNo."]),
        (0.5, "Seldom.", (9,), ["Seldom."]),
    ],
    ids=["exception", "partly", "not-asked", "far", "bare", "nothing-else", "nothing-else-not-asked", "a-word"],
)
def test_the_answer_to_the_articles_own_question_is_quoted_from_its_first_sentence(
    asked: float, lines: str, scores: tuple[float, ...], quoted: list[str]
) -> None:
    assert [quote.text for quote in under_a_question(f"Does it rot?\n{lines}", asked, *scores)] == quoted


def test_a_key_and_its_value_is_quoted_without_its_neighbours() -> None:
    text = "**Rot:** usually none, where it is kept dry\n**Cold:** kills it below four degrees of frost"
    cold = text.index("**Cold")
    parts = [Sentence(0, cold - 1, Role.PROSE, 0), Sentence(cold, len(text), Role.PROSE, 0)]
    quotes = select_quotes(ranked(text, parts, (9.0, 8.0)), "fact", "does it rot", SUBJECTS)
    assert [quote.text for quote in quotes] == ["**Rot:** usually none, where it is kept dry"]


def test_the_whole_list_is_quoted_for_a_list() -> None:
    text = quoted(ask("bread", "what are the benefits of rye bread?"))
    assert all(entry in text for entry in ("fresh for longer", "more fibre", "fewer slices"))
    assert "several benefits:" not in text


def test_the_steps_are_quoted_in_order() -> None:
    text = ask("bicycles", "how do I mend a puncture?").text
    places = [text.find(step) for step in ("Take the wheel", "Find the hole", "Roughen the rubber", "Press the patch")]
    assert -1 not in places
    assert places == sorted(places)


def test_a_comparison_quotes_both_sides() -> None:
    answer = ask("bicycles", "what is the difference between a gravel bike and a track bike?")
    assert {citation.source for citation in answer.citations} == {"gravel-bike.md", "track-bike.md"}


QUESTIONS = st.sampled_from(
    [
        "How long does sourdough prove?",
        "is rye bread leavened or unleavened",
        "what are the benefits of rye bread?",
        "how do I shape a loaf?",
        "how do rye bread and matzo differ?",
        "Do I need a baking stone?",
        "is flatbread leavened or unleavened?",
        "what is an overproved loaf lacking?",
        "FAQ",
        "How to shape a loaf",
        "Rye bread has several benefits:",
    ]
)


@settings(max_examples=40, deadline=None)
@given(question=st.one_of(QUESTIONS, st.text(alphabet=st.characters(exclude_categories=["Cc", "Cs"]), min_size=1)))
def test_every_quote_is_the_articles_own_text(question: str) -> None:
    if not question.strip():
        return
    answer = ask("bread", question)
    for place, citation in enumerate(answer.citations, 1):
        assert citation.marker == place
        assert article("bread", citation.source)[citation.start : citation.end] == citation.quote
        assert citation.quote.strip() == citation.quote != ""
        assert f"[{place}]" in answer.text
        assert 0 <= citation.score <= 1
    assert {int(number) for number in re.findall(r"\[(\d+)\]", answer.text)} == {c.marker for c in answer.citations}


@settings(max_examples=11, deadline=None)
@given(question=QUESTIONS)
def test_no_heading_question_or_lead_in_is_an_answer(question: str) -> None:
    for citation in ask("bread", question).citations:
        assert not citation.quote.startswith("#")
        assert not citation.quote.endswith(("?", ":"))


@settings(max_examples=11, deadline=None)
@given(question=QUESTIONS)
def test_the_same_is_never_cited_twice(question: str) -> None:
    quotes = [citation.quote for citation in ask("bread", question).citations]
    assert len(set(quotes)) == len(quotes)


KNITTING = {
    "scarf.md": """# The scarf

Cast on forty stitches, and read the whole pattern B before you begin, so that the colours of pattern B match.

## Should you block it damp?

Not the ribbing. Leave a hand of slack. Lace is the exception: block it damp on pins.

## Can a dropped stitch be mended?

Partly. You save the rows above it, but the tension of a dropped stitch is gone for good.

## Must I cut the yarn to mend a hole?

No. Snip one stitch and pick up the loops on either side of it.

## Pattern B

| Part | Rows | Needle |
|---|---|---|
| Ribbing | 12 | 3 mm |
| Body | 180 | 4 mm |
| Fringe | 0 | hook |

## The evening finish

1. Weave in the ends.
2. Soak it for ten minutes.
3. Pin it out.

## When not to wash

- The dye bleeds in cold water
- You have felted it: brush instead
- Moths are in the cupboard
""",
}


@cache
def workbasket() -> Assistant:
    corpus = write_articles(home() / "knitting", KNITTING)
    return open_assistant(Settings(corpus=corpus, index=home() / "index", abstain_threshold=0.3, _env_file=None))  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("question", "begins"),
    [
        ("should you block it damp?", "Not the ribbing."),
        ("should I block the scarf damp", "Not the ribbing."),
        ("can a dropped stitch be mended?", "Partly."),
        ("must I cut the yarn to mend a hole?", "No. Snip one stitch"),
    ],
)
def test_the_first_citation_begins_where_the_article_begins_to_answer(question: str, begins: str) -> None:
    answer = workbasket().ask(question)
    assert answer.citations[0].quote.startswith(begins)
    assert begins in answer.text


@pytest.mark.parametrize(
    ("question", "lines"),
    [
        ("what parts are in pattern B", ["Ribbing – Rows: 12", "Body – Rows: 180", "Fringe – Rows: 0"]),
        ("the evening finish", ["1. Weave in the ends.", "2. Soak it", "3. Pin it out."]),
        ("give me the evening finish for the scarf", ["1. Weave in the ends.", "2. Soak it", "3. Pin it out."]),
        ("when not to wash", ["- The dye bleeds", "- You have felted it", "- Moths are"]),
    ],
)
def test_a_list_under_the_heading_that_is_asked_is_quoted_whole(question: str, lines: list[str]) -> None:
    answer = workbasket().ask(question)
    places = [answer.text.find(line) for line in lines]
    assert -1 not in places
    assert places == sorted(places)
    assert len(answer.citations) == 1


def test_a_row_that_the_question_picks_is_quoted_alone() -> None:
    answer = workbasket().ask("what needle for the fringe in pattern B")
    assert answer.citations[0].quote == "Fringe | 0 | hook"
    assert answer.text.startswith("Fringe – Rows: 0; Needle: hook [1]")
