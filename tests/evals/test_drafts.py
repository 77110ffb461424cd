"""Proposed questions: from an indexed corpus's FAQs and headings, and from thumbs down."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from evals import commands
from evals.drafts import from_votes, propose, question_of
from evals.questions import locate, parse_line, read_questions
from rag.errors import BadInput
from rag.types import Article, Passage, Role, Sentence

TEXT = """# Row: Push or Pull?

## Benefits

The row builds the back.

## Frequently asked questions

### Is the row a pull?

Yes, it is. The row is a pull.

**Who should row?**

Everybody should row. Yes, it is.
"""


def index_of(text: str) -> Any:
    """An index of one article, cut as its structure says."""
    article = Article("row", "Row: Push or Pull?", "row.md", text)

    def passage(headings: tuple[str, ...], *sentences: tuple[str, Role]) -> Passage:
        spans = [Sentence(text.index(s), text.index(s) + len(s), role) for s, role in sentences]
        start, end = spans[0].start, spans[-1].end
        return Passage(
            f"row:{start}", "row", article.title, "row.md", headings, start, end, text[start:end], tuple(spans)
        )

    faq = ("Frequently asked questions", "Is the row a pull?")
    passages = [
        passage(("Benefits",), ("## Benefits", Role.HEADING), ("The row builds the back.", Role.PROSE)),
        passage(faq, ("Yes, it is.", Role.PROSE), ("The row is a pull.", Role.PROSE)),
        passage(faq, ("**Who should row?**", Role.QUESTION), ("Everybody should row.", Role.PROSE)),
    ]
    return SimpleNamespace(size=3, passages=lambda rows: [passages[i] for i in rows], article=lambda name: article)


def test_faqs_and_headings_become_questions_with_their_evidence() -> None:
    rows = propose(index_of(TEXT))
    assert [(row["kind"], row["question"], row["evidence"][0]["quote"]) for row in rows] == [
        ("heading", "Row: benefits?", "The row builds the back."),
        ("faq", "Is the row a pull?", "Yes, it is."),
        ("faq", "Who should row?", "Everybody should row."),
    ]


def test_sections_that_share_a_passage_are_all_asked_about() -> None:
    text = "# Row\n\nThe row is a pull.\n\n## Muscles\n\nIt works the back.\n\n## Grip\n\nAny grip will do.\n"
    roles = {"Row": Role.HEADING, "Muscles": Role.HEADING, "Grip": Role.HEADING}
    parts = [line.lstrip("# ") for line in text.split("\n") if line]
    spans = tuple(
        Sentence(text.index(part), text.index(part) + len(part), roles.get(part, Role.PROSE)) for part in parts
    )
    passage = Passage("row:0", "row", "Row", "row.md", (), 0, len(text), text, spans)
    index = SimpleNamespace(
        size=1, passages=lambda rows: [passage], article=lambda name: Article("row", "Row", "row.md", text)
    )
    assert [(row["question"], row["evidence"][0]["quote"]) for row in propose(index)] == [
        ("Row: muscles?", "It works the back."),
        ("Row: grip?", "Any grip will do."),
    ]


def test_a_draft_is_a_question_file_that_loads() -> None:
    questions = [parse_line(json.dumps(row), "draft:1") for row in propose(index_of(TEXT))]
    spans = [locate(evidence, {"row.md": TEXT}, "draft:1") for q in questions for evidence in q.evidence]
    assert [TEXT[span.start : span.end] for span in spans] == [q.evidence[0].quote for q in questions]
    assert questions[1].evidence[0].occurrence == 1  # "Yes, it is." stands twice


@pytest.mark.parametrize(
    ("heading", "question"),
    [
        ("Is it a **pull**?", "Is it a pull?"),
        ("How to row", "How to row?"),
        ("Who should take care", "Row: who should take care?"),
        ("Common mistakes", "Row: common mistakes?"),
    ],
)
def test_headings_as_questions(heading: str, question: str) -> None:
    assert question_of(heading, "Row: Push or Pull?") == question


def vote(question: str, vote: str, **more: Any) -> str:
    return json.dumps({"question": question, "vote": vote} | more)


def test_thumbs_down_become_pending_questions(tmp_path: Path) -> None:
    path, out = tmp_path / "votes.jsonl", tmp_path / "pending.jsonl"
    asked = {"history": [{"question": "What is a row?", "answer": "A pull."}], "answer": {"text": "Push. [1]"}}
    lines = [
        vote("Push?", "down", comment="It is a pull", time="2025-03-01T10:00:00Z", **asked),
        vote("Fine?", "up", answer="Yes."),
        vote("Changed my mind?", "down", answer="No."),
        vote("Changed my mind?", "up", answer="No."),
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert commands.pending([str(path), "--out", str(out)]) == 0
    (question,) = read_questions(out)
    assert (question.question, question.kind, question.history[0].answer) == ("Push?", "pending", "A pull.")
    assert question.note == "Marked as wrong 2025-03-01T10:00:00Z. It is a pull. It said: Push. [1]"


def test_corrections_are_never_written_over(tmp_path: Path) -> None:
    path, out = tmp_path / "votes.jsonl", tmp_path / "pending.jsonl"
    path.write_text(vote("Push?", "down") + "\n")
    out.write_text("mine")
    with pytest.raises(BadInput, match="exists already"):
        commands.pending([str(path), "--out", str(out)])
    assert out.read_text() == "mine"


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        '{"question": "x"}',
        '{"vote": "down"}',
        '{"question": " ", "vote": "down"}',
        '{"question": "x", "vote": "down", "history": "y"}',
        '{"question": "x", "vote": "down", "history": [1]}',
        '{"question": "x", "vote": "down", "answer": 5}',
        "[" * 100_000,
    ],
    ids=lambda line: line[:50],
)
def test_a_broken_vote_is_named(line: str, tmp_path: Path) -> None:
    path = tmp_path / "votes.jsonl"
    path.write_text(vote("Push?", "down") + "\n" + line + "\n")
    with pytest.raises(BadInput, match=r"votes\.jsonl:2: "):
        from_votes(path)


def test_no_votes_yet(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        commands.pending([str(tmp_path / "none.jsonl")])
