"""Pairs of a question and a piece of an article are read as they are written, and a slip says where it is."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from evals.pairs import _around, read_pairs
from rag.errors import BadInput

BLOCK = """T: Cast iron pans
S: Soap is fine, but soaking it overnight strips the coating.
y: can i use a little soap
n: is it fine to leave it in water until morning
u: can it go in the dishwasher
"""

MINI = """# Salt marshes
1. A salt marsh is flooded twice a day.
2. Cordgrass pushes surplus salt out through its leaves.
3. Geese graze there in winter.

n1: is a marsh under water all day
a2: how does cordgrass cope with salt
u: which geese graze there
"""

SENTENCES = [line[3:] for line in MINI.splitlines() if line[:1].isdigit()]


def write(folder: Path, text: str) -> Path:
    (folder / "some.txt").write_text(text, encoding="utf-8")
    return folder


def test_a_block_gives_a_pair_a_question(tmp_path: Path) -> None:
    pairs = read_pairs(write(tmp_path, BLOCK))
    assert [(p.title, p.text[:4], p.question[:5], p.label) for p in pairs] == [
        ("Cast iron pans", "Soap", "can i", "yes"),
        ("Cast iron pans", "Soap", "is it", "no"),
        ("Cast iron pans", "Soap", "can i", "open"),
    ]


def test_a_piece_may_go_on_in_a_second_line(tmp_path: Path) -> None:
    assert read_pairs(write(tmp_path, "S: One.\nS: Two.\ny: is it"))[0].text == "One. Two."


def test_a_title_belongs_to_its_block_only(tmp_path: Path) -> None:
    assert [p.title for p in read_pairs(write(tmp_path, f"{BLOCK}\nS: One.\nu: is it"))][-1] == ""


def test_a_mini_article_pairs_a_question_with_what_answers_it_and_with_others_as_open(tmp_path: Path) -> None:
    pairs = read_pairs(write(tmp_path, MINI))
    settled = [(p.question[:4], p.label) for p in pairs if p.label != "open"]
    assert settled == [("is a", "no"), ("how ", "yes")]
    assert all(("A salt" if p.label == "no" else "Cordgrass") in p.text for p in pairs if p.label != "open")
    left_open = [p for p in pairs if p.label == "open"]
    assert all(p.title == "Salt marshes" for p in pairs)
    assert [p for p in left_open if "Geese graze" in p.text and p.question.startswith("which geese")]


@pytest.mark.parametrize("seed", range(20))
def test_what_is_open_never_holds_the_sentence_that_settles_it(tmp_path: Path, seed: int) -> None:
    pairs = read_pairs(write(tmp_path, MINI), seed=seed)
    left_open = [p for p in pairs if p.label == "open"]
    assert not [p for p in left_open if "A salt" in p.text and p.question.startswith("is a marsh")]
    assert not [p for p in left_open if "Cordgrass" in p.text and p.question.startswith("how does")]


def test_a_sentence_is_read_alone_and_with_those_beside_it(tmp_path: Path) -> None:
    folder = write(tmp_path, MINI)
    read = {p.text for seed in range(40) for p in read_pairs(folder, seed=seed) if p.question.startswith("how does")}
    assert {"Cordgrass pushes surplus salt out through its leaves.", " ".join(SENTENCES)} < read
    assert all(text in " ".join(SENTENCES) for text in read)


def test_the_pairs_of_one_piece_are_held_out_together(tmp_path: Path) -> None:
    blocks = "\n".join(f"S: Sentence {n} of many.\ny: is it {n}\nn: is it not {n}\n" for n in range(400))
    apart: dict[str, set[bool]] = {}
    for pair in read_pairs(write(tmp_path, blocks)):
        apart.setdefault(pair.text, set()).add(pair.held_out)
    assert all(len(sides) == 1 for sides in apart.values())
    assert 5 < sum(sides == {True} for sides in apart.values()) < 50


def test_how_much_is_read_does_not_tell_what_is_open() -> None:
    lengths: dict[str, list[int]] = {"open": [], "settled": []}
    for seed in range(200):
        chance = random.Random(seed)
        pieces = dict.fromkeys(range(1, 9), "word")
        lengths["settled"].append(len(_around(pieces, 4, 0, chance).split()))
        lengths["open"].append(len(_around(pieces, 4, chance.choice((1, 2, 3, 5, 6, 7, 8)), chance).split()))
    means = {label: sum(found) / len(found) for label, found in lengths.items()}
    assert abs(means["open"] - means["settled"]) < 0.25


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("S: One.\nwhat is this", "some.txt:2: neither", id="no label"),
        pytest.param("T: One\ny: is it", "some.txt:3: the block that ends here has no piece", id="no piece"),
        pytest.param("S: One.", "some.txt:2: the block that ends here has no question", id="no question"),
        pytest.param("# One\n1. Two.\n\ny4: is it", "has no sentence 4", id="no such sentence"),
    ],
)
def test_a_slip_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        read_pairs(write(tmp_path, text))


def test_the_pairs_that_come_with_the_project_are_whole() -> None:
    counts = Counter(pair.label for pair in read_pairs())
    assert min(counts.values()) > 10_000
