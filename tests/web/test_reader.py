"""Articles as the reader shows them: exact spans, marks left out, links only where they are safe."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.reading.articles import read_article
from rag.types import Article
from tests import documents
from web.reader import ReaderBlock, article_blocks, article_view, inline_runs


def article(text: str) -> Article:
    return Article("a", "A", "a.md", text)


def shown(text: str, block: ReaderBlock) -> list[str]:
    """The text of each item of a block."""
    return ["".join(" " if r.style == "gap" else text[r.start : r.end] for r in item) for item in block.items]


def styled(text: str) -> list[tuple[str, str, str]]:
    return [(text[run.start : run.end], run.style, run.href) for run in inline_runs(text, 0, len(text))]


def test_blocks_in_order() -> None:
    text = "# T\n\nOne. Two.\n\n- a\n- b. c.\n\n1. first\n2. second\n\n> said\n"
    blocks = article_blocks(article(text))
    assert [(block.kind, block.ordered) for block in blocks] == [
        ("heading", False),
        ("paragraph", False),
        ("list", False),
        ("list", True),
        ("quote", False),
    ]
    assert shown(text, blocks[1]) == ["One. Two."]
    assert shown(text, blocks[2]) == ["a", "b. c."]
    assert shown(text, blocks[3]) == ["first", "second"]


def test_a_table_is_rows_of_cells() -> None:
    text = "| a | b |\n|---|---|\n| 1 | 2 |\n"
    (block,) = article_blocks(article(text))
    rows = [["".join(text[r.start : r.end] for r in cell).strip() for cell in row] for row in block.rows]
    assert rows == [["a", "b"], ["1", "2"]]


def test_front_matter_is_no_text() -> None:
    view = article_view(article("---\ntitle: A\n---\n\nText.\n"))
    assert [block["kind"] for block in view["blocks"]] == ["paragraph"]


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("plain", [("plain", "", "")]),
        ("a **b** c", [("a ", "", ""), ("b", "b", ""), (" c", "", "")]),
        ("*i* and _j_", [("i", "i", ""), (" and ", "", ""), ("j", "i", "")]),
        ("`x*y*`", [("x*y*", "c", "")]),
        ("snake_case_name", [("snake_case_name", "", "")]),
        ("2 * 3 * 4", [("2 * 3 * 4", "", "")]),
        ("[t](https://a.b/c)", [("t", "", "https://a.b/c")]),
        ("see https://a.b/c.", [("see ", "", ""), ("https://a.b/c", "", "https://a.b/c"), (".", "", "")]),
        ("[t](javascript:alert)", [("t", "", "")]),
        ("[t](JaVaScript:alert)", [("t", "", "")]),
        ("[t](data:text/html,x)", [("t", "", "")]),
        ("[t](//evil.example)", [("t", "", "")]),
        ("![alt](https://a.b/x.png)", [("alt", "p", "")]),
        ("![](https://a.b/x.png)", []),
        ("**b [t](https://a.b) c**", [("b ", "b", ""), ("t", "b", "https://a.b"), (" c", "b", "")]),
    ],
)
def test_inline_marks(text: str, runs: list[tuple[str, str, str]]) -> None:
    assert styled(text) == runs


MARKED = st.text(st.sampled_from("ab *_`[]()!|#->\n.?:/"), max_size=80)


@settings(deadline=None)
@given(st.one_of(st.text(max_size=200), MARKED))
def test_runs_are_ordered_spans_of_the_text(text: str) -> None:
    at = 0
    for run in inline_runs(text, 0, len(text)):
        assert at <= run.start < run.end <= len(text)
        at = run.end


@settings(deadline=None)
@given(st.one_of(st.text(max_size=300), MARKED))
def test_no_letter_of_an_article_is_lost(text: str) -> None:
    """Markup may go; letters and digits outside links' addresses and front matter stay."""
    if "](" in text or text.lstrip("\ufeff").startswith(("---", "+++")):
        return
    kept = set[int]()
    for block in article_blocks(article(text)):
        for item in (*block.items, *(cell for row in block.rows for cell in row)):
            for run in item:
                kept.update(range(run.start, run.end))
    lost = [char for at, char in enumerate(text) if char.isalpha() and at not in kept]
    assert len(lost) <= sum(text.count(mark) for mark in ("```", "~~~")) * len(text)


@pytest.mark.parametrize("make", [documents.as_html, documents.as_docx, documents.as_epub, documents.as_pdf])
def test_documents_read_like_the_article_they_were_made_from(
    make: object, tmp_path_factory: pytest.TempPathFactory
) -> None:
    kind = getattr(make, "__name__", "").removeprefix("as_")
    folder = tmp_path_factory.mktemp("reader")
    (folder / f"carry.{kind}").write_bytes(make())  # type: ignore[operator]
    read = read_article(folder, f"carry.{kind}", article_id="carry")
    blocks = article_blocks(read)
    headings = [shown(read.text, block)[0] for block in blocks if block.kind in ("heading", "question")]
    assert "What It Trains" in headings
    steps = next(block for block in blocks if block.ordered)
    assert shown(read.text, steps)[1] == "Brace, then stand up without leaning."
    assert any(block.kind == "table" and len(block.rows) == 4 for block in blocks)
