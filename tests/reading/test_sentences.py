"""Sentences: where they end, and that their spans are exact."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.reading.sentences import split_sentences

CASES = {
    "two": ["A squat is a push.", "A row is a pull."],
    "abbreviations": ["Dr. Vance uses bands, e.g. mini bands, i.e. thin ones.", "Prof. Lee does not."],
    "places": ["She trains in St. Louis.", "He trains in the U.S. Army.", "They moved to the U.S.", "It is far."],
    "initials": ["J. R. Smith wrote it.", "Plan B.", "The rest followed."],
    "decimals": ["Use 2.5 kg plates.", "Add 1.25 kg a week."],
    "numbers": ["See Fig. 3 and No. 5 on p. 12.", "Is it a pull?", "No.", "It is a push."],
    "marks": ["Why?", "Because it presses!", "Really?!", "Yes."],
    "said": ['"Stop!" he said.', '"Go on." She went on.'],
    "brackets": ["(It is a push.)", "Next [see above].", "Then (roughly 3.5) more."],
    "citation marks": ["The glutes work hardest.[12]", "So do the hamstrings.[3][4]", "End."],
    "ellipsis": ["Wait... then press.", "Rest…", "Press again."],
    "emphasis": ["**A push.**", "_A pull._", "Neither."],
    "a step's number": ["1. Set the bar.", "2. Lift it."],
    "goes on in small letters": ["The iliopsoas etc. are stretched.", "The end."],
    "etc. at the end": ["Rows, curls, etc.", "The list is long."],
    "Japanese": ["これは押す動きです。", "あれは引く動きです。"],
    "spaced stops": ["The oil price rose .", "It fell later ."],
    "spaced quotes": ["He called it `` honest '' .", "Then he left . ''", "She stayed ."],
    "titles in small letters are words": [
        "Breathe out on each rep.",
        "The bar moves up.",
        "Do one more rep.",
        "Lower the bar.",
        "Eat a fig.",
        "Figs are sweet.",
        "Ask the ref.",
        "He knows.",
    ],
    "titles with a capital": ["Rep. Lee asked Gov. Hart, Sen. Ortiz and Col. Grey.", "See Fig. B and Ref. Smith."],
    "small letters before a number": ["See fig. 3, eq. 4 and vol. 2.", "Do max. 10 reps in min. 3 sets."],
    "units": [
        "Rest 2 min.",
        "Repeat the set.",
        "Step back 5 ft.",
        "Lift 10 lb.",
        "Add 5 kg.",
        "Lower it 3 in.",
        "Work at your max.",
        "Stop.",
        "Hold 30 s.",
        "Eat 20 g.",
        "Chew.",
        "It takes 300 ms.",
        "Jump.",
        "He weighs 12 st.",
        "Good.",
    ],
    "units between numbers": ["He is 5 ft. 10 in. tall and lifts 6 lb. 4 oz. of flour."],
    "in": ["Put the bread in.", "Bake it.", "Put it in.", "20 minutes later it is done."],
    "letters that are names": [
        "Eat vitamin C.",
        "Lemons hold it.",
        "Vitamin D.",
        "Sunlight makes it.",
        "Take vitamins A, D and K.",
        "Oils hold them.",
        "It is above 15 C.",
        "Heat tires.",
        "Go to plan B.",
        "Nobody knows the point x.",
        "Solve for it.",
    ],
    "initials after words": ["It was found by J. Smith and K. Lee.", "John F. Kennedy met coach A. Jones."],
    "full range": ["Use the full ROM.", "Lower the bar slowly."],
    "times": ["Train at 6 p.m. on Mondays.", "Rest at 9 p.m.", "The gym is shut then."],
}


@pytest.mark.parametrize("sentences", CASES.values(), ids=CASES.keys())
def test_splits(sentences: list[str]) -> None:
    glue = "" if "。" in sentences[0] else " "
    if sentences == CASES["said"]:
        sentences = ['"Stop!" he said.', '"Go on."', "She went on."]
    text = glue.join(sentences)
    assert [text[start:end] for start, end in split_sentences(text)] == sentences


def test_a_line_break_is_a_space() -> None:
    text = "The hip thrust\nis a push. The row\nis a pull."
    assert [text[start:end] for start, end in split_sentences(text)] == [
        "The hip thrust\nis a push.",
        "The row\nis a pull.",
    ]


def test_only_the_given_span_is_split() -> None:
    text = "Before. One. Two. After."
    assert split_sentences(text, 8, 17) == [(8, 12), (13, 17)]


@given(st.text(alphabet=st.sampled_from("aB1 .!?…。\n\"')]*[—e.g"), max_size=200))
def test_spans_are_in_order_and_leave_only_white_space_out(text: str) -> None:
    spans = split_sentences(text)
    assert "".join("".join(text[start:end].split()) for start, end in spans) == "".join(text.split())
    assert all(a[1] <= b[0] for a, b in pairwise(spans))
    assert all(text[start:end] == text[start:end].strip() != "" for start, end in spans)


@pytest.mark.parametrize("unit", [".", ".*", "a. ", ". ", "?)x", ".[1]", "\"'”", "e.g. "], ids=repr)
def test_takes_linear_time(unit: str) -> None:
    started = time.perf_counter()
    split_sentences(unit * 100_000)
    assert time.perf_counter() - started < 3
